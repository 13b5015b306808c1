"""Which step of the ladder an item takes today, and which message a customer gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from typing import NamedTuple, TypeAlias

from creditdesk.policy.rules import Step


class Line(NamedTuple):
    """An open item with the last step taken for it, if any.

    A named tuple, as a run reads a hundred thousand of them.
    """

    customer_id: int
    currency: str
    item_id: int
    number: str
    due_on: date
    open_minor: int
    last_level: int | None
    last_taken_on: date | None


# A line with its days late and the step it takes, if any.
PlacedLine: TypeAlias = tuple[Line, int, Step | None]


@dataclass(frozen=True, slots=True)
class Planned:
    """One message to one customer in one currency: its step, and each line with its own step.

    A line without a step is listed along: it is overdue too, but has had its step.
    """

    customer_id: int
    currency: str
    step: Step
    lines: tuple[PlacedLine, ...]


def step_for(
    days_late: int,
    last_level: int | None,
    days_since: int | None,
    ladder: Sequence[Step],
    *,
    least_days: int = 0,
) -> Step | None:
    """Return the step an item takes now, or `None`.

    An item never contacted takes the step that fits its lateness: 170 days late is the last step,
    not the first. Later it moves up one level at a time, when it is late enough for the next and
    the time to pay given by the last message has passed (`days_since` days ago). The step before
    the due date is only taken before it. A level is never taken twice. The law may give the debtor
    `least_days` to pay where the step gives less.
    """
    steps = sorted(ladder, key=lambda step: step.level)
    reached = [
        s for s in steps if s.days_late <= days_late and (s.days_late >= 0 or days_late <= 0)
    ]
    if last_level is None:
        return reached[-1] if reached else None
    above = [step for step in steps if step.level > last_level]
    if not above or above[0] not in reached:
        return None
    had = next((step for step in steps if step.level == last_level), None)
    is_waiting = (
        had is not None
        and days_since is not None
        and days_since <= max(had.pay_within_days, least_days)
    )
    return None if is_waiting and last_level > 0 else above[0]


def plan(
    lines: Iterable[Line],
    ladder: Sequence[Step],
    *,
    as_of: date,
    held_items: AbstractSet[int] = frozenset(),
    least_days: Mapping[int, int] | None = None,
) -> Iterator[Planned]:
    """Yield the messages of a run; `lines` come sorted by customer and currency.

    One message per customer and currency, at the highest step among the items that take one,
    listing every overdue item. Items before their due date have a message of their own, and only
    where nothing is overdue. Held items do not raise the step; they go along for the gate to
    leave out, so that its verdict names them. `least_days` says by customer how long the law gives
    to pay at least.
    """
    today, least = as_of.toordinal(), least_days or {}

    @cache
    def step_of(
        days_late: int, level: int | None, days_since: int | None, by_law: int
    ) -> Step | None:
        return step_for(days_late, level, days_since, ladder, least_days=by_law)

    for (customer_id, currency), group in groupby(lines, key=lambda i: (i.customer_id, i.currency)):
        placed = list(_placed(group, today, step_of, least.get(customer_id, 0)))
        overdue = [one for one in placed if one[1] > 0]
        early = [one for one in placed if one[1] <= 0 and one[2] is not None]
        chosen, step, is_free = _chosen((overdue, early), held_items)
        if step is not None:
            yield Planned(
                customer_id,
                currency,
                step,
                tuple(
                    (line, late, None if is_free and line.item_id in held_items else own)
                    for line, late, own in chosen
                ),
            )


def _chosen(
    kinds: Sequence[list[PlacedLine]], held_items: AbstractSet[int]
) -> tuple[list[PlacedLine], Step | None, bool]:
    """Return the lines to write about, the highest step, and whether a free item takes it.

    The first kind with a step of an item that is not held counts; else the first with a step.
    """
    for lines in kinds:
        steps = [own for line, _, own in lines if own and line.item_id not in held_items]
        if steps:
            return lines, max(steps, key=_level), True
    for lines in kinds:
        steps = [own for _, _, own in lines if own]
        if steps:
            return lines, max(steps, key=_level), False
    return [], None, False


def _level(step: Step) -> int:
    return step.level


def _placed(
    lines: Iterable[Line],
    today: int,
    step_of: Callable[[int, int | None, int | None, int], Step | None],
    least_days: int,
) -> Iterator[PlacedLine]:
    for line in lines:
        days_late = today - line.due_on.toordinal()
        taken = line.last_taken_on
        since = None if taken is None else today - taken.toordinal()
        yield line, days_late, step_of(days_late, line.last_level, since, least_days)
