"""Which held orders one person lets ship alone, and which need others, as the policy says."""

from __future__ import annotations

from typing import Final

from creditdesk.controls.commands import require_approval
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.orders.queries import OrderRow
from creditdesk.policy import queries as policy
from creditdesk.policy.rules import Subject

RELEASES: Final = "orders.release"


def require(actor: Actor, order: OrderRow, *, minor: int, way: str) -> None:
    """Go on only when as many others approved as the policy asks for an order of this amount.

    Against instalments the row for payment plans is asked too, and whichever asks for more counts.
    They approve this order as it stands: Conflict once it was decided otherwise meanwhile.
    """
    count = others_needed(actor, order, minor=minor, way=way)
    if not count:
        return
    customer = customers.customer_by_id(actor.company_id, order.customer_id)
    require_approval(
        RELEASES,
        count=count,
        about={
            "order": order.reference,
            "customer": customer.number,
            "customer_name": customer.name,
            "minor": minor,
            "currency": order.currency,
            "way": way,
        },
        documents=[f"customer:{order.customer_id}"],
        version=f"{order.status} {order.currency} {order.total_minor}",
    )


def others_needed(actor: Actor, order: OrderRow, *, minor: int, way: str) -> int:
    """Return how many others must approve that this person lets so much of an order ship."""
    subjects: list[Subject] = ["order_release", "plan"] if way == "plan" else ["order_release"]
    return max(
        policy.approvers_needed(
            actor.company_id,
            actor.today,
            subject,
            [(minor, order.currency)],
            user_id=actor.user_id,
        )
        for subject in subjects
    )
