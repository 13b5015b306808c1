"""What becomes of an alert is decided by values alone."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.kernel.errors import Invalid
from creditdesk.monitoring.alerts.rules import (
    KINDS,
    Kept,
    Reported,
    Seen,
    as_kind,
    changes,
    fell_by,
    judged,
    reached,
    slower_by,
)
from creditdesk.policy.rules import DEFAULT, AlertRule, parse
from creditdesk.policy.rules.alerts import FALLING, SEVERITIES, SHIPPED, SIGNALS, unordered

ON = date(2026, 3, 16)
STEPS = (
    AlertRule(signal="utilisation", threshold=80, severity="info"),
    AlertRule(signal="utilisation", threshold=100, severity="critical", quiet_days=5),
    AlertRule(signal="cover_expiring", threshold=30, severity="info"),
    AlertRule(signal="cover_expiring", threshold=7, severity="warning"),
    AlertRule(signal="insolvency", threshold=1, severity="critical"),
)


@pytest.mark.parametrize(
    ("signal", "value", "severity"),
    [("utilisation", 79, ""), ("utilisation", 80, "info"), ("utilisation", 99, "info"),
     ("utilisation", 100, "critical"), ("cover_expiring", 31, ""), ("cover_expiring", 30, "info"),
     ("cover_expiring", 8, "info"), ("cover_expiring", 7, "warning"), ("overdue_share", 100, "")],
)  # fmt: skip
def test_the_most_pressing_row_reached_counts(signal: str, value: int, severity: str) -> None:
    found = reached(STEPS, signal, value)
    assert (found.severity if found else "") == severity


def _kept(
    *, severity: str = "info", state: str = "open", until: date | None = None, outcome: str = "",
    closed_on: date | None = None, value: int = 85, signal: str = "utilisation",
    event_on: date | None = None,
) -> Kept:  # fmt: skip
    return Kept(1, 7, signal, severity, state, until, outcome, value, 80, event_on, closed_on)


def _days_ago(days: int) -> date:
    return ON - timedelta(days=days)


CLOSED = {"state": "closed", "outcome": "no_action"}
GONE = {"state": "closed", "outcome": "cause_gone"}


@pytest.mark.parametrize(
    ("seen", "kept", "act"),
    [
        (85, None, "raised"),
        (79, None, None),
        (85, _kept(), None),
        (95, _kept(), None),
        (100, _kept(), "worsened"),
        (85, _kept(severity="critical"), "eased"),
        (79, _kept(), "gone"),
        (79, _kept(state="snoozed", until=ON + timedelta(days=9)), "gone"),
        (85, _kept(state="snoozed", until=ON + timedelta(days=1)), None),
        (85, _kept(state="snoozed", until=ON), "woke"),
        (100, _kept(state="snoozed", until=ON + timedelta(days=9)), "worsened"),
        (85, _kept(**CLOSED, closed_on=_days_ago(13)), None),
        (85, _kept(**CLOSED, closed_on=_days_ago(14)), "raised"),
        (100, _kept(**CLOSED, closed_on=_days_ago(4)), "reopened"),
        (100, _kept(**CLOSED, closed_on=_days_ago(5)), "raised"),
        (85, _kept(**GONE, closed_on=_days_ago(13)), "came_back"),
        (85, _kept(**GONE, closed_on=_days_ago(14)), "raised"),
        (79, _kept(**CLOSED, closed_on=_days_ago(1)), None),
    ],
)
def test_what_becomes_of_a_percent(seen: int, kept: Kept | None, act: str | None) -> None:
    found = judged([Seen("utilisation", 7, seen)], [kept] if kept else [], STEPS, ON)
    assert [one.act for one in found] == ([act] if act else [])


@pytest.mark.parametrize(
    ("value", "event_on", "act"),
    [(1, _days_ago(9), None), (1, _days_ago(10), None), (1, _days_ago(8), "reopened"),
     (2, _days_ago(9), "reopened")],
)  # fmt: skip
def test_an_event_that_was_dealt_with_needs_another(
    value: int, event_on: date, act: str | None
) -> None:
    kept = _kept(signal="insolvency", severity="critical", value=1, event_on=_days_ago(9),
                 **CLOSED, closed_on=_days_ago(1))  # fmt: skip
    found = judged([Seen("insolvency", 7, value, event_on)], [kept], STEPS, ON)
    assert [one.act for one in found] == ([act] if act else [])


@given(
    st.lists(st.tuples(st.sampled_from(SIGNALS), st.integers(1, 5), st.integers(0, 200)),
             unique_by=lambda one: one[:2], max_size=12),
    st.lists(st.tuples(st.sampled_from(SIGNALS), st.integers(1, 5), st.sampled_from(SEVERITIES),
                       st.sampled_from(["open", "snoozed"])),
             unique_by=lambda one: one[:2], max_size=12),
)  # fmt: skip
def test_a_second_look_finds_nothing_to_do(
    seen: list[tuple[str, int, int]], standing: list[tuple[str, int, str, str]]
) -> None:
    causes = [Seen(signal, customer, value) for signal, customer, value in seen]
    until = ON + timedelta(days=1)
    kept = [
        Kept(n, customer, signal, severity, state, until if state == "snoozed" else None, "", 200,
             1, None, None)
        for n, (signal, customer, severity, state) in enumerate(standing)
    ]  # fmt: skip
    after = {(one.customer_id, one.signal): one for one in kept}
    for n, move in enumerate(judged(causes, kept, SHIPPED, ON), 1_000):
        if move.act == "gone":
            assert move.kept is not None
            del after[(move.kept.customer_id, move.kept.signal)]
            continue
        assert move.seen is not None
        assert move.rule is not None
        key = (move.seen.customer_id, move.seen.signal)
        after[key] = Kept(n, *key, move.rule.severity, "open", None, "", move.seen.value,
                          move.rule.threshold, None, None)  # fmt: skip
    assert judged(causes, list(after.values()), SHIPPED, ON) == []
    reaching = {
        (one.customer_id, one.signal)
        for one in causes
        if reached(SHIPPED, one.signal, one.value) is not None
    }
    assert set(after) == reaching


@pytest.mark.parametrize(
    ("now", "usual", "days"),
    [(None, None, 0), (Decimal(20), None, 0), (Decimal("20.9"), Decimal(10), 10),
     (Decimal(5), Decimal(10), 0)],
)  # fmt: skip
def test_slower_than_usual(now: Decimal | None, usual: Decimal | None, days: int) -> None:
    assert slower_by(now, usual) == days


@pytest.mark.parametrize(
    ("before", "now", "grades"), [(None, 3, 0), (2, None, 0), (2, 4, 2), (4, 2, 0), (3, 3, 0)]
)
def test_a_rating_that_fell(before: int | None, now: int | None, grades: int) -> None:
    assert fell_by(before, now) == grades


@pytest.mark.parametrize(
    ("text", "kind"),
    [("insolvency_opened", "insolvency_opened"), ("Insolvency opened", "insolvency_opened"),
     (" INSOLVENZANTRAG ", "insolvency_petition"), ("Address-change", "address_changed"),
     ("rumour", None), ("", None)],
)  # fmt: skip
def test_kinds_are_known_by_our_words_and_those_of_files(text: str, kind: str | None) -> None:
    assert as_kind(text) == kind


def test_every_kind_is_known_by_its_own_code() -> None:
    assert [as_kind(one) for one in KINDS] == list(KINDS)


@pytest.mark.parametrize(
    ("before", "now", "lower", "kinds"),
    [
        (Reported(), Reported(score=Decimal(50)), False, ()),
        (Reported(score=Decimal(50)), Reported(score=Decimal(40)), False, ("score_fell",)),
        (Reported(score=Decimal(50)), Reported(score=Decimal(60)), False, ("score_rose",)),
        (Reported(score=Decimal(50)), Reported(score=Decimal(60)), True, ("score_fell",)),
        (Reported(), Reported(is_insolvent=True), False, ("insolvency_opened",)),
        (Reported(is_insolvent=True), Reported(is_insolvent=True), False, ()),
        (Reported(is_active=True), Reported(is_active=False), False, ("status_worse",)),
        (Reported(status="active"), Reported(status="dormant"), False, ("status_worse",)),
        (Reported(grade="A"), Reported(grade="B"), False, ("status_worse",)),
        (Reported(grade="A"), Reported(), False, ()),
    ],
)
def test_what_differs_between_two_reports(
    before: Reported,
    now: Reported,
    lower: bool,  # noqa: FBT001 - a column of the table
    kinds: tuple[str, ...],
) -> None:
    assert changes(before, now, lower_is_better=lower) == kinds


def test_the_shipped_rows_are_in_order_and_of_every_signal() -> None:
    assert unordered(SHIPPED) == []
    assert {row.signal for row in SHIPPED} == set(SIGNALS)
    assert set(SIGNALS) > FALLING


def _row(signal: str, threshold: int, severity: str, **more: int) -> dict[str, object]:
    return {"signal": signal, "threshold": threshold, "severity": severity, **more}


@pytest.mark.parametrize(
    ("watch", "code"),
    [
        ([_row("utilisation", 90, "info"), _row("utilisation", 90, "critical")],
         "policy_alerts_order"),
        ([_row("cover_expiring", 7, "info"), _row("cover_expiring", 30, "critical")],
         "policy_alerts_order"),
        ([_row("insolvency", 1, "info", look_back_days=5), _row("insolvency", 2, "critical")],
         "policy_alerts_look_back"),
        ([_row("utilisation", 90, "info"), _row("utilisation", 95, "info")], "policy_code_twice"),
        ([_row("weather", 1, "info")], "policy_field_invalid"),
        ([_row("utilisation", 1, "urgent")], "policy_field_invalid"),
    ],
)  # fmt: skip
def test_rows_that_contradict_each_other_are_refused(
    watch: list[dict[str, object]], code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        parse({**DEFAULT, "alerts": {"watch": watch}}, version=1, valid_from=ON)
    assert refused.value.code == code
