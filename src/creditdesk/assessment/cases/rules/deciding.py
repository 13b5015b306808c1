"""What a decision must say for itself, and which reasons it may give. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from creditdesk.assessment.cases.rules.recommending import ADVERSE
from creditdesk.kernel.errors import Invalid, Place

CONDITIONS: Final = ("guarantee", "deposit", "insurance", "other")
ANSWERS: Final = ("approve", "counter", "decline")
REASONS_MAX: Final = 4
# Regulation B, 12 CFR 1002.9(b)(2): statements that are no specific reason.
NO_REASONS: Final = frozenset(
    {"internal_policy", "internal_standards", "score_too_low", "did_not_qualify", "policy"}
)
EXPLANATION_MAX: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCondition:
    """Something to be met before the account is opened; `minor` where it is an amount."""

    kind: Literal["guarantee", "deposit", "insurance", "other"]
    text: str = ""
    minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDecision:
    """What somebody decides: the answer, limit and terms, reasons by code, and why in words."""

    answer: Literal["approve", "counter", "decline"]
    limit_minor: int = 0
    terms: str = ""
    reasons: tuple[str, ...] = ()
    explanation: str = ""
    conditions: tuple[NewCondition, ...] = ()


def principal_reasons(
    scored: Sequence[Mapping[str, object]], others: Collection[str]
) -> tuple[str, ...]:
    """Return the reasons that may be given: factors by what they cost, then what else was found.

    `scored` are factors of the score that was used, each with its `point` and `cost`; only those
    that cost points count. The average and the best may differ: the method is that of the factors
    that fell furthest below the best, and the same for all.
    """
    costly = [one for one in scored if Decimal(str(one["cost"])) > 0]
    costly.sort(key=lambda one: -Decimal(str(one["cost"])))
    return (*(f"factor:{one['point']}" for one in costly), *others)


def check_decision(
    new: NewDecision, *, requested_minor: int, allowed: Collection[str], terms: Collection[str]
) -> None:
    """Raise Invalid where a decision cannot stand as it is written."""
    if not new.explanation.strip() or len(new.explanation) > EXPLANATION_MAX:
        raise explanation_missing()
    if new.answer == "decline":
        if new.limit_minor or new.conditions:
            raise decline_grants()
    else:
        _check_grant(new, requested_minor, terms)
    if new.answer in ADVERSE:
        _check_reasons(new.reasons, allowed)


def _check_grant(new: NewDecision, requested_minor: int, terms: Collection[str]) -> None:
    if new.limit_minor <= 0:
        raise granted_nothing()
    if new.answer == "approve" and new.limit_minor < requested_minor:
        raise less_than_asked()
    if new.terms not in terms:
        raise decision_terms_unknown()
    for one in new.conditions:
        if one.kind == "other" and not one.text.strip():
            raise condition_unsaid()


def _check_reasons(reasons: Sequence[str], allowed: Collection[str]) -> None:
    if any(one.removeprefix("factor:") in NO_REASONS for one in reasons):
        raise reason_is_none()
    if not 1 <= len(set(reasons)) <= REASONS_MAX or len(set(reasons)) != len(reasons):
        raise reasons_miscounted()
    if any(one not in allowed for one in reasons):
        raise reason_not_scored()


def explanation_missing() -> Invalid:
    """Return the fault of a decision that does not say why."""
    return Invalid(
        "explanation_missing",
        "A decision says why, in words that fit a page",
        place=Place(field="explanation"),
        mend="Say what decided it",
    )


def decline_grants() -> Invalid:
    """Return the fault of a refusal that grants something."""
    return Invalid(
        "decline_grants",
        "A refusal grants no limit and sets no condition",
        place=Place(field="answer"),
        mend="Make a counter-offer, or take limit and conditions away",
    )


def granted_nothing() -> Invalid:
    """Return the fault of an approval without a limit."""
    return Invalid(
        "granted_nothing",
        "An approval grants a limit above zero",
        place=Place(field="limit"),
        mend="Give the limit, or decline",
    )


def less_than_asked() -> Invalid:
    """Return the fault of an approval below what was asked for."""
    return Invalid(
        "less_than_asked",
        "Less than was asked for is a counter-offer, which the applicant must accept",
        place=Place(field="answer"),
        mend="Choose the counter-offer",
    )


def decision_terms_unknown() -> Invalid:
    """Return the fault of terms the policy does not have."""
    return Invalid(
        "decision_terms_unknown",
        "The policy has no such terms",
        place=Place(field="terms"),
        mend="Choose terms of the policy",
    )


def condition_unsaid() -> Invalid:
    """Return the fault of a condition that does not say what it is."""
    return Invalid(
        "condition_unsaid",
        "A condition says what is to be met",
        place=Place(field="condition_text"),
        mend="Say it in a sentence",
    )


def reason_is_none() -> Invalid:
    """Return the fault of a reason that tells the applicant nothing."""
    return Invalid(
        "reason_is_none",
        "Internal policy, or a score that is too low, is no reason an applicant can be given",
        place=Place(field="reasons"),
        mend="Name the factors that cost most",
    )


def reasons_miscounted() -> Invalid:
    """Return the fault of no reasons, of too many, or of one given twice."""
    return Invalid(
        "reasons_miscounted",
        "One to four reasons are given, each once",
        place=Place(field="reasons"),
        mend="Choose those that weighed most",
    )


def reason_not_scored() -> Invalid:
    """Return the fault of a reason that played no part."""
    return Invalid(
        "reason_not_scored",
        "A reason must be a factor that cost points, or something found in this case",
        place=Place(field="reasons"),
        mend="Choose among the factors shown",
    )
