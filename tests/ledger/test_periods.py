"""Periods: what closing refuses, what a closed period refuses, and where late facts go."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash import services as cash
from creditdesk.controls import rules as controls_rules
from creditdesk.insight import queries as proofs
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.ledger import queries, rules, services
from creditdesk.ledger.rules import BANK, RECEIVABLE, REVENUE, Boundary, Posting
from creditdesk.plumbing import sql
from tests.insight.books import Books, opened

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
MARCH = date(2026, 3, 31)
FIRST = date(2026, 1, 12)
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@pytest.fixture
def books(actor: Actor) -> Books:
    """A customer who was invoiced in January and in February; today is 16 March."""
    kept = opened(actor, "Acorn", "Birch").on(date(2026, 3, 16))
    for month in (1, 2):
        issued = date(2026, month, 12)
        kept.invoice(kept.customers[0], 10_000, issued=issued, due=issued + timedelta(days=30))
    return kept


def sale(on: date, source_id: int = 900) -> Posting:
    return Posting(
        debit=BANK, credit=REVENUE, currency="EUR", minor=100, effective_on=on,
        source_kind="test", source_id=source_id,
    )  # fmt: skip


def only(actor: Actor, *permissions: str) -> Actor:
    return replace(actor, permissions=frozenset(permissions))


def state(company_id: int) -> tuple[Any, ...]:
    return (
        queries.boundary(company_id),
        len(queries.acts(company_id)),
        sql.scalar("SELECT count(*) FROM ledger_posting"),
        sql.scalar("SELECT count(*) FROM controls_auditentry"),
    )


# Closing.


def test_a_company_that_never_closed_posts_to_every_day(books: Books) -> None:
    assert services.hold_open(books.actor) == rules.OpenDates(None, has_moved=False)
    assert queries.boundary(books.actor.company_id) == Boundary()
    services.post(books.actor, [sale(date(1999, 1, 1))])


def test_a_closing_says_what_is_closed_and_keeps_the_trial_balance(books: Books) -> None:
    actor, company = books.actor, books.actor.company_id
    closed = services.close_period(actor, JANUARY)
    assert closed == services.ClosedPeriod(date(2026, 1, 1), JANUARY, "closed", JANUARY, None)
    assert queries.boundary(company) == Boundary(1, JANUARY, None)
    assert [(p.first_on, p.status) for p in queries.periods(company, until=actor.today)] == [
        (date(2026, 1, 1), "closed"), (date(2026, 2, 1), "open"), (date(2026, 3, 1), "open"),
    ]  # fmt: skip
    (act,) = queries.acts(company)
    assert (act.act, act.last_on, act.recorded_by) == ("close", JANUARY, actor.name)
    kept = sql.scalar("SELECT trial_balance->0->>'closing_minor' FROM ledger_periodact")
    assert int(kept) == 10_000  # receivable, the first account by name
    audit = sql.scalars("SELECT command FROM controls_auditentry ORDER BY id DESC LIMIT 1")
    assert audit == ["ledger.close_period"]


@pytest.mark.parametrize(
    ("last_on", "soft", "code"),
    [
        (FEBRUARY, False, "earlier_period_open"),
        (FEBRUARY, True, "earlier_period_open"),
        (MARCH, False, "period_not_over"),
        (date(2026, 3, 16), True, "period_not_over"),
    ],
)
def test_a_closing_out_of_turn_changes_nothing(
    books: Books, last_on: date, *, soft: bool, code: str
) -> None:
    before = state(books.actor.company_id)
    with pytest.raises(Refused) as refused:
        services.close_period(books.actor, last_on, soft=soft)
    assert refused.value.code == code
    assert state(books.actor.company_id) == before


def test_a_period_is_closed_once(books: Books) -> None:
    services.close_period(books.actor, JANUARY)
    before = state(books.actor.company_id)
    with pytest.raises(Conflict) as conflict:
        services.close_period(books.actor, JANUARY)
    assert conflict.value.code == "period_closed_already"
    assert state(books.actor.company_id) == before


def test_books_that_do_not_prove_are_not_closed(books: Books) -> None:
    sql.execute("UPDATE invoices_item SET open_minor = open_minor - 1 WHERE open_minor > 1")
    before = state(books.actor.company_id)
    with pytest.raises(Refused) as refused:
        services.close_period(books.actor, JANUARY)
    assert refused.value.code == "books_differ"
    assert state(books.actor.company_id) == before


@pytest.mark.parametrize("role", ["collector", "cash_applier", "analyst", "auditor", "sales"])
def test_only_who_may_close_closes(books: Books, role: str) -> None:
    actor = only(books.actor, *controls_rules.ROLES[role])
    for act in (
        lambda: services.close_period(actor, JANUARY),
        lambda: services.reopen_period(actor, JANUARY, reason="because"),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "not_permitted"


# What a closed period refuses, and to whom.


def test_a_closed_day_takes_no_posting_from_anybody(books: Books) -> None:
    services.close_period(books.actor, JANUARY)
    for day in (JANUARY, date(2025, 6, 1)):
        with pytest.raises(Refused) as refused:
            services.post(books.actor, [sale(MARCH), sale(day, 901)])
        assert refused.value.code == "period_closed"
    assert not sql.scalar("SELECT count(*) FROM ledger_posting WHERE source_kind = 'test'")
    assert services.post(books.actor, [sale(JANUARY + timedelta(days=1))]) == 1


INSERT = (
    "INSERT INTO ledger_posting (company_id, debit_id, credit_id, currency, minor, effective_on,"
    " recorded_at, source_kind, source_id) SELECT company_id, debit_id, credit_id, currency, 1,"
    " '{day}', recorded_at, 'planted', g FROM (SELECT * FROM ledger_posting LIMIT 1) p,"
    " generate_series(1, 3) g"
)


def test_the_database_itself_refuses_a_closed_day(books: Books) -> None:
    services.close_period(books.actor, JANUARY)
    row = sql.fetch(
        tuple_of_four, "SELECT company_id, debit_id, credit_id, 1 FROM ledger_posting LIMIT 1"
    )[0]

    def copied() -> None:
        sql.copy_rows(
            "ledger_posting",
            ("company_id", "debit_id", "credit_id", "minor", "currency", "effective_on",
             "recorded_at", "source_kind", "source_id"),
            [(*row, "EUR", JANUARY, books.actor.at, "planted", 9)],
        )  # fmt: skip

    shadow = "CREATE TEMP TABLE ledger_periodact (company_id int, number int, closed_through date);"
    attempts: Sequence[Callable[[], object]] = (
        lambda: sql.execute(INSERT.format(day=JANUARY)),
        lambda: sql.execute(shadow + INSERT.format(day=JANUARY)),
        copied,
        lambda: sql.execute(
            "WITH new AS (" + INSERT.format(day=JANUARY) + " RETURNING 1) SELECT * FROM new"
        ),
    )  # fmt: skip
    for attempt in attempts:
        with pytest.raises(IntegrityError, match="closed up to"), transaction.atomic():
            attempt()
    assert sql.execute(INSERT.format(day=date(2026, 2, 1))) == 3


def tuple_of_four(*values: int) -> tuple[int, ...]:
    return values


@pytest.mark.django_db(databases=["default", "owner"], transaction=False)
def test_the_owner_is_refused_as_well(books: Books) -> None:
    services.close_period(books.actor, JANUARY)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgenabled, tgtype & 1 FROM pg_trigger WHERE tgname = 'guard_periods'"
        )
        assert cursor.fetchall() == [("O", 0)]  # enabled, once per statement, whoever writes


def test_a_soft_closed_month_is_open_to_whoever_has_the_right(books: Books) -> None:
    services.close_period(books.actor, JANUARY, soft=True)
    clerk = only(books.actor, "cash.*", "invoices.*")
    assert services.hold_open(clerk).first_open == date(2026, 2, 1)
    with pytest.raises(Refused) as refused:
        services.post(clerk, [sale(JANUARY)])
    assert refused.value.code == "period_closed"
    assert services.post(only(clerk, "ledger.post_closed"), [sale(JANUARY)]) == 1
    services.close_period(books.actor, JANUARY)
    with pytest.raises(Refused):
        services.post(only(clerk, "ledger.post_closed"), [sale(JANUARY, 901)])


# Reopening.


def test_reopening_needs_a_reason_and_leaves_a_trace(books: Books) -> None:
    actor, company = books.actor, books.actor.company_id
    services.close_period(actor, JANUARY)
    services.close_period(actor, FEBRUARY)
    before = state(company)
    with pytest.raises(Invalid) as invalid:
        services.reopen_period(actor, FEBRUARY, reason="  ")
    assert invalid.value.code == "reason_missing"
    with pytest.raises(Refused) as refused:
        services.reopen_period(actor, JANUARY, reason="late invoice")
    assert refused.value.code == "later_period_closed"
    with pytest.raises(NotFound) as unknown:
        services.reopen_period(actor, date(2026, 2, 27), reason="late invoice")
    assert unknown.value.code == "period_unknown"
    assert state(company) == before
    services.reopen_period(actor, FEBRUARY, reason="late invoice")
    assert queries.boundary(company) == Boundary(3, JANUARY, None)
    assert queries.acts(company)[0].reason == "late invoice"
    services.reopen_period(actor, JANUARY, reason="the other one")
    assert queries.boundary(company) == Boundary(4, None, None)
    with pytest.raises(Conflict) as conflict:
        services.reopen_period(actor, JANUARY, reason="again")
    assert conflict.value.code == "period_open_already"
    assert services.post(actor, [sale(JANUARY)]) == 1
    assert proofs.prove(company) == []


# Late facts.


def dates_of(kind: str) -> list[date]:
    return sql.scalars(
        "SELECT effective_on FROM ledger_posting WHERE source_kind = %s ORDER BY id DESC", [kind]
    )


def test_late_facts_keep_their_documents_dates_and_go_to_the_first_open_day(books: Books) -> None:
    actor, acorn = books.actor, books.customers[0]
    services.close_period(actor, JANUARY)
    first_open = date(2026, 2, 1)
    item = books.invoice(acorn, 5_000, issued=FIRST, due=JANUARY)
    assert dates_of("item")[:2] == [first_open, first_open]  # revenue and tax
    assert sql.scalar("SELECT issued_on FROM invoices_item WHERE id = %s", [item]) == FIRST
    books.credit("INV-3", 1_000, issued=date(2026, 1, 20))
    assert dates_of("credit_note") == [first_open]
    assert dates_of("credit_application") == [first_open]
    csv = f"Account;Booking date;Amount;Currency;Counterparty;Text\nDE02;{FIRST:%d.%m.%Y};40,00;EUR;Acorn;x\n"  # noqa: E501
    cash.take_in(actor, filename="late.csv", content=csv.encode())
    assert dates_of("payment")[:1] == [first_open]
    payment = int(sql.scalar("SELECT max(id) FROM cash_payment"))
    cash.apply(actor, payment, allocations={item: 4_000})
    assert dates_of("payer") == [first_open]
    assert dates_of("allocation") == [first_open]
    found = sql.fetch(
        tuple_of_four, "SELECT received_on, identified_on, 0, 0 FROM cash_payment ORDER BY id DESC"
    )
    assert found[0][:2] == (FIRST, first_open)
    assert proofs.prove(actor.company_id) == []
    on_january = {b.account: b.minor for b in queries.balances(actor.company_id, as_of=JANUARY)}
    assert on_january[RECEIVABLE] == 10_000
    assert BANK not in on_january


def test_what_moved_is_never_overtaken_after_reopening(books: Books) -> None:
    """An item that stands in February is not settled in January, though January is open again."""
    actor, acorn = books.actor, books.customers[0]
    services.close_period(actor, JANUARY)
    item = books.invoice(acorn, 5_000, issued=FIRST, due=JANUARY)
    services.reopen_period(actor, JANUARY, reason="one more")
    payment = books.receive(5_000, on=FIRST)
    cash.apply(actor, payment, allocations={item: 3_000})
    assert dates_of("allocation") == [date(2026, 2, 1)]
    books.credit("INV-3", 1_000, issued=FIRST)
    assert dates_of("credit_application") == [date(2026, 2, 1)]
    for day in (FIRST, JANUARY, date(2026, 2, 1)):
        for row in queries.customer_balances(actor.company_id, RECEIVABLE, as_of=day):
            assert row.minor >= 0


def test_a_late_batch_looks_once(books: Books, django_assert_max_num_queries: Any) -> None:
    services.close_period(books.actor, JANUARY)
    news = [
        invoices_new(books.customers[0], f"L-{n}", FIRST if n % 2 else FEBRUARY) for n in range(40)
    ]
    with django_assert_max_num_queries(25):
        result = invoices.record(books.actor, news)
    assert result.recorded == 40
    assert set(dates_of("item")[:40]) == {date(2026, 2, 1), FEBRUARY}


def invoices_new(customer_id: int, number: str, issued: date) -> NewInvoice:
    return NewInvoice(
        customer_id=customer_id, number=number, issued_on=issued, due_on=issued, currency="EUR",
        net_minor=100,
    )  # fmt: skip


# The rules.


@given(day=DAYS, first_open=st.none() | DAYS)
def test_the_earliest_open_date_is_never_earlier_and_never_closed(
    day: date, first_open: date | None
) -> None:
    moved = rules.earliest_open_date(day, first_open)
    assert moved == max(day, first_open or day)


@given(days=st.lists(DAYS, min_size=2, max_size=6), first_open=st.none() | DAYS)
def test_moving_keeps_the_order_of_facts(days: list[date], first_open: date | None) -> None:
    moved = list(rules.OpenDates(first_open).each(sorted(days)))
    assert moved == sorted(moved)


@given(first=DAYS, length=st.integers(0, 700), ends=st.lists(DAYS, max_size=5))
def test_periods_cover_every_day_once(first: date, length: int, ends: list[date]) -> None:
    until = first + timedelta(days=length)
    found = rules.periods(first, until, ends, Boundary())
    assert found[0].first_on <= first
    assert found[-1].first_on <= until <= found[-1].last_on
    for one, following in itertools.pairwise(found):
        assert following.first_on == one.last_on + timedelta(days=1)
    for period in found:
        assert rules.month_end(period.first_on) >= period.last_on >= period.first_on
    last_days = {period.last_on for period in found}
    assert {end for end in ends if found[0].first_on <= end <= found[-1].last_on} <= last_days


@given(
    st.lists(
        st.tuples(st.sampled_from(["close", "soft", "reopen"]), st.integers(1, 8)), max_size=25
    )
)
def test_acts_in_any_order_keep_one_boundary(acts: list[tuple[str, int]]) -> None:
    """Against a list of eight months: closed come first, then soft-closed, then open."""
    statuses = ["open"] * 8
    boundary = Boundary()
    today = date(2026, 12, 1)
    for act, month in acts:
        last_on = rules.month_end(date(2026, month, 1))
        known = rules.periods(date(2026, 1, 1), date(2026, 8, 31), (), boundary)
        assert [period.status for period in known] == statuses
        if act == "reopen":
            if not rules.why_not_reopened(last_on, known):
                statuses[month - 1] = "open"
                boundary = rules.reopened(boundary, last_on, known)
            continue
        soft = act == "soft"
        if not rules.why_not_closed(last_on, known, boundary, today=today, soft=soft):
            statuses[month - 1] = "soft_closed" if soft else "closed"
            boundary = rules.closed_through(boundary, last_on, soft=soft)
    rank = {"closed": 0, "soft_closed": 1, "open": 2}
    known = rules.periods(date(2026, 1, 1), date(2026, 8, 31), (), boundary)
    assert [period.status for period in known] == statuses
    assert statuses == sorted(statuses, key=rank.__getitem__)
