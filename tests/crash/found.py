"""Found a company in an installation of its own, and print what its clients need; run by itself."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, date, datetime
from typing import Any

from creditdesk.config import database

EARLY = date(2020, 1, 1)
LIMIT_MINOR = 50_000


def main(customers_count: int, keys_count: int) -> None:
    """Make the database, the company, its customers, a manager signed in, and keys."""
    database.prepare()
    os.environ["DJANGO_SETTINGS_MODULE"] = "creditdesk.config.settings"
    import django

    django.setup()
    print(json.dumps(_found(customers_count, keys_count)))


def _found(customers_count: int, keys_count: int) -> dict[str, Any]:
    from django.test import Client

    from creditdesk.controls import queries, services
    from creditdesk.controls.models import User
    from creditdesk.credit import services as credit
    from creditdesk.customers import services as customers
    from creditdesk.customers.rules import NewCustomer
    from creditdesk.faces.cli.install import bring_up_to_date
    from creditdesk.policy import services as policy

    bring_up_to_date()
    company_id = services.found_company(
        "crash", name="Crash Supply", currency="EUR", country="DE", timezone=_zone_at_noon()
    )
    actor = queries.system_actor(queries.company(company_id), "founder")
    policy.ensure_default(actor, valid_from=EARLY)
    numbers = [f"K{n}" for n in range(customers_count)]
    ids = customers.create(
        actor,
        new=[NewCustomer(number=one, name=f"Customer {one}", currency="EUR") for one in numbers],
    )
    for customer_id in ids:
        credit.set_limit(
            actor, customer_id, minor=LIMIT_MINOR, currency="EUR", valid_from=EARLY, reason="test"
        )
    sessions = {}
    for role in ("manager", "cash_applier"):
        services.add_user(role, password="a long way to the crash")
        services.grant(role, company_id=company_id, role=role, by="founder")
        client = Client()
        client.force_login(User.objects.get(username=role))
        sessions[role] = client.cookies["sessionid"].value
    return {
        "company_id": company_id,
        "customers": numbers,
        "sessions": sessions,
        "keys": [services.issue_key(company_id, name=f"k{n}", by="x") for n in range(keys_count)],
        "today": actor.today.isoformat(),
    }


def _zone_at_noon() -> str:
    """Return a time zone where it is about noon, so that the day's job is due at any hour."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
