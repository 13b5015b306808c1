"""How late invoices are paid: distributions measured on real closed invoices, as quantiles. Pure.

A population orders its customers by how late each typically pays; a customer's *place*, from 0 to
1, is where it stands in that order, counted by invoices. An invoice is paid `typical` days after it
falls due, plus what the population's customers around that place stray from their own median.

The figures are worked out by `python -m benchmarks.fit_delays` from two public sets; a test holds
them against the files. None of their rows is kept here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Customers of one kind, as measured.

    `typical` gives the median days late by place. `residuals` gives, for places up to a bound, the
    days around that median at the shares `STRAY_AT`. `disputed` gives by share of customers which
    part of its invoices a customer contests; a contested one is paid `disputed_later_days` later.
    """

    code: str
    source: str
    typical: Points
    residuals: tuple[tuple[float, tuple[float, ...]], ...]
    disputed: Points = ((0, 0), (1, 0))
    disputed_later_days: float = 0


STRAY_AT: Final = (0, 0.01, 0.03, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.97, 0.99, 1)

TRADE: Final = Population(
    code="trade",
    source="32,000 closed invoices between businesses, 982 customers (b2b_closed_train.csv)",
    typical=(
        (0, -53), (0.02, -6.5), (0.05, -5), (0.1, -4), (0.3, -4), (0.35, -1), (0.4, 0), (0.6, 0),
        (0.7, 1), (0.8, 1), (0.85, 2), (0.9, 4), (0.95, 7), (0.98, 29.5), (0.99, 41), (0.995, 41),
        (1, 195),
    ),
    residuals=(
        (0.1, (-57, -14, -14, -11, -3, -2, 0, 5, 7, 9, 10, 17, 128)),
        (0.4, (-75, -12, -2, -1, -1, -1, 0, 2, 5, 7, 8, 12, 124)),
        (0.65, (-75, -24, -4, -2, -1, 0, 0, 1, 2, 4, 6, 15, 120)),
        (0.8, (-73, -12, -6, -3, -2, -1, 0, 1, 3, 4, 6, 19, 91)),
        (0.9, (-81.5, -13, -6, -4, -3, -1, 0, 1, 4, 6.5, 10, 26, 109)),
        (0.95, (-33.5, -13, -8, -7, -4, -2, 0, 1, 5, 10, 16, 36, 117)),
        (1, (-106, -42, -18, -14.5, -11, -4, 0, 5, 13, 18, 20, 59, 163)),
    ),
)  # fmt: skip
SERVICES: Final = Population(
    code="services",
    source="1,972 invoices of a service company at 30 days, 100 customers (ibm_train.csv)",
    typical=(
        (0, -27.5), (0.02, -25), (0.05, -24.5), (0.1, -19), (0.2, -13), (0.3, -10), (0.35, -9.5),
        (0.4, -8), (0.5, -6), (0.6, -4), (0.7, -1), (0.8, 3), (0.85, 5), (0.9, 6), (0.95, 9.5),
        (0.98, 14), (1, 15),
    ),
    residuals=(
        (0.1, (-7, -7, -5, -4, -3, -1, 0, 2.5, 5, 6, 6.5, 8, 9)),
        (0.4, (-12.5, -11, -9.5, -8, -6, -3, 0, 3, 6.5, 9, 10.5, 12.5, 19)),
        (0.65, (-13, -11, -9.5, -9, -7, -3, 0, 4, 8, 10, 11.5, 14, 17)),
        (0.8, (-18.5, -14, -12.5, -9.5, -6.5, -3.5, 0, 3.5, 7, 10, 13.5, 17.5, 21)),
        (0.9, (-12.5, -12, -11, -10, -8.5, -3.5, 0, 4, 9, 11.5, 12, 13.5, 14)),
        (0.95, (-18, -18, -9.5, -7.5, -6, -3.5, 0, 4, 9.5, 12.5, 14, 15, 15)),
        (1, (-15.5, -15.5, -14.5, -12, -9, -5.5, 0, 3.5, 8, 10, 12, 19, 19)),
    ),
    disputed=(
        (0, 0), (0.25, 0), (0.5, 0.12), (0.6, 0.2), (0.7, 0.3), (0.8, 0.38), (0.9, 0.67),
        (0.95, 0.94), (1, 1),
    ),
    disputed_later_days=14.1,
)  # fmt: skip
POPULATIONS: Final = {one.code: one for one in (TRADE, SERVICES)}


def typical_days(population: Population, place: float) -> float:
    """Return how many days late the customers at a place typically pay; negative is early."""
    return _between(population.typical, place)


def drawn_days(
    chance: Random, population: Population, place: float, *, is_disputed: bool = False
) -> int:
    """Return how many days after its due date an invoice of a customer at that place is paid."""
    stray = next(days for upto, days in population.residuals if place <= upto)
    days = typical_days(population, place)
    days += _between(tuple(zip(STRAY_AT, stray, strict=True)), chance.random())
    if is_disputed:
        days += population.disputed_later_days
    return round(days)


def disputed_share(population: Population, place: float) -> float:
    """Return which part of its invoices a customer contests; `place` is drawn for this alone."""
    return _between(population.disputed, place)


def _between(points: Sequence[tuple[float, float]], at: float) -> float:
    """Return the value at a point, on straight lines between those known."""
    after = max(1, bisect_left(points, (at,)))
    (left, low), (right, high) = points[after - 1], points[min(after, len(points) - 1)]
    return low if right == left else low + (high - low) * (at - left) / (right - left)
