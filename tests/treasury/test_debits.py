"""Mandates and collections: told, approved by another, sealed, credited, returned, never twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from lxml import etree

from creditdesk.cash import services as cash
from creditdesk.contact import queries as contact
from creditdesk.credit import queries as credit
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewContact
from creditdesk.insight import queries as insight
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, NotFound, Refused
from creditdesk.ledger.rules import BANK, RECEIVABLE, REVENUE
from creditdesk.plumbing import sql
from creditdesk.plumbing.models import Event
from creditdesk.treasury import services as treasury
from creditdesk.treasury.services import RunResult
from tests.cash import stage
from tests.cash.conftest import with_policy
from tests.cash.stage import Paid
from tests.cash.test_concurrency import at_once
from tests.cash.test_returns import with_returns
from tests.support.fixtures import TODAY, founded
from tests.treasury.people import person

IBANS = ("DE89370400440532013000", "FR1420041010050500013M02606", "AT611904300234573201")
COLLECT = date(2026, 3, 31)
CREDITOR = "DE98ZZZ09999999999"


def ready(desk: Actor) -> None:
    treasury.set_creditor(desk, identifier=CREDITOR, called="Acme Supply", iban=stage.ACCOUNT)


def debtor(desk: Actor, n: int = 0, *, minor: int = 10_000, told: bool = True) -> tuple[int, int]:
    """Return customer and item: an open invoice of somebody with a mandate and an address."""
    customer = stage.customer(desk, f"Customer {n}")
    if told:
        customers.add_contact(
            desk, customer, contact=NewContact(name="A Person", email=f"a{n}@example.com")
        )
    treasury.give_mandate(
        desk, customer, iban=IBANS[n % 3], holder=f"Customer {n}", signed_on=date(2026, 1, 5)
    )
    return customer, stage.invoice(desk, customer, f"INV-{n}", minor)


def draw(clerk: Actor) -> RunResult:
    return treasury.draw_up_run(clerk, collect_on=COLLECT)


def out(clerk: Actor, manager: Actor, treasurer: Actor) -> RunResult:
    """Return a run the bank has."""
    run = draw(clerk)
    treasury.approve_run(manager, run.reference)
    return treasury.hand_over_run(treasurer, run.reference)


def lines(desk: Actor) -> list[tuple[int, str, str]]:
    rows = sql.scalars(
        "SELECT ARRAY[item_id::text, state, sequence] FROM treasury_runline"
        " WHERE company_id = %s ORDER BY id",
        [desk.company_id],
    )
    return [(int(item), state, sequence) for item, state, sequence in rows]


def held(desk: Actor, item: int) -> list[str]:
    return [one.kind for one in contact.live_holds(desk.company_id) if one.item_id == item]


def later(desk: Actor, days: int) -> Actor:
    return replace(desk, today=desk.today + timedelta(days=days), at=desk.at + timedelta(days=days))


def prove(desk: Actor) -> None:
    assert insight.prove(desk.company_id) == []
    stage.prove(desk)


def test_a_collection_goes_out_and_its_credit_settles_every_item(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    ready(desk)
    owed = [debtor(desk, n, minor=1_000 * (n + 1)) for n in range(3)]
    run = draw(clerk)
    assert (run.state, run.lines, run.total_minor, run.untold) == ("drawn_up", 3, 6_000, 0)
    assert [held(desk, item) for _, item in owed] == [["direct_debit"]] * 3
    mails = contact.mailbox(desk.company_id).rows
    assert {(one.purpose, one.recipient) for one in mails} == {
        ("prenotification", f"a{n}@example.com") for n in range(3)
    }
    assert treasury.approve_run(manager, run.reference).state == "approved"
    done = treasury.hand_over_run(treasurer, run.reference)
    content = treasury.fetch_file(treasurer, done.file).content
    tree = etree.fromstring(content)
    space = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"}
    assert tree.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=space) == "60.00"
    assert {each.text for each in tree.findall(".//p:DbtrAcct//p:IBAN", space)} == set(IBANS)
    assert tree.findtext(".//p:CdtrSchmeId//p:Othr/p:Id", namespaces=space) == CREDITOR
    assert [seq for _, _, seq in lines(desk)] == ["FRST"] * 3
    # One line of the bank for the whole block.
    stage.take_in(desk, Paid(minor=6_000, text=f"SAMMLER {done.file}-FRST", on=COLLECT))
    assert [stage.open_minor(item) for _, item in owed] == [0, 0, 0]
    assert [state for _, state, _ in lines(desk)] == ["settled"] * 3
    assert [held(desk, item) for _, item in owed] == [[]] * 3
    assert stage.books(desk) == {BANK: 6_000, REVENUE: -6_000}
    assert sql.scalars("SELECT total_minor FROM cash_payment ORDER BY id") == [1_000, 2_000, 3_000]
    assert cash.match(desk).matched == 0
    prove(desk)


def test_single_lines_settle_one_by_one(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    ready(desk)
    owed = [debtor(desk, n) for n in range(2)]
    run = out(clerk, manager, treasurer)
    credit = Paid(minor=10_000, text=f"{run.reference}-2", on=COLLECT)
    stage.take_in(desk, credit, name="1.csv")
    stage.take_in(desk, credit, Paid(minor=1, text="more", on=COLLECT), name="2.csv")
    assert [stage.open_minor(item) for _, item in owed] == [10_000, 0]
    assert sql.scalar("SELECT state FROM treasury_run") == "handed_over"
    stage.take_in(desk, Paid(minor=10_000, text=f"{run.reference}-1", on=COLLECT), name="3.csv")
    assert sql.scalar("SELECT state FROM treasury_run") == "credited"
    prove(desk)


def test_a_credit_of_another_sum_settles_nothing(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    ready(desk)
    _, item = debtor(desk)
    run = out(clerk, manager, treasurer)
    stage.take_in(desk, Paid(minor=9_999, text=f"{run.file}-FRST", on=COLLECT))
    assert stage.open_minor(item) == 10_000
    assert [state for _, state, _ in lines(desk)] == ["live"]


def test_what_was_paid_meanwhile_stays_on_account(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    ready(desk)
    customer, item = debtor(desk)
    run = out(clerk, manager, treasurer)
    payment = stage.paid(desk, 4_000, "INV-0 in part")
    cash.apply(desk, payment, allocations={item: 4_000})
    stage.take_in(desk, Paid(minor=10_000, text=f"{run.file}-FRST", on=COLLECT), name="c.csv")
    assert stage.open_minor(item) == 0
    assert stage.exposed(desk, customer) == (0, 4_000)
    prove(desk)


@pytest.mark.parametrize(
    ("code", "state", "retried"),
    [("AM04", "live", True), ("MD01", "stopped", False), ("MS03", "live", False)],
)
def test_a_debit_that_comes_back_opens_its_item_and_goes_by_its_reason(
    desk: Actor,
    clerk: Actor,
    manager: Actor,
    treasurer: Actor,
    code: str,
    state: str,
    *,
    retried: bool,
) -> None:
    ready(desk)
    owed = [debtor(desk, n) for n in range(2)]
    run = out(clerk, manager, treasurer)
    stage.take_in(desk, Paid(minor=20_000, text=f"{run.file}-FRST", on=COLLECT), name="c.csv")
    back = Paid(minor=-10_300, text=f"RETOURE {run.reference}-2 {code}", on=COLLECT)
    stage.take_in(desk, back, name="r.csv")
    assert cash.match(desk).returned == 1
    assert [stage.open_minor(item) for _, item in owed] == [0, 10_000]
    assert [each for _, each, _ in lines(desk)] == ["settled", "returned"]
    assert held(desk, owed[1][1]) == []
    found = sql.scalars("SELECT state FROM treasury_mandate ORDER BY id")
    assert found == ["live", state]
    prove(desk)
    soon, then = later(clerk, 1), later(clerk, 8)
    with pytest.raises(Refused) as caught:
        treasury.draw_up_run(soon, collect_on=date(2026, 4, 7))
    assert caught.value.code == "nothing_to_collect"
    if retried:
        again = treasury.draw_up_run(then, collect_on=date(2026, 4, 14))
        assert (again.lines, sql.scalar("SELECT max(attempt) FROM treasury_runline")) == (1, 2)
        assert lines(desk)[-1][2] == "RCUR"
    else:
        with pytest.raises(Refused):
            treasury.draw_up_run(then, collect_on=date(2026, 4, 14))


def test_a_returned_debit_costs_the_fee_and_counts_against_the_payer(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    with_returns(desk, fee_minor=450, block_at_count=1)
    ready(desk)
    owed = [debtor(desk, n) for n in range(2)]
    run = out(clerk, manager, treasurer)
    stage.take_in(desk, Paid(minor=20_000, text=f"{run.file}-FRST", on=COLLECT), name="c.csv")
    back = Paid(minor=-10_000, text=f"RETOURE {run.reference}-2 AM04", on=COLLECT)
    stage.take_in(desk, back, name="r.csv")
    assert cash.match(desk).returned == 1
    assert stage.exposed(desk, owed[0][0]) == (0, 0)
    assert stage.exposed(desk, owed[1][0]) == (10_450, 0)
    assert list(credit.blocks(desk.company_id)) == [owed[1][0]]
    [fact] = [one.data for one in Event.objects.filter(name="cash.payments_returned")]
    assert (fact["customer_ids"], fact["reason_codes"]) == ([owed[1][0]], ["AM04"])
    prove(desk)


def test_nobody_approves_their_own_collection(desk: Actor, clerk: Actor) -> None:
    ready(desk)
    debtor(desk)
    both = person(desk, "both", "cash_applier", "manager")
    run = draw(both)
    for who, code in ((both, "own_run"), (desk, "run_needs_a_person"), (clerk, "not_permitted")):
        with pytest.raises(Refused) as caught:
            treasury.approve_run(who, run.reference)
        assert caught.value.code == code
    assert sql.scalar("SELECT count(*) FROM treasury_paymentfile") == 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE treasury_runline SET iban = 'DE02120300000000202051'",
        "UPDATE treasury_runline SET minor = minor + 1",
        "UPDATE treasury_runline SET minor = minor - 1",
        "UPDATE treasury_run SET collect_on = '2026-04-01'",
        "UPDATE treasury_run SET total_minor = total_minor + 1",
        "DELETE FROM treasury_runline WHERE end_to_end LIKE '%-2'",
    ],
)
def test_what_is_altered_after_drawing_up_is_found(
    desk: Actor, clerk: Actor, manager: Actor, change: str
) -> None:
    ready(desk)
    for n in range(2):
        debtor(desk, n)
    run = draw(clerk)
    sql.execute(change.replace("%", "%%"), {})
    with pytest.raises(Conflict) as caught:
        treasury.approve_run(manager, run.reference)
    assert caught.value.code == "run_altered"
    assert sql.scalar("SELECT count(*) FROM treasury_paymentfile") == 0


def test_an_item_paid_or_a_mandate_ended_before_approval(
    desk: Actor, clerk: Actor, manager: Actor
) -> None:
    ready(desk)
    _, item = debtor(desk)
    run = draw(clerk)
    cash.apply(desk, stage.paid(desk, 1, "a cent"), allocations={item: 1})
    with pytest.raises(Conflict) as caught:
        treasury.approve_run(manager, run.reference)
    assert caught.value.code == "item_changed"
    treasury.cancel_run(clerk, run.reference, why="paid")
    assert (held(desk, item), [each for _, each, _ in lines(desk)]) == ([], ["cancelled"])
    second = draw(clerk)
    mandate = sql.scalar("SELECT reference FROM treasury_mandate")
    treasury.revoke_mandate(desk, mandate, why="customer wrote")
    with pytest.raises(Conflict) as caught:
        treasury.approve_run(manager, second.reference)
    assert caught.value.code == "mandate_revoked"


def test_a_run_is_cancelled_until_the_bank_has_it(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    ready(desk)
    debtor(desk)
    first = draw(clerk)
    file = treasury.approve_run(manager, first.reference).file
    treasury.cancel_run(clerk, first.reference, why="wrong day")
    with pytest.raises(Refused) as caught:
        treasury.fetch_file(treasurer, file)
    assert caught.value.code == "payment_file_cancelled"
    second = out(clerk, manager, treasurer)
    with pytest.raises(Conflict) as caught:
        treasury.cancel_run(clerk, second.reference, why="too late")
    assert caught.value.code == "run_changed"


def test_no_item_stands_in_two_live_runs(desk: Actor, clerk: Actor) -> None:
    ready(desk)
    debtor(desk)
    draw(clerk)
    with pytest.raises(Refused) as caught:
        draw(clerk)
    assert caught.value.code == "nothing_to_collect"
    assert len(lines(desk)) == 1


@pytest.mark.parametrize(
    ("on", "code"),
    [
        (date(2026, 4, 4), "collection_not_on_a_bank_day"),
        (date(2026, 4, 3), "collection_not_on_a_bank_day"),
        (date(2026, 4, 6), "collection_not_on_a_bank_day"),
        (date(2026, 3, 16), "collection_too_soon_for_the_bank"),
        (date(2026, 3, 27), "collection_too_soon_for_customers"),
    ],
)
def test_days_on_which_nothing_is_collected(desk: Actor, clerk: Actor, on: date, code: str) -> None:
    ready(desk)
    debtor(desk)
    with pytest.raises(Refused) as caught:
        treasury.draw_up_run(clerk, collect_on=on)
    assert caught.value.code == code
    assert lines(desk) == []


def test_who_cannot_be_told_is_not_collected_from(desk: Actor, clerk: Actor) -> None:
    ready(desk)
    _, told = debtor(desk, 0)
    debtor(desk, 1, told=False)
    run = draw(clerk)
    assert (run.lines, run.untold) == (1, 1)
    assert [item for item, _, _ in lines(desk)] == [told]


def test_without_an_identifier_nothing_is_collected(desk: Actor, clerk: Actor) -> None:
    debtor(desk)
    with pytest.raises(Refused) as caught:
        draw(clerk)
    assert caught.value.code == "creditor_missing"


def test_another_account_waits_for_a_second_person(
    desk: Actor, clerk: Actor, checker: Actor, manager: Actor
) -> None:
    ready(desk)
    debtor(desk)
    mandate = sql.scalar("SELECT reference FROM treasury_mandate")
    treasury.ask_account_change(checker, mandate, iban=IBANS[1])
    with pytest.raises(Refused) as caught:
        draw(clerk)
    assert caught.value.code == "nothing_to_collect"
    both = person(desk, "both", "manager")
    treasury.ask_account_change(desk, mandate, iban=IBANS[2])
    with pytest.raises(Refused) as caught:
        treasury.confirm_account_change(desk, mandate, note="it is fine")
    assert caught.value.code == "own_change"
    treasury.confirm_account_change(both, mandate, note="called Ms A on the old number")
    with pytest.raises(Conflict) as caught_again:
        treasury.confirm_account_change(manager, mandate, note="again")
    assert caught_again.value.code == "no_change_waits"
    run = draw(clerk)
    file = treasury.approve_run(manager, run.reference).file
    assert sql.scalar("SELECT iban FROM treasury_runline") == IBANS[2]
    content = bytes(
        sql.scalar("SELECT content FROM treasury_paymentfile WHERE reference = %s", [file])
    )
    assert b"<OrgnlDbtrAcct>" in content
    changes = sql.scalars("SELECT change FROM treasury_mandatechange ORDER BY id")
    assert changes == ["given", "change_asked", "change_asked", "amended"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"iban": "DE89370400440532013001"}, "iban_wrong"),
        ({"scheme": "X"}, "scheme_unknown"),
        ({"signed_on": TODAY + timedelta(days=1)}, "signed_in_future"),
        ({"holder": " "}, "text_missing"),
        ({"reference": "not this one"}, "mandate_reference_wrong"),
        ({"reference": "M-1"}, "mandate_reference_taken"),
        ({"customer_id": 10**9}, "customer_unknown"),
        ({}, "mandate_live"),
    ],
)
def test_mandates_that_cannot_be(desk: Actor, more: dict[str, object], code: str) -> None:
    acorn, elm = stage.customer(desk, "Acorn"), stage.customer(desk, "Elm")
    told = {"iban": IBANS[0], "holder": "A", "signed_on": TODAY}
    treasury.give_mandate(desk, acorn, **told, reference="M-1")  # type: ignore[arg-type]
    customer = more.get("customer_id", elm if more else acorn)
    more = {key: value for key, value in more.items() if key != "customer_id"}
    with pytest.raises(DomainError) as caught:
        treasury.give_mandate(desk, customer, **(told | more))  # type: ignore[arg-type]
    assert caught.value.code == code
    assert sql.scalar("SELECT count(*) FROM treasury_mandate") == 1


def test_a_wrong_creditor_identifier(desk: Actor) -> None:
    with pytest.raises(Invalid) as caught:
        treasury.set_creditor(desk, identifier="DE97ZZZ09999999999", called="A", iban=IBANS[0])
    assert caught.value.code == "creditor_identifier_wrong"


def test_a_one_off_mandate_is_used_once(
    desk: Actor, clerk: Actor, manager: Actor, treasurer: Actor
) -> None:
    ready(desk)
    customer = stage.customer(desk, "Acorn")
    customers.add_contact(desk, customer, contact=NewContact(name="A", email="a@example.com"))
    treasury.give_mandate(
        desk, customer, iban=IBANS[0], holder="A", signed_on=TODAY, is_recurrent=False
    )
    first = stage.invoice(desk, customer, "INV-1", 100)
    stage.invoice(desk, customer, "INV-2", 200)
    out(clerk, manager, treasurer)
    assert lines(desk) == [(first, "live", "OOFF")]
    with pytest.raises(Refused) as caught:
        draw(clerk)
    assert caught.value.code == "nothing_to_collect"


def test_another_company_has_no_part_in_it(
    desk: Actor, clerk: Actor, actor_of: Callable[..., Actor]
) -> None:
    ready(desk)
    debtor(desk)
    run = draw(clerk)
    mandate = sql.scalar("SELECT reference FROM treasury_mandate")
    other = with_policy(actor_of(founded("other").id))
    for call in (
        lambda: treasury.cancel_run(other, run.reference, why="x"),
        lambda: treasury.revoke_mandate(other, mandate, why="x"),
        lambda: treasury.ask_account_change(other, mandate, iban=IBANS[1]),
        lambda: treasury.hand_over_run(other, run.reference),
    ):
        with pytest.raises(NotFound):
            call()


def test_six_hands_draw_an_item_into_one_run(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = with_policy(actor_of(founded().id))
    ready(desk)
    for n in range(3):
        debtor(desk, n)
    results = at_once(*(lambda: draw(desk) for _ in range(6)))
    assert [one.lines for one in results if isinstance(one, RunResult)] == [3]
    assert {one.code for one in results if isinstance(one, DomainError)} <= {
        "nothing_to_collect", "item_in_another_run",
    }  # fmt: skip
    assert len(lines(desk)) == 3
    assert RECEIVABLE in stage.books(desk)
