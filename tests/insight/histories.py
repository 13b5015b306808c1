"""Random histories of books, and beside each a dictionary of what it must mean."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hypothesis import strategies as st

from creditdesk.cash import services as cash
from creditdesk.insight import rules
from creditdesk.invoices import queries as invoice_queries
from tests.insight.books import Books


@dataclass(frozen=True)
class Fact:
    """What an act moved on an item, from when it counts and since when it is known."""

    item_id: int
    minor: int
    effective_on: date
    known_at: datetime


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["invoice", "invoice", "pay", "part", "credit", "undo", "on_account"]),
        st.integers(0, 12),  # days that pass before it
        st.integers(0, 45),  # days it is dated back
        st.integers(0, 10**6),  # which one
    ),
    min_size=3,
    max_size=14,
)


class History:
    """Random acts through the services, and beside them a dictionary of what they must mean."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.items: dict[int, tuple[int, str, date, int]] = {}
        self.facts: list[Fact] = []
        self.paid: list[tuple[int, int, int, date]] = []
        self.credited: dict[int, int] = defaultdict(int)

    def act(self, kind: str, wait: int, back: int, pick: int) -> None:
        books = self.books.on(self.books.actor.today + timedelta(days=wait))
        dated = books.actor.today - timedelta(days=back)
        if kind == "invoice":
            self.invoice(dated, pick)
        elif kind == "undo" and self.paid:
            self.undo(pick)
        elif kind == "on_account":
            payment = books.receive(50 + pick % 99, on=dated)
            customer = books.customers[pick % len(books.customers)]
            cash.put_on_account(books.actor, payment, customer_id=customer)
        elif kind in {"pay", "part", "credit"} and (open_now := self.open_now()):
            self.settle(kind, open_now[pick % len(open_now)], dated, pick)

    def open_now(self) -> list[int]:
        sums: dict[int, int] = defaultdict(int)
        for fact in self.facts:
            sums[fact.item_id] += fact.minor
        return [item_id for item_id, minor in sums.items() if minor > 0]

    def note(self, item_id: int, minor: int, on: date) -> None:
        self.facts.append(Fact(item_id, minor, on, self.books.actor.at))

    def invoice(self, dated: date, pick: int) -> None:
        customer = self.books.customers[pick % len(self.books.customers)]
        currency, minor = ("EUR", "USD")[pick % 2], 100 + pick % 900
        due = dated + timedelta(days=pick % 60)
        item = self.books.invoice(customer, minor, issued=dated, due=due, currency=currency)
        self.items[item] = (customer, currency, due, minor)
        self.note(item, minor, dated)

    def settle(self, kind: str, item_id: int, dated: date, pick: int) -> None:
        _, currency, _, _ = self.items[item_id]
        row = invoice_queries.items_by_id(self.books.actor.company_id, [item_id])[item_id]
        if kind == "credit":
            most = row.total_minor - self.credited[item_id]
            if not most:
                return
            minor = 1 + pick % most
            on = max(dated, row.issued_on)
            self.credited[item_id] += minor
            self.books.credit(row.number, minor, issued=on)
            self.note(item_id, -min(minor, row.open_minor), self.free_from(item_id, on))
            return
        minor = row.open_minor if kind == "pay" else 1 + pick % row.open_minor
        payment = self.books.receive(minor + pick % 3, on=dated, currency=currency)
        cash.apply(self.books.actor, payment, allocations={item_id: minor})
        on = self.free_from(item_id, dated)
        self.note(item_id, -minor, on)
        self.paid.append((payment, item_id, minor, on))

    def free_from(self, item_id: int, on: date) -> date:
        """Nothing settles an item before it was issued, or last opened again."""
        opened_on = [f.effective_on for f in self.facts if f.item_id == item_id and f.minor > 0]
        return max(on, *opened_on)

    def undo(self, pick: int) -> None:
        payment, item_id, minor, applied_on = self.paid.pop(pick % len(self.paid))
        cash.undo(self.books.actor, payment)
        self.note(item_id, minor, max(self.books.actor.today, applied_on))

    def expected(self, as_of: date, known_at: datetime | None) -> dict[tuple[int, str], list[int]]:
        """Return the buckets per customer and currency, by the model alone."""
        found: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0] * 5)
        for fact in self.facts:
            if fact.effective_on <= as_of and (known_at is None or fact.known_at <= known_at):
                customer, currency, due, _ = self.items[fact.item_id]
                found[customer, currency][rules.bucket_of(due, as_of)] += fact.minor
        return {key: minors for key, minors in found.items() if any(minors)}
