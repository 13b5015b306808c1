"""What orders read: the facts of a credit decision, orders, stored decisions and their replay."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from creditdesk.credit import queries as credit
from creditdesk.credit.queries import TURN, LimitsSeen, Room, Turn
from creditdesk.credit.rules import RatesInto, total_in
from creditdesk.kernel.errors import NotFound
from creditdesk.orders import rules
from creditdesk.orders.rules import Decision, Facts, Fired, Further
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policy
from creditdesk.policy.rules import OrderRules, Policy


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order and how it stands."""

    id: int
    reference: str
    customer_id: int
    customer_number: str
    customer_name: str
    currency: str
    total_minor: int
    placed_on: date
    status: str
    recorded_at: datetime
    kind: str = ""
    terms_code: str = ""
    margin_minor: int | None = None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A stored decision with everything it looked at."""

    id: int
    order_id: int
    outcome: str
    fired: tuple[Fired, ...]
    inputs: Mapping[str, Any]
    policy_version: int
    decided_by: str
    reason: str
    recorded_at: datetime

    @property
    def facts(self) -> Facts:
        """The facts judged; for an expiry those of the decision that lapsed."""
        return facts_of(self.inputs["facts"])


@dataclass(frozen=True, slots=True)
class Own:
    """What is a customer's own: its segment, its terms, the last day of its latest limit."""

    segment: str
    terms: str
    limit_to: date | None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What stands about a customer at the moment of a decision, as the tables say it.

    `own` is there where it was read along.
    """

    customer: Turn
    company_currency: str
    policy: Policy
    room: Room
    block_reason: str | None
    overdue: tuple[tuple[str, int, int], ...]
    order_id: int | None
    rates_into: RatesInto
    own: Own | None = None


# Items later than the policy's days are summed, by currency, beside the age of the oldest one.
OVERDUE = """
        (SELECT COALESCE(json_agg(json_build_array(late.currency, late.days, late.minor)),
                         '[]')::text
         FROM (SELECT i.currency, %(on)s::date - min(i.due_on) AS days,
                      COALESCE(sum(i.open_minor) FILTER (
                          WHERE i.due_on < %(on)s::date - {days_max}), 0) AS minor
               FROM invoices_item i
               WHERE i.company_id = %(company_id)s AND i.customer_id = c.id
                 AND i.due_on < %(on)s AND i.open_minor > 0
               GROUP BY i.currency ORDER BY i.currency) AS late)
"""
# Asked after the turn is held. The policy in force names the days an item may be late.
CIRCUMSTANCES = sql.compact(f"""
    SELECT co.currency, p.version, p.valid_from, p.rules, b.reason, {credit.LIMITS},
        {OVERDUE.format(days_max="p.overdue_days_max")},
        o.id
    FROM controls_company co
    JOIN customers_customer c ON c.company_id = co.id AND c.number = %(number)s
    LEFT JOIN LATERAL (
        SELECT version, valid_from, rules::text AS rules,
            COALESCE((rules #>> '{{orders,overdue_days_max}}')::int, %(days_max)s)
                AS overdue_days_max
        FROM policy_policy WHERE company_id = %(company_id)s AND withdrawn_at IS NULL
        ORDER BY valid_from <= %(on)s DESC, abs(valid_from - %(on)s::date) LIMIT 1
    ) AS p ON true
    LEFT JOIN credit_block b ON b.customer_id = c.id AND b.lifted_at IS NULL
    LEFT JOIN orders_order o ON o.company_id = co.id AND o.reference = %(reference)s
    WHERE co.id = %(company_id)s
""")
ORDER = """
    SELECT o.id, o.reference, o.customer_id, c.number, c.name, o.currency, o.total_minor,
           o.placed_on, o.status, o.recorded_at, o.kind, o.terms_code, o.margin_minor
    FROM orders_order o JOIN customers_customer c ON c.id = o.customer_id
"""
_DECISION = """
    SELECT d.id, d.order_id, d.outcome, d.fired::text, d.inputs::text, d.policy_version,
           d.decided_by, d.reason, d.recorded_at
    FROM orders_decision d
"""


@dataclass(frozen=True, slots=True)
class _Found:
    company_currency: str
    policy_version: int | None
    policy_from: date | None
    policy_rules: str | None
    block_reason: str | None
    records: str | None
    group_records: str | None
    backed: str | None
    owed: str | None
    group_owed: str | None
    overdue: str
    order_id: int | None


def circumstances(company_id: int, number: str, *, reference: str, on: date) -> Circumstances:
    """Take the turn of a customer and return what a decision looks at on a date.

    The turn is held until the transaction ends; every reservation made before is seen.
    """
    turn = sql.fetch_one(
        Turn, TURN, {"company_id": company_id, "number": number, "on": on}, planned=True
    )
    if turn is None:
        raise customer_unknown(number)
    found = sql.fetch_one(
        _Found,
        CIRCUMSTANCES,
        {
            "company_id": company_id,
            "number": number,
            "reference": reference,
            "group_id": turn.group_id,
            "on": on,
            "days_max": OrderRules().overdue_days_max,
        },
        planned=True,
    )
    if found is None or found.policy_version is None or found.policy_from is None:
        raise NotFound("policy_missing", "The company has no credit policy yet")
    written = policy.parsed(found.policy_rules or "{}", found.policy_version, found.policy_from)
    rates_into = credit.rates_on(on)
    stored = LimitsSeen(
        found.records, found.group_records, found.backed, found.owed, found.group_owed
    )
    return Circumstances(
        customer=turn,
        company_currency=found.company_currency,
        policy=written,
        room=credit.room_of(
            company_id, turn, stored, on=on, counting=written.exposure, rates_into=rates_into
        ),
        block_reason=found.block_reason,
        overdue=overdue_of(found.overdue),
        order_id=found.order_id,
        rates_into=rates_into,
    )


def customer_unknown(number: str) -> NotFound:
    """Return the error of a customer the company does not have."""
    return NotFound("customer_unknown", f"There is no customer {number!r}", customer=number)


def overdue_of(stored: str) -> tuple[tuple[str, int, int], ...]:
    """Return what is late from its JSON: currency, days of the oldest, minor units."""
    return tuple((of, days, minor) for of, days, minor in json.loads(stored))


def facts(seen: Circumstances, *, order: tuple[str, int]) -> Facts:
    """Return the facts in one currency: the limit's, or without a limit the customer's own."""
    room, rates_into = seen.room, seen.rates_into
    currency = room.own.currency
    minimum = seen.policy.orders.overdue_minimum_minor
    overdue = [(of, minor) for of, _, minor in seen.overdue]
    rates: Mapping[str, Decimal] = {}
    named = {of for of, minor in (*room.exposures, order, *overdue) if minor}
    if overdue:
        named.add(seen.company_currency)
    if named - {currency}:
        rates = rates_into(currency)
    before = total_in(currency, room.exposures, rates)
    after = total_in(currency, (*room.exposures, order), rates)
    late = total_in(currency, overdue, rates)
    further, missing = credit.bounds(room, order, currency=currency, rates_into=rates_into)
    return Facts(
        currency=currency,
        customer_status=seen.customer.status,
        block_reason=seen.block_reason,
        limit_minor=room.own.minor,
        exposure_minor=before.minor,
        with_order_minor=after.minor,
        overdue_days=max((days for _, days, _ in seen.overdue), default=0),
        overdue_minor=late.minor,
        overdue_minimum_minor=total_in(currency, [(seen.company_currency, minimum)], rates).minor
        if overdue
        else 0,
        without_rate=tuple(sorted({*after.without_rate, *late.without_rate, *missing})),
        further=tuple(
            Further(name, one.limit_minor, one.with_order_minor) for name, one in further.items()
        ),
    )


def order(company_id: int, reference: str) -> OrderRow:
    """Return an order by its reference; NotFound when the company has none such."""
    row = sql.fetch_one(
        OrderRow,
        f"{ORDER} WHERE o.company_id = %s AND o.reference = %s",
        [company_id, reference],
        planned=True,
    )
    if row is None:
        raise NotFound("order_unknown", f"There is no order {reference!r}", order=reference)
    return row


def orders(
    company_id: int,
    *,
    statuses: Sequence[str] | None = None,
    customer_id: int | None = None,
    limit: int = 200,
) -> list[OrderRow]:
    """Return orders, the newest first, of some states or of one customer if asked."""
    # Said in the statement itself, the held ones are found down their index.
    states = "(%(statuses)s::text[] IS NULL OR o.status = ANY(%(statuses)s))"
    if statuses is not None and list(statuses) == ["held"]:
        states = "o.status = 'held'"
    return sql.fetch(
        OrderRow,
        f"{ORDER} WHERE o.company_id = %(company_id)s AND {states}"
        " AND (%(customer_id)s::bigint IS NULL OR o.customer_id = %(customer_id)s)"
        " ORDER BY o.id DESC LIMIT %(limit)s",
        {
            "company_id": company_id,
            "statuses": None if statuses is None else list(statuses),
            "customer_id": customer_id,
            "limit": limit,
        },
    )


def latest_decision(order_id: int) -> DecisionRow:
    """Return the decision by which an order stands."""
    return _decisions(f"{_DECISION} WHERE d.order_id = %s ORDER BY d.id DESC LIMIT 1", [order_id])[
        0
    ]


def latest_decisions(company_id: int, order_ids: Sequence[int]) -> dict[int, DecisionRow]:
    """Return the decision by which each of the orders stands, by order id."""
    found = _decisions(
        "SELECT DISTINCT ON (d.order_id)"
        + _DECISION.strip().removeprefix("SELECT")
        + " WHERE d.company_id = %s AND d.order_id = ANY(%s) ORDER BY d.order_id, d.id DESC",
        [company_id, list(order_ids)],
    )
    return {one.order_id: one for one in found}


def decisions(
    company_id: int,
    reference: str | None = None,
    *,
    after_id: int = 0,
    limit: int | None = None,
) -> list[DecisionRow]:
    """Return the stored decisions of a company, or of one order, the oldest first."""
    return _decisions(
        f"{_DECISION} JOIN orders_order o ON o.id = d.order_id"
        " WHERE d.company_id = %(company_id)s"
        " AND (%(reference)s::text IS NULL OR o.reference = %(reference)s)"
        " AND d.id > %(after_id)s ORDER BY d.id LIMIT %(limit)s",
        {
            "company_id": company_id,
            "reference": reference,
            "after_id": after_id,
            "limit": limit,
        },
    )


def replay(company_id: int, decision: DecisionRow) -> Decision:
    """Decide again by the stored facts and the policy version of then.

    A release by a person repeats what the rules said before the person overruled them.
    """
    if "expired_on" in decision.inputs:
        return rules.expiry(decision.inputs["expired_on"], decision.inputs["today"])
    written = policy.version(company_id, decision.policy_version)
    return rules.decide(decision.facts, written.orders)


@dataclass(frozen=True, slots=True)
class _StoredDecision:
    id: int
    order_id: int
    outcome: str
    fired: str
    inputs: str
    policy_version: int
    decided_by: str
    reason: str
    recorded_at: datetime


def _decisions(statement: str, params: sql.Params) -> list[DecisionRow]:
    return [
        DecisionRow(
            id=row.id,
            order_id=row.order_id,
            outcome=row.outcome,
            fired=tuple(Fired(**one) for one in json.loads(row.fired)),
            inputs=json.loads(row.inputs),
            policy_version=row.policy_version,
            decided_by=row.decided_by,
            reason=row.reason,
            recorded_at=row.recorded_at,
        )
        for row in sql.fetch(_StoredDecision, statement, params)
    ]


def facts_of(stored: Mapping[str, Any]) -> Facts:
    """Return stored facts as a value; what was not stored was not asked for."""
    lists = ("without_rate", "overruled")
    given: dict[str, Any] = {
        name: tuple(value) if name in lists else value for name, value in stored.items()
    }
    given["further"] = tuple(Further(**one) for one in stored.get("further", ()))
    return Facts(**given)


def facts_told(facts: Facts) -> dict[str, Any]:
    """Return facts as they are stored: what the policy did not ask for is left out."""
    found = {name: getattr(facts, name) for name in _ALWAYS}
    for name, unasked in _FURTHER:
        value = getattr(facts, name)
        if value != unasked:
            found[name] = value
    return found


_FURTHER = tuple(
    (one.name, one.default)
    for one in fields(Facts)
    if one.default is not MISSING and one.name != "without_rate"
)
_ALWAYS = tuple(
    one.name for one in fields(Facts) if one.default is MISSING or one.name == "without_rate"
)


def expired_on(company_id: int, reference: str) -> date:
    """Return the last day for which credit was reserved for an order."""
    found: date = sql.scalar(
        "SELECT expires_on FROM credit_reservation WHERE company_id = %s AND order_reference = %s",
        [company_id, reference],
    )
    return found
