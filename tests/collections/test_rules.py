from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.collections.rules import (
    Debt,
    Judgement,
    Line,
    PromiseFact,
    Receipt,
    Situation,
    expected,
    judge,
    plan,
    ranked,
    step_for,
)
from creditdesk.collections.rules.worklist import gain_percent
from creditdesk.policy.rules import DEFAULT, parse

LADDER = parse(DEFAULT, version=1, valid_from=date(2020, 1, 1)).ladder
TODAY = date(2026, 3, 16)


@pytest.mark.parametrize(
    ("days_late", "last_level", "days_since", "step"),
    [
        (-6, None, None, None),
        (-5, None, None, "before_due"),
        (0, None, None, "before_due"),
        (1, None, None, None),
        (4, None, None, None),
        (5, None, None, "reminder"),
        (18, None, None, "reminder"),
        (19, None, None, "second"),
        (39, None, None, "second"),
        (40, None, None, "final"),
        (170, None, None, "final"),
        # Level 0 was taken: the first reminder follows, however late.
        (-3, 0, 2, None),
        (4, 0, 9, None),
        (5, 0, 10, "reminder"),
        (170, 0, 175, "reminder"),
        # Later one level at a time, when late enough and the time to pay is over.
        (18, 1, 13, None),
        (19, 1, 14, "second"),
        (19, 1, 7, None),
        (19, 1, 8, "second"),
        (170, 1, 100, "second"),
        (170, 2, 7, None),
        (170, 2, 8, "final"),
        (39, 2, 20, None),
        (500, 3, 400, None),
    ],
)
def test_the_ladder(
    days_late: int, last_level: int | None, days_since: int | None, step: str | None
) -> None:
    found = step_for(days_late, last_level, days_since, LADDER)
    assert (found.code if found else None) == step


@given(due_in=st.integers(-60, 200), gaps=st.lists(st.integers(1, 60), max_size=30))
def test_no_step_is_taken_twice_and_levels_only_rise(due_in: int, gaps: list[int]) -> None:
    level: int | None = None
    taken_at = 0
    taken: list[int] = []
    day = 0
    for gap in gaps:
        day += gap
        step = step_for(day - due_in, level, None if level is None else day - taken_at, LADDER)
        if step is not None:
            level, taken_at = step.level, day
            taken.append(step.level)
    assert taken == sorted(set(taken))


def line(
    item_id: int,
    late: int,
    *,
    customer: int = 1,
    currency: str = "EUR",
    level: int | None = None,
    since: int | None = None,
    minor: int = 1_000,
) -> Line:
    taken_on = None if since is None else TODAY - timedelta(days=since)
    due_on = TODAY - timedelta(days=late)
    return Line(customer, currency, item_id, f"INV-{item_id}", due_on, minor, level, taken_on)


Message = tuple[int, str, str, list[tuple[int, str]]]


def planned(*lines: Line, held: frozenset[int] = frozenset()) -> list[Message]:
    return [
        (
            one.customer_id,
            one.currency,
            one.step.code,
            [(item.item_id, own.code if own else "") for item, _, own in one.lines],
        )
        for one in plan(lines, LADDER, as_of=TODAY, held_items=held)
    ]


@pytest.mark.parametrize(
    ("lines", "held", "messages"),
    [
        ([], set(), []),
        ([line(1, 3)], set(), []),
        # 170 days late and never contacted: the last step, not the first.
        ([line(1, 170)], set(), [(1, "EUR", "final", [(1, "final")])]),
        # The highest step leads; what is overdue but has had its step is listed along.
        (
            [line(1, 30, level=1, since=20), line(2, 6), line(3, 2)], set(),
            [(1, "EUR", "second", [(1, "second"), (2, "reminder"), (3, "")])],
        ),
        # Nothing takes a step: no message, though there are overdue items.
        ([line(1, 30, level=2, since=3), line(2, 2)], set(), []),
        # Before the due date only where nothing overdue is written about.
        ([line(1, -4)], set(), [(1, "EUR", "before_due", [(1, "before_due")])]),
        ([line(1, 6), line(2, -4)], set(), [(1, "EUR", "reminder", [(1, "reminder")])]),
        ([line(1, 2), line(2, -4)], set(), [(1, "EUR", "before_due", [(2, "before_due")])]),
        # A disputed item does not raise the step; the gate leaves it out by name.
        (
            [line(1, 170), line(2, 6)], {1},
            [(1, "EUR", "reminder", [(1, ""), (2, "reminder")])],
        ),
        ([line(1, 170)], {1}, [(1, "EUR", "final", [(1, "final")])]),
        (
            [line(1, 170), line(2, -4)], {1},
            [(1, "EUR", "before_due", [(2, "before_due")])],
        ),
        # One message per customer and currency.
        (
            [line(1, 6), line(2, 50, currency="USD"), line(3, 20, customer=2)], set(),
            [
                (1, "EUR", "reminder", [(1, "reminder")]),
                (1, "USD", "final", [(2, "final")]),
                (2, "EUR", "second", [(3, "second")]),
            ],
        ),
    ],
)  # fmt: skip
def test_the_messages_of_a_run(lines: list[Line], held: set[int], messages: list[Message]) -> None:
    assert planned(*lines, held=frozenset(held)) == messages


DUE = date(2026, 3, 10)
PROMISE = PromiseFact(1, 10_000, date(2026, 3, 2), DUE)


def judged(
    receipts: list[Receipt], on: date, *promises: PromiseFact, known_until: date | None = None
) -> list[tuple[int, str, int]]:
    return [
        (j.promise_id, j.outcome, j.received_minor)
        for j in judge(
            promises or (PROMISE,), receipts, on=on, grace_days=2, known_until=known_until or on
        )
    ]


@pytest.mark.parametrize(
    ("receipts", "on", "outcome", "received"),
    [
        ([], date(2026, 3, 9), "open", 0),
        ([], date(2026, 3, 12), "open", 0),
        ([], date(2026, 3, 13), "broken", 0),
        ([Receipt(date(2026, 3, 5), 10_000)], date(2026, 3, 5), "kept", 10_000),
        ([Receipt(date(2026, 3, 5), 0, 10_000)], date(2026, 3, 5), "kept", 10_000),
        ([Receipt(date(2026, 3, 12), 10_000)], date(2026, 3, 20), "kept", 10_000),
        ([Receipt(date(2026, 3, 13), 10_000)], date(2026, 3, 20), "broken", 0),
        ([Receipt(date(2026, 3, 1), 10_000)], date(2026, 3, 20), "broken", 0),
        ([Receipt(date(2026, 3, 5), 4_000)], date(2026, 3, 12), "open", 4_000),
        ([Receipt(date(2026, 3, 5), 4_000)], date(2026, 3, 13), "part_kept", 4_000),
        # Money received but unapplied makes a promise pending, not broken.
        ([Receipt(date(2026, 3, 5), 0, 4_000)], date(2026, 3, 13), "open", 4_000),
        ([Receipt(date(2026, 3, 5), 3_000, 4_000)], date(2026, 3, 13), "open", 7_000),
    ],
)
def test_a_promise_is_judged_by_the_cash(
    receipts: list[Receipt], on: date, outcome: str, received: int
) -> None:
    assert judged(receipts, on) == [(1, outcome, received)]


def test_a_bank_import_short_of_the_deadline_judges_nothing() -> None:
    late = date(2026, 3, 20)
    assert judged([], late, known_until=date(2026, 3, 11)) == [(1, "open", 0)]
    assert judged([], late, known_until=date(2026, 3, 12)) == [(1, "broken", 0)]


def test_each_euro_counts_for_one_promise_the_earlier_first() -> None:
    second = PromiseFact(2, 10_000, date(2026, 3, 2), date(2026, 3, 12))
    receipts = [Receipt(date(2026, 3, 6), 15_000)]
    assert judged(receipts, date(2026, 3, 31), second, PROMISE) == [
        (1, "kept", 10_000), (2, "part_kept", 5_000),
    ]  # fmt: skip
    earlier = replace(PROMISE, is_open=False)
    assert judged(receipts, date(2026, 3, 31), second, earlier) == [(2, "part_kept", 5_000)]


@given(
    receipts=st.lists(
        st.builds(
            Receipt,
            st.dates(date(2026, 3, 1), date(2026, 3, 25)),
            st.integers(0, 9_000),
            st.just(0),
        ),
        max_size=6,
    ),
    days=st.integers(1, 40),
)
def test_judged_late_is_judged_as_on_the_day_after_the_deadline(
    receipts: list[Receipt], days: int
) -> None:
    first_day = DUE + timedelta(days=3)
    known_then = [r for r in receipts if r.received_on <= first_day]
    assert judged(receipts, first_day + timedelta(days=days)) == judged(known_then, first_day)


@given(
    promises=st.lists(st.integers(1, 9_000), min_size=1, max_size=5),
    received=st.lists(st.integers(0, 9_000), max_size=5),
)
def test_promises_never_count_more_than_came_in(promises: list[int], received: list[int]) -> None:
    facts = [PromiseFact(n, minor, date(2026, 3, 2), DUE) for n, minor in enumerate(promises)]
    money = [Receipt(date(2026, 3, 5), minor) for minor in received]
    found = judge(facts, money, on=TODAY, grace_days=2, known_until=TODAY)
    assert sum(j.received_minor for j in found) <= sum(received)
    assert all(j.received_minor <= promises[j.promise_id] for j in found)
    assert {j.outcome for j in found} <= {"kept", "part_kept", "broken"}
    assert isinstance(found[0], Judgement)


@pytest.mark.parametrize(
    ("days", "percent"),
    [(0, 0), (1, 10), (14, 10), (15, 20), (31, 30), (60, 30), (61, 25), (91, 15), (181, 8)],
)
def test_the_chance_a_call_gains(days: int, percent: int) -> None:
    assert gain_percent(days) == percent


OWES = Situation(customer_id=1, debts=(Debt(40, 10_000), Debt(5, 999)))


def test_expected_value_is_overdue_times_the_gain() -> None:
    assert expected(OWES) == (10_000 * 30 + 999 * 10) // 100 == 3_099
    broken = replace(OWES, broken_promise="PRM-1", broken_promise_due_on=DUE)
    assert expected(broken) == (10_000 * 45 + 999 * 25) // 100


@pytest.mark.parametrize(
    ("changed", "action", "codes"),
    [
        ({}, "call", ["overdue", "never_contacted"]),
        ({"last_message_on": TODAY - timedelta(days=3)}, "call", ["overdue", "last_contact"]),
        ({"last_message_on": TODAY - timedelta(days=2)}, None, []),
        ({"last_activity_on": TODAY - timedelta(days=2)}, None, []),
        ({"last_activity_on": TODAY - timedelta(days=3)}, "call", ["overdue", "last_contact"]),
        ({"is_held": True}, None, []),
        ({"snoozed_until": TODAY + timedelta(days=1)}, None, []),
        ({"snoozed_until": TODAY}, "call", ["overdue", "never_contacted"]),
        ({"follow_up_on": TODAY + timedelta(days=1)}, None, []),
        (
            {"follow_up_on": TODAY, "last_activity_on": TODAY - timedelta(days=1)},
            "follow_up", ["follow_up_due", "overdue", "last_contact"],
        ),
        (
            {"open_replies": 2, "is_held": True, "last_message_on": TODAY},
            "answer_reply", ["reply_open", "overdue", "last_contact"],
        ),
        ({"open_replies": 1, "debts": ()}, "answer_reply", ["reply_open", "never_contacted"]),
        (
            {"broken_promise": "PRM-1", "broken_promise_due_on": DUE, "last_message_on": TODAY},
            "chase_promise", ["promise_broken", "overdue", "last_contact"],
        ),
        (
            {"at_last_step_since": DUE},
            "review_final", ["overdue", "ladder_ended", "never_contacted"],
        ),
        ({"debts": ()}, None, []),
    ],
)  # fmt: skip
def test_who_is_on_the_list_and_why(
    changed: dict[str, object], action: str | None, codes: list[str]
) -> None:
    rows = ranked([replace(OWES, **changed)], on=TODAY, currency="EUR")  # type: ignore[arg-type]
    assert [row.action for row in rows] == ([action] if action else [])
    assert [reason.code for row in rows for reason in row.reasons] == codes


def test_the_list_is_ranked_by_what_a_call_brings() -> None:
    rows = ranked(
        [
            Situation(customer_id=1, debts=(Debt(200, 10_000),)),
            Situation(customer_id=2, debts=(Debt(40, 9_000),)),
            Situation(customer_id=3, debts=(Debt(2, 10_000),)),
        ],
        on=TODAY, currency="EUR",
    )  # fmt: skip
    assert [(r.rank, r.customer_id, r.expected_minor, r.overdue_minor) for r in rows] == [
        (1, 2, 2_700, 9_000), (2, 3, 1_000, 10_000), (3, 1, 800, 10_000),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("days_since", "least_days", "step"),
    [(7, 0, None), (8, 0, "second"), (8, 14, None), (14, 14, None), (15, 14, "second")],
)
def test_the_next_step_waits_for_the_days_that_the_law_gives(
    days_since: int, least_days: int, step: str | None
) -> None:
    ladder = [
        replace(LADDER[-1], code=code, level=n, days_late=n, pay_within_days=7)
        for n, code in enumerate(("first", "second"), start=1)
    ]
    found = step_for(40, 1, days_since, ladder, least_days=least_days)
    assert (found.code if found else None) == step
    line = Line(
        item_id=1, number="INV-1", customer_id=7, currency="NOK", open_minor=100,
        due_on=TODAY - timedelta(days=40), last_level=1,
        last_taken_on=TODAY - timedelta(days=days_since),
    )  # fmt: skip
    planned = list(plan([line], ladder, as_of=TODAY, least_days={7: least_days}))
    assert [one.step.code for one in planned] == ([step] if step else [])
