"""What is learned from confirmed payments: habits, weights, calibration, and when it applies."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash.rules import Finding, Proposal, Reason, Receipt, build_payers
from creditdesk.cash.rules.learned import (
    PAYMENTS_MIN,
    Bin,
    Habit,
    Knowledge,
    Lessons,
    Model,
    Relation,
    Relations,
    calibration,
    keys_of,
    keys_seen,
    second_look,
    train,
    weighing,
)
from creditdesk.cash.rules.learned.candidates import candidates
from creditdesk.cash.rules.learned.habits import Watching, parts_of
from creditdesk.cash.rules.learned.patterns import discount_points, fits, patterns_of
from creditdesk.cash.rules.learned.sides import sides
from creditdesk.cash.rules.learned.training import Seen, candidates_before
from creditdesk.policy.rules import MatchingRules
from tests.cash.habits_world import Owed, by_customer, world

ON = date(2026, 3, 10)
NAMES = Decimal(90)
# What may be stated wrongly on average, over payments nobody trained on.
CALIBRATION_ERROR_MAX = 0.05


def owed(item_id: int, minor: int, *, issued: date = date(2026, 1, 5), of: int = 1) -> Owed:
    return Owed(item_id, of, issued, date(2026, issued.month + 1, 20), minor)


def ways(items: list[Owed], minor: int, habit: Habit | None = None) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for pattern, allocations, _ in fits(parts_of(items, {}), minor, ON, habit):
        found.setdefault(pattern, []).append(allocations)
    return found


FEBRUARY = date(2026, 2, 3)
ITEMS = [owed(1, 10_000), owed(2, 5_025), owed(3, 7_000, issued=FEBRUARY)]


@pytest.mark.parametrize(
    ("minor", "pattern", "allocations"),
    [
        (5_025, "exact", ((2, 5_025),)),
        (15_025, "month", ((1, 10_000), (2, 5_025))),
        (15_025, "oldest", ((1, 10_000), (2, 5_025))),
        (15_025, "due", ((1, 10_000), (2, 5_025))),
        (22_025, "balance", ((1, 10_000), (2, 5_025), (3, 7_000))),
        (17_000, "sum", ((1, 10_000), (3, 7_000))),
        (5_000, "rounded", ((2, 5_000),)),
        (5_100, "rounded", ((2, 5_025),)),
        (12_345, "oldest_part", ((1, 10_000), (2, 2_345))),
        (30_000, "oldest_part", ((1, 10_000), (2, 5_025), (3, 7_000))),
    ],
)
def test_every_way_an_amount_falls(minor: int, pattern: str, allocations: object) -> None:
    assert allocations in ways(ITEMS, minor)[pattern]


def test_two_of_an_amount_are_two_ways_and_a_discount_needs_a_habit() -> None:
    twins = [owed(1, 900), owed(2, 900)]
    assert ways(twins, 900)["exact"] == [((1, 900),), ((2, 900),)]
    assert "discount" not in ways(ITEMS, 9_800)
    habit = Habit(customer_id=1, discounts={200: 3})
    assert ways(ITEMS, 9_800, habit)["discount"] == [((1, 9_800),)]
    assert ways([], 100) == {}


@given(st.lists(st.integers(1, 50_000), min_size=1, max_size=12), st.integers(1, 200_000))
def test_no_way_settles_more_than_is_open_or_was_paid(amounts: list[int], minor: int) -> None:
    items = [owed(n, amount) for n, amount in enumerate(amounts, 1)]
    opens = {item.item_id: item.open_minor for item in items}
    for pattern, allocations, settled in fits(parts_of(items, {}), minor, ON, None):
        assert sum(given for _, given in allocations) <= minor
        assert all(0 < given <= opens[item_id] for item_id, given in allocations)
        assert {item.item_id for item in settled} == {item_id for item_id, _ in allocations}
        if pattern in ("exact", "balance", "due", "month", "oldest", "sum"):
            assert allocations == tuple((i, opens[i]) for i, _ in allocations)
            assert sum(given for _, given in allocations) == minor


@given(st.lists(st.integers(90, 110), min_size=1, max_size=9), st.data())
def test_what_explains_a_payment_are_the_ways_that_come_to_it(
    amounts: list[int], data: st.DataObject
) -> None:
    parts = parts_of([owed(n, 100 * (amount // 7)) for n, amount in enumerate(amounts, 1)], {})
    minor = data.draw(st.sampled_from([minor for _, minor in parts] + [1_450, 5_000]))
    every = list(fits(parts, minor, ON, None))
    for paid in {allocations for _, allocations, _ in every} | {((1, minor),), ((99, 1),)}:
        expected = {pattern for pattern, allocations, _ in every if allocations == paid}
        assert patterns_of(parts, minor, ON, paid) == expected
    assert patterns_of([], minor, ON, ((1, minor),)) == set()


def test_a_discount_is_a_habit_from_the_second_time_on() -> None:
    watching = Watching()
    receipt = Receipt(payment_id=1, minor=9_800, currency="EUR", received_on=ON)
    watching.see(receipt, parts_of([owed(1, 10_000)], {}), ((1, 9_800),))
    assert watching.habit(1).discounts == {}
    watching.see(receipt._replace(minor=490), parts_of([owed(2, 500)], {}), ((2, 490),))
    habit = watching.habit(1)
    assert (habit.discounts, habit.payments, habit.patterns["discount"]) == ({200: 2}, 2, 2)
    watching.see(receipt._replace(minor=333), parts_of([owed(3, 1_000)], {}), ((3, 333),))
    assert watching.habit(1).discounts == {200: 2}
    assert [discount_points(10_000, 9_800), discount_points(3, 2)] == [200, 3_333]


def test_delays_are_medians_of_due_date_to_receipt() -> None:
    watching = Watching()
    for days in (1, 3, 3, 9):
        item = Owed(days, 1, date(2026, 1, 1), date(2026, 3, 10 - days), 100)
        receipt = Receipt(payment_id=days, minor=100, currency="EUR", received_on=ON)
        watching.see(receipt, parts_of([item], {}), ((days, 100),))
    habit = watching.habit(1)
    assert (habit.delay_days, habit.spread_days) == (3, 0)
    assert Watching().habit(1).delay_days is None


def test_keys_are_account_and_name_and_whose_they_were() -> None:
    receipt = Receipt(
        payment_id=1, minor=1, currency="EUR", received_on=ON, counterparty="Müller GmbH",
        counterparty_account="DE 02 1203",
    )  # fmt: skip
    assert keys_of(receipt) == ("a:DE021203", "n:MUELLER")
    seen = keys_seen([Habit(customer_id=4, keys={"n:MUELLER": 3}),
                      Habit(customer_id=5, keys={"n:MUELLER": 1})])  # fmt: skip
    assert seen.of("n:MUELLER") == {4: 3, 5: 1}
    assert seen.of("n:NOBODY") == {}


def found_sides(known: Knowledge, **more: object) -> list[tuple[tuple[int, ...], str]]:
    receipt = Receipt(
        payment_id=1, minor=1, currency="EUR", received_on=ON, counterparty="Holding One", **more
    )  # type: ignore[arg-type]
    return [(one.customer_ids, one.who) for one in sides(receipt, known, NAMES, (9,))]


def test_who_may_have_paid_strongest_first() -> None:
    nobody = build_payers({}, {}, {})
    own = keys_seen([Habit(customer_id=4, keys={"n:HOLDING ONE": 9})])
    assert found_sides(Knowledge(nobody, own)) == [((4,), "name_habit"), ((9,), "amount")]
    once = keys_seen([Habit(customer_id=4, keys={"n:HOLDING ONE": 1})])
    assert found_sides(Knowledge(nobody, once)) == [((4,), "shared"), ((9,), "amount")]
    split = keys_seen([Habit(customer_id=n, keys={"n:HOLDING ONE": n}) for n in (4, 5)])
    assert found_sides(Knowledge(nobody, split)) == [
        ((5,), "shared"), ((4,), "shared"), ((9,), "amount"),
    ]  # fmt: skip
    known = build_payers({}, {"HOLDING ONE": {7}}, {})
    assert found_sides(Knowledge(known, own))[0] == ((7,), "name")
    assert found_sides(Knowledge(known, own), customer_id=3) == [((3,), "assigned")]


def related(confirmed: int, *, is_explicit: bool = False) -> Relations:
    return Relations(
        {"n:HOLDING ONE": [Relation("n:HOLDING ONE", n, confirmed, is_explicit) for n in (2, 3)]}
    )


def test_a_payer_pays_for_several_once_that_is_said_or_was_seen_twice() -> None:
    nobody = build_payers({}, {}, {})
    assert found_sides(Knowledge(nobody, relations=related(1))) == [((9,), "amount")]
    expected = [((2,), "relation"), ((3,), "relation"), ((2, 3), "relation"), ((9,), "amount")]
    assert found_sides(Knowledge(nobody, relations=related(2))) == expected
    assert found_sides(Knowledge(nobody, relations=related(0, is_explicit=True))) == expected


def test_one_payment_for_two_customers_is_a_candidate_of_the_larger_owner() -> None:
    receipt = Receipt(
        payment_id=1, minor=9_000, currency="EUR", received_on=ON, counterparty="Holding One"
    )
    known = Knowledge(build_payers({}, {}, {}), relations=related(2))
    items = {2: [owed(1, 4_000, of=2)], 3: [owed(2, 5_000, of=3)]}
    every = candidates(receipt, sides(receipt, known, NAMES), items, {}, {})
    both = [one for one in every if one.allocations == ((1, 4_000), (2, 5_000))]
    assert [(one.side.customer_ids, one.owner) for one in both] == [((2, 3), 3)]


# -- weights -----------------------------------------------------------------------------------


def test_weights_follow_the_odds() -> None:
    rows = [(("good",), True)] * 90 + [(("good",), False)] * 10
    rows += [(("bad",), True)] * 10 + [(("bad",), False)] * 90
    bias, weights = weighing.fit(rows)
    assert bias == pytest.approx(0, abs=1e-6)
    assert weights["good"] == pytest.approx(-weights["bad"])
    good = weighing.probability(weighing.score(("good",), bias, weights))
    assert 0.87 < good < 0.9  # a little below 9 in 10: the ridge holds it back
    assert weighing.fit(random.Random(1).sample(rows, len(rows))) == (bias, weights)


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from("abcd"), max_size=3, unique=True), st.booleans()),
        min_size=1, max_size=60,
    )
)  # fmt: skip
def test_any_rows_give_finite_weights(rows: list[tuple[list[str], bool]]) -> None:
    bias, weights = weighing.fit((tuple(sorted(names)), right) for names, right in rows)
    assert all(abs(value) < 100 for value in (bias, *weights.values()))


# -- calibration -------------------------------------------------------------------------------


def test_bins_pool_what_is_no_surer() -> None:
    scored = [(0.0, False)] * 30 + [(1.0, True)] * 20 + [(2.0, True)] * 10 + [(2.0, False)] * 10
    found = calibration.bins(scored + [(3.0, True)] * 40)
    assert found == (Bin(0.0, 30, 0), Bin(1.0, 40, 30), Bin(3.0, 40, 40))
    assert [calibration.confidence(score, found) for score in (-9, 0.5, 1.0, 99)] == [
        1 / 32, 1 / 32, 31 / 42, 41 / 42,
    ]  # fmt: skip
    assert calibration.confidence(1.0, ()) == 0.0


@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), max_size=200))
def test_confidence_never_falls_with_the_score(scored: list[tuple[int, bool]]) -> None:
    found = calibration.bins([(float(score), right) for score, right in scored])
    shares = [Fraction(one.right, one.count) for one in found]
    assert shares == sorted(shares)
    assert sum(one.count for one in found) == len(scored)
    assert sum(one.right for one in found) == sum(right for _, right in scored)


def test_the_error_is_the_mean_distance_by_band() -> None:
    stated = [(0.95, True)] * 9 + [(0.95, False)] + [(0.15, False)] * 10
    bands = calibration.reliability(stated)
    assert [(band.confidence_from, band.count, band.right) for band in bands] == [
        (0.1, 10, 0), (0.9, 10, 9),
    ]  # fmt: skip
    assert calibration.calibration_error(bands) == pytest.approx((1.5 + 0.5) / 20)
    assert calibration.calibration_error(()) == 0.0


# -- training ----------------------------------------------------------------------------------


def test_too_few_payments_teach_habits_and_no_model() -> None:
    few = train(world(seed=3, customers=4).months(3), name_score_minimum=NAMES, version=1)
    assert (few.model, few.payments, len(few.habits)) == (None, 12, 4)
    assert PAYMENTS_MIN == 50


def test_the_same_history_gives_the_same_model() -> None:
    one = train(world(seed=5).months(8), name_score_minimum=NAMES, version=2)
    assert one == train(world(seed=5).months(8), name_score_minimum=NAMES, version=2)
    assert one != train(world(seed=6).months(8), name_score_minimum=NAMES, version=2)


def test_payments_that_only_show_a_habit_are_seen_and_not_judged() -> None:
    history = list(world(seed=5).months(8))
    whole = train(history, name_score_minimum=NAMES, version=2)
    older = [replace(one, is_taught=False) for one in history[:-100]]
    bound = train(older + history[-100:], name_score_minimum=NAMES, version=2)
    assert (bound.payments, bound.habits) == (whole.payments, whole.habits)
    assert bound.model is not None
    assert bound.model.payments == 100


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_stated_confidence_comes_true_on_payments_nobody_trained_on(seed: int) -> None:
    history = list(world(seed=seed, customers=30).months(30))
    learned = train(history[:-300], name_score_minimum=NAMES, version=1)
    assert learned.model is not None
    habits = {habit.customer_id: habit for habit in learned.habits}
    keys = keys_seen(learned.habits)
    stated = []
    for one in history[-300:]:
        found = sides(one.receipt, Knowledge(one.payers, keys), NAMES)
        for each in candidates(one.receipt, found, dict(by_customer(one.items)), habits, {}):
            score = weighing.score(each.features, learned.model.bias, learned.model.weights)
            confidence = calibration.confidence(score, learned.model.bins)
            stated.append((confidence, each.allocations == one.allocations))
    assert len(stated) > 300
    error = calibration.calibration_error(calibration.reliability(stated))
    assert error < CALIBRATION_ERROR_MAX


def test_nothing_is_known_of_a_payer_before_the_first_payment() -> None:
    first = list(world(seed=9).months(1))[2]
    every = candidates_before(first, Seen(), NAMES)
    assert every == []  # nobody knows the name, and no payment bore it before
    known = replace(first, payers=build_payers({}, {"PAYER NUMBER 3": {3}}, {}))
    told = {feature for one in candidates_before(known, Seen(), NAMES) for feature in one.features}
    assert {"who:name", "habit:unknown", "delay:unknown"} <= told
    assert not {feature for feature in told if feature.startswith("habit:")} - {"habit:unknown"}


# -- the second look ---------------------------------------------------------------------------

RULES = MatchingRules()
RECEIPT = Receipt(
    payment_id=7, minor=5_025, currency="EUR", received_on=ON, counterparty="Acorn Foods"
)
LEFT = Finding(
    payment_id=7, method="none", is_certain=False, customer_id=None, allocations=(),
    reasons=(Reason("amount_fits_nothing"),),
)  # fmt: skip
ACORN = Knowledge(build_payers({}, {"ACORN FOODS": {1}}, {}))


def lessons(*, right: int, bias: float = 5.0, missing: str = "") -> Lessons:
    every = candidates(RECEIPT, sides(RECEIPT, ACORN, NAMES), {1: ITEMS}, {}, {})
    weights = {name: 0.0 for one in every for name in one.features if name != missing}
    weights["fit:exact"] = 4.0
    bins = (Bin(-99.0, 50, 1), Bin(8.0, right, right))
    return Lessons(
        Model(version=3, bias=bias, weights=weights, bins=bins, payments=500, held_out=100,
              calibration_error=0.01),
        ACORN, {1: Habit(customer_id=1, payments=4, patterns={"exact": 4})},
    )  # fmt: skip


def look(told: Lessons, finding: Finding = LEFT, rules: MatchingRules = RULES) -> Finding:
    return second_look(RECEIPT, finding, told, rules, {1: ITEMS}, {})


def test_what_is_sure_enough_is_applied_with_its_evidence() -> None:
    told = lessons(right=200)
    told = replace(told, model=replace(told.model, weights={
        **told.model.weights, "habit:often": 0.0, "way:exact:often": 0.0}))  # fmt: skip
    found = look(told)
    assert (found.is_certain, found.method, found.customer_id) == (True, "learned", 1)
    assert found.allocations == ((2, 5_025),)
    assert [(reason.code, dict(reason.params)) for reason in found.reasons] == [
        ("payer_by_name", {}),
        ("fit_exact", {"count": 1}),
        ("habit_seen", {"times": 4, "count": 4}),
        ("learned_confidence", {"percent": "99.50", "version": 3}),
    ]


@pytest.mark.parametrize(
    ("told", "rules"),
    [
        (lessons(right=30), RULES),  # 31/32 is below 98 in a hundred
        (lessons(right=200), replace(RULES, learned_apply_percent=Decimal(100))),
        (lessons(right=200, missing="fit:exact"), RULES),
        (lessons(right=200, missing="who:name"), RULES),  # evidence nobody trained on
    ],
)
def test_what_is_not_sure_enough_is_only_proposed(told: Lessons, rules: MatchingRules) -> None:
    found = look(told, rules=rules)
    assert (found.is_certain, found.allocations, found.reasons) == (False, (), LEFT.reasons)
    assert found.proposals


def test_between_equals_nobody_guesses() -> None:
    twins = [owed(1, 5_025), owed(2, 5_025)]
    told = lessons(right=10_000, bias=50.0)
    every = candidates(RECEIPT, sides(RECEIPT, ACORN, NAMES), {1: twins}, {}, {})
    weights = told.model.weights | {name: 0.0 for one in every for name in one.features}
    told = replace(told, model=replace(told.model, weights=weights), habits={})
    found = second_look(RECEIPT, LEFT, told, RULES, {1: twins}, {})
    assert not found.is_certain
    assert {one.allocations for one in found.proposals} >= {((1, 5_025),), ((2, 5_025),)}
    assert {one.confidence_bp for one in found.proposals} == {9_999}


@pytest.mark.parametrize("open_minor", [4_000, 5_024, 5_026, 9_000])
def test_an_amount_that_makes_up_nothing_is_never_surely_for_the_oldest(open_minor: int) -> None:
    only = {1: [owed(1, open_minor)]}
    told = lessons(right=10_000, bias=50.0)
    every = candidates(RECEIPT, sides(RECEIPT, ACORN, NAMES), only, {}, {})
    weights = told.model.weights | {name: 0.0 for one in every for name in one.features}
    told = replace(told, model=replace(told.model, weights=weights), habits={})
    found = second_look(RECEIPT, LEFT, told, RULES, only, {})
    assert not found.is_certain
    assert [one.allocations for one in found.proposals] == [((1, min(open_minor, 5_025)),)]


def test_the_amount_alone_never_applies() -> None:
    nobody = Knowledge(build_payers({}, {}, {}))
    told = replace(lessons(right=10_000, bias=50.0), knowledge=nobody)
    every = candidates(RECEIPT, sides(RECEIPT, nobody, NAMES, (1,)), {1: ITEMS}, {}, {})
    weights = told.model.weights | {name: 0.0 for one in every for name in one.features}
    told = replace(told, model=replace(told.model, weights=weights), habits={})
    found = second_look(RECEIPT, LEFT, told, RULES, {1: ITEMS}, {}, (1,))
    assert not found.is_certain
    assert found.proposals[0].confidence_bp == 9_999


def test_what_the_rules_settled_stays() -> None:
    told = lessons(right=200)
    sure = replace(LEFT, is_certain=True, customer_id=1, allocations=((1, 100),), method="amount")
    named = replace(LEFT, method="document_number")
    assert look(told, sure) is sure
    assert look(told, named) is named


def test_the_rules_own_proposals_stay_and_gain_a_confidence() -> None:
    own = Proposal(method="amount", customer_id=1, allocations=((2, 5_025),))
    other = Proposal(method="oldest_first", customer_id=1, allocations=((3, 5_025),))
    found = look(lessons(right=30), replace(LEFT, proposals=(own, other)))
    assert replace(own, confidence_bp=9_687) in found.proposals
    assert other in found.proposals
    assert len(found.proposals) <= 5


@pytest.mark.parametrize("times", [4, 2])
@pytest.mark.parametrize("text", ["on account", "RE-2026-00968", ""])
def test_money_that_fits_anything_goes_to_the_oldest_only_by_a_person(
    text: str, times: int
) -> None:
    receipt = RECEIPT._replace(minor=12_345, text=text)
    habits = {
        1: Habit(customer_id=1, payments=4, patterns={"oldest_part": times, "exact": 4 - times})
    }
    told = lessons(right=200, bias=15.0)
    every = candidates(receipt, sides(receipt, ACORN, NAMES), {1: ITEMS}, habits, {})
    weights = {name: 0.0 for one in every for name in one.features}
    told = replace(told, model=replace(told.model, weights=weights), habits=habits)
    found = second_look(receipt, LEFT, told, RULES, {1: ITEMS}, {})
    assert (found.is_certain, found.allocations) == (False, ())
    assert ((1, 10_000), (2, 2_345)) in [one.allocations for one in found.proposals]
