"""Who is told of a new version of the rules: staff by their work, customers by what binds them.

A version concerns a customer whose terms, late interest, reminders, fees of reminders or limits by
class say something else from its day. No law of trade credit known here sets a notice period for
a change that meets a whole class of accounts (12 CFR 1002.2(c)(1)(ii) does not count one as adverse
action); a company sets its own in `notice_days`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from creditdesk.policy.rules.values import Policy

_EVERYBODY: Final = frozenset({
    "collector", "cash_applier", "cashier", "analyst", "resolver", "sales", "biller", "master_data",
    "manager", "treasurer", "administrator", "write_off_clerk",
})  # fmt: skip
_GRANTING: Final = frozenset({"analyst", "sales", "master_data", "manager"})
_COLLECTING: Final = frozenset({"collector", "resolver", "sales", "manager"})
_CASH: Final = frozenset({"cash_applier", "collector", "manager"})
# Whose work a section is about; one that is not named is about everybody's.
CONCERNS: Final[Mapping[str, frozenset[str]]] = {
    "terms": _EVERYBODY,
    "default_terms": _EVERYBODY,
    "limits": _GRANTING,
    "scorecards": frozenset({"analyst", "manager"}),
    "reviews": frozenset({"analyst", "manager"}),
    "assessment": _GRANTING,
    "evidence": frozenset({"analyst", "master_data", "manager"}),
    "accounts": frozenset({"master_data", "analyst", "manager"}),
    "exposure": frozenset({"analyst", "sales", "manager"}),
    "orders": frozenset({"analyst", "sales", "manager", "biller"}),
    "ladder": _COLLECTING,
    "contact": _COLLECTING,
    "promises": _COLLECTING,
    "interest": _COLLECTING | {"biller", "cash_applier"},
    "dunning_fees": _COLLECTING | {"biller"},
    "short_payments": _CASH | {"resolver"},
    "matching": _CASH,
    "allocation": _CASH,
    "foreign_currency": _CASH | {"treasurer"},
    "returns": _CASH | {"treasurer"},
    "direct_debit": frozenset({"treasurer", "cash_applier", "master_data", "manager"}),
    "counter": frozenset({"cashier", "cash_applier", "manager"}),
    "write_offs": frozenset({"write_off_clerk", "collector", "manager"}),
}
# The sections that bind a customer, in the order in which a letter speaks of them.
BINDING: Final = ("terms", "interest", "dunning_fees", "ladder", "limits")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishingRules:
    """How a new version is told: whom, how long before, and by when staff have read it.

    A version that concerns customers comes into force `notice_days` after it is published at the
    earliest. Whoever has not read it after `read_within_days` is overdue, and reminded every
    `remind_every_days`; 0 reminds nobody by itself.
    """

    tell_customers: bool = True
    notice_days: int = 0
    read_within_days: int = 14
    remind_every_days: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What of a customer decides which rules bind it."""

    terms: str
    currency: str
    country: str = ""
    risk_class: str = ""
    segment: str = ""


def concerned_roles(sections: Collection[str]) -> frozenset[str]:
    """Return the roles whose work the changed sections are about."""
    return frozenset[str]().union(*(CONCERNS.get(one, _EVERYBODY) for one in sections))


def binds(before: Policy, after: Policy, customer: Bound) -> tuple[str, ...]:
    """Return which binding sections say something else for a customer, in the order of a letter."""
    changed = {
        "terms": before.terms_for(customer.terms) != after.terms_for(customer.terms),
        "interest": _interest(before, after),
        "dunning_fees": _fees(before, customer) != _fees(after, customer),
        "ladder": before.ladder != after.ladder,
        "limits": before.limits.for_class(customer.risk_class, customer.segment)
        != after.limits.for_class(customer.risk_class, customer.segment),
    }  # fmt: skip
    return tuple(one for one in BINDING if changed[one])


def may_bind(before: Policy, after: Policy) -> bool:
    """Whether a version can concern any customer at all."""
    return (
        before.terms != after.terms
        or before.default_terms != after.default_terms
        or _interest(before, after)
        or before.dunning_fees != after.dunning_fees
        or before.ladder != after.ladder
        or before.limits != after.limits
    )


def earliest(after: Policy, today: date) -> date:
    """Return the first day from which rules that concern customers may be in force."""
    return today + timedelta(days=after.publishing.notice_days)


def due_to_read(told_on: date, rules: PublishingRules) -> date:
    """Return the last day on which somebody who was told reads in time."""
    return told_on + timedelta(days=rules.read_within_days)


def reminder_due(last_told_on: date, rules: PublishingRules, today: date) -> bool:
    """Whether somebody who was told, or reminded, last on a day is reminded today."""
    return 0 < rules.remind_every_days <= (today - last_told_on).days


def _fees(policy: Policy, customer: Bound) -> dict[str, object]:
    """Return what each step costs such a customer."""
    by_step = {
        step.code: policy.dunning_fees.fee(step.code, customer.currency, customer.country)
        for step in policy.ladder
    }
    return {step: fee for step, fee in by_step.items() if fee is not None}


def _interest(before: Policy, after: Policy) -> bool:
    is_off = before.interest.mode == after.interest.mode == "off"
    return not is_off and before.interest != after.interest
