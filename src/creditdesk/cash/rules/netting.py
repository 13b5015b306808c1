"""What of a credit lowers which items: what is said first, then the rest in their order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Against:
    """An open item that a credit is set against; None: as much as there is."""

    item_id: int
    open_minor: int
    minor: int | None = None


def netted(free_minor: int, items: Sequence[Against]) -> dict[int, int]:
    """Return item → amount; items that get nothing are left out.

    What is said may be more than there is: that is refused where it is set off, with the reason.
    """
    found = {one.item_id: one.minor for one in items if one.minor is not None}
    left = max(free_minor - sum(found.values()), 0)
    for one in items:
        if one.item_id in found:
            continue
        minor = min(left, one.open_minor)
        if minor > 0:
            found[one.item_id] = minor
            left -= minor
    return found
