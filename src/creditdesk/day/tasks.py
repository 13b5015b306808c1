"""The day as a job."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from procrastinate.contrib.django import app

from creditdesk.controls import queries as controls
from creditdesk.controls import services as control_services
from creditdesk.controls.privacy import services as privacy
from creditdesk.day import folder, mail, services
from creditdesk.day.telling import services as telling


@app.task(name="day.run", pass_context=False)
def run_day(*, company_id: int) -> None:
    """Work the day of one company."""
    actor = controls.system_actor(controls.company(company_id), "scheduler")
    services.run(actor)
    control_services.expire(actor)
    control_services.tidy(actor)
    privacy.retain(actor)


@app.task(name="day.tell_policy", pass_context=False)
def tell_policy(*, company_id: int, event_ids: list[int]) -> None:  # noqa: ARG001 - as announced
    """Tell the customers of one company of the rules that were published."""
    telling.tell_pending(controls.system_actor(controls.company(company_id), "scheduler"))


@app.task(name="day.send", pass_context=False)
def send(*, company_id: int) -> None:
    """Send what is queued in one company."""
    services.send(controls.system_actor(controls.company(company_id), "scheduler"))


@app.task(name="day.drop", pass_context=False)
def drop(*, company_id: int) -> None:
    """Take in what lies in the drop folder of one company."""
    of = controls.company(company_id)
    actor = controls.system_actor(of, "drop folder")
    place = Path(settings.DROP_FOLDER) / of.code
    folder.take_up(actor, place, bytes_max=settings.UPLOAD_BYTES_MAX)


@app.task(name="day.mail", pass_context=False)
def fetch_mail(*, company_id: int) -> None:
    """Take in what came to the mailbox of one company."""
    of = controls.company(company_id)
    url = mail.address_for(settings.INBOX_URL, of.code, companies=len(controls.companies()))
    mail.fetch(controls.system_actor(of, "mailbox"), url)
