"""What was written off and is owed again: money came in after all, or it was a mistake."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.controls.commands import command
from creditdesk.credit import services as credit_room
from creditdesk.invoices import queries
from creditdesk.invoices import write_off_queries as reads
from creditdesk.invoices import write_off_rules as rules
from creditdesk.invoices.events import WriteOffsTakenBack
from creditdesk.invoices.services.losses.booking import Act, book
from creditdesk.invoices.services.losses.relieving import give_back
from creditdesk.invoices.services.losses.writing_off import REASON_LENGTH_MAX
from creditdesk.invoices.services.settling import reopen
from creditdesk.invoices.write_off_queries import StandingRow
from creditdesk.invoices.write_off_rules import Back
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place
from creditdesk.ledger import services as ledger
from creditdesk.plumbing.events import announce


@dataclass(frozen=True, slots=True)
class OwedAgain:
    """How much of an invoice is owed again, and the tax that goes back to the tax office."""

    invoice: str
    currency: str
    minor: int
    tax_minor: int


@command("invoices.recover_write_off")
def recover_write_off(
    actor: Actor, invoice_number: str, *, minor: int | None = None, act: str, reason: str
) -> OwedAgain:
    """Make so much of an invoice owed again of what was written off, all without an amount.

    `recovery`: money came in after all, and is booked as such; `correction`: it should not have
    been written off. The tax taken back for it goes back with it. Raises Conflict when less stands
    written off.
    """
    said = " ".join(reason.split())
    if not said or len(said) > REASON_LENGTH_MAX:
        raise Invalid(
            "reason_missing", "Taking a write-off back needs a reason",
            place=Place(field="reason"), mend="Say what came in, or what was wrong.",
        )  # fmt: skip
    if act not in rules.BACKS:
        raise Invalid(
            "write_off_act_unknown", f"A write-off is not taken back by {act!r}",
            place=Place(field="act"), mend=f"Use one of {', '.join(rules.BACKS)}",
        )  # fmt: skip
    invoice = queries.invoice(actor.company_id, invoice_number)
    credit_room.lock_exposure(actor, [invoice.customer_id])
    standing = reads.standings(actor.company_id, invoice_ids=[invoice.id])
    left = sum(row.standing.left_minor for row in standing)
    wanted = left if minor is None else minor
    if minor is not None and minor <= 0:
        raise Invalid(
            "recovery_not_positive", "What is owed again is a positive amount",
            place=Place(field="minor"), mend="Say how much came in.",
        )  # fmt: skip
    if not left or wanted > left:
        raise Conflict(
            "write_off_gone", f"Less of {invoice_number} stands written off", invoice=invoice_number
        )
    backs = rules.taken_back(wanted, [row.standing for row in standing])
    tax = _take_back(actor, standing, backs, act=act, reason=said)
    return OwedAgain(invoice_number, invoice.currency, wanted, tax)


def recover_for_cash(actor: Actor, allocations: Mapping[int, int]) -> None:
    """Make owed again what money is about to pay of items beyond what is open of them.

    For cash applied to what was written off; more than stands written off is left to the caller,
    who finds less open. The caller holds the customers' exposure. Not a command of its own.
    """
    standing = reads.standings(actor.company_id, item_ids=allocations)
    if not standing:
        return
    of_item: dict[int, list[StandingRow]] = defaultdict(list)
    for row in standing:
        of_item[row.item_id].append(row)
    items = queries.items_by_id(actor.company_id, of_item)
    backs: list[Back] = []
    for item_id, rows in of_item.items():
        short = allocations[item_id] - items[item_id].open_minor
        left = sum(row.standing.left_minor for row in rows)
        if 0 < short <= left:
            backs += rules.taken_back(short, [row.standing for row in rows])
    _take_back(actor, standing, backs, act=rules.RECOVERY, reason="")


def _take_back(
    actor: Actor, standing: Sequence[StandingRow], backs: Sequence[Back], *, act: str, reason: str
) -> int:
    """Post what is taken back and open the items by it; return the tax that goes back."""
    if not backs:
        return 0
    rows = {row.id: row for row in standing}
    dates = ledger.hold_open(actor)
    minors: dict[int, int] = defaultdict(int)
    again_on: dict[int, date] = {}
    acts = []
    for one in backs:
        row = rows[one.standing.id]
        on = dates.earliest(max(actor.today, row.effective_on))
        minors[row.item_id] += one.minor
        again_on[row.item_id] = max(on, again_on.get(row.item_id, on))
        acts.append(Act(
            act=act, reference=row.reference, customer_id=row.customer_id, item_id=row.item_id,
            currency=row.currency, minor=one.minor, because=row.because, on=on, of_id=row.id,
            reason=reason,
        ))  # fmt: skip
    ids = book(actor, acts)
    reopen(actor, minors, on=again_on)
    tax = give_back(actor, {row.invoice_id for row in rows.values()})
    announce(actor, [WriteOffsTakenBack(
        act=act, write_off_ids=tuple(ids), item_ids=tuple(sorted(minors)),
        customer_ids=tuple(sorted({one.customer_id for one in acts})),
    )])  # fmt: skip
    return tax
