"""A stored order decision asked again under other rules. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from creditdesk.orders.rules import Decision, Facts, decide
from creditdesk.policy.rules import OrderRules

Verdict = Literal["held_now", "accepted_now", "other_reasons"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules of then said to the stored facts, and what other rules say to them."""

    before: Decision
    after: Decision

    @property
    def verdict(self) -> Verdict | None:
        """How the two differ; nothing where they agree in outcome and in the rules that fired."""
        if self.before.outcome != self.after.outcome:
            return "held_now" if self.after.outcome == "held" else "accepted_now"
        fired = [{one.rule for one in each.fired} for each in (self.before, self.after)]
        return "other_reasons" if fired[0] != fired[1] else None


def judged_again(
    facts: Facts, then: OrderRules, other: OrderRules, *, late_minor: int | None = None
) -> Judged:
    """Decide by the rules of then and by other ones, on the facts of then.

    `late_minor` is what was late by more than the other rules allow; without it what was stored
    counts. The least late amount that matters is brought over in the proportion of then.
    """
    seen = facts
    if late_minor is not None and other.overdue_days_max > then.overdue_days_max:
        seen = replace(seen, overdue_minor=min(facts.overdue_minor, late_minor))
    elif late_minor is not None and other.overdue_days_max < then.overdue_days_max:
        seen = replace(seen, overdue_minor=max(facts.overdue_minor, late_minor))
    if then.overdue_minimum_minor != other.overdue_minimum_minor:
        seen = replace(seen, overdue_minimum_minor=_minimum(facts, then, other))
    return Judged(decide(facts, then), decide(seen, other))


def _minimum(facts: Facts, then: OrderRules, other: OrderRules) -> int:
    if not then.overdue_minimum_minor:
        return other.overdue_minimum_minor
    exact = Decimal(facts.overdue_minimum_minor) * other.overdue_minimum_minor
    return int((exact / then.overdue_minimum_minor).to_integral_value(ROUND_CEILING))
