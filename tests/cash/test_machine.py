"""Take in, match, apply, undo in any order, against a dictionary: books and sub-ledgers agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from creditdesk.cash import services as cash
from creditdesk.controls.queries import CompanyRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Refused
from creditdesk.plumbing import sql
from tests.cash import stage
from tests.cash.conftest import with_policy
from tests.cash.stage import Paid
from tests.support.fixtures import founded

amounts = st.sampled_from([100, 250, 350, 1_000])


@dataclass
class Money:
    """What the dictionary knows of one payment."""

    left: int
    total: int


class Desk(RuleBasedStateMachine):
    """One company; `opens` and `money` are the whole model."""

    actor: Actor

    def __init__(self) -> None:
        super().__init__()
        self.opens: dict[int, int] = {}
        self.totals: dict[int, int] = {}
        self.owner: dict[int, int] = {}
        self.numbers: list[str] = []
        self.money: dict[int, Money] = {}
        self.lines: list[Paid] = []
        self.customers = [stage.customer(self.actor, f"Customer {name}") for name in "AB"]

    @rule(who=st.integers(0, 1), minor=amounts)
    def an_invoice(self, who: int, minor: int) -> None:
        number = f"DOC-{self.actor.company_id}-{len(self.numbers) + 1:04d}"
        item = stage.invoice(self.actor, self.customers[who], number, minor)
        self.numbers.append(number)
        self.opens[item] = self.totals[item] = minor
        self.owner[item] = self.customers[who]

    @rule(minor=amounts, which=st.integers(0, 5), name=st.sampled_from(["", "A", "B"]))
    def a_receipt(self, minor: int, which: int, name: str) -> None:
        text = self.numbers[which] if which < len(self.numbers) else f"line {which}"
        payer = f"Customer {name}" if name else ""
        self.lines.append(Paid(minor=minor, text=text, name=payer))
        result = cash.take_in(
            self.actor,
            filename="bank.csv",
            content=stage.statement(self.lines, account=f"ACC{self.actor.company_id}"),
        )
        assert result.payments == 1
        [new] = [each for each in self._payments() if each not in self.money]
        self.money[new] = Money(minor, minor)

    @rule()
    def everything_again(self) -> None:
        if self.lines:
            content = stage.statement(self.lines, account=f"ACC{self.actor.company_id}")
            assert cash.take_in(self.actor, filename="b", content=content).lines_new == 0

    @rule()
    def matching(self) -> None:
        cash.match(self.actor)
        for payment_id, item_id, minor in self._new_allocations():
            self.money[payment_id].left -= minor
            self.opens[item_id] -= minor

    @rule(which=st.integers(0, 20), to=st.integers(0, 20), minor=amounts)
    def by_hand(self, which: int, to: int, minor: int) -> None:
        if not self.money or not self.opens:
            return
        payment_id = sorted(self.money)[which % len(self.money)]
        item_id = sorted(self.opens)[to % len(self.opens)]
        money = self.money[payment_id]
        fits = minor <= money.left and minor <= self.opens[item_id]
        owner = stage.payment(payment_id).customer_id
        may = owner in (None, self.owner[item_id]) or money.left == money.total
        try:
            cash.apply(self.actor, payment_id, allocations={item_id: minor})
        except (Conflict, Refused):
            assert not (fits and may)
        else:
            assert fits
            assert may
            money.left -= minor
            self.opens[item_id] -= minor

    @rule(which=st.integers(0, 20))
    def undoing(self, which: int) -> None:
        if not self.money:
            return
        payment_id = sorted(self.money)[which % len(self.money)]
        money = self.money[payment_id]
        live = self._allocated(payment_id)
        if not live:
            with pytest.raises(Conflict):
                cash.undo(self.actor, payment_id)
            return
        cash.undo(self.actor, payment_id)
        for item_id, minor in live:
            self.opens[item_id] += minor
        money.left = money.total

    @invariant()
    def nothing_is_made_or_lost(self) -> None:
        stage.prove(self.actor)
        assert {item: stage.open_minor(item) for item in self.opens} == self.opens
        assert {each: stage.payment(each).unapplied_minor for each in self.money} == {
            each: money.left for each, money in self.money.items()
        }

    def _payments(self) -> list[int]:
        return [
            int(each)
            for each in sql.scalars(
                "SELECT id FROM cash_payment WHERE company_id = %s", [self.actor.company_id]
            )
        ]

    def _allocated(self, payment_id: int) -> list[tuple[int, int]]:
        rows = sql.scalars(
            "SELECT item_id || ' ' || minor FROM cash_allocation"
            " WHERE payment_id = %s AND undone_at IS NULL",
            [payment_id],
        )
        return [(int(row.split()[0]), int(row.split()[1])) for row in rows]

    def _new_allocations(self) -> list[tuple[int, int, int]]:
        """Return what the tables say is applied beyond what the dictionary knows."""
        found = []
        for payment_id, money in self.money.items():
            live = self._allocated(payment_id)
            if sum(minor for _, minor in live) != money.total - money.left:
                assert money.left == money.total
                found += [(payment_id, item_id, minor) for item_id, minor in live]
        return found


def test_any_order_of_deeds_keeps_the_books(
    company: CompanyRow, actor_of: Callable[..., Actor]
) -> None:
    companies = iter(range(1, 1000))

    class Fresh(Desk):
        def __init__(self) -> None:
            self.actor = with_policy(actor_of(founded(f"c{next(companies)}").id))
            super().__init__()

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Fresh,
        settings=settings(
            max_examples=6,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
