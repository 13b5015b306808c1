"""What the world remembers of one company while it is lived: debts, deliveries, bank balances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from random import Random
from zoneinfo import ZoneInfo

from creditdesk.controls.queries import CompanyRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.policy.rules import Policy
from creditdesk.simulation.rules.dice import dice
from creditdesk.simulation.rules.statements import BankFile, Movement
from creditdesk.simulation.rules.ways import Ways
from creditdesk.simulation.rules.world import Account, Firm, House


def moment(house: House, day: date, at: time) -> datetime:
    """Return a time of a company's own clock on a day, in UTC."""
    return datetime.combine(day, at, tzinfo=ZoneInfo(house.timezone)).astimezone(UTC)


@dataclass(slots=True)
class Debt:
    """An invoice in the customer's own books: what it means to pay, and when."""

    number: str
    firm: Firm
    due_on: date
    minor: int
    pay_on: date | None
    is_contested: bool = False
    is_rest: bool = False
    credits: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Goods that leave on a day and are invoiced; without an order they were called off."""

    firm: Firm
    net_minor: int
    order_reference: str


@dataclass(frozen=True, slots=True)
class Held:
    """An order that waits for credit."""

    reference: str
    delivery: Delivery
    since: date


@dataclass(frozen=True, slots=True)
class Meant:
    """What a payment was meant to pay, by invoice; known to the payer, not to the desk.

    `others` are further customers whose invoices it pays; `is_exchanged` where it came in another
    currency than its invoice, whose amount the parts say. `twin` is the payment that this one
    repeats by mistake: which of the two counts as the mistake is nobody's to say.
    """

    firm: Firm
    parts: Mapping[str, int]
    others: tuple[Firm, ...] = ()
    is_paid_by_another: bool = False
    is_exchanged: bool = False
    twin: str = ""


@dataclass(slots=True)
class Vault:
    """A bank account between two statements."""

    account: Account
    balance_minor: int
    statements: int = 0


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a customer will write about an invoice on its own account."""

    firm: Firm
    number: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a letter of a customer says: a kind of answer, and the date it names."""

    kind: str
    on: date


@dataclass(slots=True)
class Life:
    """One company between its first day and its last."""

    seed: int
    house: House
    company: CompanyRow
    first: date
    until: date
    calendar: BusinessCalendar
    policy: Policy
    firms: tuple[Firm, ...]
    ids: dict[str, int]
    people: dict[str, Actor]
    vaults: dict[str, Vault]
    of_id: dict[int, Firm] = field(default_factory=dict)
    debts: dict[str, dict[str, Debt]] = field(default_factory=lambda: defaultdict(dict))
    deliveries: dict[date, list[Delivery]] = field(default_factory=lambda: defaultdict(list))
    complaints: dict[date, list[Complaint]] = field(default_factory=lambda: defaultdict(list))
    held: dict[str, Held] = field(default_factory=dict)
    kept_held: dict[str, str] = field(default_factory=dict)
    meant: dict[str, Meant] = field(default_factory=dict)
    said: dict[int, Said] = field(default_factory=dict)
    files: list[BankFile] = field(default_factory=list)
    late_files: list[BankFile] = field(default_factory=list)
    to_come: tuple[Firm, ...] = ()
    limits: dict[str, int] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    last_letter_id: int = 0
    counters: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    ways: Ways = field(default_factory=Ways)
    debited: set[str] = field(default_factory=set)
    collecting: set[str] = field(default_factory=set)
    agenda: dict[date, list[Callable[[Life, date], None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    bookings: dict[date, list[Movement]] = field(default_factory=lambda: defaultdict(list))

    def chance(self, *about: object) -> Random:
        """Return the source of chance of a subject in this company."""
        return dice(self.seed, self.house.code, *about)

    def moment(self, day: date, at: time) -> datetime:
        """Return a time of the company's own clock on a day, in UTC."""
        return moment(self.house, day, at)

    def acting(self, role: str, day: date, at: time) -> Actor:
        """Return the holder of a role at a time of a day."""
        return replace(self.people[role], at=self.moment(day, at), today=day)

    def next_number(self, prefix: str, width: int = 5) -> str:
        """Return the next number of a range of documents of this company."""
        self.counters[prefix] += 1
        return f"{prefix}-{self.until.year}-{self.counters[prefix]:0{width}d}"

    def remember(self, day: date, meant: Meant) -> str:
        """Return the bank's own reference of a payment, under which its meaning is kept."""
        self.counters["payment"] += 1
        reference = f"{self.house.customer_prefix}{day:%y%m%d}{self.counters['payment']:06d}"
        self.meant[reference] = meant
        return reference

    def welcome(self, firms: Sequence[Firm], ids: Mapping[str, int]) -> None:
        """Count those who just became customers among the firms."""
        self.firms = (*self.firms, *firms)
        self.ids.update(ids)
        self.of_id.update({ids[firm.number]: firm for firm in firms})
        self.limits.update({firm.number: firm.limit_minor for firm in firms})

    def debt(self, firm: Firm, number: str) -> Debt | None:
        """Return an invoice the customer still has open in its books."""
        return self.debts[firm.number].get(number)
