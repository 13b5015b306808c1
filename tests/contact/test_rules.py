from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.contact.rules import (
    BankFact,
    Facts,
    HoldFact,
    Intent,
    IntentItem,
    Reason,
    StaleAccount,
    judge,
)
from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.policy.rules import ContactRules

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 16, 10, 0, tzinfo=BERLIN)
CALENDAR = BusinessCalendar(holidays=frozenset({date(2026, 4, 3)}))
RULES = ContactRules()
FRESH = BankFact(date(2026, 3, 13))
STALE = BankFact(date(2026, 3, 13), (StaleAccount("DE02", date(2026, 3, 11)),))
REMINDER = Intent(
    customer_id=1,
    channel="email",
    purpose="collection",
    recipient="ann@example.com",
    step="reminder",
    items=(IntentItem(11, 10_000, "reminder"), IntentItem(12, 5_000)),
)
KNOWN = Facts(bank=FRESH)


def failed(intent: Intent, facts: Facts, at: datetime = MONDAY, **rules: Any) -> list[Reason]:
    verdict = judge(intent, facts, replace(RULES, **rules), at, CALENDAR)
    assert verdict.allowed == (
        not [r for r in verdict.failed if r.code != "items" or intent.is_written]
    )
    return list(verdict.failed)


def test_everything_in_order_is_a_check_list_of_passed_reasons() -> None:
    verdict = judge(REMINDER, KNOWN, RULES, MONDAY, CALENDAR)
    assert verdict.allowed
    assert verdict.item_ids == (11, 12)
    assert [reason.code for reason in verdict.reasons] == [
        "address", "hours", "business_day", "consent", "customer_hold", "items", "items_left",
        "minimum", "new_step", "pause", "bank_fresh",
    ]  # fmt: skip
    assert all(reason.is_passed for reason in verdict.reasons)


@pytest.mark.parametrize(
    ("changed", "facts", "at", "code", "params"),
    [
        ({"recipient": ""}, KNOWN, MONDAY, "address", {"channel": "email"}),
        (
            {}, KNOWN, MONDAY.replace(hour=7, minute=59), "hours",
            {"at": "07:59", "earliest": "08:00", "latest": "18:00", "zone": "Europe/Berlin"},
        ),
        (
            {}, KNOWN, MONDAY.replace(hour=18), "hours",
            {"at": "18:00", "earliest": "08:00", "latest": "18:00", "zone": "Europe/Berlin"},
        ),
        ({}, KNOWN, MONDAY.replace(day=15), "business_day", {"on": "2026-03-15"}),
        ({}, KNOWN, MONDAY.replace(month=4, day=3), "business_day", {"on": "2026-04-03"}),
        (
            {}, replace(KNOWN, opted_in=False), MONDAY, "consent",
            {"purpose": "collection", "channel": "email"},
        ),
        (
            {}, replace(KNOWN, holds=(HoldFact("unapplied_money", "payment:9"),)), MONDAY,
            "customer_hold", {"kinds": ["unapplied_money"], "sources": ["payment:9"]},
        ),
        (
            {}, replace(KNOWN, holds=(HoldFact("unhandled_reply", "reply:1"),)), MONDAY,
            "customer_hold", {"kinds": ["unhandled_reply"], "sources": ["reply:1"]},
        ),
        (
            {}, replace(KNOWN, holds=(HoldFact("manual", "manual:1"),)), MONDAY,
            "customer_hold", {"kinds": ["manual"], "sources": ["manual:1"]},
        ),
        (
            {"items": (IntentItem(11, 499, "reminder"),)}, KNOWN, MONDAY, "minimum",
            {"open_minor": 499, "minimum_minor": 500},
        ),
        (
            {}, replace(KNOWN, steps_taken=frozenset({(11, "reminder")})), MONDAY, "new_step",
            {"step": "reminder"},
        ),
        (
            {}, replace(KNOWN, last_message_on=date(2026, 3, 10)), MONDAY, "pause",
            {"days": 6, "days_between": 7, "last_message_on": "2026-03-10"},
        ),
        (
            {}, replace(KNOWN, bank=STALE), MONDAY, "bank_fresh",
            {"required_on": "2026-03-13", "accounts": ["DE02"]},
        ),
        ({}, replace(KNOWN, bank=None), MONDAY, "bank_fresh", {"accounts": []}),
    ],
)  # fmt: skip
def test_each_check_fails_alone_with_its_figures(
    changed: dict[str, Any], facts: Facts, at: datetime, code: str, params: dict[str, Any]
) -> None:
    [reason] = failed(replace(REMINDER, **changed), facts, at)
    assert (reason.code, dict(reason.params)) == (code, params)


@pytest.mark.parametrize("kind", ["dispute", "promise", "plan"])
def test_a_held_item_drops_out_and_the_rest_goes(kind: str) -> None:
    facts = replace(KNOWN, holds=(HoldFact(kind, f"{kind}:1", item_id=12),))
    verdict = judge(REMINDER, facts, RULES, MONDAY, CALENDAR)
    assert verdict.allowed
    assert verdict.item_ids == (11,)
    assert verdict.failed == (Reason("items", False, {"cause": kind, "item_ids": [12]}),)


def test_when_nothing_is_left_the_message_is_refused() -> None:
    holds = (HoldFact("dispute", "dispute:1", 11), HoldFact("promise", "promise:1", 12))
    codes = [reason.code for reason in failed(REMINDER, replace(KNOWN, holds=holds))]
    assert codes == ["items", "items", "items_left", "new_step"]


@pytest.mark.parametrize(
    ("now_open", "cause"),
    [
        ({11: 10_000}, "paid"),
        ({11: 10_000, 12: 0}, "paid"),
        ({11: 10_000, 12: 4_999}, "amount_changed"),
    ],
)
def test_a_paid_or_changed_item_drops_out(now_open: dict[int, int], cause: str) -> None:
    facts = replace(KNOWN, open_minor=now_open)
    [reason] = failed(REMINDER, facts)
    assert reason == Reason("items", False, {"cause": cause, "item_ids": [12]})


def test_a_written_message_cannot_lose_an_item() -> None:
    written = replace(REMINDER, is_written=True)
    facts = replace(KNOWN, open_minor={11: 10_000, 12: 0})
    assert not judge(written, facts, RULES, MONDAY, CALENDAR).allowed
    assert judge(REMINDER, facts, RULES, MONDAY, CALENDAR).allowed


def test_a_message_whose_only_stepping_item_drops_takes_no_step() -> None:
    facts = replace(KNOWN, holds=(HoldFact("dispute", "dispute:1", 11),))
    codes = [reason.code for reason in failed(REMINDER, facts)]
    assert codes == ["items", "new_step"]


@pytest.mark.parametrize("purpose", ["invoice", "statutory", "service"])
def test_an_opt_out_never_stops_an_invoice_a_notice_or_a_service_message(purpose: str) -> None:
    intent = replace(REMINDER, purpose=purpose, items=())
    assert failed(intent, replace(KNOWN, opted_in=False)) == []


@pytest.mark.parametrize("purpose", ["invoice", "statutory"])
def test_invoices_and_notices_leave_at_any_hour_whatever_is_held(purpose: str) -> None:
    facts = Facts(
        opted_in=False,
        holds=(HoldFact("manual", "manual:1"), HoldFact("dispute", "dispute:1", 11)),
        bank=STALE,
        last_message_on=date(2026, 3, 16),
    )
    intent = replace(REMINDER, purpose=purpose)
    sunday_night = datetime(2026, 3, 15, 23, 0, tzinfo=BERLIN)
    verdict = judge(intent, facts, RULES, sunday_night, CALENDAR)
    assert verdict.allowed
    assert verdict.item_ids == (11, 12)


def test_marketing_needs_an_opt_in() -> None:
    intent = replace(REMINDER, purpose="marketing", items=())
    assert [r.code for r in failed(intent, KNOWN)] == ["consent"]
    assert failed(intent, replace(KNOWN, opted_in=True)) == []


def test_a_note_before_the_due_date_is_chasing_too() -> None:
    intent = replace(REMINDER, purpose="service")
    facts = replace(KNOWN, holds=(HoldFact("unapplied_money", "payment:1"),))
    assert [r.code for r in failed(intent, facts)] == ["customer_hold"]


def test_only_the_hour_makes_a_message_wait() -> None:
    early = MONDAY.replace(hour=5)
    assert judge(REMINDER, KNOWN, RULES, early, CALENDAR).waits
    assert not judge(REMINDER, replace(KNOWN, bank=STALE), RULES, early, CALENDAR).waits
    assert not judge(REMINDER, KNOWN, RULES, MONDAY, CALENDAR).waits


def test_the_same_moment_is_another_hour_elsewhere() -> None:
    assert failed(REMINDER, KNOWN) == []
    in_new_york = MONDAY.astimezone(ZoneInfo("America/New_York"))
    assert [reason.code for reason in failed(REMINDER, KNOWN, in_new_york)] == ["hours"]


def test_the_policy_may_switch_checks_off() -> None:
    sunday = MONDAY.replace(day=15)
    facts = replace(KNOWN, bank=None)
    assert failed(REMINDER, facts, sunday, business_days_only=False,
                  bank_import_must_be_fresh=False) == []  # fmt: skip


HOLDS = st.builds(
    HoldFact,
    st.sampled_from(["dispute", "promise", "plan", "unapplied_money", "manual"]),
    st.just("x:1"),
    st.one_of(st.none(), st.integers(1, 6)),
)


@given(
    opens=st.lists(st.integers(1, 5_000), min_size=1, max_size=6),
    holds=st.lists(HOLDS, max_size=4),
    paid=st.sets(st.integers(1, 6)),
    opted_in=st.sampled_from([None, True, False]),
)
def test_nobody_is_chased_for_what_is_held_or_paid(
    opens: list[int], holds: list[HoldFact], paid: set[int], *, opted_in: bool | None
) -> None:
    items = tuple(IntentItem(n, minor, "reminder") for n, minor in enumerate(opens, start=1))
    now_open = {i.item_id: 0 if i.item_id in paid else i.open_minor for i in items}
    facts = Facts(opted_in=opted_in, holds=tuple(holds), open_minor=now_open, bank=FRESH)
    verdict = judge(replace(REMINDER, items=items), facts, RULES, MONDAY, CALENDAR)
    held = {hold.item_id for hold in holds}
    assert not set(verdict.item_ids) & (held | paid)
    if verdict.allowed:
        assert verdict.item_ids
        assert None not in held
        assert opted_in is not False
