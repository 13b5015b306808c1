"""Which limit a review proposes, step by step. Pure.

All amounts are whole minor units of one currency, the limit's. The formula: the lower of what the
purchases need and what the class allows, less what payment behaviour costs, rounded down once.

- Need: what a year's purchases come to in the days of the terms and some more, but at least the
  highest amount owed since the last review; and headroom above it. Who bought nothing for a year
  needs nothing.
- Class: its ceiling, and its percents of equity and revenue where these are known; without figures
  its own amount, or the highest amount owed, in full where it was paid well, else in part.
- Behaviour: the part of it that days late leave, from all at `good_days` to nothing at `bad_days`.
- Whoever pays later than `good_days`, or has something undisputed open beyond `bad_days`, is not
  raised. Without a class nobody is.
- A result near the present limit leaves it as it is, within the ceiling and percents of the class.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Final, Literal

from creditdesk.assessment.cases.rules import Offer, Step
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import MINOR_MAX

Answer = Literal["keep", "raise", "lower", "withdraw"]
Choice = Literal["accept", "other", "decline"]
ANSWERS: Final = ("keep", "raise", "lower", "withdraw")
CHOICES: Final = ("accept", "other", "decline")
STATES: Final = ("due", "open", "decided")
HUNDRED: Final = 100
DAYS_OF_MONTH: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How a customer pays.

    `days_late` is the mean of a year weighted by amount, of what is paid and, as it ages, of what
    is not; `oldest_days` how late the oldest undisputed open item is; broken promises and returned
    payments are those since the last review.
    """

    days_late: Decimal | None = None
    oldest_days: int = 0
    broken: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a proposal is worked out from; nothing where it is not known."""

    currency: str
    current_minor: int
    risk_class: str = ""
    segment: str = ""
    equity_minor: int | None = None
    revenue_minor: int | None = None
    monthly_minor: int | None = None
    highest_minor: int = 0
    behaviour: Behaviour = Behaviour()


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What of the policy holds for every class: see `AssessmentRules` and `ReviewRules`."""

    need_days: int = 30
    references_percent: Decimal = Decimal(50)
    round_to_minor: int = 1
    good_days: int = 15
    bad_days: int = 90
    event_days: int = 10
    change_percent: Decimal = Decimal(20)
    headroom_percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is proposed, every step that led there, and the most the class allows."""

    answer: Answer
    minor: int
    currency: str
    cap_minor: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """What somebody decides: the proposal, another limit, or that the present one stays."""

    choice: Choice
    reason: str = ""
    minor: int | None = None


def propose(facts: Facts, offer: Offer | None, marks: Marks) -> Proposal:
    """Return what is proposed; without an offer for its class a limit is never raised."""
    allowed = _allowed(facts, offer)
    cap = min(_minor(step) for step in allowed)
    asked = [*allowed, *_without_figures(facts, offer, marks), *_need(facts, offer, marks)]
    percent, days = kept_percent(facts.behaviour, marks)
    steps = [*asked, Step("behaviour", {"percent": percent, "days": str(days)})]
    target = _floor(Decimal(min(_minor(one) for one in asked)) * percent / HUNDRED)
    target = _rounded(target, marks)
    if target > facts.current_minor and (why := _no_raise(facts, percent, marks)):
        target = facts.current_minor
        steps.append(why)
    if target != facts.current_minor and _is_near(target, facts.current_minor, marks):
        target = facts.current_minor
        steps.append(Step("near", {"percent": str(marks.change_percent)}))
    minor = target if target <= cap else _rounded(cap, marks)
    return Proposal(
        answer=_answer(minor, facts.current_minor),
        minor=minor,
        currency=facts.currency,
        cap_minor=cap,
        steps=tuple(steps),
    )


def kept_percent(of: Behaviour, marks: Marks) -> tuple[int, Decimal]:
    """Return which percent of a limit payment behaviour leaves, and the days late it counts as."""
    days = max(of.days_late or Decimal(0), Decimal(0))
    days += marks.event_days * (of.broken + of.returned)
    if days <= marks.good_days:
        return HUNDRED, days
    if days >= marks.bad_days:
        return 0, days
    left = (marks.bad_days - days) * HUNDRED / (marks.bad_days - marks.good_days)
    return _floor(left), days


def _need(facts: Facts, offer: Offer | None, marks: Marks) -> list[Step]:
    if facts.monthly_minor is None:
        return []
    if facts.monthly_minor == 0 == facts.highest_minor:
        return [Step("unused", {"minor": 0})]
    days = (offer.net_days if offer else DAYS_OF_MONTH) + marks.need_days
    bought = _floor(Decimal(facts.monthly_minor) * days / DAYS_OF_MONTH)
    params: dict[str, int | str | None] = {
        "minor": _percent(max(bought, facts.highest_minor), HUNDRED + marks.headroom_percent),
        "days": days,
        "monthly": facts.monthly_minor,
        "highest": facts.highest_minor,
        "headroom": str(marks.headroom_percent),
    }
    return [Step("need", params)]


def _allowed(facts: Facts, offer: Offer | None) -> list[Step]:
    """Return what bounds the limit whatever else is known."""
    if offer is None:
        code = "class_unknown" if facts.risk_class else "not_scored"
        return [Step(code, {"minor": facts.current_minor, "risk_class": facts.risk_class})]
    ceiling = Step("ceiling", {"minor": offer.minor, "risk_class": offer.risk_class})
    known = [
        Step(code, {"minor": _percent(of_minor, percent), "of": of_minor, "percent": str(percent)})
        for code, of_minor, percent in (
            ("equity", facts.equity_minor, offer.equity_percent),
            ("revenue", facts.revenue_minor, offer.revenue_percent),
        )
        if percent and of_minor is not None
    ]
    return [ceiling, *known]


def _without_figures(facts: Facts, offer: Offer | None, marks: Marks) -> list[Step]:
    """Return what is offered where neither equity nor revenue says anything."""
    if (
        offer is None
        or (offer.equity_percent and facts.equity_minor is not None)
        or (offer.revenue_percent and facts.revenue_minor is not None)
    ):
        return []
    is_good = kept_percent(facts.behaviour, marks)[0] == HUNDRED
    percent = Decimal(HUNDRED) if is_good else min(marks.references_percent, Decimal(HUNDRED))
    owed = _percent(facts.highest_minor, percent)
    own = offer.without_figures_minor
    return [Step("without_figures", {"minor": max(own, owed), "own": own, "owed": owed})]


def _no_raise(facts: Facts, percent: int, marks: Marks) -> Step | None:
    if percent < HUNDRED:
        return Step("late_payer", {"days": marks.good_days})
    if facts.behaviour.oldest_days > marks.bad_days:
        return Step("old_item", {"days": facts.behaviour.oldest_days})
    return None


def _is_near(target: int, current: int, marks: Marks) -> bool:
    """Whether a change is too small to be worth it; giving or taking away all of it never is."""
    if target == 0 or current == 0:
        return False
    return abs(target - current) * HUNDRED <= current * marks.change_percent


def _answer(minor: int, current: int) -> Answer:
    if minor == current:
        return "keep"
    if minor > current:
        return "raise"
    return "lower" if minor else "withdraw"


def _minor(step: Step) -> int:
    return int(step.params["minor"] or 0)


def _percent(of_minor: int, percent: Decimal) -> int:
    return _floor(Decimal(max(of_minor, 0)) * percent / HUNDRED)


def _floor(exact: Decimal) -> int:
    return int(exact.to_integral_value(ROUND_FLOOR))


def _rounded(minor: int, marks: Marks) -> int:
    return minor // marks.round_to_minor * marks.round_to_minor


def check_deciding(new: Deciding, *, current_minor: int) -> None:
    """Refuse a decision that leaves open what is to be, or why."""
    if new.choice != "accept" and not new.reason.strip():
        raise Invalid(
            "review_reason_missing",
            "Deciding against a proposal needs a reason",
            place=Place(field="reason"),
            mend="Say why.",
        )
    if new.choice == "other" and new.minor is None:
        raise Invalid(
            "review_limit_missing",
            "Another limit needs an amount",
            place=Place(field="amount"),
            mend="Give the limit, or accept or decline the proposal.",
        )
    if new.choice == "other" and new.minor == current_minor:
        raise Invalid(
            "review_limit_same",
            "That is the limit there is",
            place=Place(field="amount"),
            mend="Decline the proposal to leave the limit as it is.",
        )
    if new.minor is not None and not 0 <= new.minor <= MINOR_MAX:
        raise Invalid(
            "review_limit_out_of_range",
            "This limit cannot be kept",
            place=Place(field="amount"),
            mend="Give zero or a positive amount.",
        )
