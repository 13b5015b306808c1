"""Who asks for a grave act in a session shows again who they are: asked here and nowhere else."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from creditdesk.controls import queries, rules
from creditdesk.controls.commands.state import shown
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ProofNeeded
from creditdesk.plumbing import clock


def require_proof(actor: Actor, name: str) -> None:
    """Go on only when the session's person proved lately who they are, if the command asks so.

    Jobs, the command line and keys have no session and are asked nothing; neither are previews.
    """
    if actor.proved_at is None or shown.get() is not None or is_recent(actor.proved_at):
        return
    if name in rules.ASKED_AGAIN or name in queries.security_of(actor.company_id).asked_again:
        raise ProofNeeded(name)


def is_recent(proved_at: datetime) -> bool:
    """Whether a proof of that machine time still counts."""
    return rules.is_recent(proved_at, now=clock.machine_now(), within=settings.ASK_AGAIN)
