"""Codes of payments as words."""

from __future__ import annotations

from django.utils.translation import gettext

from creditdesk.look.shapes import Tone


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


def payout_state(state: str, minor: int) -> tuple[str, Tone]:
    """Return how a payout stands in words, and their tone; a negative one was taken from us."""
    if state == "cleared":
        return (gettext("Arrived") if minor > 0 else gettext("Taken from the bank")), "good"
    if state == "failed":
        return gettext("Failed"), "bad"
    return gettext("Awaited"), "info"


def movement_kind(kind: str) -> str:
    """Return what a movement with the provider is, in words; its own word where we have none."""
    return {
        "charge": gettext("Payment"),
        "payment": gettext("Payment"),
        "refund": gettext("Refund"),
        "payment_refund": gettext("Refund"),
        "adjustment": gettext("Chargeback or correction"),
        "stripe_fee": gettext("Fee of the payment service"),
        "payout_failure": gettext("A payout that failed"),
    }.get(kind, kind)
