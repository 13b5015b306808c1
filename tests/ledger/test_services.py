"""Posting, and every attempt to rewrite what was posted."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.utils import DatabaseError, ProgrammingError

from creditdesk.kernel.actor import Actor
from creditdesk.ledger import queries, services
from creditdesk.ledger.rules import BANK, RECEIVABLE, REVENUE, UNAPPLIED, Posting


def sale(minor: int = 10_000, source_id: int = 1, on: date = date(2026, 3, 2)) -> Posting:
    return Posting(
        debit=RECEIVABLE,
        credit=REVENUE,
        currency="EUR",
        minor=minor,
        effective_on=on,
        source_kind="item",
        source_id=source_id,
        customer_id=7,
        item_id=source_id,
    )


def test_accounts_sum_to_zero_and_follow_the_accounting_date(actor: Actor) -> None:
    receipt = Posting(
        debit=BANK,
        credit=UNAPPLIED,
        currency="EUR",
        minor=4_000,
        effective_on=date(2026, 3, 10),
        source_kind="payment",
        source_id=1,
        customer_id=7,
    )
    services.post(actor, [sale(), receipt])
    found = {b.account: b.minor for b in queries.balances(actor.company_id)}
    assert found == {BANK: 4_000, RECEIVABLE: 10_000, REVENUE: -10_000, UNAPPLIED: -4_000}
    early = queries.balances(actor.company_id, as_of=date(2026, 3, 9))
    assert {b.account: b.minor for b in early} == {RECEIVABLE: 10_000, REVENUE: -10_000}


def test_a_source_is_posted_once(actor: Actor) -> None:
    services.post(actor, [sale()])
    with pytest.raises(IntegrityError), transaction.atomic():
        services.post(actor, [sale()])
    assert len(queries.customer_balances(actor.company_id, RECEIVABLE)) == 1


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE ledger_posting SET minor = 1",
        "DELETE FROM ledger_posting",
        "TRUNCATE ledger_posting",
        "ALTER TABLE ledger_posting DISABLE TRIGGER ALL",
        "DROP TRIGGER append_only ON ledger_posting",
    ],
)
def test_the_application_cannot_rewrite_the_books(actor: Actor, attack: str) -> None:
    services.post(actor, [sale()])
    with pytest.raises(ProgrammingError) as refused, transaction.atomic(), connection.cursor() as c:
        c.execute(attack)
    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE ledger_posting SET minor = 1",
        "DELETE FROM ledger_posting",
        "TRUNCATE ledger_posting",
    ],
)
def test_even_the_owner_is_refused(committed_db: str, actor_of: object, attack: str) -> None:
    services.post(actor_of(1), [sale()])  # type: ignore[operator]
    with pytest.raises(DatabaseError, match="append-only"), connections["owner"].cursor() as c:
        c.execute(attack)
    assert [b.minor for b in queries.customer_balances(1, RECEIVABLE)] == [10_000]
