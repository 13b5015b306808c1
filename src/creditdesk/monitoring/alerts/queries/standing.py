"""Alerts as people see them: lists, one with its history, counts; news that wait."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

STATES: Final = ("open", "snoozed", "closed")
_ALERTS: Final = """
    SELECT a.id, a.customer_id, c.number AS customer_number, c.name AS customer_name, a.signal,
           a.severity, a.owner, a.assigned_to_id, a.assigned_to, a.state, a.snoozed_until,
           a.outcome, a.value, a.threshold, a.event_on, a.policy_version, a.raised_on, a.closed_on
      FROM monitoring_alert a JOIN customers_customer c ON c.id = a.customer_id
     WHERE a.company_id = %(company_id)s
"""
_FILTERED: Final = """
       AND (%(state)s = '' OR a.state = %(state)s)
       AND (%(severity)s = '' OR a.severity = %(severity)s)
       AND (%(owner)s = '' OR a.owner = %(owner)s)
       AND (%(signal)s = '' OR a.signal = %(signal)s)
       AND (%(assigned_to_id)s::bigint IS NULL OR a.assigned_to_id = %(assigned_to_id)s)
       AND (%(customer_id)s::bigint IS NULL OR a.customer_id = %(customer_id)s)
"""
_ORDER: Final = " ORDER BY a.rank DESC, a.raised_on DESC, a.id DESC"
_STEPS: Final = """
    SELECT id, act, severity, value, threshold, outcome, until, body::text AS body, policy_version,
           happened_on, recorded_at, recorded_by
      FROM monitoring_alertstep WHERE company_id = %s AND alert_id = %s ORDER BY id DESC
"""
_NEWS: Final = """
    SELECT id, kind, told_on, source, matched_by, array_to_json(proposed)::text AS proposed,
           body::text AS body, customer_id, state, recorded_at
      FROM monitoring_news WHERE company_id = %(company_id)s
"""


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert as it stands."""

    id: int
    customer_id: int
    customer_number: str
    customer_name: str
    signal: str
    severity: str
    owner: str
    assigned_to_id: int | None
    assigned_to: str
    state: str
    snoozed_until: date | None
    outcome: str
    value: int
    threshold: int
    event_on: date | None
    policy_version: int
    raised_on: date
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Some of the alerts, the most pressing first, and how many there are in all."""

    rows: Sequence[AlertRow]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class StepRow:
    """A change of an alert; `told` are the values behind it and what a person wrote."""

    id: int
    act: str
    severity: str
    value: int
    threshold: int
    outcome: str
    until: date | None
    body: str
    policy_version: int
    happened_on: date
    recorded_at: datetime
    recorded_by: str

    @property
    def told(self) -> dict[str, Any]:
        """What stands in the body."""
        return dict(json.loads(self.body))

    @property
    def facts(self) -> dict[str, Any]:
        """The values that were seen; nothing once erased."""
        return dict(self.told.get("facts", {}))

    @property
    def note(self) -> str:
        """What a person wrote."""
        return str(self.told.get("note", ""))


@dataclass(frozen=True, slots=True)
class _News:
    id: int
    kind: str
    told_on: date
    source: str
    matched_by: str
    proposed: str
    body: str
    customer_id: int | None
    state: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class NewsRow:
    """News, whom they name, and whom they may be about."""

    id: int
    kind: str
    told_on: date
    source: str
    matched_by: str
    proposed: tuple[int, ...]
    name: str
    identifier: str
    text: str
    customer_id: int | None
    state: str
    recorded_at: datetime


def alerts(
    company_id: int,
    *,
    state: str = "",
    severity: str = "",
    owner: str = "",
    signal: str = "",
    customer_id: int | None = None,
    assigned_to_id: int | None = None,
    page: int = 1,
    size: int = 50,
) -> AlertPage:
    """Return the alerts that fit, the most pressing and latest first; an empty filter fits any."""
    params = {
        "company_id": company_id, "state": state, "severity": severity, "owner": owner,
        "signal": signal, "customer_id": customer_id, "assigned_to_id": assigned_to_id,
        "size": size, "skip": (page - 1) * size,
    }  # fmt: skip
    found = _ALERTS + _FILTERED
    total = int(sql.scalar(f"SELECT count(*) FROM ({found}) AS every", params))
    rows = sql.fetch(AlertRow, f"{found}{_ORDER} LIMIT %(size)s OFFSET %(skip)s", params)
    return AlertPage(rows, total, page, size)


def alert(company_id: int, alert_id: int) -> AlertRow:
    """Return one alert; NotFound for another company's."""
    params = {"company_id": company_id, "id": alert_id}
    found = sql.fetch_one(AlertRow, f"{_ALERTS} AND a.id = %(id)s", params)
    if found is None:
        raise NotFound("alert_unknown", "There is no such alert")
    return found


def steps(company_id: int, alert_id: int) -> list[StepRow]:
    """Return every change of an alert, the latest first."""
    return sql.fetch(StepRow, _STEPS, [company_id, alert_id])


def standing_of(company_id: int, customer_id: int) -> list[AlertRow]:
    """Return the alerts of a customer that are not closed, the most pressing first."""
    params = {"company_id": company_id, "customer_id": customer_id}
    return sql.fetch(
        AlertRow,
        f"{_ALERTS} AND a.customer_id = %(customer_id)s AND a.state <> 'closed'{_ORDER}",
        params,
    )


def open_count(company_id: int) -> int:
    """Return how many alerts are open."""
    return int(
        sql.scalar(
            "SELECT count(*) FROM monitoring_alert WHERE company_id = %s AND state = 'open'",
            [company_id],
        )
    )


def news_waiting(company_id: int, *, limit: int = 200) -> list[NewsRow]:
    """Return the news of which a person has to say whom they are about, the latest first."""
    rows = sql.fetch(
        _News,
        f"{_NEWS} AND state = 'proposed' ORDER BY id DESC LIMIT %(limit)s",
        {"company_id": company_id, "limit": limit},
    )
    return [_shown(one) for one in rows]


def news(company_id: int, ids: Sequence[int]) -> list[NewsRow]:
    """Return these news, the latest first."""
    rows = sql.fetch(
        _News,
        f"{_NEWS} AND id = ANY(%(ids)s) ORDER BY told_on DESC, id DESC",
        {"company_id": company_id, "ids": list(ids)},
    )
    return [_shown(one) for one in rows]


def _shown(row: _News) -> NewsRow:
    body = json.loads(row.body)
    return NewsRow(
        row.id, row.kind, row.told_on, row.source, row.matched_by,
        tuple(json.loads(row.proposed or "[]")), str(body.get("name", "")),
        str(body.get("identifier", "")), str(body.get("text", "")), row.customer_id, row.state,
        row.recorded_at,
    )  # fmt: skip
