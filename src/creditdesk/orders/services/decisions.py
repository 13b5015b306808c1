"""How a decision is made, written and answered: what checking and releasing have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from creditdesk.credit import services as credit
from creditdesk.credit.queries import Turn
from creditdesk.credit.rules import Reserving
from creditdesk.customers import services as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.orders import further_queries, queries, rules
from creditdesk.orders.events import OrderDecided
from creditdesk.orders.further_queries import Asked
from creditdesk.orders.queries import Circumstances, DecisionRow, OrderRow
from creditdesk.orders.rules import Decision, Facts, Fired
from creditdesk.orders.services import waits
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import to_json
from creditdesk.plumbing.events import announce
from creditdesk.policy.rules import OrderRules

# In these states an order may ship, and credit is set aside for it.
SHIPS: Final = ("accepted", "released")

DECIDE_AGAIN = """
    WITH given AS MATERIALIZED (
        SELECT g.* FROM unnest(%(orders)s::bigint[], %(from)s::text[], %(outcomes)s::text[],
                               %(fired)s::text[], %(inputs)s::text[], %(versions)s::int[])
            WITH ORDINALITY
            AS g (order_id, was, outcome, fired, inputs, policy_version, place)
    ), moved AS (
        UPDATE orders_order o SET status = g.outcome
        FROM given g
        WHERE o.company_id = %(company_id)s AND o.id = g.order_id AND o.status = g.was
        RETURNING o.id
    )
    INSERT INTO orders_decision
        (company_id, order_id, outcome, fired, inputs, policy_version, decided_by, reason,
         recorded_at)
    SELECT %(company_id)s, g.order_id, g.outcome, g.fired::jsonb, g.inputs::jsonb,
           g.policy_version, %(actor)s, %(reason)s, %(at)s
    FROM moved JOIN given g ON g.order_id = moved.id
    ORDER BY g.place
    RETURNING id, order_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The answer about an order; amounts in minor units of `currency`, the order's in its own.

    `available_minor` is what remains of the limit after this decision; `reserved_minor` is what
    the order was given, in `order_currency`.
    """

    order_reference: str
    customer_number: str
    outcome: str
    status: str
    fired: tuple[Fired, ...]
    currency: str
    limit_minor: int | None
    exposure_minor: int
    available_minor: int | None
    order_currency: str
    order_minor: int
    reserved_minor: int
    policy_version: int
    decision_id: int


@dataclass(frozen=True, slots=True)
class Written:
    """The ids of a decision and of its order, just written."""

    decision_id: int
    order_id: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision with what it rests on; `noted` is kept with its inputs."""

    facts: Facts
    decision: Decision
    policy_version: int
    rules: OrderRules
    noted: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Concluding:
    """A decision just written, whose conclusions are to be drawn."""

    order: OrderRow
    judged: Judged
    outcome: str
    decision_id: int
    reserve_minor: int | None = None


def in_turn(actor: Actor, reference: str) -> tuple[OrderRow, Circumstances]:
    """Take the turn of an order's customer; return the order as it then stands, and the facts."""
    order = queries.order(actor.company_id, reference)
    seen = queries.circumstances(
        actor.company_id, order.customer_number, reference=reference, on=actor.today
    )
    return queries.order(actor.company_id, reference), seen


def judge(
    actor: Actor, seen: Circumstances, asked: Asked, *, overruled: Sequence[str] = ()
) -> Judged:
    """Ask every rule about an order while its customer's turn is held."""
    on, rules_of = actor.today, seen.policy.orders
    facts = queries.facts(seen, order=(asked.currency, asked.minor))
    if further_queries.is_asked(rules_of, asked):
        more = further_queries.further(actor.company_id, seen, asked, facts, on)
        facts = replace(facts, **more)
    if overruled:
        facts = replace(facts, overruled=tuple(overruled))
    return Judged(facts, rules.decide(facts, rules_of), seen.policy.version, rules_of)


def asked_of(order: OrderRow) -> Asked:
    """Return what a known order asks for."""
    return Asked(order.currency, order.total_minor, order.kind, order.terms_code)


def columns_of(judged: Judged) -> dict[str, Any]:
    """Return what of a decision is stored, as parameters of the statement that stores it."""
    return {
        "outcome": judged.decision.outcome,
        "fired": to_json(judged.decision.fired),
        "inputs": to_json({"facts": queries.facts_told(judged.facts), **judged.noted}),
        "policy_version": judged.policy_version,
    }


def in_arrays(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return decisions, each as `columns_of` gives it, as parameters that are arrays."""
    names = {
        "outcomes": "outcome", "fired": "fired", "inputs": "inputs", "versions": "policy_version",
    }  # fmt: skip
    return {name: sql.array(row[column] for row in rows) for name, column in names.items()}


def decided_again(
    actor: Actor,
    order: OrderRow,
    judged: Judged,
    outcome: str,
    *,
    reason: str,
    reserve_minor: int | None = None,
) -> CheckResult:
    """Store a new decision about a known order and draw its conclusions.

    An order that ships after all stops waiting; one that stays held waits on.
    """
    [answer] = all_decided_again(
        actor, [(order, judged)], outcome, reason=reason, reserve_minor=reserve_minor
    )
    return answer


def all_decided_again(
    actor: Actor,
    again: Sequence[tuple[OrderRow, Judged]],
    outcome: str,
    *,
    reason: str = "",
    reserve_minor: int | None = None,
) -> list[CheckResult]:
    """Decide known orders anew, each with that outcome, as `decided_again` does one."""
    if not again:
        return []
    ids = all_written_again(
        actor,
        [(order, {**columns_of(judged), "outcome": outcome}) for order, judged in again],
        reason=reason,
    )
    held = [order.id for order, _ in again if order.status == "held"]
    if held and outcome != "held":
        waits.end(actor, held, outcome, again[0][1].rules)
    return concluded_all(
        actor,
        [
            Concluding(order, judged, outcome, decision_id, reserve_minor)
            for (order, judged), decision_id in zip(again, ids, strict=True)
        ],
    )


def written_again(actor: Actor, order: OrderRow, columns: Mapping[str, Any]) -> int:
    """Move the order, store the decision, return its id; Conflict if it moved meanwhile."""
    [decision_id] = all_written_again(actor, [(order, columns)])
    return decision_id


def all_written_again(
    actor: Actor, again: Sequence[tuple[OrderRow, Mapping[str, Any]]], *, reason: str = ""
) -> list[int]:
    """Move orders and store their decisions, as `written_again` does for one."""
    written = sql.fetch(
        Written,
        DECIDE_AGAIN,
        {
            "company_id": actor.company_id,
            "orders": sql.array(order.id for order, _ in again),
            "from": sql.array(order.status for order, _ in again),
            "actor": actor.name,
            "at": actor.at,
            "reason": reason,
            **in_arrays([columns for _, columns in again]),
        },
    )
    id_of = {one.order_id: one.decision_id for one in written}
    for order, _ in again:
        if order.id not in id_of:
            raise changed_meanwhile(order)
    return [id_of[order.id] for order, _ in again]


def concluded(
    actor: Actor, order: OrderRow, judged: Judged, outcome: str, decision_id: int
) -> CheckResult:
    """Reserve credit or let the order wait, announce the decision and return the answer."""
    [answer] = concluded_all(actor, [Concluding(order, judged, outcome, decision_id)])
    return answer


def concluded_all(actor: Actor, decided: Sequence[Concluding]) -> list[CheckResult]:
    """Draw the conclusions of decisions just written, as `concluded` does those of one.

    All of each order is reserved for, unless it is told how much.
    """
    credit.reserve_all(
        actor,
        [
            Reserving(
                customer_id=one.order.customer_id,
                order_reference=one.order.reference,
                currency=one.order.currency,
                minor=one.order.total_minor if one.reserve_minor is None else one.reserve_minor,
                expires_on=actor.today + timedelta(days=one.judged.rules.reservation_days),
            )
            for one in decided
            if one.outcome in SHIPS
        ],
    )
    held = {one.order.id: one.judged.decision.fired for one in decided if one.outcome == "held"}
    if held:
        waits.begin_all(actor, held, decided[0].judged.rules)
    announce(
        actor, [_decided(one.order, one.outcome, one.judged.decision.fired) for one in decided]
    )
    return [
        _answer(
            one.order, one.outcome, one.outcome, one.judged.facts, one.judged.decision.fired,
            one.judged.policy_version, one.decision_id, one.reserve_minor,
        )
        for one in decided
    ]  # fmt: skip


def announced(actor: Actor, order: OrderRow, outcome: str, fired: Sequence[Fired]) -> None:
    """Tell the house how an order was decided."""
    announce(actor, [_decided(order, outcome, fired)])


def _decided(order: OrderRow, outcome: str, fired: Sequence[Fired]) -> OrderDecided:
    return OrderDecided(
        order_id=order.id,
        order_reference=order.reference,
        customer_id=order.customer_id,
        outcome=outcome,
        fired=tuple(one.rule for one in fired),
    )


def reanswered(
    order: OrderRow, outcome: str, judged: Judged, decision_id: int, left_minor: int
) -> CheckResult:
    """Return the answer about what is left of a known order."""
    return _answer(
        order, outcome, outcome, judged.facts, judged.decision.fired, judged.policy_version,
        decision_id, left_minor,
    )  # fmt: skip


def result_of(order: OrderRow, decision: DecisionRow) -> CheckResult:
    """Return the answer a stored decision gives."""
    return _answer(
        order, decision.outcome, order.status, decision.facts, decision.fired,
        decision.policy_version, decision.id, decision.inputs.get("reserved_minor"),
    )  # fmt: skip


def _answer(
    order: OrderRow,
    outcome: str,
    status: str,
    facts: Facts,
    fired: tuple[Fired, ...],
    policy_version: int,
    decision_id: int,
    reserve_minor: int | None = None,
) -> CheckResult:
    reserved = outcome in SHIPS and status in (*SHIPS, "billed")
    exposure = facts.with_order_minor if reserved else facts.exposure_minor
    given = order.total_minor if reserve_minor is None else reserve_minor
    limit = facts.limit_minor
    return CheckResult(
        order_reference=order.reference,
        customer_number=order.customer_number,
        outcome=outcome,
        status=status,
        fired=fired,
        currency=facts.currency,
        limit_minor=limit,
        exposure_minor=exposure,
        available_minor=None if limit is None else limit - exposure,
        order_currency=order.currency,
        order_minor=order.total_minor,
        reserved_minor=given if reserved else 0,
        policy_version=policy_version,
        decision_id=decision_id,
    )


def changed_meanwhile(order: OrderRow) -> Conflict:
    """Return the conflict of an order that is no longer as it was read."""
    return Conflict(
        "order_changed_meanwhile",
        f"Order {order.reference} was changed by somebody else",
        order_reference=order.reference,
    )


def answer_of(company_id: int, reference: str) -> CheckResult:
    """Return the answer by which an order stands; NotFound for an unknown order."""
    order = queries.order(company_id, reference)
    return result_of(order, queries.latest_decision(order.id))


def refuse_closed(actor: Actor, turn: Turn) -> None:
    """Refuse an order of a closed account, naming the one that goes on in its place."""
    if turn.status == "closed":
        customers.require_open(actor, [turn.customer_id])
