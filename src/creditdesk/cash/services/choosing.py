"""What goes on a deposit: receipts and till differences, locked, if all may go together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from creditdesk.cash.rules.till import PREFIX as TILL_PREFIX
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound, Refused
from creditdesk.plumbing import sql

_CHOSEN: Final = """
    SELECT r.id, r.reference, r.kind, r.currency, r.minor, r.cheque_number, r.drawer,
           r.drawer_bank, c.name, r.payment_id, r.deposit_id, r.cancelled_at IS NOT NULL,
           coalesce(p.returned_minor, 0)
      FROM cash_receipt r JOIN customers_customer c ON c.id = r.customer_id
      LEFT JOIN cash_payment p ON p.id = r.payment_id
     WHERE r.company_id = %(company_id)s AND r.reference = ANY(%(references)s::text[])
     ORDER BY r.id FOR UPDATE OF r
"""
_DIFFERENCES: Final = """
    SELECT id, reference, currency, minor, deposit_id FROM cash_tillcount
     WHERE company_id = %(company_id)s AND reference = ANY(%(references)s::text[]) AND minor <> 0
     ORDER BY id FOR UPDATE
"""


@dataclass(frozen=True, slots=True)
class ChosenReceipt:
    """A receipt as it may go on a deposit."""

    id: int
    reference: str
    kind: str
    currency: str
    minor: int
    cheque_number: str
    drawer: str
    drawer_bank: str
    customer_name: str
    payment_id: int | None
    deposit_id: int | None
    is_cancelled: bool
    returned_minor: int


@dataclass(frozen=True, slots=True)
class ChosenDifference:
    """A difference of the till as it may go on a deposit: more or less cash than was taken."""

    id: int
    reference: str
    currency: str
    minor: int
    deposit_id: int | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is brought to the bank together, all of one currency."""

    receipts: tuple[ChosenReceipt, ...]
    differences: tuple[ChosenDifference, ...]

    @property
    def currency(self) -> str:
        """The currency of it all."""
        return self.receipts[0].currency

    @property
    def total_minor(self) -> int:
        """What it comes to."""
        return sum(one.minor for one in self.receipts) + sum(one.minor for one in self.differences)


def chosen(actor: Actor, references: Sequence[str]) -> Chosen:
    """Return what may be deposited together, locked; a difference goes with receipts only."""
    wanted = {one.strip() for one in references}
    tills = {one for one in wanted if one.startswith(f"{TILL_PREFIX}-")}
    params = {"company_id": actor.company_id, "references": sorted(wanted - tills)}
    receipts = sql.fetch(ChosenReceipt, _CHOSEN, params)
    differences = sql.fetch(ChosenDifference, _DIFFERENCES, {**params, "references": sorted(tills)})
    if not receipts or len(receipts) + len(differences) < len(wanted):
        raise NotFound("receipt_unknown", "There is no such receipt")
    for one in receipts:
        _check(one)
    found = Chosen(tuple(receipts), tuple(differences))
    if any(one.deposit_id is not None for one in differences):
        raise Conflict(
            "difference_deposited", "A difference of the till was deposited meanwhile; look again"
        )
    if len({one.currency for one in receipts} | {one.currency for one in differences}) > 1:
        raise Refused(
            "deposit_currencies", "A deposit has one currency",
            mend="Draw up one deposit for each currency.",
        )  # fmt: skip
    if found.total_minor <= 0:
        raise Refused(
            "deposit_empty", "Less the differences of the till nothing is left to bring",
            mend="Leave the difference out until more was taken.",
        )  # fmt: skip
    return found


def _check(one: ChosenReceipt) -> None:
    if one.deposit_id is not None or one.is_cancelled or one.returned_minor:
        raise Conflict(
            "receipt_deposited",
            f"{one.reference} was deposited or cancelled meanwhile; look again",
            receipt=one.reference,
        )
    if one.payment_id is None:
        raise Refused(
            "cheque_postdated", f"{one.reference} does not count as money yet",
            mend="Leave it out until its date.", receipt=one.reference,
        )  # fmt: skip
