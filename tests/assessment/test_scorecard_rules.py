"""Cards score exactly, give reasons that were scored, and read back as they were written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.assessment.rules import Card, as_data, measures, point_codes, read, reasons, score
from creditdesk.assessment.shipped import expert_card
from creditdesk.kernel.errors import Invalid, Refused

SMALL: Mapping[str, Any] = {
    "key": "small", "version": 3, "base": "10", "minimum_known_percent": "50",
    "factors": [
        {"point": "current_ratio.now", "weight": "2", "missing": "1", "bounds": ["1", "2"],
         "points": ["0", "5", "10"]},
        {"point": "equity_to_assets.now", "weight": "1", "missing": "leave_out",
         "bounds": ["0.25"], "points": ["0", "8"]},
        {"point": "loss_years", "weight": "1", "missing": "leave_out", "bounds": ["1"],
         "points": ["8", "0"]},
    ],
    "bands": [{"grade": "good", "at_least": "30"}, {"grade": "poor", "at_least": "0"}],
    "odds": {"intercept": "3", "slope": "0.1"},
}  # fmt: skip


def small(**changes: object) -> Card:
    return read({**deepcopy(dict(SMALL)), **changes})


def given_points(**values: str) -> dict[str, Decimal | None]:
    names = {
        "current": "current_ratio.now",
        "equity": "equity_to_assets.now",
        "losses": "loss_years",
    }
    return {names[key]: Decimal(value) for key, value in values.items()}


@pytest.mark.parametrize(
    ("values", "total", "grade"),
    [
        ({"current": "2", "equity": "0.25", "losses": "0"}, "46.00", "good"),
        ({"current": "1.999999", "equity": "0.249999", "losses": "1"}, "20.00", "poor"),
        ({"current": "0.999", "equity": "0.3", "losses": "0"}, "26.00", "poor"),
        # Left out: its weight of one goes to the other three quarters: × 4/3.
        ({"current": "1", "losses": "0"}, "34.00", "good"),
        # Missing with points of its own: 1 × 2.
        ({"equity": "0.3", "losses": "0"}, "28.00", "poor"),
    ],
)
def test_scores(values: Mapping[str, str], total: str, grade: str) -> None:
    done = score(small(), given_points(**values))
    assert (done.total, done.grade, done.version) == (Decimal(total), grade, 3)


def test_the_probability_follows_the_odds() -> None:
    done = score(small(), given_points(current="1", equity="0", losses="1"))
    assert done.total == Decimal("20.00")
    assert done.probability == Decimal("0.7311")  # 1 / (1 + e^-(3 - 2))


def test_reasons_are_what_cost_most_and_never_what_was_left_out() -> None:
    done = score(small(), given_points(current="0.5", equity="0.1", losses="0"))
    assert [(one.point, one.cost) for one in reasons(done)] == [
        ("current_ratio.now", Decimal(20)),
        ("equity_to_assets.now", Decimal(8)),
    ]
    assert [one.point for one in reasons(done, 1)] == ["current_ratio.now"]
    missing = score(small(minimum_known_percent="0"), given_points(equity="0.3"))
    [only] = reasons(missing)
    assert (only.point, only.is_missing) == ("current_ratio.now", True)


def test_equal_costs_stand_in_the_order_of_the_card() -> None:
    done = score(small(), given_points(current="3", equity="0", losses="2"))
    assert [one.point for one in reasons(done)] == ["equity_to_assets.now", "loss_years"]


def test_too_little_known_or_a_required_value_missing_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        score(small(), given_points(losses="0"))
    assert (caught.value.code, caught.value.context["known_percent"]) == (
        "score_lacks_data", "25.00",
    )  # fmt: skip
    factors = deepcopy(SMALL["factors"])
    factors[2]["missing"] = "required"
    with pytest.raises(Refused) as caught:
        score(small(factors=factors), given_points(current="1", equity="1"))
    assert (caught.value.code, caught.value.context["point"]) == (
        "score_lacks_required", "loss_years",
    )  # fmt: skip


def broken(path: str, value: object) -> dict[str, Any]:
    data = deepcopy(dict(SMALL))
    place: Any = data
    *way, last = path.split(".")
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[int(last) if last.isdigit() else last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("key", ""), ("version", 0), ("version", True), ("base", 1.5), ("base", "NaN"),
        ("base", "1e30"), ("minimum_known_percent", "101"), ("factors", []), ("factors.0", 3),
        ("factors.0.point", "shoe_size"), ("factors.1.point", "current_ratio.now"),
        ("factors.0.weight", "0"), ("factors.0.bounds", ["2", "1"]),
        ("factors.0.bounds", ["1", "1"]), ("factors.0.points", ["1", "2"]),
        ("factors.0.missing", "perhaps"), ("bands", []), ("bands.1.at_least", "30"),
        ("bands.1.grade", "good"), ("odds", {"intercept": "1", "slope": "0"}),
    ],
)  # fmt: skip
def test_a_card_that_is_not_sound_does_not_read(path: str, value: object) -> None:
    with pytest.raises(Invalid) as caught:
        read(broken(path, value))
    assert caught.value.code == "card_invalid"


def test_cards_read_back_as_they_were_written() -> None:
    for card in (small(), expert_card()):
        assert read(json.loads(json.dumps(as_data(card)))) == card


def test_the_expert_card_spreads_a_hundred_points_over_sound_factors() -> None:
    card = expert_card()
    assert sum(one.weight for one in card.factors) == 1
    assert {one.best for one in card.factors} == {Decimal(100)}
    best = {one.point: _somewhere_in(one.ranges, one.best) for one in card.factors}
    assert score(card, best).total == Decimal("100.00")
    assert reasons(score(card, best)) == ()


def _somewhere_in(ranges: Any, points: Decimal) -> Decimal:
    found = next(one for one in ranges if one.points == points)
    return found.low if found.low is not None else found.high - 1


points = st.dictionaries(
    st.sampled_from(point_codes()),
    st.decimals(min_value=-(10**6), max_value=10**6, places=6),
)


@given(points)
def test_a_score_is_its_factors_and_replays_to_the_digit(values: dict[str, Decimal]) -> None:
    card = small(minimum_known_percent="0")
    done = score(card, values)
    exact = card.base + sum(one.points for one in done.factors)
    assert abs(exact - done.total) <= Decimal("0.005")
    assert all(one.cost == one.best - one.points and one.cost >= 0 for one in done.factors)
    assert score(read(as_data(card)), dict(reversed(values.items()))) == done


def test_measures_by_hand() -> None:
    scores, bad = [1.0, 2.0, 2.0, 3.0], [1, 0, 1, 0]
    # Pairs good against bad: 2>1, 2=2, 3>1, 3>2.
    assert measures.auc(scores, bad) == 3.5 / 4
    assert measures.gini(3.5 / 4) == 0.75
    assert measures.ks(scores, bad) == 0.5
    assert measures.brier([0.5, 0.0, 1.0, 0.5], bad) == 0.5 / 4
    assert measures.auc([1.0, 2.0], [0, 0]) is measures.ks([1.0], [1]) is None
    assert measures.gini(None) is measures.brier([], []) is measures.psi([], [1.0]) is None


def test_calibration_groups_hold_everybody_once() -> None:
    chances = [n / 23 for n in range(23)]
    groups = measures.calibration(chances, [n % 2 for n in range(23)])
    assert len(groups) == 10
    assert (sum(one.count for one in groups), sum(one.bad for one in groups)) == (23, 11)
    assert [one.predicted for one in groups] == sorted(one.predicted for one in groups)


def test_stability_is_zero_for_the_same_and_grows_with_the_shift() -> None:
    was = [float(n) for n in range(100)]
    assert measures.psi(was, was) == 0
    a_little, much = (measures.psi(was, [n + by for n in was]) for by in (5, 50))
    assert a_little is not None
    assert much is not None
    assert 0 < a_little < 0.25 < much


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=2, max_size=60))
def test_auc_is_the_share_of_pairs_in_order(rows: list[tuple[int, int]]) -> None:
    good = [one for one, flag in rows if not flag]
    worse = [one for one, flag in rows if flag]
    found = measures.auc([float(one) for one, _ in rows], [flag for _, flag in rows])
    if not good or not worse:
        assert found is None
        return
    won = sum((a > b) + (a == b) / 2 for a in good for b in worse)
    assert found == pytest.approx(won / (len(good) * len(worse)))
