"""What the demo shows of reviews: some assessed, most left as they are, the last ones changed."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Final

from creditdesk.assessment import services as assessment
from creditdesk.assessment.reviews import queries
from creditdesk.assessment.reviews import services as reviews
from creditdesk.assessment.reviews.queries import ReviewRow
from creditdesk.assessment.reviews.rules import Choice, Deciding
from creditdesk.assessment.rules import sheet_of
from creditdesk.assessment.services import NewStatement
from creditdesk.plumbing import clock
from creditdesk.simulation.services import agenda
from creditdesk.simulation.services.applicants import SOUND, WEAK
from creditdesk.simulation.services.life import Life

AT: Final = time(16, 40)
ASSESSED_AFTER_DAYS: Final = 15
EVERY_DAYS: Final = 7
ASSESSED: Final = 9
CHANGED: Final = 2
KNOWN: Final = "known for years, and nothing new speaks against the limit"


def begin(life: Life) -> None:
    """Plan who is assessed early on, and the days reviews are worked."""
    first = life.first + timedelta(days=ASSESSED_AFTER_DAYS)
    agenda.plan(life, life.calendar.next_business_day(first), _assess_some)
    day = first + timedelta(days=EVERY_DAYS)
    while day < life.until - timedelta(days=EVERY_DAYS):
        agenda.plan(life, life.calendar.next_business_day(day), _work)
        day += timedelta(days=EVERY_DAYS)


def leave_some(life: Life) -> None:
    """On the eve of the last day, accept some proposals, ask for another limit, leave the rest."""
    day = life.calendar.previous_business_day(life.until)
    with clock.held_at(life.moment(day, AT)):
        waiting = _due(life, day)
        changing = [one for one in waiting if one.answer != "keep"]
        for row in changing[:CHANGED]:
            _decide(life, day, row, "accept")
        for row in changing[CHANGED : CHANGED + 1]:
            minor = max((row.current_minor + row.proposed_minor) // 2, 1)
            _decide(life, day, row, "other", minor=minor)


def _assess_some(life: Life, day: date) -> None:
    """Type statements of some customers and score them: they have a class when they are due."""
    analyst = life.acting("analyst", day, agenda.AT)
    some = sorted(life.firms, key=lambda one: one.number)[:ASSESSED]
    for n, firm in enumerate(some):
        scale = max(firm.limit_minor // 1_000_000, 1)
        figures = SOUND if n % 3 else WEAK
        sheet = sheet_of(
            {code: Decimal(value * scale) for code, value in figures.items()},
            period_end=date(day.year - 1, 12, 31), months=12, currency=firm.currency, unit=1_000,
        )  # fmt: skip
        row = NewStatement(customer_id=life.ids[firm.number], sheet=sheet)
        assessment.record_statements(analyst, [row])
        assessment.assess(analyst, firm.number)


def _work(life: Life, day: date) -> None:
    """Let the manager decide what is due: the limits stay."""
    for row in _due(life, day):
        _decide(life, day, row, "accept" if row.answer == "keep" else "decline")


def _due(life: Life, day: date) -> list[ReviewRow]:
    return list(queries.listing(life.company.id, on=day, state="due").rows)


def _decide(
    life: Life, day: date, row: ReviewRow, choice: Choice, *, minor: int | None = None
) -> None:
    manager = life.acting("manager", day, AT)
    reason = "" if choice == "accept" else KNOWN
    reviews.decide(manager, row.reference, new=Deciding(choice=choice, reason=reason, minor=minor))
