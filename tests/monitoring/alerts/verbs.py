"""What tests of alerts say."""

from __future__ import annotations

from datetime import date

from creditdesk.kernel.actor import Actor
from creditdesk.monitoring.alerts.queries import standing
from creditdesk.monitoring.alerts.queries.standing import AlertRow
from creditdesk.plumbing.imports import queries as import_queries
from creditdesk.plumbing.imports import services as imports


def alerts_of(actor: Actor, **filters: str) -> list[AlertRow]:
    """Every alert that fits."""
    return list(standing.alerts(actor.company_id, **filters).rows)  # type: ignore[arg-type]


def shown(actor: Actor) -> list[tuple[str, str, str, int]]:
    """Signal, severity, state and value of every alert, by signal."""
    return sorted((one.signal, one.severity, one.state, one.value) for one in alerts_of(actor))


def acts(actor: Actor, alert_id: int) -> list[str]:
    """What became of an alert, the first first."""
    return [one.act for one in reversed(standing.steps(actor.company_id, alert_id))]


def load_news(actor: Actor, rows: list[str], *, head: str = "") -> tuple[int, int, int]:
    """Import news; return how many rows were accepted, known, rejected."""
    text = "\n".join([head or "customer_number;vat;duns;name;date;kind;source;text", *rows])
    run = imports.open_run(actor, kind="customer_news", filename="news.csv", content=text.encode())
    imports.load(actor, run)
    done = import_queries.run(actor.company_id, run)
    return done.rows_accepted, done.rows_known, done.rows_rejected


MONDAY = date(2026, 3, 16)
