"""What is watched, and what raises an alert, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext, ngettext

from creditdesk.policy.rules import AlertRule, AlertRules, Policy
from creditdesk.policy.wording import granting
from creditdesk.policy.wording.saying import Clause, Said, clauses, days, percent


def signal(code: str) -> str:
    """Return what is watched."""
    return {
        "utilisation": gettext("Use of the limit"),
        "over_limit": gettext("More owed than the limit"),
        "broken_promises": gettext("Broken promises"),
        "returned_payments": gettext("Returned payments"),
        "oldest_overdue": gettext("Oldest unpaid item"),
        "overdue_share": gettext("Share that is late"),
        "slower_than_usual": gettext("Pays later than usual"),
        "rating_fell": gettext("Payer rating fell"),
        "bureau_change": gettext("Change at a bureau"),
        "insolvency": gettext("News of an insolvency"),
        "cover_expiring": gettext("Cover about to end"),
    }.get(code, code)


def severity(code: str) -> str:
    """Return how pressing an alert is."""
    return {
        "info": gettext("for information"),
        "warning": gettext("warning"),
        "critical": gettext("critical"),
    }.get(code, code)


def alerts(policy: Policy, currency: str) -> Iterator[Clause]:
    """Yield what raises an alert, and what an insolvency does by itself."""
    for row in policy.alerts.watch:
        yield Clause(f"alerts.{row.signal}.{row.severity}", _row(row))
    if not policy.alerts.watch:
        yield Clause("alerts.none", gettext("Nothing raises an alert."))
    yield from clauses("alerts", policy.alerts, _ALERTS, currency)


def _row(row: AlertRule) -> str:
    said = gettext("%(what)s: %(severity)s for the %(owner)s.") % {
        "what": reached(row), "severity": severity(row.severity), "owner": granting.role(row.owner),
    }  # fmt: skip
    if not row.quiet_days:
        return said
    quiet = gettext("Once closed it stays quiet for %(days)s unless it gets worse.") % {
        "days": days(row.quiet_days)
    }
    return f"{said} {quiet}"


def reached(row: AlertRule) -> str:
    """Return when a row is reached, as the beginning of a sentence."""
    within = days(row.look_back_days)
    return {
        "utilisation": gettext("%(percent)s of the limit used")
        % {"percent": percent(row.threshold)},
        "over_limit": gettext("Owed more than the limit by %(percent)s of it")
        % {"percent": percent(row.threshold)},
        "broken_promises": ngettext(
            "%(count)d broken promise within %(days)s",
            "%(count)d broken promises within %(days)s",
            row.threshold,
        )
        % {"count": row.threshold, "days": within},
        "returned_payments": ngettext(
            "%(count)d returned payment within %(days)s",
            "%(count)d returned payments within %(days)s",
            row.threshold,
        )
        % {"count": row.threshold, "days": within},
        "oldest_overdue": gettext("An item unpaid %(days)s after it was due")
        % {"days": days(row.threshold)},
        "overdue_share": gettext("%(percent)s of what is open is late")
        % {"percent": percent(row.threshold)},
        "slower_than_usual": gettext("Pays %(days)s later than usual")
        % {"days": days(row.threshold)},
        "rating_fell": ngettext(
            "The payer rating fell by %(count)d grade",
            "The payer rating fell by %(count)d grades",
            row.threshold,
        )
        % {"count": row.threshold},
        "bureau_change": gettext("What a bureau or register says has changed, within %(days)s")
        % {"days": within},
        "insolvency": gettext("News of an insolvency within %(days)s") % {"days": within},
        "cover_expiring": gettext("A cover or guarantee ends within %(days)s")
        % {"days": days(row.threshold)},
    }.get(row.signal, row.signal)  # fmt: skip


def _blocks(rules: AlertRules, _: str) -> str:
    if rules.insolvency_blocks:
        return gettext("News of an insolvency blocks the customer's credit at once.")
    return gettext("News of an insolvency blocks nothing by itself.")


def _stops(rules: AlertRules, _: str) -> str:
    if rules.insolvency_stops_contact:
        return gettext(
            "After news of an insolvency no reminder is sent until a person releases it."
        )
    return gettext("News of an insolvency stops no reminder by itself.")


def _lower(rules: AlertRules, _: str) -> str:
    if not rules.lower_is_better:
        return gettext("A score is better the higher it is, whichever bureau gives it.")
    return gettext("A score is better the higher it is, but for these bureaus: %(bureaus)s.") % {
        "bureaus": ", ".join(rules.lower_is_better)
    }


_ALERTS: Final[tuple[Said[AlertRules], ...]] = (
    Said(("insolvency_blocks",), _blocks),
    Said(("insolvency_stops_contact",), _stops),
    Said(("lower_is_better",), _lower),
)
