"""Found companies in an installation of its own, and print what its clients need; run by itself."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, date, datetime
from typing import Any

from creditdesk.config import database

EARLY = date(2020, 1, 1)
LIMIT_MINOR = 50_000
ROLES = ("manager", "cash_applier", "master_data")
BUYERS = ("B0", "B1")
TWINS = ("calm", "shaken")
# At noon the day's job is due; at night it is not, and will not be for hours.
NOON, NIGHT = 12, 0


def main(customers_count: int, keys_count: int) -> None:
    """Make the database, its companies, their customers, people signed in, and keys."""
    database.prepare()
    os.environ["DJANGO_SETTINGS_MODULE"] = "creditdesk.config.settings"
    import django

    django.setup()
    print(json.dumps(_found(customers_count, keys_count)))


def _found(customers_count: int, keys_count: int) -> dict[str, Any]:
    from creditdesk.faces.cli.install import bring_up_to_date

    bring_up_to_date()
    founded = _company("crash", customers_count, keys_count, hour=NOON)
    # Two companies that are the same, whose day does not begin by itself: one is left in peace.
    return founded | {code: _company(code, customers_count, 0, hour=NIGHT) for code in TWINS}


def _company(code: str, customers_count: int, keys_count: int, *, hour: int) -> dict[str, Any]:
    from django.test import Client

    from creditdesk.controls import queries, services
    from creditdesk.controls.models import User
    from creditdesk.credit import services as credit
    from creditdesk.customers import services as customers
    from creditdesk.customers.rules import NewCustomer
    from creditdesk.policy import services as policy

    company_id = services.found_company(
        code, name=f"{code} Supply", currency="EUR", country="DE", timezone=_zone_at(hour)
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
    if keys_count:
        _let_issue(actor)
    sessions = {}
    for role in ROLES:
        name = f"{code}-{role}"
        services.add_user(name, password="a long way to the crash")
        services.grant(name, company_id=company_id, role=role, by="founder")
        client = Client()
        client.force_login(User.objects.get(username=name))
        sessions[role] = client.cookies["sessionid"].value
    return {
        "company_id": company_id,
        "code": code,
        "customers": numbers,
        "buyers": list(BUYERS),
        "sessions": sessions,
        "keys": [services.issue_key(company_id, name=f"k{n}", by="x") for n in range(keys_count)],
        "today": actor.today.isoformat(),
    }


def _let_issue(actor: Any) -> None:
    """Write down who sells, and open customers whose address an invoice can bear."""
    from creditdesk.customers import services as customers
    from creditdesk.customers.rules import NewCustomer
    from creditdesk.invoices import services as invoices
    from creditdesk.invoices.documents.drafts import Particulars

    invoices.set_seller(
        actor,
        Particulars(
            valid_from=EARLY, name="Crash Supply GmbH", street="Kai 1", city="Kiel", country="DE",
            vat_number="DE123456788", account="DE75512108001245126199",
        ),
    )  # fmt: skip
    new = [
        NewCustomer(number=one, name=f"Buyer {one}", currency="EUR", country="DE", city="Kiel")
        for one in BUYERS
    ]
    customers.create(actor, new=new)


def _zone_at(hour: int) -> str:
    """Return a time zone where it is about that hour now, whenever the loop runs."""
    ahead = (hour - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
