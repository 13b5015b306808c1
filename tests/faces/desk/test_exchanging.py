"""At the desk: another currency, credit set off, and the order of allocation."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from creditdesk.cash import queries as cash
from creditdesk.cash import services as cash_services
from creditdesk.insight import queries as insight
from creditdesk.invoices import credit_queries
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.cash import stage
from tests.cash.readers.samples import camt, camt_entry
from tests.cash.test_netting import credited
from tests.cash.test_services import counts
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import body
from tests.faces.desk.pages import words as plain_words
from tests.faces.desk.test_matching import form, open_minor, unapplied
from tests.faces.desk.work import FRIDAY, a_payment

ISSUED = FRIDAY - timedelta(days=20)


@pytest.fixture
def applier(signed_in: SignedIn) -> Client:
    return signed_in("cash_applier")


def words(response: object) -> str:
    """Return what a page says, its amounts in one piece."""
    return plain_words(response).replace(" .", ".").replace("\u202f", " ")


def hidden(response: object, action: str) -> dict[str, list[str]]:
    """Return the hidden fields of the form, each with all its values."""
    _, found, rest = body(response).partition(f'action="{action}"')
    assert found, f"no form posts to {action}"
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)"', rest.split("</form>")[0]
    ):
        fields.setdefault(name, []).append(value)
    return fields


# -- another currency --------------------------------------------------------------------------


@pytest.fixture
def dollars(desk: Actor) -> tuple[str, int, int]:
    """Acorn owes 1,000.00 and 500.00 dollars and paid 1,300.00 euro; a dollar was worth 0.80."""
    policy.load_rates(
        [("USD", "EUR", ISSUED, Decimal("0.80")), ("USD", "EUR", FRIDAY, Decimal("0.90"))],
        source="test",
    )
    acorn = stage.customer(desk, "Acorn Inc", number="X1")
    first, second = (
        stage.invoice(desk, acorn, number, minor, currency="USD", issued_on=ISSUED)
        for number, minor in (("INV-X1", 100_000), ("INV-X2", 50_000))
    )
    reference = a_payment(desk, 130_000, "October", name="Acorn Inc")
    return reference, first, second


def test_a_payment_pays_items_in_another_currency_in_two_steps(
    applier: Client, desk: Actor, dollars: tuple[str, int, int]
) -> None:
    reference, first, second = dollars
    at = f"/cash/payments/{reference}/"
    assert f'data-key="c" href="{at}exchange"' in body(applier.get(at))
    page = applier.get(f"{at}exchange")
    told = words(page)
    assert "1 EUR = 1.111111 USD, rate of the day 1 000.00 USD 900.00 EUR" in told
    assert " style=" not in body(page)
    before = counts()
    shown = applier.post(f"{at}exchange/apply", {"item": [str(first), str(second)]})
    told = words(shown)
    assert "Nothing has been recorded yet" in told
    assert "1 000.00 USD 900.00 EUR paid in full 100.00 EUR" in told
    assert "444.44 USD 400.00 EUR 55.56 USD 44.45 EUR" in told
    assert "1 300.00 EUR 144.45 EUR" in told
    assert counts() == before
    fields = hidden(shown, f"{at}exchange/apply")
    done = applier.post(f"{at}exchange/apply", {**fields, "confirmed": "yes"}, follow=True)
    assert f"{reference} is applied" in words(done)
    assert open_minor(desk) == {"INV-X2": 5_556}
    assert unapplied(desk, reference) == 0
    assert "by 900.00 EUR, our exchange gain 100.00 EUR" in words(done)
    assert insight.prove(desk.company_id) == []
    again = applier.post(f"{at}exchange/apply", {**fields, "confirmed": "yes"}, follow=True)
    assert (unapplied(desk, reference), open_minor(desk)) == (0, {"INV-X2": 5_556})
    assert again.status_code == 200
    applier.post(f"{at}undo", form(applier.get(at), f"{at}undo"))
    assert open_minor(desk) == {"INV-X1": 100_000, "INV-X2": 50_000}
    assert unapplied(desk, reference) == 130_000
    assert insight.prove(desk.company_id) == []


def test_what_the_customer_sees_shows_no_difference(
    applier: Client, desk: Actor, dollars: tuple[str, int, int]
) -> None:
    reference, first, _ = dollars
    at = f"/cash/payments/{reference}/exchange/apply"
    given = {"item": [str(first)], "confirmed": "yes", "idempotency_key": "k"}
    assert applier.post(at, given).status_code == 303
    statement = applier.get(
        f"/customers/X1/statement?first={ISSUED.isoformat()}&last={FRIDAY.isoformat()}"
    )
    assert statement.status_code == 200
    said = words(statement)
    assert "exchange" not in said.lower().replace("another currency", "")
    assert "100.00 EUR" not in said


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({}, 422, "Nothing was chosen"),
        ({"item": ["first"], "amount": "1,000.00", "money": "700"}, 409, "The day's rate is"),
        ({"item": ["first"], "amount": "1,001.00"}, 409, "Less is open on an item now"),
        ({"item": ["first"], "money": "1,300.01"}, 409, "Less of"),
        ({"item": ["first"], "amount": "ten"}, 422, "is no amount in USD"),
        ({"item": ["first"], "amount": "0"}, 422, "Both amounts are above zero"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    applier: Client,
    dollars: tuple[str, int, int],
    given: dict[str, str | list[str]],
    status: int,
    said: str,
) -> None:
    reference, first, _ = dollars
    posted = {
        ({"amount": f"amount-{first}", "money": f"money-{first}"}.get(name, name)): (
            [str(first)] if name == "item" else value
        )
        for name, value in given.items()
    }
    before = counts()
    answer = applier.post(
        f"/cash/payments/{reference}/exchange/apply", {**posted, "confirmed": "yes"}
    )
    assert (answer.status_code, said in words(answer)) == (status, True), words(answer)
    assert counts() == before


def test_an_item_of_another_customer_is_not_there(
    applier: Client, desk: Actor, dollars: tuple[str, int, int]
) -> None:
    reference, _, _ = dollars
    other = stage.invoice(desk, stage.customer(desk, "Birch"), "INV-B", 100, currency="USD")
    answer = applier.post(
        f"/cash/payments/{reference}/exchange/apply", {"item": [str(other)], "confirmed": "yes"}
    )
    assert answer.status_code == 404


def test_the_bank_said_what_was_paid(applier: Client, desk: Actor) -> None:
    """What was instructed is settled exactly, though no rate of the day is known."""
    acorn = stage.customer(desk, "Acorn Inc", number="X1")
    item = stage.invoice(desk, acorn, "INV-X1", 12_500, currency="USD", issued_on=ISSUED)
    inside = (
        '<TxDtls><AmtDtls><InstdAmt><Amt Ccy="USD">125.00</Amt></InstdAmt></AmtDtls>'
        "<RltdPties><Dbtr><Nm>Acorn Inc</Nm></Dbtr></RltdPties>"
        "<RmtInf><Ustrd>thank you</Ustrd></RmtInf></TxDtls>"
    )
    cash_services.take_in(
        desk,
        filename="c.xml",
        content=camt(camt_entry("98.76", inside=inside), closing="148.76").encode(),
    )
    [row] = cash.payments(desk.company_id)
    assert (row.original_currency, row.original_minor) == ("USD", 12_500)
    cash_services.assign_payer(desk, row.id, acorn)
    at = f"/cash/payments/{row.reference}/"
    assert "Paid as 125.00 USD" in words(applier.get(at))
    page = applier.get(f"{at}exchange")
    assert "1 EUR = 1.265695 USD, by what the bank says was paid 125.00 USD 98.76 EUR" in words(
        page
    )
    assert re.search(rf'value="{item}" aria-label="Pay INV-X1" checked', body(page))
    shown = applier.post(f"{at}exchange/apply", {"item": [str(item)]})
    assert "the day posts the difference once it is" in words(shown)
    fields = hidden(shown, f"{at}exchange/apply")
    applier.post(f"{at}exchange/apply", {**fields, "confirmed": "yes"})
    assert (open_minor(desk), unapplied(desk, row.reference)) == ({}, 0)


def test_the_page_says_what_is_missing(applier: Client, desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Inc", number="X1")
    unknown = a_payment(desk, 1_000, "nobody knows")
    assert "Nobody has said whose money this is" in words(
        applier.get(f"/cash/payments/{unknown}/exchange")
    )
    payment = cash.payment(desk.company_id, unknown).payment.id
    cash_services.assign_payer(desk, payment, acorn)
    at = f"/cash/payments/{unknown}/exchange"
    assert "Nothing is open in another currency" in words(applier.get(at))
    item = stage.invoice(desk, acorn, "INV-G", 5_000, currency="GBP", issued_on=ISSUED)
    assert "no rate is known" in words(applier.get(at))
    answer = applier.post(f"{at}/apply", {"item": [str(item)]})
    assert (answer.status_code, "No rate of EUR into GBP" in words(answer)) == (409, True)


# -- set off -----------------------------------------------------------------------------------


@pytest.fixture
def credit(desk: Actor) -> tuple[int, int]:
    """Acorn owes 60.00 and 90.00 and has a credit note of 100.00."""
    acorn = stage.customer(desk, "Acorn", number="X1")
    first = stage.invoice(desk, acorn, "INV-X1", 6_000, issued_on=ISSUED)
    second = stage.invoice(desk, acorn, "INV-X2", 9_000, issued_on=ISSUED)
    credited(desk, acorn, 10_000)
    return first, second


AT = "/customers/X1/set-off"


def test_a_credit_note_is_set_off_in_two_steps_and_taken_back(
    applier: Client, desk: Actor, credit: tuple[int, int]
) -> None:
    first, second = credit
    assert f'href="{AT}" data-key="t"' in body(applier.get("/customers/X1/"))
    before = counts()
    shown = applier.post(f"{AT}/apply", {"credit": "note:CN-1", "item": [str(first), str(second)]})
    told = words(shown)
    assert "INV-X1 60.00 60.00 EUR paid in full" in told
    assert "INV-X2 90.00 40.00 EUR 50.00" in told
    assert "left 0.00 EUR" in told
    assert counts() == before
    fields = hidden(shown, f"{AT}/apply")
    done = applier.post(f"{AT}/apply", {**fields, "confirmed": "yes"}, follow=True)
    assert "The credit is set off; it can be taken back" in words(done)
    assert open_minor(desk) == {"INV-X2": 5_000}
    sent_again = applier.post(f"{AT}/apply", {**fields, "confirmed": "yes"}, follow=True)
    assert "The credit is set off" in words(sent_again)
    assert open_minor(desk) == {"INV-X2": 5_000}
    [later, earlier] = credit_queries.set_offs(desk.company_id)
    assert (later.invoice_number, later.minor) == ("INV-X2", 4_000)
    back = applier.post(f"{AT}/undo", {"part": str(earlier.id)}, follow=True)
    assert "It is taken back" in words(back)
    assert open_minor(desk) == {"INV-X1": 6_000, "INV-X2": 5_000}
    assert insight.prove(desk.company_id) == []
    twice = applier.post(f"{AT}/undo", {"part": str(earlier.id)}, follow=True)
    assert "This was undone meanwhile" in words(twice)
    assert open_minor(desk) == {"INV-X1": 6_000, "INV-X2": 5_000}


def test_unapplied_money_is_set_off_as_well(
    applier: Client, desk: Actor, credit: tuple[int, int]
) -> None:
    first, _ = credit
    reference = a_payment(desk, 7_777, "rest", name="Acorn")
    payment = cash.payment(desk.company_id, reference).payment
    acorn = payment.customer_id
    if acorn is None:
        [acorn] = {row.customer_id for row in invoices.open_items(desk.company_id)}
        cash_services.assign_payer(desk, payment.id, acorn)
    fields = {"credit": f"payment:{reference}", "item": [str(first)], f"amount-{first}": "10"}
    shown = applier.post(f"{AT}/apply", fields)
    assert "left 67.77 EUR" in words(shown)
    applier.post(f"{AT}/apply", {**fields, "confirmed": "yes"})
    assert open_minor(desk)["INV-X1"] == 5_000
    assert unapplied(desk, reference) == 6_777


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"credit": "note:CN-1"}, 422, "Nothing was chosen"),
        ({"credit": "note:CN-9", "item": "first"}, 422, "Nothing was chosen"),
        ({"item": "first"}, 422, "Nothing was chosen"),
        ({"credit": "note:CN-1", "item": "first", "amount": "60.01"}, 409, "Less is open"),
        ({"credit": "note:CN-1", "item": "second", "amount": "100.01"}, 409, "Less of this credit"),
        ({"credit": "note:CN-1", "item": "first", "amount": "0"}, 422, "Name items"),
    ],
)
def test_what_cannot_be_set_off_is_said(
    applier: Client,
    credit: tuple[int, int],
    given: dict[str, str],
    status: int,
    said: str,
) -> None:
    ids = dict(zip(("first", "second"), credit, strict=True))
    item = ids.get(given.get("item", ""), 0)
    posted = {
        (f"amount-{item}" if name == "amount" else name): (str(item) if name == "item" else value)
        for name, value in given.items()
    }
    before = counts()
    answer = applier.post(f"{AT}/apply", {**posted, "confirmed": "yes"})
    assert (answer.status_code, said in words(answer)) == (status, True), words(answer)
    assert counts() == before


def test_without_credit_the_page_says_so(applier: Client, desk: Actor) -> None:
    stage.customer(desk, "Acorn", number="X1")
    assert "No credit is free" in words(applier.get(AT))
    assert AT not in body(applier.get("/customers/X1/"))


def test_what_a_note_took_of_its_own_invoice_is_no_set_off(applier: Client, desk: Actor) -> None:
    """Taking that back would leave an invoice open that was credited for good."""
    acorn = stage.customer(desk, "Acorn", number="X1")
    stage.invoice(desk, acorn, "INV-X1", 6_000, issued_on=ISSUED)
    other = stage.invoice(desk, acorn, "INV-X2", 6_000, issued_on=ISSUED)
    credited(desk, acorn, 9_000, corrects="INV-X1")
    cash_services.set_off(desk, "CN-1", against={other: 3_000})
    [row] = credit_queries.set_offs(desk.company_id)
    assert (row.invoice_number, row.minor) == ("INV-X2", 3_000)
    own = int(sql.scalar("SELECT id FROM invoices_creditapplication WHERE id <> %s", [row.id]))
    applier.post(f"{AT}/undo", {"part": str(own)})
    assert open_minor(desk) == {"INV-X2": 3_000}
    assert cash_services.undo_set_off(desk, "CN-1") == 3_000
    assert open_minor(desk) == {"INV-X2": 6_000}
    assert insight.prove(desk.company_id) == []


# -- the order of allocation -------------------------------------------------------------------


def test_the_order_in_force_and_what_it_decided_are_shown(applier: Client, desk: Actor) -> None:
    page = words(applier.get("/cash/order/"))
    assert "only proposes" in page
    assert "1 late costs 2 late interest 3 late principal 4 due that day costs" in page
    assert "Nothing stands paid by this order" in page
    order = [f"{time}:{of}" for of in ("principal", "interest", "costs")
             for time in ("past_due", "due", "in_advance")]  # fmt: skip
    rules = {**DEFAULT, "allocation": {"automatic": True, "order": order}}
    policy.publish(desk, given=rules, valid_from=desk.today)
    acorn = stage.customer(desk, "Acorn", number="X1")
    for n, minor in enumerate((6_000, 9_000)):
        stage.invoice(desk, acorn, f"INV-X{n}", minor, issued_on=ISSUED + timedelta(days=n))
    reference = a_payment(desk, 7_123, "on account", name="Acorn")
    page = words(applier.get("/cash/order/"))
    assert "pays without a person" in page
    assert "1 late principal 2 due that day principal" in page
    assert f"{reference} received" in page
    assert "Preview a replay" in page
    told = applier.post("/cash/order/replay")
    assert "A replay changes nothing" in words(told)


def test_a_replay_is_shown_and_then_done(applier: Client, desk: Actor) -> None:
    policy.publish(
        desk, given={**DEFAULT, "allocation": {"automatic": True}}, valid_from=date(2020, 5, 5)
    )
    acorn = stage.customer(desk, "Acorn", number="X1")
    stage.invoice(desk, acorn, "INV-X1", 6_000, issued_on=ISSUED)
    stage.invoice(desk, acorn, "INV-X2", 5_999, issued_on=ISSUED)
    reference = a_payment(desk, 12_500, "all of it", name="Acorn")
    stage.invoice(desk, acorn, "INV-X3", 900, issued_on=FRIDAY)
    before = counts()
    shown = applier.post("/cash/order/replay")
    assert f"{reference} INV-X3 0.00 EUR 5.01 EUR" in words(shown)
    assert counts() == before
    done = applier.post("/cash/order/replay", {"confirmed": "yes"}, follow=True)
    assert "1 payment moved" in words(done)
    assert open_minor(desk) == {"INV-X3": 399}
