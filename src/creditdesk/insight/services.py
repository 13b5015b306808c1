"""The writers of insight: the figures of each morning, exports of decisions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from creditdesk.controls.commands import command
from creditdesk.insight import queries
from creditdesk.insight.models import DecisionExport
from creditdesk.insight.queries import DecisionRow
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.plumbing.services import take_references

BEGINNING: Final = datetime(1990, 1, 1, tzinfo=UTC)
# How far behind the last export is looked: what was recorded before it may have committed after.
OVERLAP: Final = timedelta(days=2)
# A row that was there before bears the mark of who changed it last.
KEEP_MORNING: Final = """
    INSERT INTO insight_morning (company_id, as_of, figures, recorded_at)
    VALUES (%(company_id)s, %(as_of)s, %(figures)s::jsonb, %(at)s)
    ON CONFLICT (company_id, as_of)
    DO UPDATE SET figures = EXCLUDED.figures, recorded_at = EXCLUDED.recorded_at
    RETURNING xmax = 0
"""


@dataclass(frozen=True, slots=True)
class MorningWritten:
    """Which morning was written, and how many figures it holds."""

    as_of: date
    figures: int
    is_new: bool


@command("insight.write_morning")
def write_morning(actor: Actor, *, as_of: date) -> MorningWritten:
    """Keep the figures of a date as they are known now; again, they are brought up to date."""
    written = queries.work_out(actor.company_id, as_of)
    is_new = sql.scalar(
        KEEP_MORNING,
        {
            "company_id": actor.company_id,
            "as_of": as_of,
            "figures": json.dumps(queries.as_json(written)),
            "at": actor.at,
        },
    )
    return MorningWritten(as_of, len(written.figures), is_new)


@dataclass(frozen=True, slots=True)
class Exported:
    """An export of decisions: its reference, by which it is repeated, and its rows."""

    reference: str
    rows: tuple[DecisionRow, ...]


@command("insight.export_decisions")
def export_decisions(actor: Actor, *, since: datetime | None = None) -> Exported:
    """Return the decisions no export held before, and remember them; each id comes once.

    With `since`, everything recorded from then on, exported or not. A rival export waits.
    """
    sql.scalar("SELECT pg_advisory_xact_lock(1003, %s)", [actor.company_id])
    earlier = queries.decision_exports(actor.company_id, limit=1)
    if since is not None:
        rows = queries.decisions(actor.company_id, since=since)
    else:
        looked_from = earlier[0].recorded_at - OVERLAP if earlier else BEGINNING
        rows = queries.decisions_not_exported(actor.company_id, since=looked_from)
    row = DecisionExport.objects.create(
        company_id=actor.company_id,
        reference=take_references(actor, "DEC", 1)[0],
        since=since,
        rows_total=len(rows),
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    sql.copy_rows(
        "insight_exporteddecision",
        ("company_id", "export_id", "decision_id"),
        ((actor.company_id, row.id, one.id) for one in rows),
    )
    return Exported(row.reference, tuple(rows))


def export_again(actor: Actor, reference: str) -> Exported:
    """Return the rows an export held, again; nothing is remembered by it."""
    export = queries.decision_export(actor.company_id, reference)
    rows = queries.exported_decisions(actor.company_id, export, since=BEGINNING)
    return Exported(reference, tuple(rows))
