"""Decisions of collections: which step, is a promise kept, whom to call first. Pure."""

from creditdesk.collections.rules.ladder import Line, Planned, plan, step_for
from creditdesk.collections.rules.promises import Judgement, PromiseFact, Receipt, judge
from creditdesk.collections.rules.worklist import (
    GAIN_PERCENT,
    Debt,
    Listed,
    Situation,
    WorkReason,
    expected,
    ranked,
)

__all__ = [
    "GAIN_PERCENT",
    "Debt",
    "Judgement",
    "Line",
    "Listed",
    "Planned",
    "PromiseFact",
    "Receipt",
    "Situation",
    "WorkReason",
    "expected",
    "judge",
    "plan",
    "ranked",
    "step_for",
]
