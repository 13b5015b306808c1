"""The writer of insight: the figures of each morning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditdesk.controls.commands import command
from creditdesk.insight import queries
from creditdesk.insight.models import Morning
from creditdesk.kernel.actor import Actor


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
    _, is_new = Morning.objects.update_or_create(
        company_id=actor.company_id,
        as_of=as_of,
        defaults={"figures": queries.as_json(written), "recorded_at": actor.at},
    )
    return MorningWritten(as_of, len(written.figures), is_new)
