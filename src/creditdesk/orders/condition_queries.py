"""What must be paid before orders ship, what came in since, and what an order earns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from creditdesk.credit.rules import total_in
from creditdesk.orders.queries import OrderRow
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policy


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """What must be paid before an order ships, and what became of it."""

    id: int
    order_id: int
    customer_id: int
    decision_id: int
    currency: str
    minor: int
    since: datetime
    pay_by: date
    status: str
    received_minor: int | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Came:
    currency: str
    minor: int


_CONDITION = """
    SELECT id, order_id, customer_id, decision_id, currency, minor, since, pay_by, status,
           received_minor, settled_at
    FROM orders_condition
"""
# Money that became known after the condition was made, less what was returned or paid out again.
_CAME = """
    SELECT currency, sum(total_minor - returned_minor - refunded_minor)::bigint
    FROM cash_payment
    WHERE customer_id = %s AND recorded_at > %s
    GROUP BY currency ORDER BY currency
"""


def conditions(company_id: int, order_id: int) -> list[ConditionRow]:
    """Return what was ever asked to be paid before an order ships, the newest first."""
    return sql.fetch(
        ConditionRow,
        f"{_CONDITION} WHERE company_id = %s AND order_id = %s ORDER BY id DESC",
        [company_id, order_id],
    )


def open_conditions(company_id: int, customer_ids: Sequence[int] | None) -> list[ConditionRow]:
    """Return the conditions still open, of some customers or of all, the oldest first."""
    return sql.fetch(
        ConditionRow,
        f"{_CONDITION} WHERE company_id = %(company_id)s AND status = 'open'"
        " AND (%(ids)s::bigint[] IS NULL OR customer_id = ANY(%(ids)s)) ORDER BY id",
        {"company_id": company_id, "ids": None if customer_ids is None else list(customer_ids)},
    )


def reference_of(order_id: int) -> str:
    """Return the reference of an order."""
    return str(sql.scalar("SELECT reference FROM orders_order WHERE id = %s", [order_id]))


def received_minor(condition: ConditionRow, on: date) -> int:
    """Return what came in since the condition was made, in its currency, rounded down.

    Money in a currency without a rate does not count.
    """
    came = sql.fetch(_Came, _CAME, [condition.customer_id, condition.since])
    amounts = [(one.currency, one.minor) for one in came]
    rates: dict[str, Decimal] = {}
    if any(of != condition.currency for of, _ in amounts):
        rates = policy.rates_into(condition.currency, on)
    return int(total_in(condition.currency, amounts, rates).exact)


def margin_in(currency: str, order: OrderRow, on: date) -> int | None:
    """Return what is earned on an order, in a currency, rounded down; unknown is empty."""
    if order.margin_minor is None:
        return None
    rates: dict[str, Decimal] = {}
    if order.currency != currency:
        rates = policy.rates_into(currency, on)
    total = total_in(currency, [(order.currency, order.margin_minor)], rates)
    return None if total.without_rate else int(total.exact)
