"""A scorecard fitted from history: optimal binning, weight of evidence, logistic regression.

The only module that needs optbinning and scikit-learn, which `creditdesk[scoring]` installs; they
are imported where they are used, since they take seconds. What comes out is a card like any other:
applying it needs neither. Nothing here knows of anything but the rows it is given.
"""

from __future__ import annotations

import contextlib
import logging
import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from creditdesk.assessment.rules.points import DataPoints, point_codes
from creditdesk.assessment.rules.scorecard import Band, Card, Factor, Odds, Range
from creditdesk.kernel.errors import Refused

if TYPE_CHECKING:
    import numpy as np

CLASS_MINIMUM: Final = 20
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
    if min(sum(bad), len(bad) - sum(bad)) < CLASS_MINIMUM:
        raise fitting_lacks_outcomes()
    with _quiet():
        import numpy as np  # noqa: PLC0415 - an extra, see the module

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


def is_installed() -> bool:
    """Whether a card can be fitted in this installation."""
    from importlib.util import find_spec  # noqa: PLC0415

    return find_spec("optbinning") is not None


def _number(value: Decimal | None) -> float:
    return math.nan if value is None else float(value)


def _binned(values: np.ndarray, bad: np.ndarray) -> Iterator[_Binned]:
    """Yield each data point that is known often enough and is not the same for everybody."""
    import numpy as np  # noqa: PLC0415
    from optbinning import OptimalBinning  # noqa: PLC0415

    for column, code in enumerate(point_codes()):
        given = values[:, column]
        known = given[~np.isnan(given)]
        if len(known) < KNOWN_MINIMUM * len(given) or len(np.unique(known)) < 2:  # noqa: PLR2004
            continue
        binning = OptimalBinning(
            name=code, dtype="numerical", max_n_bins=BINS_MAX, min_bin_size=BIN_SHARE_MINIMUM
        )
        binning.fit(given, bad)
        bounds = tuple(float(one) for one in binning.splits)
        if bounds:
            yield _weighed(code, bounds, given, bad)


def _weighed(code: str, bounds: tuple[float, ...], given: np.ndarray, bad: np.ndarray) -> _Binned:
    """Return a data point's bins with the log of good over bad in each, half a case added."""
    import numpy as np  # noqa: PLC0415

    bounds = tuple(float(Decimal(repr(one)).quantize(BOUND_PLACES)) for one in bounds)
    is_missing = np.isnan(given)
    places = np.searchsorted(np.array(bounds), given, side="right")
    total = math.log((len(bad) - bad.sum()) / bad.sum())

    def woe(chosen: np.ndarray) -> float:
        n_bad = int(bad[chosen].sum())
        return math.log((int(chosen.sum()) - n_bad + 0.5) / (n_bad + 0.5)) - total

    found = tuple(woe((places == n) & ~is_missing) for n in range(len(bounds) + 1))
    often = is_missing.sum() >= MISSING_MINIMUM
    return _Binned(code, bounds, found, woe(is_missing) if often else 0.0)


def _evidence(values: np.ndarray, binned: Sequence[_Binned]) -> np.ndarray:
    """Return every row's weights of evidence, a column per data point that was cut."""
    import numpy as np  # noqa: PLC0415

    columns = []
    order = {code: n for n, code in enumerate(point_codes())}
    for one in binned:
        given = values[:, order[one.point]]
        places = np.searchsorted(np.array(one.bounds), given, side="right")
        woe = np.array(one.woe)[np.minimum(places, len(one.bounds))]
        columns.append(np.where(np.isnan(given), one.missing, woe))
    return np.column_stack(columns)


def _selected(evidence: np.ndarray, bad: np.ndarray) -> np.ndarray:
    """Return a weight per column, zero for most; more evidence of good never counts against.

    A column whose weight has the wrong sign says what others say already: it is left out.
    """
    import numpy as np  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

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


def _calibrated(scores: np.ndarray, bad: np.ndarray) -> tuple[float, float]:
    """Return slope and intercept by which a score becomes the log odds of not failing."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    model: Any = LogisticRegression(C=1e6, max_iter=500)
    model.fit(scores.reshape(-1, 1), 1 - bad)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


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


def _rounded(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(POINT_PLACES)


def _exact(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(Decimal("0.000000001")).normalize()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the libraries say about themselves off the screen and out of the warnings."""
    # It reports a solver that we do not use and that cannot be loaded beside another's.
    logging.getLogger("__cvxpy__").disabled = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def fitting_lacks_outcomes() -> Refused:
    """Return the refusal of a history in which nearly nobody, or nearly everybody, failed."""
    return Refused(
        "fitting_lacks_outcomes",
        "A scorecard cannot be learned from so few failures or so few that did not fail",
        minimum=CLASS_MINIMUM,
        mend="Give a longer history",
    )


def fitting_finds_nothing() -> Refused:
    """Return the refusal of a history that tells good from bad by nothing we look at."""
    return Refused(
        "fitting_finds_nothing",
        "No value of these statements tells who failed from who did not",
        mend="Check that the column of outcomes belongs to these statements",
    )
