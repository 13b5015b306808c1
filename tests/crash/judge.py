"""What must hold after a crash: all that was acknowledged, once; and nothing half done."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import psycopg

from tests.crash.house import House
from tests.crash.memory import Line, Memory

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
        SELECT number FROM invoices_invoice GROUP BY company_id, number HAVING count(*) > 1""",
    "an issued invoice without its document, lines or taxes": """
        SELECT v.number FROM invoices_invoice v
          LEFT JOIN invoices_issueddocument d ON d.invoice_id = v.id
         WHERE v.number ~ '^INV-[0-9]{4}-[0-9]{6}$'
           AND (NOT EXISTS (SELECT FROM invoices_issuedline l WHERE l.document_id = d.id)
                OR NOT EXISTS (SELECT FROM invoices_issuedtax t WHERE t.document_id = d.id)
                OR NOT EXISTS (SELECT FROM plumbing_file f WHERE f.id = d.pdf_file_id))""",
    "an issued invoice whose postings are not its net and tax": """
        SELECT v.number FROM invoices_invoice v
          JOIN invoices_issueddocument d ON d.invoice_id = v.id
          JOIN invoices_item i ON i.invoice_id = v.id
         WHERE (SELECT sum(p.minor) FROM ledger_posting p
                 WHERE p.source_kind = 'item' AND p.source_id = i.id) IS DISTINCT FROM i.total_minor
            OR i.total_minor <> v.total_minor""",
    "a number taken of a range and on no invoice, or the reverse": """
        SELECT s.name, s.next_number, c.highest, c.count FROM plumbing_sequence s
          FULL JOIN (SELECT company_id, left(number, 8) AS name, count(*) AS count,
                            max(right(number, 6)::int) AS highest FROM invoices_invoice
                      WHERE number ~ '^INV-[0-9]{4}-[0-9]{6}$' GROUP BY 1, 2) c
            ON c.company_id = s.company_id AND c.name = s.name
         WHERE coalesce(s.name, c.name) LIKE 'INV-%'
           AND (s.next_number - 1 IS DISTINCT FROM c.highest
                OR c.count IS DISTINCT FROM c.highest)""",
    "a receipt without its payment and posting": """
        SELECT l.id FROM cash_bankline l LEFT JOIN cash_payment m ON m.bank_line_id = l.id
          LEFT JOIN ledger_posting p ON p.source_kind = 'payment' AND p.source_id = m.id
         WHERE l.minor > 0 AND p.id IS NULL""",
    "a line taken in twice": """
        SELECT min(text) FROM cash_bankline GROUP BY company_id, text, minor HAVING count(*) > 1""",
    "a statement without some of its lines": """
        SELECT s.id FROM cash_statement s
         WHERE s.lines_new <> (SELECT count(*) FROM cash_bankline l WHERE l.statement_id = s.id)""",
    "a payment that is not what its line brought": """
        SELECT m.id FROM cash_payment m JOIN cash_bankline l ON l.id = m.bank_line_id
         WHERE (m.total_minor, m.currency) <> (l.minor, l.currency)""",
    "a line applied for more or less than what is gone of it": """
        SELECT m.reference FROM cash_payment m
         WHERE m.total_minor - m.unapplied_minor <> (
            SELECT coalesce(sum(a.minor), 0) FROM cash_allocation a
             WHERE a.payment_id = m.id AND a.undone_at IS NULL)""",
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
    "an answer of the API that was never given": """
        SELECT key FROM controls_apianswer WHERE status IS NULL""",
    "an answer to a key without the audit of what was done": """
        SELECT command FROM (
            SELECT company_id, command, count(*) AS answers FROM controls_idempotencykey
             GROUP BY 1, 2) k
         WHERE answers > (SELECT count(*) FROM controls_auditentry a
                           WHERE a.company_id = k.company_id AND a.command = k.command)""",
    "more loaded of a file than there is in it": """
        SELECT reference FROM plumbing_importrun
         WHERE rows_done > rows_total OR rows_accepted + rows_known + rows_rejected <> rows_done
            OR status = 'done' AND rows_done <> rows_total
            OR status = 'waiting' AND rows_done > 0""",
    "an order accepted beyond the limit it was measured by": """
        SELECT d.id FROM orders_decision d WHERE d.outcome = 'accepted'
           AND (d.inputs->'facts'->>'with_order_minor')::bigint
             > (d.inputs->'facts'->>'limit_minor')::bigint""",
    # Money that is not applied yet makes room for orders.
    "more orders accepted than credit and money": """
        SELECT e.customer_id FROM credit_exposure e JOIN credit_limit l
            ON l.customer_id = e.customer_id
         WHERE e.reserved_minor > l.minor + (
            SELECT coalesce(sum(m.total_minor), 0) FROM cash_payment m
             WHERE m.customer_id = e.customer_id)""",
}

# What may stand between while somebody serves, and must be over once everything has settled.
UNSETTLED = {
    "a file loaded in part": """
        SELECT reference FROM plumbing_importrun WHERE status NOT IN ('waiting', 'done')""",
    "a job that did not end well": """
        SELECT j.id || ' ' || j.task_name || ' ' || j.status || ' ' || coalesce(f.code, '')
          FROM procrastinate_jobs j LEFT JOIN plumbing_jobfault f ON f.job_id = j.id
         WHERE j.status <> 'succeeded' AND (j.queueing_lock IS NULL OR j.status IN
               ('todo', 'doing', 'failed'))""",
}
Connection = psycopg.Connection[Any]


def judge(house: House, memory: Memory) -> dict[str, int]:
    """Check everything against what was acknowledged; return how much there was of what."""
    done = _dropped(house, memory)
    with _connected(house) as connection:
        _nothing(connection, HALF_DONE)
        _orders(connection, memory)
        numbers = "SELECT number FROM invoices_invoice"
        _once(connection, numbers, memory.invoices.keys())
        _once(connection, numbers, memory.issued)
        _once(connection, numbers, memory.imported)
        _answers(connection, memory)
        _forms(connection, memory)
        _bank_lines(connection, memory.uploaded | done)
    _proved(house)
    return memory.told()


def judge_settled(house: House, memory: Memory) -> None:
    """Nothing is under way any more: every acknowledged job was done, every file taken in."""
    with _connected(house) as connection:
        _nothing(connection, HALF_DONE | UNSETTLED)
        _once(connection, "SELECT id FROM procrastinate_jobs", {str(one) for one in memory.jobs})
        _bank_lines(connection, memory.dropped)
    done = house.drop / "crash" / "done"
    assert {f"{one}.csv" for one in memory.dropped} <= {one.name for one in done.iterdir()}
    _proved(house)


def _connected(house: House) -> Connection:
    """Return a connection that sees one moment, while the worker goes on."""
    url = house.database_url()
    assert url is not None
    connection = psycopg.connect(url)
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return connection


def _nothing(connection: Connection, statements: Mapping[str, str]) -> None:
    for what, statement in statements.items():
        found = connection.execute(statement.encode()).fetchall()
        assert found == [], f"{what}: {found[:5]}"


def _proved(house: House) -> None:
    proved = house.creditdesk("verify")
    assert proved.returncode == 0, proved.stderr


def _once(connection: Connection, statement: str, acknowledged: Collection[str]) -> None:
    """Everything acknowledged stands in the table, once."""
    rows = Counter(str(row[0]) for row in connection.execute(statement.encode()).fetchall())
    wrong = {one: rows[one] for one in acknowledged if rows[one] != 1}
    assert not wrong, f"acknowledged, and there so many times: {list(wrong.items())[:5]}"


def _orders(connection: Connection, memory: Memory) -> None:
    """The first decision of each acknowledged order is the one that was answered."""
    rows = connection.execute(
        "SELECT o.reference, min(d.id), (array_agg(d.outcome ORDER BY d.id))[1]"
        " FROM orders_order o JOIN orders_decision d ON d.order_id = o.id GROUP BY 1"
    ).fetchall()
    first = {reference: (decision, outcome) for reference, decision, outcome in rows}
    for reference, answer in memory.orders.items():
        assert first.get(reference) == (answer["decision_id"], answer["outcome"]), reference


def _answers(connection: Connection, memory: Memory) -> None:
    """The API kept the answers it gave, word for word; none without effect, nor the reverse."""
    rows = connection.execute("SELECT key, status, body FROM controls_apianswer").fetchall()
    kept = {key: (status, json.loads(body)) for key, status, body in rows}
    for key, said in memory.answers.items():
        assert kept.get(key) == (200, said), f"{key}: answered {said}, kept {kept.get(key)}"
    effects = connection.execute(
        "SELECT 'key-' || reference FROM orders_order UNION"
        " SELECT 'key-' || split_part(number, '-', 2) FROM invoices_invoice"
        " WHERE number LIKE 'INV-%' AND number !~ '^INV-[0-9]{4}-[0-9]{6}$' UNION"
        " SELECT 'key-' || customer_reference FROM invoices_invoice"
        " WHERE number ~ '^INV-[0-9]{4}-[0-9]{6}$'"
    ).fetchall()
    without = kept.keys() ^ {key for (key,) in effects}
    assert not without, f"an effect without answer, or the reverse: {sorted(without)[:5]}"


def _forms(connection: Connection, memory: Memory) -> None:
    """Each form answered "done" is kept under its key and did what it says, once."""
    rows = connection.execute("SELECT command, key FROM controls_idempotencykey").fetchall()
    kept = set(rows)
    for command, done in memory.done.items():
        missing = [key for key in done if (command, key) not in kept]
        assert not missing, f"{command}: answered, and no answer kept: {missing[:5]}"
        audited = _count(connection, "controls_auditentry", command)
        answered = sum(one == command for one, _ in kept)
        assert audited - answered == _unkeyed(connection, command), f"{command}: {audited}, kept"
    assert not {key for _, key in kept} & memory.refused, "refused, and an answer of success kept"
    notes = [str(note) for note in memory.done.get("collections.promise", {}).values()]
    _once(connection, "SELECT note FROM collections_promise", notes)
    applied = connection.execute(
        "SELECT payment_id, item_id, minor FROM cash_allocation WHERE undone_at IS NULL"
    ).fetchall()
    times = Counter(applied)
    for one in memory.done.get("cash.apply", {}).values():
        assert times[one] == 1, f"applied by hand {one}, and there {times[one]} times"


def _count(connection: Connection, table: str, command: str) -> int:
    found = connection.execute(
        f"SELECT count(*) FROM {table} WHERE command = %s".encode(), [command]
    ).fetchone()
    return int(found[0]) if found else 0


def _unkeyed(connection: Connection, command: str) -> int:
    """Return how often machines did it, which name no key."""
    found = connection.execute(
        "SELECT count(*) FROM controls_auditentry WHERE command = %s AND user_id IS NULL", [command]
    ).fetchone()
    return int(found[0]) if found else 0


def _bank_lines(connection: Connection, files: Mapping[str, Sequence[Line]]) -> None:
    """Each line of each file is there once with its amount, and nothing else of the file."""
    rows = connection.execute("SELECT minor, text FROM cash_bankline").fetchall()
    found: dict[str, list[Line]] = defaultdict(list)
    for minor, text in rows:
        found[text.rpartition(" ")[2]].append((minor, text))
    for batch, lines in files.items():
        assert sorted(found[batch]) == sorted(lines), f"{batch}: {found[batch]} of {lines}"


def _dropped(house: House, memory: Memory) -> dict[str, list[Line]]:
    """Return the dropped files that are done; each of the others waits, none is refused."""
    place = house.drop / "crash"
    refused = list((place / "refused").glob("*"))
    assert not refused, f"refused: {refused[0].name}"
    done = {}
    for batch, lines in memory.dropped.items():
        # In this order: a file may move meanwhile, but only one way.
        waits, is_done = ((place / one / f"{batch}.csv").exists() for one in ("bank", "done"))
        assert waits or is_done, f"{batch}.csv is gone"
        if is_done:
            done[batch] = lines
    return done
