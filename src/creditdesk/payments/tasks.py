"""Jobs of payments."""

from __future__ import annotations

from procrastinate.contrib.django import app

from creditdesk.controls import queries as controls
from creditdesk.payments import gateway
from creditdesk.payments.services import hearing, sweeping
from creditdesk.plumbing import clock


def _provider(code: str) -> gateway.Stripe | None:
    key = gateway.key_of_company(code)
    return gateway.Stripe(key) if key else None


@app.task(name="payments.work_off", pass_context=False)
def work_off(*, company_id: int, notice_id: int) -> None:
    """Do what the provider's notice asks for."""
    of = controls.company(company_id)
    hearing.work_off(controls.system_actor(of, "stripe"), notice_id, provider=_provider(of.code))


@app.task(name="payments.sweep", pass_context=False)
def sweep(*, company_id: int) -> None:
    """End what can no longer be paid online."""
    of = controls.company(company_id)
    if provider := _provider(of.code):
        actor = controls.system_actor(of, "stripe")
        sweeping.sweep(actor, now=clock.machine_now(), provider=provider)
