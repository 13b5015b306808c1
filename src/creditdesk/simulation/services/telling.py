"""Statements of account: from the last quarter on some customers get one by themselves."""

from __future__ import annotations

from datetime import date, timedelta

from creditdesk.simulation.rules import ways
from creditdesk.simulation.services import agenda
from creditdesk.simulation.services.life import Life
from creditdesk.statements import services as statements


def begin(life: Life) -> None:
    """Plan the day from which statements leave by themselves."""
    since = max(life.first, life.until - timedelta(days=ways.STATEMENTS_DAYS_BEFORE_END))
    agenda.plan(life, life.calendar.roll(since, "following"), _agree)


def _agree(life: Life, day: date) -> None:
    """Let the manager note how often customers want a statement; the others get none."""
    manager = life.acting("manager", day, agenda.AT)
    for firm in life.firms:
        drawn = life.chance("statement", firm.number).random()
        if drawn < ways.MONTHLY_SHARE:
            statements.set_schedule(manager, "month", customer_number=firm.number)
        elif drawn < ways.MONTHLY_SHARE + ways.QUARTERLY_SHARE:
            statements.set_schedule(manager, "quarter", customer_number=firm.number)
