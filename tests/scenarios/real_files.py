"""Files a user would make from what another system gave: read here, never copied into the tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from creditdesk.kernel.money import from_minor, to_minor

CENT = Decimal("0.01")
TERMS_BY_COUNTRY = {
    "Germany": "net14", "Austria": "net14", "Switzerland": "net14",
    "USA": "net30", "UK": "net30", "Canada": "net30", "Ireland": "net30",
    "France": "eom30", "Italy": "net60", "Spain": "net60", "Portugal": "net60",
}  # fmt: skip
OTHER_TERMS = "net45"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that came in, as the bank's file will say it."""

    on: date
    minor: int
    text: str
    payer: str = ""


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file by heading."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def written(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(rows)
    return text.getvalue().encode()


@dataclass(frozen=True, slots=True)
class Order:
    """An order of Northwind with its net value, not yet rounded."""

    number: str
    customer: str
    ordered_on: date
    country: str
    net: Decimal

    @property
    def invoice_number(self) -> str:
        return f"NW-{self.number}"

    @property
    def minor(self) -> int:
        """The invoice's total, rounded once."""
        return to_minor(self.net.quantize(CENT, ROUND_HALF_UP), "USD")

    @property
    def terms(self) -> str:
        return TERMS_BY_COUNTRY.get(self.country, OTHER_TERMS)

    @property
    def due_on(self) -> date:
        """When it falls due by hand: 30 days from the month's end, or so many net days."""
        if self.terms == "eom30":
            month_end = (self.ordered_on.replace(day=1) + timedelta(days=31)).replace(day=1)
            return month_end + timedelta(days=29)
        return self.ordered_on + timedelta(days=int(self.terms.removeprefix("net")))


def northwind_orders(folder: Path) -> list[Order]:
    """Return the orders with price, quantity and discount of their lines worked out."""
    net: dict[str, Decimal] = {}
    for line in rows_of(folder / "order_details.csv"):
        value = Decimal(line["UnitPrice"]) * int(line["Quantity"]) * (1 - Decimal(line["Discount"]))
        net[line["OrderID"]] = net.get(line["OrderID"], Decimal(0)) + value
    return [
        Order(
            row["OrderID"],
            row["CustomerID"],
            datetime.strptime(row["OrderDate"], "%m/%d/%Y").date(),  # noqa: DTZ007 - a date alone
            row["ShipCountry"],
            net[row["OrderID"]],
        )
        for row in rows_of(folder / "orders.csv")
    ]


def invoice_file(orders: Iterable[Order]) -> bytes:
    """Return the orders as a file of invoices, in the American way of writing dates."""
    headings = "Invoice No,CustomerID,Invoice Date,Payment Terms,Order ID,Net,Currency"
    return written(
        headings.split(","),
        (
            (
                one.invoice_number, one.customer, f"{one.ordered_on:%m/%d/%Y}", one.terms,
                one.number, f"{from_minor(one.minor, 'USD')}", "USD",
            )
            for one in orders
        ),
    )  # fmt: skip


def bank_file(account: str, currency: str, receipts: Iterable[Receipt]) -> bytes:
    """Return a bank's export with a running balance, which proves it."""
    balance, rows = 5_000_000, []
    for one in sorted(receipts, key=lambda receipt: receipt.on):
        balance += one.minor
        amounts = (from_minor(one.minor, currency), from_minor(balance, currency))
        rows.append((account, one.on, amounts[0], currency, one.payer, one.text, amounts[1]))
    headings = ["Account", "Booking date", "Amount", "Currency", "Name", "Text", "Balance"]
    return written(headings, rows)
