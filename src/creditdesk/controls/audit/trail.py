"""What is read of the audit trail itself: who did what, when and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.controls.audit.queries import sealed_upto
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One act: who, when, what, with what and with which outcome; and the link that seals it."""

    id: int
    at: datetime
    machine_at: datetime
    actor: str
    command: str
    arguments: str
    outcome: str
    reason: str
    is_sealed: bool


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A page of the trail, newest first."""

    rows: list[EntryRow]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which acts are wanted; empty values want every."""

    actor: str = ""
    command: str = ""
    text: str = ""
    since: date | None = None
    until: date | None = None


_WANTED = """
    WHERE e.company_id = %(company_id)s
      AND (%(actor)s = '' OR e.actor = %(actor)s)
      AND (%(command)s = '' OR e.command = %(command)s)
      AND (%(since)s::date IS NULL OR e.at >= %(since)s::date)
      AND (%(until)s::date IS NULL OR e.at < %(until)s::date + 1)
      AND (%(text)s = '' OR strpos(lower(e.arguments::text || ' ' || coalesce(e.outcome::text, '')
           || ' ' || e.reason), lower(%(text)s)) > 0)
"""


def entries(company_id: int, wanted: Wanted, *, page: int = 1, size: int = 50) -> EntryPage:
    """Return a page of the company's acts, newest first."""
    params = {
        "company_id": company_id, "actor": wanted.actor, "command": wanted.command,
        "text": wanted.text, "since": wanted.since, "until": wanted.until,
        "limit": size, "offset": (page - 1) * size, "upto": sealed_upto("controls_auditentry"),
    }  # fmt: skip
    total = int(sql.scalar(f"SELECT count(*) FROM controls_auditentry e {_WANTED}", params))
    rows = sql.fetch(
        EntryRow,
        f"""
        SELECT e.id, e.at, e.machine_at, e.actor, e.command, e.arguments::text,
               coalesce(e.outcome::text, ''), e.reason, e.id <= %(upto)s
          FROM controls_auditentry e {_WANTED}
         ORDER BY e.id DESC LIMIT %(limit)s OFFSET %(offset)s
        """,
        params,
    )
    return EntryPage(rows, total, page, size)


# What a filter offers comes from the latest acts: a trail of millions is not read for it.
ACTS_LOOKED_AT = 100_000
_LATELY = """
    SELECT DISTINCT {column} FROM (
        SELECT {column} FROM controls_auditentry WHERE company_id = %s ORDER BY id DESC LIMIT %s
    ) AS lately ORDER BY 1
"""


def actors(company_id: int) -> list[str]:
    """Return everybody who acted in the company of late, by name."""
    return sql.scalars(_LATELY.format(column="actor"), [company_id, ACTS_LOOKED_AT])


def commands(company_id: int) -> list[str]:
    """Return every command that was given in the company of late, by name."""
    return sql.scalars(_LATELY.format(column="command"), [company_id, ACTS_LOOKED_AT])


@dataclass(frozen=True, slots=True)
class _Value:
    digest: str
    value: str | None


def values_of(company_id: int, digests: Iterable[str]) -> dict[str, str | None]:
    """Return digest → the personal value it stands for, `None` where it was erased by rule."""
    rows = sql.fetch(
        _Value,
        "SELECT digest, value FROM controls_personalvalue"
        " WHERE company_id = %s AND digest = ANY(%s)",
        [company_id, sorted(set(digests))],
    )
    return {row.digest: row.value for row in rows}
