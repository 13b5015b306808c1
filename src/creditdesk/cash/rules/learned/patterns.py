"""The ways an amount may fall on what is open: exact, a month, the oldest, less a discount."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Final

from creditdesk.cash.rules.learned.values import BASIS_POINTS, Habit, Pattern
from creditdesk.cash.rules.sums import combination
from creditdesk.cash.rules.values import Allocations, OpenItem
from creditdesk.kernel.money import exponent

Part = tuple[OpenItem, int]  # an item and what is open of it
EXACT_SHOWN_MAX: Final = 6
SUM_ITEMS_MAX: Final = 4
TWO: Final = 2


def fits(
    parts: Sequence[Part],
    minor: int,
    received_on: date,
    habit: Habit | None,
    *,
    with_sums: bool = True,
) -> Iterator[tuple[Pattern, Allocations, tuple[OpenItem, ...]]]:
    """Yield every way the amount may be meant; the same allocations may come by several ways.

    `parts` are open items with what is open of each, in the order in which they fall due. Sums of
    a few items, which take a search, may be left out.
    """
    if not parts:
        return
    yield from _whole(parts, minor, received_on)
    if with_sums:
        yield from _sums(parts, minor)
    currency = parts[0][0].currency
    for part in parts:
        if habit is not None and share_taken(part[1], minor, habit.discounts) is not None:
            yield "discount", ((part[0].item_id, minor),), (part[0],)
        if _is_rounded(part[1], minor, currency):
            yield "rounded", ((part[0].item_id, min(minor, part[1])),), (part[0],)
    yield _oldest_part(parts, minor)


def patterns_of(
    parts: Sequence[Part], minor: int, received_on: date, paid: Allocations
) -> set[Pattern]:
    """Return by which patterns of `fits` exactly these allocations come, without any habit.

    Of one item only the ways of one item are tried, and only a sum of several whole items needs a
    search, so that most payments are told at once.
    """
    if len(paid) == 1:
        return _patterns_of_one(parts, minor, paid) if parts else set()
    may_be_sum = TWO <= len(paid) <= SUM_ITEMS_MAX
    found = fits(parts, minor, received_on, None, with_sums=may_be_sum)
    return {pattern for pattern, allocations, _ in found if allocations == paid}


def _patterns_of_one(parts: Sequence[Part], minor: int, paid: Allocations) -> set[Pattern]:
    item_id, paid_minor = paid[0]
    found: set[Pattern] = set()
    exact = [item.item_id for item, open_minor in parts if open_minor == minor]
    if paid_minor == minor and item_id in exact[:EXACT_SHOWN_MAX]:
        found.add("exact")
    currency = parts[0][0].currency
    for item, open_minor in parts:
        is_met = item.item_id == item_id and paid_minor == min(minor, open_minor)
        if is_met and _is_rounded(open_minor, minor, currency):
            found.add("rounded")
    if _oldest_part(parts, minor)[1] == paid:
        found.add("oldest_part")
    return found


def _whole(
    parts: Sequence[Part], minor: int, received_on: date
) -> Iterator[tuple[Pattern, Allocations, tuple[OpenItem, ...]]]:
    """Yield the ways in which whole items make up the amount."""
    exact = [part for part in parts if part[1] == minor]
    for part in exact[:EXACT_SHOWN_MAX]:
        yield _of("exact", [part])
    total = _sum(parts)
    if len(parts) < TWO or total < minor:
        return  # nothing of several whole items comes to as much
    if total == minor:
        yield _of("balance", parts)
    due = [part for part in parts if part[0].due_on <= received_on]
    if len(due) >= TWO and _sum(due) == minor:
        yield _of("due", due)
    for month in _months(parts, minor):
        yield _of("month", month)
    oldest = _oldest(parts, minor)
    if oldest:
        yield _of("oldest", oldest)


def _sums(
    parts: Sequence[Part], minor: int
) -> Iterator[tuple[Pattern, Allocations, tuple[OpenItem, ...]]]:
    """Yield the only way in which two to four whole items make up the amount, if there is one."""
    found = combination([open_minor for _, open_minor in parts], minor, SUM_ITEMS_MAX)
    if found is not None and found.is_unique:
        yield _of("sum", [parts[place] for place in found.positions])


def _of(
    pattern: Pattern, parts: Sequence[Part]
) -> tuple[Pattern, Allocations, tuple[OpenItem, ...]]:
    ordered = sorted((item.item_id, minor) for item, minor in parts)
    return pattern, tuple(ordered), tuple(item for item, _ in parts)


def _sum(parts: Sequence[Part]) -> int:
    return sum([minor for _, minor in parts])


def _months(parts: Sequence[Part], minor: int) -> Iterator[list[Part]]:
    """Yield the items issued in one calendar month, and those due in one, that make up the amount.

    Two items at least; months are summed before any is listed, as hardly one fits.
    """
    for day_of in (attrgetter("issued_on"), attrgetter("due_on")):
        sums: dict[tuple[int, int], int] = {}
        for item, open_minor in parts:
            day = day_of(item)
            month = day.year, day.month
            sums[month] = sums.get(month, 0) + open_minor
        for month in sorted(one for one, total in sums.items() if total == minor):
            found = [part for part in parts if _month(day_of(part[0])) == month]
            if len(found) >= TWO:
                yield found


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _oldest(parts: Sequence[Part], minor: int) -> list[Part]:
    """Return the oldest items if, one after the other, they make up the amount exactly."""
    taken: list[Part] = []
    left = minor
    for part in parts:
        taken.append(part)
        left -= part[1]
        if left <= 0:
            break
    return taken if left == 0 and len(taken) >= TWO else []


def _oldest_part(
    parts: Sequence[Part], minor: int
) -> tuple[Pattern, Allocations, tuple[OpenItem, ...]]:
    """Return the oldest items paid one after the other until the money runs out."""
    allocations = []
    items = []
    left = minor
    for item, open_minor in parts:
        if left <= 0:
            break
        allocations.append((item.item_id, min(left, open_minor)))
        items.append(item)
        left -= open_minor
    return "oldest_part", tuple(sorted(allocations)), tuple(items)


def discount_points(open_minor: int, paid_minor: int) -> int:
    """Return which share of an item was taken off, in basis points, to the nearest."""
    return ((open_minor - paid_minor) * BASIS_POINTS * 2 + open_minor) // (open_minor * 2)


def is_less(open_minor: int, paid_minor: int, points: int) -> bool:
    """Whether a payment is the item less a share in basis points, to the cent up or down."""
    if not 0 < paid_minor < open_minor:
        return False
    distance = open_minor * (BASIS_POINTS - points) - paid_minor * BASIS_POINTS
    return abs(distance) <= BASIS_POINTS


def share_taken(open_minor: int, paid_minor: int, seen: Mapping[int, int]) -> int | None:
    """Return which of the shares seen, in basis points, a payment takes off; the usual one first.

    None where it takes off none of them.
    """
    fitting = [points for points in seen if is_less(open_minor, paid_minor, points)]
    return min(fitting, key=lambda points: (-seen[points], points), default=None)


def _is_rounded(open_minor: int, minor: int, currency: str) -> bool:
    """Whether the amount is the item rounded to whole units, up or down."""
    unit: int = 10 ** exponent(currency)
    return unit > 1 and minor % unit == 0 and 0 < abs(open_minor - minor) < unit
