"""States and kinds of the treasury in the reader's words."""

from __future__ import annotations

from django.utils.translation import gettext

from creditdesk.look.shapes import Tone


def refund_state(code: str) -> tuple[str, Tone]:
    """Return how a refund stands, with its tone."""
    known: dict[str, tuple[str, Tone]] = {
        "asked": (gettext("asked for"), "info"),
        "approved": (gettext("approved"), "info"),
        "released": (gettext("on its way"), "warn"),
        "paid": (gettext("paid"), "good"),
        "failed": (gettext("came back"), "bad"),
        "cancelled": (gettext("cancelled"), ""),
        "refused": (gettext("refused"), ""),
    }
    return known.get(code, (code, ""))


def bank_check(kind: str, by: str) -> str:
    """Return how the bank details of a refund were checked."""
    if kind == "payer_account":
        return gettext("the account it was paid from")
    if kind == "call_back":
        return gettext("called back by %(by)s") % {"by": by}
    return gettext("not checked yet")


def run_state(code: str) -> tuple[str, Tone]:
    """Return how a collection stands, with its tone."""
    known: dict[str, tuple[str, Tone]] = {
        "drawn_up": (gettext("drawn up"), "info"),
        "approved": (gettext("approved"), "info"),
        "handed_over": (gettext("at the bank"), "warn"),
        "credited": (gettext("credited"), "good"),
        "cancelled": (gettext("cancelled"), ""),
    }
    return known.get(code, (code, ""))


def mandate_state(code: str) -> tuple[str, Tone]:
    """Return how a mandate stands, with its tone."""
    known: dict[str, tuple[str, Tone]] = {
        "live": (gettext("live"), "good"),
        "revoked": (gettext("revoked"), ""),
        "stopped": (gettext("stopped by the bank's answer"), "bad"),
    }
    return known.get(code, (code, ""))
