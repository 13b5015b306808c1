"""Reading a written policy: the default one, and every field checked by type and bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, time
from decimal import Decimal
from typing import Any, TypeVar, get_args, get_type_hints

from creditdesk.kernel.calendars import Roll, day_of
from creditdesk.policy.rules.accounts import AccountRules, DutyRules
from creditdesk.policy.rules.alerts import (
    OWNERS,
    SEVERITIES,
    SHIPPED,
    SIGNALS,
    AlertRule,
    AlertRules,
)
from creditdesk.policy.rules.assessing import AssessmentRules
from creditdesk.policy.rules.checks import check, policy_fault
from creditdesk.policy.rules.credit import (
    SECURITIES,
    SUBJECTS,
    Authority,
    AuthorityStep,
    CardUse,
    ClassLimit,
    LimitRules,
    ReviewCycle,
    ReviewRules,
    ScorecardRules,
    Subject,
)
from creditdesk.policy.rules.interest import DAY_COUNTS, LAWS
from creditdesk.policy.rules.orders import ORDER_RULES, OrderExclusion, OrderRules
from creditdesk.policy.rules.publishing import PublishingRules
from creditdesk.policy.rules.rating import PayerRatingRules
from creditdesk.policy.rules.terms import (
    Discount,
    DiscountBase,
    DiscountTax,
    Part,
    Remainder,
    Terms,
)
from creditdesk.policy.rules.values import (
    WRITE_OFF_REASONS,
    AllocationRules,
    CashLimit,
    ContactRules,
    CounterRules,
    DirectDebitRules,
    DunningFee,
    DunningFeeRules,
    EvidenceRules,
    ExposureRules,
    ForeignCurrencyRules,
    InterestRules,
    MatchingRules,
    Policy,
    PromiseRules,
    ReliefRule,
    ReturnRules,
    ShortPaymentRules,
    Step,
    Tolerance,
    WriteOffRules,
)

T = TypeVar("T")

DEFAULT: Mapping[str, Any] = {
    "default_terms": "net30",
    "terms": [
        {"code": "prepaid", "net_days": 0},
        {"code": "net7", "net_days": 7},
        {"code": "net14", "net_days": 14},
        {"code": "net30", "net_days": 30},
        {"code": "net45", "net_days": 45},
        {"code": "net60", "net_days": 60},
        {"code": "eom15", "net_days": 15, "from_month_end": True},
        {"code": "eom30", "net_days": 30, "from_month_end": True},
        {"code": "halves", "net_days": 30, "instalment_percents": [50, 50]},
    ],
    "ladder": [
        {"code": "before_due", "level": 0, "days_late": -5, "purpose": "service",
         "tone": "friendly", "pay_within_days": 5},
        {"code": "reminder", "level": 1, "days_late": 5, "tone": "friendly", "pay_within_days": 7},
        {"code": "second", "level": 2, "days_late": 19, "tone": "firm", "pay_within_days": 7},
        {"code": "final", "level": 3, "days_late": 40, "tone": "final", "pay_within_days": 10},
    ],
    "contact": {"earliest": "08:00", "latest": "18:00", "business_days_only": True,
                "days_between_messages": 7, "bank_import_must_be_fresh": True,
                "minimum_minor": 500},
    "orders": {"limit_tolerance_percent": "0", "overdue_days_max": 30,
               "overdue_minimum_minor": 5000, "watch_percent": "90", "reservation_days": 30,
               "no_limit_means": "hold"},
    "exposure": {"count_open": True, "count_overdue": True, "count_returned": True,
                 "count_reserved": True, "count_ordered_rest": True, "count_unapplied": True,
                 "haircut_percent": "0"},
    "matching": {"tolerance_minor": 0, "combine_items_max": 4, "name_score_minimum": "90",
                 "short_payment_opens_dispute_percent": "50", "learned_apply_percent": "98"},
    "promises": {"grace_days": 2, "longest_days": 30},
    "authority": {"limit_minor": 10_000_000, "limit_second_minor": 50_000_000,
                  "credit_note_minor": 1_000_000, "credit_note_second_minor": 10_000_000,
                  "write_off_minor": 0, "write_off_second_minor": 1_000_000, "matrix": []},
    "interest": {"mode": "off"},
    "short_payments": {"tolerances": [], "discount_grace_days": 0,
                       "discount_on_part": "only_when_full"},
    "allocation": {"automatic": False},
    "foreign_currency": {"realise": True, "rate_tolerance_percent": "5"},
    "returns": {"fee_minor": 0, "fee_within_days": 14, "charges_max_minor": 1_500,
                "search_days": 425, "block_at_count": 0, "block_within_days": 180},
    "direct_debit": {"prenotify_days": 14, "lead_days_core": 1, "lead_days_b2b": 1,
                     "mandate_months": 36, "retry_days": 7, "retries_max": 1},
    "counter": {"cash_limits": [], "cheque_stale_days": 180, "cheque_ahead_days": 90,
                "deposit_search_days": 14, "till_difference_minor": 1_000},
    "write_offs": {"tax_relief": []},
    "dunning_fees": {"fees": [], "within_days": 14},
    "limits": {"by_class": [
        {"risk_class": "A", "minor": 50_000_000, "equity_percent": "20",
         "revenue_percent": "10", "without_figures_minor": 1_000_000,
         "automatic_minor": 2_500_000, "terms": "net45", "security": "none"},
        {"risk_class": "B", "minor": 25_000_000, "equity_percent": "15",
         "revenue_percent": "10", "without_figures_minor": 500_000,
         "automatic_minor": 1_000_000, "terms": "net30", "security": "none"},
        {"risk_class": "C", "minor": 10_000_000, "equity_percent": "10",
         "revenue_percent": "5", "without_figures_minor": 250_000, "terms": "net30",
         "security": "none"},
        {"risk_class": "D", "minor": 2_500_000, "equity_percent": "5",
         "revenue_percent": "2", "terms": "net14", "security": "guarantee"},
        {"risk_class": "E", "minor": 0, "terms": "prepaid", "security": "none"},
    ]},
    "reviews": {"ahead_days": 14, "opened_max": 20, "good_days": 15, "bad_days": 90,
                "event_days": 10, "change_percent": "20", "headroom_percent": "50",
                "unchanged_minor": 0, "by_class": [
        {"risk_class": "A", "every_months": 12}, {"risk_class": "B", "every_months": 12},
        {"risk_class": "C", "every_months": 6}, {"risk_class": "D", "every_months": 3},
        {"risk_class": "E", "every_months": 3}, {"every_months": 12},
    ]},
    "scorecards": {"uses": []},
    "accounts": {"dormant_months": 24, "views_kept_days": 400},
    "duties": {"second_person": []},
    "assessment": {
        "need_days": 30, "references_percent": "50", "reference_late_days": 30,
        "round_to_minor": 50_000, "offer_days": 30, "draft_days": 60, "link_days": 45,
        "remind_after_days": 7, "reminders_max": 2,
    },
    "evidence": {"openings_days": 30, "openings_max": 2, "likeness_percent": 88,
                 "report_days": 90},
    "payer_rating": {
        "window_months": 12, "grade_a_days": 5, "grade_b_days": 15, "grade_c_days": 30,
        "grade_d_days": 60, "parts_min": 3, "paydex_parts_min": 3, "recent_days": 90,
        "drift_days": 7, "drift_parts_min": 4,
    },
    "alerts": {"watch": [asdict(one) for one in SHIPPED], "insolvency_blocks": True,
               "insolvency_stops_contact": True, "lower_is_better": []},
    "publishing": {"tell_customers": True, "notice_days": 0, "read_within_days": 14,
                   "remind_every_days": 7},
}  # fmt: skip


SECTIONS: Mapping[str, type] = {
    "contact": ContactRules,
    "orders": OrderRules,
    "exposure": ExposureRules,
    "matching": MatchingRules,
    "promises": PromiseRules,
    "authority": Authority,
    "interest": InterestRules,
    "short_payments": ShortPaymentRules,
    "allocation": AllocationRules,
    "foreign_currency": ForeignCurrencyRules,
    "returns": ReturnRules,
    "direct_debit": DirectDebitRules,
    "counter": CounterRules,
    "write_offs": WriteOffRules,
    "dunning_fees": DunningFeeRules,
    "limits": LimitRules,
    "reviews": ReviewRules,
    "scorecards": ScorecardRules,
    "accounts": AccountRules,
    "duties": DutyRules,
    "assessment": AssessmentRules,
    "evidence": EvidenceRules,
    "payer_rating": PayerRatingRules,
    "alerts": AlertRules,
    "publishing": PublishingRules,
}
NESTED: Mapping[Any, type] = {
    tuple[Part, ...]: Part,
    tuple[Discount, ...]: Discount,
    tuple[Tolerance, ...]: Tolerance,
    tuple[CashLimit, ...]: CashLimit,
    tuple[ReliefRule, ...]: ReliefRule,
    tuple[DunningFee, ...]: DunningFee,
    tuple[AuthorityStep, ...]: AuthorityStep,
    tuple[ClassLimit, ...]: ClassLimit,
    tuple[ReviewCycle, ...]: ReviewCycle,
    tuple[CardUse, ...]: CardUse,
    tuple[OrderExclusion, ...]: OrderExclusion,
    tuple[AlertRule, ...]: AlertRule,
}
KEYS = frozenset({"default_terms", "terms", "ladder", *SECTIONS})
PURPOSES = ("invoice", "statutory", "service", "collection", "marketing")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "roll": get_args(Roll),
    "discount_roll": get_args(Roll),
    "remainder": get_args(Remainder),
    "discount_tax": get_args(DiscountTax),
    "discount_base": get_args(DiscountBase),
    "purpose": PURPOSES,
    "no_limit_means": ("hold", "accept"),
    "expired_limit_means": ("no_limit", "hold"),
    "better_terms_mean": ("accept", "hold"),
    "late_goes_to": ("manager", "analyst"),
    "rule": ORDER_RULES,
    "mode": ("off", "memo", "post"),
    "jurisdiction": ("", *dict.fromkeys(law.code for law in LAWS)),
    "day_count": ("", *DAY_COUNTS),
    "reason": WRITE_OFF_REASONS,
    "subject": SUBJECTS,
    "security": SECURITIES,
    "signal": SIGNALS,
    "severity": SEVERITIES,
    "owner": OWNERS,
    "discount_on_part": ("only_when_full", "on_the_paid_part"),
}
# Bounds of whole numbers and percents by the end of a field's name; the first that fits counts.
BOUNDS: tuple[tuple[str, int, int], ...] = (
    ("days_late", -365, 3650),
    ("day_of_month", 1, 31),
    ("cut_off_day", 1, 31),
    ("months_later", 0, 60),
    ("dormant_months", 0, 120),
    ("_months", 1, 60),
    ("_items_max", 1, 12),
    ("goal_minutes", 1, 14_400),
    ("_days", 0, 3650),
    ("percent", 0, 100),
    ("name_score_minimum", 0, 100),
    ("level", 0, 99),
    ("", 0, 10**15),
)


def parse(rules: Mapping[str, Any], *, version: int, valid_from: date) -> Policy:
    """Read a version of the rules; what a section leaves out keeps its default.

    Raises Invalid naming the field, such as `ladder[2].days_late`.
    """
    _known_keys(rules, KEYS, "")
    for key in ("default_terms", "terms", "ladder"):
        if key not in rules:
            raise policy_fault("policy_field_missing", key, "is missing", "Add it.")
    terms = [_read(Terms, one, f"terms[{n}]") for n, one in enumerate(_list(rules, "terms"))]
    ladder = [_read(Step, one, f"ladder[{n}]") for n, one in enumerate(_list(rules, "ladder"))]
    sections: dict[str, Any] = {
        key: _read(kind, rules.get(key, {}), key) for key, kind in SECTIONS.items()
    }
    policy = Policy(
        version=version,
        valid_from=valid_from,
        default_terms=_value(str, rules["default_terms"], "default_terms"),
        terms={one.code: one for one in terms},
        ladder=tuple(sorted(ladder, key=lambda step: step.days_late)),
        **sections,
    )
    check(policy, terms)
    return policy


def _list(rules: Mapping[str, Any], key: str) -> list[object]:
    given = rules[key]
    if not isinstance(given, list | tuple) or not given:
        raise policy_fault("policy_field_invalid", key, "is no list of one or more", "Give a list.")
    return list(given)


def _read(kind: type[T], given: object, path: str) -> T:
    """Return a section as its dataclass, every field checked against its type and bounds."""
    if not isinstance(given, Mapping):
        raise policy_fault("policy_field_invalid", path, "has no fields", "Give names and values.")
    types = get_type_hints(kind)
    _known_keys(given, frozenset(types), path)
    values = {key: _value(types[key], value, f"{path}.{key}") for key, value in given.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise policy_fault(
            "policy_field_missing", path, "lacks a field", f"Add what is named here: {error}."
        ) from error


def _known_keys(given: Mapping[str, Any], known: frozenset[str], path: str) -> None:
    for key in given:
        if key not in known:
            raise policy_fault(
                "policy_field_unknown", f"{path}.{key}".lstrip("."), "is not known",
                f"There are {', '.join(sorted(known))}.",
            )  # fmt: skip


def _value(kind: Any, given: Any, path: str) -> Any:  # noqa: ANN401 - any JSON into any field
    """Return one value as the field's type, or raise Invalid naming the field."""
    name = path.rpartition(".")[2]
    if kind in NESTED:
        if not isinstance(given, list | tuple):
            raise policy_fault("policy_field_invalid", path, "is no list", "Give a list.")
        return tuple(_read(NESTED[kind], one, f"{path}[{n}]") for n, one in enumerate(given))
    try:
        value = _READERS[kind](given)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise policy_fault(
            "policy_field_invalid", path, f"cannot be {given!r}", str(error)
        ) from error
    if name in CHOICES and value not in CHOICES[name]:
        raise policy_fault(
            "policy_field_invalid", path, f"cannot be {given!r}",
            f"Give one of {', '.join(CHOICES[name])}.",
        )  # fmt: skip
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        low, high = next((low, high) for end, low, high in BOUNDS if name.endswith(end))
        if not low <= value <= high:
            raise policy_fault(
                "policy_field_invalid", path, f"cannot be {given!r}",
                f"Give a number from {low} to {high}.",
            )  # fmt: skip
    return value


def _of(kind: type, meant: str) -> Callable[[Any], Any]:
    def read(given: object) -> object:
        if not isinstance(given, kind) or (kind is int and isinstance(given, bool)):
            raise TypeError(f"Give {meant}.")
        if given == "":
            raise ValueError(f"Give {meant} that is not empty.")
        return given

    return read


def _decimal(given: Any) -> Decimal:  # noqa: ANN401 - any JSON
    if isinstance(given, float | bool):
        raise TypeError("Give a number in quotes or a whole number, not a binary fraction.")
    value = Decimal(given)
    if not value.is_finite():
        raise ValueError("Give a finite number.")
    return value


def _time(given: Any) -> time:  # noqa: ANN401 - any JSON
    value = time.fromisoformat(given)
    if value.tzinfo is not None:
        raise ValueError("Give an hour without a zone; the customer's own zone counts.")
    return value


def _date(given: Any) -> date:  # noqa: ANN401 - any JSON
    return day_of(given)


def _percents(given: Any) -> tuple[int, ...]:  # noqa: ANN401 - any JSON
    if not isinstance(given, list | tuple) or not given:
        raise TypeError("Give a list of percents.")
    return tuple(_of(int, "a whole number")(one) for one in given)


_READERS: Mapping[Any, Callable[[Any], Any]] = {
    int: _of(int, "a whole number"),
    bool: _of(bool, "true or false"),
    str: _of(str, "a text"),
    Decimal: _decimal,
    time: _time,
    tuple[int, ...]: _percents,
    tuple[str, ...]: lambda given: tuple(
        _of(str, "a text")(one) for one in _of(list, "a list")(given)
    ),
    int | None: lambda given: None if given is None else _of(int, "a whole number")(given),
    date | None: lambda given: None if given is None else _date(given),
    Decimal | None: lambda given: None if given is None else _decimal(given),
    **dict.fromkeys((Roll, Remainder, DiscountTax, DiscountBase, Subject), _of(str, "a text")),
}
