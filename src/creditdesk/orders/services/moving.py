"""What people, billing and time do to an order after it was checked."""

from __future__ import annotations

from collections.abc import Sequence

from creditdesk.controls.commands import acts_on, command
from creditdesk.credit import services as credit
from creditdesk.credit.events import ReservationsConverted, ReservationsExpired
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place
from creditdesk.orders import queries, rules
from creditdesk.orders.events import OrderCancelled
from creditdesk.orders.queries import OrderRow
from creditdesk.orders.services import authority, waits
from creditdesk.orders.services.decisions import (
    CheckResult,
    asked_of,
    changed_meanwhile,
    decided_again,
    in_turn,
    judge,
    refuse_closed,
    result_of,
    written_again,
)
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import to_json
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policy


@command("orders.release")
def release(actor: Actor, reference: str, reason: str) -> CheckResult:
    """Let a held order ship whatever the rules say, with a reason; its credit is reserved.

    Above what the policy lets one person release, others approve it first.
    Releasing again gives the same answer; Conflict for an order that is not held.
    """
    if not reason.strip():
        raise Invalid(
            "reason_missing",
            "A release needs a reason",
            place=Place(field="reason"),
            mend="Say why the order may ship against the rules.",
        )
    order, seen = in_turn(actor, reference)
    if order.status == "released":
        return result_of(order, queries.latest_decision(order.id))
    _require_move(order, "released")
    refuse_closed(actor, seen.customer)
    acts_on("customer", [order.customer_id])
    authority.require(actor, order, minor=order.total_minor, way="release")
    judged = judge(actor, seen, asked_of(order))
    return decided_again(actor, order, judged, "released", reason=reason.strip())


@command("orders.cancel")
def cancel(actor: Actor, reference: str) -> CheckResult:
    """End an order and free its credit; again changes nothing. Conflict once it was billed."""
    order, seen = in_turn(actor, reference)
    if order.status != "cancelled":
        _require_move(order, "cancelled")
        credit.release(actor, [reference])
        _move(actor, order, "cancelled")
        if order.status == "held":
            waits.end(actor, [order.id], "cancelled", seen.policy.orders)
        else:
            waits.withdraw(actor, [order.id])
        announce(
            actor,
            [
                OrderCancelled(
                    order_id=order.id, order_reference=reference, customer_id=order.customer_id
                )
            ],
        )
    return result_of(queries.order(actor.company_id, reference), queries.latest_decision(order.id))


def mark_billed(actor: Actor, events: Sequence[ReservationsConverted]) -> None:
    """Mark the orders that were invoiced in full."""
    references = [reference for event in events for reference in event.order_references]
    sql.execute(
        "UPDATE orders_order SET status = 'billed'"
        " WHERE company_id = %s AND reference = ANY(%s) AND status IN ('accepted', 'released')",
        [actor.company_id, references],
    )


def hold_expired(actor: Actor, events: Sequence[ReservationsExpired]) -> None:
    """Hold the orders whose reservation lapsed: they may ship only after a new decision."""
    rules_now = policy.in_force(actor.company_id, actor.today).orders
    for reference in (one for event in events for one in event.order_references):
        order = queries.order(actor.company_id, reference)
        if order.status not in ("accepted", "released"):
            continue
        latest = queries.latest_decision(order.id)
        today = actor.today.isoformat()
        expired_on = queries.expired_on(actor.company_id, reference).isoformat()
        fired = rules.expiry(expired_on, today).fired
        inputs = {
            "facts": queries.facts_told(latest.facts),
            "expired_on": expired_on,
            "today": today,
        }
        columns = {
            "outcome": "held",
            "fired": to_json(fired),
            "inputs": to_json(inputs),
            "policy_version": latest.policy_version,
        }
        written_again(actor, order, columns)
        waits.begin(actor, order.id, fired, rules_now)


def _require_move(order: OrderRow, to: str) -> None:
    if not rules.moves_to(order.status, to):
        raise Conflict(
            f"order_{order.status}",
            f"Order {order.reference} is {order.status} and cannot become {to}",
            order_reference=order.reference,
        )


def _move(actor: Actor, order: OrderRow, to: str) -> None:
    moved = sql.execute(
        "UPDATE orders_order SET status = %s WHERE company_id = %s AND id = %s AND status = %s",
        [to, actor.company_id, order.id, order.status],
    )
    if moved != 1:
        raise changed_meanwhile(order)
