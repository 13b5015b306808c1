"""Weights of evidence: logistic regression with a ridge, on rows grouped by their features.

Source: maximum a posteriori of the logistic model with a normal prior of precision 1 on every
weight, found by Newton's method (Hastie, Tibshirani, Friedman, *The Elements of Statistical
Learning*, 4.4.1). Every loop runs in a fixed order: the same rows give the same weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import exp
from typing import Final

RIDGE: Final = 1.0
ROUNDS: Final = 30
STEP_SMALL: Final = 1e-9
SCORE_MAX: Final = 30.0
DECIMALS: Final = 9

Row = tuple[tuple[str, ...], bool]  # the features of a proposal, and whether it was right


def score(features: Sequence[str], bias: float, weights: Mapping[str, float]) -> float:
    """Return the log odds of a proposal; a feature never trained on weighs nothing."""
    return bias + sum(weights.get(name, 0.0) for name in features)


def fit(rows: Iterable[Row]) -> tuple[float, dict[str, float]]:
    """Return bias and weights under which the rows are most likely."""
    grouped: dict[tuple[str, ...], Counter[bool]] = {}
    for features, is_right in rows:
        grouped.setdefault(features, Counter())[is_right] += 1
    names = sorted({name for features in grouped for name in features})
    place = {name: n + 1 for n, name in enumerate(names)}
    data = [
        ((0, *(place[name] for name in features)), counts[True], counts.total())
        for features, counts in sorted(grouped.items())
    ]
    values = [0.0] * (len(names) + 1)
    for _ in range(ROUNDS):
        step = _newton(data, values)
        values = [value + change for value, change in zip(values, step, strict=True)]
        if max(map(abs, step)) < STEP_SMALL:
            break
    rounded = [round(value, DECIMALS) for value in values]
    return rounded[0], dict(zip(names, rounded[1:], strict=True))


def _newton(
    data: Sequence[tuple[tuple[int, ...], int, int]], values: Sequence[float]
) -> list[float]:
    """Return the step towards the maximum: the ridge holds every weight but not the bias."""
    size = len(values)
    gradient = [-RIDGE * value if n else 0.0 for n, value in enumerate(values)]
    hessian = [[0.0] * size for _ in range(size)]
    for n in range(size):
        hessian[n][n] = RIDGE if n else STEP_SMALL
    for places, right, count in data:
        chance = probability(sum(values[n] for n in places))
        error = right - count * chance
        spread = count * chance * (1.0 - chance)
        for n in places:
            gradient[n] += error
            row = hessian[n]
            for k in places:
                row[k] += spread
    return _solved(hessian, gradient)


def probability(log_odds: float) -> float:
    """Return the probability of log odds."""
    bounded = max(-SCORE_MAX, min(SCORE_MAX, log_odds))
    return 1.0 / (1.0 + exp(-bounded))


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Return x of matrix · x = right by elimination; the matrix is positive definite."""
    size = len(right)
    for n in range(size):
        pivot = matrix[n][n]
        for k in range(n + 1, size):
            factor = matrix[k][n] / pivot
            if factor:
                upper, row = matrix[n], matrix[k]
                for j in range(n, size):
                    row[j] -= factor * upper[j]
                right[k] -= factor * right[n]
    found = [0.0] * size
    for n in range(size - 1, -1, -1):
        known = sum(matrix[n][j] * found[j] for j in range(n + 1, size))
        found[n] = (right[n] - known) / matrix[n][n]
    return found
