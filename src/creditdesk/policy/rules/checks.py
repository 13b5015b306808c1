"""What must hold between the fields of a written policy, beyond each field's own bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from creditdesk.kernel.errors import Invalid, Place
from creditdesk.policy.rules.accounts import malformed_commands
from creditdesk.policy.rules.alerts import looking_differently, unordered
from creditdesk.policy.rules.interest import LAWS
from creditdesk.policy.rules.orders import CHECK_POINTS, ORDER_RULES
from creditdesk.policy.rules.rating import PayerRatingRules
from creditdesk.policy.rules.terms import Terms
from creditdesk.policy.rules.values import (
    COMPONENTS,
    TIME_CLASSES,
    InterestRules,
    Policy,
)

PERCENT = 100


def check(policy: Policy, terms: list[Terms]) -> None:
    """Raise Invalid, naming the field, where two fields of the policy contradict each other."""
    _check_terms(policy, terms)
    _check_ladder(policy)
    _check_interest(policy.interest)
    _check_payments(policy)
    _check_charges(policy)
    _check_granting(policy)
    for name in malformed_commands(policy.duties.second_person):
        raise policy_fault(
            "policy_command_malformed", "duties.second_person", f"{name!r} is no command",
            "Name commands as the reference of roles does, such as credit.block.",
        )  # fmt: skip
    _check_orders(policy)
    _check_grades(policy.payer_rating)
    if policy.contact.earliest >= policy.contact.latest:
        raise policy_fault(
            "policy_hours_empty", "contact.latest", "is not after the earliest hour",
            "Give a later hour.",
        )  # fmt: skip


def _check_orders(policy: Policy) -> None:
    rules = policy.orders
    for name, given, known in (
        ("refuse", rules.refuse, ORDER_RULES),
        ("check_points", rules.check_points, CHECK_POINTS),
        ("terms_held", rules.terms_held, tuple(policy.terms)),
    ):
        for one in given:
            if one not in known:
                raise policy_fault(
                    "policy_field_invalid", f"orders.{name}", f"cannot be {one!r}",
                    f"Give some of {', '.join(known)}.",
                )  # fmt: skip
    if rules.desk_opens >= rules.desk_closes:
        raise policy_fault(
            "policy_hours_empty", "orders.desk_closes", "is not after the desk opens",
            "Give a later hour.",
        )  # fmt: skip


def _check_grades(rules: PayerRatingRules) -> None:
    """Each grade of payers reaches further than the better one before it."""
    names = ("grade_a_days", "grade_b_days", "grade_c_days", "grade_d_days")
    for better, worse in pairwise(names):
        if getattr(rules, worse) <= getattr(rules, better):
            raise policy_fault(
                "policy_grades_order", f"payer_rating.{worse}", f"is not more than {better}",
                "Let each grade reach further than the better one.",
            )  # fmt: skip


def _check_terms(policy: Policy, terms: list[Terms]) -> None:
    for n, one in enumerate(terms):
        if policy.terms[one.code] is not one:
            raise policy_fault(
                "policy_code_twice", f"terms[{n}].code", f"{one.code!r} stands twice",
                "Give each terms a code of its own.",
            )  # fmt: skip
        if sum(one.instalment_percents) != PERCENT or min(one.instalment_percents) <= 0:
            raise policy_fault(
                "policy_instalments_uneven", f"terms[{n}].instalment_percents",
                "do not make up 100 percent", "Give positive percents that sum to 100.",
            )  # fmt: skip
        _check_parts(one, f"terms[{n}]")
    if policy.default_terms not in policy.terms:
        raise policy_fault(
            "policy_terms_unknown", "default_terms", f"{policy.default_terms!r} is not defined",
            "Name the code of one of the terms.",
        )  # fmt: skip


def _check_parts(terms: Terms, path: str) -> None:
    percents = [part.percent for part in terms.parts if part.percent is not None]
    shares = [part for part in terms.parts if part.minor is None]
    has_rest = any(part.percent is None for part in shares)
    if terms.parts and terms.instalment_percents != (PERCENT,):
        raise policy_fault(
            "policy_instalments_uneven", f"{path}.parts", "stands beside instalment_percents",
            "Give one of the two.",
        )  # fmt: skip
    if terms.parts and (not shares or not _makes_up(percents, has_rest=has_rest)):
        raise policy_fault(
            "policy_instalments_uneven", f"{path}.parts", "do not make up the whole",
            "Give percents that sum to 100, or less and a part with neither percent nor amount.",
        )  # fmt: skip
    for n, part in enumerate(terms.parts):
        if part.minor is not None and (part.percent is not None or not part.currency):
            raise policy_fault(
                "policy_instalments_uneven", f"{path}.parts[{n}]",
                "has an amount with a percent, or without a currency",
                "Give a percent, or an amount and its currency.",
            )  # fmt: skip
    for n, step in enumerate(terms.discounts):
        if not step.percent or (step.within_days is None) == (step.day_of_month is None):
            raise policy_fault(
                "policy_discount_unclear", f"{path}.discounts[{n}]",
                "has no percent, or not exactly one of within_days and day_of_month",
                "Say how much, and until when.",
            )  # fmt: skip


def _makes_up(percents: list[Decimal], *, has_rest: bool) -> bool:
    given = sum(percents, Decimal(0))
    return all(percents) and (given < PERCENT if has_rest else given == PERCENT)


def _check_ladder(policy: Policy) -> None:
    codes = [step.code for step in policy.ladder]
    if len(set(codes)) != len(codes):
        raise policy_fault(
            "policy_code_twice", "ladder", "names a step twice", "Give each step its own code."
        )
    for earlier, later in pairwise(policy.ladder):
        if later.days_late == earlier.days_late or later.level <= earlier.level:
            raise policy_fault(
                "policy_ladder_order", f"ladder {later.code}",
                f"(level {later.level}, {later.days_late} days) does not come after"
                f" {earlier.code} (level {earlier.level}, {earlier.days_late} days)",
                "Levels and days late must rise together.",
            )  # fmt: skip


def _check_interest(rules: InterestRules) -> None:
    if rules.mode == "off":
        return
    if rules.since is None:
        raise policy_fault(
            "policy_interest_since_missing", "interest.since", "is missing",
            "Say from which due date on late interest is charged.",
        )  # fmt: skip
    if rules.agreed_percent is None and any(
        law.code == rules.jurisdiction and law.fixing == "agreed" for law in LAWS
    ):
        raise policy_fault(
            "policy_interest_rate_missing", "interest.agreed_percent", "is missing",
            f"{rules.jurisdiction} gives no rate by law; name the agreed one.",
        )  # fmt: skip


def _check_payments(policy: Policy) -> None:
    currencies = [one.currency for one in policy.short_payments.tolerances]
    if len(set(currencies)) != len(currencies):
        raise policy_fault(
            "policy_code_twice", "short_payments.tolerances", "name a currency twice",
            "Give each currency one tolerance.",
        )  # fmt: skip
    limited = [one.currency for one in policy.counter.cash_limits]
    if len(set(limited)) != len(limited):
        raise policy_fault(
            "policy_code_twice", "counter.cash_limits", "name a currency twice",
            "Give each currency one limit.",
        )  # fmt: skip
    pairs = sorted(f"{one}:{of}" for one in TIME_CLASSES for of in COMPONENTS)
    if sorted(policy.allocation.order) != pairs:
        raise policy_fault(
            "policy_allocation_order", "allocation.order", "does not name every pair once",
            f"Bring these into order: {', '.join(pairs)}.",
        )  # fmt: skip


def _check_charges(policy: Policy) -> None:
    """Each reason has one rule of relief; fees name steps of the ladder, each once."""
    if _twice([one.reason for one in policy.write_offs.tax_relief]):
        raise policy_fault(
            "policy_code_twice", "write_offs.tax_relief", "name a reason twice",
            "Give each reason one rule.",
        )  # fmt: skip
    steps = {step.code for step in policy.ladder if step.days_late > 0}
    for n, one in enumerate(policy.dunning_fees.fees):
        if one.step not in steps:
            raise policy_fault(
                "policy_fee_step_unknown", f"dunning_fees.fees[{n}].step",
                f"{one.step!r} is no step after the due date", "Name a step of the ladder.",
            )  # fmt: skip
    if _twice([(one.step, one.currency, one.country) for one in policy.dunning_fees.fees]):
        raise policy_fault(
            "policy_code_twice", "dunning_fees.fees", "name a step twice",
            "Give each step, currency and country one fee.",
        )  # fmt: skip


def _check_granting(policy: Policy) -> None:
    """Each class, segment, role and subject has one row; terms and amounts named make sense."""
    rows: dict[str, Sequence[object]] = {
        "authority.matrix": [(one.subject, one.role) for one in policy.authority.matrix],
        "limits.by_class": [(one.risk_class, one.segment) for one in policy.limits.by_class],
        "reviews.by_class": [(one.risk_class, one.segment) for one in policy.reviews.by_class],
        "scorecards.uses": [one.segment for one in policy.scorecards.uses],
        "alerts.watch": [(one.signal, one.severity) for one in policy.alerts.watch],
    }
    for path, named in rows.items():
        if _twice(named):
            raise policy_fault(
                "policy_code_twice", path, "names the same twice", "Give each one row."
            )
    for n, step in enumerate(policy.authority.matrix):
        if step.alone_minor is None and step.second_minor is not None:
            raise policy_fault(
                "policy_authority_unclear", f"authority.matrix[{n}]",
                "has a second amount without a first", "Say up to which amount one decides alone.",
            )  # fmt: skip
    _check_limits(policy)
    _check_alerts(policy)


def _check_limits(policy: Policy) -> None:
    for n, row in enumerate(policy.limits.by_class):
        if row.terms and row.terms not in policy.terms:
            raise policy_fault(
                "policy_terms_unknown", f"limits.by_class[{n}].terms",
                f"{row.terms!r} is not defined", "Name the code of one of the terms.",
            )  # fmt: skip
        for name in ("automatic_minor", "without_figures_minor"):
            if getattr(row, name) > row.minor:
                raise policy_fault(
                    "policy_limit_unclear", f"limits.by_class[{n}].{name}",
                    "is more than the class may have",
                    "Give at most the highest limit of the class.",
                )  # fmt: skip


def _check_alerts(policy: Policy) -> None:
    for n in unordered(policy.alerts.watch):
        raise policy_fault(
            "policy_alerts_order", f"alerts.watch[{n}].threshold",
            "is reached no later than that of a less pressing row",
            "What is more pressing must take more to be reached.",
        )  # fmt: skip
    for n in looking_differently(policy.alerts.watch):
        raise policy_fault(
            "policy_alerts_look_back", f"alerts.watch[{n}].look_back_days",
            "differs from that of another row of the signal", "Let all its rows look back alike.",
        )  # fmt: skip


def _twice(given: Sequence[object]) -> bool:
    return any(count > 1 for count in Counter(given).values())


def policy_fault(code: str, field_path: str, what: str, mend: str) -> Invalid:
    """Return the error of one field, to be raised."""
    return Invalid(code, f"{field_path} {what}", place=Place(field=field_path), mend=mend)
