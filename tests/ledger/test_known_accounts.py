"""What replaced foreign keys of hot tables refuses what names nothing, or somebody else's."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from tests.invoices import people

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 1, 9, tzinfo=UTC)
POSTING = """
    INSERT INTO ledger_posting (company_id, debit_id, credit_id, currency, minor, effective_on,
                                recorded_at, source_kind, source_id)
    SELECT %s, %s, %s, 'EUR', 1, '2026-07-01', %s, 'test', n FROM generate_series(1, 3) n
"""
ITEM = """
    INSERT INTO invoices_item (company_id, customer_id, invoice_id, instalment, currency, issued_on,
                               due_on, total_minor, open_minor, recorded_at)
    VALUES (%s, 1, %s, 2, 'EUR', '2026-07-01', '2026-07-31', 5, 5, %s)
"""


def account(company_id: int, code: str) -> int:
    statement = "INSERT INTO ledger_account (company_id, code) VALUES (%s, %s) RETURNING id"
    return int(sql.scalar(statement, [company_id, code]))


def count(table: str) -> int:
    return int(sql.scalar(f"SELECT count(*) FROM {table}"))


@pytest.mark.parametrize("strange", ["unknown", "of another company"])
@pytest.mark.parametrize("side", ["debit", "credit"])
def test_a_posting_to_an_account_its_company_does_not_have_is_refused(
    actor: Actor, strange: str, side: str
) -> None:
    own, known = booked(actor)
    wrong = account(actor.company_id + 1, "b") if strange == "of another company" else 999_999_999
    pair = (wrong, own) if side == "debit" else (own, wrong)
    with pytest.raises(IntegrityError, match=f"names account {wrong},"), transaction.atomic():
        sql.execute(POSTING, [actor.company_id, *pair, AT])
    assert count("ledger_posting") == 2
    assert sql.execute(POSTING, [actor.company_id, own, known, AT]) == 3


def booked(actor: Actor) -> tuple[int, int]:
    """Record an invoice, net and tax; return two of the accounts it was posted to."""
    people.recorded(actor, people.an_invoice(people.a_customer(actor)))
    found = sql.scalars("SELECT id FROM ledger_account ORDER BY code")
    return int(found[0]), int(found[1])


def test_copied_postings_are_asked_as_well(actor: Actor) -> None:
    own, _ = booked(actor)
    columns = ("company_id", "debit_id", "credit_id", "currency", "minor", "effective_on",
               "recorded_at", "source_kind", "source_id")  # fmt: skip
    row = (actor.company_id, own, 999_999_999, "EUR", 1, date(2026, 7, 1), AT, "test", 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.copy_rows("ledger_posting", columns, [row])
    assert count("ledger_posting") == 2


@pytest.mark.parametrize("strange", ["unknown", "of another company"])
def test_an_item_of_a_document_its_company_does_not_have_is_refused(
    actor: Actor, strange: str
) -> None:
    people.recorded(actor, people.an_invoice(people.a_customer(actor)))
    document = int(sql.scalar("SELECT id FROM invoices_invoice"))
    company_id, given = actor.company_id, document + 1
    if strange == "of another company":
        company_id, given = company_id + 1, document
    with pytest.raises(IntegrityError, match=f"names document {given},"), transaction.atomic():
        sql.execute(ITEM, [company_id, given, AT])
    assert count("invoices_item") == 1
    assert sql.execute(ITEM, [actor.company_id, document, AT]) == 1


def test_planned_statements_answer_as_others_do() -> None:
    ask = "SELECT n FROM generate_series(1, %s) n WHERE n > %s"
    for least in range(8):
        assert sql.scalars(ask, [10, least], planned=True) == sql.scalars(ask, [10, least])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s",
                       ["SELECT n FROM generate_series%"])  # fmt: skip
        assert cursor.fetchone() == (1,)
