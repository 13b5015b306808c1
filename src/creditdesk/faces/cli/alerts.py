"""Alerts on the command line."""

from __future__ import annotations

from dataclasses import asdict

from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext
from creditdesk.monitoring.alerts import services
from creditdesk.monitoring.alerts.queries import standing
from creditdesk.plumbing.encoding import to_json

MOST = 10_000


def show(*, company: str, look: bool, every: bool, as_json: bool) -> int:
    """Print the alerts, the most pressing first; with `look` after looking at every customer."""
    of = companies.the_one(company)
    if look:
        services.raise_alerts(companies.actor(of))
    found = standing.alerts(of.id, state="" if every else "open", size=MOST)
    if as_json:
        print(to_json([asdict(one) for one in found.rows]))
        return 0
    for one in found.rows:
        until = f" {one.snoozed_until}" if one.snoozed_until else ""
        print(
            f"{one.id}  {one.severity}  {one.signal}  {one.value} ({one.threshold})"
            f"  {one.customer_number} {one.customer_name}  {one.state}{until}"
        )
    if not found.rows:
        print(gettext("No alert stands"))
    return 0
