"""In which order money pays what its payer owes, where the payer names nothing. Pure.

Debts are ranked by time class and component, within a pair by their due date. The state after
many payments is a fold over dated facts, the order of each day among them, so that it does not
matter which of them arrived first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

COSTS: Final = "costs"
INTEREST: Final = "interest"
PRINCIPAL: Final = "principal"
InForce = TypeVar("InForce")


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """What is owed of one component on one item, before any of the money to be spent."""

    item_id: int
    number: str
    component: str
    issued_on: date
    due_on: date
    open_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """A payment that names nothing; `mark` tells payments of one day apart, however they arrive."""

    payment_id: int
    on: date
    minor: int
    mark: str = ""


def components(
    open_minor: int, total_minor: int, *, costs_minor: int, interest_minor: int
) -> list[tuple[str, int]]:
    """Return what is open of an item by component: what was paid of it paid the costs first."""
    if not costs_minor and not interest_minor:
        return [(PRINCIPAL, open_minor)]
    settled = total_minor - open_minor
    found = []
    for component, minor in ((COSTS, costs_minor), (INTEREST, interest_minor)):
        paid = min(settled, minor)
        settled -= paid
        found.append((component, minor - paid))
    rest = open_minor - sum(minor for _, minor in found)
    return [(one, minor) for one, minor in (*found, (PRINCIPAL, rest)) if minor > 0]


def time_class(debt: Debt, on: date) -> str:
    """Return whether a debt is past due on a day, due that day, or paid in advance."""
    if debt.due_on < on:
        return "past_due"
    return "due" if debt.due_on == on else "in_advance"


def ranked(debts: Iterable[Debt], order: Sequence[str], on: date) -> list[Debt]:
    """Return debts in the order in which money of a day pays them."""
    rank = {pair: place for place, pair in enumerate(order)}
    return sorted(
        debts,
        key=lambda debt: (
            rank[f"{time_class(debt, on)}:{debt.component}"],
            debt.due_on,
            debt.issued_on,
            debt.number,
            debt.item_id,
        ),
    )


def spend(
    minor: int, debts: Iterable[Debt], order: Sequence[str], on: date, left: dict[Debt, int]
) -> dict[int, int]:
    """Pay debts of a day in order, lowering what is `left` of them; return item → amount."""
    paid: dict[int, int] = {}
    for debt in ranked(debts, order, on):
        part = min(minor, left[debt])
        if part > 0:
            left[debt] -= part
            minor -= part
            paid[debt.item_id] = paid.get(debt.item_id, 0) + part
    return paid


def fold(
    moneys: Iterable[Money],
    debts: Iterable[Debt],
    order_on: Callable[[date], Sequence[str]],
) -> dict[int, dict[int, int]]:
    """Return what each payment pays, day by day: a debt counts from its issue, money when it came.

    Money pays in the order that `order_on` says was in force on the day. What is left of a payment
    pays what is issued later, on the day of its issue.
    """
    all_money = sorted(moneys, key=lambda one: (one.on, one.mark, one.minor, one.payment_id))
    all_debts = list(debts)
    left = {debt: debt.open_minor for debt in all_debts}
    unspent = {money.payment_id: money.minor for money in all_money}
    paid: dict[int, dict[int, int]] = {money.payment_id: {} for money in all_money}
    for day in sorted({money.on for money in all_money} | {debt.issued_on for debt in all_debts}):
        standing = [debt for debt in all_debts if debt.issued_on <= day and left[debt]]
        for money in all_money:
            if money.on > day or not unspent[money.payment_id]:
                continue
            for item_id, minor in spend(
                unspent[money.payment_id], standing, order_on(day), day, left
            ).items():
                unspent[money.payment_id] -= minor
                of_payment = paid[money.payment_id]
                of_payment[item_id] = of_payment.get(item_id, 0) + minor
    return paid


def dated(orders: Sequence[tuple[date, InForce]], on: date) -> InForce:
    """Return what is in force on a day, of what is so by first days; before, the first."""
    begun = [order for since, order in orders if since <= on]
    return begun[-1] if begun else orders[0][1]


def changes(
    before: Mapping[int, Mapping[int, int]], after: Mapping[int, Mapping[int, int]]
) -> list[tuple[int, int, int, int]]:
    """Return what differs: payment, item, amount before and after."""
    return [
        (payment_id, item_id, was, becomes)
        for payment_id in sorted(after)
        for item_id in sorted({*before.get(payment_id, {}), *after[payment_id]})
        if (was := before.get(payment_id, {}).get(item_id, 0))
        != (becomes := after[payment_id].get(item_id, 0))
    ]
