"""A scorecard fitted from history: optimal binning, weight of evidence, logistic regression.

The only module that needs optbinning and scikit-learn, which `creditdesk[scoring]` installs. They
take seconds to load and much memory, so that `learning` runs this module in a process of its own;
nothing else of the product imports it. What comes out is a card like any other: applying it needs
none of this. Nothing here knows of anything but the rows it is given.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from creditdesk.assessment.learning import fitting_finds_nothing, fitting_lacks_outcomes, is_too_few
from creditdesk.assessment.rules.cards import as_data
from creditdesk.assessment.rules.points import DataPoints, point_codes
from creditdesk.assessment.rules.scorecard import Band, Card, Factor, Odds, Range
from creditdesk.kernel.errors import Refused

# It reports a solver that we do not use and that cannot be loaded beside another's.
logging.getLogger("__cvxpy__").disabled = True
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import numpy as np
    from numpy.typing import NDArray
    from optbinning import OptimalBinning
    from sklearn.linear_model import LogisticRegression

Values = NDArray[np.float64]
Flags = NDArray[np.int64]

KNOWN_MINIMUM: Final = 0.1
BINS_MAX: Final = 7
BIN_SHARE_MINIMUM: Final = 0.04
# Inverse strength of the penalty that selects factors, per row.
SELECTING: Final = 150.0
MISSING_MINIMUM: Final = 30
# The scale of points: 600 stands for even odds of failing, 20 points double them.
EVEN: Final = 600
DOUBLING: Final = 20
POINT_PLACES: Final = Decimal("0.01")
BOUND_PLACES: Final = Decimal("0.0000001")
# Grades by the probability of failing that a class begins with, best first.
GRADES: Final = (("A", 0.01), ("B", 0.03), ("C", 0.08), ("D", 0.2), ("E", 1.0))


@dataclass(frozen=True, slots=True)
class _Binned:
    """A data point cut into bins: bounds, and the weight of evidence of each and of missing."""

    point: str
    bounds: tuple[float, ...]
    woe: tuple[float, ...]
    missing: float


def fit(rows: Sequence[DataPoints], bad: Sequence[int], *, key: str, version: int) -> Card:
    """Return a card fitted on rows and on who failed; Refused without enough of both kinds."""
    if is_too_few(bad):
        raise fitting_lacks_outcomes()
    with _quiet():
        values = np.array(
            [[_number(row.get(code)) for code in point_codes()] for row in rows], dtype=float
        )
        failed = np.array(bad, dtype=int)
        binned = [one for one in _binned(values, failed) if any(one.woe) or one.missing]
        if not binned:
            raise fitting_finds_nothing()
        evidence = _evidence(values, binned)
        weights = _selected(evidence, failed)
        logits = evidence @ weights
        slope, intercept = _calibrated(logits, failed)
    kept = [(one, weight * slope) for one, weight in zip(binned, weights, strict=True) if weight]
    if not kept:
        raise fitting_finds_nothing()
    return _card(kept, intercept, key=key, version=version)


def _number(ratio: Decimal | None) -> float:
    return math.nan if ratio is None else float(ratio)


def _binned(values: Values, bad: Flags) -> Iterator[_Binned]:
    """Yield each data point that is known often enough and is not the same for everybody."""
    for column, code in enumerate(point_codes()):
        given = values[:, column]
        known = given[~np.isnan(given)]
        if len(known) < KNOWN_MINIMUM * len(given) or len(np.unique(known)) < 2:  # noqa: PLR2004
            continue
        binning = OptimalBinning(
            name=code, dtype="numerical", max_n_bins=BINS_MAX, min_bin_size=BIN_SHARE_MINIMUM
        )
        binning.fit(given, bad)
        bounds = tuple(float(ratio) for ratio in binning.splits)
        if bounds:
            yield _weighed(code, bounds, given, bad)


def _weighed(code: str, bounds: tuple[float, ...], given: Values, bad: Flags) -> _Binned:
    """Return a data point's bins with the log of good over bad in each, half a case added."""
    bounds = tuple(float(Decimal(repr(ratio)).quantize(BOUND_PLACES)) for ratio in bounds)
    is_missing = np.isnan(given)
    places = np.searchsorted(np.array(bounds), given, side="right")
    total = math.log((len(bad) - bad.sum()) / bad.sum())

    def woe(chosen: Values) -> float:
        n_bad = int(bad[chosen].sum())
        return math.log((int(chosen.sum()) - n_bad + 0.5) / (n_bad + 0.5)) - total

    found = tuple(woe((places == n) & ~is_missing) for n in range(len(bounds) + 1))
    often = is_missing.sum() >= MISSING_MINIMUM
    return _Binned(code, bounds, found, woe(is_missing) if often else 0.0)


def _evidence(values: Values, binned: Sequence[_Binned]) -> Values:
    """Return every row's weights of evidence, a column per data point that was cut."""
    columns = []
    order = {code: n for n, code in enumerate(point_codes())}
    for one in binned:
        given = values[:, order[one.point]]
        places = np.searchsorted(np.array(one.bounds), given, side="right")
        woe = np.array(one.woe)[np.minimum(places, len(one.bounds))]
        columns.append(np.where(np.isnan(given), one.missing, woe))
    return np.column_stack(columns)


def _selected(evidence: Values, bad: Flags) -> Values:
    """Return a weight per column, zero for most; more evidence of good never counts against.

    A column whose weight has the wrong sign says what others say already: it is left out.
    """
    weights = np.zeros(evidence.shape[1])
    kept = np.arange(evidence.shape[1])
    while len(kept):
        model: Any = LogisticRegression(
            C=SELECTING / len(bad), l1_ratio=1, solver="liblinear", random_state=0, max_iter=500
        )
        found = model.fit(evidence[:, kept], bad).coef_.ravel()
        if (found <= 0).all():
            weights[kept] = -found
            break
        kept = kept[found < 0]
    return weights


def _calibrated(scores: Values, bad: Flags) -> tuple[float, float]:
    """Return slope and intercept by which a score becomes the log odds of not failing."""
    model: Any = LogisticRegression(C=1e6, max_iter=500)
    model.fit(scores.reshape(-1, 1), 1 - bad)
    [[weight]], [share] = model.coef_, model.intercept_
    return float(weight), float(share)


def _card(
    kept: Sequence[tuple[_Binned, float]], intercept: float, *, key: str, version: int
) -> Card:
    per_logit = DOUBLING / math.log(2)
    factors = tuple(_factor(one, weight * per_logit) for one, weight in kept)
    bands = tuple(
        Band(grade, _rounded(EVEN - per_logit * math.log(high / (1 - high))) if high < 1 else
             Decimal(0))
        for grade, high in GRADES
    )  # fmt: skip
    slope = _exact(1 / per_logit)
    return Card(
        key=key,
        version=version,
        base=_rounded(EVEN + intercept * per_logit),
        factors=factors,
        bands=bands,
        odds=Odds(intercept=_exact(EVEN / per_logit), slope=slope),
    )


def _factor(one: _Binned, weight: float) -> Factor:
    bounds = [_exact(bound) for bound in one.bounds]
    edges = [None, *bounds, None]
    ranges = tuple(
        Range(low, high, _rounded(woe * weight))
        for low, high, woe in zip(edges, edges[1:], one.woe, strict=False)
    )
    return Factor(one.point, Decimal(1), ranges, _rounded(one.missing * weight))


def _rounded(score: float) -> Decimal:
    return Decimal(repr(float(score))).quantize(POINT_PLACES)


def _exact(ratio: float) -> Decimal:
    return Decimal(repr(float(ratio))).quantize(Decimal("0.000000001")).normalize()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the libraries say about themselves off the screen and out of the warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def main() -> int:
    """Fit the history given as JSON on standard input; print the card, or why there is none."""
    given = json.load(sys.stdin)
    rows = [
        {code: None if value is None else Decimal(value) for code, value in row.items()}
        for row in given["rows"]
    ]
    try:
        card = fit(rows, given["bad"], key=given["key"], version=given["version"])
    except Refused as refused:
        json.dump({"refused": refused.code}, sys.stdout)
        return 0
    json.dump({"card": as_data(card)}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
