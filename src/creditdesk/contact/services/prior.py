"""Take over when customers were last written to before going live."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from creditdesk.contact.models import PriorContact
from creditdesk.kernel.actor import Actor


def take_over_contacts(actor: Actor, last_on: Mapping[int, date]) -> int:
    """Record, per customer, the last contact about money; from now on it counts for the pause."""
    rows = PriorContact.objects.bulk_create(
        [
            PriorContact(
                company_id=actor.company_id,
                customer_id=customer_id,
                contacted_on=on,
                recorded_at=actor.at,
                recorded_by=actor.name,
            )
            for customer_id, on in sorted(last_on.items())
        ],
        batch_size=5000,
    )
    return len(rows)
