"""Verify a company's chain in the database: few statements, and names only where one fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from creditdesk.audit_verifier import (
    DIGESTED,
    ENTRY_BYTES,
    FORMAT,
    GENESIS,
    MARK_BYTES,
    Finding,
    Head,
    head_findings,
    row_findings,
)
from creditdesk.controls.audit import queries
from creditdesk.controls.audit.tables import (
    company_of,
    leaf_of,
    missing_columns,
    sealed_tables,
)
from creditdesk.plumbing import sql

NAMED_PER_TABLE_MAX = 200
SEALS_LOOKED_INTO_MAX = 20
ROWS_AT_ONCE = 10_000

# Links that do not agree with themselves or with the one before, and the first after a gap.
_BROKEN = f"""
    WITH linked AS (
        SELECT l.*, lag(l.sequence, 1, 0::bigint) OVER chain AS before,
               lag(l.head, 1, %(genesis)s) OVER chain AS head_before
          FROM controls_seal l WHERE l.company_id = %(company_id)s
        WINDOW chain AS (ORDER BY l.sequence)
    )
    SELECT l.sequence, l.before + 1, l.sequence <> l.before + 1
      FROM linked l
     WHERE l.sequence <> l.before + 1 OR l.previous <> l.head_before
        OR l.digest <> sha256(l.entries) OR l.marks_digest <> sha256(l.marks)
        OR octet_length(l.entries) <> l.rows * {ENTRY_BYTES}
        OR octet_length(l.marks)
           <> l.rows * {MARK_BYTES} * cardinality(string_to_array(l.columns, ','))
        OR l.head <> {
    queries.HEAD.format(
        format=FORMAT, table='l."table"', columns="l.columns", after="l.after_id", upto="l.upto_id"
    )
}
     ORDER BY l.sequence
"""
_KINDS = """
    SELECT DISTINCT "table", columns FROM controls_seal
     WHERE company_id = %(company_id)s ORDER BY 1, 2
"""
_CHANGED = """
    SELECT s.sequence
      FROM controls_seal s
      LEFT JOIN LATERAL (
               SELECT sha256(coalesce(string_agg(
                          int8send(r.id) || {leaf}, ''::bytea ORDER BY r.id), '')) AS digest
                 FROM {table} r
                WHERE {company} = %(company_id)s AND r.id > s.after_id AND r.id <= s.upto_id
           ) found ON true
     WHERE s.company_id = %(company_id)s AND s."table" = %(table)s AND s.columns = %(columns)s
       AND s.sequence BETWEEN %(first)s AND %(last)s
       AND found.digest IS DISTINCT FROM s.digest
     ORDER BY s.sequence
"""
# The same for many links at once: what their entries say together, against the rows from the
# first's to the last's. Links of a second are small; one by one they would cost more than rows.
_STRETCHES = """
    WITH links AS (
        SELECT s.sequence, s.after_id, s.upto_id, s.entries,
               div(sum(s.rows) OVER (ORDER BY s.sequence) - s.rows, %(rows_at_once)s) AS stretch
          FROM controls_seal s
         WHERE s.company_id = %(company_id)s AND s."table" = %(table)s AND s.columns = %(columns)s
    ), stretches AS (
        SELECT min(sequence) AS first, max(sequence) AS last, min(after_id) AS after_id,
               max(upto_id) AS upto_id,
               sha256(string_agg(entries, ''::bytea ORDER BY sequence)) AS digest
          FROM links GROUP BY stretch
    )
    SELECT s.first, s.last
      FROM stretches s
      LEFT JOIN LATERAL (
               SELECT sha256(coalesce(string_agg(
                          int8send(r.id) || {leaf}, ''::bytea ORDER BY r.id), '')) AS digest
                 FROM {table} r
                WHERE {company} = %(company_id)s AND r.id > s.after_id AND r.id <= s.upto_id
           ) found ON true
     WHERE found.digest IS DISTINCT FROM s.digest
     ORDER BY s.first
"""
# Rows that stand where everything was decided long ago, or beyond every id ever given out.
_OUTSIDE = """
    SELECT r.id FROM {table} r
     WHERE {company} = %(company_id)s
       AND ((r.id <= (SELECT max(upto_id) FROM controls_seal WHERE "table" = %(table)s)
             AND NOT EXISTS (SELECT 1 FROM controls_seal s
                              WHERE s.company_id = %(company_id)s AND s."table" = %(table)s
                                AND s.after_id < r.id AND s.upto_id >= r.id))
            OR r.id > coalesce((SELECT {last}), 0))
     ORDER BY r.id LIMIT %(limit)s
"""
_COUNTED = """
    SELECT (SELECT count(*) FROM {table} r WHERE {company} = %(company_id)s AND r.id
                <= (SELECT max(upto_id) FROM controls_seal WHERE "table" = %(table)s)),
           (SELECT coalesce(sum(rows), 0)::bigint FROM controls_seal
             WHERE company_id = %(company_id)s AND "table" = %(table)s),
           (SELECT max(r.id) FROM {table} r), (SELECT {last})
"""
# Read within the statement, after its snapshot: no row it sees can have a later number.
_LAST = "pg_sequence_last_value(pg_get_serial_sequence('{table}', 'id')::regclass)"
# The heads asked for, the last link's, and the kept one, which is marked by a minus.
_KNOWN = """
    WITH kept AS (SELECT sequence, head FROM controls_sealhead WHERE company_id = %(company_id)s)
    SELECT sequence, encode(head, 'hex') FROM controls_seal
     WHERE company_id = %(company_id)s
       AND (sequence = ANY(%(asked)s::bigint[]) OR sequence = (SELECT sequence FROM kept)
            OR sequence = (SELECT max(sequence) FROM controls_seal
                            WHERE company_id = %(company_id)s))
    UNION ALL SELECT -sequence, encode(head, 'hex') FROM kept
"""
# A value must give its digest again; one that is gone must name the erasure that took it.
_VALUES = """
    SELECT id, CASE WHEN value IS NULL THEN 'missing' ELSE 'changed' END
      FROM controls_personalvalue
     WHERE company_id = %(company_id)s
       AND CASE WHEN value IS NULL OR salt IS NULL THEN erasure_id IS NULL
           ELSE encode(sha256(salt || convert_to(value, 'UTF8')), 'hex') <> digest END
     ORDER BY id LIMIT %(limit)s
"""


# A blanked row must name the erasure that took its values.
_REDACTIONS = """
    SELECT d.id, 'missing' FROM controls_redaction d
     WHERE d.company_id = %(company_id)s
       AND NOT EXISTS (SELECT 1 FROM controls_erasure e WHERE e.id = d.erasure_id)
     ORDER BY d.id LIMIT %(limit)s
"""
_ERASED = """
    SELECT (SELECT count(*) FROM controls_personalvalue
             WHERE company_id = %(company_id)s AND erasure_id IS NOT NULL)
         + (SELECT count(*) FROM controls_redaction WHERE company_id = %(company_id)s)
"""


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying found; `unsealed` rows are merely young, `erased` values left by rule."""

    findings: tuple[Finding, ...]
    seals: int
    rows: int
    unsealed: int
    erased: int
    head: str


def verify(company_id: int, *, heads: Iterable[Head] = ()) -> Verification:
    """Return every fault of a company's chain, the first damaged record of each table first.

    `heads` are heads published earlier, kept where nobody of the house can write.
    """
    sql.scalar("SELECT set_config('timezone', 'UTC', false)")
    findings = list(_chain(company_id, heads))
    findings += [found for of in _kinds(company_id) for found in _rows(company_id, *of)]
    findings += _outside(company_id, {found.table for found in findings})
    findings += _values(company_id)
    last, state = queries.head(company_id), queries.state(company_id)
    return Verification(
        findings=tuple(_in_order(findings)),
        seals=state.seals,
        rows=state.rows,
        unsealed=state.unsealed,
        erased=erased(company_id),
        head=last.head if last else "",
    )


def erased(company_id: int) -> int:
    """Return how many personal values and blanked rows were erased by rule."""
    return int(sql.scalar(_ERASED, {"company_id": company_id}))


def _in_order(findings: list[Finding]) -> list[Finding]:
    """Put the chain's own faults first, then each table's records by id; each record once."""
    unique = {(found.table, found.record, found.kind): found for found in reversed(findings)}
    return sorted(unique.values(), key=lambda one: (one.table != "chain", one.table, one.record))


@dataclass(frozen=True, slots=True)
class _Broken:
    sequence: int
    expected: int
    is_gap: bool


@dataclass(frozen=True, slots=True)
class _Link:
    sequence: int
    head: str


def _chain(company_id: int, heads: Iterable[Head]) -> Iterator[Finding]:
    broken = sql.fetch(_Broken, _BROKEN, {"company_id": company_id, "genesis": GENESIS})
    for link in broken[:NAMED_PER_TABLE_MAX]:
        if link.is_gap:
            yield Finding("seal_missing", "chain", link.expected)
        else:
            yield Finding("seal_changed", "chain", link.sequence, seal=link.sequence)
    published = [*queries.published_heads(company_id), *heads]
    # One statement for both, so that a sealer at work cannot come between.
    known = sql.fetch(
        _Link,
        _KNOWN,
        {"company_id": company_id, "asked": [head.sequence for head in published]},
    )
    links = {link.sequence: link.head for link in known if link.sequence > 0}
    kept = [Head(-link.sequence, link.head) for link in known if link.sequence < 0]
    if links and not kept:
        yield Finding("head_differs", "chain", max(links))
    for head in kept:
        if head.sequence < max(links, default=0):
            yield Finding("head_differs", "chain", max(links))
    yield from head_findings([*kept, *published], links)


@dataclass(frozen=True, slots=True)
class _Kind:
    table: str
    columns: str


def _kinds(company_id: int) -> list[tuple[str, tuple[str, ...]]]:
    rows = sql.fetch(_Kind, _KINDS, {"company_id": company_id})
    return [(row.table, tuple(row.columns.split(","))) for row in rows]


def _rows(company_id: int, table: str, columns: tuple[str, ...]) -> Iterator[Finding]:
    if table not in {sealed.table for sealed in sealed_tables()}:
        yield Finding("missing", table, 0)
        return
    gone = missing_columns(table, columns)
    if gone:
        yield Finding("missing", table, 0, ", ".join(name.removeprefix(DIGESTED) for name in gone))
        return
    of = {"company_id": company_id, "table": table, "columns": ",".join(columns)}
    parts = {"table": table, "leaf": leaf_of(table, columns), "company": company_of(table)}
    changed: list[int] = []
    asked = {**of, "rows_at_once": ROWS_AT_ONCE}
    for stretch in sql.fetch(_Stretch, _STRETCHES.format(**parts), asked):
        within = {**of, "first": stretch.first, "last": stretch.last}
        changed += sql.scalars(_CHANGED.format(**parts), within)
    yield from _looked_into(company_id, changed)


@dataclass(frozen=True, slots=True)
class _Stretch:
    first: int
    last: int


def _looked_into(company_id: int, sequences: Sequence[int]) -> Iterator[Finding]:
    """Name the records of links that no longer fit, or the links where they are too many."""
    for seal in queries.seals_numbered(company_id, list(sequences[:SEALS_LOOKED_INTO_MAX])):
        found = row_findings(seal, queries.lines(seal))
        yield from found[:NAMED_PER_TABLE_MAX]
        if not found:
            yield Finding("seal_changed", "chain", seal.sequence, seal=seal.sequence)
    for sequence in sequences[SEALS_LOOKED_INTO_MAX:]:
        yield Finding("changed", "chain", sequence, seal=sequence)


@dataclass(frozen=True, slots=True)
class _Counted:
    found: int
    sealed: int
    highest: int | None
    last: int | None


def _outside(company_id: int, damaged: set[str]) -> list[Finding]:
    """Name rows that no link covers although a later row was sealed."""
    findings = []
    for table in (sealed.table for sealed in sealed_tables()):
        of = {"company_id": company_id, "table": table, "limit": NAMED_PER_TABLE_MAX}
        parts = {
            "table": table, "company": company_of(table), "last": _LAST.format(table=table),
        }  # fmt: skip
        counted = sql.fetch_one(_Counted, _COUNTED.format(**parts), of)
        if counted is None or counted.highest is None:
            continue
        if (
            table in damaged
            or counted.found != counted.sealed
            or counted.highest > (counted.last or 0)
        ):
            ids = sql.scalars(_OUTSIDE.format(**parts), of)
            findings += [Finding("inserted", table, record) for record in ids]
    return findings


@dataclass(frozen=True, slots=True)
class _Value:
    id: int
    kind: str


def _values(company_id: int) -> list[Finding]:
    of = {"company_id": company_id, "limit": NAMED_PER_TABLE_MAX}
    values = sql.fetch(_Value, _VALUES, of)
    blanked = sql.fetch(_Value, _REDACTIONS, of)
    return [
        *(Finding(row.kind, "controls_personalvalue", row.id, "value") for row in values),
        *(Finding(row.kind, "controls_redaction", row.id, "erasure_id") for row in blanked),
    ]
