"""The journal of alerts: one row for each change, never rewritten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql

_WRITE: Final = """
    INSERT INTO monitoring_alertstep
        (company_id, alert_id, act, severity, value, threshold, outcome, until, body,
         policy_version, happened_on, recorded_at, recorded_by)
    SELECT %(company_id)s, g.alert_id, g.act, g.severity, g.value, g.threshold, g.outcome,
           g.until, g.body::jsonb, %(version)s, %(on)s, %(at)s, %(by)s
      FROM unnest(%(alerts)s::bigint[], %(acts)s::text[], %(severities)s::text[],
                  %(values)s::bigint[], %(thresholds)s::bigint[], %(outcomes)s::text[],
                  %(untils)s::date[], %(bodies)s::text[]) WITH ORDINALITY
        AS g (alert_id, act, severity, value, threshold, outcome, until, body, place)
     ORDER BY g.place
    RETURNING id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStep:
    """A change of an alert as it is to be kept; `body` is JSON."""

    alert_id: int
    act: str
    severity: str
    value: int
    threshold: int
    outcome: str = ""
    until: date | None = None
    body: str = "{}"


def write(actor: Actor, new: Sequence[NewStep], version: int) -> list[int]:
    """Write the steps; return their ids in order."""
    if not new:
        return []
    found: list[int] = sql.scalars(
        _WRITE,
        {
            "company_id": actor.company_id,
            "version": version,
            "on": actor.today,
            "at": actor.at,
            "by": actor.name,
            "alerts": [one.alert_id for one in new],
            "acts": [one.act for one in new],
            "severities": [one.severity for one in new],
            "values": [one.value for one in new],
            "thresholds": [one.threshold for one in new],
            "outcomes": [one.outcome for one in new],
            "untils": [one.until for one in new],
            "bodies": [one.body for one in new],
        },
    )
    return found
