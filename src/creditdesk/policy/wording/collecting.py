"""Reminders, contact, promises, late interest and fees in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext

from creditdesk.look import words as look_words
from creditdesk.policy.rules import (
    ContactRules,
    DunningFeeRules,
    InterestRules,
    Policy,
    PromiseRules,
    Step,
)
from creditdesk.policy.wording.saying import (
    Clause,
    Said,
    clauses,
    days,
    hour,
    money,
    percent,
)


def ladder(policy: Policy, _currency: str) -> Iterator[Clause]:
    """Yield each step of the ladder."""
    for step in policy.ladder:
        yield Clause(f"ladder.{step.code}", _step(step))


def _step(step: Step) -> str:
    shown = {
        "code": step.code,
        "level": step.level,
        "days": days(abs(step.days_late)),
        "tone": tone(step.tone),
        "channel": channel(step.channel),
        "purpose": purpose(step.purpose),
        "pay": days(step.pay_within_days),
    }
    if step.days_late < 0:
        when = gettext("%(days)s before the due date") % shown
    elif step.days_late == 0:
        when = gettext("on the due date")
    else:
        when = gettext("%(days)s after the due date") % shown
    return gettext(
        "%(code)s, level %(level)s: %(when)s %(channel)s, %(tone)s in tone, as %(purpose)s;"
        " %(pay)s are given to pay."
    ) % {**shown, "when": when}


def channel(code: str) -> str:
    """Return by which way a step reaches the customer."""
    return {
        "email": gettext("by e-mail"),
        "letter": gettext("by letter"),
        "phone": gettext("by telephone"),
    }.get(code, code)


def tone(code: str) -> str:
    """Return how a step speaks."""
    return {
        "friendly": gettext("friendly"),
        "firm": gettext("firm"),
        "final": gettext("final"),
    }.get(code, code)


def purpose(code: str) -> str:
    """Return what a message is about, for the rules of contact."""
    return {
        "invoice": gettext("an invoice"),
        "statutory": gettext("a statutory notice"),
        "service": gettext("a service message"),
        "collection": gettext("a reminder"),
        "marketing": gettext("marketing"),
    }.get(code, code)


def contact(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield when customers may be contacted."""
    yield from clauses("contact", policy.contact, _CONTACT, currency)


def _hours(rules: ContactRules, _: str) -> str:
    shown = {"earliest": hour(rules.earliest), "latest": hour(rules.latest)}
    if rules.business_days_only:
        return (
            gettext(
                "Customers are contacted between %(earliest)s and %(latest)s of their own time, on"
                " working days only."
            )
            % shown
        )
    return (
        gettext(
            "Customers are contacted between %(earliest)s and %(latest)s of their own time, on any"
            " day."
        )
        % shown
    )


def _bank(rules: ContactRules, _: str) -> str:
    if rules.bank_import_must_be_fresh:
        return gettext("Nobody is reminded while the bank statements are out of date.")
    return gettext("Reminders go out even while the bank statements are out of date.")


_CONTACT: Final[tuple[Said[ContactRules], ...]] = (
    Said(("earliest", "latest", "business_days_only"), _hours),
    Said(
        ("days_between_messages",),
        lambda rules, _: (
            gettext("Between two reminders to a customer lie at least %(days)s.")
            % {"days": days(rules.days_between_messages)}
        ),
    ),
    Said(("bank_import_must_be_fresh",), _bank),
    Said(
        ("minimum_minor",),
        lambda rules, currency: (
            gettext("Nobody is reminded of less than %(amount)s.")
            % {"amount": money(rules.minimum_minor, currency)}
        ),
    ),
)


def promises(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield how promises are judged."""
    yield from clauses("promises", policy.promises, _PROMISES, currency)


_PROMISES: Final[tuple[Said[PromiseRules], ...]] = (
    Said(
        ("grace_days",),
        lambda rules, _: (
            gettext("A promise is broken %(days)s after its day.")
            % {"days": days(rules.grace_days)}
        ),
    ),
    Said(
        ("longest_days",),
        lambda rules, _: (
            gettext("A promise reaches at most %(days)s ahead.")
            % {"days": days(rules.longest_days)}
        ),
    ),
)


def fees(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield what reminders cost the customer."""
    rules = policy.dunning_fees
    for fee in rules.fees:
        country = fee.country or gettext("all countries")
        said = gettext("The step %(step)s costs %(amount)s per invoice, for %(country)s.") % {
            "step": fee.step,
            "amount": money(fee.minor, fee.currency),
            "country": country,
        }
        if fee.invoice_max_minor:
            said += " " + gettext("An invoice is charged at most %(amount)s in all.") % {
                "amount": money(fee.invoice_max_minor, fee.currency)
            }
        yield Clause(f"dunning_fees.{fee.step}.{fee.currency}.{fee.country}", said)
    if rules.fees:
        yield from clauses("dunning_fees", rules, _FEES, currency)
    else:
        yield Clause("dunning_fees.none", gettext("Reminders cost the customer nothing."))


_FEES: Final[tuple[Said[DunningFeeRules], ...]] = (
    Said(
        ("within_days",),
        lambda rules, _: (
            gettext("A fee is to be paid within %(days)s.") % {"days": days(rules.within_days)}
        ),
    ),
)


def interest(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield whether and how late interest is charged."""
    if policy.interest.mode == "off":
        yield Clause("interest.mode", gettext("No late interest is charged."))
    else:
        yield from clauses("interest", policy.interest, _INTEREST, currency)


def _mode(rules: InterestRules, _: str) -> str:
    shown = {"since": look_words.day(rules.since)}
    if rules.mode == "memo":
        return (
            gettext("Late interest on what falls due from %(since)s on is shown and not charged.")
            % shown
        )
    return gettext("Late interest is charged on what falls due from %(since)s on.") % shown


def _law(rules: InterestRules, _: str) -> str:
    if rules.jurisdiction:
        return gettext("The law of %(code)s counts, whatever the customer's country.") % {
            "code": rules.jurisdiction
        }
    return gettext("The law of the customer's country counts.")


def _compensation(rules: InterestRules, _: str) -> str:
    if rules.compensation:
        return gettext("The compensation the law gives is charged too.")
    return gettext("The compensation the law gives is not charged.")


def _letters(rules: InterestRules, _: str) -> str:
    if rules.on_letters:
        return gettext("Reminders show the interest so far.")
    return gettext("Reminders do not show the interest so far.")


def _disputed(rules: InterestRules, _: str) -> str:
    if rules.charge_disputed:
        return gettext("What is contested is charged too.")
    return gettext("What is contested is charged only once that is settled.")


def _credited(rules: InterestRules, _: str) -> str:
    if rules.credited_bears_interest:
        return gettext("What was credited later bears interest until then.")
    return gettext("What was credited later bears no interest.")


_INTEREST: Final[tuple[Said[InterestRules], ...]] = (
    Said(("mode", "since"), _mode),
    Said(("jurisdiction",), _law),
    Said(
        ("agreed_percent",),
        lambda rules, _: (
            ""
            if rules.agreed_percent is None
            else gettext("The agreed rate is %(percent)s a year.")
            % {"percent": percent(rules.agreed_percent)}
        ),
    ),
    Said(
        ("day_count",),
        lambda rules, _: (
            ""
            if not rules.day_count
            else gettext("Days are counted by %(rule)s.") % {"rule": rules.day_count}
        ),
    ),
    Said(("compensation",), _compensation),
    Said(
        ("minimum_minor",),
        lambda rules, currency: (
            gettext("Less than %(amount)s of interest is not charged.")
            % {"amount": money(rules.minimum_minor, currency)}
        ),
    ),
    Said(
        ("pay_within_days",),
        lambda rules, _: (
            gettext("Charged interest is to be paid within %(days)s.")
            % {"days": days(rules.pay_within_days)}
        ),
    ),
    Said(("credited_bears_interest",), _credited),
    Said(("charge_disputed",), _disputed),
    Said(("on_letters",), _letters),
)
