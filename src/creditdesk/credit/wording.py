"""Codes of credit in words, for the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext


def limit_kind(kind: str) -> str:
    """Return a kind of limit in words."""
    return {
        "internal": gettext("internal"),
        "temporary": gettext("temporary"),
        "insured": gettext("insured"),
        "guaranteed": gettext("guaranteed"),
    }.get(kind, kind)


def limit_counts(because: str) -> str:
    """Return in words why a part of a limit counts as it does."""
    return {
        "counts": gettext("counts in full"),
        "cut_to_backing": gettext("counts as far as it is backed"),
        "not_backed": gettext("nothing backs it today"),
        "no_rate": gettext("no exchange rate, so it counts nothing"),
    }.get(because, because)


def bucket(code: str) -> str:
    """Return a part of the exposure in words."""
    return {
        "open": gettext("Open, not yet due"),
        "overdue": gettext("Overdue"),
        "returned": gettext("Open again after a payment came back"),
        "reserved": gettext("Ordered, nothing invoiced yet"),
        "unbilled": gettext("Rest of orders invoiced in part"),
        "unapplied": gettext("Unapplied money and credit notes"),
    }.get(code, code)


def request_state(state: str) -> str:
    """Return the state of a request for a limit in words."""
    return {
        "open": gettext("waiting"),
        "granted": gettext("granted"),
        "refused": gettext("refused"),
        "taken_back": gettext("taken back"),
    }.get(state, state)


def guarantee_kind(kind: str) -> str:
    """Return who answers for a customer in words."""
    return {
        "bank": gettext("bank"),
        "parent": gettext("parent company"),
        "other": gettext("somebody else"),
    }.get(kind, kind)


def cover_kind(kind: str) -> str:
    """Return by which way a buyer is covered in words."""
    return {
        "named": gettext("named by the insurer"),
        "discretionary": gettext("within our own discretion"),
    }.get(kind, kind)


def uncovered(because: str) -> str:
    """Return in words why an item, or a part of it, is not covered."""
    return {
        "": gettext("covered"),
        "no_cover": gettext("no cover on the day it was issued"),
        "beyond_cover": gettext("beyond the cover"),
        "not_reported": gettext("not reported in time"),
        "delivered_while_overdue": gettext("delivered while an older item was too late"),
        "no_rate": gettext("no exchange rate"),
    }.get(because, because)


def report_state(state: str) -> str:
    """Return in words whether an overdue item is to be reported to the insurer."""
    return {
        "soon": gettext("to report"),
        "now": gettext("to report now"),
        "missed": gettext("deadline missed"),
        "reported": gettext("reported"),
    }.get(state, state)
