"""A known order asked about again on its way: before it ships, before it is invoiced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from creditdesk.credit import services as credit
from creditdesk.credit.queries import with_reserved
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place
from creditdesk.orders import billing_queries
from creditdesk.orders.further_queries import Asked
from creditdesk.orders.queries import Circumstances, DecisionRow, OrderRow
from creditdesk.orders.services import waits
from creditdesk.orders.services.decisions import (
    SHIPS,
    CheckResult,
    Judged,
    announced,
    columns_of,
    judge,
    reanswered,
    written_again,
)
from creditdesk.policy.rules import CHECK_POINTS, OrderRules


def known(point: str) -> None:
    """Refuse a check point nobody knows."""
    if point not in CHECK_POINTS:
        raise Invalid(
            "check_point_unknown",
            f"{point!r} is no check point",
            place=Place(field="point"),
            mend=f"Give one of {', '.join(CHECK_POINTS)}.",
        )


def is_due(
    actor: Actor, rules: OrderRules, point: str, order: OrderRow, latest: DecisionRow
) -> bool:
    """Whether an order that may ship is to be decided anew at a check point.

    Not at its first, nor within the days of grace after it was decided last.
    """
    if point == CHECK_POINTS[0] or point not in rules.check_points or order.status not in SHIPS:
        return False
    return actor.at - latest.recorded_at > timedelta(days=rules.grace_days)


def decide(
    actor: Actor, order: OrderRow, latest: DecisionRow, seen: Circumstances, point: str
) -> CheckResult:
    """Decide what is left of an order anew, as if nothing were set aside for it.

    What a person overruled when releasing it does not hold it again. Where it may not ship any
    more, its credit is free and it waits, or is refused.
    """
    left = billing_queries.left_to_bill(actor.company_id, order.reference)
    judged = _judged(actor, order, latest, seen, point, left)
    outcome = judged.decision.outcome
    if outcome == "accepted":
        outcome_kept = order.status
        columns = {**columns_of(judged), "outcome": outcome_kept}
        decision_id = written_again(actor, order, columns)
        announced(actor, order, outcome_kept, judged.decision.fired)
        return reanswered(order, outcome_kept, judged, decision_id, left)
    return reanswered(order, outcome, judged, _stopped(actor, order, judged), left)


def require_passed(
    actor: Actor, order: OrderRow, latest: DecisionRow, seen: Circumstances, point: str
) -> None:
    """Refuse to go on with an order that the rules of the point would stop now."""
    if not is_due(actor, seen.policy.orders, point, order, latest):
        return
    left = billing_queries.left_to_bill(actor.company_id, order.reference)
    judged = _judged(actor, order, latest, seen, point, left)
    if judged.decision.outcome != "accepted":
        raise Conflict(
            "order_would_be_held",
            f"The rules would stop order {order.reference} now; check it again",
            order_reference=order.reference,
            rules=", ".join(
                one.rule for one in judged.decision.fired if one.severity in ("hold", "refuse")
            ),
        )


def stop(actor: Actor, order: OrderRow, seen: Circumstances, noted: Mapping[str, object]) -> bool:
    """Stop what is not billed of an order where the rules would not let it ship now.

    Nothing a person overruled is excused any more. Return whether it was stopped.
    """
    left = billing_queries.left_to_bill(actor.company_id, order.reference)
    if order.status not in SHIPS or not left:
        return False
    asked = Asked(order.currency, left, order.kind, order.terms_code)
    judged = judge(actor, _without(seen, order, left), asked)
    if judged.decision.outcome == "accepted":
        return False
    _stopped(actor, order, replace(judged, noted={**noted, "reserved_minor": left}))
    return True


def _stopped(actor: Actor, order: OrderRow, judged: Judged) -> int:
    """Write that an order may not ship any more, free its credit and let it wait."""
    decision_id = written_again(actor, order, columns_of(judged))
    credit.release(actor, [order.reference])
    if judged.decision.outcome == "held":
        waits.begin(actor, order.id, judged.decision.fired, judged.rules)
    announced(actor, order, judged.decision.outcome, judged.decision.fired)
    return decision_id


def _judged(
    actor: Actor,
    order: OrderRow,
    latest: DecisionRow,
    seen: Circumstances,
    point: str,
    left: int,
) -> Judged:
    overruled = [
        one.rule for one in latest.fired if order.status == "released" and one.severity != "info"
    ]
    asked = Asked(order.currency, left, order.kind, order.terms_code)
    judged = judge(actor, _without(seen, order, left), asked, overruled=overruled)
    return replace(judged, noted={"point": point, "reserved_minor": left})


def _without(seen: Circumstances, order: OrderRow, left: int) -> Circumstances:
    """Return the circumstances as if nothing were set aside for the order."""
    room = with_reserved(seen.room, order.currency, -left, seen.policy.exposure)
    return replace(seen, room=room)
