"""What the day did about an alert, done again from the steps before it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from creditdesk.monitoring.alerts.rules.judging import EVENTS, Kept, Seen, move_of, reached
from creditdesk.monitoring.alerts.rules.outcomes import CAUSE_GONE
from creditdesk.policy.rules.alerts import AlertRule

BY_THE_DAY = frozenset({"raised", "worsened", "eased", "woke", "gone", "reopened", "came_back"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A step as it was kept, in the order of all steps of one customer and signal.

    `knows_event` says whether the day of the last event was kept with it, be there one or not.
    """

    alert_id: int
    act: str
    severity: str
    value: int
    threshold: int
    outcome: str
    until: date | None
    on: date
    event_on: date | None
    knows_event: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """The last alert of a customer and signal as its steps leave it."""

    kept: Kept
    knows_event: bool


def after(before: Standing | None, step: Done, *, customer_id: int, signal: str) -> Standing:
    """Return how the alert stands once the step was taken."""
    if before is None or before.kept.id != step.alert_id:
        kept = Kept(
            step.alert_id, customer_id, signal, step.severity, "open", None, "", step.value,
            step.threshold, step.event_on, None,
        )  # fmt: skip
        return Standing(kept, step.knows_event)
    was = before.kept
    if step.act == "assigned":
        return before
    if step.act == "snoozed":
        return replace(before, kept=replace(was, state="snoozed", snoozed_until=step.until))
    if step.act in ("closed", "gone"):
        ended = replace(
            was, state="closed", snoozed_until=None, outcome=step.outcome, closed_on=step.on
        )
        return replace(before, kept=ended)
    is_eased = step.act == "eased"
    kept = replace(
        was,
        severity=step.severity,
        value=step.value,
        threshold=step.threshold,
        state=was.state if is_eased else "open",
        snoozed_until=was.snoozed_until if is_eased else None,
        outcome="",
        event_on=step.event_on or was.event_on,
        closed_on=None,
    )
    return Standing(kept, before.knows_event and step.knows_event)


def is_repeated(
    before: Standing | None, step: Done, signal: str, rows: Sequence[AlertRule]
) -> bool:
    """Whether the rows make the same step of the value that was seen and of what stood before.

    What is gone is taken at its word: what was not seen was not kept.
    """
    kept = _remembered(before, step, rows)
    if step.act == "gone":
        return (
            kept is not None
            and kept.state != "closed"
            and step.outcome == CAUSE_GONE
            and (step.severity, step.value, step.threshold)
            == (kept.severity, kept.value, kept.threshold)
        )
    rule = reached(rows, signal, step.value)
    if rule is None or (rule.severity, rule.threshold) != (step.severity, step.threshold):
        return False
    customer_id = kept.customer_id if kept else 0
    return any(
        (found := move_of(Seen(signal, customer_id, step.value, event), was, rule, step.on))
        is not None
        and found.act == step.act
        for was, event in _events(kept, before, step, signal)
    )


def _remembered(before: Standing | None, step: Done, rows: Sequence[AlertRule]) -> Kept | None:
    """Return the last alert, as far as it still said something on that day."""
    if before is None:
        return None
    days = max((max(row.quiet_days, row.look_back_days) for row in rows), default=0)
    closed_on = before.kept.closed_on
    is_past = closed_on is not None and closed_on <= step.on - timedelta(days=days + 1)
    return None if is_past else before.kept


def _events(
    kept: Kept | None, before: Standing | None, step: Done, signal: str
) -> list[tuple[Kept | None, date | None]]:
    """Return what the last events may have been, before and now; one pair where both were kept."""
    if signal not in EVENTS or kept is None or before is None:
        return [(kept, step.event_on)]
    if before.knows_event and step.knows_event:
        return [(kept, step.event_on)]
    unknown = replace(kept, event_on=None)
    return [(unknown, None), (unknown, step.on)]
