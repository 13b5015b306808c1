"""Alerts, their history and news in words, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext, ngettext

from creditdesk.policy.wording import watching

signal = watching.signal
severity = watching.severity


def value(of_signal: str, count: int) -> str:
    """Return a value of a signal with its unit."""
    if of_signal in ("utilisation", "over_limit", "overdue_share"):
        return f"{count} %"
    if of_signal in ("oldest_overdue", "slower_than_usual", "cover_expiring"):
        return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}
    if of_signal == "rating_fell":
        return ngettext("%(count)d grade", "%(count)d grades", count) % {"count": count}
    return str(count)


def act(code: str) -> str:
    """Return what became of an alert."""
    return {
        "raised": gettext("Raised"),
        "worsened": gettext("Got worse"),
        "eased": gettext("Less pressing"),
        "woke": gettext("Came back after it was put off"),
        "gone": gettext("Closed by itself: the cause is gone"),
        "reopened": gettext("Opened again: it got worse"),
        "came_back": gettext("Opened again: the cause came back"),
        "assigned": gettext("Given to somebody"),
        "snoozed": gettext("Put off"),
        "closed": gettext("Closed"),
    }.get(code, code)


def state(code: str) -> str:
    """Return how an alert stands."""
    return {
        "open": gettext("Open"),
        "snoozed": gettext("Put off"),
        "closed": gettext("Closed"),
    }.get(code, code)


def outcome(code: str) -> str:
    """Return how an alert ended."""
    return {
        "limit_lowered": gettext("Limit lowered"),
        "limit_raised": gettext("Limit raised"),
        "blocked": gettext("Credit blocked"),
        "contacted": gettext("Customer contacted"),
        "secured": gettext("Secured: guarantee, cover or deposit"),
        "other": gettext("Something else was done"),
        "no_action": gettext("Nothing needs to be done"),
        "cause_gone": gettext("The cause is gone"),
    }.get(code, code)


def news(code: str) -> str:
    """Return a kind of news."""
    return {
        "insolvency_petition": gettext("Insolvency filed for"),
        "insolvency_opened": gettext("Insolvency opened"),
        "insolvency_without_assets": gettext("Insolvency refused for lack of assets"),
        "insolvency_ended": gettext("Insolvency ended"),
        "score_fell": gettext("Score got worse"),
        "score_rose": gettext("Score got better"),
        "status_worse": gettext("Status or grade changed"),
        "payment_default": gettext("Payment default reported"),
        "address_changed": gettext("Address changed"),
        "name_changed": gettext("Name changed"),
        "management_changed": gettext("Management changed"),
        "dissolved": gettext("Dissolved or struck off"),
        "other": gettext("Other news"),
    }.get(code, code)


def matched_by(code: str) -> str:
    """Return by what news were tied to a customer."""
    return {
        "number": gettext("by customer number"),
        "vat": gettext("by VAT number"),
        "register": gettext("by register number"),
        "name": gettext("by name"),
        "report": gettext("from a report about the customer"),
    }.get(code, code)


def fault(code: str) -> str:
    """Return why somebody could not be told."""
    return {
        "hook_name_unknown": gettext("The host has no address"),
        "hook_address_refused": gettext("The address is not public and is not called"),
        "hook_slow": gettext("The other side takes too long"),
        "hook_not_trusted": gettext("The certificate of the other side is not trusted"),
        "hook_silent": gettext("The other side does not answer"),
        "hook_redirects": gettext("The other side leads elsewhere; that is not followed"),
        "hook_answer": gettext("The other side did not take it"),
        "mail_unsent": gettext("The mail server did not take it"),
        "no_address": gettext("The person has no mail address"),
        "not_a_member": gettext("The person has no role in the company any more"),
        "key_unreadable": gettext("Its key cannot be read: begin the subscription anew"),
        "ended": gettext("The subscription ended"),
        "failing": gettext("It failed too often"),
        "by_person": gettext("Ended by a person"),
    }.get(code, code)
