"""Credit notes paid out: the same four people, never more than is unapplied, books that hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from creditdesk.cash import services as cash
from creditdesk.insight import queries as insight
from creditdesk.invoices import queries as invoice_reads
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewCreditNote
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Refused
from creditdesk.ledger.rules import BANK, PAYOUTS, UNAPPLIED
from creditdesk.plumbing import sql
from creditdesk.reconciliation.queries import books
from creditdesk.treasury import queries
from creditdesk.treasury import services as treasury
from creditdesk.treasury.services import RefundResult
from tests.cash import stage
from tests.cash.conftest import with_policy
from tests.cash.stage import Paid
from tests.cash.test_concurrency import at_once
from tests.support.fixtures import founded
from tests.treasury.people import person
from tests.treasury.test_refunds import IBAN, MT940, OTHER_IBAN, states

OUT = date(2026, 3, 17)


def paid_and_credited(desk: Actor, minor: int = 5_000) -> int:
    """Return the customer: they paid INV-1 of 100.00 from IBAN, and CN-1 takes some of it back."""
    acorn = stage.customer(desk, "Acorn Foods", iban=IBAN)
    item = stage.invoice(desk, acorn, "INV-1", 10_000)
    payment = stage.paid(desk, 10_000, "INV-1", iban=IBAN, name="Acorn Foods")
    cash.apply(desk, payment, allocations={item: 10_000})
    note(desk, acorn, "CN-1", minor, corrects="INV-1")
    return acorn


def note(desk: Actor, customer: int, number: str, minor: int, **more: Any) -> None:
    new = NewCreditNote(
        customer_id=customer, number=number, issued_on=desk.today,
        currency=more.pop("currency", "EUR"), net_minor=minor, **more,
    )  # fmt: skip
    assert invoices.record_credit_notes(desk, [new]).recorded == 1


def asked(clerk: Actor, number: str = "CN-1", **more: Any) -> RefundResult:
    told = {"minor": 4_000, "iban": IBAN, "payee": "Acorn Foods", "reason": "returned"} | more
    return treasury.ask_credit_refund(clerk, number, **told)


def unapplied(number: str = "CN-1") -> int:
    return int(
        sql.scalar("SELECT unapplied_minor FROM invoices_invoice WHERE number = %s", [number])
    )


def released(clerk: Actor, manager: Actor, treasurer: Actor, **more: Any) -> RefundResult:
    refund = asked(clerk, **more)
    treasury.approve_refund(manager, refund.refund_id)
    treasury.release_refunds(treasurer, [refund.refund_id], account=stage.ACCOUNT)
    return refund


def test_credit_goes_from_hand_to_hand_and_out(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    acorn = paid_and_credited(desk)
    before = stage.books(desk)
    refund = asked(clerk)
    assert (refund.state, refund.is_checked) == ("asked", True)
    assert (unapplied(), stage.books(desk)) == (5_000, before)
    treasury.approve_refund(manager, refund.refund_id)
    file = treasury.release_refunds(treasurer, [refund.refund_id], account=stage.ACCOUNT)
    assert (file.total_minor, unapplied()) == (4_000, 1_000)
    assert stage.exposed(desk, acorn) == (0, 1_000)
    now = stage.books(desk)
    assert (now[BANK], now[UNAPPLIED], now[PAYOUTS]) == (10_000, -1_000, -4_000)
    prove(desk)
    stage.take_in(desk, Paid(minor=-4_000, text=f"SEPA {refund.reference}", on=OUT), name="o.csv")
    assert states(desk) == ["paid"]
    assert (stage.books(desk)[BANK], stage.books(desk).get(PAYOUTS)) == (6_000, None)
    prove(desk)
    [row] = queries.refunds(desk.company_id)
    assert (row.credit_note, row.payment_reference, row.minor) == ("CN-1", "", 4_000)


def test_what_comes_back_is_credit_again(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    acorn = paid_and_credited(desk)
    refund = released(clerk, manager, treasurer)
    stage.take_in(desk, Paid(minor=-4_000, text=f"SEPA {refund.reference}", on=OUT), name="o.csv")
    back = MT940.format(reference=refund.reference)
    cash.take_in(desk, filename="b.sta", content=back.encode())
    assert states(desk) == ["failed"]
    assert (unapplied(), stage.exposed(desk, acorn)) == (5_000, (0, 5_000))
    prove(desk)
    assert asked(clerk, minor=5_000).state == "asked"


def test_what_the_bank_refuses_is_credit_again(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    paid_and_credited(desk)
    refund = released(clerk, manager, treasurer)
    treasury.fail_refund(treasurer, refund.refund_id, reason="AC04")
    assert (states(desk), unapplied()) == (["failed"], 5_000)
    prove(desk)
    with pytest.raises(Conflict) as again:
        treasury.fail_refund(treasurer, refund.refund_id, reason="AC04")
    assert (again.value.code, unapplied()) == ("refund_changed", 5_000)


def test_no_more_is_asked_for_than_is_unapplied(desk: Actor, clerk: Actor) -> None:
    paid_and_credited(desk)
    first = asked(clerk)
    for minor, code in ((1_001, "credit_changed"), (0, "refund_not_positive")):
        with pytest.raises(DomainError) as caught:
            asked(clerk, minor=minor)
        assert caught.value.code == code
    assert asked(clerk, minor=1_000).state == "asked"
    treasury.cancel_refund(clerk, first.refund_id, reason="mistake")
    assert queries.free_credit(desk.company_id, _note_id(desk)) == 4_000
    prove(desk)


def test_credit_that_was_set_off_meanwhile_is_not_paid_out(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    acorn = paid_and_credited(desk)
    refund = asked(clerk, minor=5_000)
    treasury.approve_refund(manager, refund.refund_id)
    item = stage.invoice(desk, acorn, "INV-2", 1)
    cash.set_off(desk, "CN-1", against={item: 1})
    with pytest.raises(Conflict) as caught:
        treasury.release_refunds(treasurer, [refund.refund_id], account=stage.ACCOUNT)
    assert caught.value.code == "credit_changed"
    assert (states(desk), unapplied()) == (["approved"], 4_999)
    assert sql.scalar("SELECT count(*) FROM treasury_paymentfile") == 0
    prove(desk)


def test_another_account_needs_a_call(desk: Actor, clerk: Actor, manager: Actor) -> None:
    acorn = paid_and_credited(desk)
    note(desk, acorn, "CN-2", 300)  # of nothing that was paid
    refunds = [asked(clerk, iban=OTHER_IBAN), asked(clerk, "CN-2", minor=300)]
    assert [one.is_checked for one in refunds] == [False, False]
    for one in refunds:
        with pytest.raises(Refused) as caught:
            treasury.approve_refund(manager, one.refund_id)
        assert caught.value.code == "bank_details_unchecked"


@pytest.mark.parametrize(
    ("number", "more", "code"),
    [
        ("INV-1", {}, "credit_note_unknown"),
        ("CN-9", {}, "invoice_unknown"),
        ("CN-1", {"iban": "DE00"}, "iban_wrong"),
        ("CN-1", {"payee": " "}, "text_missing"),
        ("CN-USD", {"minor": 100}, "refund_not_euro"),
    ],
)
def test_what_cannot_be_asked(
    desk: Actor, clerk: Actor, number: str, more: dict[str, Any], code: str
) -> None:
    acorn = paid_and_credited(desk)
    note(desk, acorn, "CN-USD", 500, currency="USD")
    with pytest.raises(DomainError) as caught:
        asked(clerk, number, **more)
    assert (caught.value.code, states(desk)) == (code, [])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE treasury_refund SET minor = minor + 1",
        "UPDATE treasury_refund SET credit_note_id = (SELECT max(id) FROM invoices_invoice)",
        "UPDATE treasury_refund SET iban = 'DE02120300000000202051'",
    ],
)
def test_what_is_altered_after_approval_is_found(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor, change: str
) -> None:
    note(desk, paid_and_credited(desk), "CN-2", 5_000)
    refund = asked(clerk)
    treasury.approve_refund(manager, refund.refund_id)
    sql.execute(change, [])
    with pytest.raises(Conflict) as caught:
        treasury.release_refunds(treasurer, [refund.refund_id], account=stage.ACCOUNT)
    assert (caught.value.code, unapplied()) == ("refund_altered", 5_000)


def test_a_refund_is_of_a_payment_or_of_a_note(desk: Actor, clerk: Actor) -> None:
    paid_and_credited(desk)
    asked(clerk)
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.execute("UPDATE treasury_refund SET credit_note_id = NULL", [])


def test_the_books_of_a_past_day_know_what_was_unapplied_then(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    paid_and_credited(desk)
    released(*(later(who, 2) for who in (clerk, manager, treasurer)))
    found = {
        day: next(
            (one.open_minor, one.before_minor, one.now_minor)
            for one in books.documents_here(
                desk.company_id, as_of=desk.today + timedelta(days=day), items_run_id=0
            )
            if one.number == "CN-1"
        )
        for day in (0, 1, 2, 3)
    }
    assert found == {
        0: (-5_000, 0, -1_000),
        1: (-5_000, -5_000, -1_000),
        2: (-1_000, -5_000, -1_000),
        3: (-1_000, -1_000, -1_000),
    }


def test_ten_hands_never_pay_out_more_than_is_there(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = with_policy(actor_of(founded().id))
    acorn = paid_and_credited(desk)
    items = [stage.invoice(desk, acorn, f"INV-{n}", 1_000) for n in range(2, 5)]
    clerk, manager = person(desk, "clerk", "cash_applier"), person(desk, "manager", "manager")
    results = at_once(*(lambda: asked(clerk, minor=2_000) for _ in range(6)))
    refunds = [one for one in results if isinstance(one, RefundResult)]
    assert len(refunds) == 2
    for one in refunds:
        treasury.approve_refund(manager, one.refund_id)
    treasurers = [person(desk, f"t{n}", "treasurer") for n in range(2)]
    at_once(
        *(
            lambda who=who, one=one: treasury.release_refunds(  # type: ignore[misc]
                who, [one.refund_id], account=stage.ACCOUNT
            )
            for who, one in zip(treasurers, refunds, strict=True)
        ),
        *(lambda item=item: cash.set_off(desk, "CN-1", against={item: 1_000}) for item in items),  # type: ignore[misc]
    )
    paid = 2_000 * states(desk).count("released")
    lowered = sum(1_000 - stage.open_minor(item) for item in items)
    assert unapplied() == 5_000 - paid - lowered
    assert unapplied() >= 0
    prove(desk)


def prove(desk: Actor) -> None:
    assert [str(one) for one in insight.prove(desk.company_id)] == []


def later(who: Actor, days: int) -> Actor:
    return replace(who, today=who.today + timedelta(days=days), at=who.at + timedelta(days=days))


def _note_id(desk: Actor) -> int:
    return invoice_reads.invoice(desk.company_id, "CN-1").id
