"""What a score is worth: how often proposals of such scores came true, held out from training.

Bins are found by pooling adjacent violators (Zadrozny and Elkan, *Transforming classifier scores
into accurate multiclass probability estimates*, 2002); the share of each is drawn towards one half
by one right and one wrong, so that a few lucky hits make nobody sure. The expected calibration
error is the mean distance between stated confidence and what came true, weighed by how many
proposals stand in each tenth (Naeini, Cooper, Hauskrecht, 2015).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

from creditdesk.cash.rules.learned.values import Bin, Reliability

BANDS: Final = 10
# Fewer proposals are joined with those of the next lower scores: they do not speak for themselves.
BIN_COUNT_MIN: Final = 20

Scored = tuple[float, bool]  # a score, and whether the proposal was right


def bins(scored: Iterable[Scored]) -> tuple[Bin, ...]:
    """Return bins of rising confidence; none without scores."""
    pooled: list[Bin] = []
    for one in _large_enough(scored):
        pooled.append(one)
        while len(pooled) > 1 and _violates(pooled[-2], pooled[-1]):
            upper, lower = pooled.pop(), pooled.pop()
            pooled.append(_joined(lower, upper))
    return tuple(pooled)


def _large_enough(scored: Iterable[Scored]) -> list[Bin]:
    """Return equal scores together, joined from the highest down until each speaks for itself."""
    found: list[Bin] = []
    for score, count, right in reversed(_equal(scored)):
        one = Bin(score, count, right)
        if found and found[-1].count < BIN_COUNT_MIN:
            found[-1] = _joined(one, found[-1])
        else:
            found.append(one)
    if len(found) > 1 and found[-1].count < BIN_COUNT_MIN:
        lowest = found.pop()
        found[-1] = _joined(lowest, found[-1])
    return found[::-1]


def _joined(lower: Bin, upper: Bin) -> Bin:
    return Bin(lower.score_from, lower.count + upper.count, lower.right + upper.right)


def _equal(scored: Iterable[Scored]) -> list[tuple[float, int, int]]:
    """Return score, count and right of equal scores, the lowest first."""
    found: dict[float, list[int]] = {}
    for score, is_right in scored:
        counts = found.setdefault(score, [0, 0])
        counts[0] += 1
        counts[1] += is_right
    return [(score, count, right) for score, (count, right) in sorted(found.items())]


def _violates(lower: Bin, upper: Bin) -> bool:
    """Whether the upper is no surer than the lower."""
    return lower.right * upper.count >= upper.right * lower.count


def confidence(score: float, among: Sequence[Bin]) -> float:
    """Return what a score is worth; below the lowest seen, what the lowest is worth."""
    if not among:
        return 0.0
    place = bisect_right([one.score_from for one in among], score) - 1
    return among[max(place, 0)].confidence


def reliability(stated: Iterable[tuple[float, bool]]) -> tuple[Reliability, ...]:
    """Return, of confidences and what came true, the bands of a tenth that hold any."""
    bands: dict[int, list[tuple[float, bool]]] = {}
    for one in stated:
        bands.setdefault(min(int(one[0] * BANDS), BANDS - 1), []).append(one)
    return tuple(
        Reliability(
            band / BANDS,
            len(found),
            round(sum(value for value, _ in found) / len(found), 6),
            sum(is_right for _, is_right in found),
        )
        for band, found in sorted(bands.items())
    )


def calibration_error(bands: Sequence[Reliability]) -> float:
    """Return the expected calibration error of bands, 0 where there is none."""
    total = sum(band.count for band in bands)
    if not total:
        return 0.0
    away = sum(abs(band.expected * band.count - band.right) for band in bands)
    return round(away / total, 6)
