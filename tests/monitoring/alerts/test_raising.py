"""The day raises what policy watches, once; what gets worse comes back; what is gone closes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from creditdesk.collections.models import Promise
from creditdesk.credit import services as credit
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.monitoring.alerts import services as alerts
from creditdesk.monitoring.alerts.models import Alert, AlertStep
from creditdesk.monitoring.alerts.queries import standing
from creditdesk.monitoring.alerts.services import Raised
from tests.monitoring.alerts.verbs import acts, alerts_of, shown
from tests.orders.verbs import a_customer, an_invoice

On = Callable[[date], Actor]


def test_nothing_to_see_raises_nothing(desk: Actor) -> None:
    a_customer(desk)
    assert alerts.raise_alerts(desk) == Raised()
    assert shown(desk) == []


def test_use_of_the_limit_is_seen_from_the_percent_on(desk: Actor) -> None:
    near = a_customer(desk, "C-1", limit=100_000)
    far = a_customer(desk, "C-2", limit=100_000)
    an_invoice(desk, near, 90_000, number="A")
    an_invoice(desk, far, 89_999, number="B")
    assert alerts.raise_alerts(desk) == Raised(raised=1)
    [found] = alerts_of(desk)
    assert (found.customer_id, found.signal, found.severity, found.owner, found.value,
            found.threshold, found.raised_on) == (
        near, "utilisation", "info", "analyst", 90, 90, desk.today,
    )  # fmt: skip
    [step] = standing.steps(desk.company_id, found.id)
    assert step.facts == {"exposure": ["EUR", 90_000], "limit": ["EUR", 100_000]}
    assert (step.policy_version, step.recorded_by) == (1, "test")


def test_the_same_look_again_changes_nothing(desk: Actor) -> None:
    an_invoice(desk, a_customer(desk), 130_000)
    assert alerts.raise_alerts(desk) == Raised(raised=2)
    before = (list(Alert.objects.values()), AlertStep.objects.count())
    assert alerts.raise_alerts(desk) == Raised()
    assert (list(Alert.objects.values()), AlertStep.objects.count()) == before


def test_more_than_the_limit_is_critical_from_a_fifth_on(desk: Actor) -> None:
    customer = a_customer(desk, limit=100_000)
    an_invoice(desk, customer, 100_001, number="A")
    alerts.raise_alerts(desk)
    assert shown(desk) == [
        ("over_limit", "warning", "open", 1),
        ("utilisation", "info", "open", 100),
    ]
    an_invoice(desk, customer, 20_000, number="B")
    assert alerts.raise_alerts(desk) == Raised(worsened=1)
    assert ("over_limit", "critical", "open", 20) in shown(desk)


def test_a_limit_of_nothing_is_over_with_the_first_cent(desk: Actor) -> None:
    an_invoice(desk, a_customer(desk, limit=0), 1)
    alerts.raise_alerts(desk)
    assert shown(desk) == [
        ("over_limit", "critical", "open", 9_999), ("utilisation", "info", "open", 9_999),
    ]  # fmt: skip


def test_a_cause_that_is_gone_closes_its_alert_and_says_so(desk: Actor) -> None:
    customer = a_customer(desk, limit=100_000)
    an_invoice(desk, customer, 95_000)
    alerts.raise_alerts(desk)
    credit.set_limit(desk, customer, minor=200_000, currency="EUR", valid_from=desk.today)
    assert alerts.raise_alerts(desk) == Raised(gone=1)
    [found] = alerts_of(desk)
    assert (found.state, found.outcome, found.closed_on) == ("closed", "cause_gone", desk.today)
    assert acts(desk, found.id) == ["raised", "gone"]


def test_a_cause_that_comes_back_within_the_quiet_days_opens_the_same_alert(
    desk: Actor, on: On
) -> None:
    customer = a_customer(desk, limit=100_000)
    an_invoice(desk, customer, 95_000, due_on=date(2026, 5, 1))
    alerts.raise_alerts(desk)
    credit.set_limit(desk, customer, minor=200_000, currency="EUR", valid_from=desk.today)
    alerts.raise_alerts(desk)
    later = on(desk.today + timedelta(days=13))
    credit.set_limit(later, customer, minor=100_000, currency="EUR", valid_from=later.today)
    assert alerts.raise_alerts(later) == Raised(came_back=1)
    [found] = alerts_of(desk, signal="utilisation")
    assert acts(desk, found.id) == ["raised", "gone", "came_back"]
    assert (found.state, found.outcome, found.closed_on) == ("open", "", None)


def test_what_was_closed_stays_quiet_and_is_raised_anew_after(desk: Actor, on: On) -> None:
    an_invoice(desk, a_customer(desk, limit=100_000), 95_000, due_on=date(2026, 5, 1))
    alerts.raise_alerts(desk)
    [found] = alerts_of(desk)
    alerts.close(desk, found.id, outcome="no_action", note="known")
    assert alerts.raise_alerts(desk) == Raised()
    assert alerts.raise_alerts(on(desk.today + timedelta(days=13))) == Raised()
    assert alerts.raise_alerts(on(desk.today + timedelta(days=14))) == Raised(raised=1)
    assert shown(desk) == [
        ("utilisation", "info", "closed", 95), ("utilisation", "info", "open", 95),
    ]  # fmt: skip


def test_what_was_closed_opens_again_when_it_gets_worse(desk: Actor) -> None:
    customer = a_customer(desk, limit=100_000)
    an_invoice(desk, customer, 101_000, number="A")
    alerts.raise_alerts(desk)
    [found] = alerts_of(desk, signal="over_limit")
    alerts.close(desk, found.id, outcome="contacted", note="pays tomorrow")
    an_invoice(desk, customer, 20_000, number="B")
    assert alerts.raise_alerts(desk) == Raised(reopened=1)
    [found] = alerts_of(desk, signal="over_limit")
    assert (found.state, found.severity, found.outcome) == ("open", "critical", "")
    assert acts(desk, found.id) == ["raised", "closed", "reopened"]


def test_what_is_put_off_comes_back_by_itself(desk: Actor, on: On) -> None:
    an_invoice(desk, a_customer(desk, limit=100_000), 95_000, due_on=date(2026, 5, 1))
    alerts.raise_alerts(desk)
    [found] = alerts_of(desk)
    alerts.snooze(desk, found.id, until=desk.today + timedelta(days=3), note="waits")
    assert shown(desk) == [("utilisation", "info", "snoozed", 95)]
    assert alerts.raise_alerts(on(desk.today + timedelta(days=2))) == Raised()
    assert alerts.raise_alerts(on(desk.today + timedelta(days=3))) == Raised(woke=1)
    assert acts(desk, found.id) == ["raised", "snoozed", "woke"]


def test_what_is_put_off_comes_back_when_it_gets_worse(desk: Actor) -> None:
    customer = a_customer(desk, limit=100_000)
    an_invoice(desk, customer, 101_000, number="A")
    alerts.raise_alerts(desk)
    [found] = alerts_of(desk, signal="over_limit")
    alerts.snooze(desk, found.id, until=desk.today + timedelta(days=30))
    an_invoice(desk, customer, 20_000, number="B")
    assert alerts.raise_alerts(desk) == Raised(worsened=1)
    assert standing.alert(desk.company_id, found.id).state == "open"


def test_an_old_item_is_seen_by_the_days_and_by_its_share(desk: Actor) -> None:
    customer = a_customer(desk, limit=None)
    an_invoice(desk, customer, 60_000, number="A", due_on=desk.today - timedelta(days=60))
    an_invoice(desk, customer, 40_000, number="B", due_on=desk.today + timedelta(days=5))
    alerts.raise_alerts(desk)
    assert shown(desk) == [
        ("oldest_overdue", "warning", "open", 60), ("overdue_share", "warning", "open", 60),
    ]  # fmt: skip


def test_a_day_less_or_a_cent_less_is_not_seen(desk: Actor) -> None:
    customer = a_customer(desk, limit=None)
    an_invoice(desk, customer, 59_999, number="A", due_on=desk.today - timedelta(days=59))
    an_invoice(desk, customer, 40_001, number="B", due_on=desk.today + timedelta(days=5))
    assert alerts.raise_alerts(desk) == Raised()


def test_the_share_is_of_all_currencies_at_the_rate_of_the_day(desk: Actor) -> None:
    customer = a_customer(desk, limit=None)
    late = desk.today - timedelta(days=1)
    an_invoice(desk, customer, 75_000, number="A", due_on=late, currency="USD")  # EUR 600.00
    an_invoice(desk, customer, 40_000, number="B", due_on=desk.today)
    alerts.raise_alerts(desk)
    assert shown(desk) == [("overdue_share", "warning", "open", 60)]


def _broken(desk: Actor, customer: int, reference: str, judged_on: date) -> None:
    Promise.objects.create(
        company_id=desk.company_id, reference=reference, customer_id=customer, currency="EUR",
        minor=100, promised_on=judged_on, due_on=judged_on, status="broken", judged_on=judged_on,
        recorded_at=desk.at, recorded_by="test",
    )  # fmt: skip


def test_broken_promises_are_counted_within_the_window(desk: Actor, on: On) -> None:
    customer = a_customer(desk)
    _broken(desk, customer, "P-1", desk.today - timedelta(days=90))
    _broken(desk, customer, "P-2", desk.today - timedelta(days=89))
    assert alerts.raise_alerts(desk) == Raised()
    _broken(desk, customer, "P-3", desk.today)
    assert alerts.raise_alerts(desk) == Raised(raised=1)
    [found] = alerts_of(desk)
    assert (found.signal, found.owner, found.value, found.event_on) == (
        "broken_promises", "collector", 2, desk.today,
    )  # fmt: skip
    [step] = standing.steps(desk.company_id, found.id)
    assert step.facts == {"promises": ["P-2", "P-3"]}
    alerts.close(desk, found.id, outcome="contacted", note="told them")
    # The same two promises are no new cause, however long ago it was closed.
    later = on(desk.today + timedelta(days=20))
    _broken(later, customer, "P-4", later.today)
    assert alerts.raise_alerts(later) == Raised(raised=1)
    alerts.raise_alerts(later)
    assert len(alerts_of(desk)) == 2


def test_events_that_were_dealt_with_are_no_new_cause(desk: Actor, on: On) -> None:
    customer = a_customer(desk)
    _broken(desk, customer, "P-1", desk.today)
    _broken(desk, customer, "P-2", desk.today)
    alerts.raise_alerts(desk)
    [found] = alerts_of(desk)
    alerts.close(desk, found.id, outcome="no_action", note="seen")
    for days in (1, 14, 40, 89, 91):
        assert alerts.raise_alerts(on(desk.today + timedelta(days=days))) == Raised()


def test_a_cover_about_to_end_is_seen_from_both_steps(desk: Actor, on: On) -> None:
    customer = a_customer(desk)
    ends = desk.today + timedelta(days=30)
    credit.add_guarantee(
        desk,
        credit.NewGuarantee(
            customer_id=customer, kind="bank", guarantor="Oak Bank", currency="EUR", minor=10_000,
            valid_from=desk.today, valid_to=ends,
        ),
    )  # fmt: skip
    assert alerts.raise_alerts(on(desk.today - timedelta(days=1))) == Raised()
    assert alerts.raise_alerts(desk) == Raised(raised=1)
    assert shown(desk) == [("cover_expiring", "info", "open", 30)]
    assert alerts.raise_alerts(on(ends - timedelta(days=7))) == Raised(worsened=1)
    assert alerts.raise_alerts(on(ends + timedelta(days=1))) == Raised(gone=1)


def test_what_a_person_does_is_kept_with_its_reason(desk: Actor) -> None:
    an_invoice(desk, a_customer(desk, limit=100_000), 95_000)
    alerts.raise_alerts(desk)
    [found] = alerts_of(desk)
    alerts.close(desk, found.id, outcome="limit_raised", note="  grows with us ")
    [step, _] = standing.steps(desk.company_id, found.id)
    assert (step.act, step.outcome, step.note, step.value) == (
        "closed", "limit_raised", "grows with us", 95,
    )  # fmt: skip
    for again in (
        lambda: alerts.close(desk, found.id, outcome="other", note="again"),
        lambda: alerts.snooze(desk, found.id, until=desk.today + timedelta(days=1)),
        lambda: alerts.assign(desk, found.id, user_id=None),
    ):
        with pytest.raises(Conflict) as refused:
            again()
        assert refused.value.code == "alert_closed"
    assert acts(desk, found.id) == ["raised", "closed"]


@pytest.mark.parametrize(
    ("outcome", "note", "code"),
    [("gone", "x", "outcome_unknown"), ("cause_gone", "x", "outcome_unknown"),
     ("no_action", "  ", "reason_missing")],
)  # fmt: skip
def test_an_end_without_outcome_or_reason_is_refused(
    desk: Actor, outcome: str, note: str, code: str
) -> None:
    an_invoice(desk, a_customer(desk, limit=100_000), 95_000)
    alerts.raise_alerts(desk)
    [found] = alerts_of(desk)
    with pytest.raises(Invalid) as refused:
        alerts.close(desk, found.id, outcome=outcome, note=note)
    assert refused.value.code == code
    assert acts(desk, found.id) == ["raised"]


@pytest.mark.parametrize("days", [-1, 0, 366])
def test_an_alert_is_put_off_to_a_later_day_only(desk: Actor, days: int) -> None:
    an_invoice(desk, a_customer(desk, limit=100_000), 95_000)
    alerts.raise_alerts(desk)
    [found] = alerts_of(desk)
    with pytest.raises(Invalid) as refused:
        alerts.snooze(desk, found.id, until=desk.today + timedelta(days=days))
    assert refused.value.code == "snooze_day_unfit"
    assert acts(desk, found.id) == ["raised"]


def test_another_company_s_alert_is_unknown(desk: Actor, actor_of: Callable[..., Actor]) -> None:
    an_invoice(desk, a_customer(desk, limit=100_000), 95_000)
    alerts.raise_alerts(desk)
    [found] = alerts_of(desk)
    with pytest.raises(NotFound) as unknown:
        alerts.close(actor_of(desk.company_id + 1), found.id, outcome="other", note="x")
    assert unknown.value.code == "alert_unknown"


def test_who_may_not_is_told_so(desk: Actor, actor_of: Callable[..., Actor]) -> None:
    an_invoice(desk, a_customer(desk, limit=100_000), 95_000)
    alerts.raise_alerts(desk)
    [found] = alerts_of(desk)
    with pytest.raises(Refused) as refused:
        alerts.close(actor_of(desk.company_id, role="auditor"), found.id, outcome="other", note="x")
    assert refused.value.code == "not_permitted"
    assert acts(desk, found.id) == ["raised"]
