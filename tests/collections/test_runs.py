from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from threading import Thread

import pytest
from django.db import connections

from creditdesk.cash import queries as cash_queries
from creditdesk.cash import services as cash
from creditdesk.collections import queries
from creditdesk.collections import services as collections
from creditdesk.contact import queries as contact_queries
from creditdesk.contact import services as contact
from creditdesk.contact.rules import NewHold
from creditdesk.disputes import services as disputes
from creditdesk.disputes.rules import NewDispute
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing import sql
from tests.collections.stage import FRIDAY, a_debtor, an_item, bank_closed
from tests.contact.stage import a_customer, statuses
from tests.support.fixtures import founded


def run(actor: Actor) -> collections.RunResult:
    return collections.run(actor, run_on=actor.today)


def texts(actor: Actor) -> list[str]:
    found: list[str] = sql.scalars("SELECT body_text FROM contact_message ORDER BY id")
    return found


@pytest.fixture
def fresh(actor: Actor) -> Actor:
    """An actor whose company's bank account closed on the previous business day."""
    a_customer(actor, "BANK")
    bank_closed(actor)
    return actor


def test_a_customer_170_days_late_starts_at_the_step_that_fits(fresh: Actor) -> None:
    _, item_id = a_debtor(fresh, late=170)
    result = run(fresh)
    assert (result.messages_queued, result.by_step) == (1, {"final": 1})
    [step] = queries.last_steps(fresh.company_id, [item_id]).values()
    assert (step.step, step.level, step.taken_on) == ("final", 3, fresh.today)


def test_one_message_per_currency_lists_every_overdue_item(fresh: Actor) -> None:
    customer_id, _ = a_debtor(fresh, late=25)
    an_item(fresh, customer_id, late=6)
    an_item(fresh, customer_id, late=2)
    an_item(fresh, customer_id, late=-3)
    an_item(fresh, customer_id, late=50, currency="USD")
    result = run(fresh)
    assert (result.messages_queued, result.lines_total) == (2, 4)
    assert result.by_step == {"final": 1, "second": 1}
    euro, dollar = texts(fresh)
    assert "To pay: 300.00\u00a0EUR" in euro
    assert [f"EUR-{late}:" in euro for late in (25, 6, 2, -3)] == [True, True, True, False]
    assert "To pay: 100.00\u00a0USD" in dollar


def test_a_run_happens_once_a_day(fresh: Actor) -> None:
    a_debtor(fresh, late=10)
    first = run(fresh)
    again = run(fresh)
    assert (first.messages_queued, first.is_repeat) == (1, False)
    assert (again.messages_queued, again.is_repeat, again.by_step) == (1, True, {"reminder": 1})
    assert len(statuses(fresh)) == 1


def test_a_run_is_for_today_only(fresh: Actor) -> None:
    with pytest.raises(Refused) as refused:
        collections.run(fresh, run_on=fresh.today - timedelta(days=1))
    assert refused.value.code == "run_not_today"
    assert queries.runs(fresh.company_id) == []


def test_a_stale_bank_import_holds_the_run_until_it_is_fresh(actor: Actor) -> None:
    a_debtor(actor, late=10)
    bank_closed(actor, date(2026, 3, 12))
    held = run(actor)
    assert (held.held_reason, held.messages_queued) == ("bank_stale", 0)
    assert len(held.stale_accounts) == 1
    assert statuses(actor) == []
    stored = queries.run_on(actor.company_id, actor.today)
    assert stored is not None
    assert stored.held_reason == "bank_stale"
    bank_closed(actor, FRIDAY)
    assert run(actor).messages_queued == 1
    assert [row.held_reason for row in queries.runs(actor.company_id)] == [""]


def test_without_any_bank_account_nobody_is_chased(actor: Actor) -> None:
    a_debtor(actor, late=10)
    assert run(actor).held_reason == "bank_unknown"
    assert statuses(actor) == []


def test_on_a_sunday_nobody_is_written_to(fresh: Actor, actor_of: Callable[..., Actor]) -> None:
    a_debtor(fresh, late=10)
    sunday = actor_of(fresh.company_id, today=date(2026, 3, 15))
    assert run(sunday).held_reason == "not_a_business_day"
    assert statuses(fresh) == []


def test_nobody_is_chased_for_what_is_paid_promised_disputed_or_held(fresh: Actor) -> None:
    paid, _ = a_debtor(fresh, "PAID", late=10)
    bank_closed(fresh, FRIDAY, (10_000, f"INV-{paid}-EUR-10"))
    cash.match(fresh)
    promised, _ = a_debtor(fresh, "PROMISED", late=10)
    collections.promise(fresh, promised, currency="EUR", minor=10_000, due_on=date(2026, 3, 20))
    _, disputed = a_debtor(fresh, "DISPUTED", late=10)
    disputes.open(fresh, [NewDispute(disputed, "price")])
    silent, _ = a_debtor(fresh, "SILENT", late=10)
    contact.set_consent(fresh, silent, purpose="collection", allowed=False)
    answered, _ = a_debtor(fresh, "ANSWERED", late=10)
    contact.record_reply(fresh, answered, sender="x@example.com", body="Why?")
    held, _ = a_debtor(fresh, "HELD", late=10)
    contact.place_holds(fresh, [NewHold(held, None, "manual", "manual:1")])
    a_debtor(fresh, "NOBODY", late=10, contacts=())
    late, _ = a_debtor(fresh, "LATE", late=10)
    result = run(fresh)
    assert (result.messages_queued, result.customers_held) == (1, 6)
    [row] = contact_queries.mailbox(fresh.company_id).rows
    assert row.customer_id == late
    failed = {
        customer_id: [
            reason["code"]
            for verdict in contact_queries.verdicts(fresh.company_id, customer_id)
            for reason in verdict.reasons
            if not reason["passed"]
        ]
        for customer_id in (promised, silent, answered, held)
    }
    assert failed == {
        promised: ["customer_hold"], silent: ["consent"],
        answered: ["customer_hold"], held: ["customer_hold"],
    }  # fmt: skip
    assert contact_queries.verdicts(fresh.company_id, paid) == []


def test_money_not_yet_applied_holds_its_payer(fresh: Actor) -> None:
    customer_id, _ = a_debtor(fresh, late=10)
    bank_closed(fresh, FRIDAY, (7_000, "on our account"))
    [payment] = sql.scalars("SELECT id FROM cash_payment")
    cash.assign_payer(fresh, payment, customer_id)
    assert (run(fresh).messages_queued, run(fresh).customers_held) == (0, 1)


def test_a_disputed_item_leaves_the_message_and_does_not_raise_its_step(fresh: Actor) -> None:
    customer_id, old = a_debtor(fresh, late=170)
    an_item(fresh, customer_id, late=6)
    disputes.open(fresh, [NewDispute(old, "quality")])
    assert run(fresh).by_step == {"reminder": 1}
    [text] = texts(fresh)
    assert ("EUR-170" in text, "EUR-6" in text) == (False, True)


def test_what_is_paid_between_queue_and_sending_is_withdrawn(fresh: Actor) -> None:
    customer_id, _ = a_debtor(fresh, late=10)
    run(fresh)
    bank_closed(fresh, FRIDAY, (10_000, f"INV-{customer_id}-EUR-10"))
    cash.match(fresh)
    assert statuses(fresh) == [("withdrawn", "paid")]
    assert collections.send_queued(fresh) == contact.SendResult()


def test_what_is_promised_between_queue_and_sending_is_withdrawn(fresh: Actor) -> None:
    customer_id, item_id = a_debtor(fresh, late=10)
    run(fresh)
    collections.promise(
        fresh, customer_id, currency="EUR", minor=10_000, due_on=date(2026, 3, 20),
        item_ids=[item_id],
    )  # fmt: skip
    assert collections.send_queued(fresh) == contact.SendResult(withdrawn=1)
    assert statuses(fresh) == [("withdrawn", "promise")]


def test_after_nine_days_away_each_customer_gets_one_message_once(
    fresh: Actor, actor_of: Callable[..., Actor]
) -> None:
    _, seen = a_debtor(fresh, "SEEN", late=18)
    _, unseen = a_debtor(fresh, "UNSEEN", late=2)
    run(fresh)
    # The machine goes down before anything is sent, and comes back nine days later.
    later = actor_of(fresh.company_id, today=fresh.today + timedelta(days=9))
    bank_closed(later, later.today - timedelta(days=1))
    result = run(later)
    assert result.messages_queued == 2
    assert collections.send_queued(later) == contact.SendResult(sent=2)
    assert run(later).is_repeat
    assert collections.send_queued(later) == contact.SendResult()
    assert [status for status, _ in statuses(fresh)] == ["withdrawn", "sent", "sent"]
    steps = queries.last_steps(fresh.company_id, [seen, unseen])
    # The first reminder was never read, so the step that fits today's lateness is the first one.
    assert {i: s.step for i, s in steps.items()} == {seen: "second", unseen: "reminder"}


def test_the_ladder_is_climbed_one_step_at_a_time(
    fresh: Actor, actor_of: Callable[..., Actor]
) -> None:
    a_debtor(fresh, late=-5)
    steps: list[str] = []
    for days in range(54):
        day = actor_of(fresh.company_id, today=fresh.today + timedelta(days=days))
        if day.today.weekday() < 5 and day.today not in {date(2026, 4, 3), date(2026, 4, 6)}:
            fact = queries.bank_fact(day.company_id, day.today)
            assert fact is not None
            bank_closed(day, fact.required_on)
        steps += list(run(day).by_step or {})
        collections.send_queued(day)
    assert steps == ["before_due", "reminder", "second", "final"]


def test_the_preview_shows_verdicts_and_texts_and_writes_nothing(fresh: Actor) -> None:
    good, _ = a_debtor(fresh, "GOOD", late=10)
    bad, item_id = a_debtor(fresh, "BAD", late=50)
    disputes.open(fresh, [NewDispute(item_id, "price")])
    plan = collections.preview_run(fresh)
    assert plan.held_reason == ""
    shown = {message.customer_id: message for message in plan.messages}
    assert (shown[good].will_be_queued, shown[good].total_minor) == (True, 10_000)
    assert "To pay: 100.00\u00a0EUR" in shown[good].text
    assert (shown[bad].will_be_queued, shown[bad].text) == (False, "")
    assert [r.code for r in shown[bad].reasons if not r.is_passed] == [
        "items", "items_left", "new_step",
    ]  # fmt: skip
    assert statuses(fresh) == []
    assert queries.runs(fresh.company_id) == []
    assert contact_queries.verdicts(fresh.company_id, good) == []


def test_the_preview_of_a_held_run_says_so(actor: Actor) -> None:
    a_debtor(actor, late=10)
    bank_closed(actor, date(2026, 3, 10))
    plan = collections.preview_run(actor)
    assert plan.held_reason == "bank_stale"
    assert [m.will_be_queued for m in plan.messages] == [False]


def test_a_failed_message_may_be_written_again(
    fresh: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer_id, item_id = a_debtor(fresh, late=10, email="ann@example.com")
    run(fresh)
    sql.execute("UPDATE contact_message SET status = 'failed'")
    assert queries.last_steps(fresh.company_id, [item_id]) == {}
    tuesday = actor_of(fresh.company_id, today=fresh.today + timedelta(days=1))
    bank_closed(tuesday, fresh.today)
    assert run(tuesday).by_step == {"reminder": 1}
    assert contact_queries.mailbox(fresh.company_id, customer_id=customer_id).total == 2


def test_two_runs_at_once_write_once(committed_db: str, actor_of: Callable[..., Actor]) -> None:
    actor = actor_of(founded().id)
    for number in range(5):
        a_debtor(actor, f"C{number}", late=10)
    bank_closed(actor)
    results: list[collections.RunResult] = []

    def work() -> None:
        try:
            results.append(run(actor))
        finally:
            connections.close_all()

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.is_repeat for result in results) == [False, True, True]
    assert {result.messages_queued for result in results} == {5}
    assert len(statuses(actor)) == 5
    assert cash_queries.bank_freshness(actor.company_id)[0].latest_closing == FRIDAY
