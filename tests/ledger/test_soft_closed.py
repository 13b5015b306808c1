"""Soft-closed days: the database keeps them too, and whoever posts there leaves a trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction

from creditdesk import wiring
from creditdesk.insight import queries as proofs
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.ledger import services
from creditdesk.ledger.models import PeriodAct, Posting, SoftClosedPass
from creditdesk.ledger.rules import BANK, REVENUE
from creditdesk.ledger.rules import Posting as NewPosting
from creditdesk.plumbing import sql
from tests.insight.books import Books, opened
from tests.support.fixtures import founded

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
RAW = """
    INSERT INTO ledger_posting (company_id, debit_id, credit_id, currency, minor, effective_on,
                                recorded_at, source_kind, source_id)
    SELECT company_id, debit_id, credit_id, currency, 1, %(day)s, %(at)s, 'planted', %(id)s
      FROM ledger_posting WHERE company_id = %(company)s LIMIT 1
"""
PASS = """
    INSERT INTO ledger_softclosedpass (company_id, transaction, begun_at, first_on, command,
                                       recorded_at, recorded_by)
    VALUES (%(company)s, pg_current_xact_id()::text::bigint, transaction_timestamp(), %(day)s,
            'nothing', %(at)s, 'mallory')
"""


@pytest.fixture
def books(actor: Actor) -> Books:
    """An invoice of January and one of February; January is soft-closed, today is 16 March."""
    wiring.connect()
    kept = opened(actor, "Acorn").on(date(2026, 3, 16))
    for month in (1, 2):
        issued = date(2026, month, 12)
        kept.invoice(kept.customers[0], 10_000, issued=issued, due=issued + timedelta(days=30))
    services.close_period(kept.actor, JANUARY, soft=True)
    return kept


def sale(on: date, source_id: int = 900) -> NewPosting:
    return NewPosting(
        debit=BANK, credit=REVENUE, currency="EUR", minor=100, effective_on=on,
        source_kind="test", source_id=source_id,
    )  # fmt: skip


def raw(books: Books, day: date = JANUARY, *, at: object = None, source_id: int = 1) -> int:
    company = books.actor.company_id
    given = {"day": day, "at": at or books.actor.at, "company": company, "id": source_id}
    return sql.execute(RAW, given)


def planted() -> int:
    return Posting.objects.filter(source_kind="planted").count()


def refused_raw(books: Books, act: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match="soft-closed up to"), transaction.atomic():
        act()
    assert planted() == 0


def test_the_database_refuses_a_soft_closed_day_without_a_pass(books: Books) -> None:
    refused_raw(books, lambda: raw(books))
    refused_raw(books, lambda: raw(books, date(2025, 6, 1)))
    assert raw(books, JANUARY + timedelta(days=1)) == 1


def test_who_has_the_permission_posts_and_leaves_the_trace(books: Books) -> None:
    assert services.post(books.actor, [sale(JANUARY), sale(FEBRUARY, 901)]) == 2
    left = SoftClosedPass.objects.get()
    assert (left.company_id, left.first_on, left.recorded_by, left.recorded_at) == (
        books.actor.company_id, JANUARY, books.actor.name, books.actor.at,
    )  # fmt: skip


def test_an_open_day_needs_no_pass_and_leaves_none(books: Books) -> None:
    services.post(books.actor, [sale(FEBRUARY)])
    assert not SoftClosedPass.objects.exists()


def test_without_the_permission_neither_posting_nor_pass_is_written(books: Books) -> None:
    clerk = replace(books.actor, permissions=frozenset({"cash.*", "invoices.*"}))
    with pytest.raises(Refused) as refused:
        services.post(clerk, [sale(JANUARY)])
    assert refused.value.code == "period_closed"
    assert not SoftClosedPass.objects.exists()
    assert not Posting.objects.filter(source_kind="test").exists()


def test_the_command_stands_on_the_pass(books: Books) -> None:
    books.credit("INV-1", 1_000, issued=date(2026, 1, 20))
    assert set(SoftClosedPass.objects.values_list("command", flat=True)) == {"invoices.credit"}


def test_a_pass_admits_its_own_moment_days_and_company_alone(
    books: Books, actor_of: Callable[..., Actor]
) -> None:
    services.post(books.actor, [sale(JANUARY)])  # the pass holds from 31 January on
    refused_raw(books, lambda: raw(books, JANUARY - timedelta(days=1)))
    refused_raw(books, lambda: raw(books, at=books.actor.at + timedelta(seconds=1)))
    other = opened(actor_of(founded("other").id), "Birch").on(date(2026, 3, 16))
    other.invoice(other.customers[0], 100, issued=date(2026, 1, 5), due=FEBRUARY)
    services.close_period(other.actor, JANUARY, soft=True)
    refused_raw(books, lambda: raw(other))
    assert raw(books) == 1  # what the pass was left for, and nothing is hidden by it


def test_a_pass_of_another_transaction_admits_nothing(books: Books) -> None:
    company = books.actor.company_id
    for number, begun in (
        ("pg_current_xact_id()::text::bigint - 1", "transaction_timestamp()"),
        ("pg_current_xact_id()::text::bigint", "transaction_timestamp() - interval '1 second'"),
    ):
        text = PASS.replace("pg_current_xact_id()::text::bigint", number)
        text = text.replace("transaction_timestamp()", begun)
        sql.execute(text, {"company": company, "day": JANUARY, "at": books.actor.at})
    refused_raw(books, lambda: raw(books))


@pytest.mark.parametrize(
    "attempt",
    [
        "SET LOCAL session_replication_role = replica",
        "ALTER TABLE ledger_posting DISABLE TRIGGER guard_periods",
        "DROP TRIGGER guard_periods ON ledger_posting",
        (
            "CREATE OR REPLACE FUNCTION ledger_guard_periods_v2() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RETURN NULL; END $$"
        ),
        "UPDATE ledger_softclosedpass SET first_on = '2000-01-01'",
        "DELETE FROM ledger_softclosedpass",
    ],
)
def test_the_application_does_not_weaken_the_guard(books: Books, attempt: str) -> None:
    services.post(books.actor, [sale(JANUARY)])
    with pytest.raises(Exception, match=r"permission denied|must be owner"), transaction.atomic():
        sql.execute(attempt)
    refused_raw(books, lambda: raw(books, JANUARY - timedelta(days=1)))


@pytest.mark.parametrize(
    "shadow",
    [
        (
            "CREATE TEMP TABLE ledger_softclosedpass AS SELECT 1::bigint AS company_id,"
            " pg_current_xact_id()::text::bigint AS transaction,"
            " transaction_timestamp() AS begun_at,"
            " '2000-01-01'::date AS first_on, now() AS recorded_at"
        ),
        (
            "CREATE TEMP TABLE ledger_periodact (company_id bigint, number int,"
            " closed_through date, soft_closed_through date)"
        ),
    ],
)
def test_a_temporary_table_takes_no_place_of_ours(books: Books, shadow: str) -> None:
    def attempt() -> None:
        sql.execute(shadow)
        sql.execute("SET LOCAL search_path = pg_temp, public")
        raw(books)

    refused_raw(books, attempt)


def test_whoever_writes_the_pass_themselves_is_on_record_for_good(books: Books) -> None:
    """What the application's role can do past the service it cannot do unseen: said plainly."""
    company = books.actor.company_id
    sql.execute(PASS, {"company": company, "day": JANUARY, "at": books.actor.at})
    assert raw(books) == 1
    for removal in ("DELETE FROM ledger_softclosedpass", "TRUNCATE ledger_softclosedpass"):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            sql.execute(removal)
    assert SoftClosedPass.objects.get().recorded_by == "mallory"


@pytest.mark.django_db(databases=["default", "owner"], transaction=False)
def test_what_got_past_the_guard_is_named_by_the_proof(books: Books) -> None:
    """As if the owner had switched the guard off: the period is written down as open meanwhile."""
    company = books.actor.company_id
    services.post(books.actor, [sale(JANUARY)])
    assert "posted_past_a_soft_close" not in {one.code for one in proofs.prove(company)}
    last = PeriodAct.objects.get()
    raw(books, FEBRUARY, at=books.actor.at + timedelta(minutes=1))
    with connection.cursor() as cursor:  # the next act says it was closed since the first posting
        cursor.execute(
            "INSERT INTO ledger_periodact (company_id, number, act, first_on, last_on,"
            " soft_closed_through, last_posting_id, trial_balance, recorded_at, recorded_by)"
            " VALUES (%s, 2, 'soft_close', %s, %s, %s, %s, '[]', now(), 'x')",
            [company, date(2026, 2, 1), FEBRUARY, FEBRUARY, last.last_posting_id],
        )
    found = [str(one) for one in proofs.prove(company) if one.code == "posted_past_a_soft_close"]
    assert found == [
        (
            "posted_past_a_soft_close: posting of planted 1 on 2026-02-28: expected 0, found 1 EUR"
            " (minor units)"
        )
    ]


def test_a_month_closed_for_good_takes_nothing_pass_or_not(books: Books) -> None:
    services.close_period(books.actor, JANUARY)
    given = {"company": books.actor.company_id, "day": JANUARY, "at": books.actor.at}
    sql.execute(PASS, given)
    with pytest.raises(IntegrityError, match="are closed up to"), transaction.atomic():
        raw(books)
    assert planted() == 0


def test_what_was_posted_before_passes_were_kept_is_given_one(books: Books) -> None:
    """The migration's own statement: books that were right stay right."""
    earlier = import_module("creditdesk.ledger.migrations.0005_soft_closed_days").EARLIER
    services.post(books.actor, [sale(JANUARY), sale(JANUARY - timedelta(days=3), 901)])
    before = set(SoftClosedPass.objects.values_list("id", flat=True))
    assert sql.execute(earlier) == 1
    made = SoftClosedPass.objects.exclude(id__in=before).get()
    assert (made.first_on, made.recorded_at, made.transaction, made.command) == (
        JANUARY - timedelta(days=3), books.actor.at, 0, "",
    )  # fmt: skip
