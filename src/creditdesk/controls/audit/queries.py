"""What is read of the chain: how far it reaches, its heads, its links, what is not yet sealed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from creditdesk.audit_verifier import Head, Line, Seal
from creditdesk.controls.audit.tables import company_of, sealed_tables, text_of
from creditdesk.plumbing import sql

# The head of a link `l`; audit_verifier.head_of says the same in Python.
HEAD = """sha256(convert_to(to_json(ARRAY[
    '{format}', l.company_id::text, l.sequence::text, {table}, {columns}, {after}::text,
    {upto}::text, l.rows::text, encode(l.digest, 'hex'), encode(l.marks_digest, 'hex'),
    encode(l.previous, 'hex'),
    to_char(l.sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
])::text, 'UTF8'))"""
_SEALED_AT = """to_char(l.sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


class _Last(NamedTuple):
    table: str
    last: int | None


def last_ids() -> dict[str, int]:
    """Return table → the last id given out, for every sealed table that gave one."""
    tables = [sealed.table for sealed in sealed_tables()]
    rows = sql.fetch(
        _Last,
        "SELECT t, pg_sequence_last_value(pg_get_serial_sequence(t, 'id')::regclass)"
        " FROM unnest(%s::text[]) AS t",
        [tables],
    )
    return {row.table: row.last for row in rows if row.last is not None}


@dataclass(frozen=True, slots=True)
class _Writer:
    table: str
    transaction: str


def writers() -> set[tuple[str, str]]:
    """Return (table, transaction) of everybody else who took an id or wrote and has not ended.

    Whoever takes an id holds the sequence's lock, and whoever inserts holds the table's, from
    before the id is known until the row is visible to all or gone.
    """
    tables = [sealed.table for sealed in sealed_tables()]
    rows = sql.fetch(
        _Writer,
        """
        WITH held AS MATERIALIZED (
            SELECT DISTINCT relation, virtualtransaction FROM pg_locks
             WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND pid IS DISTINCT FROM pg_backend_pid()
        )
        SELECT DISTINCT t, held.virtualtransaction
          FROM unnest(%s::text[]) AS t
         CROSS JOIN LATERAL (
               VALUES (t::regclass), (pg_get_serial_sequence(t, 'id')::regclass)) AS of (relation)
          JOIN held ON held.relation = of.relation
        """,
        [tables],
    )
    return {(row.table, row.transaction) for row in rows}


class _Upto(NamedTuple):
    table: str
    upto_id: int


def sealed_upto_by_table() -> dict[str, int]:
    """Return table → up to which id it is sealed, for every table that is."""
    tables = [sealed.table for sealed in sealed_tables()]
    rows = sql.fetch(
        _Upto,
        "SELECT t, s.upto_id FROM unnest(%s::text[]) AS t CROSS JOIN LATERAL (SELECT upto_id"
        ' FROM controls_seal WHERE "table" = t ORDER BY upto_id DESC LIMIT 1) AS s',
        [tables],
    )
    return {row.table: row.upto_id for row in rows}


def sealed_upto(table: str) -> int:
    """Return up to which id the table is sealed; 0 before the first seal."""
    return int(
        sql.scalar(
            'SELECT coalesce(max(upto_id), 0) FROM controls_seal WHERE "table" = %s', [table]
        )
    )


@dataclass(frozen=True, slots=True)
class _Chunk:
    rows: int
    last: int | None


def chunk_end(table: str, after: int, last: int, rows_max: int) -> int | None:
    """Return up to which id the next chunk reaches; `None` when nothing is there to seal."""
    found = sql.fetch_one(
        _Chunk,
        f"SELECT count(*), max(id) FROM (SELECT id FROM {table} WHERE id > %s AND id <= %s"
        " ORDER BY id LIMIT %s) AS chunk",
        [after, last, rows_max],
    )
    if found is None or found.last is None:
        return None
    return last if found.rows < rows_max else found.last


def head(company_id: int) -> Head | None:
    """Return the last link of the company's chain, or `None` before the first."""
    return sql.fetch_one(
        Head,
        "SELECT sequence, encode(head, 'hex'), '' FROM controls_sealhead WHERE company_id = %s",
        [company_id],
    )


def published_heads(company_id: int) -> list[Head]:
    """Return the heads that left the house, oldest first."""
    return sql.fetch(
        Head,
        'SELECT DISTINCT sequence, head, "on"::text FROM controls_publishedhead'
        " WHERE company_id = %s ORDER BY 3, 1",
        [company_id],
    )


@dataclass(frozen=True, slots=True)
class State:
    """How far a company's chain reaches: links, rows, the latest link, what still waits."""

    seals: int
    rows: int
    sealed_at: datetime | None
    unsealed: int


def state(company_id: int) -> State:
    """Return the state of the company's chain."""
    unsealed = sum(unsealed_rows(company_id).values())
    found = sql.fetch_one(
        State,
        "SELECT count(*), coalesce(sum(rows), 0)::bigint, max(sealed_at), %s::bigint"
        " FROM controls_seal WHERE company_id = %s",
        [unsealed, company_id],
    )
    return found or State(0, 0, None, unsealed)


def unsealed_rows(company_id: int) -> dict[str, int]:
    """Return table → how many of the company's rows are not yet sealed, where there are any."""
    found = {}
    for sealed in sealed_tables():
        count = sql.scalar(
            f"SELECT count(*) FROM {sealed.table} r"
            f" WHERE {company_of(sealed.table)} = %s AND r.id > %s",
            [company_id, sealed_upto(sealed.table)],
        )
        if count:
            found[sealed.table] = int(count)
    return found


@dataclass(frozen=True, slots=True)
class _SealRow:
    company_id: int
    sequence: int
    table: str
    columns: str
    after_id: int
    upto_id: int
    rows: int
    digest: str
    marks_digest: str
    previous: str
    sealed_at: str
    head: str
    entries: bytes
    marks: bytes


_SEAL = f"""
    SELECT l.company_id, l.sequence, l."table", l.columns, l.after_id, l.upto_id, l.rows,
           encode(l.digest, 'hex'), encode(l.marks_digest, 'hex'), encode(l.previous, 'hex'),
           {_SEALED_AT}, encode(l.head, 'hex'), l.entries, l.marks
      FROM controls_seal l WHERE l.company_id = %(company_id)s
"""
SEALS_AT_ONCE = 200


def seals(company_id: int) -> Iterator[Seal]:
    """Yield the links of a company in order."""
    after = 0
    while found := sql.fetch(
        _SealRow,
        f"{_SEAL} AND l.sequence > %(after)s ORDER BY l.sequence LIMIT %(limit)s",
        {"company_id": company_id, "after": after, "limit": SEALS_AT_ONCE},
    ):
        yield from map(_seal, found)
        after = found[-1].sequence


def seals_numbered(company_id: int, sequences: list[int]) -> list[Seal]:
    """Return some links of a company, in order."""
    found = sql.fetch(
        _SealRow,
        f"{_SEAL} AND l.sequence = ANY(%(sequences)s) ORDER BY l.sequence",
        {"company_id": company_id, "sequences": sequences},
    )
    return [_seal(row) for row in found]


def _seal(row: _SealRow) -> Seal:
    return Seal(
        company_id=row.company_id,
        sequence=row.sequence,
        table=row.table,
        columns=tuple(row.columns.split(",")),
        after_id=row.after_id,
        upto_id=row.upto_id,
        rows=row.rows,
        digest=row.digest,
        marks_digest=row.marks_digest,
        previous=row.previous,
        sealed_at=row.sealed_at,
        head=row.head,
        entries=bytes(row.entries),
        marks=bytes(row.marks),
    )


def lines(seal: Seal) -> list[Line]:
    """Return the rows as they stand that a link covers, and those it covered that moved away."""
    return sql.fetch(
        Line,
        f"""
        SELECT r.id, {text_of(seal.table, seal.columns)} FROM {seal.table} r
         WHERE r.id > %(after)s AND r.id <= %(upto)s
           AND ({company_of(seal.table)} = %(company_id)s OR r.id = ANY(%(sealed)s))
         ORDER BY r.id
        """,
        {
            "after": seal.after_id, "upto": seal.upto_id, "company_id": seal.company_id,
            "sealed": _ids(seal),
        },
    )  # fmt: skip


def _ids(seal: Seal) -> list[int]:
    return [
        int.from_bytes(seal.entries[place : place + 8], "big", signed=True)
        for place in range(0, len(seal.entries), 40)
    ]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Ids of a table that are sealed with the same columns."""

    columns: tuple[str, ...]
    after_id: int
    upto_id: int


def stretches(company_id: int, table: str) -> list[Stretch]:
    """Return how a table was sealed over time, oldest first, whole up to where it is sealed."""
    found: list[Stretch] = []
    rows = sql.fetch(
        _Stretch,
        'SELECT columns, max(upto_id) FROM controls_seal WHERE company_id = %s AND "table" = %s'
        " GROUP BY columns ORDER BY 2",
        [company_id, table],
    )
    for row in rows:
        after = found[-1].upto_id if found else 0
        found.append(Stretch(tuple(row.columns.split(",")), after, row.upto_id))
    upto = sealed_upto(table)
    if not found or found[-1].upto_id < upto:
        columns = next(one.columns for one in sealed_tables() if one.table == table)
        found.append(Stretch(columns, found[-1].upto_id if found else 0, upto))
    return found


@dataclass(frozen=True, slots=True)
class _Stretch:
    columns: str
    upto_id: int


LINES_AT_ONCE = 5_000


def every_line(company_id: int, table: str) -> Iterator[Line]:
    """Yield the company's rows of a table up to where it is sealed, by id."""
    for stretch in stretches(company_id, table):
        after = stretch.after_id
        while found := sql.fetch(
            Line,
            f"""
            SELECT r.id, {text_of(table, stretch.columns)} FROM {table} r
             WHERE {company_of(table)} = %(company_id)s AND r.id > %(after)s AND r.id <= %(upto)s
             ORDER BY r.id LIMIT %(limit)s
            """,
            {
                "company_id": company_id, "after": after, "upto": stretch.upto_id,
                "limit": LINES_AT_ONCE,
            },
        ):  # fmt: skip
            yield from found
            after = found[-1].id


@contextmanager
def snapshot() -> Iterator[None]:
    """Within the block every query sees the same moment, whoever writes meanwhile."""
    with transaction.atomic():
        if len(connection.savepoint_ids) == 0:
            sql.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def auditor_email(company_id: int) -> str:
    """Return to which address the company's head is mailed; empty if to none."""
    return str(
        sql.scalar("SELECT auditor_email FROM controls_company WHERE id = %s", [company_id]) or ""
    )
