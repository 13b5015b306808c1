"""Real files, as they came: a wholesaler's orders, an open-item list, what banks send."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path

import pytest

from creditdesk.cash import queries as cash_read
from creditdesk.cash import readers
from creditdesk.cash import services as cash
from creditdesk.contact.queries import mailbox, message
from creditdesk.controls import services as controls
from creditdesk.customers import queries as customers_read
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewContact
from creditdesk.day import services as days
from creditdesk.disputes import queries as disputes_read
from creditdesk.insight.queries import ageing, prove
from creditdesk.invoices import queries as invoices_read
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid
from creditdesk.kernel.money import to_minor
from creditdesk.kernel.references import name_key
from creditdesk.plumbing import sql
from creditdesk.plumbing.imports import queries as imports_read
from creditdesk.plumbing.imports import services as imports
from creditdesk.plumbing.imports.kinds import Options
from creditdesk.plumbing.imports.queries import RunRow
from creditdesk.policy import services as policy
from tests.cash.readers.test_corpus import READ, REFUSED
from tests.scenarios.real_files import (
    Order,
    Receipt,
    bank_file,
    invoice_file,
    northwind_orders,
    rows_of,
)
from tests.support.machine import shared_data

pytestmark = pytest.mark.needs("shared-data")

REMINDED_FROM_DAYS = 5
USD_ACCOUNT, CAD_ACCOUNT = "DE02120300000000202051", "DE75512108001245126199"


@pytest.fixture
def data() -> Path:
    folder = shared_data()
    assert folder is not None
    return folder


@pytest.fixture
def american(committed_db: str, actor_of: Callable[..., Actor]) -> Callable[[datetime], Actor]:
    """Found an American company and act in it at a moment."""

    def found(at: datetime) -> Actor:
        company_id = controls.found_company(
            "us",
            name="Real Input Inc",
            currency="USD",
            country="US",
            timezone="America/New_York",
            sender_email="credit@example.com",
        )
        actor = actor_of(company_id, today=at.date(), at=at)
        policy.ensure_default(actor, valid_from=date(1990, 1, 1))
        return actor

    return found


def loaded(
    actor: Actor, kind: str, name: str, content: bytes, options: Options | None = None
) -> RunRow:
    """Import a file by its guessed mapping."""
    reference = imports.open_run(actor, kind=kind, filename=name, content=content)
    if options is not None:
        imports.set_mapping(actor, reference, options=options)
    return imports.load(actor, reference)


def counts(run: RunRow) -> tuple[int, int, int]:
    return run.rows_accepted, run.rows_known, run.rows_rejected


def with_mail(actor: Actor, customer_ids: set[int]) -> None:
    for customer_id in sorted(customer_ids):
        person = NewContact(
            name="Payables", email=f"ap{customer_id}@customer.example", is_primary=True
        )
        customers.add_contact(actor, customer_id, contact=person)


def steps(report: days.DayReport) -> dict[str, dict[str, object]]:
    return {step.step: step.report for step in report.steps}


def overdue_customers(items: list[OpenItemRow], today: date) -> set[int]:
    """Who is late enough for a reminder, read from the items alone."""
    return {row.customer_id for row in items if (today - row.due_on).days >= REMINDED_FROM_DAYS}


def reminded(company_id: int) -> set[int]:
    """Who was sent a message that asks for money."""
    found = mailbox(company_id, purpose="collection", size=10_000).rows
    assert {row.status for row in found} <= {"sent"}
    assert len({row.customer_id for row in found}) == len(found)
    return {row.customer_id for row in found}


def paid_by_messy_texts(orders: list[Order]) -> list[Receipt]:
    """Pay on the due date and name the invoice, each time in another way."""
    forms = ("{}", "Invoice {} thank you", "payment of inv. {}", "{} / order {}")
    receipts = []
    for n, one in enumerate(orders):
        number = (
            one.invoice_number,
            one.invoice_number.lower(),
            one.invoice_number.replace("-", " "),
        )
        text = forms[n % len(forms)].format(number[n % 3], one.number)
        receipts.append(Receipt(one.due_on, one.minor, text, one.customer))
    return receipts


def test_northwind_orders_become_invoices_are_paid_and_the_late_are_reminded(
    data: Path, american: Callable[[datetime], Actor]
) -> None:
    # Tuesday 12 May 1998, 14:30 in London: office hours from Helsinki to Seattle.
    actor = american(datetime(1998, 5, 12, 14, 30, tzinfo=UTC))
    folder = data / "companies" / "northwind"
    run = loaded(actor, "customers", "customers.csv", (folder / "customers.csv").read_bytes())
    assert counts(run) == (91, 0, 0)
    ids = customers_read.by_number(actor.company_id)
    assert len(ids) == 91
    berlin = customers_read.customer(actor.company_id, "ALFKI")
    assert (berlin.name, berlin.country, berlin.city) == ("Alfreds Futterkiste", "DE", "Berlin")
    with_mail(actor, set(ids.values()))

    orders = northwind_orders(folder)
    assert len(orders) == 830
    assert sum(one.net for one in orders).quantize(Decimal("0.01")) == Decimal("1265793.04")
    total_minor = sum(one.minor for one in orders)
    assert total_minor == 126_579_322  # each invoice is rounded to the cent once
    content = invoice_file(orders)
    assert counts(loaded(actor, "invoices", "orders.csv", content)) == (830, 0, 0)
    assert counts(loaded(actor, "invoices", "again.csv", content)) == (0, 830, 0)
    items = {row.number: row for row in invoices_read.open_items(actor.company_id)}
    assert {
        number: (row.issued_on, row.due_on, row.open_minor) for number, row in items.items()
    } == {one.invoice_number: (one.ordered_on, one.due_on, one.minor) for one in orders}
    assert items["NW-10248"].due_on == date(1996, 8, 30)  # France: end of July and 30 days
    aged = ageing(actor.company_id, as_of=actor.today)
    assert aged.in_company_currency.total_minor == total_minor
    assert prove(actor.company_id) == []

    slow = {"ALFKI", "SAVEA", "ERNSH"}
    paid = [one for one in orders if one.due_on < actor.today and one.customer not in slow]
    arrival = days.Arrival("bank.csv", bank_file(USD_ACCOUNT, "USD", paid_by_messy_texts(paid)))
    report = steps(days.run(actor, arrivals=[arrival]))
    assert report["take_in"] == {"files": 1, "lines_new": len(paid), "refused": []}
    assert report["match"]["applied"] == len(paid)
    assert report["prove"] == {"differences": []}
    unpaid = sum(one.minor for one in orders if one not in paid)
    still = invoices_read.open_items(actor.company_id)
    assert sum(row.open_minor for row in still) == unpaid
    assert reminded(actor.company_id) == {ids[number] for number in slow}
    assert report["contact"]["by_step"]["final"] == len(slow)
    for row in mailbox(actor.company_id, purpose="service", size=500).rows:
        named = {item.item_id for item in message(actor.company_id, row.reference).items}
        dues = {item.due_on for item in still if item.item_id in named}
        assert all(0 <= (due - actor.today).days <= 5 for due in dues)
    again = steps(days.run(actor, arrivals=[arrival]))
    assert (again["take_in"]["lines_new"], again["send"]["sent"]) == (0, 0)
    assert prove(actor.company_id) == []


def settled_by_bank(
    rows: list[dict[str, str]], currency: str, on: date
) -> dict[str, list[Receipt]]:
    """Pay some of the open list: in full, several at once, short, and by somebody unknown.

    Names are shared: a short payment is "short" where its name is of one customer, else "doubtful".
    """
    bearers: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        bearers[name_key(row["name_customer"])].add(row["cust_number"])
    found: dict[str, list[Receipt]] = defaultdict(list)
    mine = [row for row in rows if row["invoice_currency"] == currency]
    minor = {
        row["invoice_id"]: to_minor(Decimal(row["total_open_amount"]), currency) for row in mine
    }
    for n, row in enumerate(mine[::10]):
        number, payer = row["invoice_id"], row["name_customer"]
        if n % 10 == 9 and minor[number] > 10_000:
            less = minor[number] - minor[number] // 20
            kind = "short" if len(bearers[name_key(payer)]) == 1 else "doubtful"
            found[kind].append(Receipt(on, less, f"INVOICE {number} LESS RETURNS", payer))
        else:
            text = (number, f"inv {number}", f"/INV/{number}/", f"{number[:4]} {number[4:]}")[n % 4]
            found["full"].append(Receipt(on, minor[number], text, payer))
    of_customer: dict[str, list[str]] = defaultdict(list)
    for n, row in enumerate(mine):
        if n % 10:
            of_customer[row["cust_number"]].append(row["invoice_id"])
    for numbers in list(of_customer.values())[:30]:
        pair = numbers[:2]
        found["pairs"].append(Receipt(on, sum(minor[number] for number in pair), " + ".join(pair)))
    for n in range(10):
        found["unknown"].append(Receipt(on, 101 + n, f"refund of postage {n}", f"Nobody {n}"))
    return found


def test_the_open_list_of_a_seller_is_loaded_paid_and_worked(
    data: Path, american: Callable[[datetime], Actor]
) -> None:
    # Tuesday 26 May 2020, the day after Memorial Day; the list ends on Friday 22 May.
    actor = american(datetime(2020, 5, 26, 14, 30, tzinfo=UTC))
    friday = date(2020, 5, 22)
    content = (data / "late_payment" / "b2b_open.csv").read_bytes()
    refused = loaded(actor, "invoices", "b2b_open.csv", content)
    assert counts(refused) == (0, 0, 9700)
    assert refused.faults == {"customer_unknown": 9700}
    run = loaded(actor, "invoices", "b2b_open.csv", content, Options(create_customers=True))
    assert counts(run) == (9700, 0, 0)
    back = imports_read.rejected_file(actor.company_id, refused.reference)
    assert counts(loaded(actor, "invoices", back.name, back.content)) == (0, 9700, 0)

    rows = rows_of(data / "late_payment" / "b2b_open.csv")
    ids = customers_read.by_number(actor.company_id)
    assert len(ids) == len({row["cust_number"] for row in rows}) == 664
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        spellings[row["cust_number"]][row["name_customer"].strip()] += 1
    winc = customers_read.customer(actor.company_id, "0200706844")
    assert winc.name in spellings["0200706844"]
    assert len(customers_read.aliases(actor.company_id, winc.id)) >= 2
    by_currency = {
        one.currency: one.total_minor for one in ageing(actor.company_id, as_of=friday).totals
    }
    assert by_currency == {"USD": 27_511_371_683, "CAD": 4_447_100_908}

    written_to = {customer_id for number, customer_id in ids.items() if int(number[-1:], 36) % 3}
    with_mail(actor, written_to)
    by_bank = {code: settled_by_bank(rows, code, friday) for code in ("USD", "CAD")}
    arrivals = [
        days.Arrival(
            f"{code}.csv", bank_file(account, code, chain.from_iterable(by_bank[code].values()))
        )
        for code, account in (("USD", USD_ACCOUNT), ("CAD", CAD_ACCOUNT))
    ]
    report = steps(days.run(actor, arrivals=arrivals))
    kinds = {kind: sum(len(one[kind]) for one in by_bank.values()) for kind in by_bank["USD"]}
    assert report["take_in"]["lines_new"] == sum(kinds.values())
    assert report["match"]["applied"] == kinds["full"] + kinds["short"] + kinds["pairs"]
    waiting = cash_read.exceptions(actor.company_id)
    assert {row.text for row in waiting} == {
        one.text for of in by_bank.values() for one in of["unknown"] + of["doubtful"]
    }
    assert len(disputes_read.open_disputes(actor.company_id)) == kinds["short"]
    items = invoices_read.open_items(actor.company_id)
    received = sum(
        one.minor
        for of in by_bank.values()
        for kind in ("full", "short", "pairs")
        for one in of[kind]
    )
    assert sum(row.open_minor for row in items) == 27_511_371_683 + 4_447_100_908 - received
    assert report["prove"] == {"differences": []}

    # Reminded is exactly who has something late that is not in dispute, and has an address.
    disputed = disputes_read.open_item_ids(actor.company_id)
    free = [row for row in items if row.item_id not in disputed]
    worth = [row for row in free if row.open_minor >= 500]
    assert reminded(actor.company_id) == overdue_customers(worth, actor.today) & written_to
    assert reminded(actor.company_id) < overdue_customers(free, actor.today)
    about = {
        item.item_id
        for row in mailbox(actor.company_id, purpose="collection", size=10_000).rows
        for item in message(actor.company_id, row.reference).items
    }
    open_late = {row.item_id for row in free if row.due_on < actor.today}
    assert about <= open_late
    assert report["send"]["sent"] == mailbox(actor.company_id, status="sent").total
    again = steps(days.run(actor, arrivals=arrivals))
    assert (again["take_in"]["lines_new"], again["send"]["sent"]) == (0, 0)


def test_every_bank_file_goes_in_as_the_readers_read_it_or_not_at_all(
    data: Path, american: Callable[[datetime], Actor]
) -> None:
    actor = american(datetime(2026, 3, 17, 14, 30, tzinfo=UTC))
    taken = refused = lines = 0
    for path in sorted((data / "bank").rglob("*")):
        if path.suffix not in {".sta", ".txt", ".xml", ".bai2", ".ofx"}:
            continue
        if path.name == "requirements.txt":
            continue
        content = path.read_bytes()
        before = sql.scalar("SELECT count(*) FROM cash_bankline")
        error: Invalid | None = None
        try:
            result = cash.take_in(actor, filename=path.name, content=content, account="OWN")
        except Invalid as why:
            error = why
        if error is None:
            taken += 1
            lines += result.lines_new
            statements = readers.read(content, path.name)
            assert result.lines_total == sum(len(one.lines) for one in statements)
        else:
            refused += 1
            assert error.place.file == path.name
            assert error.mend
            assert sql.scalar("SELECT count(*) FROM cash_bankline") == before
    assert (taken, refused) == (len(READ), len(REFUSED))
    assert sql.scalar("SELECT count(*) FROM cash_bankline") == lines
    cash.match(actor)
    assert prove(actor.company_id) == []
