"""Post, reverse, close, reopen, back-date in any order, against a dictionary on real PostgreSQL.

The model is a list of moves and a few dates per document. It knows nothing of SQL; what it says
was open on a day, as known at a moment, must be what the books say.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from creditdesk import wiring
from creditdesk.cash import services as cash
from creditdesk.controls.queries import CompanyRow
from creditdesk.insight import queries as insight
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import DomainError
from creditdesk.ledger import queries, services
from creditdesk.ledger.rules import (
    BANK,
    RECEIVABLE,
    REVENUE,
    UNAPPLIED,
    UNIDENTIFIED,
    VAT_OUTPUT,
    Posting,
    month_end,
)
from creditdesk.plumbing import sql
from tests.cash import stage
from tests.cash.conftest import with_policy
from tests.cash.stage import Paid
from tests.support.fixtures import founded

DEEP = bool(os.environ.get("CREDITDESK_DEEP"))
START = date(2026, 3, 16)
CLERK = frozenset({"invoices.*", "cash.*", "customers.*"})
NEVER = date.min

amounts = st.sampled_from([100, 250, 350, 1_000])
back = st.sampled_from([0, 0, 1, 10, 20, 45, 80])
either = st.booleans()


@dataclass(frozen=True)
class Move:
    """One amount moved between two accounts, as the model has it."""

    debit: str
    credit: str
    minor: int
    customer: int | None
    on: date
    known: datetime


@dataclass
class Item:
    """An invoice: what is open, since when it stands in the books, since when it is free again."""

    number: str
    customer: int
    issued: date
    stands: date
    total: int
    open: int
    credited: int = 0
    free: date = NEVER


@dataclass
class Money:
    """A payment: what is left, whose it is since when, and what of it is applied."""

    received: date
    stands: date
    left: int
    customer: int | None = None
    payer_on: date = NEVER
    free: date = NEVER
    live: list[tuple[int, int, date]] = field(default_factory=list)


_RAW = """
    INSERT INTO ledger_posting (company_id, debit_id, credit_id, currency, minor, effective_on,
                                recorded_at, source_kind, source_id)
    SELECT %s, min(id) FILTER (WHERE code = 'bank'), min(id) FILTER (WHERE code = 'vat_output'),
           'EUR', 7, %s, %s, 'past', %s
      FROM ledger_account WHERE company_id = %s AND code = ANY(%s)
"""
_KNOWN = "SELECT count(*) FROM ledger_account WHERE company_id = %s AND code = ANY(%s)"
_PASSES = """
    SELECT recorded_at, min(first_on) FROM ledger_softclosedpass WHERE company_id = %s GROUP BY 1
"""


@dataclass(frozen=True)
class _Pass:
    """The earliest day that passes of a moment admit."""

    at: datetime
    first_on: date


class Books(RuleBasedStateMachine):
    """One company; `moves`, `items`, `money` and `statuses` are the whole model."""

    actor: Actor

    def __init__(self) -> None:
        super().__init__()
        self.moves: list[Move] = []
        self.items: dict[int, Item] = {}
        self.money: dict[int, Money] = {}
        self.statuses: dict[date, str] = {}  # by the last day of a month that is not open
        self.passes: dict[datetime, date] = {}  # the earliest soft-closed day posted to, by moment
        self.count = 0
        self.dice = Random(0)
        self.customers = [stage.customer(self.actor, f"Customer {name}") for name in "AB"]

    # Time and hands.

    def _acting(self, *, as_clerk: bool = False) -> Actor:
        """Return who acts, a minute later than the last act."""
        self.count += 1
        at = self.actor.at + timedelta(minutes=1)
        self.actor = replace(self.actor, at=at)
        return replace(self.actor, permissions=CLERK) if as_clerk else self.actor

    def _floor(self, *, as_clerk: bool) -> date:
        """Return the first day that is open to the one who acts."""
        shut = {"closed", "soft_closed"} if as_clerk else {"closed"}
        days = [day for day, status in self.statuses.items() if status in shut]
        return max(days) + timedelta(days=1) if days else NEVER

    def _move(self, debit: str, credit: str, minor: int, customer: int | None, on: date) -> None:
        if self._floor(as_clerk=False) <= on < self._floor(as_clerk=True):
            earliest = min(on, self.passes.get(self.actor.at, on))
            self.passes[self.actor.at] = earliest
        self.moves.append(Move(debit, credit, minor, customer, on, self.actor.at))

    @rule(days=st.sampled_from([1, 5, 20]))
    def time_passes(self, days: int) -> None:
        today = self.actor.today + timedelta(days=days)
        self.actor = replace(
            self.actor, today=today, at=datetime.combine(today, time(9), tzinfo=UTC)
        )

    # Facts, late or not.

    @rule(who=st.integers(0, 1), minor=amounts, late=back, as_clerk=either)
    def an_invoice(self, who: int, minor: int, late: int, *, as_clerk: bool) -> None:
        actor = self._acting(as_clerk=as_clerk)
        issued = actor.today - timedelta(days=late)
        number = f"DOC-{actor.company_id}-{self.count:04d}"
        customer = self.customers[who]
        item = stage.invoice(actor, customer, number, minor, issued_on=issued)
        stands = max(issued, self._floor(as_clerk=as_clerk))
        self.items[item] = Item(number, customer, issued, stands, minor, minor)
        self._move(RECEIVABLE, REVENUE, minor, customer, stands)

    @rule(minor=amounts, late=back, as_clerk=either)
    def a_receipt(self, minor: int, late: int, *, as_clerk: bool) -> None:
        actor = self._acting(as_clerk=as_clerk)
        received = actor.today - timedelta(days=late)
        line = Paid(minor=minor, text=f"line {self.count}", on=received)
        content = stage.statement([line], account=f"ACC{actor.company_id}")
        assert cash.take_in(actor, filename="bank.csv", content=content).payments == 1
        payment = int(
            sql.scalar("SELECT max(id) FROM cash_payment WHERE company_id = %s", [actor.company_id])
        )
        stands = max(received, self._floor(as_clerk=as_clerk))
        self.money[payment] = Money(received, stands, minor)
        self._move(BANK, UNIDENTIFIED, minor, None, stands)

    @rule(which=st.integers(0, 20), to=st.integers(0, 20), minor=amounts, as_clerk=either)
    def applying(self, which: int, to: int, minor: int, *, as_clerk: bool) -> None:
        if not self.money or not self.items:
            return
        payment = sorted(self.money)[which % len(self.money)]
        item = sorted(self.items)[to % len(self.items)]
        money, owed = self.money[payment], self.items[item]
        if minor > min(money.left, owed.open) or money.customer not in (None, owed.customer):
            return
        cash.apply(self._acting(as_clerk=as_clerk), payment, allocations={item: minor})
        floor = self._floor(as_clerk=as_clerk)
        if money.customer is None:
            money.customer, money.payer_on = owed.customer, max(money.stands, floor)
            self._move(UNIDENTIFIED, UNAPPLIED, money.left, money.customer, money.payer_on)
        on = max(money.stands, money.payer_on, money.free, owed.stands, owed.free, floor)
        self._move(UNAPPLIED, RECEIVABLE, minor, owed.customer, on)
        money.left -= minor
        owed.open -= minor
        money.live.append((item, minor, on))

    @rule(which=st.integers(0, 20), as_clerk=either)
    def undoing(self, which: int, *, as_clerk: bool) -> None:
        applied = [payment for payment, money in self.money.items() if money.live]
        if not applied:
            return
        payment = sorted(applied)[which % len(applied)]
        money = self.money[payment]
        actor = self._acting(as_clerk=as_clerk)
        cash.undo(actor, payment)
        for item, minor, applied_on in money.live:
            on = max(actor.today, applied_on, self._floor(as_clerk=as_clerk))
            owed = self.items[item]
            self._move(RECEIVABLE, UNAPPLIED, minor, owed.customer, on)
            owed.open += minor
            owed.free = max(owed.free, on)
            money.left += minor
            money.free = max(money.free, on)
        money.live = []

    @rule(to=st.integers(0, 20), minor=amounts, late=back, as_clerk=either)
    def a_credit_note(self, to: int, minor: int, late: int, *, as_clerk: bool) -> None:
        if not self.items:
            return
        owed = self.items[sorted(self.items)[to % len(self.items)]]
        if owed.credited + minor > owed.total:
            return
        actor = self._acting(as_clerk=as_clerk)
        issued = actor.today - timedelta(days=late)
        invoices.credit(
            actor, owed.number, number=f"CN-{actor.company_id}-{self.count}", issued_on=issued,
            net_minor=minor, reason="returned",
        )  # fmt: skip
        floor = self._floor(as_clerk=as_clerk)
        self._move(REVENUE, UNAPPLIED, minor, owed.customer, max(issued, floor))
        applied = min(minor, owed.open)
        if applied:
            on = max(issued, floor, owed.stands, owed.free)
            self._move(UNAPPLIED, RECEIVABLE, applied, owed.customer, on)
        owed.open -= applied
        owed.credited += minor

    @rule(late=back, as_clerk=either)
    def a_posting_of_nobody(self, late: int, *, as_clerk: bool) -> None:
        """What is posted to a closed day, past the rule for late facts, is refused."""
        actor = self._acting(as_clerk=as_clerk)
        on = actor.today - timedelta(days=late)
        posting = Posting(
            debit=BANK, credit=VAT_OUTPUT, currency="EUR", minor=7, effective_on=on,
            source_kind="test", source_id=self.count,
        )  # fmt: skip
        if on < self._floor(as_clerk=as_clerk):
            assert _code(lambda: services.post(actor, [posting])) == "period_closed"
        else:
            assert services.post(actor, [posting]) == 1
            self._move(BANK, VAT_OUTPUT, 7, None, on)

    @rule(late=back)
    def a_posting_past_the_service(self, late: int) -> None:
        """Written straight into the table: the database keeps closed and soft-closed days alike."""
        actor = self._acting()
        on = actor.today - timedelta(days=late)
        accounts = [BANK, VAT_OUTPUT]
        given = [actor.company_id, on, actor.at, self.count, actor.company_id, accounts]
        known = sql.scalar(_KNOWN, [actor.company_id, accounts])
        if known != len(accounts):
            return
        if on < self._floor(as_clerk=True):
            with pytest.raises(IntegrityError, match="closed up to"), transaction.atomic():
                sql.execute(_RAW, given)
        else:
            assert sql.execute(_RAW, given) == 1
            self._move(BANK, VAT_OUTPUT, 7, None, on)

    @invariant()
    def every_posting_to_a_soft_closed_day_left_a_pass(self) -> None:
        found = set(sql.fetch(_Pass, _PASSES, [self.actor.company_id]))
        assert found == {_Pass(at, on) for at, on in self.passes.items()}

    # Periods.

    def _months(self) -> list[date]:
        """Return the last day of every month from the first move to today."""
        if not self.moves:
            return []
        found = [month_end(min(move.on for move in self.moves))]
        while found[-1] < self.actor.today:
            found.append(month_end(found[-1] + timedelta(days=1)))
        return found

    @rule(which=st.integers(0, 8), soft=either)
    def closing(self, which: int, *, soft: bool) -> None:
        months = self._months()
        if not months:
            return
        last_on = months[which % len(months)]
        shut = {"closed", "soft_closed"} if soft else {"closed"}
        may = (
            last_on < self.actor.today
            and self.statuses.get(last_on) not in shut
            and all(self.statuses.get(one) in shut for one in months if one < last_on)
        )
        actor = self._acting()
        code = _code(lambda: services.close_period(actor, last_on, soft=soft))
        assert (code == "") == may, code
        if may:
            self.statuses[last_on] = "soft_closed" if soft else "closed"
            kept = sql.scalar(
                "SELECT trial_balance FROM ledger_periodact WHERE company_id = %s"
                " ORDER BY number DESC LIMIT 1",
                [actor.company_id],
            )
            told = queries.trial_balance(
                actor.company_id, first_on=last_on.replace(day=1), last_on=last_on
            )
            assert [line.closing_minor for line in told] == [
                line["closing_minor"] for line in _read(kept)
            ]

    @rule(which=st.integers(0, 8))
    def reopening(self, which: int) -> None:
        months = self._months()
        if not months:
            return
        last_on = months[which % len(months)]
        may = last_on in self.statuses and last_on == max(self.statuses)
        actor = self._acting()
        code = _code(lambda: services.reopen_period(actor, last_on, reason="a late one"))
        assert (code == "") == may, code
        if may:
            del self.statuses[last_on]

    # What must hold.

    @invariant()
    def the_books_prove(self) -> None:
        assert insight.prove(self.actor.company_id) == []
        shut = max(
            (day for day, status in self.statuses.items() if status == "closed"), default=None
        )
        assert queries.boundary(self.actor.company_id).closed_through == shut

    @invariant()
    def any_day_as_known_at_any_moment_is_what_the_dictionary_says(self) -> None:
        first = min((move.on for move in self.moves), default=START)
        span = (self.actor.today - first).days + 5
        as_of = first + timedelta(days=self.dice.randrange(-1, span))
        moments = [None, *(move.known for move in self.moves)]
        known_at = self.dice.choice(moments)
        seen = [
            move
            for move in self.moves
            if move.on <= as_of and (known_at is None or move.known <= known_at)
        ]
        self._accounts_agree(seen, as_of, known_at)
        self._customers_agree(seen, as_of, known_at)

    def _accounts_agree(self, seen: list[Move], as_of: date, known_at: datetime | None) -> None:
        wanted: Counter[str] = Counter()
        for move in seen:
            wanted[move.debit] += move.minor
            wanted[move.credit] -= move.minor
        company = self.actor.company_id
        found = {
            one.account: one.minor
            for one in queries.balances(company, as_of=as_of, known_at=known_at)
        }
        assert found == wanted
        assert sum(found.values()) == 0
        told = queries.trial_balance(company, first_on=as_of, last_on=as_of, known_at=known_at)
        assert {line.account: line.closing_minor for line in told} == wanted

    def _customers_agree(self, seen: list[Move], as_of: date, known_at: datetime | None) -> None:
        """The ageing, made of open items, is the control account of that day and moment."""
        company = self.actor.company_id
        ageing = insight.ageing(company, as_of=as_of, known_at=known_at)
        by_customer = {
            account: {
                row.customer_id: row.minor
                for row in queries.customer_balances(
                    company, account, as_of=as_of, known_at=known_at
                )
            }
            for account in (RECEIVABLE, UNAPPLIED)
        }
        for account, kept in by_customer.items():
            wanted: Counter[int] = Counter()
            for move in seen:
                if move.customer is not None:
                    wanted[move.customer] += move.minor * (
                        (move.debit == account) - (move.credit == account)
                    )
            assert kept == {customer: minor for customer, minor in wanted.items() if minor}
        owed = sum(total.total_minor for total in ageing.totals)
        held = sum(total.unapplied_minor for total in ageing.totals)
        assert owed == sum(by_customer[RECEIVABLE].values())
        assert held == -sum(by_customer[UNAPPLIED].values())
        if known_at is None:
            assert min(by_customer[RECEIVABLE].values(), default=0) >= 0
            assert max(by_customer[UNAPPLIED].values(), default=0) <= 0


def _code(act: Callable[[], object]) -> str:
    try:
        act()
    except DomainError as error:
        return error.code
    return ""


def _read(kept: object) -> list[dict[str, int]]:
    found: list[dict[str, int]] = json.loads(kept) if isinstance(kept, str) else kept  # type: ignore[assignment]
    return found


def test_any_order_of_deeds_is_what_the_dictionary_says(
    company: CompanyRow, actor_of: Callable[..., Actor]
) -> None:
    wiring.connect()
    companies = iter(range(1, 10_000))

    class Fresh(Books):
        def __init__(self) -> None:
            self.actor = with_policy(actor_of(founded(f"m{next(companies)}").id, today=START))
            super().__init__()

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Fresh,
        settings=settings(
            max_examples=150 if DEEP else 7,
            stateful_step_count=40 if DEEP else 16,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
