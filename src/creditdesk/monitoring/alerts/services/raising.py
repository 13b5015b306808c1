"""The day's look at every customer: alerts are raised, worsened, closed when the cause is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from creditdesk.controls.commands import command
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.monitoring.alerts.events import AlertsChanged
from creditdesk.monitoring.alerts.queries import seeing
from creditdesk.monitoring.alerts.rules import Move, judged
from creditdesk.monitoring.alerts.rules.judging import TOLD
from creditdesk.monitoring.alerts.rules.outcomes import CAUSE_GONE
from creditdesk.monitoring.alerts.services import steps, telling
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import to_json
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policies
from creditdesk.policy.rules.alerts import CUSTOMERS_ANALYST, SEVERITIES, SIGNALS

LOOK_SPACE: Final = 1_062
# Whoever comes second finds the cause raised already.
_RAISE: Final = """
    INSERT INTO monitoring_alert
        (company_id, customer_id, signal, severity, rank, owner, assigned_to, state, outcome,
         value, threshold, event_on, policy_version, raised_on, recorded_at, assigned_to_id)
    SELECT %(company_id)s, g.customer_id, g.signal, g.severity, g.rank, g.owner, g.named, 'open',
           '', g.value, g.threshold, g.event_on, %(version)s, %(on)s, %(at)s, g.person
      FROM unnest(%(customers)s::bigint[], %(signals)s::text[], %(severities)s::text[],
                  %(ranks)s::smallint[], %(owners)s::text[], %(values)s::bigint[],
                  %(thresholds)s::bigint[], %(events)s::date[], %(people)s::bigint[],
                  %(names)s::text[])
        AS g (customer_id, signal, severity, rank, owner, value, threshold, event_on, person,
              named)
     ORDER BY g.customer_id, g.signal
    ON CONFLICT (customer_id, signal) WHERE state <> 'closed' DO NOTHING
    RETURNING id, customer_id, signal
"""
# What somebody changed meanwhile is left as it is: the next look sees it again. Whom a person
# made its owner keeps it; else it is whose the row says.
_MOVE: Final = """
    UPDATE monitoring_alert a
       SET severity = g.severity, rank = g.rank, owner = coalesce(nullif(g.owner, ''), a.owner),
           value = g.value,
           threshold = g.threshold, event_on = coalesce(g.event_on, a.event_on),
           policy_version = %(version)s, outcome = g.outcome,
           assigned_to_id = CASE WHEN by_hand OR g.owner = '' THEN a.assigned_to_id
                                 ELSE g.person END,
           assigned_to = CASE WHEN by_hand OR g.owner = '' THEN a.assigned_to ELSE g.named END,
           state = CASE g.act WHEN 'gone' THEN 'closed' WHEN 'eased' THEN a.state ELSE 'open' END,
           snoozed_until = CASE g.act WHEN 'eased' THEN a.snoozed_until END,
           closed_on = CASE g.act WHEN 'gone' THEN %(on)s::date END
      FROM unnest(%(ids)s::bigint[], %(acts)s::text[], %(was)s::text[], %(severities)s::text[],
                  %(ranks)s::smallint[], %(owners)s::text[], %(values)s::bigint[],
                  %(thresholds)s::bigint[], %(events)s::date[], %(outcomes)s::text[],
                  %(people)s::bigint[], %(names)s::text[])
        AS g (id, act, was, severity, rank, owner, value, threshold, event_on, outcome, person,
              named),
           LATERAL (SELECT EXISTS (SELECT FROM monitoring_alertstep t
                                    WHERE t.alert_id = g.id AND t.act = 'assigned') AS by_hand) h
     WHERE a.id = g.id AND a.company_id = %(company_id)s AND a.state = g.was
       AND NOT EXISTS (SELECT FROM monitoring_alert o
                        WHERE o.customer_id = a.customer_id AND o.signal = a.signal
                          AND o.id <> a.id AND o.state <> 'closed')
    RETURNING a.id
"""


@dataclass(frozen=True, slots=True)
class Raised:
    """How many alerts a look raised, changed and closed."""

    raised: int = 0
    worsened: int = 0
    eased: int = 0
    woke: int = 0
    gone: int = 0
    reopened: int = 0
    came_back: int = 0


@dataclass(frozen=True, slots=True)
class _New:
    id: int
    customer_id: int
    signal: str


@command("monitoring.raise_alerts")
def raise_alerts(actor: Actor) -> Raised:
    """Look at every customer; the same look again changes nothing."""
    return look(actor, signals=SIGNALS)


def look(
    actor: Actor, *, signals: Collection[str], customer_ids: Collection[int] | None = None
) -> Raised:
    """Look at these signals, of some customers or all; not a command of its own."""
    # One look after the other: who comes second sees what the first one wrote.
    sql.scalar("SELECT pg_advisory_xact_lock(%s, %s)", [LOOK_SPACE, actor.company_id])
    policy = policies.in_force(actor.company_id, actor.today)
    rows = policy.alerts.watch
    found = judged(
        seeing.seen(actor.company_id, actor.today, rows, signals, customer_ids),
        seeing.kept(actor.company_id, actor.today, signals, rows, customer_ids),
        rows,
        actor.today,
    )
    if not found:
        return Raised()
    written = [
        *_raised(actor, [one for one in found if one.kept is None], policy.version),
        *_moved(actor, [one for one in found if one.kept is not None], policy.version),
    ]
    if not written:
        return Raised()
    ids = steps.write(actor, [_step(alert_id, one) for alert_id, one in written], policy.version)
    telling.queue(
        actor, [step for step, (_, one) in zip(ids, written, strict=True) if one.act in TOLD]
    )
    counts: Counter[str] = Counter(one.act for _, one in written)
    announce(actor, [AlertsChanged(acts=dict(counts), critical=_critical(written))])
    return Raised(**counts)


def _critical(written: Sequence[tuple[int, Move]]) -> tuple[int, ...]:
    """Return of whom something critical is new, or is so again."""
    told = [one for _, one in written if one.act in TOLD and _severity(one) == SEVERITIES[-1]]
    return tuple(sorted({one.seen.customer_id for one in told if one.seen is not None}))


def _raised(actor: Actor, moves: Sequence[Move], version: int) -> list[tuple[int, Move]]:
    if not moves:
        return []
    rows = sql.fetch(
        _New, _RAISE, {**_params(actor, version), **_values(moves), **_owners(actor, moves)}
    )
    ids = {(row.customer_id, row.signal): row.id for row in rows}
    return [
        (ids[key], one)
        for one in moves
        if one.seen is not None and (key := (one.seen.customer_id, one.seen.signal)) in ids
    ]


def _moved(actor: Actor, moves: Sequence[Move], version: int) -> list[tuple[int, Move]]:
    if not moves:
        return []
    kept = [one.kept for one in moves if one.kept is not None]
    params = {
        **_params(actor, version),
        **_values(moves),
        **_owners(actor, moves),
        "ids": [one.id for one in kept],
        "acts": [one.act for one in moves],
        "was": [one.state for one in kept],
        "outcomes": [CAUSE_GONE if one.act == "gone" else "" for one in moves],
    }
    done = set(sql.scalars(_MOVE, params))
    return [(one.kept.id, one) for one in moves if one.kept is not None and one.kept.id in done]


def _params(actor: Actor, version: int) -> dict[str, object]:
    return {
        "company_id": actor.company_id, "on": actor.today, "at": actor.at, "version": version,
    }  # fmt: skip


def _values(moves: Sequence[Move]) -> dict[str, object]:
    """Return the columns of what is written; one that is gone keeps its last values."""
    severities = [_severity(one) for one in moves]
    return {
        "customers": [one.seen.customer_id if one.seen else 0 for one in moves],
        "signals": [one.seen.signal if one.seen else "" for one in moves],
        "severities": severities,
        "ranks": [SEVERITIES.index(one) for one in severities],
        "values": [_value(one) for one in moves],
        "thresholds": [_threshold(one) for one in moves],
        "events": [one.seen.event_on if one.seen else None for one in moves],
    }


def _owners(actor: Actor, moves: Sequence[Move]) -> dict[str, object]:
    """Return whose each is: a role, and the customer's analyst where the row names that one.

    What nobody is named for is the analysts'.
    """
    owners = [one.rule.owner if one.rule else "" for one in moves]
    asked = {
        one.seen.customer_id
        for one, owner in zip(moves, owners, strict=True)
        if owner == CUSTOMERS_ANALYST and one.seen
    }
    known = customers.analysts_of(actor.company_id, asked, actor.today) if asked else {}
    found = [
        known.get(one.seen.customer_id) if owner == CUSTOMERS_ANALYST and one.seen else None
        for one, owner in zip(moves, owners, strict=True)
    ]
    return {
        "owners": ["analyst" if one == CUSTOMERS_ANALYST else one for one in owners],
        "people": [one.user_id if one else None for one in found],
        "names": [one.name if one else "" for one in found],
    }


def _severity(move: Move) -> str:
    if move.rule is not None:
        return move.rule.severity
    return move.kept.severity if move.kept else SEVERITIES[0]


def _value(move: Move) -> int:
    if move.seen is not None:
        return move.seen.value
    return move.kept.value if move.kept else 0


def _threshold(move: Move) -> int:
    if move.rule is not None:
        return move.rule.threshold
    return move.kept.threshold if move.kept else 0


def _step(alert_id: int, move: Move) -> steps.NewStep:
    return steps.NewStep(
        alert_id=alert_id,
        act=move.act,
        severity=_severity(move),
        value=_value(move),
        threshold=_threshold(move),
        outcome=CAUSE_GONE if move.act == "gone" else "",
        body=to_json(
            {
                "facts": move.seen.facts if move.seen else {},
                "event_on": move.seen.event_on if move.seen else None,
            }
        ),
    )
