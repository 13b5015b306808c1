"""Commands for the periods of the books: list, close, reopen."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.ledger import queries, services
from creditdesk.ledger.rules import month_end
from creditdesk.ledger.services import ClosedPeriod

_MONTH = re.compile(r"\d{4}-\d{2}")


def list_all(*, company: str) -> int:
    """Print every period of each company, oldest first, with its status."""
    for of in companies.named(company):
        actor = companies.actor(of)
        for period in queries.periods(of.id, until=actor.today):
            print(f"{of.code}  {period.first_on}  {period.last_on}  {period.status}")
    return 0


def close(*, until: str, company: str, soft: bool) -> int:
    """Close the books of a company through a month, or through a day."""
    last_on = _last_day(until)
    return _acted(company, "", lambda actor: services.close_period(actor, last_on, soft=soft))


def reopen(*, until: str, company: str, reason: str) -> int:
    """Open the last closed period of a company again."""
    last_on = _last_day(until)
    return _acted(
        company, reason, lambda actor: services.reopen_period(actor, last_on, reason=reason)
    )


def _acted(company: str, reason: str, act: Callable[[Actor], ClosedPeriod]) -> int:
    of = companies.the_one(company)
    done = act(replace(companies.actor(of), reason=reason))
    told = {
        "first": done.first_on, "last": done.last_on, "status": done.status,
        "closed": done.closed_through or gettext("no day"),
    }  # fmt: skip
    text = gettext("%(first)s to %(last)s is %(status)s; closed up to %(closed)s", **told)
    print(f"{of.code}: {text}")
    return 0


def _last_day(until: str) -> date:
    """Return the last day of a month written 2026-03, or the day written 2026-03-31."""
    try:
        if _MONTH.fullmatch(until):
            return month_end(date.fromisoformat(f"{until}-01"))
        return date.fromisoformat(until)
    except ValueError as error:
        raise Invalid(
            "date_malformed",
            f"{until[:40]!r} is neither a month nor a day",
            place=Place(field="period"),
            mend="Write it as 2026-03 or 2026-03-31",
        ) from error
