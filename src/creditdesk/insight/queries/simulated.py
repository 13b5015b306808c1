"""What a draft of the policy would have changed: orders, limits and reminders of a year.

Orders are decided again on the facts stored with each first decision. Reminders are laid along
the life of every item by both ladders alike, so that they are compared with each other and not
with what holds and hours made of them. Amounts are in the company's currency at the rates of the
last day; a currency without a rate is left out and named.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from creditdesk.controls import queries as controls
from creditdesk.credit.rules import total_in
from creditdesk.insight.replay_rules import Verdict, judged_again
from creditdesk.insight.simulation_rules import (
    LimitChange,
    LimitsSimulated,
    OrderChange,
    OrdersSimulated,
    RemindersSimulated,
    Simulation,
    StepSimulated,
)
from creditdesk.orders.queries import facts_of
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import ClassLimit, Policy, Step

YEAR_DAYS: Final = 365
SHOWN_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class _Decided:
    order_id: int
    reference: str
    customer_id: int
    number: str
    name: str
    placed_on: date
    currency: str
    total_minor: int
    facts: str
    policy_version: int
    decided_on: date


@dataclass(frozen=True, slots=True)
class _Late:
    order_id: int
    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class _Limit:
    number: str
    name: str
    segment: str
    grade: str
    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class _Step:
    step: str
    currency: str
    country: str
    count: int
    minor: int


# The first decision of an order is the rules' own; later ones follow from people and from time.
FIRST = """
    SELECT DISTINCT ON (o.id) o.id, o.reference, o.customer_id, c.number, c.name, o.placed_on,
           o.currency, o.total_minor, (d.inputs -> 'facts')::text AS facts, d.policy_version,
           (d.recorded_at AT TIME ZONE co.timezone)::date AS decided_on
      FROM orders_order o
      JOIN orders_decision d ON d.order_id = o.id
      JOIN customers_customer c ON c.id = o.customer_id
      JOIN controls_company co ON co.id = o.company_id
     WHERE o.company_id = %(company_id)s AND o.placed_on BETWEEN %(since)s AND %(until)s
       AND d.inputs ? 'facts'
     ORDER BY o.id, d.id
"""
# An item counts as owed whole until it was settled; what is open of it today is owed of it then.
LATE_THEN = """
    SELECT asked.order_id, i.currency,
           sum(CASE WHEN i.settled_on IS NULL THEN i.open_minor ELSE i.total_minor END)::bigint
               AS minor
      FROM unnest(%(orders)s::bigint[], %(customers)s::bigint[], %(days)s::date[])
           AS asked (order_id, customer_id, decided_on)
      JOIN invoices_item i ON i.customer_id = asked.customer_id
       AND i.company_id = %(company_id)s AND i.due_on < asked.decided_on - %(late)s::int
       AND i.issued_on <= asked.decided_on
       AND (i.settled_on IS NULL OR i.settled_on > asked.decided_on)
     GROUP BY asked.order_id, i.currency
"""
LATE_NOW = """
    SELECT o.id AS order_id, i.currency, sum(i.open_minor)::bigint AS minor
      FROM orders_order o
      JOIN invoices_invoice v ON v.company_id = o.company_id AND v.order_reference = o.reference
       AND v.customer_id = o.customer_id
      JOIN invoices_item i ON i.invoice_id = v.id AND i.open_minor > 0 AND i.due_on < %(until)s
     WHERE o.company_id = %(company_id)s AND o.id = ANY(%(orders)s)
     GROUP BY o.id, i.currency
"""
LIMITS = """
    SELECT c.number, c.name, c.segment, coalesce(a.grade, '') AS grade, l.currency, l.minor
      FROM customers_customer c
      JOIN LATERAL (
           SELECT currency, minor, valid_to FROM credit_limit
            WHERE customer_id = c.id AND company_id = c.company_id AND valid_from <= %(until)s
            ORDER BY valid_from DESC, id DESC LIMIT 1
           ) AS l ON l.valid_to IS NULL OR l.valid_to >= %(until)s
      LEFT JOIN LATERAL (
           SELECT grade FROM assessment_assessment
            WHERE company_id = c.company_id AND customer_id = c.id AND assessed_on <= %(until)s
            ORDER BY id DESC LIMIT 1
           ) AS a ON true
     WHERE c.company_id = %(company_id)s
     ORDER BY c.number
"""
STEPS = """
    SELECT s.step, i.currency, c.country, count(*) AS count, sum(i.total_minor)::bigint AS minor
      FROM unnest(%(steps)s::text[], %(days)s::int[]) AS s (step, days_late)
      JOIN invoices_item i ON i.company_id = %(company_id)s
       AND i.due_on + s.days_late BETWEEN %(since)s AND %(until)s
       AND i.issued_on <= i.due_on + s.days_late
       AND (i.settled_on IS NULL OR i.settled_on > i.due_on + s.days_late)
       AND i.total_minor >= %(minimum)s
      JOIN customers_customer c ON c.id = i.customer_id
     GROUP BY s.step, i.currency, c.country
"""


class _Money:
    """Amounts brought into the company's currency; what has no rate is noted."""

    def __init__(self, currency: str, on: date) -> None:
        self.currency = currency
        self.rates = policies.rates_into(currency, on)
        self._on = on
        self._others: dict[str, Mapping[str, Decimal]] = {}
        self.without_rate: set[str] = set()

    def into(self, currency: str, amounts: Sequence[tuple[str, int]]) -> int:
        """Return the sum of amounts in another currency than the company's, at the same day."""
        if currency not in self._others:
            self._others[currency] = policies.rates_into(currency, self._on)
        return total_in(currency, amounts, self._others[currency]).minor

    def own(self, currency: str, minor: int) -> int:
        """Return an amount in the company's currency, 0 without a rate."""
        found = total_in(self.currency, [(currency, minor)], self.rates)
        self.without_rate.update(found.without_rate)
        return found.minor


def simulate(company_id: int, draft: Policy, *, until: date, days: int = YEAR_DAYS) -> Simulation:
    """Return what a draft would have changed in the year before a day; writes nothing."""
    own = controls.company(company_id).currency
    before = policies.in_force(company_id, until)
    money = _Money(own, until)
    since = until - timedelta(days=days)
    params = {"company_id": company_id, "since": since, "until": until}
    return Simulation(
        since=since,
        until=until,
        currency=own,
        before_version=before.version,
        orders=_orders(company_id, draft, params, money),
        limits=_limits(before, draft, params, money),
        reminders=RemindersSimulated(_ladder(before, params, money), _ladder(draft, params, money)),
        without_rate=tuple(sorted(money.without_rate)),
    )


def _orders(
    company_id: int, draft: Policy, params: dict[str, Any], money: _Money
) -> OrdersSimulated:
    rows = sql.fetch(_Decided, FIRST, params)
    written = {
        number: policies.version(company_id, number).orders
        for number in {row.policy_version for row in rows}
    }
    other = draft.orders
    late_rows = [
        row
        for row in rows
        if written[row.policy_version].overdue_days_max != other.overdue_days_max
    ]
    late = _late_then(late_rows, params, other.overdue_days_max)
    found: list[tuple[_Decided, Verdict, tuple[str, ...]]] = []
    for row in rows:
        facts = facts_of(json.loads(row.facts))
        owed = late.get(row.order_id)
        again = judged_again(
            facts, written[row.policy_version], other,
            late_minor=None if owed is None else money.into(facts.currency, owed),
        )  # fmt: skip
        if again.verdict is not None:
            fired = tuple(one.rule for one in again.after.fired if one.severity == "hold")
            found.append((row, again.verdict, fired))
    return _summed(rows, found, params, money)


def _late_then(
    rows: Sequence[_Decided], params: dict[str, Any], days: int
) -> dict[int, list[tuple[str, int]]]:
    """Return what was late by more than so many days when each order was decided, by currency."""
    found: dict[int, list[tuple[str, int]]] = {row.order_id: [] for row in rows}
    asked = {
        "orders": [row.order_id for row in rows],
        "customers": [row.customer_id for row in rows],
        "days": [row.decided_on for row in rows],
        "late": days,
    }
    for one in sql.fetch(_Late, LATE_THEN, params | asked) if rows else []:
        found[one.order_id].append((one.currency, one.minor))
    return found


def _summed(
    rows: Sequence[_Decided],
    found: Sequence[tuple[_Decided, Verdict, tuple[str, ...]]],
    params: dict[str, Any],
    money: _Money,
) -> OrdersSimulated:
    held = [row.order_id for row, verdict, _ in found if verdict == "held_now"]
    late: dict[int, int] = defaultdict(int)
    for one in sql.fetch(_Late, LATE_NOW, params | {"orders": held}) if held else []:
        late[one.order_id] += money.own(one.currency, one.minor)
    counts: dict[str, int] = defaultdict(int)
    sums: dict[str, int] = defaultdict(int)
    for row, verdict, _ in found:
        counts[verdict] += 1
        sums[verdict] += money.own(row.currency, row.total_minor)
    return OrdersSimulated(
        asked=len(rows),
        held=counts["held_now"],
        held_minor=sums["held_now"],
        accepted=counts["accepted_now"],
        accepted_minor=sums["accepted_now"],
        other_reasons=counts["other_reasons"],
        late_minor=sum(late.values()),
        changes=_listed(found, late),
    )


def _listed(
    found: Sequence[tuple[_Decided, Verdict, tuple[str, ...]]], late: Mapping[int, int]
) -> tuple[OrderChange, ...]:
    """Return the largest orders with another outcome."""
    changed = [one for one in found if one[1] != "other_reasons"]
    largest = sorted(changed, key=lambda one: (-one[0].total_minor, one[0].order_id))
    return tuple(
        OrderChange(
            row.reference, row.number, row.name, row.placed_on, row.currency, row.total_minor,
            verdict, fired, late.get(row.order_id, 0),
        )
        for row, verdict, fired in largest[:SHOWN_MAX]
    )  # fmt: skip


def _limits(
    before: Policy, draft: Policy, params: dict[str, Any], money: _Money
) -> LimitsSimulated:
    rows = sql.fetch(_Limit, LIMITS, params)
    over: dict[str, list[int]] = {"before": [], "after": []}
    changes = []
    for row in rows:
        minor = money.own(row.currency, row.minor)
        was, then = (
            _above(policy.limits.for_class(row.grade, row.segment) if row.grade else None, minor)
            for policy in (before, draft)
        )
        over["before"] += [was] if was else []
        over["after"] += [then] if then else []
        if was != then:
            changes.append(
                LimitChange(
                    row.number, row.name, row.grade, row.currency, row.minor,
                    _ceiling(before, row), _ceiling(draft, row),
                )
            )  # fmt: skip
    largest = sorted(changes, key=lambda one: (-one.minor, one.customer_number))
    return LimitsSimulated(
        len(rows), len(over["before"]), sum(over["before"]), len(over["after"]),
        sum(over["after"]), tuple(largest[:SHOWN_MAX]),
    )  # fmt: skip


def _above(row: ClassLimit | None, minor: int) -> int:
    return max(minor - row.minor, 0) if row is not None else 0


def _ceiling(policy: Policy, row: _Limit) -> int | None:
    found = policy.limits.for_class(row.grade, row.segment)
    return found.minor if found else None


def _ladder(policy: Policy, params: dict[str, Any], money: _Money) -> tuple[StepSimulated, ...]:
    """Return how often each step of a ladder is reached along the lives of the items."""
    steps: Sequence[Step] = policy.ladder
    asked = {
        "steps": [step.code for step in steps],
        "days": [step.days_late for step in steps],
        "minimum": policy.contact.minimum_minor,
    }
    counts: dict[str, list[int]] = {step.code: [0, 0, 0] for step in steps}
    for row in sql.fetch(_Step, STEPS, params | asked):
        fee = policy.dunning_fees.fee(row.step, row.currency, row.country)
        of = counts[row.step]
        of[0] += row.count
        of[1] += money.own(row.currency, row.minor)
        of[2] += money.own(fee.currency, fee.minor * row.count) if fee else 0
    return tuple(StepSimulated(step.code, step.days_late, *counts[step.code]) for step in steps)
