"""Codes of payments as words."""

from __future__ import annotations

from django.utils.translation import gettext


def case_kind(kind: str) -> str:
    """Return what a case asks, in words."""
    return {
        "missing": gettext("payment missing"),
        "misdirected": gettext("payment misdirected"),
        "wrong_amount": gettext("wrong amount"),
        "wrong_method": gettext("wrong way of paying"),
        "duplicate": gettext("paid twice"),
        "chargeback": gettext("charged back"),
        "refunded_elsewhere": gettext("refunded by the payment service"),
    }.get(kind, kind)


def case_state(state: str) -> str:
    """Return how a case stands, in words."""
    return {
        "open": gettext("Open"),
        "waiting": gettext("Waiting"),
        "answered": gettext("Answered"),
        "closed": gettext("Closed"),
    }.get(state, state)


def case_move(state: str) -> str:
    """Return what brings a case into a state, in words."""
    return {
        "open": gettext("Work on it again"),
        "waiting": gettext("Wait for somebody outside"),
        "answered": gettext("It is answered"),
    }.get(state, state)


def case_ending(ending: str) -> str:
    """Return how a case ended, in words."""
    return {
        "found": gettext("Found"),
        "corrected": gettext("Corrected"),
        "refunded": gettext("Refunded"),
        "won": gettext("Won"),
        "lost": gettext("Lost"),
        "rejected": gettext("Rejected"),
        "withdrawn": gettext("Withdrawn"),
    }.get(ending, ending)


def case_act(act: str) -> str:
    """Return what happened in a case, in words."""
    return {
        "opened": gettext("Opened"),
        "noted": gettext("Noted"),
        "attached": gettext("Evidence attached"),
        "told": gettext("The payment service told"),
        "taken": gettext("Taken over"),
        "open": gettext("Worked on again"),
        "waiting": gettext("Waits for somebody outside"),
        "answered": gettext("Answered"),
        "closed": gettext("Closed"),
    }.get(act, act)
