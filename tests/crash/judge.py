"""What must hold after a crash: all that was acknowledged, once; and nothing half done."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg

from tests.crash.clients import Memory
from tests.crash.house import House

# Each statement names rows that are there without what belongs to them.
HALF_DONE = {
    "an order accepted without its reservation": """
        SELECT o.reference FROM orders_order o
          LEFT JOIN credit_reservation r
            ON r.company_id = o.company_id AND r.order_reference = o.reference
           AND r.status = 'held' AND r.minor = o.total_minor
         WHERE o.status IN ('accepted', 'released') AND r.id IS NULL""",
    "a reservation without its order": """
        SELECT r.order_reference FROM credit_reservation r
          LEFT JOIN orders_order o ON o.reference = r.order_reference WHERE o.id IS NULL""",
    "an order never decided": """
        SELECT o.reference FROM orders_order o
         WHERE NOT EXISTS (SELECT FROM orders_decision d WHERE d.order_id = o.id)""",
    "an invoice without items or postings": """
        SELECT v.number FROM invoices_invoice v LEFT JOIN invoices_item i ON i.invoice_id = v.id
          LEFT JOIN ledger_posting p ON p.source_kind = 'item' AND p.source_id = i.id
         WHERE v.kind = 'invoice' AND p.id IS NULL""",
    "an invoice recorded twice": """
        SELECT number FROM invoices_invoice GROUP BY number HAVING count(*) > 1""",
    "a receipt without its payment and posting": """
        SELECT l.id FROM cash_bankline l LEFT JOIN cash_payment m ON m.bank_line_id = l.id
          LEFT JOIN ledger_posting p ON p.source_kind = 'payment' AND p.source_id = m.id
         WHERE l.minor > 0 AND p.id IS NULL""",
    "a line taken in twice": """
        SELECT min(text) FROM cash_bankline GROUP BY text, minor HAVING count(*) > 1""",
    "an application without its posting": """
        SELECT a.id FROM cash_allocation a
          LEFT JOIN ledger_posting p ON p.source_kind = 'allocation' AND p.source_id = a.id
           AND p.minor = a.minor WHERE p.id IS NULL""",
    "a posting without its application": """
        SELECT p.source_id FROM ledger_posting p
          LEFT JOIN cash_allocation a ON a.id = p.source_id
         WHERE p.source_kind = 'allocation' AND a.id IS NULL""",
    "items that no fact announced": """
        SELECT i.id FROM invoices_item i WHERE NOT EXISTS (
            SELECT FROM plumbing_event e WHERE e.name LIKE 'invoices.%'
               AND e.data->'item_ids' @> to_jsonb(i.id))""",
    "payments that no fact announced": """
        SELECT m.id FROM cash_payment m WHERE NOT EXISTS (
            SELECT FROM plumbing_event e WHERE e.data->'payment_ids' @> to_jsonb(m.id))""",
    "facts announced of items that are not there": """
        SELECT e.id FROM plumbing_event e, jsonb_array_elements(e.data->'item_ids') one
         WHERE e.name LIKE 'invoices.%'
           AND NOT EXISTS (SELECT FROM invoices_item i WHERE i.id = one::bigint)""",
    "a key claimed without an answer": """
        SELECT key FROM controls_idempotencykey WHERE result IS NULL""",
    "more orders accepted than credit": """
        SELECT e.customer_id FROM credit_exposure e JOIN credit_limit l
            ON l.customer_id = e.customer_id
         WHERE e.reserved_minor > l.minor""",
}


def judge(house: House, memory: Memory) -> dict[str, int]:
    """Check everything against what was acknowledged; return how much there was of what."""
    url = house.database_url()
    assert url is not None
    with psycopg.connect(url) as connection:
        for what, statement in HALF_DONE.items():
            found = connection.execute(statement.encode()).fetchall()
            assert found == [], f"{what}: {found[:5]}"
        _orders(connection, memory)
        _there(connection, "SELECT number FROM invoices_invoice", memory.invoices.keys())
        _there(connection, "SELECT number FROM invoices_invoice", memory.imported)
        _there(connection, "SELECT note FROM collections_promise", memory.promises)
        _bank(connection, memory)
    proved = house.creditdesk("verify")
    assert proved.returncode == 0, proved.stderr
    return {
        "orders": len(memory.orders),
        "invoices": len(memory.invoices) + len(memory.imported),
        "bank lines": sum(memory.bank_lines.values()),
        "promises": len(memory.promises),
        "applied by hand": len(memory.applied),
        "refused": len(memory.refused),
        "asked again": memory.repeated,
    }


def _there(
    connection: psycopg.Connection[Any], statement: str, acknowledged: Collection[str]
) -> None:
    """Everything acknowledged stands in the table, once."""
    rows = [str(row[0]) for row in connection.execute(statement.encode()).fetchall()]
    missing = set(acknowledged) - set(rows)
    assert not missing, f"acknowledged and lost: {sorted(missing)[:5]}"
    assert sum(row in acknowledged for row in rows) == len(acknowledged)


def _orders(connection: psycopg.Connection[Any], memory: Memory) -> None:
    """The first decision of each acknowledged order is the one that was answered."""
    rows = connection.execute(
        "SELECT o.reference, min(d.id), (array_agg(d.outcome ORDER BY d.id))[1]"
        " FROM orders_order o JOIN orders_decision d ON d.order_id = o.id GROUP BY 1"
    ).fetchall()
    first = {reference: (decision, outcome) for reference, decision, outcome in rows}
    for reference, answer in memory.orders.items():
        assert first.get(reference) == (answer["decision_id"], answer["outcome"]), reference


def _bank(connection: psycopg.Connection[Any], memory: Memory) -> None:
    rows = connection.execute("SELECT right(text, 9), count(*) FROM cash_bankline GROUP BY 1")
    found = dict(rows.fetchall())
    assert {batch: found.get(batch, 0) for batch in memory.bank_lines} == memory.bank_lines
