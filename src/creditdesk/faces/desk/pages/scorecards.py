"""Scorecards: which one counts, how learned ones do on firms they never saw, and approval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.assessment import queries, services, wording
from creditdesk.faces.desk import confirming, forms, requests

HUNDRED: Final = 100
DASH: Final = "–"


@dataclass(frozen=True, slots=True)
class CardShown:
    """A learned card with how it did on firms it never saw."""

    row: queries.CardRow
    figures: Sequence[tuple[str, str]]
    groups: Sequence[tuple[int, int, str, str]]
    may_approve: bool


@require_safe
def cards(request: HttpRequest) -> HttpResponse:
    """Show which card counts, and every learned one with its measures."""
    desk = requests.of(request)
    today = desk.actor.today
    used = queries.card_for(desk.company.id, today)
    may = desk.actor.may("assessment.approve_card")
    rows = [one for one in queries.cards(desk.company.id) if one.measures]
    context = {
        "used": used,
        "factors": [(wording.point(one.point), one) for one in used.factors],
        "rows": [_card(one, may=may, by=desk.actor.name) for one in rows],
        "today": today,
        "runs": [_run(one) for one in queries.runs(desk.company.id)],
        "may_fit": desk.actor.may("assessment.fit_card"),
    }
    return render(request, "desk/customer/scorecards.html", context)


@require_POST
def fit(request: HttpRequest) -> HttpResponse:
    """Let a job learn a card from our own history."""
    desk = requests.of(request)
    said = gettext("A scorecard is being learned; look again in some minutes")
    return confirming.done(request, lambda: services.ask_fit(forms.acting(desk)), said,
                           "scorecards")  # fmt: skip


def _run(row: queries.RunRow) -> tuple[queries.RunRow, str]:
    return row, wording.fitting(row.state, row.code)


@require_POST
def approve(request: HttpRequest, card_id: int) -> HttpResponse:
    """Let a card count from a day on."""
    desk = requests.of(request)
    queries.card(desk.company.id, card_id)

    def act() -> object:
        valid_from = forms.required_day(request, "valid_from")
        return services.approve_card(forms.acting(desk), card_id, valid_from=valid_from)

    return confirming.done(request, act, gettext("The scorecard is approved"), "scorecards")


def _card(row: queries.CardRow, *, may: bool, by: str) -> CardShown:
    held = row.measures["held_out"]
    figures = [
        ("AUC", _measure(held["auc"])),
        ("Gini", _measure(held["gini"])),
        ("KS", _measure(held["ks"])),
        ("Brier", _measure(held["brier"])),
        (gettext("Stability (PSI)"), _measure(row.measures["psi"])),
    ]
    groups = [
        (one["count"], one["bad"], _share(one["predicted"]), _share(one["observed"]))
        for one in row.measures["calibration"]
    ]
    return CardShown(row, figures, groups, may and row.valid_from is None and row.recorded_by != by)


def _measure(value: float | None) -> str:
    return DASH if value is None else number_format(Decimal(str(round(value, 3))), decimal_pos=3)


def _share(value: float) -> str:
    return f"{number_format(Decimal(str(round(value * HUNDRED, 1))), decimal_pos=1)} %"


urlpatterns = [
    path("scorecards/", cards, name="scorecards"),
    path("scorecards/fit", fit, name="scorecard-fit"),
    path("scorecards/<int:card_id>/approve", approve, name="scorecard-approve"),
]
