"""Commands for statements of account: send one, send what is due, say how often."""

from __future__ import annotations

from datetime import date

from creditdesk.customers import queries as customers
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.dates import day_of
from creditdesk.faces.cli.tongue import gettext, ngettext
from creditdesk.statements import services
from creditdesk.statements.rules import usual_days
from creditdesk.statements.services import SendResult


def send(*, customer: str, since: str, until: str, company: str) -> int:
    """Send a customer the statement of a period."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    first_on, last_on = usual_days(_day(since, "from"), _day(until, "to"), actor.today)
    one = customers.customer(of.id, customer)
    done = services.send(actor, [one.id], first_on=first_on, last_on=last_on)
    _tell(of.code, done)
    return 0 if done.customers else 1


def send_due(*, company: str) -> int:
    """Send every statement of a company whose month or quarter is over."""
    of = companies.the_one(company)
    _tell(of.code, services.send_due(companies.actor(of)))
    return 0


def set_every(*, every: str, customer: str, company: str) -> int:
    """Set how often statements leave by themselves."""
    of = companies.the_one(company)
    services.set_schedule(companies.actor(of), every, customer_number=customer or None)
    print(f"{of.code}: {customer or '*'}  {every}")
    return 0


def _tell(code: str, done: SendResult) -> None:
    told = ngettext(
        "%(count)d statement queued", "%(count)d statements queued", done.statements
    )  # fmt: skip
    print(f"{code}: {told}")
    for why, count in done.left.items():
        print(" ", gettext("left, %(code)s: %(count)d", code=why, count=count))


def _day(text: str, field: str) -> date | None:
    return day_of(text, field) if text else None
