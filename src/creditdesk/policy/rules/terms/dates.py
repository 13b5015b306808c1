"""When what falls due, in parts that make up the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from math import lcm

from creditdesk.kernel.calendars import BusinessCalendar, add_months, month_end
from creditdesk.kernel.money import split
from creditdesk.policy.rules.terms.values import Instalment, Part, Remainder, Terms

WHOLE = Decimal(100)


def due_date(terms: Terms, issued_on: date, calendar: BusinessCalendar) -> date:
    """Return when the first or only instalment falls due; see `Terms` for the order of steps."""
    return calendar.roll(_reached(terms, issued_on), terms.roll)


def counted_from(terms: Terms, issued_on: date) -> date:
    """Return the day the days run from: after the cut-off day the first of the next month."""
    if terms.cut_off_day is not None and issued_on.day > terms.cut_off_day:
        return add_months(issued_on.replace(day=1), 1)
    return issued_on


def day_of_month_at_or_after(day: date, wanted: int) -> date:
    """Return the next such day of a month, `day` itself included; 31 is any month's last day."""
    this_month = day.replace(day=min(wanted, month_end(day).day))
    if this_month >= day:
        return this_month
    following = add_months(day.replace(day=1), 1)
    return following.replace(day=min(wanted, month_end(following).day))


def instalments(
    terms: Terms, issued_on: date, total_minor: int, calendar: BusinessCalendar
) -> list[Instalment]:
    """Share an invoice out into its instalments, by due date; the parts sum to the whole.

    Months later a part falls due on the same day of the month, before days not worked are left;
    parts of nothing are left out.
    """
    if not terms.parts:
        first = _reached(terms, issued_on)
        count = len(terms.instalment_percents)
        days = [_later(terms, first, n * terms.instalment_months) for n in range(count)]
        minors = _shared(total_minor, terms.instalment_percents, terms.remainder)
    else:
        days = [_due_of(terms, part, issued_on) for part in terms.parts]
        minors = _minors(terms.parts, total_minor, terms.remainder)
    rolled = [calendar.roll(day, terms.roll) for day in days]
    parts = sorted(enumerate(zip(rolled, minors, strict=True)), key=lambda one: (one[1][0], one[0]))
    kept = [(day, minor) for _, (day, minor) in parts if minor > 0]
    return [Instalment(number, day, minor) for number, (day, minor) in enumerate(kept, start=1)]


def _reached(terms: Terms, issued_on: date) -> date:
    """Return the due date before days not worked are left."""
    start = add_months(counted_from(terms, issued_on), terms.months_later)
    if terms.from_month_end:
        start = month_end(start)
    reached = start + timedelta(days=terms.net_days)
    if terms.to_month_end:
        reached = month_end(reached)
    if terms.day_of_month is not None:
        reached = day_of_month_at_or_after(reached, terms.day_of_month)
    return reached


def _later(terms: Terms, day: date, months: int) -> date:
    """Return the same day months later: the terms' own day, or their month's end."""
    moved = add_months(day, months)
    if terms.day_of_month is not None:
        return moved.replace(day=min(terms.day_of_month, month_end(moved).day))
    if terms.to_month_end or (terms.from_month_end and terms.net_days == 0):
        return month_end(moved)
    return moved


def _due_of(terms: Terms, part: Part, issued_on: date) -> date:
    days = terms.net_days if part.net_days is None else part.net_days
    return _later(terms, _reached(replace(terms, net_days=days), issued_on), part.months_later)


def _minors(parts: Sequence[Part], total_minor: int, remainder: Remainder) -> list[int]:
    """Return what each part comes to: amounts while something is left, shares of the rest."""
    left = total_minor
    minors: list[int] = []
    for part in parts:
        minors.append(min(left, part.minor or 0))
        left -= minors[-1]
    sharing = [n for n, part in enumerate(parts) if part.minor is None]
    if sharing and left:
        weights = whole_weights([parts[n].percent for n in sharing])
        for n, minor in zip(sharing, _shared(left, weights, remainder), strict=True):
            minors[n] = minor
    return minors


def whole_weights(percents: Sequence[Decimal | None]) -> list[int]:
    """Return percents as whole weights; those not given share evenly what the others leave."""
    open_parts = max(1, sum(percent is None for percent in percents))
    rest = WHOLE - sum((percent for percent in percents if percent is not None), Decimal(0))
    ratios = [
        (percent * open_parts if percent is not None else rest).as_integer_ratio()
        for percent in percents
    ]
    common = lcm(*(below for _, below in ratios))
    return [above * common // below for above, below in ratios]


def _shared(minor: int, weights: Sequence[int], remainder: Remainder) -> list[int]:
    """Share out by weight; the odd minor units go where the named rule puts them.

    `largest`: one each to the parts with the largest remainders; `first` and `last`: all of them
    to that part.
    """
    if remainder == "largest":
        return split(minor, weights)
    shares = [minor * weight // sum(weights) for weight in weights]
    shares[0 if remainder == "first" else -1] += minor - sum(shares)
    return shares
