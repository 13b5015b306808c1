"""What may be posted, and to which dates. Two-account postings balance by construction. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

RECEIVABLE: Final = "receivable"  # what customers owe on items
UNAPPLIED: Final = "unapplied"  # money and credit of a known customer, not yet applied
UNIDENTIFIED: Final = "unidentified"  # money received from somebody not yet known
BANK: Final = "bank"
ONLINE: Final = "online"  # money a payment provider took for us and has not paid out yet
UNDEPOSITED: Final = "undeposited"  # cheques and cash taken in, and not yet credited by the bank
TILL_DIFFERENCES: Final = "till_differences"  # cash missing from the till, or too much in it
PAYMENT_FEES: Final = "payment_fees"  # what payment providers keep for themselves
REVENUE: Final = "revenue"
VAT_OUTPUT: Final = "vat_output"
INTEREST: Final = "interest"  # late interest charged to customers
COMPENSATION: Final = "compensation"  # fixed compensation for recovery costs, charged to customers
DISCOUNT: Final = "discount"  # given for paying early, less its tax
DISCOUNT_UNEARNED: Final = "discount_unearned"  # taken too late, and left to the customer
TOLERANCE: Final = "tolerance"  # small differences written off, less their tax
BANK_FEES: Final = "bank_fees"  # what banks keep or take for themselves, on the way or for a return
FX_POSITION: Final = "fx_position"  # the other side wherever one currency turns into another
FX_GAIN: Final = "fx_gain"  # realised when foreign items are paid, in the company's currency
FX_LOSS: Final = "fx_loss"
RETURN_FEES: Final = "return_fees"  # charged to customers whose payments came back
BAD_DEBT: Final = "bad_debt"  # written off as not to be had any more
BAD_DEBT_RECOVERED: Final = "bad_debt_recovered"  # came in after all once it was written off
DUNNING_FEES: Final = "dunning_fees"  # charged to customers who had to be reminded
PAYOUTS: Final = "payouts"  # paid back to customers, and not yet on a bank statement
OPENING: Final = "opening"  # what stood open, and in credit, when the books began here
ERP_PAID: Final = "erp_paid"  # items the ERP says were paid there
ERP_CREDITED: Final = "erp_credited"  # items the ERP says were credited there
ERP_WRITTEN_OFF: Final = "erp_written_off"  # items the ERP says were written off there


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Move `minor` of `currency` from the credit account to the debit account.

    The source (kind and row id) together with the two accounts may be posted only once.
    """

    debit: str
    credit: str
    currency: str
    minor: int
    effective_on: date
    source_kind: str
    source_id: int
    customer_id: int | None = None
    item_id: int | None = None

    def __post_init__(self) -> None:
        if self.minor <= 0:
            raise ValueError("a posting moves a positive amount; swap the accounts instead")
        if self.debit == self.credit:
            raise ValueError("a posting needs two different accounts")

    def reversed(self, *, on: date) -> Posting:
        """Return the posting that undoes this one, dated `on`; history is never edited."""
        return replace(
            self,
            debit=self.credit,
            credit=self.debit,
            effective_on=on,
            source_kind=f"undo_{self.source_kind}",
        )


OPEN: Final = "open"
SOFT_CLOSED: Final = "soft_closed"
CLOSED: Final = "closed"
# Who holds this permission still posts into a period that is soft-closed.
POST_CLOSED: Final = "ledger.post_closed"


@dataclass(frozen=True, slots=True)
class Boundary:
    """Up to which day the books are closed, and soft-closed; `acts` counts how often that changed.

    Nobody posts up to `closed_through`; up to `soft_closed_through` only with `POST_CLOSED`.
    """

    acts: int = 0
    closed_through: date | None = None
    soft_closed_through: date | None = None

    def first_open(self, *, may_post_closed: bool) -> date | None:
        """Return the first day that may be posted to; `None` where every day may."""
        through = self.closed_through
        if not may_post_closed:
            through = _later(through, self.soft_closed_through)
        return None if through is None else through + timedelta(days=1)

    def status_on(self, day: date) -> str:
        """Return whether the books are open on a day, soft-closed, or closed."""
        if self.closed_through is not None and day <= self.closed_through:
            return CLOSED
        if self.soft_closed_through is not None and day <= self.soft_closed_through:
            return SOFT_CLOSED
        return OPEN


def _later(one: date | None, other: date | None) -> date | None:
    """Return the later of two dates, of which either may be missing."""
    return max((day for day in (one, other) if day is not None), default=None)


def earliest_open_date(day: date, first_open: date | None) -> date:
    """Return when a fact of a day is posted: on that day, or on the first open day if it is closed.

    This is the house's one rule for late facts. Documents keep their own date; only the
    accounting date moves, and never backwards, so that the order of facts is kept.
    """
    return day if first_open is None or day >= first_open else first_open


@dataclass(frozen=True, slots=True)
class OpenDates:
    """The days somebody may post to, sure to stay so until their transaction ends.

    `has_moved`: the boundary was moved before, so facts may stand later than their documents.
    """

    first_open: date | None = None
    has_moved: bool = False

    def earliest(self, day: date) -> date:
        """Return the accounting date of a fact of that day."""
        return earliest_open_date(day, self.first_open)

    def each(self, days: Sequence[date]) -> Sequence[date]:
        """Return the accounting dates of facts of those days, in their order."""
        return days if self.first_open is None else [self.earliest(day) for day in days]


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of accounting dates that is closed as a whole."""

    first_on: date
    last_on: date
    status: str


def month_end(day: date) -> date:
    """Return the last day of the month."""
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return following - timedelta(days=1)


def periods(
    first_posted: date, until: date, ends: Collection[date], boundary: Boundary
) -> list[Period]:
    """Return the periods from the month of the first posting to the one that holds `until`.

    A period is a month, cut where a closing ended within it (`ends`).
    """
    found: list[Period] = []
    first = first_posted.replace(day=1)
    while first <= until:
        last = min([month_end(first), *(end for end in ends if end >= first)])
        found.append(Period(first, last, boundary.status_on(last)))
        first = last + timedelta(days=1)
    return found


def why_not_closed(
    last_on: date, known: Sequence[Period], boundary: Boundary, *, today: date, soft: bool
) -> str:
    """Return why the books cannot be closed through a day, as a code; empty where they can."""
    if last_on >= today:
        return "period_not_over"
    status = boundary.status_on(last_on)
    if status == CLOSED or (soft and status == SOFT_CLOSED):
        return "period_closed_already"
    passing = (CLOSED, SOFT_CLOSED) if soft else (CLOSED,)
    if any(period.last_on < last_on and period.status not in passing for period in known):
        return "earlier_period_open"
    return ""


def closed_through(boundary: Boundary, last_on: date, *, soft: bool) -> Boundary:
    """Return the boundary after a closing, soft or for good."""
    acts = boundary.acts + 1
    if soft:
        return replace(
            boundary, acts=acts, soft_closed_through=_later(boundary.soft_closed_through, last_on)
        )
    return replace(boundary, acts=acts, closed_through=last_on)


def why_not_reopened(last_on: date, known: Sequence[Period]) -> str:
    """Return why the period that ends on a day cannot be opened again; empty where it can."""
    period = next((each for each in known if each.last_on == last_on), None)
    if period is None:
        return "period_unknown"
    if period.status == OPEN:
        return "period_open_already"
    if any(each.last_on > last_on and each.status != OPEN for each in known):
        return "later_period_closed"
    return ""


def reopened(boundary: Boundary, last_on: date, known: Sequence[Period]) -> Boundary:
    """Return the boundary once the last period that is not open is open again."""
    before = [period for period in known if period.last_on < last_on]
    return Boundary(
        acts=boundary.acts + 1,
        closed_through=_last_of(before, (CLOSED,)),
        soft_closed_through=_last_of(before, (CLOSED, SOFT_CLOSED))
        if boundary.soft_closed_through is not None
        else None,
    )


def document_of(last_on: date, boundary: Boundary) -> str:
    """Return what names a closing of a period: the soft one is another than the one for good."""
    soft = boundary.status_on(last_on) == SOFT_CLOSED
    return f"{last_on.isoformat()}:soft" if soft else last_on.isoformat()


def _last_of(known: Sequence[Period], statuses: Collection[str]) -> date | None:
    return max((each.last_on for each in known if each.status in statuses), default=None)
