"""The gate's reasons as sentences, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from django.utils.translation import get_language, gettext, ngettext

from creditdesk.contact.amounts import day_text
from creditdesk.contact.rules import Reason


def sentence(reason: Reason | Mapping[str, Any]) -> str:
    """Return one check of a verdict in a sentence; stored reasons come as mappings."""
    if not isinstance(reason, Reason):
        reason = Reason(reason["code"], bool(reason["passed"]), reason.get("params", {}))
    say = (_PASSED if reason.is_passed else _FAILED).get(reason.code)
    return say(dict(reason.params)) if say else reason.code


def status_reason(code: str) -> str:
    """Return in words why a message was withdrawn or failed; unknown codes as they stand."""
    texts = {
        "": "",
        "paid": gettext("Paid meanwhile"),
        "written_off": gettext("Written off meanwhile"),
        "amount_changed": gettext("An amount changed after it was written"),
        "dispute": gettext("An invoice was disputed meanwhile"),
        "promise": gettext("Payment was promised meanwhile"),
        "plan": gettext("A payment plan was agreed meanwhile"),
        "undelivered": gettext("Not delivered yet"),
        "direct_debit": gettext("It is being collected by direct debit"),
        "customer_hold": gettext("The customer was put on hold meanwhile"),
        "consent": gettext("The customer opted out meanwhile"),
        "bank_fresh": gettext("The bank import was out of date"),
        "business_day": gettext("Not a business day at the customer's place"),
        "pause": gettext("The customer had been written to in the meantime"),
        "new_step": gettext("This step had been taken already"),
        "up_to_date": gettext("It had waited too long to be still true"),
        "replaced": gettext("Replaced by a later run"),
        "address": gettext("There was no address"),
        "minimum": gettext("Too little was left to write about"),
        "items_left": gettext("Nothing was left to write about"),
        "decided_by_person": gettext("Decided by a person"),
    }
    return texts.get(code, code)


def hold_kind(kind: str) -> str:
    """Return the kind of a hold in words."""
    return {
        "dispute": gettext("dispute"),
        "promise": gettext("promise to pay"),
        "plan": gettext("payment plan"),
        "undelivered": gettext("not delivered"),
        "direct_debit": gettext("collected by direct debit"),
        "unapplied_money": gettext("money received, not yet applied"),
        "unhandled_reply": gettext("answer not yet handled"),
        "manual": gettext("hold placed by hand"),
    }.get(kind, kind)


def _dropped(params: dict[str, Any]) -> str:
    count = len(params.get("item_ids", ()))
    causes = {
        "dispute": ngettext(
            "%(count)d invoice left out: disputed", "%(count)d invoices left out: disputed", count
        ),
        "promise": ngettext(
            "%(count)d invoice left out: payment promised",
            "%(count)d invoices left out: payment promised",
            count,
        ),
        "plan": ngettext(
            "%(count)d invoice left out: on a payment plan",
            "%(count)d invoices left out: on a payment plan",
            count,
        ),
        "undelivered": ngettext(
            "%(count)d invoice left out: not delivered yet",
            "%(count)d invoices left out: not delivered yet",
            count,
        ),
        "direct_debit": ngettext(
            "%(count)d invoice left out: collected by direct debit",
            "%(count)d invoices left out: collected by direct debit",
            count,
        ),
        "paid": ngettext(
            "%(count)d invoice left out: paid", "%(count)d invoices left out: paid", count
        ),
        "amount_changed": ngettext(
            "%(count)d invoice left out: its amount changed",
            "%(count)d invoices left out: their amounts changed",
            count,
        ),
    }
    other = ngettext(
        "%(count)d invoice left out: on hold", "%(count)d invoices left out: on hold", count
    )
    return causes.get(params.get("cause", ""), other) % {"count": count}


def _stale(params: dict[str, Any]) -> str:
    accounts = ", ".join(params.get("accounts", ()))
    if not accounts:
        return gettext("Nobody knows how fresh the bank import is")
    return gettext("The bank import is out of date: %(accounts)s not closed on %(on)s") % {
        "accounts": accounts,
        "on": _day(params.get("required_on", "")),
    }


def _ago(params: Mapping[str, Any]) -> str:
    """Return how long ago, in words."""
    days = int(params["days"])
    if days == 0:
        return gettext("today")
    return ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days}


def _day(stored: str) -> str:
    """Return a stored date as people read it."""
    return day_text(date.fromisoformat(stored), get_language() or "en") if stored else ""


def _held(params: dict[str, Any]) -> str:
    kinds = ", ".join(hold_kind(kind) for kind in params.get("kinds", ()))
    return gettext("The customer is on hold: %(kinds)s") % {"kinds": kinds}


_FAILED: Final[Mapping[str, Callable[[dict[str, Any]], str]]] = {
    "address": lambda _p: gettext("There is no address to write to"),
    "hours": lambda p: (
        gettext("Outside the hours: %(at)s there, allowed %(earliest)s–%(latest)s") % p
    ),
    "business_day": lambda p: (
        gettext("%(on)s is not a business day there") % {"on": _day(p.get("on", ""))}
    ),
    "consent": lambda _p: gettext("The customer does not want reminders this way"),
    "customer_hold": _held,
    "items": _dropped,
    "items_left": lambda _p: gettext("Nothing is left to write about"),
    "minimum": lambda _p: gettext("The amount is below the smallest worth a reminder"),
    "new_step": lambda _p: gettext("This step has been taken already"),
    "pause": lambda p: (
        gettext("Written to %(ago)s; %(days_between)d must lie between") % {**p, "ago": _ago(p)}
    ),
    "up_to_date": lambda p: gettext("Written %(ago)s, it is no longer true") % {"ago": _ago(p)},
    "bank_fresh": _stale,
}
_PASSED: Final[Mapping[str, Callable[[dict[str, Any]], str]]] = {
    "address": lambda _p: gettext("There is an address"),
    "hours": lambda p: gettext("Within the hours: %(at)s there") % p,
    "business_day": lambda p: (
        gettext("%(on)s is a business day there") % {"on": _day(p.get("on", ""))}
    ),
    "consent": lambda _p: gettext("The customer has not opted out"),
    "customer_hold": lambda _p: gettext("The customer is not on hold"),
    "items": lambda _p: gettext("Every invoice is open, undisputed and not promised"),
    "items_left": lambda _p: gettext("There is something to write about"),
    "minimum": lambda _p: gettext("The amount is worth a reminder"),
    "new_step": lambda _p: gettext("This step has not been taken before"),
    "pause": lambda _p: gettext("The last message lies far enough back"),
    "up_to_date": lambda _p: gettext("It was written in the last days"),
    "bank_fresh": lambda _p: gettext("The bank import is fresh"),
}


def mail_kind(status: str, kind: str) -> str:
    """Return what a mail that waits for a person is, in a word or two."""
    if status == "refused":
        return gettext("Could not be read")
    return {
        "automatic": gettext("Answer of a machine"),
        "bounce": gettext("Came back undelivered"),
    }.get(kind, gettext("Not assigned"))


def mail_note(code: str) -> str:
    """Return what to know of a mail's text."""
    return {
        "html_only": gettext("The text was taken out of a formatted mail"),
        "no_text": gettext("The mail holds no text"),
        "shortened": gettext("The text is shortened; the original holds all of it"),
        "charset_guessed": gettext("Its letters were guessed; some may be wrong"),
        "outlook_only": gettext("The text stands in a file that only Outlook reads"),
        "encrypted": gettext("The mail is encrypted"),
    }.get(code, code)


def tied_by(code: str) -> str:
    """Return how it is known whose mail it is."""
    return {
        "answer": gettext("answers our message"),
        "reference": gettext("names our message, from their address"),
        "address": gettext("from their address"),
        "hand": gettext("assigned by hand"),
    }.get(code, code)
