"""The one movable business clock. Only faces, jobs and the simulation ask or move it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from creditdesk.plumbing.models import Clock

_held: ContextVar[datetime | None] = ContextVar("held", default=None)


def now() -> datetime:
    """Return the business moment: machine time, or the set one, which stops at its midnight."""
    held = _held.get()
    if held is not None:
        return held
    machine = datetime.now(UTC)
    row = Clock.objects.order_by("id").first()
    if row is None or row.base_at is None or row.set_at is None:
        return machine
    day_end = datetime.combine(row.base_at.date(), time.max, tzinfo=UTC)
    return min(row.base_at + max(machine - row.set_at, timedelta()), day_end)


def today(zone: str = "UTC") -> date:
    """Return the business date in a time zone."""
    return now().astimezone(ZoneInfo(zone)).date()


def is_moved() -> bool:
    """Whether the clock was set and no longer shows machine time."""
    return Clock.objects.filter(base_at__isnull=False).exists()


def move(at: datetime | None) -> None:
    """Set the clock to a moment, from which it runs to that day's end; `None` frees it."""
    Clock.objects.update_or_create(id=1, defaults={"base_at": at, "set_at": datetime.now(UTC)})


@contextmanager
def held_at(at: datetime) -> Iterator[None]:
    """Within the block this thread's clock stands still at `at`; nothing is written."""
    token = _held.set(at)
    try:
        yield
    finally:
        _held.reset(token)
