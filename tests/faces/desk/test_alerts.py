"""Alerts at the desk: the list, one alert and what is done with it, news, subscriptions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from creditdesk.credit import queries as credit
from creditdesk.kernel.actor import Actor
from creditdesk.look.tags.figures import money_text
from creditdesk.monitoring.alerts import services as alerts
from creditdesk.monitoring.alerts.models import Delivery, Subscription
from creditdesk.monitoring.alerts.queries import standing
from tests.faces.desk.pages import body, key_of, plain, rows, words
from tests.monitoring.alerts.verbs import acts, alerts_of, load_news
from tests.orders import verbs


@pytest.fixture
def raised(desk: Actor) -> Actor:
    """C-1 owes a quarter more than its limit."""
    verbs.an_invoice(desk, verbs.a_customer(desk, limit=100_000), 125_000)
    alerts.raise_alerts(desk)
    return desk


def _over(desk: Actor) -> int:
    [found] = alerts_of(desk, signal="over_limit")
    return found.id


def test_the_list_has_the_most_pressing_first_and_filters(manager: Client, raised: Actor) -> None:
    over, use = [one for one in rows(manager.get("/alerts/")) if "limit" in one]
    assert over.startswith("More owed than the limit Customer C-1 critical 25 % 20 %")
    assert use.startswith("Use of the limit Customer C-1 for information 125 % 90 %")
    [row] = rows(manager.get("/alerts/?severity=critical"))
    assert row == over
    assert rows(manager.get("/alerts/?state=closed")) == []
    assert "No alert here" in words(manager.get("/alerts/?state=closed"))
    assert rows(manager.get("/alerts/?signal=over_limit&owner=manager&state=every")) == [over]
    exported = body(manager.get("/alerts/?format=csv&severity=critical"))
    assert "C-1,Customer C-1,More owed than the limit,critical,25,20" in exported


def test_one_alert_says_what_raised_it(manager: Client, raised: Actor) -> None:
    page = words(manager.get(f"/alerts/{_over(raised)}"))
    assert "Value 25 % Threshold 20 %" in page
    assert f"Exposure: {plain(money_text(125_000, 'EUR'))}" in page
    assert manager.get("/alerts/999999").status_code == 404


def test_an_alert_is_put_off_and_closed_at_the_desk(manager: Client, raised: Actor) -> None:
    at = f"/alerts/{_over(raised)}"
    until = raised.today + timedelta(days=3)
    done = manager.post(f"{at}/snooze", {"until": until.isoformat()}, follow=True)
    assert "The alert is put off" in words(done)
    past = manager.post(f"{at}/snooze", {"until": raised.today.isoformat()}, follow=True)
    assert "An alert is put off until a later day" in words(past)
    key = key_of(manager, at)
    closing = {"outcome": "limit_raised", "note": "grows", "key": key}
    for _ in range(2):  # a double click
        assert manager.post(f"{at}/close", closing).status_code == 303
    assert acts(raised, _over(raised)) == ["raised", "snoozed", "closed"]
    page = words(manager.get(at))
    assert "Limit raised" in page
    assert "grows" in page
    assert "Close the alert" not in page


def test_the_customer_s_page_and_the_morning_show_what_stands(
    manager: Client, raised: Actor
) -> None:
    page = words(manager.get("/customers/C-1/"))
    assert "More owed than the limit 25 % · critical" in page
    morning = words(manager.get("/"))
    assert "1 critical alert is open" in morning
    alerts.close(raised, _over(raised), outcome="other", note="x")
    assert "critical alert is open" not in words(manager.get("/"))


def test_a_person_says_whom_news_are_about(manager: Client, desk: Actor) -> None:
    customer = verbs.a_customer(desk)
    load_news(desk, [";;;Customer C-1;16.03.2026;insolvency;gazette;1 IN 2/26"])
    assert "1 news item may be about a customer." in words(manager.get("/alerts/"))
    page = words(manager.get("/alerts/news/"))
    assert "Insolvency opened · gazette · 1 IN 2/26" in page
    assert "It is C-1 Customer C-1" in page
    [waiting] = standing.news_waiting(desk.company_id)
    unknown = manager.post(f"/alerts/news/{waiting.id}", {"customer": "C-9"})
    assert unknown.status_code == 404
    manager.post(f"/alerts/news/{waiting.id}", {"customer": "C-1"})
    assert set(credit.blocks(desk.company_id)) == {customer}
    assert "No news wait" in words(manager.get("/alerts/news/"))
    [alert] = alerts_of(desk)
    assert "1 IN 2/26" in words(manager.get(f"/alerts/{alert.id}"))


def test_a_subscription_begins_shows_what_it_says_and_ends(manager: Client, raised: Actor) -> None:
    form = {"channel": "hook", "severity": "warning", "signal": ["over_limit", "insolvency"],
            "customers": "C-1", "url": "https://example.com/x"}  # fmt: skip
    page = words(manager.post("/alerts/subscriptions/", form))
    made = Subscription.objects.get()
    key = alerts.key_of(raised, made.id) or "none"
    assert f"It is shown this once: {key}" in page
    assert key not in words(manager.get("/alerts/subscriptions/"))
    assert (made.signals, made.severity, len(made.customer_ids)) == (
        ["over_limit", "insolvency"], "warning", 1,
    )  # fmt: skip
    own = words(manager.get(f"/alerts/subscriptions/{made.id}"))
    assert '"event":' in own.replace("&quot;", '"')
    assert key not in own
    assert Delivery.objects.count() == 0
    manager.post(f"/alerts/subscriptions/{made.id}/end")
    assert "Ended by a person" in words(manager.get("/alerts/subscriptions/"))


@pytest.mark.parametrize(
    ("change", "said"),
    [({"url": "http://example.com/"}, "does not begin with https://"),
     ({"customers": "C-9"}, "One of the numbers is no customer's"),
     ({"severity": "urgent"}, "A subscription cannot be like that")],
)  # fmt: skip
def test_what_cannot_be_subscribed_to_is_said_beside_the_form(
    manager: Client, desk: Actor, change: dict[str, str], said: str
) -> None:
    form = {"channel": "hook", "severity": "info", "url": "https://example.com/", **change}
    answer = manager.post("/alerts/subscriptions/", form)
    assert answer.status_code == 422
    assert said in words(answer).replace("’", "'")
    assert Subscription.objects.count() == 0
