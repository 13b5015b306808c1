"""A second look at what the rules left to a person: proposals with confidence, and the sure one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from creditdesk.cash.rules.by_amount import PROPOSALS_MAX
from creditdesk.cash.rules.learned import calibration, weighing
from creditdesk.cash.rules.learned.candidates import AMOUNT, RECOGNISED, Items, candidates
from creditdesk.cash.rules.learned.sides import Knowledge, sides
from creditdesk.cash.rules.learned.values import (
    BASIS_POINTS,
    HABIT_PAYMENTS_MIN,
    Candidate,
    Habit,
    Model,
)
from creditdesk.cash.rules.values import Finding, Proposal, Reason, Receipt
from creditdesk.policy.rules import MatchingRules

# What names a document is not overruled by how somebody usually pays.
BY_DOCUMENT: Final = frozenset({"structured_reference", "document_number", "advice"})
# Beside a rival this likely, nothing is certain.
RIVAL_MAX: Final = 0.5
# It takes any amount, so that nothing in the payment speaks for it: proposed, never certain.
TAKES_ANYTHING: Final = "oldest_part"
# What is paid short without a word is certain only where the payer usually pays so.
SHORT: Final = "discount"
USUAL: Final = "habit:often"
# Less likely ones are not worth a person's look.
SHOWN_MIN: Final = 0.02
POINTS_IN_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Lessons:
    """What was learned, as far as the payments of a batch need it."""

    model: Model
    knowledge: Knowledge
    habits: Mapping[int, Habit]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate with how sure it is, in basis points rounded down."""

    candidate: Candidate
    score: float
    confidence_bp: int


def weigh(every: Sequence[Candidate], model: Model) -> list[Weighed]:
    """Return candidates with their confidence, the surest first."""
    weighed = []
    for one in every:
        score = weighing.score(one.features, model.bias, model.weights)
        points = Decimal(calibration.confidence(score, model.bins)) * BASIS_POINTS
        weighed.append(Weighed(one, score, int(points.to_integral_value(ROUND_FLOOR))))
    return sorted(weighed, key=lambda one: (-one.score, one.candidate.allocations))


def second_look(
    receipt: Receipt,
    finding: Finding,
    lessons: Lessons,
    rules: MatchingRules,
    items: Items,
    opens: Mapping[int, int],
    equal: Sequence[int] = (),
) -> Finding:
    """Return the finding with learned proposals; certain if one is sure enough and alone.

    What the rules found certain, or by a document named, stays as it is.
    """
    if finding.is_certain or finding.method in BY_DOCUMENT:
        return finding
    found = sides(receipt, lessons.knowledge, rules.name_score_minimum, equal)
    every = candidates(receipt, found, items, lessons.habits, opens)
    weighed = weigh(every, lessons.model)
    sure = _sure(weighed, lessons.model, rules)
    if sure is not None:
        return Finding(
            payment_id=receipt.payment_id, method="learned", is_certain=True,
            customer_id=sure.candidate.owner, allocations=sure.candidate.allocations,
            reasons=reasons(sure, lessons),
        )  # fmt: skip
    return _proposed(finding, weighed, lessons)


def _sure(weighed: Sequence[Weighed], model: Model, rules: MatchingRules) -> Weighed | None:
    """Return the surest if it is over the threshold, may be certain at all, and stands alone."""
    if not weighed or rules.learned_apply_percent > POINTS_IN_PERCENT:
        return None
    best = weighed[0]
    if best.confidence_bp < rules.learned_apply_percent * POINTS_IN_PERCENT:
        return None
    if not _may_be_certain(best.candidate, model):
        return None
    for rival in weighed[1:]:
        if _is_no_rival(rival.candidate, best.candidate):
            continue
        equal = rival.score >= best.score
        if equal or rival.confidence_bp >= RIVAL_MAX * BASIS_POINTS:
            return None
    return best


def _is_no_rival(one: Candidate, best: Candidate) -> bool:
    """Whether only its amount speaks for it, beside a payer who is recognised."""
    return one.side.who == AMOUNT and best.side.who in RECOGNISED


def _may_be_certain(one: Candidate, model: Model) -> bool:
    """Whether more than the amount speaks for it, all of it was trained on, and short is usual."""
    if one.side.who == AMOUNT or one.pattern == TAKES_ANYTHING:
        return False
    if one.pattern == SHORT and USUAL not in one.features:
        return False
    return all(name in model.weights for name in one.features)


def _proposed(finding: Finding, weighed: Sequence[Weighed], lessons: Lessons) -> Finding:
    """Put the confidence beside what the rules proposed, add what was learned, surest first."""
    by_allocations = {one.candidate.allocations: one for one in weighed}
    proposals: dict[object, Proposal] = {}
    for given in finding.proposals:
        known = by_allocations.get(tuple(sorted(given.allocations)))
        told = replace(given, confidence_bp=known.confidence_bp) if known is not None else given
        proposals[tuple(sorted(given.allocations))] = told
    for one in weighed:
        if one.confidence_bp >= SHOWN_MIN * BASIS_POINTS:
            proposals.setdefault(one.candidate.allocations, _proposal(one, lessons))
    ranked = sorted(
        proposals.values(),
        key=lambda one: (-(one.confidence_bp or 0), one.method, one.allocations),
    )
    return replace(finding, proposals=tuple(ranked[:PROPOSALS_MAX]))


def _proposal(one: Weighed, lessons: Lessons) -> Proposal:
    return Proposal(
        method="learned",
        customer_id=one.candidate.owner,
        allocations=one.candidate.allocations,
        reasons=reasons(one, lessons),
        confidence_bp=one.confidence_bp,
    )


def reasons(one: Weighed, lessons: Lessons) -> tuple[Reason, ...]:
    """Return the evidence in codes: who, how the amount falls, the habit, how sure, by what."""
    candidate = one.candidate
    told = [
        Reason(f"payer_by_{candidate.side.who}", _who(candidate)),
        Reason(f"fit_{candidate.pattern}", {"count": len(candidate.allocations)}),
    ]
    habit = lessons.habits.get(candidate.side.customer_ids[0])
    if habit is not None and len(candidate.side.customer_ids) == 1:
        told += _habit(candidate, habit)
    percent = f"{one.confidence_bp // POINTS_IN_PERCENT}.{one.confidence_bp % 100:02d}"
    told.append(
        Reason("learned_confidence", {"percent": percent, "version": lessons.model.version})
    )
    return tuple(told)


def _who(candidate: Candidate) -> dict[str, str | int]:
    who, count = candidate.side.who, len(candidate.side.customer_ids)
    return {"count": count} if who == "relation" else {"score": 90} if who == "similar" else {}


def _habit(candidate: Candidate, habit: Habit) -> list[Reason]:
    if habit.payments < HABIT_PAYMENTS_MIN:
        return []
    times = habit.patterns.get(candidate.pattern, 0)
    told = [
        Reason("habit_seen" if times else "habit_never", {"times": times, "count": habit.payments})
    ]
    told += _share(candidate, habit)
    if "delay:usual" in candidate.features and habit.delay_days is not None:
        told.append(Reason("delay_usual", {"days": habit.delay_days}))
    return told


def _share(candidate: Candidate, habit: Habit) -> list[Reason]:
    """Return which share the payer takes off, and how often before, where that is the way."""
    points = candidate.discount_points
    if points is None:
        return []
    percent = f"{(Decimal(points) / POINTS_IN_PERCENT).normalize():f}"
    return [Reason("share_taken", {"percent": percent, "times": habit.discounts[points]})]
