"""Payments that name nothing and are less by the share their payer always takes off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash import queries
from creditdesk.cash import services as cash
from creditdesk.cash.models import MatchingModel
from creditdesk.cash.rules import Finding, Receipt, build_payers
from creditdesk.cash.rules.learned import (
    Bin,
    Habit,
    KeysSeen,
    Knowledge,
    Lessons,
    Model,
    second_look,
)
from creditdesk.cash.rules.learned.candidates import candidates
from creditdesk.cash.rules.learned.habits import DISCOUNT_POINTS_MAX, Watching, parts_of
from creditdesk.cash.rules.learned.patterns import share_taken
from creditdesk.cash.rules.learned.sides import sides
from creditdesk.cash.rules.learned.values import PATTERNS
from creditdesk.cash.rules.values import Allocations
from creditdesk.disputes import queries as disputes
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.ledger.rules import DISCOUNT, TOLERANCE
from creditdesk.plumbing import sql
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT, MatchingRules
from tests.cash import stage
from tests.cash.habits_world import Owed

ON = date(2026, 3, 10)
NAMES = Decimal(90)
CEDAR = Knowledge(build_payers({}, {"CEDAR": {1}}, {}))
LEFT = Finding(
    payment_id=7, method="oldest_first", is_certain=False, customer_id=1, allocations=(),
    reasons=(),
)  # fmt: skip
TWO_PERCENT = Habit(
    customer_id=1, payments=10, patterns={"discount": 10, "oldest_part": 10}, discounts={200: 10}
)


def owed(item_id: int, minor: int, *, of: int = 1) -> Owed:
    return Owed(item_id, of, date(2026, 1, 1 + item_id), date(2026, 2, 1 + item_id), minor)


def receipt(minor: int) -> Receipt:
    return Receipt(
        payment_id=7, minor=minor, currency="EUR", received_on=ON, counterparty="Cedar"
    )  # fmt: skip


# -- the share, to the cent ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("open_minor", "paid", "seen", "points"),
    [
        (10_000, 9_800, {200: 2}, 200),
        (10_000, 9_801, {200: 2}, 200),  # a cent up
        (10_000, 9_799, {200: 2}, 200),  # or down
        (10_000, 9_802, {200: 2}, None),
        (4_325, 4_238, {200: 2}, 200),  # 4,238.5 rounded down
        (4_325, 4_239, {200: 2}, 200),  # and up
        (525, 514, {200: 2}, 200),
        (10_000, 9_700, {200: 9, 300: 2}, 300),
        (300, 294, {175: 2, 200: 3}, 200),  # of two that fit the usual one
        (300, 294, {175: 3, 200: 3}, 175),  # of equals the smaller
        (10_000, 10_000, {200: 2}, None),
        (10_000, 0, {200: 2}, None),
        (1, 1, {200: 2}, None),
        (10_000, 9_800, {}, None),
    ],
)
def test_a_share_is_known_to_the_cent(
    open_minor: int, paid: int, seen: dict[int, int], points: int | None
) -> None:
    assert share_taken(open_minor, paid, seen) == points


@given(st.integers(100, 10**9), st.integers(1, DISCOUNT_POINTS_MAX), st.integers(-1, 1))
def test_whichever_way_it_is_rounded_a_share_is_known(
    open_minor: int, points: int, cents: int
) -> None:
    exact = Decimal(open_minor * (10_000 - points)) / 10_000
    for paid in {int(exact), round(exact)}:
        if 0 < paid < open_minor:
            assert share_taken(open_minor, paid, {points: 2}) == points
    beside = int(exact) + 3 * cents
    if cents and 0 < beside < open_minor:
        assert share_taken(open_minor, beside, {points: 2}) is None


def test_a_share_seen_before_is_counted_where_a_cent_is_many_basis_points() -> None:
    watching = Watching()

    def pays(item_id: int, open_minor: int, paid: int) -> None:
        one = owed(item_id, open_minor)
        watching.see(receipt(paid), parts_of([one], {}), ((item_id, paid),))

    pays(1, 4_325, 4_238)  # 201 basis points: nobody agreed on that
    assert watching.habit(1).patterns.get("discount") is None
    pays(2, 10_000, 9_800)
    pays(3, 4_325, 4_238)
    pays(4, 525, 514)
    pays(5, 525, 505)  # short by something else
    habit = watching.habit(1)
    assert (habit.discounts, habit.patterns["discount"], habit.payments) == ({200: 3}, 3, 5)


# -- what it is weighed as -----------------------------------------------------------------------


def test_what_hits_to_the_cent_is_no_mere_part_of_the_oldest() -> None:
    more_often = replace(TWO_PERCENT, patterns={"discount": 6, "oldest_part": 10})
    items = {1: [owed(1, 4_325), owed(2, 9_000)]}
    every = candidates(receipt(4_238), sides(receipt(4_238), CEDAR, NAMES), items, {1: more_often},
                       {})  # fmt: skip
    assert [(one.pattern, one.allocations, one.discount_points) for one in every] == [
        ("discount", ((1, 4_238),), 200)
    ]
    assert {"way:discount:often", "rivals:0"} <= set(every[0].features)


def lessons(habit: Habit, *, knowledge: Knowledge = CEDAR, **more: Habit) -> Lessons:
    """A model that is sure of all but what goes to the oldest whatever it is."""
    usual = ("often", "some", "rare", "unknown")
    who = ("name", "similar", "shared", "name_habit", "amount")
    names = [f"fit:{one}" for one in PATTERNS] + [f"who:{one}" for one in who]
    names += [f"way:{one}:{each}" for one in PATTERNS for each in usual]
    names += [f"habit:{one}" for one in usual] + [f"rivals:{n}" for n in range(3)]
    names += [f"delay:{one}" for one in ("usual", "near", "unusual", "unknown")]
    names += [f"amount:{one}" for one in ("cents", "whole", "round")]
    model = Model(
        version=3, bias=0.0, weights={**dict.fromkeys(names, 0.0), "fit:oldest_part": -9.0},
        bins=(Bin(-99.0, 200, 0), Bin(-1.0, 500, 500)), payments=500, held_out=100,
        calibration_error=0.01,
    )  # fmt: skip
    return Lessons(model, knowledge, {1: habit, **{int(one[1:]): h for one, h in more.items()}})


def look(told: Lessons, minor: int, *items: Owed, equal: tuple[int, ...] = ()) -> Finding:
    of: dict[int, list[Owed]] = {}
    for item in items:
        of.setdefault(item.customer_id, []).append(item)
    return second_look(receipt(minor), LEFT, told, MatchingRules(), of, {}, equal)


@pytest.mark.parametrize(
    ("seen", "minor", "items", "allocations"),
    [
        (10, 4_238, (owed(1, 4_325), owed(2, 9_000)), ((1, 4_238),)),
        (10, 8_820, (owed(1, 4_325), owed(2, 9_000)), ((2, 8_820),)),  # not the oldest
        (6, 8_820, (owed(1, 4_325), owed(2, 9_000)), ((2, 8_820),)),
        (5, 8_820, (owed(1, 4_325), owed(2, 9_000)), None),  # not usual enough
        (10, 8_820, (owed(1, 9_000), owed(2, 9_000)), None),  # two of that amount
        (10, 8_820, (owed(1, 9_000), owed(2, 9_001)), None),  # or a cent apart
        (10, 8_820, (owed(1, 9_000), owed(2, 8_820)), None),  # the other in full
        (10, 8_820, (owed(1, 9_000), owed(2, 8_000), owed(3, 820)), None),  # or two in full
        (10, 8_823, (owed(1, 9_000), owed(2, 4_325)), None),  # three cents beside
    ],
)
def test_the_only_item_less_the_usual_share_is_certain(
    seen: int, minor: int, items: tuple[Owed, ...], allocations: Allocations | None
) -> None:
    habit = replace(TWO_PERCENT, patterns={"discount": seen}, discounts={200: seen})
    found = look(lessons(habit), minor, *items)
    assert found.is_certain == (allocations is not None)
    assert found.allocations == (allocations or ())
    if found.is_certain:
        assert [(one.code, dict(one.params)) for one in found.reasons][1:4] == [
            ("fit_discount", {"count": 1}),
            ("habit_seen", {"times": seen, "count": 10}),
            ("share_taken", {"percent": "2", "times": seen}),
        ]


@given(
    st.lists(st.integers(100, 20_000), min_size=1, max_size=8),
    st.integers(1, 20_000),
    st.integers(0, 10),
    st.sampled_from([25, 150, 200, 300]),
)
def test_short_is_certain_only_to_the_cent_only_by_habit_and_only_alone(
    amounts: list[int], minor: int, times: int, points: int
) -> None:
    habit = replace(TWO_PERCENT, patterns={"discount": times}, discounts={points: times})
    items = [owed(n, amount) for n, amount in enumerate(amounts, 1)]
    found = look(lessons(habit), minor, *items)
    short = [(i, given) for i, given in found.allocations if given < amounts[i - 1]]
    if not found.is_certain or not short or "fit_rounded" in {r.code for r in found.reasons}:
        return
    [(item_id, given)] = found.allocations
    fitting = [
        n for n, amount in enumerate(amounts, 1) if share_taken(amount, minor, {points: times})
    ]
    assert (given, fitting, times >= 6) == (minor, [item_id], True)


# -- the same amount elsewhere -------------------------------------------------------------------


def test_a_stranger_who_owes_as_much_is_no_rival_of_a_payer_who_is_recognised() -> None:
    nobody = build_payers({}, {}, {})
    exact = Habit(customer_id=1, payments=10, patterns={"exact": 10})
    items = (owed(1, 5_025), owed(2, 5_025, of=2), owed(3, 5_025, of=3))
    own = Knowledge(nobody, KeysSeen({"n:CEDAR": {1: 9}}))
    found = look(lessons(exact, knowledge=own), 5_025, *items, equal=(1, 2, 3))
    assert (found.is_certain, found.allocations) == (True, ((1, 5_025),))
    split = Knowledge(nobody, KeysSeen({"n:CEDAR": {1: 5, 2: 4}}))
    found = look(lessons(exact, knowledge=split), 5_025, *items, equal=(1, 2, 3))
    assert not found.is_certain  # the name was seen with two who owe as much
    once = Knowledge(nobody, KeysSeen({"n:CEDAR": {1: 1}}))
    found = look(lessons(exact, knowledge=once), 5_025, *items, equal=(1, 2, 3))
    assert not found.is_certain  # seen once: then the others count as well


def test_rivals_are_those_that_training_met() -> None:
    own = Knowledge(build_payers({}, {}, {}), KeysSeen({"n:CEDAR": {1: 9}}))
    one = receipt(5_025)
    items = {n: [owed(n, 5_025, of=n)] for n in (1, 2, 3)}
    every = candidates(one, sides(one, own, NAMES, (2, 3)), items, {}, {})
    rivals = {c.owner: next(f for f in c.features if f.startswith("rivals")) for c in every}
    assert rivals == {1: "rivals:0", 2: "rivals:2", 3: "rivals:2"}


# -- on PostgreSQL -------------------------------------------------------------------------------


def taker(desk: Actor, *, name: str = "Cedar Works") -> int:
    """A customer who four times named an invoice and paid it less two per cent, then credited."""
    cedar = stage.customer(desk, name, number="CEDAR")
    for n in range(4):
        on = date(2025, 10 + n // 2, 3 + 7 * n)
        actor = replace(desk, today=on + timedelta(days=30), at=desk.at + timedelta(minutes=n))
        full = 10_000 * (n + 1)
        item = stage.invoice(actor, cedar, f"OLD-{n}", full, issued_on=on)
        less = full // 50
        stage.paid(actor, full - less, text=f"Payment OLD-{n}", name=name, on=actor.today)
        cash.match(actor)
        assert stage.open_minor(item) == less
        invoices.credit_amount(
            actor, f"OLD-{n}", issued_on=actor.today, gross_minor=less, reason="discount"
        )
    cash.train(replace(desk, at=desk.at + timedelta(minutes=10)))
    weights = lessons(TWO_PERCENT).model.weights
    MatchingModel.objects.create(
        company_id=desk.company_id, version=1, known_at=desk.at, payments=500, held_out=100,
        calibration_error_ppm=0, weights={"bias": 0.0, **weights},
        bins=[[-99.0, 200, 0], [-1.0, 500, 500]], reliability=[], digest="x",
        recorded_at=desk.at, recorded_by="test",
    )  # fmt: skip
    return cedar


def codes(payment: int, desk: Actor) -> list[str]:
    [row] = [one for one in queries.payments(desk.company_id) if one.id == payment]
    assert (row.method, row.is_certain) == ("learned", True)
    return [one.code for one in row.reasons][3:]


def later(desk: Actor) -> Actor:
    return replace(desk, at=desk.at + timedelta(hours=1))


def disputed(desk: Actor, items: list[int]) -> list[tuple[str, int]]:
    every = disputes.open_disputes(desk.company_id)
    return [(one.reason, one.disputed_minor) for one in every if one.item_id in items]


def given_away(desk: Actor) -> dict[str, int]:
    return {k: v for k, v in stage.books(desk).items() if k in (DISCOUNT, TOLERANCE) and v}


def test_it_is_applied_and_what_is_short_stays_open_and_is_disputed(desk: Actor) -> None:
    cedar = taker(desk)
    [habit] = queries.habits(desk.company_id)
    assert (habit.discounts, habit.payments) == ({200: 4}, 4)
    items = [stage.invoice(desk, cedar, f"NEW-{n}", m) for n, m in enumerate((20_100, 31_550))]
    payment = stage.paid(later(desk), 30_919, name="Cedar Works")
    result = cash.match(later(desk))
    assert (result.applied, result.left) == (1, 0)
    assert [stage.open_minor(item) for item in items] == [20_100, 631]
    assert codes(payment, desk) == [
        "share_taken", "learned_confidence", "short_stays_open",
    ]  # fmt: skip
    assert disputed(desk, items) == [("short_payment", 631)]
    assert given_away(desk) == {}
    assert sql.scalar("SELECT count(*) FROM cash_adjustment") == 0
    stage.prove(desk)
    cash.undo(later(desk), payment)
    assert [stage.open_minor(item) for item in items] == [20_100, 31_550]
    stage.prove(desk)


def test_a_payer_who_does_so_now_and_then_waits_with_the_proposal(desk: Actor) -> None:
    cedar = taker(desk)
    for n in range(4):  # half of the payments are in full: no habit to rely on
        stage.invoice(desk, cedar, f"FULL-{n}", 40_000 + n)
        stage.paid(desk, 40_000 + n, text=f"Payment FULL-{n}", name="Cedar Works")
        cash.match(desk)
    cash.train(later(desk))
    items = [stage.invoice(desk, cedar, f"NEW-{n}", m) for n, m in enumerate((20_100, 31_550))]
    payment = stage.paid(later(desk), 30_919, name="Cedar Works")
    result = cash.match(later(desk))
    assert (result.applied, result.left) == (0, 1)
    [row] = [one for one in queries.exceptions(desk.company_id) if one.id == payment]
    assert row.proposals[0].allocations == ((items[1], 30_919),)
    assert [stage.open_minor(item) for item in items] == [20_100, 31_550]


def published(desk: Actor, **sections: Any) -> None:
    given = {**DEFAULT, **sections}
    policy.publish(desk, given=given, valid_from=date(2020, 1, 2))


SKONTO = {"code": "skonto", "net_days": 30, "discounts": [{"percent": "2", "within_days": 10}]}


@pytest.mark.parametrize(
    ("on", "left", "discount", "told"),
    [
        (date(2026, 2, 12), 0, 2_000, ["discount_earned"]),
        (date(2026, 2, 13), 2_380, 0, ["short_stays_open"]),
    ],
)
def test_the_terms_decide_about_the_share_and_not_the_habit(
    desk: Actor, on: date, left: int, discount: int, told: list[str]
) -> None:
    published(desk, terms=[*DEFAULT["terms"], SKONTO])
    # Another name than the customer's, so that the rules see nobody and only the habit does.
    cedar = taker(desk, name="Bramble & Sons")
    for n in range(2):
        stage.invoice(desk, cedar, f"FULL-{n}", 40_000 + n)
        stage.paid(desk, 40_000 + n, text=f"Payment FULL-{n}", name="Cedar Works")
    assert cash.match(desk).applied == 2
    cash.train(later(desk))
    item = stage.taxed(desk, cedar, "NEW-1", 100_000, 19_000, terms_code="skonto")
    stage.invoice(desk, cedar, "NEW-2", 75_050)
    payment = stage.paid(later(desk), 116_620, name="Cedar Works", on=on)
    assert cash.match(later(desk)).applied == 1
    assert codes(payment, desk)[-len(told) :] == told
    assert (stage.open_minor(item), given_away(desk).get(DISCOUNT, 0)) == (left, discount)
    assert disputed(desk, [item]) == [("short_payment", left)] * (left > 0)
    stage.prove(desk)


def test_what_is_within_the_tolerance_is_written_off_as_if_it_were_named(desk: Actor) -> None:
    tolerance = {"currency": "EUR", "minor": 700, "percent": "2", "bank_fee_minor": 0}
    cedar = taker(desk)
    published(desk, short_payments={"tolerances": [tolerance]})
    item = stage.invoice(desk, cedar, "NEW-1", 31_550)
    other = stage.invoice(desk, cedar, "NEW-2", 40_050)
    first = stage.paid(later(desk), 30_919, name="Cedar Works")
    second = stage.paid(later(desk), 39_249, name="Cedar Works")  # 8.01 short: above it
    assert cash.match(later(desk)).applied == 2
    assert [stage.open_minor(item), stage.open_minor(other)] == [0, 801]
    assert codes(first, desk)[-1] == "small_difference"
    assert codes(second, desk)[-1] == "short_stays_open"
    assert given_away(desk) == {TOLERANCE: 631}
    stage.prove(desk)
