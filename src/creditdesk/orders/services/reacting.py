"""What happens when the cause of a hold may be gone: held orders of those customers are looked at.

In the transaction of the fact only a job is queued, and only if the customer has an order waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from procrastinate.contrib.django import app

from creditdesk.cash.events import PaymentsApplied
from creditdesk.controls.commands import command
from creditdesk.credit import queries as credit
from creditdesk.credit.events import CustomerUnblocked, LimitsSet
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.orders.services.batches import RecheckResult, recheck_held
from creditdesk.orders.services.settling import settle_conditions
from creditdesk.plumbing import sql

TASK = "orders.look_again"
WAITING = """
    SELECT DISTINCT customer_id FROM orders_order
    WHERE company_id = %s AND status = 'held' AND customer_id = ANY(%s) ORDER BY customer_id
"""


def after_payments(actor: Actor, events: Sequence[PaymentsApplied]) -> None:
    """Look again at what waits for those who paid."""
    _look_again(actor, (one for event in events for one in event.customer_ids))


def after_limits(actor: Actor, events: Sequence[LimitsSet]) -> None:
    """Look again at what waits for those with another limit."""
    _look_again(actor, (one for event in events for one in event.customer_ids))


def after_unblocking(actor: Actor, events: Sequence[CustomerUnblocked]) -> None:
    """Look again at what waits for those who are blocked no longer."""
    _look_again(actor, (event.customer_id for event in events))


@command("orders.recheck")
def look_again(actor: Actor, customer_ids: Sequence[int]) -> RecheckResult:
    """Settle what was to be paid, then decide what these customers have waiting anew.

    All their turns are taken first, in the order of the house.
    """
    known = customers.customers_by_id(actor.company_id, customer_ids)
    credit.turns(actor.company_id, [one.number for one in known.values()], actor.today)
    settle_conditions(actor, customer_ids)
    return recheck_held(actor, customer_ids)


def _look_again(actor: Actor, customer_ids: Iterable[int]) -> None:
    waiting = sql.scalars(WAITING, [actor.company_id, sorted(set(customer_ids))])
    if waiting:
        app.configure_task(TASK, allow_unknown=True).defer(
            company_id=actor.company_id, customer_ids=waiting
        )
