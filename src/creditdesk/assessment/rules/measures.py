"""How well a score tells those who fail from those who do not, and how stable it is. Pure.

Scores run the usual way: the higher, the safer; `bad` is 1 for whoever failed. Definitions:
L. C. Thomas, Consumer Credit Models (2009), chapter 2: AUC (Mann–Whitney, ties count half),
Gini = 2·AUC − 1, KS, Brier; the population stability index as in N. Siddiqi, Credit Risk
Scorecards (2006), chapter 8.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

GROUPS: Final = 10
PSI_FLOOR: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Group:
    """A tenth of the customers by predicted probability: how many, predicted, and what came."""

    count: int
    bad: int
    predicted: float

    @property
    def observed(self) -> float:
        """The share that failed."""
        return self.bad / self.count


def auc(scores: Sequence[float], bad: Sequence[int]) -> float | None:
    """Return how often a good one scores above a bad one; nothing unless there are both."""
    good_above = ties = 0
    n_bad, n_good = sum(bad), len(bad) - sum(bad)
    if not n_bad or not n_good:
        return None
    bad_below = 0
    for good, worse in _steps(scores, bad):
        good_above += good * bad_below
        ties += good * worse
        bad_below += worse
    return (good_above + ties / 2) / (n_bad * n_good)


def gini(area: float | None) -> float | None:
    """Return Gini's coefficient of an AUC."""
    return None if area is None else 2 * area - 1


def ks(scores: Sequence[float], bad: Sequence[int]) -> float | None:
    """Return the widest gap between the shares of bad and good below a score."""
    n_bad, n_good = sum(bad), len(bad) - sum(bad)
    if not n_bad or not n_good:
        return None
    widest, good_seen, bad_seen = 0.0, 0, 0
    for good, worse in _steps(scores, bad):
        good_seen += good
        bad_seen += worse
        widest = max(widest, abs(bad_seen / n_bad - good_seen / n_good))
    return widest


def brier(probabilities: Sequence[float], bad: Sequence[int]) -> float | None:
    """Return the mean squared distance of predicted probability and what came."""
    if not bad:
        return None
    return sum((p - b) ** 2 for p, b in zip(probabilities, bad, strict=True)) / len(bad)


def calibration(
    probabilities: Sequence[float], bad: Sequence[int], groups: int = GROUPS
) -> tuple[Group, ...]:
    """Return equally large groups from the safest up, each with what was predicted and came."""
    pairs = sorted(zip(probabilities, bad, strict=True))
    found = []
    for n in range(groups):
        part = pairs[n * len(pairs) // groups : (n + 1) * len(pairs) // groups]
        if part:
            predicted = sum(p for p, _ in part) / len(part)
            found.append(Group(len(part), sum(b for _, b in part), predicted))
    return tuple(found)


def psi(expected: Sequence[float], actual: Sequence[float], groups: int = GROUPS) -> float | None:
    """Return the population stability index of scores against those the card was fitted on.

    Groups are the tenths of the expected scores. Below 0.1 nothing moved; above 0.25 much did.
    """
    if not expected or not actual:
        return None
    ordered = sorted(expected)
    bounds = sorted({ordered[n * len(ordered) // groups] for n in range(1, groups)})
    was, now = _shares(bounds, expected), _shares(bounds, actual)
    return sum((b - a) * math.log(b / a) for a, b in zip(was, now, strict=True))


def _shares(bounds: Sequence[float], scores: Sequence[float]) -> list[float]:
    counts = [0] * (len(bounds) + 1)
    for one in scores:
        counts[bisect_right(bounds, one)] += 1
    return [max(count / len(scores), PSI_FLOOR) for count in counts]


def _steps(scores: Sequence[float], bad: Sequence[int]) -> list[tuple[int, int]]:
    """Return how many good and bad stand at each distinct score, lowest first."""
    steps = []
    for _, tied in groupby(sorted(zip(scores, bad, strict=True)), key=lambda pair: pair[0]):
        flags = [flag for _, flag in tied]
        steps.append((len(flags) - sum(flags), sum(flags)))
    return steps
