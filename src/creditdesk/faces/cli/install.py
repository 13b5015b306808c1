"""Commands that make and upgrade an installation: database, companies, users, keys."""

from __future__ import annotations

import warnings
from datetime import date

from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from creditdesk.controls import services as controls
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing import roles
from creditdesk.policy import services as policy

FIRST_POLICY = date(2000, 1, 1)


def bring_up_to_date() -> None:
    """Migrate as owner and give the application role its rights; repeatable."""
    call_command("migrate", database="owner", verbosity=0, interactive=False)
    roles.apply_grants("owner")
    connections["owner"].close()


def is_up_to_date() -> bool:
    """Whether every migration was applied."""
    executor = MigrationExecutor(connections["owner"])
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    connections["owner"].close()
    return not pending


def require_up_to_date() -> None:
    """Refuse to work on tables of another version."""
    if not is_up_to_date():
        raise Refused("not_migrated", "The database is not up to date; run: creditdesk init")


def check_migrations() -> None:
    """Fail when a model differs from its migrations."""
    with warnings.catch_warnings():
        # Without a database the history cannot be compared; models and files still are.
        warnings.simplefilter("ignore", RuntimeWarning)
        call_command("makemigrations", check=True, dry_run=True, verbosity=1)


def init(
    *, code: str, name: str, currency: str, country: str, timezone: str, sender: str, book: str = ""
) -> int:
    """Make or upgrade the database; found the named company with the default policy."""
    if not is_up_to_date():
        print("·", gettext("bringing the database up to date"))
        bring_up_to_date()
    if not code:
        print(
            gettext(
                "The database is ready. A first company: creditdesk init --company CODE --name NAME"
            )
        )
        return 0
    company_id = controls.found_company(
        code,
        name=name or None,
        currency=currency or None,
        country=country or None,
        timezone=timezone or None,
        sender_email=sender or None,
        book=book or None,
    )
    actor = companies.actor(companies.the_one(code))
    policy.ensure_default(actor, valid_from=FIRST_POLICY)
    print(
        gettext(
            "Company %(code)s is ready (number %(number)d), with the default credit policy.",
            code=code,
            number=company_id,
        )
    )
    return 0


def api_key(*, name: str, company: str, role: str) -> int:
    """Make and print an API key."""
    of = companies.the_one(company)
    print(controls.issue_key(of.id, name=name, by=companies.COMMAND_LINE, role=role))
    return 0
