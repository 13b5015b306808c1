"""The proof holds on books the services made, and names each record somebody tampered with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections

from creditdesk.assessment.cases import services as cases
from creditdesk.cash import services as cash
from creditdesk.cash.services import NewReceipt
from creditdesk.credit import services as credit
from creditdesk.insight import queries, replaying
from creditdesk.insight.queries.proof import CHECKS
from creditdesk.insight.replaying import Replayed
from creditdesk.kernel.actor import Actor
from tests.assessment.cases import verbs as case_verbs
from tests.insight.books import START, Books, opened
from tests.orders import verbs
from tests.support.fixtures import founded


def worked(actor: Actor) -> Books:
    """Return books with something in every place that is proved."""
    books = opened(actor, "Acorn", "Birch")
    acorn, birch = books.customers
    paid = books.invoice(acorn, 10_000, issued=START, due=START + timedelta(days=10))
    credited = books.invoice(acorn, 600, issued=START, due=START)
    books.invoice(birch, 900, issued=START, due=START, currency="USD")
    books.pay(paid, 4_000, on=START)
    books.credit("INV-2", 250, issued=START)
    undone = books.pay(credited, 100, on=START)
    cash.undo(books.actor, undone)
    books.receive(77, on=START)
    credit.set_limit(
        books.actor, acorn, minor=100_000, currency="EUR", valid_from=START, reason="test"
    )
    return books


def test_the_services_books_are_proved(actor: Actor) -> None:
    worked(actor)
    assert queries.prove(actor.company_id) == []


def test_books_of_nobody_are_proved(actor: Actor) -> None:
    assert queries.prove(actor.company_id) == []


# Each statement runs as the owner of the database, past the append-only triggers; the named
# records are what the proof must say, whatever else it finds in consequence.
ITEM_1 = "(SELECT min(id) FROM invoices_item)"
ACCOUNT = "(SELECT id FROM ledger_account WHERE code = '{}')"
POSTING = (
    "INSERT INTO ledger_posting (company_id, debit_id, credit_id, currency, minor, customer_id,"
    " item_id, effective_on, recorded_at, source_kind, source_id) SELECT company_id, {debit},"
    " {credit}, 'EUR', 5, {customer}, NULL, effective_on, recorded_at, 'planted', 1"
    " FROM ledger_posting LIMIT 1"
)
CORRUPTIONS = [
    (
        "UPDATE invoices_item SET open_minor = open_minor - 1 WHERE id = " + ITEM_1,
        {
            "receivable_control: customer C1: expected 6350, found 6349 EUR",
            "item_ledger: item INV-1/1: expected 6000, found 5999 EUR",
            "item_parts: item INV-1/1: expected 6000, found 5999 EUR",
            "exposure_open: exposure of customer C1: expected 6349, found 6350 EUR",
            "exposure_listed: exposure of customer C1: expected 6249, found 6250 EUR",
        },
    ),
    (
        "DELETE FROM ledger_posting WHERE source_kind = 'item' AND item_id = " + ITEM_1,
        {
            "receivable_control: customer C1: expected -3650, found 6350 EUR",
            "item_ledger: item INV-1/1: expected -4000, found 6000 EUR",
        },
    ),
    (
        "UPDATE ledger_posting SET customer_id = 999 WHERE source_kind = 'allocation'"
        " AND item_id = " + ITEM_1,
        {
            "receivable_control: no customer: expected -4000, found 0 EUR",
            "receivable_control: customer C1: expected 10350, found 6350 EUR",
            "item_ledger: item INV-1/1: expected 10000, found 6000 EUR",
        },
    ),
    (
        "UPDATE cash_payment SET unapplied_minor = 99 WHERE unapplied_minor = 100",
        {
            "unapplied_control: customer C1: expected 100, found 99 EUR",
            "payment_parts: payment PAY-6: expected 100, found 99 EUR",
            "exposure_unapplied: exposure of customer C1: expected 99, found 100 EUR",
        },
    ),
    (
        "UPDATE cash_payment SET unapplied_minor = 76 WHERE unapplied_minor = 77",
        {
            "unidentified_control: payments of unknown payers: expected 77, found 76 EUR",
            "payment_parts: payment PAY-7: expected 77, found 76 EUR",
        },
    ),
    (
        POSTING.format(
            debit=ACCOUNT.format("bank"), credit=ACCOUNT.format("unidentified"), customer="NULL"
        ),
        {"unidentified_control: payments of unknown payers: expected 82, found 77 EUR"},
    ),
    (
        "INSERT INTO ledger_account (company_id, code) VALUES (0, 'elsewhere'); "
        + POSTING.format(
            debit=ACCOUNT.format("bank"), credit=ACCOUNT.format("elsewhere"), customer="NULL"
        ),
        {"accounts_balance: all accounts: expected 0, found 5 EUR"},
    ),
    (
        (
            "INSERT INTO ledger_periodact (company_id, number, act, first_on, last_on,"
            " closed_through, last_posting_id, trial_balance, recorded_at, recorded_by)"
            " SELECT company_id, 1, 'close', effective_on, effective_on, effective_on, id - 1,"
            " '[]', recorded_at, 'mallory' FROM ledger_posting ORDER BY id DESC LIMIT 1"
        ),
        {"posted_to_closed_dates: posting of payment {payment} on 2026-01-05: expected 0"},
    ),
    (
        (
            "INSERT INTO ledger_periodact (company_id, number, act, first_on, last_on,"
            " soft_closed_through, last_posting_id, trial_balance, recorded_at, recorded_by)"
            " SELECT company_id, 1, 'soft_close', effective_on, effective_on, effective_on, id - 1,"
            " '[]', recorded_at, 'mallory' FROM ledger_posting ORDER BY id DESC LIMIT 1"
        ),
        {"posted_past_a_soft_close: posting of payment {payment} on 2026-01-05: expected 0"},
    ),
    (
        "DELETE FROM cash_allocation WHERE item_id = " + ITEM_1,
        {
            "item_parts: item INV-1/1: expected 10000, found 6000 EUR",
            "payment_parts: payment PAY-4: expected 4000, found 0 EUR",
        },
    ),
    (
        "UPDATE cash_allocation SET minor = 10001 WHERE item_id = " + ITEM_1,
        {
            "allocated_beyond_item: item INV-1/1: expected 10000, found 10001 EUR",
            "allocated_beyond_payment: payment PAY-4: expected 4000, found 10001 EUR",
        },
    ),
    (
        "UPDATE cash_payment SET currency = 'USD' WHERE reference = 'PAY-4'",
        {"allocated_across_currencies: allocation {allocation} of payment PAY-4 to INV-1"},
    ),
    (
        "UPDATE invoices_creditapplication SET minor = 249",
        {
            "item_parts: item INV-2/1: expected 351, found 350 EUR",
            "credit_note_parts: credit note CN-5: expected 1, found 0 EUR",
        },
    ),
    (
        "UPDATE invoices_invoice SET net_minor = 1, total_minor = 151 WHERE currency = 'USD'",
        {"invoice_parts: invoice INV-3: expected 151, found 900 USD"},
    ),
    (
        "DELETE FROM credit_exposure WHERE currency = 'USD'",
        {"exposure_open: exposure of customer C2: expected 900, found 0 USD"},
    ),
    (
        "UPDATE credit_exposure SET unapplied_minor = 1 WHERE currency = 'USD'",
        {"exposure_unapplied: exposure of customer C2: expected 0, found 1 USD"},
    ),
    (
        "UPDATE credit_exposure SET reserved_minor = 1 WHERE currency = 'USD'",
        {"exposure_reserved: exposure of customer C2: expected 0, found 1 USD"},
    ),
]


# Past the books above: two sums of cash over the counter, one of them on its way to the bank.
COUNTER_CORRUPTIONS = [
    (
        "UPDATE cash_receipt SET minor = 701 WHERE minor = 700",
        {"undeposited_control: cheques and cash not yet at the bank: expected 900, found 901"},
    ),
    (
        "UPDATE cash_deposit SET total_minor = 299",
        {"deposit_parts: deposit {deposit}: expected 299, found 300 EUR"},
    ),
    (
        "UPDATE cash_deposit SET credited_on = brought_on, credited_at = recorded_at",
        {
            "undeposited_control: cheques and cash not yet at the bank: expected 900, found 600",
            "deposit_credits: deposit {deposit}: expected 300, found 0 EUR",
        },
    ),
    (
        "UPDATE cash_tillcount SET minor = -90, counted_minor = 610",
        {
            "undeposited_control: cheques and cash not yet at the bank: expected 900, found 910",
            "till_control: differences of the till: expected -100, found -90 EUR",
        },
    ),
]


@pytest.mark.parametrize(("corruption", "named"), CORRUPTIONS)
def test_what_was_tampered_with_is_named(
    committed_db: str, actor_of: Callable[..., Actor], corruption: str, named: set[str]
) -> None:
    books = worked(actor_of(founded().id))
    assert queries.prove(books.actor.company_id) == []
    with connections["owner"].cursor() as cursor:
        for table in (
            "ledger_posting", "invoices_invoice", "invoices_item", "cash_allocation",
            "cash_payment", "ledger_periodact", "ledger_softclosedpass",
        ):  # fmt: skip
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(corruption)
        assert cursor.rowcount > 0
        cursor.execute(
            "SELECT (SELECT min(id) FROM cash_allocation), (SELECT max(id) FROM cash_payment)"
        )
        allocation, payment = cursor.fetchone()
    found = [str(difference) for difference in queries.prove(books.actor.company_id)]
    for words in named:
        start = words.format(allocation=allocation, payment=payment)
        assert [text for text in found if text.startswith(start)], (start, found)


@pytest.mark.parametrize(("corruption", "named"), COUNTER_CORRUPTIONS)
def test_what_was_tampered_with_at_the_counter_is_named(
    committed_db: str, actor_of: Callable[..., Actor], corruption: str, named: set[str]
) -> None:
    actor = opened(actor_of(founded().id), "Acorn").actor
    kept, brought = (
        cash.take_receipt(
            actor,
            NewReceipt(
                customer_number="C1", kind="cash", currency="EUR", minor=minor,
                received_on=actor.today, on_account=True,
            ),
        )
        for minor in (700, 300)
    )  # fmt: skip
    cash.open_account(actor, "DE89370400440532013000", "EUR", "Town Bank")
    deposit = cash.deposit(
        actor, [brought.reference], account="DE89370400440532013000", brought_on=actor.today
    )
    assert kept.payment_id is not None
    cash.count_till(actor, "EUR", book_minor=700, counted_minor=600, reason="miscounted")
    assert queries.prove(actor.company_id) == []
    with connections["owner"].cursor() as cursor:
        for table in ("cash_receipt", "cash_deposit", "cash_tillcount"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(corruption)
        assert cursor.rowcount == 1
    found = [str(difference) for difference in queries.prove(actor.company_id)]
    for words in named:
        start = words.format(deposit=deposit.reference)
        assert [text for text in found if text.startswith(start)], (start, found)


def test_every_check_is_seen_to_bite() -> None:
    bitten = {
        words.partition(":")[0]
        for _, named in [*CORRUPTIONS, *COUNTER_CORRUPTIONS]
        for words in named
    }
    assert bitten == {code for code, _, _ in CHECKS}


# What was decided about an order and about an application, each changed in one place since.
DECISION_CORRUPTIONS = [
    (
        "UPDATE orders_decision SET inputs = jsonb_set(inputs, '{facts,with_order_minor}', '1')",
        "order SO-1",
    ),
    ("UPDATE orders_decision SET fired = '[]'", "order SO-1"),
    ("UPDATE orders_decision SET outcome = 'accepted'", "order SO-1"),
    (
        'UPDATE assessment_decision SET recommendation = recommendation || \'{"terms": "net90"}\'',
        "application APP-",
    ),
    (
        "UPDATE assessment_decision SET inputs = jsonb_set(inputs, '{facts,missing}', '[\"x\"]')",
        "application APP-",
    ),
]


@pytest.mark.parametrize(("corruption", "named"), DECISION_CORRUPTIONS)
def test_a_decision_that_comes_out_otherwise_is_named(
    committed_db: str, actor_of: Callable[..., Actor], corruption: str, named: str
) -> None:
    actor = verbs.opened(actor_of(founded().id))
    verbs.a_customer(actor, limit=1_000)
    assert verbs.an_order(actor, "SO-1", 5_000).outcome == "held"
    of = case_verbs.applied(actor)
    cases.submit(actor, of.reference)
    cases.decide(actor, of.reference, new=case_verbs.decision())
    before = replaying.replayed(actor.company_id)
    assert before == Replayed(before.count, 0, ())
    with connections["owner"].cursor() as cursor:
        for table in ("orders_decision", "assessment_decision"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(corruption)
        assert cursor.rowcount == 1
    found = replaying.replayed(actor.company_id)
    assert (found.count, found.unlike) == (before.count, 1)
    assert found.named[0].startswith(named)
