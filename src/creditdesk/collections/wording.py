"""Reasons and actions of the worklist, outcomes and held runs, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from django.utils.translation import get_language, gettext, ngettext

from creditdesk.collections.rules import WorkReason
from creditdesk.contact.amounts import NO_BREAK_SPACE, day_text
from creditdesk.look.words import figure


def sentence(reason: WorkReason | Mapping[str, Any], currency: str = "") -> str:
    """Return why a customer is on the worklist; stored reasons come as mappings.

    `currency` is that of amounts a reason does not name itself.
    """
    if not isinstance(reason, WorkReason):
        reason = WorkReason(reason["code"], reason.get("params", {}))
    say = _REASONS.get(reason.code)
    return say({"currency": currency, **reason.params}) if say else reason.code


def action(code: str) -> str:
    """Return what to do, in a word or two."""
    return {
        "answer_reply": gettext("Answer"),
        "chase_promise": gettext("Ask about the promise"),
        "follow_up": gettext("Follow up"),
        "review_final": gettext("Decide what comes after the last reminder"),
        "call": gettext("Call"),
    }.get(code, code)


def held_reason(code: str) -> str:
    """Return why a dunning run wrote to nobody."""
    return {
        "": "",
        "bank_stale": gettext("The bank import is out of date: nobody was written to"),
        "bank_unknown": gettext(
            "No bank statement has been taken in yet: nobody knows what is paid, so nobody was "
            "written to"
        ),
        "shadow": gettext("A shadow: the first run waits to be signed, so nobody was written to"),
        "not_a_business_day": gettext("Not a business day: nobody was written to"),
    }.get(code, code)


def step(code: str) -> str:
    """Return the name of a step of the ladder; a company's own steps keep their code."""
    return {
        "before_due": gettext("Before the due date"),
        "reminder": gettext("Reminder"),
        "second": gettext("Second reminder"),
        "final": gettext("Final reminder"),
    }.get(code, code)


def promise_status(code: str) -> str:
    """Return how a promise stands."""
    return {
        "open": gettext("open"),
        "kept": gettext("kept"),
        "part_kept": gettext("partly kept"),
        "broken": gettext("broken"),
        "withdrawn": gettext("withdrawn"),
    }.get(code, code)


def outcome(code: str) -> str:
    """Return the outcome of an activity."""
    return {
        "": gettext("no outcome"),
        "reached": gettext("reached"),
        "not_reached": gettext("not reached"),
        "left_message": gettext("left a message"),
        "promise": gettext("promised to pay"),
        "dispute": gettext("disputes it"),
        "refused": gettext("refuses to pay"),
        "wrong_contact": gettext("wrong contact"),
    }.get(code, code)


def _money(params: Mapping[str, Any]) -> str:
    currency = str(params["currency"])
    return f"{figure(int(params['minor']), currency)}{NO_BREAK_SPACE}{currency}"


def _day(text: str) -> str:
    return day_text(date.fromisoformat(text), get_language() or "en")


def _overdue(params: Mapping[str, Any]) -> str:
    days = int(params["days_late"])
    late = ngettext("%(days)d day late", "%(days)d days late", days) % {"days": days}
    return ngettext(
        "%(money)s overdue in one invoice, %(late)s",
        "%(money)s overdue in %(items)d invoices, the oldest %(late)s",
        int(params["items"]),
    ) % {"money": _money(params), "items": params["items"], "late": late}


def _replies(params: Mapping[str, Any]) -> str:
    return ngettext(
        "Wrote to us and has no answer yet",
        "Wrote to us %(count)d times and has no answer yet",
        int(params["count"]),
    ) % {"count": params["count"]}


def _last_contact(params: Mapping[str, Any]) -> str:
    days = int(params["days"])
    if days == 0:
        return gettext("Last contact today")
    return ngettext("Last contact %(days)d day ago", "Last contact %(days)d days ago", days) % {
        "days": days
    }


_REASONS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "reply_open": _replies,
    "promise_broken": lambda p: (
        gettext("Promised %(money)s for %(day)s and did not pay")
        % {"money": _money(p), "day": _day(p["due_on"])}
    ),
    "promise_part_kept": lambda p: (
        gettext("Still owes %(money)s of what was promised for %(day)s")
        % {"money": _money(p), "day": _day(p["due_on"])}
    ),
    "follow_up_due": lambda p: gettext("To be followed up since %(day)s") % {"day": _day(p["on"])},
    "overdue": _overdue,
    "ladder_ended": lambda p: (
        gettext("Had the last reminder on %(day)s and did not pay") % {"day": _day(p["since"])}
    ),
    "last_contact": _last_contact,
    "never_contacted": lambda _p: gettext("Never contacted about it"),
    "rate_missing": lambda p: gettext("Without an exchange rate: %(currencies)s") % p,
}
