from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from creditdesk.cash import services as cash
from creditdesk.collections import queries
from creditdesk.collections import services as collections
from creditdesk.collections.services import NewPromise
from creditdesk.collections.wording import action, sentence
from creditdesk.contact import queries as contact_queries
from creditdesk.contact import services as contact
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.policy import services as policies
from tests.collections.stage import FRIDAY, a_debtor, an_item, bank_closed

DUE = date(2026, 3, 20)  # a Friday; with two days of grace until Sunday the 22nd


def promised(actor: Actor, customer_id: int, minor: int = 10_000, **known: object) -> str:
    given = {"currency": "EUR", "minor": minor, "due_on": DUE} | known
    return collections.promise(actor, customer_id, **given)  # type: ignore[arg-type]


def holds(actor: Actor) -> list[tuple[int | None, str, date | None]]:
    return [(h.item_id, h.source, h.until) for h in contact_queries.live_holds(actor.company_id)]


def standing(actor: Actor) -> list[tuple[str, int]]:
    return [(p.status, p.received_minor) for p in queries.promises(actor.company_id)]


@pytest.fixture
def monday(actor: Actor, actor_of: Callable[..., Actor]) -> Actor:
    """Somebody at work on Monday 23 March, the day after the grace of a promise for the 20th."""
    return actor_of(actor.company_id, today=date(2026, 3, 23))


def test_a_promise_holds_the_customer_and_changes_no_due_date(actor: Actor) -> None:
    customer_id, item_id = a_debtor(actor, late=10)
    before = invoices.items_by_id(actor.company_id, [item_id])
    reference = promised(actor, customer_id)
    assert reference == "PRM-2026-000001"
    assert holds(actor) == [(None, f"promise:{reference}", date(2026, 3, 22))]
    assert invoices.items_by_id(actor.company_id, [item_id]) == before


def test_a_promise_of_items_holds_those_items(actor: Actor) -> None:
    customer_id, item_id = a_debtor(actor, late=10)
    an_item(actor, customer_id, late=20)
    reference = promised(actor, customer_id, item_ids=[item_id])
    assert holds(actor) == [(item_id, f"promise:{reference}", date(2026, 3, 22))]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"minor": 0}, "amount_not_positive"),
        ({"due_on": date(2026, 3, 15)}, "promise_past"),
        ({"due_on": date(2026, 4, 16)}, "promise_too_far"),
        ({"item_ids": [999_999]}, "item_unknown"),
        ({"currency": "USD", "item_ids": "own"}, "item_not_promisable"),
    ],
)
def test_a_promise_that_cannot_be_is_refused(
    actor: Actor, changed: dict[str, object], code: str
) -> None:
    customer_id, item_id = a_debtor(actor, late=10)
    known = {k: [item_id] if v == "own" else v for k, v in changed.items()}
    with pytest.raises((Refused, Invalid, NotFound)) as refused:
        promised(actor, customer_id, **known)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert (standing(actor), holds(actor)) == ([], [])


def test_a_promise_is_kept_by_money_that_was_applied(actor: Actor, monday: Actor) -> None:
    customer_id, _ = a_debtor(actor, late=10)
    reference = promised(actor, customer_id)
    bank_closed(monday, DUE, (10_000, f"INV-{customer_id}-EUR-10"))
    cash.match(monday)
    assert collections.judge_promises(monday, on=monday.today).kept == (reference,)
    assert standing(actor) == [("kept", 10_000)]
    assert holds(actor) == []
    assert collections.judge_promises(monday, on=monday.today) == collections.Judged()


def test_a_promise_is_broken_only_when_the_bank_says_so(actor: Actor, monday: Actor) -> None:
    customer_id, _ = a_debtor(actor, late=10)
    reference = promised(actor, customer_id)
    bank_closed(actor, date(2026, 3, 18))
    assert collections.judge_promises(monday, on=monday.today) == collections.Judged(still_open=1)
    bank_closed(monday, DUE)
    assert collections.judge_promises(monday, on=monday.today).broken == (reference,)
    assert standing(actor) == [("broken", 0)]
    assert holds(actor) == []


def test_money_received_but_unapplied_leaves_it_pending(actor: Actor, monday: Actor) -> None:
    customer_id, item_id = a_debtor(actor, late=10)
    promised(actor, customer_id)
    bank_closed(monday, DUE, (4_000, "on account"))
    [payment] = _payments(monday, customer_id)
    assert collections.judge_promises(monday, on=monday.today).still_open == 1
    assert standing(actor) == [("open", 4_000)]
    cash.apply(monday, payment, allocations={item_id: 4_000})
    assert len(collections.judge_promises(monday, on=monday.today).part_kept) == 1
    assert standing(actor) == [("part_kept", 4_000)]


def _payments(actor: Actor, customer_id: int) -> list[int]:
    from creditdesk.plumbing import sql  # noqa: PLC0415 - only here

    ids: list[int] = sql.scalars("SELECT id FROM cash_payment WHERE company_id = %s ORDER BY id",
                                 [actor.company_id])  # fmt: skip
    for payment_id in ids:
        cash.assign_payer(actor, payment_id, customer_id)
    return ids


def test_judging_late_gives_the_answer_of_the_day_it_was_due(
    actor: Actor, actor_of: Callable[..., Actor]
) -> None:
    customer_id, _ = a_debtor(actor, late=10)
    promised(actor, customer_id)
    later = actor_of(actor.company_id, today=date(2026, 4, 1))
    bank_closed(later, date(2026, 3, 31), (10_000, f"INV-{customer_id}-EUR-10"))
    cash.match(later)
    assert len(collections.judge_promises(later, on=later.today).broken) == 1


def test_a_promise_can_be_taken_back_once(actor: Actor) -> None:
    customer_id, _ = a_debtor(actor, late=10)
    reference = promised(actor, customer_id)
    collections.withdraw(actor, reference)
    assert (standing(actor), holds(actor)) == ([("withdrawn", 0)], [])
    with pytest.raises(Conflict) as conflict:
        collections.withdraw(actor, reference)
    assert conflict.value.code == "promise_not_open"


def test_logging_a_call_with_a_promise_makes_the_promise(actor: Actor) -> None:
    customer_id, item_id = a_debtor(actor, late=10)
    activity_id = collections.log_activity(
        actor, customer_id, kind="call", outcome="promise", note="On Friday, says Ann",
        promise=NewPromise(currency="EUR", minor=10_000, due_on=DUE, item_ids=(item_id,)),
    )  # fmt: skip
    [row] = queries.activities(actor.company_id, customer_id)
    assert (row.id, row.kind, row.outcome, row.note) == (
        activity_id, "call", "promise", "On Friday, says Ann",
    )  # fmt: skip
    assert standing(actor) == [("open", 0)]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"kind": "shout"}, "kind_unknown"),
        ({"outcome": "won"}, "outcome_unknown"),
        ({"outcome": "promise"}, "promise_incomplete"),
        ({"follow_up_on": date(2026, 3, 15)}, "follow_up_past"),
    ],
)
def test_an_activity_that_makes_no_sense_is_refused(
    actor: Actor, given: dict[str, object], code: str
) -> None:
    customer_id, _ = a_debtor(actor, late=10)
    with pytest.raises((Invalid, Refused)) as refused:
        collections.log_activity(actor, customer_id, **{"kind": "call", **given})  # type: ignore[arg-type]
    assert refused.value.code == code
    assert queries.activities(actor.company_id, customer_id) == []


def worklist(actor: Actor, on: date | None = None) -> list[tuple[int, str, int]]:
    on = on or actor.today
    collections.refresh_worklist(actor, on=on)
    return [(r.customer_id, r.action, r.expected_minor)
            for r in queries.worklist(actor.company_id, on)]  # fmt: skip


def test_the_worklist_says_whom_to_call_and_why(actor: Actor) -> None:
    small, _ = a_debtor(actor, "SMALL", late=40, minor=10_000)
    big, _ = a_debtor(actor, "BIG", late=40, minor=90_000)
    held, _ = a_debtor(actor, "HELD", late=40, minor=500_000)
    contact.hold(actor, held, note="in talks")
    wrote, _ = a_debtor(actor, "WROTE", late=40, minor=20_000)
    contact.record_reply(actor, wrote, sender="x@example.com", body="?")
    assert worklist(actor) == [
        (big, "call", 27_000), (wrote, "answer_reply", 10_000), (small, "call", 3_000),
    ]  # fmt: skip
    first, second, _ = queries.worklist(actor.company_id, actor.today)
    assert [sentence(reason, first.currency) for reason in first.reasons] == [
        "900.00\u00a0EUR overdue in one invoice, 40 days late", "Never contacted about it",
    ]  # fmt: skip
    assert sentence(second.reasons[0]) == "Wrote to us and has no answer yet"
    assert action(second.action) == "Answer"


def test_currencies_are_valued_in_the_companys_own(actor: Actor) -> None:
    policies.load_rates([("EUR", "USD", FRIDAY, Decimal("1.25"))], source="test")
    customer_id, _ = a_debtor(actor, late=40)
    an_item(actor, customer_id, late=40, currency="USD", minor=10_000)
    an_item(actor, customer_id, late=40, currency="CHF", minor=10_000)
    assert worklist(actor) == [(customer_id, "call", (10_000 + 8_000) * 30 // 100)]
    [row] = queries.worklist(actor.company_id, actor.today)
    assert sentence(row.reasons[-1]) == "Without an exchange rate: CHF"


def test_done_and_snoozed_stay_so_when_the_list_is_written_again(actor: Actor) -> None:
    done, _ = a_debtor(actor, "DONE", late=40)
    snoozed, _ = a_debtor(actor, "SNOOZED", late=40)
    worklist(actor)
    collections.mark_done(actor, done, on=actor.today)
    collections.snooze(actor, snoozed, on=actor.today, until=date(2026, 3, 19))
    worklist(actor)
    rows = {r.customer_id: r for r in queries.worklist(actor.company_id, actor.today)}
    assert rows[done].done_by == "test"
    assert rows[snoozed].snoozed_until == date(2026, 3, 19)
    assert [c for c, *_ in worklist(actor, date(2026, 3, 18))] == [done]
    assert {c for c, *_ in worklist(actor, date(2026, 3, 19))} == {done, snoozed}
    with pytest.raises(Refused) as refused:
        collections.snooze(actor, done, on=actor.today, until=actor.today)
    assert refused.value.code == "snooze_past"
    with pytest.raises(NotFound) as unknown:
        collections.mark_done(actor, 999_999, on=actor.today)
    assert unknown.value.code == "not_on_worklist"


def test_a_broken_promise_is_chased_until_somebody_called(actor: Actor, monday: Actor) -> None:
    customer_id, _ = a_debtor(actor, late=10)
    promised(actor, customer_id)
    assert worklist(actor) == []
    bank_closed(monday, DUE)
    collections.judge_promises(monday, on=monday.today)
    [(listed, what, _)] = worklist(monday)
    assert (listed, what) == (customer_id, "chase_promise")
    [row] = queries.worklist(actor.company_id, monday.today)
    assert sentence(row.reasons[0], row.currency) == (
        "Promised 100.00\u00a0EUR for 20 Mar 2026 and did not pay"
    )
    collections.log_activity(monday, customer_id, kind="call", outcome="reached",
                             follow_up_on=monday.today + timedelta(days=2))  # fmt: skip
    assert worklist(monday) == []
    assert [w for _, w, _ in worklist(monday, date(2026, 3, 25))] == ["follow_up"]
