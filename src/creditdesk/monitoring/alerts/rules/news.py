"""What news may be of, and what differs between two reports of a bureau. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

INSOLVENT: Final = ("insolvency_petition", "insolvency_opened", "insolvency_without_assets")
INSOLVENCY_ENDED: Final = "insolvency_ended"
# What a bureau or register says has changed, for the worse or so that somebody should look.
CHANGED: Final = (
    "score_fell", "status_worse", "payment_default", "address_changed", "name_changed",
    "management_changed", "dissolved",
)  # fmt: skip
KINDS: Final = (*INSOLVENT, INSOLVENCY_ENDED, *CHANGED, "score_rose", "other")
# How files say it, folded to lower-case words.
_SAID: Final[Mapping[str, str]] = {
    "petition": "insolvency_petition",
    "insolvency petition": "insolvency_petition",
    "insolvenzantrag": "insolvency_petition",
    "insolvency": "insolvency_opened",
    "insolvent": "insolvency_opened",
    "opened": "insolvency_opened",
    "insolvency opened": "insolvency_opened",
    "winding up": "insolvency_opened",
    "administration": "insolvency_opened",
    "bankruptcy": "insolvency_opened",
    "insolvenzeröffnung": "insolvency_opened",
    "insolvenzverfahren eröffnet": "insolvency_opened",
    "redressement judiciaire": "insolvency_opened",
    "liquidation judiciaire": "insolvency_opened",
    "abweisung mangels masse": "insolvency_without_assets",
    "no assets": "insolvency_without_assets",
    "insolvency ended": "insolvency_ended",
    "verfahren aufgehoben": "insolvency_ended",
    "discharged": "insolvency_ended",
    "score down": "score_fell",
    "downgrade": "score_fell",
    "score up": "score_rose",
    "upgrade": "score_rose",
    "default": "payment_default",
    "address": "address_changed",
    "address change": "address_changed",
    "adressänderung": "address_changed",
    "name change": "name_changed",
    "umfirmierung": "name_changed",
    "management": "management_changed",
    "geschäftsführerwechsel": "management_changed",
    "struck off": "dissolved",
    "gelöscht": "dissolved",
}
_WORDS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Reported:
    """What two reports of one source are compared by."""

    score: Decimal | None = None
    grade: str = ""
    status: str = ""
    is_active: bool | None = None
    is_insolvent: bool | None = None


def as_kind(text: str) -> str | None:
    """Return the kind of news a text names, in our own words or those of files; None for none."""
    plain = " ".join(_WORDS.sub(" ", text.casefold()).split())
    own = plain.replace(" ", "_")
    return own if own in KINDS else _SAID.get(plain)


def changes(before: Reported, now: Reported, *, lower_is_better: bool = False) -> tuple[str, ...]:
    """Return the kinds of news a newer report makes beside an older one of the same source.

    A score is better the higher it is, unless the source counts the other way.
    """
    found = []
    if now.is_insolvent and not before.is_insolvent:
        found.append("insolvency_opened")
    if before.score is not None and now.score is not None and before.score != now.score:
        fell = (now.score < before.score) != lower_is_better
        found.append("score_fell" if fell else "score_rose")
    if (
        (before.is_active is not False and now.is_active is False)
        or (before.status and now.status and before.status != now.status)
        or (before.grade and now.grade and before.grade != now.grade and before.score == now.score)
    ):
        found.append("status_worse")
    return tuple(found)
