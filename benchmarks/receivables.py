"""The published mix of receivables and payments, made anew from a seed: what benches and tests use.

n open invoices of n/10 customers, issued over the 200 days before AS_OF, 30 days to pay, amounts
50.00 to 5000.00, most of them small. n/2 payments, each for another invoice: 80 % name the number
and pay exactly; 10 % hide it in other words, in lower case, with blanks for its separators; 5 %
name it and pay half; 5 % give only the payer's name in the text.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle, product
from typing import Final, Literal
from xml.sax.saxutils import escape

AS_OF: Final = date(2026, 11, 21)
TERM_DAYS: Final = 30
INVOICE_DAYS: Final = 200
CURRENCY: Final = "EUR"
ACCOUNT: Final = "DE02120300000000202051"

Kind = Literal["exact", "noisy", "partial", "name_only"]
SHARES: Final[tuple[tuple[Kind, int], ...]] = (
    ("exact", 80),
    ("noisy", 10),
    ("partial", 5),
    ("name_only", 5),
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words(
    "Alder Birch Cedar Dale Elm Fern Granite Harbour Iris Juniper Kestrel Larch Meadow North Oak "
    "Pine Quarry River Stone Thorn Upland Valley Willow Yarrow Zenith Amber Bridge Copper Dawn East"
)
_SECOND = _words(
    "Bakery Brewery Builders Carpets Dairy Drinks Electric Fabrics Farms Foods Furniture Garage "
    "Glass Goods Hardware Hotels Interiors Joinery Kitchens Lighting Logistics Machines Market "
    "Metals Motors Packaging Paper Pharmacy Plastics Print Restaurants Roofing Seeds Services "
    "Signs Steel Tiles Timber Tools Trading Transport Wines Works Yards"
)
_THIRD = _words(
    "Aachen Bath Cork Delft Essen Florence Ghent Hull Izmir Jena Kiel Leeds Malmo Nantes Oslo "
    "Porto Reims Siena Turin Ulm Varna Wels York Zagreb"
)
_FORMS = ("GmbH", "Ltd", "SARL", "AG", "BV", "SpA")


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who buys; `index` is the position in the list."""

    index: int
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """An open invoice of a customer."""

    index: int
    customer: Customer
    number: str
    issued_on: date
    due_on: date
    minor: int


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment with the invoice it truly is for."""

    invoice: Invoice
    kind: Kind
    minor: int
    text: str
    booked_on: date


@dataclass(frozen=True, slots=True)
class Receivables:
    """The whole mix."""

    customers: tuple[Customer, ...]
    invoices: tuple[Invoice, ...]
    payments: tuple[Payment, ...]


def receivables(count: int, *, seed: int = 7) -> Receivables:
    """Return the mix with so many invoices; the same seed gives the same mix."""
    customers = tuple(_customers(max(1, count // 10)))
    invoices = tuple(_invoices(customers, count, random.Random(seed)))
    payments = tuple(_payments(invoices, random.Random(seed + 1)))
    return Receivables(customers, invoices, payments)


def _customers(count: int) -> Iterator[Customer]:
    names = cycle(product(_THIRD, _SECOND, _FIRST))
    different = len(_THIRD) * len(_SECOND) * len(_FIRST)
    for index, (town, trade, first) in zip(range(count), names, strict=False):
        again = f" {index // different + 1}" if index >= different else ""
        form = _FORMS[index % len(_FORMS)]
        yield Customer(index, f"C{index + 1:06d}", f"{first} {trade} {town}{again} {form}")


def _invoices(
    customers: Sequence[Customer], count: int, chance: random.Random
) -> Iterator[Invoice]:
    for index in range(count):
        issued_on = AS_OF - timedelta(days=chance.randint(1, INVOICE_DAYS))
        minor = int(5000 * 10 ** (chance.random() * 2))
        yield Invoice(
            index=index,
            customer=customers[chance.randrange(len(customers))],
            number=f"INV/2026/{index + 1:06d}",
            issued_on=issued_on,
            due_on=issued_on + timedelta(days=TERM_DAYS),
            minor=minor,
        )


def _payments(invoices: Sequence[Invoice], chance: random.Random) -> Iterator[Payment]:
    kinds = [kind for kind, share in SHARES for _ in range(share)]
    for index in chance.sample(range(len(invoices)), len(invoices) // 2):
        invoice = invoices[index]
        kind = kinds[chance.randrange(len(kinds))]
        yield Payment(
            invoice=invoice,
            kind=kind,
            minor=invoice.minor // 2 if kind == "partial" else invoice.minor,
            text=_text(kind, invoice),
            booked_on=AS_OF,
        )


def _text(kind: Kind, invoice: Invoice) -> str:
    if kind == "noisy":
        spoken = invoice.number.lower().replace("/", " ")
        return f"thanks for {spoken} ok / ref bank 99"
    if kind == "name_only":
        return f"Transfer from {invoice.customer.name}"
    return f"Payment {invoice.number}"


def as_csv(payments: Sequence[Payment], account: str = ACCOUNT) -> bytes:
    """Return the payments as a bank's CSV file."""
    rows = [
        f"{account};{p.booked_on:%d.%m.%Y};{p.minor // 100},{p.minor % 100:02d};{CURRENCY};{p.text}"
        for p in payments
    ]
    return "\n".join(["Account;Booking date;Amount;Currency;Text", *rows, ""]).encode()


def as_camt(payments: Sequence[Payment], account: str = ACCOUNT, *, name: str = "") -> bytes:
    """Return the payments as one camt.053 statement that adds up."""
    total = sum(payment.minor for payment in payments)
    entries = "".join(map(_camt_entry, payments))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>MIX</MsgId><CreDtTm>2026-11-21T18:00:00Z</CreDtTm></GrpHdr>"
        f"<Stmt><Id>{name or f'MIX-{len(payments)}'}</Id><CreDtTm>2026-11-21T18:00:00Z</CreDtTm>"
        f"<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>{CURRENCY}</Ccy></Acct>"
        f"{_camt_balance('OPBD', 0)}{_camt_balance('CLBD', total)}{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _camt_balance(code: str, minor: int) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{CURRENCY}">{minor // 100}.{minor % 100:02d}</Amt>'
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{AS_OF}</Dt></Dt></Bal>"
    )


def _camt_entry(payment: Payment) -> str:
    amount = f"{payment.minor // 100}.{payment.minor % 100:02d}"
    return (
        f'<Ntry><Amt Ccy="{CURRENCY}">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{payment.booked_on}</Dt></BookgDt>"
        f"<ValDt><Dt>{payment.booked_on}</Dt></ValDt>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn>"
        "</BkTxCd><NtryDtls><TxDtls>"
        f"<RmtInf><Ustrd>{escape(payment.text)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )
