"""The words stories are told in: a company at its desk, whose dates are moved by the story."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from creditdesk.contact import queries as contact_read
from creditdesk.contact.queries import MessageRow
from creditdesk.credit import queries as credit_read
from creditdesk.credit import services as credit
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewContact, NewCustomer
from creditdesk.day import services as days
from creditdesk.insight.queries import prove
from creditdesk.invoices import queries as invoices_read
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.money import to_minor
from creditdesk.ledger import queries as ledger
from creditdesk.orders import services as orders
from creditdesk.orders.services import CheckResult
from creditdesk.plumbing import sql
from creditdesk.policy import services as policy

ACCOUNT = "DE89370400440532013000"
EARLY = date(2020, 1, 1)
OPENING_MINOR = 1_000_000


def cents(amount: str) -> int:
    """Read an amount in euro as the story writes it."""
    return to_minor(Decimal(amount.replace(",", "")), "EUR")


@dataclass(frozen=True, slots=True)
class _Posting:
    debit: str
    credit: str
    minor: int
    source: str


def _swift(minor: int) -> str:
    return f"{minor // 100},{minor % 100:02d}"


class Company:
    """A company that sells on credit, on the date the story has reached."""

    def __init__(self, actor: Actor, *, account: str = ACCOUNT) -> None:
        policy.ensure_default(actor, valid_from=EARLY)
        self.actor = actor
        self.account = account
        self.closing_minor = OPENING_MINOR
        self.ids: dict[str, int] = {}

    @property
    def id(self) -> int:
        return self.actor.company_id

    def it_is(self, today: date) -> None:
        """Let the story go on at a date, nine in the morning."""
        later = today - self.actor.today
        self.actor = replace(self.actor, today=today, at=self.actor.at + later)

    def knows(self, name: str, *, limit: str = "", email: str = "") -> None:
        """Open an account for a customer who can be written to."""
        number = f"C-{len(self.ids) + 1}"
        address = email or f"accounts@{name.split(maxsplit=1)[0].lower()}.example"
        new = NewCustomer(
            number=number,
            name=name,
            currency="EUR",
            country="DE",
            contacts=(NewContact(name="Accounts payable", email=address, is_primary=True),),
        )
        [self.ids[name]] = customers.create(self.actor, new=[new])
        if limit:
            credit.set_limit(
                self.actor, self.ids[name], minor=cents(limit), currency="EUR", valid_from=EARLY
            )

    def is_asked_for(self, order: str, *, by: str, total: str) -> CheckResult:
        """Ask whether an order may ship."""
        return orders.check(
            self.actor,
            customer_number=f"C-{list(self.ids).index(by) + 1}",
            order_reference=order,
            currency="EUR",
            total_minor=cents(total),
            placed_on=self.actor.today,
        )

    def invoices(
        self, number: str, *, to: str, net: str, tax: str = "0", due_on: date, order: str = ""
    ) -> int:
        """Send an invoice today, or long ago if it fell due before; return its item."""
        new = NewInvoice(
            customer_id=self.ids[to],
            number=number,
            issued_on=min(self.actor.today, due_on - timedelta(days=30)),
            due_on=due_on,
            currency="EUR",
            net_minor=cents(net),
            tax_minor=cents(tax),
            order_reference=order,
        )
        assert invoices.record(self.actor, [new]).recorded == 1
        [item] = [row for row in invoices_read.open_items(self.id) if row.number == number]
        return item.item_id

    def statement(self, on: date, *paid: tuple[str, str, str]) -> days.Arrival:
        """Write the bank's MT940 of a day, with receipts as (amount, payer, text)."""
        opening, day = self.closing_minor, on.strftime("%y%m%d")
        self.closing_minor += sum(cents(amount) for amount, _, _ in paid)
        entries = "".join(
            f":61:{day}{on:%m%d}C{_swift(cents(amount))}NTRFNONREF\r\n"
            f":86:166?00Receipt?20{text}?32{payer}\r\n"
            for amount, payer, text in paid
        )
        content = (
            f":20:S{day}\r\n:25:{self.account}\r\n:28C:{on:%j}/1\r\n"
            f":60F:C{day}EUR{_swift(opening)}\r\n{entries}"
            f":62F:C{day}EUR{_swift(self.closing_minor)}\r\n-\r\n"
        )
        return days.Arrival(f"{self.account}-{on}.sta", content.encode())

    def works_its_day(self, *arrivals: days.Arrival) -> dict[str, dict[str, object]]:
        """Run the day; what each step did."""
        report = days.run(self.actor, arrivals=arrivals)
        return {step.step: step.report for step in report.steps}

    def mails_to(self, name: str) -> list[MessageRow]:
        """What was written to a customer, oldest first."""
        return list(
            reversed(contact_read.mailbox(self.id, customer_id=self.ids[name], size=500).rows)
        )

    def steps_sent_to(self, name: str) -> list[str]:
        """The steps of the ladder by which a customer was written to."""
        return [mail.step for mail in self.mails_to(name) if mail.status == "sent"]

    def open_of(self, number: str) -> int:
        """What is open of an invoice."""
        return invoices_read.invoice(self.id, number).open_minor

    def available_to(self, name: str) -> int | None:
        """How much credit a customer has left."""
        return credit_read.standing(self.id, self.ids[name], self.actor.today).available_minor

    def payment(self, reference_text: str) -> int:
        """The payment whose bank line carries a text."""
        found = sql.scalar(
            "SELECT p.id FROM cash_payment p JOIN cash_bankline l ON l.id = p.bank_line_id"
            " WHERE p.company_id = %s AND l.text LIKE %s",
            [self.id, f"%{reference_text}%"],
        )
        return int(found)

    def postings(self) -> list[tuple[str, str, int, str]]:
        """Every posting in order, as (debit, credit, minor, source)."""
        rows = sql.fetch(
            _Posting,
            "SELECT d.code, c.code, p.minor, p.source_kind FROM ledger_posting p"
            " JOIN ledger_account d ON d.id = p.debit_id"
            " JOIN ledger_account c ON c.id = p.credit_id"
            " WHERE p.company_id = %s ORDER BY p.id",
            [self.id],
        )
        return [(row.debit, row.credit, row.minor, row.source) for row in rows]

    def books(self) -> dict[str, int]:
        """The balance of each account, debits less credits, without those at zero."""
        found: Counter[str] = Counter()
        for balance in ledger.balances(self.id):
            found[balance.account] += balance.minor
        return {account: minor for account, minor in found.items() if minor}

    def is_proved(self) -> bool:
        """Whether the proof of the books finds no difference."""
        return prove(self.id) == []
