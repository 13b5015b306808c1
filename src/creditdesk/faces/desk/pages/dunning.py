"""The dunning run before it is made: who is written to, by which step, and what the gate says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.collections import queries as collections
from creditdesk.collections import services as collections_services
from creditdesk.collections import wording
from creditdesk.collections.queries import RunRow
from creditdesk.collections.services import PlannedMessage
from creditdesk.faces.desk import forms, lists, requests, verdicts
from creditdesk.faces.desk.lists import Column
from creditdesk.kernel.errors import NotFound
from creditdesk.look import words as look_words

PAST_RUNS = 20


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A message of the plan with its place, its step in words, and its verdict."""

    place: str
    message: PlannedMessage
    step: str
    card: verdicts.Card

    @property
    def items_count(self) -> int:
        """How many invoices it is about."""
        return len(self.message.items)


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run that was made, or held, in words."""

    row: RunRow
    held: str


@dataclass(frozen=True, slots=True)
class View:
    """A saved view of the plan."""

    value: str
    label: str
    count: int


@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """Show what a run would write now, one customer at a time; nothing is written."""
    desk = requests.of(request)
    found = collections_services.preview_run(desk.actor)
    every = [_line(message) for message in found.messages]
    columns = _columns()
    ask = lists.asked(request, sorts=lists.sorts_of(columns), sort="")
    view = lists.choice(request, "view", ("go", "not"), "")
    steps = list(dict.fromkeys(line.message.step for line in every))
    step = lists.choice(request, "step", steps)
    wanted = ask.text.casefold()
    lines = [
        line
        for line in every
        if (not view or line.message.will_be_queued == (view == "go"))
        and (not step or line.message.step == step)
        and wanted in f"{line.message.customer_name} {line.message.customer_number}".casefold()
    ]
    lines = lists.arranged(lines, columns, ask.sort)
    if ask.format:
        return lists.export(desk, columns, lines, name="reminders", form=ask.format)
    shown, mark = lists.page_of(lines, ask.page)
    chosen = _chosen(request.GET.get("at", ""), every, shown)
    today_run = collections.run_on(desk.company.id, desk.actor.today)
    context = {
        "lines": shown,
        "mark": mark,
        "ask": ask,
        "view": view,
        "views": _views(every),
        "chosen": chosen,
        "will_go": sum(line.message.will_be_queued for line in every),
        "held": wording.held_reason(found.held_reason),
        "stale_accounts": found.stale_accounts,
        "today_run": PastRun(today_run, wording.held_reason(today_run.held_reason))
        if today_run
        else None,
        "is_made": today_run is not None and not today_run.held_reason,
        "may_run": desk.actor.may("collections.run"),
        "is_shadow": found.held_reason == "shadow",
        "first_run": collections.first_run(desk.company.id),
        "may_sign": desk.actor.may("collections.sign_shadow"),
        "runs": [
            PastRun(row, wording.held_reason(row.held_reason))
            for row in collections.runs(desk.company.id, limit=PAST_RUNS)
        ],
    }
    return render(request, "desk/dunning/plan.html", context)


def _line(message: PlannedMessage) -> PlanLine:
    return PlanLine(
        f"{message.customer_number}~{message.currency}",
        message,
        wording.step(message.step),
        verdicts.card(message.reasons, allowed=message.will_be_queued),
    )


def _chosen(place: str, every: Sequence[PlanLine], shown: Sequence[PlanLine]) -> PlanLine | None:
    if not place:
        return shown[0] if shown else None
    found = next((line for line in every if line.place == place), None)
    if found is None:
        raise NotFound("plan_unknown", gettext("Nothing is planned for this customer"))
    return found


def _views(lines: list[PlanLine]) -> list[View]:
    go = sum(line.message.will_be_queued for line in lines)
    return [
        View("", gettext("All"), len(lines)),
        View("go", gettext("Goes out"), go),
        View("not", gettext("Does not"), len(lines) - go),
    ]


def _columns() -> list[Column[PlanLine]]:
    return [
        Column("number", gettext("Customer number"), lambda one: one.message.customer_number),
        Column("customer", gettext("Customer"), lambda one: one.message.customer_name),
        Column("step", gettext("Step"), lambda one: one.step),
        Column("items", gettext("Invoices"), lambda one: one.items_count, "number"),
        Column("currency", gettext("Currency"), lambda one: one.message.currency),
        Column(
            "total",
            gettext("Total"),
            lambda one: one.message.total_minor,
            "money",
            lambda one: one.message.currency,
        ),
        Column("recipient", gettext("To"), lambda one: one.message.recipient),
        Column("verdict", gettext("Gate"), lambda one: one.card.title),
        Column(
            "why",
            gettext("Why"),
            lambda one: "; ".join(c.text for c in one.card.checks if c.state != "ok"),
        ),
    ]


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Make the run of today: queue what the gate lets pass, once."""
    desk = requests.of(request)
    result = collections_services.run(forms.acting(desk), run_on=desk.actor.today)
    if result.held_reason:
        messages.warning(request, wording.held_reason(result.held_reason))
    elif result.is_repeat:
        messages.info(request, gettext("The run of today had been made already"))
    else:
        said = ngettext(
            "%(count)d reminder is queued", "%(count)d reminders are queued", result.messages_queued
        )
        messages.success(request, said % {"count": result.messages_queued})
    return HttpResponseRedirect(reverse("dunning"), status=303)


@require_POST
def sign_shadow(request: HttpRequest) -> HttpResponse:
    """Sign the shadow first run: from tomorrow on customers are written to."""
    desk = requests.of(request)
    signed = collections_services.sign_shadow(forms.acting(desk))
    said = gettext("Signed: customers are written to from %(on)s on")
    messages.success(request, said % {"on": look_words.day(signed.sends_from)})
    return HttpResponseRedirect(reverse("dunning"), status=303)


urlpatterns = [
    path("dunning/", plan, name="dunning"),
    path("dunning/sign", sign_shadow, name="dunning-sign"),
    path("dunning/run", make, name="dunning-run"),
]
