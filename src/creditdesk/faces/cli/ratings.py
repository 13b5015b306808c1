"""How customers pay, at the command line."""

from __future__ import annotations

import json
from dataclasses import asdict

from creditdesk.customers import queries as customers
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext
from creditdesk.kernel.money import from_minor
from creditdesk.monitoring.ratings import queries
from creditdesk.monitoring.ratings.queries import Judged
from creditdesk.plumbing.encoding import to_json
from creditdesk.policy import queries as policies


def show(number: str, *, company: str, as_json: bool) -> int:
    """Tell how a customer pays as of the business date, and what that rests on."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    customer = customers.customer(of.id, number)
    policy = policies.in_force(of.id, actor.today)
    found = queries.judged(of.id, actor.today, policy, ids=[customer.id])[customer.id]
    if as_json:
        told = {"customer": customer.number, "as_of": actor.today.isoformat(), **asdict(found)}
        print(json.dumps(json.loads(to_json(told)), indent=2))
        return 0
    print(f"{customer.number} {customer.name}")
    for line in _lines(found, of.currency):
        print(line)
    return 0


def _lines(found: Judged, currency: str) -> list[str]:
    rating, of = found.rating, found.behaviour
    counted = rating.counted
    drift = {
        "later": gettext("pays later than its own norm"), "as_usual": gettext("pays as it used to"),
    }.get(rating.drift.word, gettext("not known"))  # fmt: skip
    if rating.drift.by_days is not None:
        drift = gettext(
            "%(drift)s (%(days)s days against the norm, %(needs)s would be a drift)",
            drift=drift,
            days=rating.drift.by_days,
            needs=rating.drift.needs_days,
        )
    return [
        gettext("grade %(grade)s, %(days)s weighted days late",
                grade=rating.grade or "–", days=rating.days if counted else "–"),
        gettext("PAYDEX %(paydex)s", paydex="–" if rating.paydex is None else rating.paydex),
        gettext("drift: %(drift)s", drift=drift),
        gettext("paid %(paid)s in %(count)s payments; late %(late)s, of which %(counted)s counts;"
                " contested %(contested)s (%(currency)s)",
                paid=from_minor(of.paid_minor, currency), count=of.paid_count,
                late=from_minor(of.overdue_minor, currency),
                counted=from_minor(counted.unpaid_minor if counted else 0, currency),
                contested=from_minor(of.disputed_minor, currency), currency=currency),
    ]  # fmt: skip
