"""Who decides, limits by class, scorecards and reviews in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext, ngettext

from creditdesk.policy.rules import (
    AuthorityStep,
    CardUse,
    ClassLimit,
    Policy,
    ReviewRules,
)
from creditdesk.policy.wording import labels
from creditdesk.policy.wording.saying import (
    Clause,
    Said,
    clauses,
    days,
    money,
    months,
    percent,
)


def subject(code: str) -> str:
    """Return what is decided."""
    return {
        "limit": gettext("Credit limit"),
        "order_release": gettext("Release of a held order"),
        "credit_note": gettext("Credit note"),
        "write_off": gettext("Write-off"),
        "refund": gettext("Refund"),
        "plan": gettext("Payment plan"),
    }.get(code, code)


def role(code: str) -> str:
    """Return a role, or whoever is named for a customer, as a policy names it."""
    return {
        "collector": gettext("collector"),
        "cash_applier": gettext("cash applier"),
        "cashier": gettext("cashier"),
        "analyst": gettext("credit analyst"),
        "resolver": gettext("dispute resolver"),
        "sales": gettext("sales"),
        "biller": gettext("biller"),
        "master_data": gettext("master data"),
        "treasurer": gettext("treasurer"),
        "write_off_clerk": gettext("write-off clerk"),
        "manager": gettext("credit manager"),
        "auditor": gettext("auditor"),
        "administrator": gettext("administrator"),
        "customer_analyst": gettext("customer's own analyst"),
    }.get(code, code)


def authority(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield who decides what alone, and from which amounts one or two others approve."""
    for step in policy.authority.steps():
        key = ".".join(filter(None, ("authority", step.subject, step.role)))
        about = subject(step.subject)
        if step.role:
            about = gettext("%(subject)s, for the role %(role)s") % {
                "subject": about,
                "role": role(step.role),
            }
        yield Clause(
            key,
            gettext("%(subject)s: %(who)s") % {"subject": about, "who": _who(step, currency)},
        )


def _who(step: AuthorityStep, currency: str) -> str:
    if step.subject == "refund" and step.alone_minor is None:
        return gettext("asked for, checked, approved and released by different people, always.")
    if step.alone_minor is None:
        return gettext("one person decides alone, whatever the amount.")
    shown = {
        "alone": money(step.alone_minor, currency),
        "second": money(max(step.second_minor or 0, step.alone_minor), currency),
    }
    if step.second_minor is None and not step.alone_minor:
        return gettext("one other person always approves.")
    if step.second_minor is None:
        return gettext(
            "one person decides alone up to %(alone)s; above that one other approves."
        ) % (shown)
    if not step.alone_minor:
        return gettext("one other person always approves, above %(second)s two others do.") % shown
    return (
        gettext(
            "one person decides alone up to %(alone)s; above that one other approves, above"
            " %(second)s two others do."
        )
        % shown
    )


def named(risk_class: str, segment: str) -> str:
    """Return which customers a row is for."""
    shown = {"risk_class": risk_class, "segment": segment}
    if risk_class and segment:
        return gettext("Class %(risk_class)s in segment %(segment)s") % shown
    if risk_class:
        return gettext("Class %(risk_class)s") % shown
    if segment:
        return gettext("Segment %(segment)s") % shown
    return gettext("All other customers")


def limits(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield how high a limit may be by class and segment."""
    for row in policy.limits.by_class:
        yield Clause(
            f"limits.{row.risk_class}.{row.segment}",
            gettext("%(who)s: %(what)s")
            % {"who": named(row.risk_class, row.segment), "what": _limit(row, currency)},
        )
    if not policy.limits.by_class:
        yield Clause("limits.none", gettext("No class of customers has a highest limit."))


def _limit(row: ClassLimit, currency: str) -> str:
    if not row.minor:
        said = gettext("no credit")
    else:
        said = gettext("a limit of up to %(amount)s") % {"amount": money(row.minor, currency)}
    measures = [
        text % {"percent": percent(value)}
        for text, value in (
            (gettext("%(percent)s of the customer's equity"), row.equity_percent),
            (gettext("%(percent)s of the customer's revenue"), row.revenue_percent),
        )
        if value
    ]
    if measures:
        said = gettext("%(limit)s, at most %(measures)s") % {
            "limit": said,
            "measures": gettext(" and ").join(measures),
        }
    if row.without_figures_minor:
        said = gettext("%(limit)s; without figures up to %(amount)s") % {
            "limit": said,
            "amount": money(row.without_figures_minor, currency),
        }
    if row.automatic_minor:
        said = gettext("%(limit)s; granted without a person up to %(amount)s") % {
            "limit": said,
            "amount": money(row.automatic_minor, currency),
        }
    if row.terms:
        said = gettext("%(limit)s; terms %(terms)s") % {"limit": said, "terms": row.terms}
    if row.security != "none":
        said = gettext("%(limit)s; asked for: %(security)s") % {
            "limit": said,
            "security": labels.choice("security", row.security),
        }
    return f"{said}."


def scorecards(policy: Policy, _currency: str) -> Iterator[Clause]:
    """Yield which scorecard is used for whom."""
    for row in policy.scorecards.uses:
        yield Clause(f"scorecards.{row.segment}", _card(row))
    if not policy.scorecards.uses:
        yield Clause(
            "scorecards.none",
            gettext("Customers are scored with the card approved last, or the one that ships."),
        )


def _card(row: CardUse) -> str:
    shown = {"who": named("", row.segment), "card": row.card, "version": row.card_version}
    if row.card_version is None:
        return gettext("%(who)s: scorecard %(card)s, the version approved last.") % shown
    return gettext("%(who)s: scorecard %(card)s, version %(version)s.") % shown


def reviews(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield how often customers are reviewed."""
    for row in policy.reviews.by_class:
        yield Clause(
            f"reviews.{row.risk_class}.{row.segment}",
            gettext("%(who)s: reviewed every %(months)s.")
            % {"who": named(row.risk_class, row.segment), "months": months(row.every_months)},
        )
    if not policy.reviews.by_class:
        yield Clause("reviews.none", gettext("Customers are not reviewed by the calendar."))
    else:
        yield from clauses("reviews", policy.reviews, _REVIEWS, currency)


_REVIEWS: Final[tuple[Said[ReviewRules], ...]] = (
    Said(
        ("ahead_days",),
        lambda rules, _: (
            gettext("A review prepares itself %(days)s before it is due.")
            % {"days": days(rules.ahead_days)}
        ),
    ),
    Said(
        ("opened_max",),
        lambda rules, _: (
            ngettext(
                "A day opens at most %(count)d review, the longest due first.",
                "A day opens at most %(count)d reviews, the longest due first.",
                rules.opened_max,
            )
            % {"count": rules.opened_max}
            if rules.opened_max
            else gettext("A day opens every review that is due.")
        ),
    ),
    Said(
        ("good_days", "bad_days", "event_days"),
        lambda rules, _: (
            gettext(
                "Whoever pays up to %(good)s late is proposed the whole limit, from %(bad)s on"
                " none, in between a part; a broken promise or returned payment counts as"
                " %(event)s more."
            )
            % {
                "good": days(rules.good_days),
                "bad": days(rules.bad_days),
                "event": days(rules.event_days),
            }
        ),
    ),
    Said(
        ("change_percent",),
        lambda rules, _: (
            gettext("A limit stays if the proposal differs by at most %(percent)s %%.")
            % {"percent": rules.change_percent}
        ),
    ),
    Said(
        ("headroom_percent",),
        lambda rules, _: (
            gettext("A proposal leaves %(percent)s %% above what the purchases need.")
            % {"percent": rules.headroom_percent}
        ),
    ),
    Said(
        ("unchanged_minor",),
        lambda rules, currency: (
            gettext("A limit up to %(amount)s stays without a person where nothing else speaks.")
            % {"amount": money(rules.unchanged_minor, currency)}
            if rules.unchanged_minor
            else gettext("A person decides every review.")
        ),
    ),
)
