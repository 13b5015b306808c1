"""Fees for reminders: one document per reminder, a charge per invoice and step of the ladder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from creditdesk.credit import services as credit_room
from creditdesk.invoices.events import ChargesMade
from creditdesk.invoices.models import Charge
from creditdesk.invoices.rules import NewInvoice
from creditdesk.invoices.services.charging.booking import DUNNING_FEE, book, issued
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.services import take_references

PREFIX = "DF"


@dataclass(frozen=True, slots=True)
class DunningFeeDue:
    """The fee of one item in a reminder that was sent."""

    message_id: int
    reference: str
    customer_id: int
    item_id: int
    step: str
    currency: str
    minor: int
    policy_version: int


def charge_dunning_fees(
    actor: Actor, due: Callable[[], Sequence[DunningFeeDue]], *, within_days: int
) -> int:
    """Charge what is due and not charged yet, a document per reminder; return how many items.

    `due` is asked again behind the lock on the customers' exposure, so that of two at once one
    finds nothing left. Not a command of its own.
    """
    owners = {one.customer_id for one in due()}
    credit_room.lock_exposure(actor, owners)
    fees = [one for one in due() if one.customer_id in owners]
    if not fees:
        return 0
    groups: dict[int, list[DunningFeeDue]] = defaultdict(list)
    for fee in fees:
        groups[fee.message_id].append(fee)
    documents = _documents(actor, list(groups.values()), within_days)
    rows = Charge.objects.bulk_create(
        Charge(
            company_id=actor.company_id, customer_id=fee.customer_id, item_id=fee.item_id,
            kind=DUNNING_FEE, act="charge", currency=fee.currency, minor=fee.minor,
            from_on=actor.today, through_on=actor.today, law="", step=fee.step,
            policy_version=fee.policy_version, breakdown={"reminder": fee.reference},
            document_id=documents[fee.message_id], recorded_at=actor.at, recorded_by=actor.name,
        )
        for fee in fees
    )  # fmt: skip
    announce(actor, [ChargesMade(
        through=actor.today, charge_ids=tuple(row.id for row in rows), reversal_ids=(),
        customer_ids=tuple(sorted({fee.customer_id for fee in fees})),
        document_ids=tuple(sorted(documents.values())),
    )])  # fmt: skip
    return len(fees)


def _documents(
    actor: Actor, groups: Sequence[Sequence[DunningFeeDue]], within_days: int
) -> dict[int, int]:
    """Make a document of one item for each reminder; return them by message."""
    due_on = actor.today + timedelta(days=within_days)
    new = [
        NewInvoice(
            customer_id=group[0].customer_id, number=number, issued_on=actor.today, due_on=due_on,
            currency=group[0].currency, net_minor=sum(fee.minor for fee in group),
        )
        for number, group in zip(
            take_references(actor, PREFIX, len(groups)), groups, strict=True
        )
    ]  # fmt: skip
    written, items = issued(actor, new, due_on=due_on)
    book(actor, items, {DUNNING_FEE: items.minors})
    return {
        group[0].message_id: written[one.number] for group, one in zip(groups, new, strict=True)
    }
