"""Codes of reviews in words, for the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, ngettext

from creditdesk.look.tags.figures import money_text
from creditdesk.look.words import plain


def answer(code: str) -> str:
    """Return what is proposed."""
    return {
        "keep": gettext("Leave it"),
        "raise": gettext("Raise it"),
        "lower": gettext("Lower it"),
        "withdraw": gettext("Take it away"),
    }.get(code, code)


def cause(code: str) -> str:
    """Return why a review was opened."""
    return {
        "calendar": gettext("by the calendar"),
        "by_hand": gettext("by hand"),
        "blocked": gettext("blocked"),
        "alert": gettext("an alert"),
    }.get(code, code)


def state(code: str) -> str:
    """Return how a review stands."""
    return {
        "due": gettext("due"),
        "open": gettext("open"),
        "decided": gettext("decided"),
    }.get(code, code)


def choice(code: str) -> str:
    """Return how a review was decided."""
    return {
        "accept": gettext("as proposed"),
        "other": gettext("another limit"),
        "decline": gettext("the limit stays"),
    }.get(code, code)


def reading(code: str) -> str:
    """Return the name of a figure that is shown for then and for now."""
    return {
        "owed": gettext("Owed"),
        "highest": gettext("Highest owed"),
        "limit": gettext("Limit"),
        "limits_set": gettext("Limits set"),
        "bought": gettext("Bought in a year"),
        "days_late": gettext("Days late, a year by amount"),
        "oldest_days": gettext("Oldest undisputed item, days late"),
        "broken": gettext("Promises broken"),
        "returned": gettext("Payments returned"),
        "disputed": gettext("In dispute"),
        "covered": gettext("Insurance cover"),
        "held": gettext("Orders held"),
        "blocked": gettext("Times blocked"),
        "statements": gettext("Financial statements"),
        "reports": gettext("Reports"),
        "changed": gettext("Changes of the account"),
        "bank": gettext("New bank details"),
    }.get(code, code)


def step(code: str, params: Mapping[str, Any], currency: str) -> str:
    """Return a step of a proposal as a sentence."""
    found = _amount_step(code, params, currency)
    return found or _behaviour_step(code, params) or code


def _amount_step(code: str, params: Mapping[str, Any], currency: str) -> str:
    """Return a step that offers an amount."""
    given = {name: _amount(params, name, currency) for name in _AMOUNTS if name in params}
    rates = {name: plain(params[name]) for name in _RATES if params.get(name) is not None}
    said = {"headroom": 0, **params, **rates, **given}
    texts = {
        "ceiling": gettext("Class %(risk_class)s is given at most %(minor)s."),
        "equity": gettext("%(percent)s %% of equity of %(of)s is %(minor)s."),
        "revenue": gettext("%(percent)s %% of a year's revenue of %(of)s is %(minor)s."),
        "without_figures": gettext(
            "Without figures %(minor)s: the class is given %(own)s, what was owed and paid"
            " supports %(owed)s."
        ),
        "not_scored": gettext("The customer was never assessed: no more than today's %(minor)s."),
        "class_unknown": gettext(
            "The policy offers class %(risk_class)s nothing, or no rate is known: no more than"
            " today's %(minor)s."
        ),
        "need": gettext(
            "The purchases need %(minor)s: %(monthly)s a month for %(days)s days, at least the"
            " highest amount owed, %(highest)s, and %(headroom)s %% more."
        ),
        "unused": gettext("Nothing was bought for a year, and nothing is owed."),
    }
    return texts[code] % said if code in texts else ""


_AMOUNTS = ("minor", "of", "own", "owed", "monthly", "highest")
_RATES = ("percent", "headroom", "days")


def _amount(params: Mapping[str, Any], name: str, currency: str) -> str:
    return money_text(int(params[name] or 0), currency)


def _behaviour_step(code: str, params: Mapping[str, Any]) -> str:
    if code == "behaviour":
        days = Decimal(str(params["days"]))
        said = {"days": plain(days), "percent": plain(params["percent"])}
        return ngettext(
            "Payment counts as %(days)s day late: %(percent)s %% of it is left.",
            "Payment counts as %(days)s days late: %(percent)s %% of it is left.",
            1 if days == 1 else 2,
        ) % said  # fmt: skip
    if code == "late_payer":
        return ngettext(
            "Whoever pays more than %(days)s day late is not raised.",
            "Whoever pays more than %(days)s days late is not raised.",
            int(params["days"]),
        ) % params  # fmt: skip
    if code == "old_item":
        return ngettext(
            "An undisputed item is %(days)s day late: no raise.",
            "An undisputed item is %(days)s days late: no raise.",
            int(params["days"]),
        ) % params  # fmt: skip
    if code == "near":
        return gettext(
            "The difference is at most %(percent)s %% of the limit: not worth a change."
        ) % {"percent": plain(params["percent"])}  # fmt: skip
    return ""
