"""The figures of honest matching, as every screen of cash shows them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, cast

from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import gettext

from creditdesk.cash import queries as cash
from creditdesk.cash import wording
from creditdesk.cash.rules.metrics import Honest
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.look.shapes import Tone

# Of so many payments the figures are counted once a minute, not for every page.
MANY: Final = 20_000
HELD_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class FigureShown:
    """One figure: its name, value, parts, how it is worked out, and where its documents are."""

    label: str
    value: str
    part: int
    whole: int
    meaning: str
    address: str
    tone: Tone = ""


def figures(request: DeskRequest) -> Honest:
    """Return the figures as they stand; of very many payments, as they stood within a minute."""
    today = request.actor.today
    key = f"matching-figures:{request.company.id}:{today}"
    held: Honest | None = cache.get(key)
    if held is not None:
        return held
    found = cash.metrics(request.company.id, as_of=today)
    if found.straight_through.whole > MANY:
        cache.set(key, found, HELD_SECONDS)
    return found


def strip(request: DeskRequest) -> list[FigureShown]:
    """Return the figures every screen of cash always shows."""
    found = figures(request)
    base = reverse("matching-figures")
    rates = (
        (found.straight_through, "not_straight", ""),
        (found.line_hit, "straight", ""),
        (found.false_match, "undone", "bad" if found.false_match.part else ""),
    )
    shown = [
        FigureShown(
            wording.figure_name(one.code), percent(one.percent), one.part, one.whole,
            wording.figure_meaning(one.code), f"{base}?behind={behind}#behind", cast("Tone", tone),
        )
        for one, behind, tone in rates
    ]  # fmt: skip
    oldest = (
        gettext("%(days)d days") % {"days": found.oldest_days}
        if found.oldest_days is not None
        else "–"
    )
    code = "exceptions_oldest"
    return [
        *shown,
        FigureShown(
            wording.figure_name(code), oldest, sum(count for _, count in found.ages), 0,
            wording.figure_meaning(code), reverse("exceptions"),
        ),
    ]  # fmt: skip


def percent(value: Decimal | None) -> str:
    """Return a rate as it is shown; a dash where there is nothing to measure."""
    return "–" if value is None else f"{value:.1f} %"
