"""A run worked in batches is one run: same messages, one verdict each, all of it or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections

from creditdesk.collections import queries
from creditdesk.collections import services as collections
from creditdesk.collections.services import runs
from creditdesk.contact import queries as contact_queries
from creditdesk.contact import services as contact
from creditdesk.contact.rules import NewHold
from creditdesk.contact.services import queueing
from creditdesk.kernel.actor import Actor
from tests.collections.stage import a_debtor, an_item, bank_closed
from tests.contact.stage import a_customer

DEBTORS = 7


@pytest.fixture
def owed(actor: Actor) -> list[int]:
    """Seven who owe, two of them in two currencies and one on hold; return the customers."""
    a_customer(actor, "BANK")
    bank_closed(actor)
    ids = [a_debtor(actor, f"C{n}", late=10 + n)[0] for n in range(DEBTORS)]
    for n in (1, 4):
        an_item(actor, ids[n], late=40, currency="USD")
        an_item(actor, ids[n], late=20)
    contact.place_holds(actor, [NewHold(ids[2], None, "manual", "test:1")])
    return ids


def run(actor: Actor) -> collections.RunResult:
    return collections.run(actor, run_on=actor.today)


def written() -> dict[str, list[Any]]:
    """Return what stands in the tables of a run, without ids and numbers of its own."""
    with connections["default"].cursor() as cursor:
        found = {}
        for name, statement in {
            "messages": "SELECT customer_id, step, recipient, subject, body_text, body_html, status"
            " FROM contact_message ORDER BY customer_id, subject",
            "items": "SELECT m.customer_id, i.item_id, i.open_minor, i.step FROM contact_message m"
            " JOIN contact_messageitem i ON i.message_id = m.id ORDER BY i.item_id",
            "verdicts": "SELECT v.customer_id, v.allowed, v.reasons::text, v.inputs::text,"
            " m.subject, v.stage, v.policy_version, v.purpose FROM contact_verdict v"
            " LEFT JOIN contact_message m ON m.id = v.message_id ORDER BY v.customer_id, m.subject",
            "steps": "SELECT t.customer_id, t.item_id, t.step, t.level, t.taken_on, m.subject"
            " FROM collections_steptaken t JOIN contact_message m ON m.id = t.message_id"
            " ORDER BY t.item_id",
        }.items():
            cursor.execute(statement)
            found[name] = cursor.fetchall()
    return found


@pytest.mark.parametrize("size", [1, 2, 3])
def test_in_batches_a_run_writes_what_it_would_at_once(
    actor: Actor, owed: list[int], monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        at_once = run(actor), written()
        cursor.execute("ROLLBACK TO SAVEPOINT before")
    monkeypatch.setattr(runs, "CHUNK_MESSAGES", size)
    assert (run(actor), written()) == at_once
    result, rows = at_once
    assert (result.messages_queued, result.customers_total, result.customers_held) == (8, 7, 1)
    assert {name: len(found) for name, found in rows.items()} == {
        "messages": 8, "items": 10, "verdicts": 9, "steps": 10,
    }  # fmt: skip
    assert [row[4] is not None for row in rows["verdicts"]].count(True) == 8


def test_a_letter_that_cannot_be_written_undoes_the_batches_before_it(
    actor: Actor, owed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CHUNK_MESSAGES", 1)
    write = queueing.LetterWriter.write

    def breaking(self: Any, draft: Any, items: Any) -> Any:
        if draft.customer_id == owed[5]:
            raise RuntimeError("no words")
        return write(self, draft, items)

    monkeypatch.setattr(queueing.LetterWriter, "write", breaking)
    with pytest.raises(RuntimeError, match="no words"):
        run(actor)
    assert all(rows == [] for rows in written().values())
    assert queries.run_on(actor.company_id, actor.today) is None


def test_the_second_thread_asks_no_database(
    actor: Actor, owed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []
    ready = queueing._ready

    def watched(*given: Any) -> Any:
        found = ready(*given)
        held.append(connections["default"].connection)
        return found

    monkeypatch.setattr(queueing, "_ready", watched)
    assert run(actor).messages_queued == 8
    assert held == [None]


def test_asked_by_customer_the_last_contact_is_the_same(actor: Actor, owed: list[int]) -> None:
    assert contact_queries.last_contacted(actor.company_id, owed) == {}
    run(actor)
    contact.take_over_contacts(actor, {owed[2]: actor.today})
    everybody = contact_queries.last_contacted(actor.company_id)
    assert sorted(everybody) == sorted(owed)
    assert contact_queries.last_contacted(actor.company_id, owed) == everybody
    assert contact_queries.last_contacted(actor.company_id + 1, owed) == {}
    earlier = contact_queries.last_contacted(actor.company_id, owed, before=actor.at)
    assert earlier == {owed[2]: actor.today}
