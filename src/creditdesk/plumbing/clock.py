"""The one movable business clock. Only faces, jobs and the simulation ask or move it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from creditdesk.plumbing import sql
from creditdesk.plumbing.models import Clock

SETTING = "base_at, set_at"
# What `shown` returns, for a statement that reads the setting itself; its parameters: `asked`.
SHOWN = """
    COALESCE(
        %(held)s::timestamptz,
        LEAST(base_at + GREATEST(%(machine)s::timestamptz - set_at, interval '0'),
              ((base_at AT TIME ZONE 'UTC')::date + time '23:59:59.999999') AT TIME ZONE 'UTC'),
        %(machine)s::timestamptz)
"""
_held: ContextVar[datetime | None] = ContextVar("held", default=None)


@dataclass(frozen=True, slots=True)
class Setting:
    """How the clock was set: what it showed, and when by machine time; both empty if it was not."""

    base_at: datetime | None
    set_at: datetime | None


def now() -> datetime:
    """Return the business moment: machine time, or the set one, which stops at its midnight."""
    held = _held.get()
    if held is not None:
        return held
    row = sql.fetch_one(Setting, f"SELECT {SETTING} FROM plumbing_clock ORDER BY id LIMIT 1")
    return shown(row or Setting(None, None))


def shown(setting: Setting) -> datetime:
    """Return the moment a clock set so shows now."""
    held = _held.get()
    if held is not None:
        return held
    machine = machine_now()
    if setting.base_at is None or setting.set_at is None:
        return machine
    day_end = datetime.combine(setting.base_at.date(), time.max, tzinfo=UTC)
    return min(setting.base_at + max(machine - setting.set_at, timedelta()), day_end)


def asked() -> dict[str, datetime | None]:
    """Return the parameters of `SHOWN` at this moment."""
    return {"held": _held.get(), "machine": machine_now()}


def machine_now() -> datetime:
    """Return machine time: for locks and sessions, which no moved business date may stretch."""
    return datetime.now(UTC)


def today(zone: str = "UTC") -> date:
    """Return the business date in a time zone."""
    return now().astimezone(ZoneInfo(zone)).date()


def is_moved() -> bool:
    """Whether the clock was set and no longer shows machine time."""
    return Clock.objects.filter(base_at__isnull=False).exists()


def move(at: datetime | None) -> None:
    """Set the clock to a moment, from which it runs to that day's end; `None` frees it."""
    Clock.objects.update_or_create(id=1, defaults={"base_at": at, "set_at": machine_now()})


@contextmanager
def held_at(at: datetime) -> Iterator[None]:
    """Within the block this thread's clock stands still at `at`; nothing is written."""
    token = _held.set(at)
    try:
        yield
    finally:
        _held.reset(token)


def machine() -> datetime:
    """Return machine time: for the age of jobs and backups, never for a business date."""
    return datetime.now(UTC)


def of_database() -> datetime:
    """Return the time the database's machine shows."""
    at: datetime = sql.scalar("SELECT clock_timestamp()")
    return at
