"""Where what a reminder asks for can be paid online."""

from __future__ import annotations

from collections.abc import Sequence

from creditdesk.collections.rules import Planned
from creditdesk.kernel.actor import Actor
from creditdesk.payments import services as payments
from creditdesk.payments.services import Payability


def sample(actor: Actor) -> str:
    """Return what such an address looks like, for a preview, which makes none; maybe empty."""
    return payments.sample_address(actor.company_id)


def of_planned(actor: Actor, planned: Sequence[Planned]) -> list[str]:
    """Return where each message's items can be paid online; empty where they cannot."""
    return payments.offered(
        actor,
        [
            (
                Payability(
                    customer_id=one.customer_id,
                    currency=one.currency,
                    item_ids=tuple(line.item_id for line, _, _ in one.lines),
                    label=payments.label_of(line.number for line, _, _ in one.lines),
                ),
                sum(line.open_minor for line, _, _ in one.lines),
            )
            for one in planned
        ],
    )
