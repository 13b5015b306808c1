"""Scorecards as data: written, read back and checked; a card that reads is sound. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, Final

from creditdesk.assessment.rules.points import point_codes
from creditdesk.assessment.rules.scorecard import (
    Band,
    Card,
    Factor,
    MissingRule,
    Odds,
    Range,
)
from creditdesk.kernel.errors import Invalid, Place

FACTORS_MAX: Final = 80
RANGES_MAX: Final = 30
HUNDRED: Final = 100
BOUND: Final = Decimal(10) ** 12


def as_data(card: Card) -> dict[str, Any]:
    """Return a card as plain data; decimals stand as texts, so that not a digit is lost."""
    return {
        "key": card.key,
        "version": card.version,
        "base": str(card.base),
        "minimum_known_percent": str(card.minimum_known_percent),
        "factors": [_factor_data(one) for one in card.factors],
        "bands": [{"grade": one.grade, "at_least": str(one.at_least)} for one in card.bands],
        "odds": card.odds
        and {"intercept": str(card.odds.intercept), "slope": str(card.odds.slope)},
    }


def _factor_data(factor: Factor) -> dict[str, Any]:
    return {
        "point": factor.point,
        "weight": str(factor.weight),
        "missing": str(factor.missing),
        "bounds": [str(one.high) for one in factor.ranges[:-1]],
        "points": [str(one.points) for one in factor.ranges],
    }


def read(data: Mapping[str, Any]) -> Card:
    """Return the card that data describe; Invalid names the first place that cannot be."""
    factors = tuple(_factor(one, n) for n, one in enumerate(_items(data, "factors", FACTORS_MAX)))
    bands = tuple(_band(one, n) for n, one in enumerate(_items(data, "bands", RANGES_MAX)))
    _check_factors(factors)
    _check_bands(bands)
    odds = data.get("odds")
    minimum = _decimal(data.get("minimum_known_percent", "0"), "minimum_known_percent")
    if not 0 <= minimum <= HUNDRED:
        raise card_invalid("minimum_known_percent", "is no percentage")
    return Card(
        key=_text(data, "key"),
        version=_whole(data, "version"),
        base=_decimal(data.get("base", "0"), "base"),
        factors=factors,
        bands=bands,
        minimum_known_percent=minimum,
        odds=None if odds is None else _odds(odds),
    )


def _factor(data: Mapping[str, Any], n: int) -> Factor:
    path = f"factors[{n}]"
    if not isinstance(data, Mapping):
        raise card_invalid(path, "is no factor")
    bounds = [_decimal(one, f"{path}.bounds") for one in _list(data, "bounds", path)]
    points = [_decimal(one, f"{path}.points") for one in _list(data, "points", path)]
    if len(points) != len(bounds) + 1 or len(points) > RANGES_MAX:
        raise card_invalid(f"{path}.points", "are not one more than the bounds")
    if any(a >= b for a, b in pairwise(bounds)):
        raise card_invalid(f"{path}.bounds", "do not rise")
    edges = [None, *bounds, None]
    ranges = tuple(
        Range(low, high, each) for low, high, each in zip(edges, edges[1:], points, strict=False)
    )
    weight = _decimal(data.get("weight"), f"{path}.weight")
    if weight <= 0:
        raise card_invalid(f"{path}.weight", "is not above zero")
    return Factor(_text(data, "point"), weight, ranges, _missing(data.get("missing"), path))


def _missing(given: object, path: str) -> Decimal | MissingRule:
    if given == "leave_out":
        return "leave_out"
    if given == "required":
        return "required"
    return _decimal(given, f"{path}.missing")


def _check_factors(factors: Iterable[Factor]) -> None:
    known, seen = frozenset(point_codes()), set[str]()
    for one in factors:
        if one.point not in known:
            raise card_invalid(one.point[:60], "is no data point")
        if one.point in seen:
            raise card_invalid(one.point, "stands twice")
        seen.add(one.point)


def _check_bands(bands: tuple[Band, ...]) -> None:
    if any(a.at_least <= b.at_least for a, b in pairwise(bands)):
        raise card_invalid("bands", "do not fall from best to worst")
    if len({one.grade for one in bands}) != len(bands):
        raise card_invalid("bands", "name a grade twice")


def _band(data: Mapping[str, Any], n: int) -> Band:
    if not isinstance(data, Mapping):
        raise card_invalid(f"bands[{n}]", "is no band")
    return Band(_text(data, "grade"), _decimal(data.get("at_least"), f"bands[{n}].at_least"))


def _odds(data: Mapping[str, Any]) -> Odds:
    slope = _decimal(data.get("slope"), "odds.slope")
    if slope <= 0:
        raise card_invalid("odds.slope", "is not above zero")
    return Odds(_decimal(data.get("intercept"), "odds.intercept"), slope)


def _items(data: Mapping[str, Any], key: str, most: int) -> list[Any]:
    found = _list(data, key, "")
    if not 1 <= len(found) <= most:
        raise card_invalid(key, f"are not 1 to {most}")
    return found


def _list(data: Mapping[str, Any], key: str, path: str) -> list[Any]:
    found = data.get(key)
    if not isinstance(found, list):
        raise card_invalid(f"{path}.{key}".lstrip("."), "is no list")
    return found


def _decimal(given: object, path: str) -> Decimal:
    try:
        value = Decimal(given) if isinstance(given, str) else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or abs(value) > BOUND:
        raise card_invalid(path, "is no number written as text")
    return value


def _text(data: Mapping[str, Any], key: str) -> str:
    found = data.get(key)
    if not isinstance(found, str) or not 0 < len(found) <= 60:  # noqa: PLR2004 - fits a column
        raise card_invalid(key, "is no short text")
    return found


def _whole(data: Mapping[str, Any], key: str) -> int:
    found = data.get(key)
    if type(found) is not int or found < 1:
        raise card_invalid(key, "is no whole number from 1")
    return found


def card_invalid(path: str, what: str) -> Invalid:
    """Return the error of a scorecard that cannot be used, naming the place."""
    return Invalid(
        "card_invalid",
        f"In the scorecard, {path} {what}",
        place=Place(field=path),
        mend="Correct the scorecard there",
    )
