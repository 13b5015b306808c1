"""Jobs of orders."""

from __future__ import annotations

from procrastinate.contrib.django import app

from creditdesk.controls import queries as controls
from creditdesk.orders.services import reacting, waits


@app.task(name=reacting.TASK, pass_context=False)
def look_again(*, company_id: int, customer_ids: list[int]) -> None:
    """Decide what some customers have waiting anew."""
    actor = controls.system_actor(controls.company(company_id), "orders")
    reacting.look_again(actor, customer_ids)


@app.task(name="orders.escalate", pass_context=False)
def escalate(*, company_id: int) -> None:
    """Tell once who the late ones are handed to."""
    waits.escalate_late(controls.system_actor(controls.company(company_id), "scheduler"))
