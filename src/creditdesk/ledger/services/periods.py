"""Periods closed and reopened: acts with a reason, a trial balance and a name under each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from creditdesk.controls.commands import acts_on, command, require_approval
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.ledger import queries, rules
from creditdesk.ledger.models import Book, PeriodAct
from creditdesk.ledger.rules import Boundary, Period
from creditdesk.plumbing import sql

# What must hold before books are closed, by the rooms above that can tell: a company's id to the
# differences found. The product's wiring fills it.
PROOFS: dict[str, Callable[[int], Sequence[object]]] = {}

_TAKE_BOOK = "UPDATE ledger_book SET acts = acts + 1 WHERE company_id = %s"
_LAST_POSTING = "SELECT COALESCE(MAX(id), 0) FROM ledger_posting"


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """A period as an act left it, and up to which day the books are closed now."""

    first_on: date
    last_on: date
    status: str
    closed_through: date | None
    soft_closed_through: date | None


@command("ledger.close_period")
def close_period(actor: Actor, last_on: date, *, soft: bool = False) -> ClosedPeriod:
    """Close the books through a day: nothing is posted up to it any more.

    Soft: only without the permission `ledger.post_closed`. Refused while the day is not past, an
    earlier period is open, or the books do not prove. Postings under way are waited for.
    """
    _require_closable(
        rules.why_not_closed(last_on, *_state(actor), today=actor.today, soft=soft),
        last_on,
    )
    _require_proof(actor.company_id)
    _take_book(actor)
    known, boundary = _state(actor)
    _require_closable(
        rules.why_not_closed(last_on, known, boundary, today=actor.today, soft=soft), last_on
    )
    first_on = next(
        (p.first_on for p in known if p.first_on <= last_on <= p.last_on), last_on.replace(day=1)
    )
    after = rules.closed_through(boundary, last_on, soft=soft)
    acts_on("period", [rules.document_of(last_on, after)])
    return _record(actor, "soft_close" if soft else "close", first_on, last_on, after)


@command("ledger.reopen_period")
def reopen_period(actor: Actor, last_on: date, *, reason: str) -> ClosedPeriod:
    """Open the last period that is closed, or soft-closed, again; the reason is kept for good.

    A person never does so alone: somebody else approves it, who did not close the period.
    """
    if not reason.strip():
        raise Invalid(
            "reason_missing",
            "A period is reopened only for a reason",
            place=Place(field="reason"),
            mend="Say why; auditors read it",
        )
    _require_reopenable(rules.why_not_reopened(last_on, _state(actor)[0]), last_on)
    _take_book(actor)
    known, boundary = _state(actor)
    _require_reopenable(rules.why_not_reopened(last_on, known), last_on)
    period = next(one for one in known if one.last_on == last_on)
    _require_second_person(period, boundary)
    after = rules.reopened(boundary, last_on, known)
    return _record(actor, "reopen", period.first_on, last_on, after, reason=reason.strip())


def _require_second_person(period: Period, boundary: Boundary) -> None:
    """Stop until somebody approves who did not close the period; any act on periods outdates it."""
    require_approval(
        "ledger.approve_reopen",
        about={"first_on": period.first_on, "last_on": period.last_on, "status": period.status},
        documents=[f"period:{rules.document_of(period.last_on, boundary)}"],
        version=str(boundary.acts),
    )


def what_blocks(actor: Actor, last_on: date) -> tuple[str, list[str]]:
    """Return why the books cannot be closed through a day: a code, and what does not prove.

    An empty code and an empty list: they can.
    """
    code = rules.why_not_closed(last_on, *_state(actor), today=actor.today, soft=False)
    return code, _unproved(actor.company_id)


def _state(actor: Actor) -> tuple[Sequence[Period], Boundary]:
    return (
        queries.periods(actor.company_id, until=actor.today),
        queries.boundary(actor.company_id),
    )


def _take_book(actor: Actor) -> None:
    """Hold the book alone: whoever posts is waited for, and waits from now on."""
    Book.objects.bulk_create([Book(company_id=actor.company_id)], ignore_conflicts=True)
    sql.execute(_TAKE_BOOK, [actor.company_id])


def _require_closable(code: str, last_on: date) -> None:
    match code:
        case "period_not_over":
            raise Refused("period_not_over", f"The period to {last_on} is not over yet")
        case "period_closed_already":
            raise Conflict("period_closed_already", f"The books are closed up to {last_on} already")
        case "earlier_period_open":
            raise Refused(
                "earlier_period_open", f"A period before {last_on} is open; close that one first"
            )


def _require_reopenable(code: str, last_on: date) -> None:
    match code:
        case "period_unknown":
            raise NotFound("period_unknown", f"There is no period that ends on {last_on}")
        case "period_open_already":
            raise Conflict("period_open_already", f"The period to {last_on} is open")
        case "later_period_closed":
            raise Refused(
                "later_period_closed", f"A period after {last_on} is closed; reopen that one first"
            )


def _unproved(company_id: int) -> list[str]:
    return [str(each) for proof in PROOFS.values() for each in proof(company_id)]


def _require_proof(company_id: int) -> None:
    found = _unproved(company_id)
    if found:
        raise Refused(
            "books_differ",
            f"The books do not prove, so they are not closed: {found[0]}",
            count=len(found),
        )


def _record(
    actor: Actor, act: str, first_on: date, last_on: date, after: Boundary, *, reason: str = ""
) -> ClosedPeriod:
    """Write the act with what the accounts come to on the period's last day."""
    lines = queries.trial_balance(actor.company_id, first_on=first_on, last_on=last_on)
    PeriodAct.objects.create(
        company_id=actor.company_id,
        number=after.acts,
        act=act,
        first_on=first_on,
        last_on=last_on,
        closed_through=after.closed_through,
        soft_closed_through=after.soft_closed_through,
        last_posting_id=sql.scalar(_LAST_POSTING),
        trial_balance=[asdict(line) for line in lines],
        reason=reason or actor.reason,
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    return ClosedPeriod(
        first_on=first_on,
        last_on=last_on,
        status=after.status_on(last_on),
        closed_through=after.closed_through,
        soft_closed_through=after.soft_closed_through,
    )
