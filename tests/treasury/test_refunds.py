"""Refunds: four people, sealed bank details, one file, and money that cannot be had twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from lxml import etree

from creditdesk.cash import services as cash
from creditdesk.cash.services import Returned
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewContact
from creditdesk.insight import queries as insight
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, NotFound, Refused
from creditdesk.ledger.rules import BANK, PAYOUTS, UNAPPLIED
from creditdesk.plumbing import sql
from creditdesk.treasury import services as treasury
from creditdesk.treasury.services import RefundResult
from tests.cash import stage
from tests.cash.conftest import with_policy
from tests.cash.stage import PAID, Paid
from tests.cash.test_concurrency import at_once
from tests.customers.stage import PHONE, as_person
from tests.support.fixtures import founded
from tests.treasury.people import person

IBAN, OTHER_IBAN = "DE89370400440532013000", "FR1420041010050500013M02606"
NS = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


def overpaid(desk: Actor, minor: int = 10_000) -> tuple[int, int]:
    """Return customer and payment: money of a known customer, unapplied."""
    acorn = stage.customer(desk, "Acorn Foods", iban=IBAN)
    payment = stage.paid(desk, minor, "too much", iban=IBAN, name="Acorn Foods")
    cash.put_on_account(desk, payment, customer_id=acorn)
    return acorn, payment


def asked(clerk: Actor, payment: int, **more: Any) -> RefundResult:
    told = {"minor": 4_000, "iban": IBAN, "payee": "Acorn Foods", "reason": "paid twice"} | more
    return treasury.ask_refund(clerk, payment, **told)


def states(desk: Actor) -> list[str]:
    return list(
        sql.scalars(
            "SELECT state FROM treasury_refund WHERE company_id = %s ORDER BY id",
            [desk.company_id],
        )
    )


def earmarked(payment: int) -> tuple[int, int, int]:
    """Return what of a payment is unapplied, set apart, paid back."""
    row = sql.scalar(
        "SELECT ARRAY[unapplied_minor, earmarked_minor, refunded_minor] FROM cash_payment"
        " WHERE id = %s",
        [payment],
    )
    return tuple(row)  # type: ignore[return-value]


def prove(desk: Actor) -> None:
    assert insight.prove(desk.company_id) == []
    stage.prove(desk)


def released(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor, **more: Any
) -> tuple[int, int, treasury.ReleaseResult]:
    """Return payment, refund and the file that pays it."""
    _, payment = overpaid(desk)
    refund = asked(clerk, payment, **more)
    treasury.approve_refund(manager, refund.refund_id)
    file = treasury.release_refunds(treasurer, [refund.refund_id], account=stage.ACCOUNT)
    return payment, refund.refund_id, file


def test_a_refund_goes_from_hand_to_hand_and_out(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    acorn, payment = overpaid(desk)
    refund = asked(clerk, payment)
    assert (refund.state, refund.is_checked) == ("asked", True)
    assert earmarked(payment) == (10_000, 4_000, 0)
    assert treasury.approve_refund(manager, refund.refund_id).state == "approved"
    file = treasury.release_refunds(treasurer, [refund.refund_id], account=stage.ACCOUNT)
    assert earmarked(payment) == (6_000, 0, 4_000)
    assert stage.exposed(desk, acorn) == (0, 6_000)
    assert stage.books(desk) == {BANK: 10_000, UNAPPLIED: -6_000, PAYOUTS: -4_000}
    prove(desk)
    fetched = treasury.fetch_file(treasurer, file.reference)
    tree = etree.fromstring(fetched.content)
    told = {
        "//p:GrpHdr/p:MsgId": file.reference,
        "//p:GrpHdr/p:CtrlSum": "40.00",
        "//p:GrpHdr/p:NbOfTxs": "1",
        "//p:DbtrAcct//p:IBAN": stage.ACCOUNT,
        "//p:CdtTrfTxInf/p:PmtId/p:EndToEndId": refund.reference,
        "//p:CdtTrfTxInf/p:Amt/p:InstdAmt": "40.00",
        "//p:CdtTrfTxInf/p:CdtrAcct//p:IBAN": IBAN,
        "//p:CdtTrfTxInf/p:Cdtr/p:Nm": "Acorn Foods",
        "//p:ReqdExctnDt/p:Dt": "2026-03-16",
    }
    assert {key: tree.findtext(key.replace("//", ".//", 1), namespaces=NS) for key in told} == told
    stage.take_in(desk, Paid(minor=-4_000, text=f"SEPA {refund.reference}", on=date(2026, 3, 17)))
    assert states(desk) == ["paid"]
    assert stage.books(desk) == {BANK: 6_000, UNAPPLIED: -6_000}
    prove(desk)


def test_another_account_needs_a_call_back(
    desk: Actor, clerk: Actor, checker: Actor, manager: Actor
) -> None:
    _, payment = overpaid(desk)
    refund = asked(clerk, payment, iban=OTHER_IBAN)
    assert not refund.is_checked
    with pytest.raises(Refused) as caught:
        treasury.approve_refund(manager, refund.refund_id)
    assert caught.value.code == "bank_details_unchecked"
    assert states(desk) == ["asked"]
    done = treasury.confirm_bank_details(
        checker, refund.refund_id, spoke_to="Ms Acorn", note="called the number of 2019"
    )
    assert done.is_checked
    assert treasury.approve_refund(manager, refund.refund_id).state == "approved"


def test_nothing_is_refunded_to_details_that_wait_for_a_call_back_and_once_called_it_is_checked(
    desk: Actor, clerk: Actor, checker: Actor, manager: Actor
) -> None:
    acorn, payment = overpaid(desk)
    customers.add_contact(
        as_person(desk, 900, "petra", days=-60), acorn,
        contact=NewContact(name="Anna", phone=PHONE),
    )  # fmt: skip
    early = asked(clerk, payment, iban=OTHER_IBAN, minor=1_000)
    change = customers.ask_bank_change(
        as_person(desk, 900, "petra"), acorn, account=OTHER_IBAN, holder="Acorn", channel="mail"
    )
    treasury.confirm_bank_details(checker, early.refund_id, spoke_to="Ms A", note="by phone")
    attempts: list[Callable[[], object]] = [
        lambda: asked(clerk, payment, iban=OTHER_IBAN),
        lambda: treasury.approve_refund(manager, early.refund_id),
    ]
    for attempt in attempts:
        with pytest.raises(Refused) as waits:
            attempt()
        assert waits.value.code == "bank_details_waiting"
    assert states(desk) == ["asked"]
    customers.call_back(checker, change.change_id, person="Anna", phone=PHONE, result="confirmed")
    late = asked(clerk, payment, iban=OTHER_IBAN)
    assert late.is_checked
    assert treasury.approve_refund(manager, late.refund_id).state == "approved"


def test_no_person_stands_on_two_steps(
    desk: Actor, clerk: Actor, checker: Actor, manager: Actor, treasurer: Actor
) -> None:
    _, payment = overpaid(desk)
    all_hands = person(desk, "alone", "cash_applier", "manager")
    refund = asked(all_hands, payment, iban=OTHER_IBAN)
    treasury.confirm_bank_details(checker, refund.refund_id, spoke_to="A", note="b")
    with pytest.raises(Refused) as caught:
        treasury.approve_refund(all_hands, refund.refund_id)
    assert caught.value.code == "own_refund"
    treasury.approve_refund(manager, refund.refund_id)
    # Pair 8: who may check bank details may not let money out at all.
    with pytest.raises(Refused) as caught:
        treasury.release_refunds(checker, [refund.refund_id], account=stage.ACCOUNT)
    assert caught.value.code == "not_permitted"
    both = person(desk, "both", "manager", "treasurer")
    second = asked(clerk, payment, minor=100)
    treasury.approve_refund(both, second.refund_id)
    with pytest.raises(Refused) as caught:
        treasury.release_refunds(both, [second.refund_id], account=stage.ACCOUNT)
    assert caught.value.code == "refund_same_person"
    assert states(desk) == ["approved", "approved"]
    done = treasury.release_refunds(
        treasurer, [refund.refund_id, second.refund_id], account=stage.ACCOUNT
    )
    assert (len(done.refunds), done.total_minor) == (2, 4_100)


def test_no_machine_lets_money_out(desk: Actor, clerk: Actor, manager: Actor) -> None:
    _, payment = overpaid(desk)
    refund = asked(clerk, payment)
    with pytest.raises(Refused) as caught:
        treasury.approve_refund(desk, refund.refund_id)
    assert caught.value.code == "refund_needs_a_person"
    treasury.approve_refund(manager, refund.refund_id)
    with pytest.raises(Refused) as caught:
        treasury.release_refunds(desk, [refund.refund_id], account=stage.ACCOUNT)
    assert caught.value.code == "refund_needs_a_person"
    assert states(desk) == ["approved"]


@pytest.mark.parametrize(
    "change",
    [
        f"iban = '{OTHER_IBAN}'",
        "minor = minor + 1",
        "payee = 'Somebody Else'",
        "customer_id = (SELECT max(id) FROM customers_customer)",
    ],
)
def test_what_is_altered_after_approval_is_found(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor, change: str
) -> None:
    _, payment = overpaid(desk)
    stage.customer(desk, "Elm Trading")
    good, bad = asked(clerk, payment, minor=100), asked(clerk, payment, minor=200)
    for one in (good, bad):
        treasury.approve_refund(manager, one.refund_id)
    sql.execute(f"UPDATE treasury_refund SET {change} WHERE id = %s", [bad.refund_id])
    with pytest.raises(Conflict) as caught:
        treasury.release_refunds(treasurer, [good.refund_id, bad.refund_id], account=stage.ACCOUNT)
    assert caught.value.code == "refund_altered"
    assert states(desk) == ["approved", "approved"]
    assert sql.scalar("SELECT count(*) FROM treasury_paymentfile") == 0
    assert earmarked(payment) == (10_000, 300, 0)


def test_a_stored_file_cannot_be_altered(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    _, _, file = released(desk, clerk, manager, treasurer)
    for statement in (
        "UPDATE treasury_paymentfile SET content = 'x'",
        "DELETE FROM treasury_paymentfile",
        "UPDATE treasury_fileact SET note = 'x'",
    ):
        with pytest.raises(Exception, match=r"denied|append|may be erased"), transaction.atomic():
            sql.execute(statement)
    assert treasury.fetch_file(treasurer, file.reference).sha256 == file.sha256
    acts = sql.scalars("SELECT act FROM treasury_fileact")
    assert acts == ["fetched"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"minor": 0}, "refund_not_positive"),
        ({"minor": -1}, "refund_not_positive"),
        ({"minor": 10_001}, "more_than_received"),
        ({"iban": "DE89370400440532013001"}, "iban_wrong"),
        ({"iban": ""}, "iban_wrong"),
        ({"payee": " "}, "text_missing"),
        ({"reason": ""}, "text_missing"),
    ],
)
def test_what_cannot_be_asked(desk: Actor, clerk: Actor, more: dict[str, Any], code: str) -> None:
    _, payment = overpaid(desk)
    with pytest.raises(DomainError) as caught:
        asked(clerk, payment, **more)
    assert caught.value.code == code
    assert (states(desk), earmarked(payment)) == ([], (10_000, 0, 0))


def test_set_apart_money_is_neither_applied_nor_refunded_again(desk: Actor, clerk: Actor) -> None:
    acorn, payment = overpaid(desk)
    item = stage.invoice(desk, acorn, "INV-9", 8_000)
    asked(clerk, payment, minor=4_000)
    with pytest.raises(Conflict) as caught:
        cash.apply(desk, payment, allocations={item: 6_001})
    assert caught.value.code == "payment_changed"
    with pytest.raises(Conflict):
        asked(clerk, payment, minor=6_001)
    cash.apply(desk, payment, allocations={item: 6_000})
    assert earmarked(payment) == (4_000, 4_000, 0)
    cash.match(desk, payment_ids=[payment])
    assert earmarked(payment) == (4_000, 4_000, 0)
    with pytest.raises(IntegrityError, match="payment_earmarked_within"), transaction.atomic():
        sql.execute("UPDATE cash_payment SET unapplied_minor = 3999 WHERE id = %s", [payment])
    prove(desk)


def test_nobodys_money_is_not_refunded(desk: Actor, clerk: Actor) -> None:
    payment = stage.paid(desk, 5_000, "who", iban=IBAN)
    with pytest.raises(Refused) as caught:
        asked(clerk, payment)
    assert caught.value.code == "payer_unknown"


def test_a_refund_taken_back_gives_its_money_free(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    _, payment = overpaid(desk)
    first, second = asked(clerk, payment, minor=100), asked(clerk, payment, minor=200)
    treasury.cancel_refund(clerk, first.refund_id, reason="applied instead")
    treasury.refuse_refund(manager, second.refund_id, reason="owes us more")
    assert states(desk) == ["cancelled", "refused"]
    assert earmarked(payment) == (10_000, 0, 0)
    with pytest.raises(Conflict) as caught:
        treasury.cancel_refund(clerk, first.refund_id, reason="again")
    assert caught.value.code == "refund_changed"
    with pytest.raises(Conflict):
        treasury.release_refunds(treasurer, [first.refund_id], account=stage.ACCOUNT)


def test_a_refund_refused_by_the_bank_is_on_account_again(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    payment, refund, _ = released(desk, clerk, manager, treasurer)
    treasury.fail_refund(treasurer, refund, reason="AC04")
    assert states(desk) == ["failed"]
    assert earmarked(payment) == (10_000, 0, 0)
    assert stage.books(desk) == {BANK: 10_000, UNAPPLIED: -10_000}
    with pytest.raises(Conflict):
        treasury.fail_refund(treasurer, refund, reason="AC04")
    prove(desk)


def test_a_refund_that_comes_back_is_on_account_again(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    payment, refund, file = released(desk, clerk, manager, treasurer)
    reference = file.refunds[0]
    stage.take_in(desk, Paid(minor=-4_000, text=file.reference, on=date(2026, 3, 17)), name="1.csv")
    assert states(desk) == ["paid"]
    text = MT940.format(reference=reference)
    for name in ("2.sta", "3.sta"):
        cash.take_in(desk, filename=name, content=text.encode())
    assert states(desk) == ["failed"]
    assert earmarked(payment) == (10_000, 0, 0)
    assert stage.books(desk) == {BANK: 10_000, UNAPPLIED: -10_000}
    assert sql.scalar("SELECT outcome FROM treasury_refund WHERE id = %s", [refund]) == "AC04"
    prove(desk)


MT940 = """:20:A
:25:DE02120300000000202051
:28C:1/1
:60F:C260318EUR500,00
:61:2603190319RD40,00NMSC{reference}
:86:159?00RETOURE?20EREF+{reference}?21SVWZ+RETURN AC04
:62F:C260319EUR540,00
"""


def test_a_line_that_names_no_refund_changes_nothing(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    _, payment = overpaid(desk)
    ids = [asked(clerk, payment, minor=4_000).refund_id for _ in range(2)]
    for each in ids:
        treasury.approve_refund(manager, each)
    treasury.release_refunds(treasurer, ids, account=stage.ACCOUNT)
    # Two of the same amount to the same account: the line is left to a person.
    stage.take_in(
        desk, Paid(minor=-4_000, text="hm", iban=IBAN, on=date(2026, 3, 17)), name="1.csv"
    )
    assert states(desk) == ["released", "released"]
    assert stage.books(desk)[PAYOUTS] == -8_000


def test_a_returned_payment_cancels_its_refunds(desk: Actor, clerk: Actor) -> None:
    _, payment = overpaid(desk)
    asked(clerk, payment)
    cash.return_payments(desk, [Returned(payment_id=payment, on=PAID)])
    assert states(desk) == ["cancelled"]
    assert earmarked(payment) == (0, 0, 0)
    prove(desk)


def test_what_was_refunded_cannot_be_returned_too(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    payment, _, _ = released(desk, clerk, manager, treasurer)
    with pytest.raises(Refused) as caught:
        cash.return_payments(desk, [Returned(payment_id=payment, on=PAID, minor=6_001)])
    assert caught.value.code == "return_exceeds_payment"
    cash.return_payments(desk, [Returned(payment_id=payment, on=PAID)])
    assert earmarked(payment) == (0, 0, 4_000)
    prove(desk)


def test_another_company_has_no_part_in_it(
    desk: Actor, clerk: Actor, actor_of: Callable[..., Actor]
) -> None:
    _, payment = overpaid(desk)
    refund = asked(clerk, payment)
    other = with_policy(actor_of(founded("other").id))
    for call in (
        lambda: asked(other, payment),
        lambda: treasury.confirm_bank_details(other, refund.refund_id, spoke_to="a", note="b"),
        lambda: treasury.cancel_refund(other, refund.refund_id, reason="x"),
        lambda: treasury.fetch_file(other, "PF-2026-000001"),
    ):
        with pytest.raises(NotFound):
            call()
    assert states(desk) == ["asked"]


def test_only_our_own_account_pays(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    _, payment = overpaid(desk)
    refund = asked(clerk, payment)
    treasury.approve_refund(manager, refund.refund_id)
    with pytest.raises(Refused) as caught:
        treasury.release_refunds(treasurer, [refund.refund_id], account=OTHER_IBAN)
    assert caught.value.code == "account_not_ours"
    assert states(desk) == ["approved"]


def test_ten_hands_never_take_more_than_is_there(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = with_policy(actor_of(founded().id))
    acorn, payment = overpaid(desk)
    items = [stage.invoice(desk, acorn, f"INV-{n}", 3_000) for n in range(5)]
    clerk = person(desk, "clerk", "cash_applier")

    def refund() -> object:
        return asked(clerk, payment, minor=3_000)

    def apply(item: int) -> Callable[[], object]:
        return lambda: cash.apply(desk, payment, allocations={item: 3_000})

    results = at_once(*(refund for _ in range(5)), *(apply(item) for item in items))
    won = sum(isinstance(one, RefundResult | cash.ApplyResult) for one in results)
    assert won == 3
    assert {one.code for one in results if isinstance(one, DomainError)} == {"payment_changed"}
    unapplied, apart, _ = earmarked(payment)
    assert apart == 3_000 * sum(isinstance(one, RefundResult) for one in results)
    assert unapplied - apart == 1_000
    prove(desk)


def test_two_treasurers_release_a_refund_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = with_policy(actor_of(founded().id))
    _, payment = overpaid(desk)
    refund = asked(person(desk, "clerk", "cash_applier"), payment)
    treasury.approve_refund(person(desk, "manager", "manager"), refund.refund_id)
    treasurers = [person(desk, f"t{n}", "treasurer") for n in range(4)]
    results = at_once(
        *(
            lambda who=who: treasury.release_refunds(  # type: ignore[misc]
                who, [refund.refund_id], account=stage.ACCOUNT
            )
            for who in treasurers
        )
    )
    assert sum(isinstance(one, treasury.ReleaseResult) for one in results) == 1
    assert earmarked(payment) == (6_000, 0, 4_000)
    prove(desk)


def test_four_managers_approve_a_refund_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = with_policy(actor_of(founded().id))
    _, payment = overpaid(desk)
    refund = asked(person(desk, "clerk", "cash_applier"), payment)
    managers = [person(desk, f"m{n}", "manager") for n in range(4)]
    results = at_once(
        *(
            lambda who=who: treasury.approve_refund(who, refund.refund_id)  # type: ignore[misc]
            for who in managers
        )
    )
    assert sum(not isinstance(one, DomainError) for one in results) == 1
    assert {one.code for one in results if isinstance(one, DomainError)} == {"refund_changed"}
    assert states(desk) == ["approved"]
    assert sql.scalar("SELECT approved_by FROM treasury_refund") in {who.name for who in managers}
    assert earmarked(payment) == (10_000, 4_000, 0)
    prove(desk)


def test_approving_refusing_and_taking_back_at_once_end_in_one_way(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = with_policy(actor_of(founded().id))
    _, payment = overpaid(desk)
    clerk = person(desk, "clerk", "cash_applier")
    refund = asked(clerk, payment)
    managers = [person(desk, f"m{n}", "manager") for n in range(2)]
    results = at_once(
        lambda: treasury.approve_refund(managers[0], refund.refund_id),
        lambda: treasury.refuse_refund(managers[1], refund.refund_id, reason="no"),
        lambda: treasury.cancel_refund(clerk, refund.refund_id, reason="asked in error"),
    )
    assert sum(not isinstance(one, DomainError) for one in results) in {1, 2}
    [state] = states(desk)
    assert state in {"refused", "cancelled"}
    assert earmarked(payment) == (10_000, 0, 0)
    prove(desk)
