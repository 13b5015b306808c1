"""What was planned for a day: what customers, banks and the desk do after something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import Final

from creditdesk.simulation.services.life import Life

AT: Final = time(14, 45)


def plan(life: Life, day: date, act: Callable[[Life, date], None]) -> None:
    """Have something done at `AT` of a business day; what lies after the last day never is."""
    life.agenda[day].append(act)


def plan_in(life: Life, day: date, days: int, act: Callable[[Life, date], None]) -> date:
    """Have something done so many business days after a day, and return that day."""
    on = life.calendar.add_business_days(day, days)
    plan(life, on, act)
    return on


def work(life: Life, day: date) -> None:
    """Do what was planned for today; what it plans for today in turn is done too."""
    while acts := life.agenda.pop(day, []):
        for act in acts:
            act(life, day)
