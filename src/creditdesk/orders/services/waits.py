"""Writers of waits: a held order's clock runs, is stopped for a reason, runs late, and ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.orders import queries, wait_queries
from creditdesk.orders.events import OrdersLate
from creditdesk.orders.rules import Fired, due_at, minutes_between
from creditdesk.orders.services import notes
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policy
from creditdesk.policy.rules import OrderRules

BEGIN = """
    INSERT INTO orders_wait (company_id, order_id, rule, goal_minutes, held_at, due_at)
    SELECT %(company_id)s, h.order_id, h.rule, %(goal)s, %(at)s, %(due_at)s
    FROM unnest(%(orders)s::bigint[], %(rules)s::text[]) AS h (order_id, rule) ORDER BY h.order_id
    ON CONFLICT (order_id) WHERE ended_at IS NULL DO NOTHING
"""
END = """
    UPDATE orders_wait w
    SET ended_at = %(at)s, ended_by = %(by)s, outcome = %(outcome)s, worked_minutes = g.minutes,
        paused_at = NULL, paused_minutes = g.paused
    FROM unnest(%(ids)s::bigint[], %(minutes)s::int[], %(paused)s::int[]) AS g (id, minutes, paused)
    WHERE w.id = g.id AND w.company_id = %(company_id)s AND w.ended_at IS NULL
"""
WITHDRAW = """
    UPDATE orders_condition SET status = 'withdrawn', settled_at = %(at)s
    WHERE company_id = %(company_id)s AND order_id = ANY(%(orders)s) AND status = 'open'
"""
LATE = """
    UPDATE orders_wait w SET escalated_at = %(at)s, escalated_to = %(role)s
    FROM orders_order o
    WHERE w.company_id = %(company_id)s AND w.ended_at IS NULL AND w.paused_at IS NULL
      AND w.escalated_at IS NULL AND w.due_at < %(at)s AND o.id = w.order_id
    RETURNING o.id, o.reference
"""


@dataclass(frozen=True, slots=True)
class _Late:
    order_id: int
    reference: str


def begin(actor: Actor, order_id: int, fired: Sequence[Fired], rules: OrderRules) -> None:
    """Start the order's clock, against the goal of the policy; one that runs already runs on."""
    begin_all(actor, {order_id: fired}, rules)


def begin_all(actor: Actor, held: Mapping[int, Sequence[Fired]], rules: OrderRules) -> None:
    """Start the clocks of orders, by id with the rules that fired. Not a command."""
    if not held:
        return
    hours = wait_queries.hours(actor.company_id, rules, actor.today)
    sql.execute(
        BEGIN,
        {
            "company_id": actor.company_id,
            "orders": sql.array(held),
            "rules": sql.array(
                next((one.rule for one in fired if one.severity == "hold"), "")
                for fired in held.values()
            ),
            "goal": rules.goal_minutes,
            "at": actor.at,
            "due_at": due_at(actor.at, rules.goal_minutes, hours),
        },
        planned=True,
    )


def end(actor: Actor, order_ids: Sequence[int], outcome: str, rules: OrderRules) -> None:
    """Stop the clocks of orders for good; what was still to be paid for them is withdrawn."""
    waiting = wait_queries.running(actor.company_id, order_ids)
    hours = wait_queries.hours(actor.company_id, rules, actor.today)
    minutes, paused = [], []
    for one in waiting:
        still = minutes_between(one.paused_at, actor.at, hours) if one.paused_at else 0
        paused.append(one.paused_minutes + still)
        minutes.append(max(minutes_between(one.held_at, actor.at, hours) - paused[-1], 0))
    sql.execute(
        END,
        {
            "company_id": actor.company_id,
            "at": actor.at,
            "by": actor.name,
            "outcome": outcome,
            "ids": [one.id for one in waiting],
            "minutes": minutes,
            "paused": paused,
        },
    )
    withdraw(actor, order_ids)


def withdraw(actor: Actor, order_ids: Sequence[int]) -> None:
    """Take back what was still to be paid for orders. Not a command."""
    sql.execute(
        WITHDRAW, {"company_id": actor.company_id, "at": actor.at, "orders": list(order_ids)}
    )


@command("orders.pause")
def pause(actor: Actor, reference: str, reason: str) -> None:
    """Stop a held order's clock, with a reason; Conflict where it does not run."""
    order = queries.order(actor.company_id, reference)
    said = notes.required(reason, "reason")
    if not stop(actor, order.id, said):
        raise Conflict(
            "order_clock_stopped",
            f"The clock of order {reference} does not run",
            order_reference=reference,
        )
    notes.write(actor, order.id, "paused", said)


@command("orders.pause")
def resume(actor: Actor, reference: str) -> None:
    """Let a stopped clock run again: what is left of the goal counts from now."""
    order = queries.order(actor.company_id, reference)
    rules = policy.in_force(actor.company_id, actor.today).orders
    if not let_run(actor, order.id, rules):
        raise Conflict(
            "order_clock_runs",
            f"The clock of order {reference} was not stopped",
            order_reference=reference,
        )
    notes.write(actor, order.id, "resumed", "")


def stop(actor: Actor, order_id: int, reason: str) -> bool:
    """Stop the clock of an order; return whether it ran. Not a command."""
    stopped = sql.execute(
        "UPDATE orders_wait SET paused_at = %s, pause_reason = %s WHERE company_id = %s"
        " AND order_id = %s AND ended_at IS NULL AND paused_at IS NULL",
        [actor.at, reason, actor.company_id, order_id],
    )
    return stopped == 1


def let_run(actor: Actor, order_id: int, rules: OrderRules) -> bool:
    """Let the clock of an order run again; return whether it was stopped. Not a command."""
    found = wait_queries.running(actor.company_id, [order_id], locked=True)
    if not found or found[0].paused_at is None:
        return False
    wait, hours = found[0], wait_queries.hours(actor.company_id, rules, actor.today)
    paused = wait.paused_minutes + minutes_between(found[0].paused_at, actor.at, hours)
    sql.execute(
        "UPDATE orders_wait SET paused_at = NULL, pause_reason = '', paused_minutes = %s,"
        " due_at = %s WHERE id = %s AND company_id = %s",
        [
            paused,
            due_at(wait.held_at, wait.goal_minutes + paused, hours),
            wait.id,
            actor.company_id,
        ],
    )
    return True


@command("orders.ask")
def ask(actor: Actor, reference: str, text: str) -> None:
    """Ask for a held order to be decided, with what speaks for it; it comes first in the queue."""
    order = queries.order(actor.company_id, reference)
    said = notes.required(text, "text")
    asked = sql.execute(
        "UPDATE orders_wait SET asked_at = COALESCE(asked_at, %s)"
        " WHERE company_id = %s AND order_id = %s AND ended_at IS NULL",
        [actor.at, actor.company_id, order.id],
    )
    if asked != 1:
        raise Conflict(
            "order_not_waiting",
            f"Order {reference} does not wait to be decided",
            order_reference=reference,
        )
    notes.write(actor, order.id, "asked", said)


@command("orders.escalate")
def escalate_late(actor: Actor) -> tuple[str, ...]:
    """Hand the held orders past their goal to the role of the policy, each once; again: none."""
    rules = policy.in_force(actor.company_id, actor.today).orders
    late = sql.fetch(
        _Late,
        LATE,
        {"company_id": actor.company_id, "at": actor.at, "role": rules.late_goes_to},
    )
    found = tuple(sorted(one.reference for one in late))
    if late:
        notes.write_all(actor, [one.order_id for one in late], "escalated", rules.late_goes_to)
        announce(actor, [OrdersLate(order_references=found, role=rules.late_goes_to)])
    return found
