"""What must be paid before orders ship, what came in since, and what an order earns."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from creditdesk.credit import queries as credit
from creditdesk.credit.rules import total_in
from creditdesk.orders.queries import OrderRow
from creditdesk.orders.rules import Instalment
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
    plan: str | None

    @property
    def instalments(self) -> tuple[Instalment, ...]:
        """What comes in by which day; nothing where it is paid before the order ships."""
        return tuple(
            Instalment(date.fromisoformat(one["due_on"]), one["minor"])
            for one in json.loads(self.plan or "[]")
        )


@dataclass(frozen=True, slots=True)
class _Came:
    condition_id: int
    currency: str
    minor: int


_CONDITION = """
    SELECT id, order_id, customer_id, decision_id, currency, minor, since, pay_by, status,
           received_minor, settled_at, plan::text
    FROM orders_condition
"""
# Money that became known after the condition was made, less what was returned or paid out again.
_CAME = """
    SELECT k.id, p.currency, sum(p.total_minor - p.returned_minor - p.refunded_minor)::bigint
    FROM orders_condition k
    JOIN cash_payment p ON p.customer_id = k.customer_id AND p.recorded_at > k.since
    WHERE k.company_id = %(company_id)s AND k.id = ANY(%(ids)s::bigint[])
    GROUP BY k.id, p.currency ORDER BY k.id, p.currency
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


def received_minor(company_id: int, conditions: Sequence[ConditionRow], on: date) -> dict[int, int]:
    """Return by condition what came in since it was made, in its currency, rounded down.

    Money in a currency without a rate does not count.
    """
    rates_into = credit.rates_on(on)
    came: dict[int, list[tuple[str, int]]] = defaultdict(list)
    params = {"company_id": company_id, "ids": sql.array(one.id for one in conditions)}
    for row in sql.fetch(_Came, _CAME, params):
        came[row.condition_id].append((row.currency, row.minor))
    found = {}
    for one in conditions:
        is_foreign = any(of != one.currency for of, _ in came[one.id])
        rates = rates_into(one.currency) if is_foreign else {}
        found[one.id] = int(total_in(one.currency, came[one.id], rates).exact)
    return found


def margin_in(currency: str, order: OrderRow, on: date) -> int | None:
    """Return what is earned on an order, in a currency, rounded down; unknown is empty."""
    if order.margin_minor is None:
        return None
    rates: dict[str, Decimal] = {}
    if order.currency != currency:
        rates = policy.rates_into(currency, on)
    total = total_in(currency, [(order.currency, order.margin_minor)], rates)
    return None if total.without_rate else int(total.exact)
