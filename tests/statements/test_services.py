"""Statements drawn up from the books, sent once, kept as they left."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditdesk.cash import services as cash
from creditdesk.contact.models import Message
from creditdesk.controls.privacy.cases import Case
from creditdesk.controls.privacy.rules import Subject
from creditdesk.controls.privacy.services.redacting import take_erasure_id
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import REVENUE, UNAPPLIED, Posting
from creditdesk.plumbing import queries as files
from creditdesk.plumbing import sql
from creditdesk.policy import services as policy
from creditdesk.statements import queries, services
from creditdesk.statements.models import Sent
from creditdesk.statements.rules import Statement
from tests.insight.books import START, Books, opened
from tests.insight.histories import STEPS, History
from tests.statements.conftest import with_mail
from tests.support import verapdf
from tests.support.at_once import at_once

JANUARY = (date(2026, 1, 1), date(2026, 1, 31))
FEBRUARY = (date(2026, 2, 1), date(2026, 2, 28))


def told(
    books: Books, customer_id: int, days: tuple[date, date], currency: str = "EUR"
) -> Statement:
    found = queries.statements(
        books.actor.company_id, [customer_id], first_on=days[0], last_on=days[1]
    )[customer_id]
    return next(one for one in found if one.currency == currency)


def shape(one: Statement) -> list[tuple[str, str, int, int]]:
    return [
        (line.movement.kind, line.movement.number, line.movement.minor, line.balance_minor)
        for line in one.lines
    ]


def test_a_statement_tells_what_moved_and_what_stands_open(books: Books) -> None:
    acorn = books.customers[0]
    january, february = told(books, acorn, JANUARY), told(books, acorn, FEBRUARY)
    assert shape(january) == [("invoice", "INV-1", 1200, 1200)]
    assert (january.opening_minor, january.closing_minor) == (0, 1200)
    assert january.late_minor == (0, 1200, 0, 0, 0)
    assert shape(february) == [
        ("payment", "PAY-2", -605, 595),
        ("invoice", "INV-3", 300, 895),
    ]
    assert (february.opening_minor, february.closing_minor) == (1200, 895)
    assert [(one.number, one.open_minor, one.late_days) for one in february.documents] == [
        ("INV-1", 600, 33),
        ("INV-3", 300, 0),
    ]
    assert (february.late_minor, february.unapplied_minor) == ((300, 0, 600, 0, 0), 5)


def test_each_currency_has_a_statement_of_its_own_without_a_rate_in_it(books: Books) -> None:
    acorn = books.customers[0]
    books.invoice(acorn, 777, issued=date(2026, 2, 3), due=date(2026, 3, 3), currency="USD")
    found = queries.statements(
        books.actor.company_id, books.customers, first_on=FEBRUARY[0], last_on=FEBRUARY[1]
    )
    assert [(one.currency, one.closing_minor) for one in found[acorn]] == [
        ("EUR", 895),
        ("USD", 777),
    ]
    assert found[books.customers[1]] == []


def test_what_is_undone_is_told_as_taken_back(books: Books) -> None:
    acorn = books.customers[0]
    books.credit("INV-3", 300, issued=date(2026, 2, 25))
    payment = sql.scalar("SELECT id FROM cash_payment WHERE reference = 'PAY-2'", [])
    books.on(date(2026, 2, 27))
    cash.undo(books.actor, payment)
    cash.assign_payer(books.actor, payment, books.customers[1])
    one = told(books, acorn, FEBRUARY)
    assert [(kind, number, minor) for kind, number, minor, _ in shape(one)] == [
        ("payment", "PAY-2", -605),
        ("invoice", "INV-3", 300),
        ("credit", "CN-4", -300),
        ("payment", "PAY-2", 605),
    ]
    assert one.closing_minor == 1200


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, cuts=st.lists(st.integers(-60, 150), min_size=2, max_size=5, unique=True))
def test_any_history_adds_up_and_each_statement_begins_where_the_last_one_ended(
    actor: Actor, steps: list[tuple[str, int, int, int]], cuts: list[int]
) -> None:
    with transaction.atomic():
        history = History(opened(actor, "Acorn", "Birch"))
        for step in steps:
            history.act(*step)
        ends = [START + timedelta(days=cut) for cut in sorted(cuts)]
        closing: dict[tuple[int, str], int] = {}
        for before, last_on in pairwise(ends):
            found = queries.statements(
                actor.company_id, history.books.customers,
                first_on=before + timedelta(days=1), last_on=last_on,
            )  # fmt: skip
            for one in (one for each in found.values() for one in each):
                key = (one.customer_id, one.currency)
                moved = sum(line.movement.minor for line in one.lines)
                assert one.opening_minor + moved == one.closing_minor
                if before != ends[0]:
                    assert one.opening_minor == closing.get(key, 0)
                closing[key] = one.closing_minor
        transaction.set_rollback(True)


def test_a_statement_is_queued_with_its_page_and_kept(books: Books) -> None:
    acorn = books.customers[0]
    with_mail(books, acorn)
    books.on(date(2026, 3, 3))
    done = services.send(books.actor, books.customers, first_on=FEBRUARY[0], last_on=FEBRUARY[1])
    assert (done.customers, done.statements, done.left) == (1, 1, {"nothing_to_tell": 1})
    row = Sent.objects.get()
    assert (row.opening_minor, row.moved_minor, row.closing_minor) == (1200, -305, 895)
    message = Message.objects.get(id=row.message_id)
    assert message.recipient == "ap@acorn.example"
    assert message.subject == "Statement of account on 28 Feb 2026: 8.95 EUR"
    kept = files.kept_file(books.actor.company_id, row.file_id)
    assert kept.content.startswith(b"%PDF")
    assert kept.name == "statement-C1-2026-02-28-EUR.pdf"
    again = services.statement_page(
        books.actor, "C1", "EUR", first_on=FEBRUARY[0], last_on=FEBRUARY[1]
    )
    assert again == kept.content
    page = queries.sent(books.actor.company_id)
    assert [(one.customer_number, one.message_reference) for one in page.rows] == [
        ("C1", message.reference)
    ]


@pytest.mark.needs("verapdf")
def test_the_reference_validator_takes_the_page(books: Books, tmp_path: Path) -> None:
    pdf = services.statement_page(
        books.actor, "C1", "EUR", first_on=FEBRUARY[0], last_on=FEBRUARY[1]
    )
    assert verapdf.broken(tmp_path, {"statement": pdf}) == {"statement": []}


def test_who_has_no_address_is_left_and_named(books: Books) -> None:
    done = services.send(books.actor, books.customers, first_on=FEBRUARY[0], last_on=FEBRUARY[1])
    assert (done.customers, done.left) == (0, {"no_address": 1, "nothing_to_tell": 1})
    assert Message.objects.count() == Sent.objects.count() == 0


def test_nothing_leaves_unless_somebody_set_an_interval(books: Books) -> None:
    with_mail(books, books.customers[0])
    assert services.send_due(books.actor).customers == 0
    services.set_schedule(books.actor, "month")
    assert services.send_due(books.actor).statements == 1
    assert services.send_due(books.actor).statements == 0
    assert Sent.objects.get().period_key == "2026-02"
    books.on(date(2026, 4, 1))
    assert services.send_due(books.actor).statements == 1


def test_a_customers_own_interval_goes_before_the_companys(books: Books) -> None:
    acorn, birch = books.customers
    with_mail(books, acorn)
    with_mail(books, birch, "ap@birch.example")
    books.invoice(birch, 50, issued=date(2026, 2, 3), due=date(2026, 3, 3))
    services.set_schedule(books.actor, "month")
    services.set_schedule(books.actor, "never", customer_number="C1")
    services.send_due(books.actor)
    assert [row.customer_id for row in Sent.objects.all()] == [birch]
    services.set_schedule(books.actor, "quarter", customer_number="C1")
    services.send_due(books.actor)
    assert Sent.objects.filter(customer_id=acorn).count() == 0  # nothing happened last year


def test_books_that_do_not_add_up_are_told_to_nobody(books: Books) -> None:
    acorn = books.customers[0]
    with_mail(books, acorn)
    stray = Posting(
        debit=UNAPPLIED, credit=REVENUE, currency="EUR", minor=1, effective_on=date(2026, 2, 5),
        source_kind="stray", source_id=1, customer_id=acorn,
    )  # fmt: skip
    ledger.post(books.actor, [stray])
    with pytest.raises(Refused) as refused:
        services.send(books.actor, [acorn], first_on=FEBRUARY[0], last_on=FEBRUARY[1])
    assert refused.value.code == "statement_does_not_add_up"
    assert Message.objects.count() == Sent.objects.count() == 0


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ((date(2026, 2, 2), date(2026, 2, 1)), "period_backwards"),
        ((date(2026, 3, 1), date(2026, 3, 3)), "period_not_over"),
    ],
)
def test_an_impossible_period_is_refused(books: Books, days: tuple[date, date], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.send(books.actor, books.customers, first_on=days[0], last_on=days[1])
    assert refused.value.code == code
    assert Message.objects.count() == 0


def test_an_unknown_interval_and_an_unknown_currency_are_refused(books: Books) -> None:
    with pytest.raises(Invalid) as refused:
        services.set_schedule(books.actor, "fortnight")
    assert refused.value.code == "interval_unknown"
    with pytest.raises(NotFound) as unknown:
        services.statement_page(books.actor, "C1", "KWD", first_on=FEBRUARY[0], last_on=FEBRUARY[1])
    assert unknown.value.code == "statement_unknown"


def test_what_was_sent_cannot_be_rewritten(books: Books) -> None:
    with_mail(books, books.customers[0])
    services.send(books.actor, books.customers[:1], first_on=FEBRUARY[0], last_on=FEBRUARY[1])
    for attack in (
        "UPDATE statements_sent SET closing_minor = 0, moved_minor = -opening_minor",
        "DELETE FROM statements_sent",
        "TRUNCATE statements_sent",
        "DELETE FROM statements_schedule",
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            sql.execute(attack, [])
    assert Sent.objects.get().closing_minor == 895


def test_two_workers_send_a_scheduled_statement_once(committed_db: None) -> None:
    from tests.support.fixtures import founded, standing_actor  # noqa: PLC0415

    books = opened(standing_actor(founded()), "Acorn")
    acorn = books.customers[0]
    books.on(date(2026, 2, 3)).invoice(acorn, 100, issued=date(2026, 2, 3), due=date(2026, 3, 3))
    with_mail(books, acorn)
    books.on(date(2026, 3, 3))
    services.set_schedule(books.actor, "month")
    rivals = [replace(books.actor, name=f"worker {n}") for n in range(4)]
    results = at_once(*(lambda actor=one: services.send_due(actor) for one in rivals))
    assert Sent.objects.count() == Message.objects.count() == 1
    lost = [one for one in results if isinstance(one, Conflict)]
    assert {one.code for one in lost} <= {"statement_sent_already"}


def case_of(actor: Actor, customer_id: int) -> Case:
    subject = Subject("customer", customer_id)
    return Case(actor, subject, "DE", take_erasure_id())


def test_pages_older_than_letters_are_kept_leave_and_the_figures_stay(books: Books) -> None:
    acorn = books.customers[0]
    with_mail(books, acorn)
    services.send(books.actor, [acorn], first_on=FEBRUARY[0], last_on=FEBRUARY[1])
    row = Sent.objects.get()
    young, kept = services.erase_personal(case_of(books.actor, acorn)).lines
    assert (young.count, kept.count, kept.until) == (0, 1, date(2032, 12, 31))
    assert files.kept_file(books.actor.company_id, row.file_id).content
    later = books.on(date(2033, 1, 2)).actor
    held = replace(case_of(later, acorn), held=frozenset({acorn}))
    assert services.retain(held)[0].count == 0
    gone, _ = services.erase_personal(case_of(later, acorn)).lines
    assert gone.count == 1
    with pytest.raises(NotFound) as erased:
        files.kept_file(books.actor.company_id, row.file_id)
    assert erased.value.code == "file_erased"
    assert Sent.objects.get().closing_minor == 895
    assert services.retain(case_of(later, acorn))[0].count == 0


def test_each_new_way_of_moving_has_its_own_word(books: Books) -> None:
    acorn, birch = books.customers
    theirs = books.invoice(birch, 400, issued=date(2026, 2, 3), due=date(2026, 3, 3))
    books.on(date(2026, 2, 12))
    mine = sql.scalar(
        "SELECT id FROM invoices_item WHERE customer_id = %s AND total_minor = 300", [acorn]
    )
    payment = books.receive(700, on=date(2026, 2, 11))
    cash.apply_for_several(
        books.actor, payment, allocations={theirs: 400, mine: 300}, payer_id=acorn
    )
    books.on(date(2026, 2, 24))
    back = cash.Returned(payment_id=payment, on=date(2026, 2, 24), reason_code="AM04")
    cash.return_payments(books.actor, [back])
    kinds = [kind for kind, *_ in shape(told(books, acorn, FEBRUARY))]
    assert kinds.count("for_another") == 2  # paid, and taken back
    assert kinds.count("returned") == 1
    assert "adjustment" not in kinds
    other = told(books, birch, FEBRUARY)
    assert [kind for kind, *_ in shape(other)] == ["invoice", "by_another", "by_another"]
    assert other.closing_minor == 400
    assert told(books, acorn, FEBRUARY).closing_minor == 895


def test_what_is_brought_forward_is_of_its_own_currency_alone(books: Books) -> None:
    """A balance in dollars is never begun from one in euro, nor valued at any day's rate."""
    acorn = books.customers[0]
    books.on(date(2026, 1, 20))
    dollars = books.invoice(
        acorn, 9_000, issued=date(2026, 1, 20), due=date(2026, 2, 20), currency="USD"
    )
    books.on(date(2026, 2, 14))
    policy.load_rates([("USD", "EUR", date(2026, 2, 14), Decimal("0.5"))], source="test")
    books.pay(dollars, 4_000, on=date(2026, 2, 14), currency="USD")
    books.on(date(2026, 3, 2))
    carried = {
        (days[0].month, currency): (one.opening_minor, one.closing_minor)
        for days in (JANUARY, FEBRUARY)
        for currency in ("EUR", "USD")
        for one in [told(books, acorn, days, currency)]
    }
    assert carried == {
        (1, "EUR"): (0, 1_200), (1, "USD"): (0, 9_000),
        (2, "EUR"): (1_200, 895), (2, "USD"): (9_000, 5_000),
    }  # fmt: skip
    february = told(books, acorn, FEBRUARY, "USD")
    assert [(kind, minor) for kind, _, minor, _ in shape(february)] == [("payment", -4_000)]
    assert [one.open_minor for one in february.documents] == [5_000]
