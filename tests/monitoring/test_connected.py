"""A rating that fell, a payer slower than its norm and a returned payment raise alerts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from creditdesk.cash import services as cash
from creditdesk.kernel.actor import Actor
from creditdesk.monitoring.alerts import services as alerts
from creditdesk.monitoring.alerts.queries import standing
from creditdesk.monitoring.ratings import queries
from creditdesk.monitoring.ratings import services as ratings
from creditdesk.plumbing import sql
from tests.cash import stage
from tests.cash.stage import PAID, Paid
from tests.cash.test_returns import IBAN
from tests.monitoring.alerts.verbs import alerts_of, shown
from tests.monitoring.stage import billed, settled
from tests.orders.verbs import a_customer


def later(actor: Actor, days: int) -> Actor:
    then = actor.at + timedelta(days=days)
    return replace(actor, today=actor.today + timedelta(days=days), at=then)


def signals(actor: Actor) -> dict[str, int]:
    ours = ("rating_fell", "slower_than_usual")
    return {signal: value for signal, _, _, value in shown(actor) if signal in ours}


def test_an_unpaid_invoice_that_ages_lowers_the_rating_and_raises_an_alert(desk: Actor) -> None:
    customer = a_customer(desk)
    for due_ago in (60, 80, 100):
        settled(desk, customer, due_ago=due_ago, late=1)
    billed(desk, customer, late=0, minor=90_000)
    assert ratings.rate_payers(desk).kept == 1
    alerts.raise_alerts(desk)
    assert signals(desk) == {}
    soon = later(desk, 20)
    assert ratings.rate_payers(soon).worse == 1
    [change] = queries.changes(desk.company_id, soon.today)
    assert (change.customer_id, change.grade_before, change.changed_on) == (
        customer, "A", soon.today,
    )  # fmt: skip
    alerts.raise_alerts(soon)
    assert signals(soon)["rating_fell"] == "ABCDE".index(change.grade_now)
    assert queries.changes(desk.company_id, later(soon, 36).today) == []


def test_a_payer_slower_than_its_norm_is_told_with_both_norms(desk: Actor) -> None:
    customer = a_customer(desk)
    for due_ago in (300, 280, 260, 240, 220, 200):
        settled(desk, customer, due_ago=due_ago, late=2)
    for due_ago in (60, 55, 50, 45):
        settled(desk, customer, due_ago=due_ago, late=30)
    ratings.rate_payers(desk)
    [change] = queries.changes(desk.company_id, desk.today)
    assert (change.days_usual, change.days_now) == (2, 30)
    assert (change.grade_before, change.changed_on) == ("", None)
    alerts.raise_alerts(desk)
    assert signals(desk) == {"slower_than_usual": 28}


def test_a_payment_that_comes_back_opens_its_item_and_raises_an_alert(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    item = stage.invoice(desk, acorn, "INV-1", 10_000)
    payment = stage.paid(desk, 10_000, "INV-1 thanks", iban=IBAN)
    cash.match(desk)
    alerts.raise_alerts(desk)
    assert (stage.open_minor(item), alerts_of(desk, signal="returned_payments")) == (0, [])
    came_back = Paid(minor=-10_000, text="RETOURE INV-1", iban=IBAN, on=PAID + timedelta(days=3))
    stage.take_in(desk, came_back, name="back.csv")
    cash.match(desk)
    alerts.raise_alerts(desk)
    assert stage.open_minor(item) == 10_000
    [alert] = alerts_of(desk, signal="returned_payments")
    assert (alert.customer_id, alert.value) == (acorn, 1)
    reference = sql.scalar("SELECT reference FROM cash_payment WHERE id = %s", [payment])
    assert reference in str(standing.steps(desk.company_id, alert.id))
