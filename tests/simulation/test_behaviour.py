"""The characters behave: when they pay, how they quote, what they answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from statistics import mean, median
from typing import Any

import pytest

from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.kernel.references import reference_key
from creditdesk.simulation.rules import behaviour
from creditdesk.simulation.rules.characters import (
    CHARACTERS,
    FAILS_DAYS_BEFORE_END,
    places,
)
from creditdesk.simulation.rules.dice import dice
from creditdesk.simulation.rules.world import HOUSES, Firm, firms

FIRST, UNTIL = date(2026, 5, 18), date(2026, 11, 16)
CALENDAR = BusinessCalendar(holidays=frozenset({date(2026, 10, 3), date(2026, 6, 4)}))
SOMEBODY = firms(7, HOUSES[0], 1)[0]


def one(character: str, **also: Any) -> Firm:
    """Somebody of a character in the middle of its places, who quotes and pays plainly."""
    low, high = places(character)
    fails = FAILS_DAYS_BEFORE_END if CHARACTERS[character].fails else 0
    return replace(
        SOMEBODY, character=character, payment_run=None, quoting="exact", population="trade",
        place=(low + high) / 2, disputed_share=0.0, fails_days_before_end=fails, needs_call=False,
        **also,
    )  # fmt: skip


def delays(character: str, due_on: date = date(2026, 7, 15), **also: Any) -> list[int]:
    """How many days late two hundred invoices are paid; negative is early."""
    paid = [pay(one(character, **also), due_on, n) for n in range(200)]
    return [(day - due_on).days for day in paid if day is not None]


def pay(firm: Firm, due_on: date, n: int) -> date | None:
    return behaviour.payment_date(
        dice(7, firm.character, due_on, n), firm, due_on=due_on,
        issued_on=due_on - timedelta(days=30), end=UNTIL, calendar=CALENDAR,
    )  # fmt: skip


def test_characters_stand_in_the_order_in_which_they_pay() -> None:
    bounds = [places(code) for code in CHARACTERS]
    assert bounds[0][0] == 0
    assert bounds[-1][1] == 1
    assert [high for _, high in bounds[:-1]] == [low for low, _ in bounds[1:]]


def test_the_prompt_pay_by_the_due_date_and_the_slow_later() -> None:
    assert median(delays("prompt")) <= 0
    assert median(delays("slow")) >= 1
    assert median(delays("slow")) < median(delays("promising")) < median(delays("very_slow"))
    assert median(delays("very_slow")) >= 20


def test_month_end_payers_pay_on_the_last_business_day() -> None:
    assert set(delays("month_end")) == {16}  # 15 to 31 July, a Friday
    paid = pay(one("month_end"), date(2026, 10, 12), 1)
    assert paid == date(2026, 10, 30)  # the 31st is a Saturday


def test_the_failing_get_slower_and_then_stop() -> None:
    assert mean(delays("failing", date(2026, 5, 20))) < mean(delays("failing", date(2026, 8, 10)))
    assert delays("failing", UNTIL - timedelta(days=20)) == []
    failing = one("failing")
    assert behaviour.has_stopped(failing, UNTIL - timedelta(days=40), UNTIL)
    assert not behaviour.has_stopped(failing, UNTIL - timedelta(days=48), UNTIL)
    assert not behaviour.is_known_to_fail(failing, UNTIL - timedelta(days=40), UNTIL)
    assert behaviour.is_known_to_fail(failing, UNTIL - timedelta(days=23), UNTIL)
    assert not behaviour.has_stopped(one("slow"), UNTIL, UNTIL)


@pytest.mark.parametrize("character", CHARACTERS)
def test_nobody_pays_on_a_day_without_banks_or_before_the_invoice(character: str) -> None:
    for n in range(60):
        due_on = FIRST + timedelta(days=2 * n)
        paid = pay(one(character), due_on, n)
        if paid is not None:
            assert CALENDAR.is_business_day(paid)
            assert paid > due_on - timedelta(days=30)


def test_payment_runs_gather_on_their_weekday() -> None:
    firm = replace(one("very_slow"), payment_run=3)
    for n in range(50):
        paid = behaviour.payment_date(
            dice(1, n), firm, due_on=date(2026, 8, 3) + timedelta(days=n),
            issued_on=date(2026, 7, 1), end=UNTIL, calendar=BusinessCalendar(),
        )  # fmt: skip
        assert paid is not None
        assert paid.weekday() == 3 or paid == date(2026, 7, 2)


def test_who_needs_a_call_pays_two_months_later_without_one() -> None:
    usual = delays("slow")
    silent = [
        behaviour.payment_date(
            dice(7, "slow", date(2026, 7, 15), n), replace(one("slow"), needs_call=True),
            due_on=date(2026, 7, 15), issued_on=date(2026, 6, 15), end=UNTIL, calendar=CALENDAR,
        )
        for n in range(200)
    ]  # fmt: skip
    later = [(day - date(2026, 7, 15)).days for day in silent if day is not None]
    assert 58 <= median(later) - median(usual) <= 62


def test_some_payments_are_rounded_up_to_the_next_hundred() -> None:
    paid = [behaviour.rounded_up_minor(dice(1, n), 123_456) for n in range(4000)]
    assert set(paid) == {123_456, 130_000}
    assert 8 <= paid.count(130_000) <= 40


def test_the_growing_order_more_and_the_seasonal_swing() -> None:
    early, late = date(2026, 6, 1), date(2026, 11, 2)
    growing, prompt = one("growing"), one("prompt")
    assert behaviour.order_chance(growing, late, FIRST) > 1.8 * behaviour.order_chance(
        growing, early, FIRST
    )
    assert behaviour.order_chance(prompt, late, FIRST) == behaviour.order_chance(
        prompt, early, FIRST
    )
    seasonal = [behaviour.order_chance(one("seasonal"), date(2026, m, 15), FIRST) for m in (4, 10)]
    assert seasonal[0] > 3 * seasonal[1]


def test_amounts_are_skewed() -> None:
    amounts = sorted(behaviour.order_net_minor(dice(1, n), SOMEBODY) for n in range(2000))
    assert amounts[0] >= 3_900
    assert amounts[1800] > 2.5 * amounts[1000]
    assert mean(amounts) > 1.2 * amounts[1000]


def test_short_payers_leave_a_little_out_and_others_hardly_ever() -> None:
    short = [behaviour.short_minor(dice(1, n), one("short_payer"), 100_000) for n in range(1000)]
    assert 130 <= sum(minor > 0 for minor in short) <= 230
    assert all(1_000 <= minor <= 4_500 for minor in short if minor)
    prompt = [behaviour.short_minor(dice(1, n), one("prompt"), 100_000) for n in range(1000)]
    assert sum(minor > 0 for minor in prompt) < 10


@pytest.mark.parametrize("habit", ["exact", "lower", "digits", "prose"])
def test_each_habit_keeps_the_digits_of_the_number(habit: str) -> None:
    firm = replace(one("prompt"), quoting=habit)
    kept = 0
    for n in range(300):
        said = behaviour.quote(dice(3, n), firm, ["RE-2026-00123", "RE-2026-00124"])
        key = reference_key(said.text)
        kept += "202600123" in key and "202600124" in key
    assert kept > 270  # the rest forgot the reference or slipped in a digit


def test_structured_habit_uses_the_banks_field_only_for_plain_payments() -> None:
    firm = replace(one("prompt"), quoting="structured")
    plain = [behaviour.quote(dice(3, n), firm, ["RE-2026-00123"]) for n in range(50)]
    assert sum(said.structured == ("RE-2026-00123",) for said in plain) > 40
    netted = behaviour.quote(dice(3, 1), firm, ["RE-2026-00123"], ["GS-2026-0001"])
    assert netted.structured == ()
    assert "GS-2026-0001" in netted.text


def test_the_disputing_contest_and_the_promising_promise() -> None:
    disputed = sum(behaviour.is_disputed(dice(1, n), one("disputing")) for n in range(1000))
    assert 70 <= disputed <= 130
    calls = [
        behaviour.call_outcome(dice(1, n), one("promising"), is_disputing=False) for n in range(500)
    ]
    assert calls.count("promise") > 380
    kept = sum(behaviour.keeps_promise(dice(2, n), one("promising")) for n in range(1000))
    assert 590 <= kept <= 710


@pytest.mark.parametrize("kind", behaviour.ANSWERS)
def test_every_answer_can_be_worded(kind: str) -> None:
    said = behaviour.words(dice(1, kind), kind, number="RE-2026-00001", on=date(2026, 7, 3))
    assert said
    assert "{" not in said
