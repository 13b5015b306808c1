"""Cash, what a payment leaves open, returns, collections, the counter and write-offs in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext, ngettext

from creditdesk.policy.rules import (
    AllocationRules,
    CounterRules,
    DirectDebitRules,
    ForeignCurrencyRules,
    MatchingRules,
    Policy,
    ReturnRules,
    ShortPaymentRules,
)
from creditdesk.policy.wording.saying import Clause, Said, clauses, days, money, months, percent


def short_payments(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield what becomes of what a payment leaves open."""
    rules = policy.short_payments
    for one in rules.tolerances:
        yield Clause(
            f"short_payments.tolerances.{one.currency}",
            gettext(
                "In %(currency)s a difference of up to %(amount)s, and %(percent)s of the invoice,"
                " is written off as small; a bank's charge of up to %(fee)s is taken over."
            )
            % {
                "currency": one.currency,
                "amount": money(one.minor, one.currency),
                "percent": percent(one.percent),
                "fee": money(one.bank_fee_minor, one.currency),
            },
        )
    if not rules.tolerances:
        yield Clause("short_payments.tolerances", gettext("No difference is written off as small."))
    yield from clauses("short_payments", rules, _SHORT, currency)


def _grace(rules: ShortPaymentRules, _: str) -> str:
    if not rules.discount_grace_days:
        return gettext("A discount is earned by its last day and not later.")
    return gettext("A discount counts as earned for %(days)s after its last day.") % {
        "days": days(rules.discount_grace_days)
    }


def _part(rules: ShortPaymentRules, _: str) -> str:
    if rules.discount_on_part == "only_when_full":
        return gettext("Only who pays the whole in time earns the discount.")
    return gettext("Who pays a part in time earns the discount on that part.")


def _adjusts(rules: ShortPaymentRules, _: str) -> str:
    if rules.write_off_adjusts_tax:
        return gettext("A small difference written off lowers the tax.")
    return gettext("A small difference written off leaves the tax as it is.")


def _earned(rules: ShortPaymentRules, _: str) -> str:
    if rules.take_earned_discounts:
        return gettext("An earned discount is given without a person.")
    return gettext("A person looks at each discount taken.")


def _advices(rules: ShortPaymentRules, _: str) -> str:
    if rules.follow_advices:
        return gettext("What a remittance advice names is followed within these bounds.")
    return gettext("A person looks at each deduction a remittance advice names.")


_SHORT: Final[tuple[Said[ShortPaymentRules], ...]] = (
    Said(("discount_grace_days",), _grace),
    Said(("discount_on_part",), _part),
    Said(("take_earned_discounts",), _earned),
    Said(("write_off_adjusts_tax",), _adjusts),
    Said(("follow_advices",), _advices),
)


def matching(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield how money is matched to invoices."""
    yield from clauses("matching", policy.matching, _MATCHING, currency)


def _learned(rules: MatchingRules, _: str) -> str:
    if rules.learned_apply_percent >= 100:  # noqa: PLR2004 - percent
        return gettext("What was learned from people only proposes.")
    return gettext("What was learned from people applies by itself from %(percent)s on.") % {
        "percent": percent(rules.learned_apply_percent)
    }


_MATCHING: Final[tuple[Said[MatchingRules], ...]] = (
    Said(
        ("tolerance_minor",),
        lambda rules, currency: (
            gettext("An amount fits when it is off by at most %(amount)s.")
            % {"amount": money(rules.tolerance_minor, currency)}
        ),
    ),
    Said(
        ("combine_items_max",),
        lambda rules, _: (
            ngettext(
                "At most %(count)d item is combined to fit an amount.",
                "At most %(count)d items are combined to fit an amount.",
                rules.combine_items_max,
            )
            % {"count": rules.combine_items_max}
        ),
    ),
    Said(
        ("name_score_minimum",),
        lambda rules, _: (
            gettext("A payer's name counts when it is alike to %(percent)s.")
            % {"percent": percent(rules.name_score_minimum)}
        ),
    ),
    Said(
        ("short_payment_opens_dispute_percent",),
        lambda rules, _: (
            gettext(
                "A payment of at least %(percent)s of the invoice opens a dispute about the rest."
            )
            % {"percent": percent(rules.short_payment_opens_dispute_percent)}
        ),
    ),
    Said(("learned_apply_percent",), _learned),
)


def allocation(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield what money pays first where its payer names nothing."""
    yield from clauses("allocation", policy.allocation, _ALLOCATION, currency)


def _automatic(rules: AllocationRules, _: str) -> str:
    if rules.automatic:
        return gettext("Money that names nothing pays what is owed in order, without a person.")
    return gettext("Money that names nothing waits for a person.")


def _order(rules: AllocationRules, _: str) -> str:
    return gettext("What is owed is paid in this order: %(order)s.") % {
        "order": ", ".join(map(_place, rules.order))
    }


def _on_credit(rules: AllocationRules, _: str) -> str:
    if rules.consumers_on_credit:
        return gettext("Consumers owe by consumer credit: where a law binds for it, it decides.")
    return gettext("Consumers do not owe by consumer credit.")


def _place(pair: str) -> str:
    """Return a time class and a component, such as "costs past due"."""
    when, _, of = pair.partition(":")
    component = {
        "costs": gettext("costs"),
        "interest": gettext("interest"),
        "principal": gettext("principal"),
    }.get(of, of)
    pattern = {
        "past_due": gettext("%(component)s past due"),
        "due": gettext("%(component)s due that day"),
        "in_advance": gettext("%(component)s not due yet"),
    }.get(when, pair)
    return pattern % {"component": component}


_ALLOCATION: Final[tuple[Said[AllocationRules], ...]] = (
    Said(("automatic",), _automatic),
    Said(("order",), _order),
    Said(("consumers_on_credit",), _on_credit),
)


def foreign_currency(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield how money in another currency settles."""
    yield from clauses("foreign_currency", policy.foreign_currency, _FOREIGN, currency)


def _realise(rules: ForeignCurrencyRules, _: str) -> str:
    if rules.realise:
        return gettext("Exchange differences are posted when foreign items are paid.")
    return gettext("Exchange differences are not posted.")


_FOREIGN: Final[tuple[Said[ForeignCurrencyRules], ...]] = (
    Said(("realise",), _realise),
    Said(
        ("rate_tolerance_percent",),
        lambda rules, _: (
            gettext("A bank's exchange rate may differ from the day's by at most %(percent)s.")
            % {"percent": percent(rules.rate_tolerance_percent)}
        ),
    ),
)


def returns(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield what a returned payment costs and does."""
    yield from clauses("returns", policy.returns, _RETURNS, currency)


def _fee(rules: ReturnRules, currency: str) -> str:
    if not rules.fee_minor:
        return gettext("A returned payment costs the customer nothing.")
    return gettext(
        "A returned payment costs the customer %(amount)s, to be paid within %(days)s."
    ) % {"amount": money(rules.fee_minor, currency), "days": days(rules.fee_within_days)}


def _block(rules: ReturnRules, _: str) -> str:
    if not rules.block_at_count:
        return gettext("Returned payments never block credit by themselves.")
    return gettext("Credit is blocked after %(count)s returns within %(days)s.") % {
        "count": rules.block_at_count,
        "days": days(rules.block_within_days),
    }


_RETURNS: Final[tuple[Said[ReturnRules], ...]] = (
    Said(("fee_minor", "fee_within_days"), _fee),
    Said(("block_at_count", "block_within_days"), _block),
    Said(
        ("charges_max_minor",),
        lambda rules, currency: (
            gettext("The bank may add up to %(amount)s of its own charges to a return.")
            % {"amount": money(rules.charges_max_minor, currency)}
        ),
    ),
    Said(
        ("search_days",),
        lambda rules, _: (
            gettext("The payment a return is about is looked for %(days)s back.")
            % {"days": days(rules.search_days)}
        ),
    ),
)


def direct_debit(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield how collections are announced, handed over and tried again."""
    yield from clauses("direct_debit", policy.direct_debit, _DEBIT, currency)


_DEBIT: Final[tuple[Said[DirectDebitRules], ...]] = (
    Said(
        ("prenotify_days",),
        lambda rules, _: (
            gettext("Customers are told %(days)s before a collection.")
            % {"days": days(rules.prenotify_days)}
        ),
    ),
    Said(
        ("lead_days_core", "lead_days_b2b"),
        lambda rules, _: (
            gettext("The bank has a collection %(core)s before (B2B: %(b2b)s), in working days.")
            % {"core": days(rules.lead_days_core), "b2b": days(rules.lead_days_b2b)}
        ),
    ),
    Said(
        ("mandate_months",),
        lambda rules, _: (
            gettext("A mandate not used for %(months)s is not collected on any more.")
            % {"months": months(rules.mandate_months)}
        ),
    ),
    Said(
        ("retries_max", "retry_days"),
        lambda rules, _: (
            gettext(
                "A collection that came back for want of money is tried again %(days)s later, at"
                " most %(count)s times."
            )
            % {"days": days(rules.retry_days), "count": rules.retries_max}
        ),
    ),
)


def counter(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield what is taken over the counter."""
    for one in policy.counter.cash_limits:
        yield Clause(
            f"counter.cash_limits.{one.currency}",
            gettext("At most %(amount)s in cash is taken from a customer in a day.")
            % {"amount": money(one.minor, one.currency)},
        )
    if not policy.counter.cash_limits:
        yield Clause("counter.cash_limits", gettext("Cash is taken in any amount."))
    yield from clauses("counter", policy.counter, _COUNTER, currency)


_COUNTER: Final[tuple[Said[CounterRules], ...]] = (
    Said(
        ("cheque_stale_days", "cheque_ahead_days"),
        lambda rules, _: (
            gettext(
                "A cheque is refused once it is older than %(old)s, or dated more than %(ahead)s"
                " ahead."
            )
            % {"old": days(rules.cheque_stale_days), "ahead": days(rules.cheque_ahead_days)}
        ),
    ),
    Said(
        ("deposit_search_days",),
        lambda rules, _: (
            gettext("A deposit is looked for on the statements for %(days)s.")
            % {"days": days(rules.deposit_search_days)}
        ),
    ),
    Said(
        ("till_difference_minor",),
        lambda rules, currency: (
            gettext(
                "Differences of the till above %(amount)s a day are approved by a second person."
            )
            % {"amount": money(rules.till_difference_minor, currency)}
        ),
    ),
)


def write_offs(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield from when the tax within a write-off is taken back."""
    for one in policy.write_offs.tax_relief:
        shown = {
            "reason": because(one.reason),
            "after": days(one.after_due_days),
            "until": days(one.until_due_days),
        }
        said = (
            gettext("%(reason)s: the tax is taken back %(after)s after the due date.")
            if not one.until_due_days
            else gettext(
                "%(reason)s: the tax is taken back from %(after)s to %(until)s after the due date."
            )
        )
        yield Clause(f"write_offs.tax_relief.{one.reason}", said % shown)
    if not policy.write_offs.tax_relief:
        yield Clause("write_offs.none", gettext("No tax is taken back of what is written off."))
    yield from clauses("write_offs", policy.write_offs, (), currency)


def because(code: str) -> str:
    """Return why something is written off."""
    return {
        "bad_debt": gettext("Cannot be collected"),
        "insolvency": gettext("Insolvency"),
        "small_balance": gettext("Small balance"),
        "limitation": gettext("Limitation"),
        "disputed_lost": gettext("Dispute lost"),
    }.get(code, code)
