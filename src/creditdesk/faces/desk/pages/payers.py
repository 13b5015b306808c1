"""Whom payers pay for, and how honest matching is: its figures and the payments behind them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.cash import queries as cash
from creditdesk.cash import services as cash_services
from creditdesk.cash import wording
from creditdesk.cash.queries import Behind, BehindRow
from creditdesk.faces.desk import faults, forms, lists, matching_figures, requests
from creditdesk.faces.desk.matching_figures import FigureShown, percent
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Invalid, NotFound

BEHIND = ("straight", "not_straight", "undone")
KINDS = ("parent", "factor", "group", "other")


@dataclass(frozen=True, slots=True)
class Behinds:
    """A payment behind a figure with its methods in words."""

    row: BehindRow
    methods: str


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Show every figure of matching, by method, with the payments behind the chosen one."""
    desk = requests.of(request)
    today = desk.actor.today
    chosen = lists.choice(request, "behind", BEHIND)
    found = matching_figures.figures(desk)
    model = cash.model(desk.company.id)
    rows = cash.behind(desk.company.id, cast("Behind", chosen), as_of=today) if chosen else []
    context = {
        "strip": matching_figures.strip(desk),
        "methods": [
            FigureShown(
                wording.method(one.code).capitalize(), percent(one.percent), one.part, one.whole,
                "", "", "bad" if one.part else "",
            )
            for one in found.by_method
        ],
        "ages": [(_age(code), count) for code, count in found.ages],
        "chosen": chosen,
        "behind": [Behinds(row, _methods(row.methods)) for row in rows],
        "behinds": [(code, _behind(code)) for code in BEHIND],
        "model": model,
        "trainings": cash.models(desk.company.id, limit=10),
        "error_percent": f"{model.calibration_error * 100:.1f} %" if model else "",
        "reliability": [
            (f"{band.confidence_from * 100:.0f} %", band.count, f"{band.expected * 100:.1f} %",
             f"{Decimal(band.right) * 100 / band.count:.1f} %")
            for band in (model.reliability if model else ())
        ],
        "may_train": desk.actor.may("cash.train"),
    }  # fmt: skip
    return render(request, "desk/cash/figures.html", context)


def _methods(listed: str) -> str:
    return ", ".join(wording.method(code) for code in listed.split(",") if code)


def _age(code: str) -> str:
    return {
        "age_0_1": gettext("up to 1 day"),
        "age_2_3": gettext("2 to 3 days"),
        "age_4_7": gettext("4 to 7 days"),
        "age_8_30": gettext("8 to 30 days"),
        "age_31": gettext("more than 30 days"),
    }[code]


def _behind(code: str) -> str:
    return {
        "straight": gettext("Straight through"),
        "not_straight": gettext("Not straight through"),
        "undone": gettext("Undone"),
    }[code]


@require_POST
def train(request: HttpRequest) -> HttpResponse:
    """Learn now from what was confirmed; the day does it by itself."""
    desk = requests.of(request)
    result = cash_services.train(forms.acting(desk))
    if result.version:
        said = gettext("Learned from %(count)d payments; model %(version)d is in force")
    else:
        said = gettext("%(count)d confirmed payments are too few for a model")
    messages.success(request, said % {"count": result.payments, "version": result.version})
    return HttpResponseRedirect(reverse("matching-figures"), status=303)


@require_safe
def payers(request: HttpRequest) -> HttpResponse:
    """Show who pays for whom."""
    return _payers(requests.of(request), "")


def _payers(desk: DeskRequest, fault: str) -> HttpResponse:
    context = {
        "rows": [(row, kind_text(row.kind)) for row in cash.relation_rows(desk.company.id)],
        "kinds": [(code, kind_text(code)) for code in KINDS],
        "fault": fault,
        "given": {name: desk.POST.get(name, "") for name in ("payer_name", "account", "customer")},
        "may_relate": desk.actor.may("cash.relate_payer"),
    }
    return render(desk, "desk/cash/payers.html", context, status=422 if fault else 200)


def kind_text(code: str) -> str:
    """Return what a payer is to those they pay for, in a word."""
    return {
        "parent": gettext("parent"),
        "factor": gettext("factor"),
        "group": gettext("of the group"),
        "other": gettext("other"),
    }.get(code, code)


@require_POST
def relate(request: HttpRequest) -> HttpResponse:
    """Say that a payer pays for a customer."""
    desk = requests.of(request)
    try:
        cash_services.relate_payer(
            forms.acting(desk),
            payer_name=forms.text(request, "payer_name"),
            payer_account=forms.text(request, "account"),
            customer_number=forms.text(request, "customer", is_required=True),
            kind=forms.text(request, "kind") or "other",
        )
    except (Invalid, NotFound) as error:
        return _payers(desk, faults.sentence(error))
    messages.success(request, gettext("Remembered; matching rests on it from now on"))
    return HttpResponseRedirect(reverse("payers"), status=303)


@require_POST
def end(request: HttpRequest, relation_id: int) -> HttpResponse:
    """Say that a payer no longer pays for a customer."""
    desk = requests.of(request)
    cash_services.end_relation(forms.acting(desk), relation_id)
    messages.success(request, gettext("Ended; matching no longer rests on it"))
    return HttpResponseRedirect(reverse("payers"), status=303)


urlpatterns = [
    path("cash/figures/", figures, name="matching-figures"),
    path("cash/figures/train", train, name="matching-train"),
    path("cash/payers/", payers, name="payers"),
    path("cash/payers/relate", relate, name="payers-relate"),
    path("cash/payers/<int:relation_id>/end", end, name="payers-end"),
]
