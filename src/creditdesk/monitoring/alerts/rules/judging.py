"""What becomes of alerts once the day has looked: raised, worse, better, gone, back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from creditdesk.monitoring.alerts.rules.outcomes import CAUSE_GONE
from creditdesk.policy.rules.alerts import FALLING, SEVERITIES, AlertRule

# Signals that count events: one that was dealt with comes back with a new event only.
EVENTS: Final = frozenset(
    {"broken_promises", "returned_payments", "rating_fell", "bureau_change", "insolvency"}
)
Act = Literal["raised", "worsened", "eased", "woke", "gone", "reopened", "came_back"]
# What is worth telling those who subscribed.
TOLD: Final = ("raised", "worsened", "reopened")


@dataclass(frozen=True, slots=True)
class Seen:
    """A signal of a customer on a day: its value, its last event, and what it is made of."""

    signal: str
    customer_id: int
    value: int
    event_on: date | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """The last alert of a customer and signal as it stands."""

    id: int
    customer_id: int
    signal: str
    severity: str
    state: str
    snoozed_until: date | None
    outcome: str
    value: int
    threshold: int
    event_on: date | None
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class Move:
    """A change to write; without `kept` a new alert, without `seen` and `rule` one that ends."""

    act: Act
    kept: Kept | None
    seen: Seen | None
    rule: AlertRule | None


def reached(rows: Iterable[AlertRule], signal: str, value: int) -> AlertRule | None:
    """Return the most pressing row of a signal that a value reaches."""
    found = [
        row
        for row in rows
        if row.signal == signal
        and (value <= row.threshold if signal in FALLING else value >= row.threshold)
    ]
    return max(found, key=lambda row: SEVERITIES.index(row.severity), default=None)


def judged(
    seen: Iterable[Seen], kept: Iterable[Kept], rows: Sequence[AlertRule], on: date
) -> list[Move]:
    """Return what is to be written after a look at everything; nothing where all stands.

    `kept` holds the last alert of each customer and signal, closed or not; what stands there and
    is not seen, or reaches no row, is gone.
    """
    last = {(one.customer_id, one.signal): one for one in kept}
    moves, found = [], set()
    for one in seen:
        rule = reached(rows, one.signal, one.value)
        if rule is None:
            continue
        key = (one.customer_id, one.signal)
        found.add(key)
        move = move_of(one, last.get(key), rule, on)
        if move is not None:
            moves.append(move)
    gone = [
        Move("gone", one, None, None)
        for key, one in last.items()
        if key not in found and one.state != "closed"
    ]
    return moves + gone


def move_of(seen: Seen, kept: Kept | None, rule: AlertRule, on: date) -> Move | None:
    """Return what changes when a signal is seen that reaches a row; nothing where all stands."""
    if kept is None:
        act: Act | None = "raised"
    elif kept.state == "closed":
        act = _again(seen, kept, rule, on)
    else:
        act = _still(seen, kept, rule, on)
    if act is None:
        return None
    return Move(act, None if act == "raised" else kept, seen, rule)


def _still(seen: Seen, kept: Kept, rule: AlertRule, on: date) -> Act | None:
    """Return what changes about an alert that stands."""
    if _is_worse(seen, kept, rule):
        return "worsened"
    if kept.state == "snoozed" and kept.snoozed_until is not None and kept.snoozed_until <= on:
        return "woke"
    return "eased" if _rank(rule.severity) < _rank(kept.severity) else None


def _again(seen: Seen, kept: Kept, rule: AlertRule, on: date) -> Act | None:
    """Return what a cause does whose last alert was closed."""
    is_quiet = kept.closed_on is not None and on < kept.closed_on + timedelta(days=rule.quiet_days)
    if kept.outcome == CAUSE_GONE:
        return "came_back" if is_quiet else "raised"
    if _is_worse(seen, kept, rule):
        return "reopened" if is_quiet else "raised"
    return None if is_quiet or seen.signal in EVENTS else "raised"


def _is_worse(seen: Seen, kept: Kept, rule: AlertRule) -> bool:
    if _rank(rule.severity) > _rank(kept.severity):
        return True
    if seen.signal not in EVENTS:
        return False
    is_newer = seen.event_on is not None and (
        kept.event_on is None or seen.event_on > kept.event_on
    )
    return is_newer or seen.value > kept.value


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity)


def slower_by(now_days: Decimal | None, usual_days: Decimal | None) -> int:
    """Return how many whole days later than usual somebody pays now; 0 where one is not known."""
    if now_days is None or usual_days is None:
        return 0
    return max(int(now_days - usual_days), 0)


def fell_by(before: int | None, now: int | None) -> int:
    """Return by how many grades a rating fell, the best grade being 1; 0 where it did not."""
    if before is None or now is None:
        return 0
    return max(now - before, 0)
