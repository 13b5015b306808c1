"""Record what a customer allowed or stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from creditdesk.contact.events import ConsentRecorded
from creditdesk.contact.models import Consent
from creditdesk.contact.rules import PURPOSES
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing.events import announce


@dataclass(frozen=True, slots=True)
class NewConsent:
    """What a customer allowed or stopped, to be recorded."""

    customer_id: int
    purpose: str
    allowed: bool
    channel: str = "email"
    note: str = ""


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
    given = NewConsent(customer_id, purpose, allowed=allowed, channel=channel, note=note)
    take_over_consents(actor, [given])


@transaction.atomic
def take_over_consents(actor: Actor, given: Sequence[NewConsent]) -> None:
    """Add records of consent in their order; the later counts. Not a command of its own."""
    unknown = sorted({one.purpose for one in given} - set(PURPOSES))
    if unknown:
        raise Refused("purpose_unknown", f"There is no purpose {unknown[0]!r}")
    Consent.objects.bulk_create(
        Consent(
            company_id=actor.company_id,
            customer_id=one.customer_id,
            channel=one.channel,
            purpose=one.purpose,
            allowed=one.allowed,
            note=one.note,
            recorded_at=actor.at,
            recorded_by=actor.name,
        )
        for one in given
    )
    announce(
        actor,
        [
            ConsentRecorded(customer_id=one.customer_id, purpose=one.purpose, allowed=one.allowed)
            for one in given
        ],
    )
