"""Books built by the services: invoices, credit notes, receipts, applications, undoing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from creditdesk.cash import services as cash
from creditdesk.cash.models import BankAccount, BankLine, Payment, Statement
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.invoices import queries as invoice_queries
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import BANK, UNIDENTIFIED, Posting
from creditdesk.policy import services as policy

START = date(2026, 1, 5)


@dataclass
class Books:
    """A company at work; `actor` stands at the present business moment."""

    actor: Actor
    customers: list[int] = field(default_factory=list)
    count: int = 0

    def on(self, day: date, at: time = time(9)) -> Books:
        """Let the business clock stand at a day."""
        moment = datetime.combine(day, at, tzinfo=UTC)
        self.actor = replace(self.actor, today=day, at=moment)
        return self

    def next_number(self) -> int:
        self.count += 1
        return self.count

    def customer(self, name: str, currency: str = "EUR") -> int:
        new = NewCustomer(number=f"C{len(self.customers) + 1}", name=name, currency=currency)
        self.customers += customers.create(self.actor, new=[new])
        return self.customers[-1]

    def invoice(
        self, customer_id: int, minor: int, *, issued: date, due: date, currency: str = "EUR"
    ) -> int:
        """Record an invoice of one item, tax included in `minor`; return the item's id."""
        number = f"INV-{self.next_number()}"
        tax = minor // 6
        new = NewInvoice(
            customer_id=customer_id, number=number, issued_on=issued, due_on=due,
            currency=currency, net_minor=minor - tax, tax_minor=tax,
        )  # fmt: skip
        result = invoices.record(self.actor, [new])
        assert (result.recorded, result.rejected) == (1, ())
        found = invoice_queries.open_items(self.actor.company_id, customer_ids=[customer_id])
        (item,) = [one for one in found if one.number == number]
        return item.item_id

    def credit(self, number: str, minor: int, *, issued: date) -> None:
        invoices.credit(
            self.actor, number, number=f"CN-{self.next_number()}", issued_on=issued,
            net_minor=minor, reason="returned",
        )  # fmt: skip

    def receive(self, minor: int, *, on: date, currency: str = "EUR") -> int:
        """Bring in a receipt as taking in a statement does: money of nobody known yet."""
        actor, number = self.actor, self.next_number()
        account, _ = BankAccount.objects.get_or_create(
            company_id=actor.company_id, identifier="DE02", currency=currency
        )
        statement = Statement.objects.create(
            company_id=actor.company_id, account=account, file_id=1, format="camt.053",
            proof="balances", lines_total=1, lines_new=1, recorded_at=actor.at, recorded_by="test",
        )  # fmt: skip
        line = BankLine.objects.create(
            company_id=actor.company_id, account=account, statement=statement,
            fingerprint=str(number), ordinal=1, line_no=1, booked_on=on, currency=currency,
            minor=minor, recorded_at=actor.at,
        )  # fmt: skip
        payment = Payment.objects.create(
            company_id=actor.company_id, reference=f"PAY-{number}", bank_line=line, received_on=on,
            currency=currency, total_minor=minor, unapplied_minor=minor, recorded_at=actor.at,
        )  # fmt: skip
        posting = Posting(
            debit=BANK, credit=UNIDENTIFIED, currency=currency, minor=minor, effective_on=on,
            source_kind="payment", source_id=payment.id,
        )  # fmt: skip
        ledger.post(actor, [posting])
        return payment.id

    def pay(self, item_id: int, minor: int, *, on: date, currency: str = "EUR") -> int:
        """Receive a payment and apply all of it to one item."""
        payment_id = self.receive(minor, on=on, currency=currency)
        cash.apply(self.actor, payment_id, allocations={item_id: minor})
        return payment_id


def opened(actor: Actor, *names: str) -> Books:
    """Return books with the default policy, rates and the named customers, at START."""
    books = Books(actor).on(START)
    policy.ensure_default(books.actor, valid_from=START - timedelta(days=400))
    policy.load_rates([("USD", "EUR", START - timedelta(days=400), Decimal("0.9"))], source="test")
    for name in names:
        books.customer(name)
    return books
