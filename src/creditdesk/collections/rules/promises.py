"""Was a promise kept? Judged by the money that came in, each euro counted for one promise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Outcome = Literal["open", "kept", "part_kept", "broken"]


@dataclass(frozen=True, slots=True)
class PromiseFact:
    """A promise of one customer in one currency; judged ones still use up their money."""

    id: int
    minor: int
    promised_on: date
    due_on: date
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money of that customer: what of it was applied (or put on account), and what was not."""

    received_on: date
    applied_minor: int
    unapplied_minor: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of an open promise; `open` while it may still be kept or nobody can tell."""

    promise_id: int
    outcome: Outcome
    received_minor: int


@dataclass(slots=True)
class _Money:
    received_on: date
    applied: int
    unapplied: int


def judge(
    promises: Iterable[PromiseFact],
    receipts: Iterable[Receipt],
    *,
    on: date,
    grace_days: int,
    known_until: date,
) -> list[Judgement]:
    """Judge the open promises of one customer and currency as of a date.

    Money counts from the day of the promise until the due date and grace, for the promise due
    first; what one promise used no other counts. Reaching the promised amount keeps it, applied
    or not. After the deadline: money received but unapplied, or a bank import that does not reach
    the deadline (`known_until`), leaves it open; else it is part kept or broken. Run late, the
    answer is the same as on the day after the deadline.
    """
    money = [_Money(r.received_on, r.applied_minor, r.unapplied_minor) for r in receipts]
    money.sort(key=lambda one: one.received_on)
    judgements = []
    for promise in sorted(promises, key=lambda p: (p.due_on, p.id)):
        deadline = promise.due_on + timedelta(days=grace_days)
        applied, unapplied = _take(money, promise, deadline)
        if promise.is_open:
            is_over = min(on - timedelta(days=1), known_until) >= deadline
            outcome = _outcome(promise.minor, applied, unapplied, is_over=is_over)
            judgements.append(Judgement(promise.id, outcome, applied + unapplied))
    return judgements


def _outcome(minor: int, applied: int, unapplied: int, *, is_over: bool) -> Outcome:
    if applied + unapplied >= minor:
        return "kept"
    if not is_over or unapplied:
        return "open"
    return "part_kept" if applied else "broken"


def _take(money: Sequence[_Money], promise: PromiseFact, deadline: date) -> tuple[int, int]:
    """Use up money for a promise, applied money first; return how much of each."""
    within = [one for one in money if promise.promised_on <= one.received_on <= deadline]
    needed = promise.minor
    applied = unapplied = 0
    for one in within:
        part = min(one.applied, needed)
        one.applied -= part
        needed -= part
        applied += part
    for one in within:
        part = min(one.unapplied, needed)
        one.unapplied -= part
        needed -= part
        unapplied += part
    return applied, unapplied
