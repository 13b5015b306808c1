"""What the day did about alerts, done again by the values and the policy version of then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from typing import Final

from creditdesk.kernel.errors import NotFound
from creditdesk.monitoring.alerts.rules import replaying as rules
from creditdesk.monitoring.alerts.rules.replaying import BY_THE_DAY, Done, Standing
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.policy.rules.alerts import AlertRule

_STEPS: Final = """
    SELECT t.id, t.alert_id, a.customer_id, c.number, a.signal, t.act, t.severity, t.value,
           t.threshold, t.outcome, t.until, t.happened_on, (t.body ->> 'event_on')::date,
           t.body ? 'event_on', t.policy_version, a.state, a.severity, a.value, a.threshold,
           a.outcome, a.snoozed_until, a.closed_on
      FROM monitoring_alertstep t JOIN monitoring_alert a ON a.id = t.alert_id
      JOIN customers_customer c ON c.id = a.customer_id
     WHERE t.company_id = %(company_id)s
     ORDER BY a.customer_id, a.signal, t.id
"""


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step of an alert, and how the alert stands by its own row."""

    id: int
    alert_id: int
    customer_id: int
    customer_number: str
    signal: str
    act: str
    severity: str
    value: int
    threshold: int
    outcome: str
    until: date | None
    happened_on: date
    event_on: date | None
    knows_event: bool
    policy_version: int
    alert_state: str
    alert_severity: str
    alert_value: int
    alert_threshold: int
    alert_outcome: str
    alert_snoozed_until: date | None
    alert_closed_on: date | None

    @property
    def done(self) -> Done:
        """The step as the rules see it."""
        return Done(
            alert_id=self.alert_id, act=self.act, severity=self.severity, value=self.value,
            threshold=self.threshold, outcome=self.outcome, until=self.until, on=self.happened_on,
            event_on=self.event_on, knows_event=self.knows_event,
        )  # fmt: skip


Rows = Callable[[int], Sequence[AlertRule] | None]


def replayed(company_id: int) -> Iterator[tuple[StepTaken, bool]]:
    """Yield each step the day took with whether its value and what stood before make it again.

    With the last step of an alert its own row is compared too. Within a transaction.
    """

    @cache
    def written(version: int) -> Sequence[AlertRule] | None:
        try:
            return policies.version(company_id, version).alerts.watch
        except NotFound:
            return None

    found = sql.fetch_in_parts(StepTaken, _STEPS, {"company_id": company_id})
    for (customer_id, signal), steps in groupby(
        found, key=lambda one: (one.customer_id, one.signal)
    ):
        yield from _again(list(steps), written, customer_id, signal)


def _again(
    steps: Sequence[StepTaken], written: Rows, customer_id: int, signal: str
) -> Iterator[tuple[StepTaken, bool]]:
    last = {one.alert_id: one.id for one in steps}
    stands: Standing | None = None
    for one in steps:
        before, step = stands, one.done
        stands = rules.after(before, step, customer_id=customer_id, signal=signal)
        is_same = last[one.alert_id] != one.id or _as_the_alert_says(one, stands)
        if one.act in BY_THE_DAY:
            rows = written(one.policy_version)
            is_repeated = rows is not None and rules.is_repeated(before, step, signal, rows)
            yield one, is_same and is_repeated
        elif not is_same:
            yield one, False


def _as_the_alert_says(one: StepTaken, stands: Standing) -> bool:
    kept = stands.kept
    return (
        kept.state, kept.severity, kept.value, kept.threshold, kept.outcome, kept.snoozed_until,
        kept.closed_on,
    ) == (
        one.alert_state, one.alert_severity, one.alert_value, one.alert_threshold,
        one.alert_outcome, one.alert_snoozed_until, one.alert_closed_on,
    )  # fmt: skip
