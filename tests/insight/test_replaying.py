"""Decisions of every room are made again, and each that was tampered with is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connections

from creditdesk.assessment.cases import services as cases
from creditdesk.assessment.reviews import services as reviews
from creditdesk.assessment.reviews.rules import Deciding
from creditdesk.collections import services as collections
from creditdesk.contact import services as contact
from creditdesk.contact.rules import NewHold
from creditdesk.controls import services as controls
from creditdesk.credit import services as credit
from creditdesk.insight import replaying
from creditdesk.insight.replaying import Replayed
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded
from creditdesk.monitoring.alerts import services as alerts
from creditdesk.monitoring.alerts.models import Alert
from creditdesk.monitoring.ratings import services as ratings
from creditdesk.plumbing import clock
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.assessment.cases import verbs as case_verbs
from tests.assessment.reviews.verbs import proposing
from tests.collections.stage import a_debtor, bank_closed
from tests.contact.stage import a_customer as a_reader
from tests.controls.people import person
from tests.orders.verbs import a_customer, an_invoice, opened
from tests.support.fixtures import TODAY, founded

ABOVE = 10_000_001  # one cent above what one person sets alone


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield


def later(actor: Actor, days: int = 0, minutes: int = 0) -> Actor:
    """The same actor some time later."""
    passed = timedelta(days=days, minutes=minutes)
    return replace(actor, at=actor.at + passed, today=actor.today + timedelta(days=days))


def limited(desk: Actor) -> None:
    """A limit that one person set, and more than that with another's approval."""
    ann, mo = person(desk, "ann", "analyst"), person(desk, "mo", "manager")
    customer = a_customer(desk, "LIM-1", limit=None)
    credit.set_limit(ann, customer, minor=100_000, currency="EUR", valid_from=TODAY)
    with pytest.raises(ApprovalNeeded) as needed:
        credit.set_limit(
            ann, customer, minor=ABOVE, currency="EUR", valid_from=TODAY, reason="grows"
        )
    controls.approve(later(mo, minutes=5), needed.value.reference)


def watched(desk: Actor) -> None:
    """A payer who is rated; an alert that got worse, was closed, and came again weeks later."""
    customer = a_customer(desk, "ALR-1", limit=100_000)
    an_invoice(desk, customer, 100_001, number="ALR-A", due_on=TODAY - timedelta(days=40))
    ratings.rate_payers(desk)
    alerts.raise_alerts(desk)
    an_invoice(desk, customer, 20_000, number="ALR-B")
    alerts.raise_alerts(later(desk, 1))
    for one in Alert.objects.filter(customer_id=customer, signal="over_limit"):
        alerts.close(later(desk, 2), one.id, outcome="contacted", note="called")
    alerts.raise_alerts(later(desk, 30))
    ratings.rate_payers(later(desk, 30))


def reminded(desk: Actor) -> None:
    """A reminder that was sent, the next step some weeks later, and one the gate refused."""
    a_reader(desk, "BANK")
    bank_closed(desk)
    a_debtor(desk, "REM-1", late=10)
    held, _ = a_debtor(desk, "REM-2", late=10)
    contact.place_holds(desk, [NewHold(held, None, "manual", "test:1")])
    collections.run(desk, run_on=desk.today)


def worked(desk: Actor) -> Actor:
    """A company in which each room decided something."""
    limited(desk)
    watched(desk)
    of = case_verbs.applied(desk)
    cases.submit(desk, of.reference)
    cases.decide(desk, of.reference, new=case_verbs.decision())
    row = proposing(desk, "REV-1")
    reviews.decide(desk, row.reference, new=Deciding(choice="accept", reason="as proposed"))
    reminded(desk)
    return desk


# What is changed where, by the owner of the database past every trigger, and what is then named.
CORRUPTIONS = [
    ("credit_limit", "approved_by = ''", "approved_by <> ''", "limit of LIM-1"),
    ("credit_limit", f"minor = {ABOVE}", "minor = 100000 AND {of_lim}", "limit of LIM-1"),
    ("credit_limit", "policy_version = 99", "minor = 100000 AND {of_lim}", "limit of LIM-1"),
    ("credit_limit", "minor = minor + 1", "reason LIKE 'APP%'", "application APP-"),
    ("monitoring_payerrating", "grade = 'A'", "grade = 'E'", "rating of ALR-1"),
    ("monitoring_payerrating", "days = 1.5", "grade = 'E'", "rating of ALR-1"),
    (
        "monitoring_payerrating",
        "inputs = jsonb_set(inputs, '{behaviour,paid_minor}', '9999999')",
        "grade = 'E'",
        "rating of ALR-1",
    ),
    ("monitoring_alertstep", "value = 19", "act = 'worsened'", "alert over_limit of ALR-1"),
    ("monitoring_alertstep", "severity = 'info'", "act = 'worsened'", "alert over_limit of ALR-1"),
    ("monitoring_alertstep", "act = 'eased'", "act = 'worsened'", "alert over_limit of ALR-1"),
    ("monitoring_alertstep", "policy_version = 99", "act = 'worsened'", "alert over_limit of ALR"),
    ("monitoring_alert", "threshold = 50", "signal = 'utilisation'", "alert utilisation of ALR-1"),
    ("monitoring_alert", "severity = 'info'", "signal = 'over_limit'", "alert over_limit of ALR-1"),
    ("assessment_review", "proposed_minor = 1", "true", "review REV-"),
    ("assessment_review", "decided_minor = 1", "state = 'decided'", "review REV-"),
    ("assessment_review", "is_automatic = true", "true", "review REV-"),
    (
        "assessment_review",
        "facts = jsonb_set(facts, '{highest_minor}', '77')",
        "true",
        "review REV-",
    ),
    ("collections_steptaken", "step = 'final', level = 3", "true", "reminder MSG-"),
    ("collections_steptaken", "taken_on = taken_on - 9", "true", "reminder MSG-"),
    ("contact_message", "step = 'final'", "step <> ''", "reminder MSG-"),
    ("contact_verdict", "allowed = true", "NOT allowed", "contact verdict "),
    ("contact_verdict", "policy_version = 99", "allowed", "contact verdict MSG-"),
    (
        "contact_verdict",
        "inputs = jsonb_set(inputs, '{at}', '\"2026-03-16T03:00:00+00:00\"')",
        "allowed",
        "contact verdict MSG-",
    ),
    ("contact_verdict", "reasons = reasons - 1", "allowed", "contact verdict MSG-"),
    (
        "contact_verdict",
        "reasons = jsonb_set(reasons, '{4,passed}', 'true'), allowed = true",
        "NOT allowed",
        "contact verdict ",
    ),
]
OF_LIM = "customer_id = (SELECT id FROM customers_customer WHERE number = 'LIM-1')"


@contextmanager
def corrupted(table: str, change: str, where: str) -> Iterator[None]:
    """Within the block rows stand changed, past every trigger; then as they were."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"CREATE TABLE was AS SELECT * FROM {table}")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE {table} SET {change} WHERE {where.format(of_lim=OF_LIM)}")
        assert cursor.rowcount > 0
        yield
        for column in re.findall(r"(\w+) = ", change):
            cursor.execute(
                f"UPDATE {table} t SET {column} = was.{column} FROM was WHERE was.id = t.id"
            )
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("DROP TABLE was")


def test_whatever_was_changed_of_a_decision_is_named(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = worked(opened(actor_of(founded().id)))
    whole = replaying.replayed(desk.company_id)
    assert (whole.unlike, whole.named) == (0, ())
    for table, change, where, named in CORRUPTIONS:
        with corrupted(table, change, where):
            found = replaying.replayed(desk.company_id)
        assert [one for one in found.named if one.startswith(named)], (table, change, found)
        assert found.unlike == len(found.named)
    assert replaying.replayed(desk.company_id) == whole


def test_each_room_has_something_that_replays(desk: Actor) -> None:
    worked(desk)
    made = {kind.__name__: len(list(kind(desk.company_id))) for kind in replaying.KINDS}
    assert all(count > 0 for name, count in made.items() if name != "_orders"), made


def test_a_decision_replays_by_the_version_it_was_made_by(desk: Actor) -> None:
    worked(desk)
    before = replaying.replayed(desk.company_id)
    other = {
        **DEFAULT,
        "authority": {**DEFAULT["authority"], "limit_minor": 0},
        "contact": {**DEFAULT["contact"], "minimum_minor": 10_000_000, "earliest": "10:00"},
    }
    policy.publish(desk, given=other, valid_from=TODAY)
    assert replaying.replayed(desk.company_id) == before


def test_a_limit_set_by_an_exchange_rate_is_left_out(desk: Actor) -> None:
    ann = person(desk, "ann", "analyst")
    customer = a_customer(desk, "USD-1", limit=None, currency="USD")
    credit.set_limit(ann, customer, minor=100_000, currency="USD", valid_from=TODAY)
    assert replaying.replayed(desk.company_id) == Replayed(0, 0, ())


def test_a_limit_lowered_beside_one_withdrawn_since_still_replays(desk: Actor) -> None:
    ann, mo = person(desk, "ann", "analyst"), person(desk, "mo", "manager")
    customer = a_customer(desk, "LIM-2", limit=None)
    high = {"minor": ABOVE + 5, "currency": "EUR", "valid_from": TODAY - timedelta(days=3)}
    with pytest.raises(ApprovalNeeded) as needed:
        credit.set_limit(ann, customer, reason="grows", **high)  # type: ignore[arg-type]
    controls.approve(mo, needed.value.reference)
    credit.set_limit(later(ann, minutes=1), customer, minor=ABOVE, currency="EUR", valid_from=TODAY)
    first = credit_ids(customer)[0]
    credit.withdraw_limit(
        later(ann, minutes=2), first, on=TODAY - timedelta(days=1), reason="a mistake"
    )
    assert replaying.replayed(desk.company_id) == Replayed(2, 0, ())


def credit_ids(customer: int) -> list[int]:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT id FROM credit_limit WHERE customer_id = %s ORDER BY id", [customer])
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def desk(actor: Actor) -> Actor:
    return opened(actor)
