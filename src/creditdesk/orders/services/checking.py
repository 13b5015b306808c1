"""May this order ship? One answer per order, and held orders decided anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.orders import queries
from creditdesk.orders.queries import OrderRow
from creditdesk.orders.rules import Request
from creditdesk.orders.services.decisions import (
    CheckResult,
    Written,
    columns_of,
    concluded,
    decided_again,
    in_turn,
    judge,
    refuse_closed,
    result_of,
)
from creditdesk.plumbing import sql

INSERT = """
    WITH placed AS (
        INSERT INTO orders_order
            (company_id, customer_id, reference, currency, total_minor, placed_on, status,
             recorded_at)
        VALUES (%(company_id)s, %(customer_id)s, %(reference)s, %(currency)s, %(total_minor)s,
                %(placed_on)s, %(outcome)s, %(at)s)
        ON CONFLICT (company_id, reference) DO NOTHING
        RETURNING id
    )
    INSERT INTO orders_decision
        (company_id, order_id, outcome, fired, inputs, policy_version, decided_by, reason,
         recorded_at)
    SELECT %(company_id)s, placed.id, %(outcome)s, %(fired)s, %(inputs)s, %(policy_version)s,
           %(actor)s, '', %(at)s
    FROM placed
    RETURNING id, order_id
"""


@dataclass(frozen=True, slots=True)
class RecheckResult:
    """Which held orders were accepted after all, and how many stay held."""

    accepted: tuple[str, ...]
    still_held: int


@command("orders.check")
def check(
    actor: Actor,
    *,
    customer_number: str,
    order_reference: str,
    currency: str,
    total_minor: int,
    placed_on: date,
) -> CheckResult:
    """Say whether an order may ship, with every rule that fired; reserve its credit if it may.

    The same order asked again gets the decision by which it stands; with another customer,
    currency or amount, Conflict.
    """
    asked = Request(
        customer_number=customer_number,
        order_reference=order_reference,
        currency=currency,
        total_minor=total_minor,
    )
    seen = queries.circumstances(
        actor.company_id, customer_number, reference=order_reference, on=actor.today
    )
    turn = seen.customer
    if seen.order_id is not None:
        return _answered_before(actor, asked)
    refuse_closed(actor, turn)
    judged = judge(actor, seen, (currency, total_minor))
    written = sql.fetch_one(
        Written,
        INSERT,
        {
            "company_id": actor.company_id,
            "customer_id": turn.customer_id,
            "reference": order_reference,
            "currency": currency,
            "total_minor": total_minor,
            "placed_on": placed_on,
            "at": actor.at,
            "actor": actor.name,
            **columns_of(judged),
        },
        planned=True,
    )
    if written is None:  # taken meanwhile for another customer, whose turn is not ours
        return _answered_before(actor, asked)
    order = OrderRow(
        id=written.order_id,
        reference=order_reference,
        customer_id=turn.customer_id,
        customer_number=turn.number,
        customer_name="",
        currency=currency,
        total_minor=total_minor,
        placed_on=placed_on,
        status=judged.decision.outcome,
        recorded_at=actor.at,
    )
    return concluded(actor, order, judged, judged.decision.outcome, written.decision_id)


@command("orders.recheck")
def recheck(actor: Actor, reference: str) -> CheckResult:
    """Decide a held order anew by today's facts; an order in another state keeps its answer."""
    order, seen = in_turn(actor, reference)
    if order.status != "held":
        return result_of(order, queries.latest_decision(order.id))
    judged = judge(actor, seen, (order.currency, order.total_minor))
    return decided_again(actor, order, judged, judged.decision.outcome, reason="")


@command("orders.recheck")
def recheck_held(actor: Actor) -> RecheckResult:
    """Decide every held order anew, the oldest first, except those too old to reserve for."""
    days = queries.reservation_days(actor.company_id, actor.today)
    waiting = queries.held_since(actor.company_id, actor.today - timedelta(days=days))
    accepted = []
    for order in sorted(waiting, key=lambda one: (one.customer_id, one.placed_on, one.id)):
        order_now, seen = in_turn(actor, order.reference)
        if order_now.status != "held":
            continue
        judged = judge(actor, seen, (order.currency, order.total_minor))
        if judged.decision.outcome == "accepted":
            decided_again(actor, order_now, judged, "accepted", reason="")
            accepted.append(order.reference)
    return RecheckResult(tuple(accepted), len(waiting) - len(accepted))


def _answered_before(actor: Actor, asked: Request) -> CheckResult:
    """Return the answer by which a known order stands, if it is the same order."""
    order = queries.order(actor.company_id, asked.order_reference)
    known = (order.customer_number, order.currency, order.total_minor)
    if known != (asked.customer_number, asked.currency, asked.total_minor):
        raise Conflict(
            "order_changed",
            f"Order {asked.order_reference} was asked about with another customer or amount",
            order_reference=asked.order_reference,
        )
    if order.status == "cancelled":
        raise Conflict(
            "order_cancelled",
            f"Order {asked.order_reference} was cancelled",
            order_reference=asked.order_reference,
        )
    return result_of(order, queries.latest_decision(order.id))
