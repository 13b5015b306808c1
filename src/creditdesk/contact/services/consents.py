"""Record what a customer allowed or stopped."""

from __future__ import annotations

from creditdesk.contact.events import ConsentRecorded
from creditdesk.contact.models import Consent
from creditdesk.contact.rules import PURPOSES
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing.events import announce


@command("contact.consent")
def set_consent(
    actor: Actor,
    customer_id: int,
    *,
    purpose: str,
    allowed: bool,
    channel: str = "email",
    note: str = "",
) -> None:
    """Add a record of consent; from now on it counts. Earlier records stay."""
    if purpose not in PURPOSES:
        raise Refused("purpose_unknown", f"There is no purpose {purpose!r}")
    Consent.objects.create(
        company_id=actor.company_id,
        customer_id=customer_id,
        channel=channel,
        purpose=purpose,
        allowed=allowed,
        note=note,
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    announce(actor, [ConsentRecorded(customer_id=customer_id, purpose=purpose, allowed=allowed)])
