"""PAYDEX as Dun & Bradstreet describe it, over our own documents.

100 anticipates, 90 takes the discount, 80 prompt, then by days beyond terms: 70 for 15, 60 for 22,
50 for 30, 40 for 60, 30 for 90, 20 for 120; between those by a straight line, each weighed by its
amount. D&B give 1 to 19 to what is later than 120 days without saying how: here the last line goes
on until 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import Final

ANTICIPATED: Final = 100
DISCOUNT: Final = 90
PROMPT: Final = 80
# (days beyond terms, points)
CORNERS: Final = (
    (0, 80), (15, 70), (22, 60), (30, 50), (60, 40), (90, 30), (120, 20), (177, 1),
)  # fmt: skip
# (from day, how many days, points lost a day): what falls into each is summed by the statement.
BANDS: Final = tuple(
    (start, end - start, Fraction(before - after, end - start))
    for (start, before), (end, after) in pairwise(CORNERS)
)
# The same in whole numbers: fractions cost ten times as much, and days are judged by the thousand.
_DENOMINATOR: Final = lcm(*(lost.denominator for _, _, lost in BANDS))
_LOST: Final = tuple(int(lost * _DENOMINATOR) for _, _, lost in BANDS)


def points(late_days: int) -> Fraction:
    """Return the points of one payment so many days beyond terms; in time is prompt."""
    return PROMPT - sum(
        (lost * days for (_, _, lost), days in zip(BANDS, in_bands(late_days), strict=True)),
        Fraction(0),
    )


def in_bands(late_days: int) -> tuple[int, ...]:
    """Return how many of the days fall into each band."""
    return tuple(min(max(late_days - start, 0), width) for start, width, _ in BANDS)


def paydex_of(
    *, anticipated: int, discounted: int, others: int, banded: Sequence[int]
) -> int | None:
    """Return the PAYDEX of amounts, of which `banded` are amount times days by band.

    `others` were neither anticipated nor discounted: prompt or late. None where there are none.
    """
    total = anticipated + discounted + others
    if total <= 0:
        return None
    parts = _DENOMINATOR * (anticipated * ANTICIPATED + discounted * DISCOUNT + others * PROMPT)
    parts -= sum(lost * days for lost, days in zip(_LOST, banded, strict=True))
    whole = _DENOMINATOR * total
    return max(1, (2 * parts + whole) // (2 * whole))


def days_beyond(paydex: int) -> int:
    """Return how many days beyond terms a PAYDEX below 80 stands for, to the whole day."""
    for (start, before), (end, after) in pairwise(CORNERS):
        if after <= paydex <= before:
            return round(start + Fraction((before - paydex) * (end - start), before - after))
    return 0
