"""News are tied by what identifies, proposed by a name, kept once, and stop the insolvent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from creditdesk.assessment.evidence import services as evidence
from creditdesk.assessment.evidence.rules.readings import Facts
from creditdesk.contact import queries as contact
from creditdesk.contact import services as contact_services
from creditdesk.credit import queries as credit
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.monitoring.alerts import services as alerts
from creditdesk.monitoring.alerts.models import News
from creditdesk.monitoring.alerts.queries import standing
from creditdesk.monitoring.alerts.services import Raised
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.monitoring.alerts.verbs import alerts_of, load_news, shown
from tests.orders.verbs import EARLY, a_customer, an_order

VAT, LEI = "DE136695976", "529900T8BM49AURSDO55"
On = Callable[[date], Actor]


def _named(desk: Actor, number: str, name: str, **known: str) -> int:
    new = NewCustomer(number=number, name=name, currency="EUR", **known)  # type: ignore[arg-type]
    [customer_id] = customers.create(desk, new=[new])
    return customer_id


def test_an_insolvency_raises_blocks_and_stops_reminders(desk: Actor) -> None:
    customer = a_customer(desk)
    row = "C-1;;;;16.03.2026;Insolvenzeröffnung;Amtsgericht Leipzig;1 IN 1/26"
    assert load_news(desk, [row]) == (1, 0, 0)
    [alert] = alerts_of(desk)
    assert (alert.signal, alert.severity, alert.owner, alert.customer_id, alert.event_on) == (
        "insolvency", "critical", "analyst", customer, desk.today,
    )  # fmt: skip
    assert credit.blocks(desk.company_id)[customer].reason == "insolvency"
    assert an_order(desk).outcome == "held"
    [hold] = contact.live_holds(desk.company_id, [customer], on=desk.today)
    assert (hold.kind, hold.source) == ("manual", f"manual:insolvency:{customer}")
    [told] = standing.news(desk.company_id, [News.objects.get().id])
    assert (told.kind, told.source, told.text, told.matched_by) == (
        "insolvency_opened", "Amtsgericht Leipzig", "1 IN 1/26", "number",
    )  # fmt: skip
    # The day sees the same cause and raises nothing more; a person may let reminders go again.
    assert alerts.raise_alerts(desk) == Raised()
    contact_services.release(desk, hold.source)


def test_policy_says_whether_an_insolvency_stops_anything(desk: Actor) -> None:
    quiet = {"insolvency_blocks": False, "insolvency_stops_contact": False}
    policy.publish(desk, given={**DEFAULT, "alerts": quiet}, valid_from=EARLY + timedelta(days=1))
    customer = a_customer(desk)
    load_news(desk, ["C-1;;;;16.03.2026;petition;;"])
    assert shown(desk) == [("insolvency", "critical", "open", 1)]
    assert credit.blocks(desk.company_id) == {}
    assert contact.live_holds(desk.company_id, [customer], on=desk.today) == []


def test_news_older_than_policy_looks_back_stop_nobody(desk: Actor) -> None:
    a_customer(desk)
    assert load_news(desk, ["C-1;;;;16.03.2020;insolvency;;"]) == (1, 0, 0)
    assert (shown(desk), credit.blocks(desk.company_id)) == ([], {})


def test_the_end_of_an_insolvency_closes_the_alert_and_lifts_no_block(desk: Actor) -> None:
    customer = a_customer(desk)
    load_news(desk, ["C-1;;;;01.03.2026;insolvency;;"])
    load_news(desk, ["C-1;;;;10.03.2026;insolvency ended;;"])
    [alert] = alerts_of(desk)
    assert (alert.state, alert.outcome) == ("closed", "cause_gone")
    assert set(credit.blocks(desk.company_id)) == {customer}


@pytest.mark.parametrize(
    ("row", "by"),
    [
        (";DE 136 695 976;;;16.03.2026;address;;", "vat"),
        (f";;{LEI.lower()};;16.03.2026;address;;", "register"),
        ("C-1;;;Somebody Else;16.03.2026;address;;", "number"),
    ],
)
def test_what_identifies_ties(desk: Actor, row: str, by: str) -> None:
    customer = _named(desk, "C-1", "Acorn Foods", vat_number=VAT, lei=LEI)
    _named(desk, "C-2", "Somebody Else")
    assert load_news(desk, [row]) == (1, 0, 0)
    kept = News.objects.get()
    assert (kept.customer_id, kept.matched_by, kept.state) == (customer, by, "tied")


def test_a_name_only_proposes_and_a_person_says_whom(desk: Actor) -> None:
    first = _named(desk, "C-1", "Müller & Söhne GmbH")
    second = _named(desk, "C-2", "Mueller Soehne")
    load_news(desk, [";;;MUELLER + SOEHNE GMBH;16.03.2026;insolvency;gazette;"])
    [waiting] = standing.news_waiting(desk.company_id)
    assert waiting.proposed == (first, second)
    assert (shown(desk), credit.blocks(desk.company_id)) == ([], {})
    alerts.tie(desk, waiting.id, second)
    assert standing.news_waiting(desk.company_id) == []
    assert [one.customer_id for one in alerts_of(desk)] == [second]
    assert set(credit.blocks(desk.company_id)) == {second}
    for again in (
        lambda: alerts.tie(desk, waiting.id, first),
        lambda: alerts.dismiss(desk, waiting.id),
    ):
        with pytest.raises(Conflict) as refused:
            again()
        assert refused.value.code == "news_settled"
    assert News.objects.get().customer_id == second


def test_news_about_none_of_ours_are_dismissed_and_kept(desk: Actor) -> None:
    _named(desk, "C-1", "Acorn")
    load_news(desk, [";;;Acorn Ltd;16.03.2026;insolvency;;"])
    [waiting] = standing.news_waiting(desk.company_id)
    alerts.dismiss(desk, waiting.id)
    assert News.objects.get().state == "dismissed"
    assert (shown(desk), credit.blocks(desk.company_id)) == ([], {})


def test_the_same_row_again_is_known(desk: Actor) -> None:
    a_customer(desk)
    row = "C-1;;;;16.03.2026;score_fell;Oakbureau;212"
    assert load_news(desk, [row, row]) == (1, 1, 0)
    assert load_news(desk, [row, row.replace("212", "300")]) == (1, 1, 0)
    assert shown(desk) == [("bureau_change", "warning", "open", 2)]


def test_what_cannot_stand_is_given_back(desk: Actor) -> None:
    a_customer(desk)
    rows = [
        "C-9;;;;16.03.2026;insolvency;;",
        ";;;Nobody Known;16.03.2026;insolvency;;",
        ";DE999999999;;;16.03.2026;insolvency;;",
        "C-1;;;;17.03.2026;insolvency;;",
        "C-1;;;;16.03.2026;rumour;;",
        "C-1;;;;;insolvency;;",
    ]
    assert load_news(desk, rows) == (0, 0, 6)
    assert (News.objects.count(), shown(desk)) == (0, [])


def _report(desk: Actor, customer: int, on: date, **facts: object) -> None:
    new = evidence.NewReport(
        subject=evidence.Subject(customer_id=customer),
        facts=Facts(source="Oakbureau", **facts),  # type: ignore[arg-type]
        identifier="1", answer="{}", request={}, reported_on=on,
    )  # fmt: skip
    evidence.keep_reports(desk, [new])


def test_a_newer_report_that_says_worse_raises_an_alert(desk: Actor) -> None:
    customer, today = a_customer(desk), desk.today
    _report(desk, customer, today - timedelta(days=9), score=Decimal(80), status="active")
    assert shown(desk) == []
    _report(desk, customer, today - timedelta(days=5), score=Decimal(80), status="active")
    assert shown(desk) == []
    _report(desk, customer, today, score=Decimal(60), status="active")
    assert shown(desk) == [("bureau_change", "warning", "open", 1)]
    [told] = standing.news(desk.company_id, [News.objects.get().id])
    assert (told.kind, told.source, told.text) == ("score_fell", "Oakbureau", "80 → 60")
    # An older one that comes late says nothing new.
    _report(desk, customer, today - timedelta(days=7), score=Decimal(90))
    assert News.objects.count() == 1


def test_a_report_of_an_insolvency_counts_without_one_before(desk: Actor) -> None:
    customer = a_customer(desk)
    _report(desk, customer, desk.today, is_insolvent=True)
    assert shown(desk) == [("insolvency", "critical", "open", 1)]
    assert set(credit.blocks(desk.company_id)) == {customer}


def test_of_bureaus_that_count_the_other_way_a_higher_score_is_worse(desk: Actor) -> None:
    given = {"lower_is_better": ["oakbureau"]}
    policy.publish(desk, given={**DEFAULT, "alerts": given}, valid_from=EARLY + timedelta(days=1))
    customer = a_customer(desk)
    _report(desk, customer, desk.today - timedelta(days=1), score=Decimal(200))
    _report(desk, customer, desk.today, score=Decimal(300))
    assert News.objects.get().kind == "score_fell"
