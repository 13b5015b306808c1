"""How a decision is made, written and answered: what checking and releasing have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from creditdesk.credit import services as credit
from creditdesk.credit.queries import Turn
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
    WITH moved AS (
        UPDATE orders_order SET status = %(outcome)s
        WHERE company_id = %(company_id)s AND id = %(order_id)s AND status = %(from)s
        RETURNING id
    )
    INSERT INTO orders_decision
        (company_id, order_id, outcome, fired, inputs, policy_version, decided_by, reason,
         recorded_at)
    SELECT %(company_id)s, moved.id, %(outcome)s, %(fired)s, %(inputs)s, %(policy_version)s,
           %(actor)s, %(reason)s, %(at)s
    FROM moved
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
    facts = queries.facts(seen, order=(asked.currency, asked.minor), on=on)
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
    """Return what of a decision is stored, as parameters of the statements that store it."""
    return {
        "outcome": judged.decision.outcome,
        "fired": to_json(judged.decision.fired),
        "inputs": to_json({"facts": queries.facts_told(judged.facts), **judged.noted}),
        "policy_version": judged.policy_version,
    }


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
    columns = {**columns_of(judged), "outcome": outcome, "reason": reason}
    decision_id = written_again(actor, order, columns)
    if order.status == "held" and outcome != "held":
        waits.end(actor, [order.id], outcome, judged.rules)
    return concluded(actor, order, judged, outcome, decision_id, reserve_minor=reserve_minor)


def written_again(actor: Actor, order: OrderRow, columns: dict[str, Any]) -> int:
    """Move the order, store the decision, return its id; Conflict if it moved meanwhile."""
    written = sql.fetch_one(
        Written,
        DECIDE_AGAIN,
        {
            "company_id": actor.company_id,
            "order_id": order.id,
            "from": order.status,
            "actor": actor.name,
            "at": actor.at,
            **columns,
        },
    )
    if written is None:
        raise changed_meanwhile(order)
    return written.decision_id


def concluded(
    actor: Actor,
    order: OrderRow,
    judged: Judged,
    outcome: str,
    decision_id: int,
    *,
    reserve_minor: int | None = None,
) -> CheckResult:
    """Reserve credit or let the order wait, announce the decision and return the answer.

    All of the order is reserved for, unless it is told how much.
    """
    if outcome in SHIPS:
        credit.reserve(
            actor,
            customer_id=order.customer_id,
            order_reference=order.reference,
            currency=order.currency,
            minor=order.total_minor if reserve_minor is None else reserve_minor,
            expires_on=actor.today + timedelta(days=judged.rules.reservation_days),
        )
    elif outcome == "held":
        waits.begin(actor, order.id, judged.decision.fired, judged.rules)
    announced(actor, order, outcome, judged.decision.fired)
    return _answer(
        order, outcome, outcome, judged.facts, judged.decision.fired, judged.policy_version,
        decision_id, reserve_minor,
    )  # fmt: skip


def announced(actor: Actor, order: OrderRow, outcome: str, fired: Sequence[Fired]) -> None:
    """Tell the house how an order was decided."""
    announce(
        actor,
        [
            OrderDecided(
                order_id=order.id,
                order_reference=order.reference,
                customer_id=order.customer_id,
                outcome=outcome,
                fired=tuple(one.rule for one in fired),
            )
        ],
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
