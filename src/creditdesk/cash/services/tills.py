"""The till counted at the day's end: the count is kept, a difference posted and approved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from creditdesk.cash.models import TillCount
from creditdesk.cash.queries.tills import drawer, of_day
from creditdesk.cash.rules.till import PREFIX, difference, needs_another
from creditdesk.cash.services.accounts import opened_and_locked
from creditdesk.cash.services.counting import counter_of
from creditdesk.cash.services.writing import next_ids
from creditdesk.controls.commands import (
    acts_on,
    approval,
    approvers,
    command,
    require_approval,
)
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.currencies import CURRENCIES
from creditdesk.kernel.errors import Conflict, Invalid, Place
from creditdesk.kernel.money import from_minor
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import TILL_DIFFERENCES, UNDEPOSITED, Posting
from creditdesk.plumbing.encoding import digest
from creditdesk.plumbing.services import take_references
from creditdesk.policy import queries as policies

# A loss of cash is approved by those who approve other losses.
APPROVES: Final = "collections.approve_write_off"
SOURCE: Final = "till_count"
REASON_LENGTH_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class TillResult:
    """A count kept: its number, what the book said, and by how much more lay in the till."""

    reference: str
    book_minor: int
    counted_minor: int
    minor: int


@command("cash.count_till")
def count_till(
    actor: Actor, currency: str, *, book_minor: int, counted_minor: int, reason: str = ""
) -> TillResult:
    """Keep what was counted in the till, and post by how much it is off, with a reason.

    `book_minor` is what the counter saw the book say: Conflict when it says something else by now.
    Above what policy lets one person book a day it waits for another; missing and surplus money
    both count. The difference goes on the next deposit slip with the cash.
    """
    said = _checked(currency, counted_minor, reason, is_off=counted_minor != book_minor)
    # Whoever takes cash, or counts it, waits here: the book stands still.
    key = (counter_of(actor.company_id), currency)
    opened_and_locked(actor, {key}, name="Counter", is_collecting=False)
    book = drawer(actor.company_id, currency)
    if book != book_minor:
        raise Conflict(
            "till_changed",
            f"The book says {from_minor(book, currency)} {currency} by now; count again",
            book_minor=book,
        )
    minor = difference(book, counted_minor)
    _require_another(actor, currency, minor, book=book, counted=counted_minor, reason=said)
    row = _kept(actor, currency, book=book, counted=counted_minor, reason=said)
    acts_on("till_count", [row.id])
    if minor:
        _post(actor, row)
    return TillResult(row.reference, book, counted_minor, minor)


def _checked(currency: str, counted_minor: int, reason: str, *, is_off: bool) -> str:
    """Return the reason as it is kept; Invalid for what cannot have been counted."""
    if currency not in CURRENCIES:
        raise Invalid(
            "currency_unknown", f"{currency[:8]!r} is no currency", place=Place(field="currency"),
            mend="Use three letters such as EUR.",
        )  # fmt: skip
    if counted_minor < 0:
        raise Invalid(
            "amount_negative", "Less than nothing cannot lie in the till",
            place=Place(field="counted"), mend="Give what was counted, or 0.",
        )  # fmt: skip
    said = " ".join(reason.split())
    if (is_off and not said) or len(said) > REASON_LENGTH_MAX:
        raise Invalid(
            "reason_missing", "A difference of the till needs a reason in words",
            place=Place(field="reason"),
            mend=f"Say what is known of it, in at most {REASON_LENGTH_MAX} letters.",
        )  # fmt: skip
    return said


def _require_another(
    actor: Actor, currency: str, minor: int, *, book: int, counted: int, reason: str
) -> None:
    """Ask for a second person where the day's differences are more than one books alone."""
    rules = policies.in_force(actor.company_id, actor.today).counter
    earlier = of_day(actor.company_id, currency, actor.today)
    if not needs_another(minor, earlier, rules.till_difference_minor):
        return
    require_approval(
        APPROVES,
        about={
            "minor": minor, "currency": currency, "book_minor": book, "counted_minor": counted,
            "reason": reason,
        },
        also_machines=True,
        version=digest([currency, book, counted, sorted(earlier)]),
    )  # fmt: skip


def _kept(actor: Actor, currency: str, *, book: int, counted: int, reason: str) -> TillCount:
    [count_id] = next_ids("cash_tillcount", 1)
    [reference] = take_references(actor, PREFIX, 1)
    return TillCount.objects.create(
        id=count_id, company_id=actor.company_id, reference=reference, currency=currency,
        counted_on=actor.today, book_minor=book, counted_minor=counted,
        minor=difference(book, counted), reason=reason, approval=approval(),
        approved_by=", ".join(one.name for one in approvers()), recorded_at=actor.at,
        recorded_by=actor.name,
    )  # fmt: skip


def _post(actor: Actor, row: TillCount) -> None:
    """Post a difference: missing money is a loss, surplus lies with the cash."""
    is_more = row.minor > 0
    ledger.post(actor, [Posting(
        debit=UNDEPOSITED if is_more else TILL_DIFFERENCES,
        credit=TILL_DIFFERENCES if is_more else UNDEPOSITED,
        currency=row.currency, minor=abs(row.minor), source_kind=SOURCE, source_id=row.id,
        effective_on=ledger.hold_open(actor).earliest(actor.today),
    )])  # fmt: skip
