"""`creditdesk doctor`: is everything as it should be, and if not, what mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace

from django.conf import settings
from django.db import Error as DatabaseError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from creditdesk.config import database
from creditdesk.config.online import of_company
from creditdesk.controls import queries as controls
from creditdesk.faces.cli.tongue import gettext, gettext_noop, said
from creditdesk.payments import gateway
from creditdesk.plumbing.encoding import to_json
from creditdesk.plumbing.faults import code_of
from creditdesk.plumbing.jobs import queries as jobs
from creditdesk.plumbing.operation import online_rules, probes, queries, rules
from creditdesk.plumbing.operation.facts import Finding, Online

MARKS = {
    "ok": (gettext_noop("ok"), "green"),
    "warning": (gettext_noop("warning"), "yellow"),
    "wrong": (gettext_noop("WRONG"), "bold red"),
}
AREAS = {
    "configuration": gettext_noop("configuration"),
    "database": gettext_noop("database"),
    "durability": gettext_noop("durability"),
    "security": gettext_noop("security"),
    "jobs": gettext_noop("jobs"),
    "clock": gettext_noop("clock"),
    "mail": gettext_noop("mail"),
    "disk": gettext_noop("disk"),
}


def doctor(*, as_json: bool, fault: str = "") -> int:
    """Print every finding; status 1 when one is wrong."""
    found = list(examine(fault))
    if as_json:
        print(to_json([asdict(one) for one in found]))
    else:
        _show(found)
    return int(any(one.level == "wrong" for one in found))


def examine(fault: str = "") -> Iterator[Finding]:
    """Look at everything; `fault` says why the embedded database did not start."""
    configuration = probes.configuration()
    yield from rules.judge_configuration(configuration)
    if fault:
        mend = gettext_noop("look into the log below CREDITDESK_HOME, or set DATABASE_URL")
        yield Finding("database", "reachable", "wrong", fault, mend)
    else:
        yield from _database()
    if configuration.smtp_scheme in ("smtp", "smtps") and configuration.smtp_host:
        yield rules.judge_mail(probes.mail(settings.SMTP_URL))
    if not fault:
        yield from _online()
    yield from _machine()


def _online() -> Iterator[Finding]:
    """Look at each company that has something of Stripe set."""
    try:
        companies = controls.companies()
    except DatabaseError:  # told already
        return
    for of in companies:
        key = gateway.key_of_company(of.code)
        secrets = of_company(settings.STRIPE_WEBHOOK_SECRETS, of.code)
        if key or secrets:
            yield from online_rules.judge_online(
                Online(
                    company=of.code,
                    has_key=bool(key),
                    is_trial="_test_" in key,
                    webhook_secrets=len(secrets),
                    public_url=settings.PUBLIC_URL,
                    fault=_provider_fault(key),
                )
            )


def _provider_fault(key: str) -> str:
    if not key:
        return gettext("there is none")
    try:
        gateway.Stripe(key).probe()
    except gateway.ProviderFault as fault:
        return fault.code
    return ""


def _database() -> Iterator[Finding]:
    try:
        server = queries.server()
    except DatabaseError as error:
        yield Finding(
            "database", "reachable", "wrong", f"the database cannot be reached ({code_of(error)})",
            "check DATABASE_URL, and that the server runs and lets this role in",
        )  # fmt: skip
        return
    yield Finding("database", "reachable", "ok", "the database answers")
    yield from rules.judge_server(server)
    pending = queries.migrations_pending()
    yield rules.judge_migrations(pending)
    yield from rules.judge_durability(server)
    yield rules.judge_statement_log(server)
    if not pending:
        yield from rules.judge_guards(queries.guards())
        clocks = queries.clocks()
        yield from rules.judge_jobs(jobs.overview(), is_demo=clocks.business_at is not None)
        yield from rules.judge_clocks(clocks)


def _machine() -> Iterator[Finding]:
    home = database.home()
    yield rules.judge_place(replace(probes.place(home), name=str(home)), is_secret=False)
    secret = home / "secret_key"
    yield rules.judge_place(replace(probes.place(secret), name=str(secret)), is_secret=True)
    yield rules.judge_disk(probes.disk(home))


def _show(found: list[Finding]) -> None:
    table = Table(box=None, pad_edge=False)
    headings = ("", gettext("area"), gettext("what was found"), gettext("what mends it"))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for one in found:
        mark, style = MARKS[one.level]
        mend = one.mend if one.level != "ok" else ""
        table.add_row(
            Text(gettext(mark), style), gettext(AREAS.get(one.area, one.area)),
            Text(said(one.message)), Text(said(mend)),
        )  # fmt: skip
    console = Console(soft_wrap=False)
    console.print(table)
    counts = {level: sum(one.level == level for one in found) for level in MARKS}
    console.print()
    console.print(
        gettext("%(ok)d as they should be, %(warning)d warnings, %(wrong)d wrong", **counts)
    )
