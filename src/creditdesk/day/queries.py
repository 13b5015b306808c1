"""What the day reads of its own past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from creditdesk.day.models import DayStep
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step of a business date, with what it reported the last time it ran."""

    business_date: date
    step: str
    report: dict[str, Any]
    recorded_at: datetime


LAST_STEP = "prove"


def last_finished(company_id: int) -> date | None:
    """Return the latest business date whose last step is done, or `None`."""
    found: date | None = sql.scalar(
        "SELECT max(business_date) FROM day_daystep WHERE company_id = %s AND step = %s",
        [company_id, LAST_STEP],
    )
    return found


def steps_of(company_id: int, on: date) -> list[StepDone]:
    """Return the finished steps of a date in the order they ran."""
    rows = DayStep.objects.filter(company_id=company_id, business_date=on).order_by("id")
    return [StepDone(r.business_date, r.step, r.report, r.recorded_at) for r in rows]


def is_due_again(company_id: int, step: str, on: date, *, days: int) -> bool:
    """Whether a step that is not worked every day was last worked so many days before, or on it."""
    return not sql.scalar(
        "SELECT EXISTS (SELECT 1 FROM day_daystep WHERE company_id = %s AND step = %s"
        " AND business_date > %s AND business_date < %s AND NOT jsonb_exists(report, 'left_out'))",
        [company_id, step, on - timedelta(days=days), on],
    )
