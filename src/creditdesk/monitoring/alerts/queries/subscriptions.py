"""Subscriptions, what they were told, and what waits to be told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

_SUBSCRIPTIONS: Final = """
    SELECT id, user_id, channel, array_to_json(signals)::text AS signals, severity,
           array_to_json(customer_ids)::text AS customer_ids, url, failures, ended_at,
           ended_why, recorded_at, recorded_by
      FROM monitoring_subscription WHERE company_id = %(company_id)s
"""
_NEWS_OF: Final = """
    SELECT t.id AS step_id, a.id AS alert_id, a.signal, t.severity, t.value, t.threshold, t.act,
           t.happened_on, a.owner, c.number AS customer_number, c.name AS customer_name
      FROM monitoring_alertstep t
      JOIN monitoring_alert a ON a.id = t.alert_id
      JOIN customers_customer c ON c.id = a.customer_id
     WHERE t.company_id = %(company_id)s
"""


@dataclass(frozen=True, slots=True)
class _Subscription:
    id: int
    user_id: int
    channel: str
    signals: str
    severity: str
    customer_ids: str
    url: str
    failures: int
    ended_at: datetime | None
    ended_why: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription; without signals or customers it is about all of them."""

    id: int
    user_id: int
    channel: str
    signals: tuple[str, ...]
    severity: str
    customer_ids: tuple[int, ...]
    url: str
    failures: int
    ended_at: datetime | None
    ended_why: str
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Told:
    """A step of an alert as subscribers are told of it."""

    step_id: int
    alert_id: int
    signal: str
    severity: str
    value: int
    threshold: int
    act: str
    happened_on: date
    owner: str
    customer_number: str
    customer_name: str


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A delivery that waits, and the step it is about."""

    id: int
    step_id: int
    told: str
    attempts: int


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """What was, or is to be, told: word for word once it was tried."""

    id: int
    step_id: int
    state: str
    told: str
    attempts: int
    response_code: int | None
    fault: str
    recorded_at: datetime
    tried_at: datetime | None


def subscriptions(company_id: int, *, user_id: int | None = None) -> list[SubscriptionRow]:
    """Return the subscriptions of a company or of one person, those that live first."""
    rows = sql.fetch(
        _Subscription,
        f"{_SUBSCRIPTIONS} AND (%(user_id)s::bigint IS NULL OR user_id = %(user_id)s)"
        " ORDER BY ended_at IS NOT NULL, id DESC",
        {"company_id": company_id, "user_id": user_id},
    )
    return [_row(one) for one in rows]


def subscription(company_id: int, subscription_id: int) -> SubscriptionRow:
    """Return one subscription; NotFound for another company's."""
    params = {"company_id": company_id, "id": subscription_id}
    found = sql.fetch_one(_Subscription, f"{_SUBSCRIPTIONS} AND id = %(id)s", params)
    if found is None:
        raise NotFound("subscription_unknown", "There is no such subscription")
    return _row(found)


def waiting(company_id: int, subscription_id: int, *, limit: int) -> list[WaitingRow]:
    """Return what a subscription has still to be told, the first first."""
    return sql.fetch(
        WaitingRow,
        "SELECT id, step_id, told, attempts FROM monitoring_delivery"
        " WHERE company_id = %s AND subscription_id = %s AND state = 'waiting'"
        " ORDER BY id LIMIT %s",
        [company_id, subscription_id, limit],
    )


def deliveries(company_id: int, subscription_id: int, *, limit: int = 50) -> list[DeliveryRow]:
    """Return the last deliveries of a subscription, the latest first."""
    return sql.fetch(
        DeliveryRow,
        "SELECT id, step_id, state, told, attempts, response_code, fault, recorded_at, tried_at"
        " FROM monitoring_delivery WHERE company_id = %s AND subscription_id = %s"
        " ORDER BY id DESC LIMIT %s",
        [company_id, subscription_id, limit],
    )


def told(company_id: int, step_ids: Sequence[int]) -> dict[int, Told]:
    """Return these steps by id, as subscribers are told of them."""
    params = {"company_id": company_id, "steps": list(step_ids)}
    rows = sql.fetch(Told, f"{_NEWS_OF} AND t.id = ANY(%(steps)s)", params)
    return {one.step_id: one for one in rows}


def latest(company_id: int, *, limit: int) -> list[Told]:
    """Return the last steps that anybody might have been told of: what a preview shows."""
    params = {"company_id": company_id, "limit": limit}
    return sql.fetch(
        Told,
        f"{_NEWS_OF} AND t.act IN ('raised', 'worsened', 'reopened')"
        " ORDER BY t.id DESC LIMIT %(limit)s",
        params,
    )


def _row(row: _Subscription) -> SubscriptionRow:
    signals: list[Any] = json.loads(row.signals or "[]")
    ids: list[Any] = json.loads(row.customer_ids or "[]")
    return SubscriptionRow(
        row.id, row.user_id, row.channel, tuple(signals), row.severity, tuple(ids), row.url,
        row.failures, row.ended_at, row.ended_why, row.recorded_by,
    )  # fmt: skip
