"""A statement of account: what a customer owed, what moved it, what it came to. Pure.

It is drawn up in the currency of the documents alone: no rate and no exchange difference can
reach it, as those stand on other accounts of the books.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Final

from creditdesk.ledger.rules import (
    BANK,
    COMPENSATION,
    DUNNING_FEES,
    ERP_CREDITED,
    ERP_PAID,
    ERP_WRITTEN_OFF,
    INTEREST,
    ONLINE,
    OPENING,
    PAYOUTS,
    RECEIVABLE,
    RETURN_FEES,
    REVENUE,
    UNAPPLIED,
    UNDEPOSITED,
    UNIDENTIFIED,
    VAT_OUTPUT,
)

NEVER: Final = "never"
MONTH: Final = "month"
QUARTER: Final = "quarter"
EVERY: Final = (MONTH, QUARTER, NEVER)
# What a customer owes is what is on these two; a move between them moves nothing owed.
OWED: Final = (RECEIVABLE, UNAPPLIED)
MONTHS_OF_A_QUARTER: Final = 3

# What a movement is called by the account on its other side.
_KINDS: Final = {
    REVENUE: "invoice",
    VAT_OUTPUT: "invoice",
    INTEREST: "interest",
    COMPENSATION: "compensation",
    OPENING: "brought_forward",
    BANK: "payment",
    UNIDENTIFIED: "payment",
    ERP_PAID: "payment",
    ERP_CREDITED: "credit",
    ERP_WRITTEN_OFF: "written_off",
    ONLINE: "payment",
    UNDEPOSITED: "payment",
    PAYOUTS: "refund",
    RETURN_FEES: "fee",
    DUNNING_FEES: "reminder_fee",
    # What nobody has to pay is named by why, not by the accounts it is split over.
    "discount_earned": "discount",
    "discount_unearned": "discount",
    "tolerance": "small_difference",
    "bank_fee": "small_difference",
}
# And what is called by its source, whatever stands on the other side.
_BY_SOURCE: Final = {
    "return": "returned",
    "move": "taken_back",
    "for_other_from": "for_another",
    "for_other_to": "by_another",
    "allocation": "exchange",
}
_UNDONE: Final = "undo_"
_CREDITS: Final = "credit_note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What one document did to the account on one day, in minor units; owing more is positive."""

    on: date
    kind: str
    is_reversal: bool
    number: str
    minor: int


@dataclass(frozen=True, slots=True)
class Line:
    """A movement and what was owed after it."""

    movement: Movement
    balance_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDocument:
    """What is open of an instalment at the end of the statement."""

    number: str
    instalment: int
    issued_on: date
    due_on: date
    late_days: int
    open_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An account over a period, in one currency.

    `late_minor` are the open items not due, and 1-30, 31-60, 61-90 and over 90 days late;
    `unapplied_minor` is money and credit not yet set against them.
    """

    customer_id: int
    currency: str
    first_on: date
    last_on: date
    opening_minor: int
    lines: tuple[Line, ...]
    closing_minor: int
    documents: tuple[OpenDocument, ...]
    late_minor: tuple[int, ...]
    unapplied_minor: int

    @property
    def moved_minor(self) -> int:
        """What the period moved."""
        return self.closing_minor - self.opening_minor

    @property
    def overdue_minor(self) -> int:
        """What of the open items is past its due date."""
        return sum(self.late_minor[1:])

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell: nothing owed, nothing open, nothing moved."""
        return not (self.opening_minor or self.closing_minor or self.lines or self.documents)


class DoesNotAddUp(ValueError):
    """Opening, movements and open items do not come to one closing balance."""


def kind_of(source_kind: str, account: str) -> tuple[str, bool]:
    """Return what a posting is on a statement, and whether it takes something back."""
    is_reversal = source_kind.startswith(_UNDONE)
    source = source_kind.removeprefix(_UNDONE)
    if source == _CREDITS and account in {REVENUE, VAT_OUTPUT}:
        return "credit", is_reversal
    if source == "move" and account == UNDEPOSITED:
        return "payment", True  # the receipt was cancelled
    if source in _BY_SOURCE:
        return _BY_SOURCE[source], is_reversal
    return _KINDS.get(account, "adjustment"), is_reversal


def drawn_up(
    *,
    customer_id: int,
    currency: str,
    first_on: date,
    last_on: date,
    opening_minor: int,
    movements: Iterable[Movement],
    documents: Sequence[OpenDocument],
    late_minor: Sequence[int],
    unapplied_minor: int,
) -> Statement:
    """Return the statement; DoesNotAddUp unless its three sources agree.

    Opening and movements are folded from the postings, the closing is what the ageing of the last
    day says from the open items: both must agree, and the documents listed with the items aged.
    """
    moved = [each for each in movements if each.minor]
    balances = list(accumulate((each.minor for each in moved), initial=opening_minor))
    closing = sum(late_minor) - unapplied_minor
    if balances[-1] != closing:
        raise DoesNotAddUp(f"{opening_minor} and what moved come to {balances[-1]}, not {closing}")
    listed = sum(each.open_minor for each in documents)
    if listed != sum(late_minor):
        raise DoesNotAddUp(f"the documents come to {listed}, not {sum(late_minor)}")
    return Statement(
        customer_id=customer_id,
        currency=currency,
        first_on=first_on,
        last_on=last_on,
        opening_minor=opening_minor,
        lines=tuple(Line(*pair) for pair in zip(moved, balances[1:], strict=True)),
        closing_minor=closing,
        documents=tuple(documents),
        late_minor=tuple(late_minor),
        unapplied_minor=unapplied_minor,
    )


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar month or quarter that a scheduled statement tells of."""

    key: str
    first_on: date
    last_on: date


def last_period(every: str, today: date) -> Period | None:
    """Return the last whole month or quarter before today; None for never."""
    if every == NEVER:
        return None
    this_month = today.replace(day=1)
    if every == MONTH:
        last_on = this_month - timedelta(days=1)
        first_on = last_on.replace(day=1)
        return Period(f"{first_on:%Y-%m}", first_on, last_on)
    begun = this_month.replace(
        month=this_month.month - (this_month.month - 1) % MONTHS_OF_A_QUARTER
    )
    last_on = begun - timedelta(days=1)
    first_on = last_on.replace(day=1, month=last_on.month - MONTHS_OF_A_QUARTER + 1)
    number = (first_on.month - 1) // MONTHS_OF_A_QUARTER + 1
    return Period(f"{first_on:%Y}-Q{number}", first_on, last_on)


def usual_days(first_on: date | None, last_on: date | None, today: date) -> tuple[date, date]:
    """Return the days of a statement; missing ones: from the month before, up to today."""
    last_on = last_on or today
    return first_on or (last_on.replace(day=1) - timedelta(days=1)).replace(day=1), last_on
