"""What may be collected: open items of customers with mandates, less what forbids it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from creditdesk.contact import queries as contact
from creditdesk.invoices import queries as invoices
from creditdesk.plumbing import sql
from creditdesk.treasury.rules.runs import Due, collectable

FORBIDDEN_HOLDS = frozenset({"dispute", "promise", "plan", "direct_debit"})


@dataclass(frozen=True, slots=True)
class _Tried:
    item_id: int
    attempts: int


def due_items(
    company_id: int, customer_ids: Collection[int], *, until: date, on: date
) -> list[Due]:
    """Return the items of the customers that may be collected by a day, the oldest first."""
    if not customer_ids:
        return []
    items = [
        Due(
            item_id=row.item_id, number=row.number, customer_id=row.customer_id,
            due_on=row.due_on, open_minor=row.open_minor,
        )
        for row in invoices.open_items(company_id, customer_ids=customer_ids, currency="EUR")
    ]  # fmt: skip
    holds = contact.live_holds(company_id, customer_ids=customer_ids, on=on)
    held = {one.item_id for one in holds if one.item_id and one.kind in FORBIDDEN_HOLDS}
    in_runs = sql.scalars(
        "SELECT item_id FROM treasury_runline WHERE company_id = %s AND state = 'live'",
        [company_id],
    )
    return collectable(
        items, until=until, held=held, in_runs=in_runs, waiting=_waiting(company_id, on)
    )


def _waiting(company_id: int, on: date) -> list[int]:
    """Return the items whose last debit came back and is not to be tried again yet."""
    return sql.scalars(
        """
        SELECT item_id FROM (
            SELECT DISTINCT ON (item_id) item_id, state, retry_on FROM treasury_runline
             WHERE company_id = %s AND state IN ('returned', 'settled') ORDER BY item_id, id DESC
        ) last WHERE state = 'returned' AND (retry_on IS NULL OR retry_on > %s)
        """,
        [company_id, on],
    )


def attempts(company_id: int, item_ids: Collection[int]) -> dict[int, int]:
    """Return how often the items were collected and came back."""
    rows = sql.fetch(
        _Tried,
        "SELECT item_id, count(*) FROM treasury_runline WHERE company_id = %s"
        " AND item_id = ANY(%s::bigint[]) AND state = 'returned' GROUP BY 1",
        [company_id, sorted(item_ids)],
    )
    return {row.item_id: row.attempts for row in rows}


def open_of(company_id: int, item_ids: Collection[int]) -> dict[int, int]:
    """Return what is open of the items."""
    found = invoices.items_by_id(company_id, item_ids)
    return {item_id: row.open_minor for item_id, row in found.items()}


def debited(company_id: int, customer_ids: Collection[int], currency: str) -> set[int]:
    """Return those of the customers from whose account debts in a currency are collected."""
    if currency != "EUR":
        return set()
    return set(
        sql.scalars(
            "SELECT m.customer_id FROM treasury_mandate m"
            "  JOIN treasury_creditor c ON c.company_id = m.company_id"
            " WHERE m.company_id = %s AND m.state = 'live' AND m.customer_id = ANY(%s::bigint[])"
            "   AND (m.is_recurrent OR m.used_on IS NULL)",
            [company_id, sql.array(customer_ids)],
        )
    )
