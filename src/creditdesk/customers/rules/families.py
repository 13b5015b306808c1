"""Who belongs to whom on a date: parents, the top of a group, its members. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

# How many generations stand between a customer and the top of its group at most.
DEPTH_MAX: Final = 16


@dataclass(frozen=True, slots=True)
class Link:
    """From a date a customer has that parent, or with `None` stands alone again."""

    customer_id: int
    parent_id: int | None
    valid_from: date


@dataclass(frozen=True, slots=True)
class Circle:
    """On a date a customer would stand above itself, or too many generations below the top."""

    customer_id: int
    on: date
    is_too_deep: bool


def parents_on(links: Iterable[Link], on: date) -> dict[int, int]:
    """Return customer → parent on a date; the last of the links of the latest date counts."""
    latest: dict[int, Link] = {}
    for link in links:
        known = latest.get(link.customer_id)
        if link.valid_from <= on and (known is None or link.valid_from >= known.valid_from):
            latest[link.customer_id] = link
    return {one.customer_id: one.parent_id for one in latest.values() if one.parent_id is not None}


def top_of(parents: Mapping[int, int], customer_id: int) -> int:
    """Return the top of a customer's group; who has no parent is the top of its own."""
    at = customer_id
    for _ in range(DEPTH_MAX):
        if at not in parents:
            break
        at = parents[at]
    return at


def members(parents: Mapping[int, int], tops: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Return top → everybody of its group in order of id, the top itself among them."""
    found: dict[int, list[int]] = defaultdict(list)
    for customer_id in {*parents, *parents.values(), *tops}:
        found[top_of(parents, customer_id)].append(customer_id)
    return {top: tuple(sorted(found.get(top, [top]))) for top in tops}


def circle(links: Sequence[Link], new: Sequence[Link]) -> Circle | None:
    """Return the first date on which a new link closes a circle or stands too deep, if any.

    A link lasts until the next one of its customer, so every date from the earliest new link on
    at which any link begins is looked at.
    """
    every = (*links, *new)
    touched = [link.customer_id for link in new]
    begins = min((link.valid_from for link in new), default=None)
    if begins is None:
        return None
    for on in sorted({link.valid_from for link in every if link.valid_from >= begins}):
        parents = parents_on(every, on)
        for customer_id in (*touched, *parents):
            found = _met_again(parents, customer_id)
            if found is not None:
                return Circle(customer_id, on, is_too_deep=not found)
    return None


def _met_again(parents: Mapping[int, int], customer_id: int) -> bool | None:
    """Whether the way up comes back to where it was (True), is too long (False), or neither."""
    seen = {customer_id}
    at = customer_id
    while at in parents:
        at = parents[at]
        if at in seen:
            return True
        seen.add(at)
    return False if len(seen) - 1 > DEPTH_MAX else None
