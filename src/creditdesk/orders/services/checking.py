"""May this order ship? One answer per order, and held orders decided anew."""

from __future__ import annotations

from datetime import date

from creditdesk.controls.commands import command
from creditdesk.credit.queries import Turn
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.orders import queries
from creditdesk.orders.further_queries import Asked
from creditdesk.orders.queries import Circumstances, OrderRow
from creditdesk.orders.rules import Request
from creditdesk.orders.services import points
from creditdesk.orders.services.decisions import (
    CheckResult,
    Written,
    asked_of,
    columns_of,
    concluded,
    decided_again,
    in_turn,
    judge,
    refuse_closed,
    result_of,
)
from creditdesk.plumbing import sql

ORDER_COLUMNS = """
    company_id, customer_id, reference, currency, total_minor, placed_on, status, recorded_at, kind,
    terms_code, margin_minor
"""
DECISION_COLUMNS = """
    company_id, order_id, outcome, fired, inputs, policy_version, decided_by, reason, recorded_at
"""
INSERT = f"""
    WITH placed AS (
        INSERT INTO orders_order ({ORDER_COLUMNS})
        VALUES (%(company_id)s, %(customer_id)s, %(reference)s, %(currency)s, %(total_minor)s,
                %(placed_on)s, %(outcome)s, %(at)s, %(kind)s, %(terms_code)s, %(margin_minor)s)
        ON CONFLICT (company_id, reference) DO NOTHING
        RETURNING id
    )
    INSERT INTO orders_decision ({DECISION_COLUMNS})
    SELECT %(company_id)s, placed.id, %(outcome)s, %(fired)s, %(inputs)s, %(policy_version)s,
           %(actor)s, '', %(at)s
    FROM placed
    RETURNING id, order_id
"""


@command("orders.check")
def check(
    actor: Actor,
    *,
    customer_number: str,
    order_reference: str,
    currency: str,
    total_minor: int,
    placed_on: date,
    kind: str = "",
    terms_code: str = "",
    margin_minor: int | None = None,
    point: str = "confirm",
) -> CheckResult:
    """Say whether an order may ship, with every rule that fired; reserve its credit if it may.

    The same order asked again gets the decision by which it stands, or a new one at a later check
    point of the policy; with another customer, currency or amount, Conflict.
    """
    asked = Request(
        customer_number=customer_number,
        order_reference=order_reference,
        currency=currency,
        total_minor=total_minor,
        kind=kind,
        terms_code=terms_code,
        margin_minor=margin_minor,
    )
    points.known(point)
    seen = queries.circumstances(
        actor.company_id, customer_number, reference=order_reference, on=actor.today
    )
    if seen.order_id is not None:
        return answered_before(actor, asked, seen, point)
    return _placed(actor, asked, seen, placed_on, point)


def _placed(
    actor: Actor, asked: Request, seen: Circumstances, placed_on: date, point: str
) -> CheckResult:
    """Judge and keep an order nobody asked about before."""
    turn = seen.customer
    refuse_closed(actor, turn)
    wanted = Asked(asked.currency, asked.total_minor, asked.kind, asked.terms_code)
    judged = judge(actor, seen, wanted)
    columns = {
        "reference": asked.order_reference,
        "currency": asked.currency,
        "total_minor": asked.total_minor,
        "placed_on": placed_on,
        "kind": asked.kind,
        "terms_code": asked.terms_code,
        "margin_minor": asked.margin_minor,
    }
    written = sql.fetch_one(
        Written,
        INSERT,
        {
            "company_id": actor.company_id,
            "customer_id": turn.customer_id,
            "at": actor.at,
            "actor": actor.name,
            **columns,
            **columns_of(judged),
        },
        planned=True,
    )
    if written is None:  # taken meanwhile for another customer, whose turn is not ours
        return answered_before(actor, asked, seen, point)
    order = placed_row(actor, turn, asked, placed_on, judged.decision.outcome, written.order_id)
    return concluded(actor, order, judged, judged.decision.outcome, written.decision_id)


def placed_row(
    actor: Actor, turn: Turn, asked: Request, placed_on: date, status: str, order_id: int
) -> OrderRow:
    """Return an order as it was just written."""
    return OrderRow(
        id=order_id,
        customer_id=turn.customer_id,
        customer_number=turn.number,
        customer_name="",
        status=status,
        recorded_at=actor.at,
        reference=asked.order_reference,
        currency=asked.currency,
        total_minor=asked.total_minor,
        placed_on=placed_on,
        kind=asked.kind,
        terms_code=asked.terms_code,
        margin_minor=asked.margin_minor,
    )


@command("orders.recheck")
def recheck(actor: Actor, reference: str) -> CheckResult:
    """Decide a held or refused order anew by today's facts; one in another state keeps its answer.

    What a person refused stays refused until a person decides otherwise.
    """
    order, seen = in_turn(actor, reference)
    latest = queries.latest_decision(order.id)
    if order.status not in ("held", "refused") or (
        order.status == "refused" and "chosen" in latest.inputs
    ):
        return result_of(order, latest)
    judged = judge(actor, seen, asked_of(order))
    return decided_again(actor, order, judged, judged.decision.outcome, reason="")


def answered_before(actor: Actor, asked: Request, seen: Circumstances, point: str) -> CheckResult:
    """Return the answer by which a known order stands, if it is the same order."""
    order = queries.order(actor.company_id, asked.order_reference)
    refuse_another(order, asked)
    latest = queries.latest_decision(order.id)
    if points.is_due(actor, seen.policy.orders, point, order, latest):
        return points.decide(actor, order, latest, seen, point)
    return result_of(order, latest)


def refuse_another(order: OrderRow, asked: Request) -> None:
    """Refuse what is not the known order of that reference, or that order once it was cancelled."""
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
