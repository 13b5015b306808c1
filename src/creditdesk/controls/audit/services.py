"""The sealer: chains what is recorded and settled, and publishes how far the chain reaches.

Recording costs nothing here: rows are written unsealed. The sealer comes by every second and
needs one statement per table, whatever the number of rows and companies.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from creditdesk.audit_verifier import FORMAT, GENESIS, Head
from creditdesk.controls.audit import personal, queries
from creditdesk.controls.audit.tables import Sealed, company_of, leaf_and_marks, sealed_tables
from creditdesk.controls.models import Company, PublishedHead
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock, sql
from creditdesk.plumbing.roles import SALT

LOCK_SPACE = 1_002
CHUNK_ROWS = 50_000
PATIENCE_SECONDS = 0.5
LOOK_SECONDS = 0.02

# Rows up to `upto`, all settled, become one link per company; the last link's head is the first
# ingredient of the next. `sealed_at` is machine time, as all of the audit.
SEAL = """
    WITH leaves AS (
        SELECT {company} AS company_id, r.id, int8send(r.id) || {leaf} AS entry, {marks} AS mark
          FROM {table} r WHERE r.id > %(after)s AND r.id <= %(upto)s
    ), batches AS (
        SELECT company_id, count(*) AS rows,
               string_agg(entry, ''::bytea ORDER BY id) AS entries,
               string_agg(mark, ''::bytea ORDER BY id) AS marks
          FROM leaves GROUP BY company_id
    ), links AS (
        SELECT b.*, coalesce(h.sequence, 0) + 1 AS sequence, coalesce(h.head, %(genesis)s)
               AS previous, sha256(b.entries) AS digest, sha256(b.marks) AS marks_digest,
               %(sealed_at)s::timestamptz AS sealed_at
          FROM batches b LEFT JOIN controls_sealhead h USING (company_id)
    ), sealed AS (
        INSERT INTO controls_seal
               (company_id, sequence, "table", columns, after_id, upto_id, rows, digest,
                marks_digest, previous, head, sealed_at, entries, marks)
        SELECT l.company_id, l.sequence, %(table)s, %(columns)s, %(after)s, %(upto)s, l.rows,
               l.digest, l.marks_digest, l.previous, {head}, l.sealed_at, l.entries, l.marks
          FROM links l
        RETURNING company_id, sequence, head, rows
    ), kept AS (
        INSERT INTO controls_sealhead (company_id, sequence, head)
        SELECT company_id, sequence, head FROM sealed
        ON CONFLICT (company_id) DO UPDATE
           SET sequence = EXCLUDED.sequence, head = EXCLUDED.head
    )
    SELECT coalesce(sum(rows), 0)::bigint FROM sealed
"""


KEEP_VALUES = """
    INSERT INTO controls_personalvalue
           (company_id, digest, salt, value, subject_kind, subject_id, recorded_at)
    SELECT %(company_id)s, v.digest, decode(v.salt, 'hex'), v.value, v.kind, v.subject_id, %(at)s
      FROM unnest(%(digests)s::text[], %(salts)s::text[], %(values)s::text[], %(kinds)s::text[],
                  %(subjects)s::bigint[])
           WITH ORDINALITY AS v (digest, salt, value, kind, subject_id, place)
     ORDER BY v.place
"""


@dataclass(frozen=True, slots=True)
class Sealing:
    """What one round of the sealer did; `waiting` names tables left for the next round."""

    rows: int
    waiting: tuple[str, ...]


def seal(*, patience_seconds: float = PATIENCE_SECONDS) -> Sealing:
    """Seal every settled row of every company; a second sealer at the same time does nothing.

    A row is settled when nobody can still commit a lower id of its table: every transaction that
    was writing there when we looked has ended. A table somebody is still writing to after
    `patience_seconds` waits for the next round.
    """
    lasts = queries.last_ids()
    waiting = _wait_for_writers(patience_seconds)
    young = {
        sealed: lasts[sealed.table]
        for sealed in sealed_tables()
        if sealed.table in lasts and sealed.table not in waiting
    }
    rows = 0
    while young:
        done, young = _seal_round(young)
        rows += done
    return Sealing(rows, tuple(sorted(waiting)))


def _wait_for_writers(patience_seconds: float) -> set[str]:
    """Wait until those writing now have ended; return the tables of those that have not."""
    writing = queries.writers()
    deadline = time.monotonic() + patience_seconds
    while writing and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        writing &= queries.writers()
    return {table for table, _ in writing}


@transaction.atomic
def _seal_round(young: Mapping[Sealed, int]) -> tuple[int, dict[Sealed, int]]:
    """Seal a chunk of each table; return how many rows, and which tables have more."""
    if not sql.scalar("SELECT pg_try_advisory_xact_lock(%s, 0)", [LOCK_SPACE]):
        return 0, {}
    sql.scalar("SELECT set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true)")
    sealed_upto, rows, more = queries.sealed_upto_by_table(), 0, {}
    for sealed, last in young.items():
        after = sealed_upto.get(sealed.table, 0)
        upto = queries.chunk_end(sealed.table, after, last, CHUNK_ROWS) if last > after else None
        if upto is not None:
            rows += _seal_chunk(sealed, after, upto)
            if upto < last:
                more[sealed] = last
    return rows, more


# Rows from before the columns could be erased; blanked ones keep none.
GIVE_SALT = f"""
    UPDATE {{table}} r SET {SALT} = gen_random_uuid()
     WHERE r.id > %(after)s AND r.id <= %(upto)s AND r.{SALT} IS NULL
       AND NOT EXISTS (SELECT 1 FROM controls_redaction d
                        WHERE d."table" = %(table)s AND d.record = r.id)
"""


def _seal_chunk(sealed: Sealed, after: int, upto: int) -> int:
    """Make the table's rows up to an id the next link of each company; return how many rows."""
    if sealed.is_salted:
        salted = GIVE_SALT.format(table=sealed.table)
        sql.execute(salted, {"table": sealed.table, "after": after, "upto": upto})
    leaf, marks = leaf_and_marks(sealed.table, sealed.columns)
    statement = SEAL.format(
        table=sealed.table,
        company=company_of(sealed.table),
        leaf=leaf,
        marks=marks,
        head=queries.HEAD.format(
            format=FORMAT, table="%(table)s", columns="%(columns)s", after="%(after)s",
            upto="%(upto)s",
        ),
    )  # fmt: skip
    rows = sql.scalar(
        statement,
        {
            "after": after, "upto": upto, "table": sealed.table,
            "columns": ",".join(sealed.columns), "genesis": GENESIS, "sealed_at": clock.machine(),
        },
    )  # fmt: skip
    return int(rows)


def without_personal(actor: Actor, command: str, told: dict[str, Any]) -> dict[str, Any]:
    """Return what is to be recorded with personal values kept apart, digests in their place."""
    names = personal.names_of(command)
    if not names:
        return told
    arguments = dict(told.get("arguments") or {})
    name, kind = personal.batch_of(command)
    batch, ids = arguments.get(name), told.get("outcome")
    kept: list[_Kept] = []
    if isinstance(batch, list) and isinstance(ids, list) and len(batch) == len(ids):
        arguments[name] = [
            _kept_apart(one, names, (kind, subject_id), kept)
            for one, subject_id in zip(batch, ids, strict=True)
        ]
    whole = {**told, "arguments": arguments}
    recorded = dict(_kept_apart(whole, names, _subject(arguments), kept))
    _keep_values(actor, kept)
    return recorded


@dataclass(frozen=True, slots=True)
class _Kept:
    """A personal value and whose it is."""

    one: personal.Taken
    kind: str
    subject_id: int | None


def _kept_apart(
    told: object, names: frozenset[str], subject: tuple[str, int | None], kept: list[_Kept]
) -> Any:  # noqa: ANN401 - JSON
    taken: list[personal.Taken] = []
    recorded = personal.take_out(told, names, taken)
    kept += [_Kept(one, *subject) for one in taken]
    return recorded


def _subject(arguments: Mapping[str, Any]) -> tuple[str, int | None]:
    """Return whose values the arguments hold, as far as they say so."""
    for kind in ("contact", "customer"):
        subject_id = arguments.get(f"{kind}_id")
        if isinstance(subject_id, int):
            return kind, subject_id
    return "", None


def keep_values(
    actor: Actor, taken: Sequence[personal.Taken], kind: str, subject_id: int | None
) -> None:
    """Keep one subject's personal values, under the digests that stand for them."""
    _keep_values(actor, [_Kept(one, kind, subject_id) for one in taken])


def _keep_values(actor: Actor, kept: Sequence[_Kept]) -> None:
    """Keep personal values where they can be erased, under the digests that stand for them."""
    if not kept:
        return
    sql.execute(
        KEEP_VALUES,
        {
            "company_id": actor.company_id,
            "at": actor.at,
            "digests": sql.array([each.one.digest for each in kept]),
            "salts": sql.array([each.one.salt.hex() for each in kept]),
            "values": sql.array([each.one.value for each in kept]),
            "kinds": sql.array([each.kind for each in kept]),
            "subjects": sql.array([each.subject_id for each in kept]),
        },
        planned=True,
    )


def set_auditor_email(company_id: int, email: str) -> None:
    """Let the company's daily head be mailed to this address; empty ends it."""
    Company.objects.filter(id=company_id).update(auditor_email=email)


def note_published(actor: Actor, head: Head, places: Sequence[str], *, chain: int) -> int:
    """Record that a head of a chain left the house today, and to where; once a day and place."""
    rows = [
        PublishedHead(
            company_id=chain,
            on=actor.today,
            sequence=head.sequence,
            head=head.head,
            sent_to=place,
            recorded_at=actor.at,
        )
        for place in places
    ]
    return len(PublishedHead.objects.bulk_create(rows, ignore_conflicts=True))
