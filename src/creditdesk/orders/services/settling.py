"""What was to be paid for orders, judged by the cash: paid first, or by instalments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from creditdesk.controls.commands import command
from creditdesk.credit import queries as credit
from creditdesk.kernel.actor import Actor
from creditdesk.orders import condition_queries, many_queries
from creditdesk.orders.condition_queries import ConditionRow
from creditdesk.orders.queries import Circumstances, OrderRow
from creditdesk.orders.rules import standing
from creditdesk.orders.services import notes, points, waits
from creditdesk.orders.services.decisions import asked_of, decided_again, in_turn, judge
from creditdesk.plumbing import sql

SETTLE = """
    UPDATE orders_condition SET status = %(status)s, settled_at = %(at)s,
           received_minor = %(received)s
    WHERE company_id = %(company_id)s AND id = ANY(%(ids)s) AND status = 'open'
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of conditions, by the references of their orders.

    Released: what they waited for was paid. Lapsed: it came too late. Of plans of instalments,
    which were paid and which were broken.
    """

    released: tuple[str, ...]
    lapsed: tuple[str, ...]
    plans_kept: tuple[str, ...] = ()
    plans_broken: tuple[str, ...] = ()


@command("orders.recheck")
def settle_conditions(actor: Actor, customer_ids: Sequence[int] | None = None) -> Settled:
    """Release the orders whose part payment came in, and end the conditions that ran out.

    What is counted is money of the customer recorded after the condition was made, less what went
    back. An order whose payment came too late stays held, and says so; one whose plan is broken is
    held anew where the rules would hold it and it was not billed yet.
    """
    found: dict[str, list[str]] = {"released": [], "lapsed": [], "kept": [], "broken": []}
    for one, reference, received in _due(actor, customer_ids):
        order, seen = in_turn(actor, reference)
        became = _settled(actor, one, order, seen, received)
        if became:
            found[became].append(reference)
    return Settled(
        tuple(found["released"]),
        tuple(found["lapsed"]),
        tuple(found["kept"]),
        tuple(found["broken"]),
    )


def _due(actor: Actor, customer_ids: Sequence[int] | None) -> list[tuple[ConditionRow, str, int]]:
    """Take the turns of all who were to pay; return what is to be settled, with what came in."""
    waiting = condition_queries.open_conditions(actor.company_id, customer_ids)
    if not waiting:
        return []
    ids = [one.order_id for one in waiting]
    numbers = [one.customer_number for one in many_queries.by_id(actor.company_id, ids).values()]
    credit.turns(actor.company_id, numbers, actor.today)
    orders = many_queries.by_id(actor.company_id, ids)
    received = condition_queries.received_minor(actor.company_id, waiting, actor.today)
    return [
        (one, orders[one.order_id].reference, received[one.id])
        for one in waiting
        if _becomes(one, orders[one.order_id].status, received[one.id], actor.today)
    ]


def _becomes(one: ConditionRow, status: str, received: int, on: date) -> str:
    """Return what becomes of a condition by what came in; nothing while it stays open."""
    if one.plan is not None:
        return {"open": "", "met": "kept"}.get(standing(one.instalments, received, on), "broken")
    if received >= one.minor and status == "held":
        return "released"
    return "lapsed" if one.pay_by < on else ""


def _settled(
    actor: Actor, one: ConditionRow, order: OrderRow, seen: Circumstances, received: int
) -> str:
    """Settle a condition as it stands in the turn of its customer; return what became of it.

    An order whose payment came in is released, the clock of one that waited in vain runs. What is
    not billed yet of one that missed an instalment may be held.
    """
    became = _becomes(one, order.status, received, actor.today)
    if not became:
        return ""
    judged = None
    if became == "released":
        judged = replace(judge(actor, seen, asked_of(order)), noted=_noted(one, received))
    _settle(actor, one.id, "met" if became in ("released", "kept") else "lapsed", received)
    if judged is not None:
        decided_again(actor, order, judged, "released", reason="")
    elif became == "lapsed":
        waits.let_run(actor, order.id, seen.policy.orders)
        notes.write(actor, order.id, "lapsed", "")
    else:
        notes.write(actor, order.id, f"plan_{became}", "")
        if became == "broken":
            points.stop(actor, order, seen, _noted(one, received))
    return became


def _noted(one: ConditionRow, received: int) -> dict[str, object]:
    return {"condition": {"id": one.id, "minor": one.minor, "received_minor": received}}


def _settle(actor: Actor, condition_id: int, status: str, received: int) -> None:
    sql.execute(
        SETTLE,
        {
            "company_id": actor.company_id,
            "ids": [condition_id],
            "status": status,
            "at": actor.at,
            "received": received,
        },
    )
