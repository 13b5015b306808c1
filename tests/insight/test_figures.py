"""The figures of a date from books the services made, each worked out by hand beside it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from creditdesk.cash import services as cash
from creditdesk.collections.models import Promise
from creditdesk.insight import queries
from creditdesk.insight.rules import MonthSales, PromisesDue
from creditdesk.kernel.actor import Actor
from tests.insight.books import START, Books, opened

AS_OF = date(2026, 3, 16)


def quarter(actor: Actor) -> Books:
    """Invoice 3 000 in January, 2 000 USD in February, 500 in March; 1 000 of it is paid."""
    books = opened(actor, "Acorn", "Birch")
    acorn, birch = books.customers
    books.invoice(acorn, 100_000, issued=date(2025, 11, 3), due=date(2025, 12, 3))
    first = books.invoice(acorn, 300_000, issued=date(2026, 1, 7), due=date(2026, 2, 6))
    books.on(date(2026, 2, 10)).invoice(
        birch, 200_000, issued=date(2026, 2, 10), due=date(2026, 3, 12), currency="USD"
    )
    books.on(date(2026, 3, 2)).invoice(acorn, 50_000, issued=date(2026, 3, 2), due=AS_OF)
    books.pay(first, 100_000, on=date(2026, 3, 2))
    books.on(date(2026, 3, 10)).credit("INV-2", 30_000, issued=date(2026, 3, 10))
    held = books.receive(7_000, on=date(2026, 3, 9))
    cash.assign_payer(books.actor, held, acorn)
    books.receive(900, on=date(2026, 3, 9))
    return books.on(AS_OF)


def promised(books: Books, status: str, minor: int, due_on: date) -> None:
    Promise.objects.create(
        company_id=books.actor.company_id, reference=f"P-{books.next_number()}",
        customer_id=books.customers[0], currency="EUR", minor=minor, promised_on=START,
        due_on=due_on, status=status, judged_on=due_on, recorded_at=books.actor.at,
        recorded_by="test",
    )  # fmt: skip


def test_the_inputs_are_what_the_books_hold(actor: Actor) -> None:
    books = quarter(actor)
    promised(books, "kept", 500, AS_OF)
    promised(books, "broken", 300, AS_OF - timedelta(days=29))
    promised(books, "kept", 1, AS_OF - timedelta(days=30))
    promised(books, "open", 1, AS_OF)
    found = queries.inputs(actor.company_id, as_of=AS_OF)
    assert found.receivable_minor == 100_000 + 170_000 + 180_000 + 50_000
    assert found.not_due_minor == 50_000
    assert found.over_90_minor == 100_000
    assert found.begin_minor == 100_000  # on 16 December only the November invoice
    assert found.sales_minor == 300_000 + 180_000 + 50_000 - 30_000
    assert found.months == (
        MonthSales(16, 20_000),
        MonthSales(28, 180_000),
        MonthSales(31, 300_000),
        MonthSales(31, 0),
        MonthSales(30, 100_000),
    )
    assert (found.unapplied_minor, found.unidentified_minor) == (7_000, 900)
    assert found.collected_minor == 100_000 + 7_000
    assert found.promises == PromisesDue(kept=1, broken=1, kept_minor=500, broken_minor=300)


def test_the_figures_follow(actor: Actor) -> None:
    quarter(actor)
    found = {f.code: f.value for f in queries.figures(actor.company_id, as_of=AS_OF)}
    assert found["dso"] == Decimal("90.00")  # 500 000 of 500 000 sales in 90 days
    assert found["dso_countback"] == Decimal("75.00")  # 16 + 28 + 31: used up to the cent
    assert found["overdue_share"] == Decimal("90.00")
    assert found["over_90_share"] == Decimal("20.00")
    assert found["unapplied_share"] == Decimal("1.40")


def test_the_past_is_not_moved_by_what_came_later(actor: Actor) -> None:
    books = quarter(actor)
    before = queries.inputs(actor.company_id, as_of=date(2026, 3, 8))
    assert (before.unapplied_minor, before.unidentified_minor) == (0, 0)
    assert before.receivable_minor == 100_000 + 200_000 + 180_000 + 50_000
    books.invoice(books.customers[0], 9_999, issued=AS_OF, due=AS_OF)
    books.receive(1, on=AS_OF)
    assert queries.inputs(actor.company_id, as_of=date(2026, 3, 8)) == before


def test_a_company_without_books_has_no_figures_but_says_so(actor: Actor) -> None:
    found = {f.code: (f.value, f.notes) for f in queries.figures(actor.company_id, as_of=AS_OF)}
    assert found["receivable"] == (Decimal(0), ())
    assert found["dso"] == (None, ("no_sales",))
    assert found["overdue_share"] == (None, ("nothing_owed",))
