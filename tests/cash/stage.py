"""Verbs that build the state cash is tested on, through services only."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.cash import services as cash
from creditdesk.contact import queries as contact_queries
from creditdesk.credit import queries as credit
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.invoices import queries as invoice_queries
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.money import from_minor
from creditdesk.ledger import queries as ledger
from creditdesk.ledger.rules import RECEIVABLE, UNAPPLIED, UNIDENTIFIED
from creditdesk.plumbing import sql

ACCOUNT = "DE02120300000000202051"
OTHER_ACCOUNT = "DE75512108001245126199"
ISSUED = date(2026, 2, 2)
PAID = date(2026, 3, 10)
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """One line of a statement; `minor` is negative for money that went out."""

    minor: int
    text: str = ""
    name: str = ""
    iban: str = ""
    on: date = PAID
    currency: str = "EUR"


def customer(actor: Actor, name: str, *, iban: str = "", number: str = "") -> int:
    """Open an account and return its id."""
    new = NewCustomer(
        number=number or f"K{next(_numbers):05d}",
        name=name,
        currency="EUR",
        bank_accounts=(iban,) if iban else (),
    )
    return customers.create(actor, new=[new])[0]


def invoice(
    actor: Actor,
    customer_id: int,
    number: str,
    minor: int,
    *,
    issued_on: date = ISSUED,
    currency: str = "EUR",
) -> int:
    """Record an invoice of one instalment and return its item."""
    invoices.record(
        actor,
        [
            NewInvoice(
                customer_id=customer_id,
                number=number,
                issued_on=issued_on,
                currency=currency,
                net_minor=minor,
            )
        ],
    )
    found = invoice_queries.open_items(actor.company_id, customer_ids=[customer_id])
    return next(row.item_id for row in found if row.number == number)


def statement(lines: Sequence[Paid], *, account: str = ACCOUNT) -> bytes:
    """Return a bank's CSV file of the lines."""
    rows = [
        ";".join(
            (
                account,
                f"{line.on:%d.%m.%Y}",
                f"{from_minor(line.minor, 'EUR')}".replace(".", ","),
                line.currency,
                line.name,
                line.iban,
                line.text,
            )
        )
        for line in lines
    ]
    header = "Account;Booking date;Amount;Currency;Counterparty;Counterparty IBAN;Text"
    return "\n".join([header, *rows, ""]).encode()


def take_in(actor: Actor, *lines: Paid, name: str = "bank.csv") -> cash.TakeInResult:
    """Take the lines in as one file."""
    return cash.take_in(actor, filename=name, content=statement(lines))


def paid(actor: Actor, minor: int, text: str = "", **more: object) -> int:
    """Take in one receipt and return its payment."""
    take_in(actor, Paid(minor=minor, text=text or f"line {next(_numbers)}", **more))  # type: ignore[arg-type]
    return int(
        sql.scalar("SELECT max(id) FROM cash_payment WHERE company_id = %s", [actor.company_id])
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A payment as its table says."""

    customer_id: int | None
    total_minor: int
    unapplied_minor: int
    on_account: bool


def payment(payment_id: int) -> Row:
    """Return the payment."""
    row = sql.fetch_one(
        Row,
        "SELECT customer_id, total_minor, unapplied_minor, on_account FROM cash_payment"
        " WHERE id = %s",
        [payment_id],
    )
    assert row is not None
    return row


def open_minor(item_id: int) -> int:
    """Return what is open of an item."""
    return int(sql.scalar("SELECT open_minor FROM invoices_item WHERE id = %s", [item_id]))


def exposed(actor: Actor, customer_id: int) -> tuple[int, int]:
    """Return what the customer owes, and what is unapplied, in euro cents."""
    rows = credit.exposure(actor.company_id, customer_id)
    euro = [row for row in rows if row.currency == "EUR"]
    return (euro[0].open_minor, euro[0].unapplied_minor) if euro else (0, 0)


def holds(actor: Actor, customer_id: int) -> list[tuple[str, str]]:
    """Return kind and source of the live holds on a customer."""
    found = contact_queries.live_holds(actor.company_id, customer_ids=[customer_id])
    return sorted((hold.kind, hold.source) for hold in found)


def books(actor: Actor) -> dict[str, int]:
    """Return the balance of every account, debits less credits, all currencies together."""
    found: Counter[str] = Counter()
    for each in ledger.balances(actor.company_id):
        found[each.account] += each.minor
    return {account: minor for account, minor in found.items() if minor}


@dataclass(frozen=True, slots=True)
class _Sum:
    customer_id: int
    minor: int


def prove(actor: Actor) -> None:
    """Books, sub-ledgers and exposure agree, customer by customer."""
    company = actor.company_id
    per = "GROUP BY customer_id HAVING sum({0}) <> 0 ORDER BY 1"
    items = _sums(
        f"SELECT customer_id, sum(open_minor)::bigint FROM invoices_item"
        f" WHERE company_id = %s {per.format('open_minor')}",
        company,
    )
    unapplied = _sums(
        f"SELECT customer_id, sum(unapplied_minor)::bigint FROM cash_payment"
        f" WHERE company_id = %s AND customer_id IS NOT NULL"
        f" {per.format('unapplied_minor')}",
        company,
    )
    nobody = int(
        sql.scalar(
            "SELECT coalesce(sum(unapplied_minor), 0) FROM cash_payment"
            " WHERE company_id = %s AND customer_id IS NULL",
            [company],
        )
    )
    assert _ledger(company, RECEIVABLE) == items
    assert _ledger(company, UNAPPLIED) == {key: -minor for key, minor in unapplied.items()}
    assert -books(actor).get(UNIDENTIFIED, 0) == nobody
    assert sum(books(actor).values()) == 0
    assert (
        _sums(
            f"SELECT customer_id, sum(open_minor)::bigint FROM credit_exposure"
            f" WHERE company_id = %s {per.format('open_minor')}",
            company,
        )
        == items
    )
    assert (
        _sums(
            f"SELECT customer_id, sum(unapplied_minor)::bigint FROM credit_exposure"
            f" WHERE company_id = %s {per.format('unapplied_minor')}",
            company,
        )
        == unapplied
    )
    assert not sql.scalars(
        "SELECT p.id FROM cash_payment p WHERE company_id = %s"
        " AND total_minor - returned_minor - refunded_minor - unapplied_minor"
        " <> (SELECT coalesce(sum(minor), 0)"
        " FROM cash_allocation a WHERE a.payment_id = p.id"
        " AND undone_at IS NULL)",
        [company],
    )


def _sums(statement_: str, company_id: int) -> dict[int, int]:
    return {row.customer_id: row.minor for row in sql.fetch(_Sum, statement_, [company_id])}


def _ledger(company_id: int, account: str) -> dict[int, int]:
    return {row.customer_id: row.minor for row in ledger.customer_balances(company_id, account)}


def taxed(
    actor: Actor,
    customer_id: int,
    number: str,
    net_minor: int,
    tax_minor: int,
    *,
    issued_on: date = ISSUED,
    terms_code: str = "",
    currency: str = "EUR",
) -> int:
    """Record an invoice with tax on terms and return its first item."""
    invoices.record(
        actor,
        [
            NewInvoice(
                customer_id=customer_id,
                number=number,
                issued_on=issued_on,
                currency=currency,
                net_minor=net_minor,
                tax_minor=tax_minor,
                terms_code=terms_code,
            )
        ],
    )
    found = invoice_queries.open_items(actor.company_id, customer_ids=[customer_id])
    return next(row.item_id for row in found if row.number == number)
