"""Small worlds, each lived in a database of its own, and what they say in figures."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.db import connection, connections
from pytest_django.plugin import DjangoDbBlocker

from creditdesk.plumbing.encoding import to_json
from creditdesk.simulation import services as simulation
from tests.support import database

UNTIL = date(2026, 6, 15)  # a Monday; Ascension and Whit Monday lie in the days before
DAYS, CUSTOMERS = 40, 14

# Everything below is free of ids, which two processes at once draw from common sequences.
FIGURES = {
    "books": """
        SELECT c.code, d.code, k.code, p.currency, p.effective_on, p.source_kind,
               count(*), sum(p.minor)::bigint
          FROM ledger_posting p JOIN controls_company c ON c.id = p.company_id
          JOIN ledger_account d ON d.id = p.debit_id JOIN ledger_account k ON k.id = p.credit_id
         GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6""",
    "items": """
        SELECT c.code, v.number, u.number, i.due_on, i.open_minor, i.settled_on
          FROM invoices_item i JOIN invoices_invoice v ON v.id = i.invoice_id
          JOIN customers_customer u ON u.id = i.customer_id
          JOIN controls_company c ON c.id = i.company_id ORDER BY 1, 2, i.instalment""",
    "messages": """
        SELECT c.code, m.reference, m.recipient, m.subject, m.status, m.queued_at, m.body_text
          FROM contact_message m JOIN controls_company c ON c.id = m.company_id
         ORDER BY 1, 2""",
    "replies": """
        SELECT c.code, r.sender, r.subject, r.body_text, r.received_at, r.handled_at
          FROM contact_reply r JOIN controls_company c ON c.id = r.company_id
         ORDER BY 1, 5, 2, 3, 4""",
    "worklist": """
        SELECT c.code, w.listed_on, w.rank, u.number, w.overdue_minor, w.action, w.reasons,
               w.done_at
          FROM collections_workitem w JOIN customers_customer u ON u.id = w.customer_id
          JOIN controls_company c ON c.id = w.company_id ORDER BY 1, 2, 3""",
    "promises": """
        SELECT c.code, p.reference, p.minor, p.due_on, p.status, p.received_minor
          FROM collections_promise p JOIN controls_company c ON c.id = p.company_id
         ORDER BY 1, 2""",
    "orders": """
        SELECT c.code, o.reference, o.total_minor, o.status
          FROM orders_order o JOIN controls_company c ON c.id = o.company_id ORDER BY 1, 2""",
    "disputes": """
        SELECT c.code, d.reference, d.reason, d.disputed_minor, d.status, d.resolution
          FROM disputes_dispute d JOIN controls_company c ON c.id = d.company_id ORDER BY 1, 2""",
}


@contextmanager
def a_database(blocker: DjangoDbBlocker) -> Iterator[None]:
    """Work in a database of one's own, where commits last."""
    name = f"creditdesk_test_{secrets.token_hex(6)}"
    database.clone(name)
    before = connections["default"].settings_dict["NAME"]
    with blocker.unblock():
        _point_at(name)
        try:
            yield
        finally:
            _point_at(before)
    database.drop(name)


def _point_at(name: str) -> None:
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
        connections.databases[alias]["NAME"] = name


def live(
    *, seed: int = 7, days: int = DAYS, customers: int = CUSTOMERS, until: date = UNTIL
) -> list[date]:
    """Live the small world; return the dates told."""
    told: list[date] = []
    simulation.live(
        days=days, customers=customers, seed=seed, until=until, tell=told.append,
        side_by_side=False,
    )  # fmt: skip
    return told


def rows(statement: str) -> list[tuple[object, ...]]:
    """Return what a statement finds."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def figures() -> dict[str, tuple[int, str]]:
    """Return per subject how many rows there are, and their digest."""
    found = {}
    for subject, statement in FIGURES.items():
        lines = rows(statement)
        text = to_json([[str(value) for value in line] for line in lines])
        found[subject] = (len(lines), hashlib.sha256(text.encode()).hexdigest())
    return found
