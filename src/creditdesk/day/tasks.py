"""The day as a job."""

from __future__ import annotations

from procrastinate.contrib.django import app

from creditdesk.controls import queries as controls
from creditdesk.controls import services as control_services
from creditdesk.day import services


@app.task(name="day.run", pass_context=False)
def run_day(*, company_id: int) -> None:
    """Work the day of one company."""
    actor = controls.system_actor(controls.company(company_id), "scheduler")
    services.run(actor)
    control_services.expire(actor)
    control_services.tidy(actor)


@app.task(name="day.send", pass_context=False)
def send(*, company_id: int) -> None:
    """Send what is queued in one company."""
    services.send(controls.system_actor(controls.company(company_id), "scheduler"))
