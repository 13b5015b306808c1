"""Staff say that they have read a version of the rules."""

from __future__ import annotations

from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.policy import publishing_queries as reads
from creditdesk.policy.models import Acknowledgement


@command("policy.acknowledge")
def acknowledge(actor: Actor, version: int) -> None:
    """Note that whoever acts has read a published version; harmless to repeat.

    Refused for a machine, which reads nothing; NotFound for a version that was not published.
    """
    if actor.user_id is None:
        raise Refused("acknowledgement_needs_a_person", "Only a person who is signed in can say so")
    reads.publication(actor.company_id, version)
    Acknowledgement.objects.get_or_create(
        company_id=actor.company_id,
        version=version,
        user_id=actor.user_id,
        defaults={"name": actor.name, "recorded_at": actor.at},
    )
