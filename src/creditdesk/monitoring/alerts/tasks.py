"""Jobs of alerts."""

from __future__ import annotations

from procrastinate.contrib.django import app

from creditdesk.controls import queries as controls
from creditdesk.monitoring.alerts.services import delivering, telling
from creditdesk.plumbing import clock


@app.task(name=telling.TASK, pass_context=False)
def tell(*, company_id: int, subscription_id: int) -> None:
    """Tell a subscription what waits for it."""
    actor = controls.system_actor(controls.company(company_id), "alerts")
    delivering.tell(actor, subscription_id, at=clock.machine())
