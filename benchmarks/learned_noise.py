"""Lines that only learning can place: payers with habits, named in any way but by a document.

They pay every month for years, and named what they paid; then once without a word. A third pays
under a name that is not theirs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from benchmarks.cases import Case, Customer, Item, Line, Past
from benchmarks.habits import HABITS, World
from creditdesk.cash.rules.learned import Confirmed

MONTHS: Final = 22
CURRENCY: Final = "EUR"
FIRST_NUMBER: Final = 700_000_000
PAYERS_MIN: Final = 24
PAYERS_MAX: Final = 120
ITEMS_A_PAYER: Final = 200
KINDS: Final[Mapping[str, str]] = {
    "exact": "one invoice at a time, the oldest",
    "month": "the invoices of a month",
    "oldest": "the oldest two or three",
    "balance": "all that is open",
    "discount": "the oldest, less two per cent",
    "anyhow": "any invoices: for a person, not decidable",
}
SYLLABLES: Final = ("ka", "ro", "tem", "lin", "vos", "bre", "dun", "fi", "gal", "mer", "nop", "sul")


def with_habits(case: Case, *, seed: int, payers: int | None = None) -> Case:
    """Return the case with payers of habit, their history and a line of each."""
    count = payers or min(PAYERS_MAX, max(PAYERS_MIN, len(case.items) // ITEMS_A_PAYER))
    chance = random.Random(seed + 3)
    names = list(_names(chance, 2 * count))
    every = list(World(random.Random(seed + 4), count).months(MONTHS))
    months = [every[first : first + count] for first in range(0, len(every), count)]
    paying = {n + 1: name for n, name in enumerate(names[:count])}
    own = {
        n: name if n % 3 else names[count + n - 1] for n, name in paying.items()
    }  # a third is known by another name than it pays under
    history = tuple(_past(month, seen, paying) for month, seen in _new(months[:-1]))
    [(last, new)] = list(_new(months))[-1:]
    lines = [_line(one, paying, is_told=False) for one in last]
    return replace(
        case,
        customers=(
            *case.customers,
            *(Customer(f"HABIT{n:05d}", name) for n, name in own.items()),
        ),
        items=(*case.items, *new),
        lines=tuple(_mixed(case.lines, lines, chance)),
        history=history,
    )


def _names(chance: random.Random, count: int) -> Iterator[str]:
    """Yield names of two invented words, no two alike."""
    known: set[str] = set()
    while len(known) < count:
        words = ["".join(chance.sample(SYLLABLES, 3)).title() for _ in range(2)]
        name = f"{' '.join(words)} Works"
        if name not in known:
            known.add(name)
            yield name


def _new(months: Sequence[Sequence[Confirmed]]) -> Iterator[tuple[Sequence[Confirmed], list[Item]]]:
    """Yield each month's payments with the items that were new in it."""
    known: set[int] = set()
    for month in months:
        fresh = {
            item.item_id: item for one in month for item in one.items if item.item_id not in known
        }
        known |= fresh.keys()
        yield (
            month,
            [
                Item(
                    _number(item.item_id), f"HABIT{item.customer_id:05d}", item.issued_on,
                    item.due_on, CURRENCY, item.open_minor,
                )
                for item in fresh.values()
            ],
        )  # fmt: skip


def _past(month: Sequence[Confirmed], new: Sequence[Item], paying: Mapping[int, str]) -> Past:
    lines = tuple(_line(one, paying, is_told=True) for one in month)
    return Past(max(line.booked_on for line in lines), tuple(new), lines)


def _line(one: Confirmed, paying: Mapping[int, str], *, is_told: bool) -> Line:
    customer_id = one.items[0].customer_id
    habit = HABITS[customer_id % len(HABITS)]
    numbers = [_number(item_id) for item_id, _ in one.allocations]
    known = "habit" if customer_id % 3 else "other_name"
    alike = sum(item.open_minor == one.items[0].open_minor for item in one.items)
    return Line(
        kind=f"{known}_{habit}",
        booked_on=one.receipt.received_on,
        currency=CURRENCY,
        minor=one.receipt.minor,
        text=f"Payment {', '.join(numbers)}" if is_told else "Monthly payment, thank you",
        counterparty=paying[customer_id],
        settles=tuple(
            (number, minor) for number, (_, minor) in zip(numbers, one.allocations, strict=True)
        ),
        is_decidable=habit != "anyhow" and (habit not in {"exact", "discount"} or alike == 1),
    )


def _number(item_id: int) -> str:
    return f"H-{FIRST_NUMBER + item_id}"


def _mixed(ours: Sequence[Line], more: Sequence[Line], chance: random.Random) -> Iterator[Line]:
    """Yield all lines, the more among ours, each in its order."""
    places = sorted(chance.choices(range(len(ours) + 1), k=len(more)))
    left = iter(more)
    for n in range(len(ours) + 1):
        while places and places[0] == n:
            places.pop(0)
            yield next(left)
        if n < len(ours):
            yield ours[n]
