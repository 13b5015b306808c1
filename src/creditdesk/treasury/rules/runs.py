"""What is collected on a day, and the seal of a collection. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from creditdesk.kernel.calendars import BusinessCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An open item of a customer with a mandate."""

    item_id: int
    number: str
    customer_id: int
    due_on: date
    open_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One debit as it is drawn up and approved."""

    end_to_end: str
    mandate: str
    customer_id: int
    item_id: int
    minor: int
    sequence: str
    iban: str


def collectable(
    items: Iterable[Due],
    *,
    until: date,
    held: Collection[int],
    in_runs: Collection[int],
    waiting: Collection[int],
) -> list[Due]:
    """Return the items due by a day that nothing forbids to collect, the oldest first.

    Held are those contested, promised or on a plan; in runs those collected already; waiting
    those that came back and are not to be tried again yet, or not without a person.
    """
    out = {*held, *in_runs, *waiting}
    found = [one for one in items if one.due_on <= until and one.item_id not in out]
    return sorted(found, key=lambda one: (one.customer_id, one.due_on, one.item_id))


def why_not_on(
    collect_on: date, today: date, calendar: BusinessCalendar, *, lead_days: int, notice_days: int
) -> str:
    """Return why nothing may be collected on a day, as a code; empty where it may."""
    if not calendar.is_business_day(collect_on):
        return "collection_not_on_a_bank_day"
    if hand_over_by(collect_on, calendar, lead_days=lead_days) < today:
        return "collection_too_soon_for_the_bank"
    if collect_on < today + timedelta(days=notice_days):
        return "collection_too_soon_for_customers"
    return ""


def hand_over_by(collect_on: date, calendar: BusinessCalendar, *, lead_days: int) -> date:
    """Return the last day on which the bank takes the file."""
    return calendar.add_business_days(collect_on, -lead_days)


def seal(reference: str, collect_on: date, scheme: str, lines: Sequence[Line]) -> str:
    """Return the digest of a collection: any other debit, account or amount is another one."""
    told = [f"{reference}\x1f{collect_on.isoformat()}\x1f{scheme}"]
    told += [
        "\x1f".join(
            (one.end_to_end, one.mandate, str(one.customer_id), str(one.item_id), str(one.minor),
             one.sequence, one.iban)
        )
        for one in sorted(lines, key=lambda one: one.end_to_end)
    ]  # fmt: skip
    return sha256("\x1e".join(told).encode()).hexdigest()
