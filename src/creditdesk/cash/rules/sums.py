"""Which open amounts add up to a payment, and whether that can be coincidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, gcd
from typing import Final

COMBINED_ITEMS_MAX: Final = 60
# A combination counts only if finding one by chance is rarer than one in this many.
COINCIDENCE_ONE_IN: Final = 1000
PAIR, TRIPLE, FOUR = 2, 3, 4


@dataclass(frozen=True, slots=True)
class Combination:
    """Positions of amounts that add up to the target; `is_unique`: there is no other way."""

    positions: tuple[int, ...]
    is_unique: bool
    is_telling: bool


def combination(amounts: Sequence[int], target: int, size_max: int) -> Combination | None:
    """Return a way to add up 2 to `size_max` (at most 4) amounts to the target, or None.

    It is telling if so few sums are possible that a chance hit is rarer than one in a thousand: of
    any size, or of this one.
    """
    usable = [i for i, amount in enumerate(amounts) if 0 < amount < target]
    if not PAIR <= len(usable) <= COMBINED_ITEMS_MAX:
        return None
    values = [amounts[i] for i in usable]
    found = _solutions(values, target, min(size_max, FOUR))
    if not found:
        return None
    return Combination(
        positions=tuple(usable[i] for i in found[0]),
        is_unique=len(found) == 1,
        is_telling=_is_telling(values, target, min(size_max, FOUR), len(found[0])),
    )


def _solutions(values: Sequence[int], target: int, size_max: int) -> list[tuple[int, ...]]:
    """Return the first two solutions; the shortest come first."""
    found = _pairs(values, target)
    if size_max >= TRIPLE and len(found) < PAIR:
        found += _triples(values, target)
    if size_max >= FOUR and len(found) < PAIR:
        found += _fours(values, target)
    return found[:2]


def _pairs(values: Sequence[int], target: int) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = []
    seen: defaultdict[int, list[int]] = defaultdict(list)
    for k, value in enumerate(values):
        found += [(i, k) for i in seen.get(target - value, ())]
        if len(found) >= PAIR:
            break
        seen[value].append(k)
    return found


def _triples(values: Sequence[int], target: int) -> list[tuple[int, ...]]:
    """Add each value to the pairs before it."""
    found: list[tuple[int, ...]] = []
    pairs: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for k, value in enumerate(values):
        found += [(i, j, k) for i, j in pairs.get(target - value, ())]
        if len(found) >= PAIR:
            break
        for i in range(k):
            pairs[values[i] + value].append((i, k))
    return found


def _fours(values: Sequence[int], target: int) -> list[tuple[int, ...]]:
    """Meet the pairs that begin at a position with the pairs that end before it."""
    found: list[tuple[int, ...]] = []
    pairs: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for k, value in enumerate(values):
        for m in range(k + 1, len(values)):
            found += [(i, j, k, m) for i, j in pairs.get(target - value - values[m], ())]
            if len(found) >= PAIR:
                return found
        for i in range(k):
            pairs[values[i] + value].append((i, k))
    return found


def _is_telling(values: Sequence[int], target: int, size_max: int, found: int) -> bool:
    """Whether the possible sums are thin enough among the amounts they could take.

    The chance is shared out evenly among the sizes where sums of all sizes are too many: whatever
    is found, the chances of all that would be believed add up to one in a thousand at most.
    """
    grain = gcd(target, *values)
    ranked = sorted(values)
    sizes = range(PAIR, size_max + 1)
    ways = sum(comb(len(values), size) for size in sizes)
    spread = sum(ranked[-size_max:]) - sum(ranked[:PAIR])
    if ways * COINCIDENCE_ONE_IN <= spread // grain:
        return True
    spread = sum(ranked[-found:]) - sum(ranked[:found])
    return comb(len(values), found) * COINCIDENCE_ONE_IN * len(sizes) <= spread // grain
