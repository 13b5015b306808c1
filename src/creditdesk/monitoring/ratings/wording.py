"""Ratings in words, in the reader's language."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext, ngettext

from creditdesk.look import words
from creditdesk.monitoring.ratings.rules import LATER, Drift, Norm, days_beyond

PROMPT, DISCOUNT, ANTICIPATES = 80, 90, 100


def grade(code: str) -> str:
    """Return what a grade means."""
    return {
        "A": gettext("pays on time"),
        "B": gettext("pays a little late"),
        "C": gettext("pays late"),
        "D": gettext("pays very late"),
        "E": gettext("hardly pays"),
    }.get(code, gettext("too little is known"))


def paydex(value: int | None) -> str:
    """Return what a PAYDEX stands for."""
    if value is None:
        return gettext("too few payments")
    if value >= ANTICIPATES:
        return gettext("pays before the invoice is written")
    if value >= DISCOUNT:
        return gettext("takes the discount")
    if value >= PROMPT:
        return gettext("prompt")
    beyond = days_beyond(value)
    return ngettext("%(count)d day beyond terms", "%(count)d days beyond terms", beyond) % {
        "count": beyond
    }


def drift_word(code: str) -> str:
    """Return a drift in a word or two."""
    if code == LATER:
        return gettext("later than usual")
    return gettext("as usual") if code else gettext("not known")


def drift(of: Drift, norm: Norm) -> str:
    """Return what the drift rests on, as a sentence."""
    if of.by_days is None or of.needs_days is None:
        return gettext(
            "Too few items to compare: %(earlier)d earlier, %(recent)d recent ones that a norm"
            " would have had paid by now."
        ) % {"earlier": norm.earlier_count, "recent": norm.recent_count}
    told = {
        "recent": days(norm.recent_days),
        "recent_count": norm.recent_count,
        "usual": days(norm.earlier_days),
        "usual_count": norm.earlier_count,
        "needs": days(of.needs_days),
    }
    if of.word == LATER:
        return (
            gettext(
                "Pays later than its own norm: the last %(recent_count)d items %(recent)s days"
                " after due, the %(usual_count)d before them %(usual)s; from %(needs)s days more"
                " on this is no chance."
            )
            % told
        )
    return (
        gettext(
            "Pays as it used to: the last %(recent_count)d items %(recent)s days after due, the"
            " %(usual_count)d before them %(usual)s; %(needs)s days more would be a drift."
        )
        % told
    )


def how(code: str) -> str:
    """Return what became of a part of a document."""
    return {
        "paid": gettext("paid"),
        "open": gettext("open"),
        "lost": gettext("written off"),
        "disputed": gettext("contested"),
    }.get(code, code)


def days(value: Decimal | None) -> str:
    """Return a number of days as the reader writes it, without needless noughts."""
    if value is None:
        return "–"
    plain = f"{value:.2f}".rstrip("0").rstrip(".")
    return plain.replace(".", words.point()).replace("-", "−")
