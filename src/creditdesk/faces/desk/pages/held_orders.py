"""Held orders: the queue with its clocks, what people say, and how long decisions take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.faces.desk import confirming, forms, lists, requests, words
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.look.shapes import Tone
from creditdesk.look.tags.figures import money_text
from creditdesk.orders import condition_queries, paper_queries, services, wait_queries
from creditdesk.orders.condition_queries import ConditionRow
from creditdesk.orders.paper_queries import PaperRow
from creditdesk.orders.queries import OrderRow
from creditdesk.orders.rules import Hours
from creditdesk.orders.wait_queries import NoteRow, QueueRow, Took, WaitRow
from creditdesk.policy import queries as policy

DAYS_LOOKED_BACK = 30


@dataclass(frozen=True, slots=True)
class Clock:
    """How much of the goal is left, in words with a tone."""

    word: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A held order in the queue, in words."""

    row: QueueRow
    rule: str
    clock: Clock
    state: str


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note in words."""

    row: NoteRow
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """How an order waits, what was said about it, and what the person may do about that."""

    wait: WaitRow | None
    clock: Clock | None
    notes: Sequence[NoteLine]
    condition: ConditionRow | None
    condition_word: str
    papers: Sequence[PaperRow]
    may_attach: bool
    may_note: bool
    may_ask: bool
    may_pause: bool


def duration(minutes: int) -> str:
    """Return minutes of the desk as hours and minutes."""
    hours, rest = divmod(abs(minutes), 60)
    if not hours:
        return gettext("%(minutes)d min") % {"minutes": rest}
    return gettext("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": rest}


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show the held orders, the most urgent first, each with its clock."""
    desk = requests.of(request)
    context = {"lines": _lines(desk), "may_check": desk.actor.may("orders.check")}
    return render(request, "desk/orders/queue.html", context)


def _lines(desk: DeskRequest) -> list[QueueLine]:
    hours = _hours(desk)
    found = []
    for row in wait_queries.queue(desk.company.id):
        left = wait_queries.left_minutes(row.due_at, row.paused_at or desk.actor.at, hours)
        clock = _clock(left, is_paused=row.paused_at is not None)
        state = _state(row, is_late=row.is_late(desk.actor.at))
        found.append(QueueLine(row, words.rule_name(row.rule)[0], clock, state))
    return found


def _hours(desk: DeskRequest) -> Hours:
    rules = policy.in_force(desk.company.id, desk.actor.today).orders
    return wait_queries.hours(desk.company.id, rules, desk.actor.today)


def _clock(left_minutes: int, *, is_paused: bool) -> Clock:
    shown = duration(left_minutes)
    if is_paused:
        return Clock(gettext("stopped, %(time)s left") % {"time": shown}, "")
    if left_minutes < 0:
        return Clock(gettext("%(time)s late") % {"time": shown}, "bad")
    tone: Tone = "warn" if left_minutes < 60 else "good"  # noqa: PLR2004 - the last hour
    return Clock(gettext("%(time)s left") % {"time": shown}, tone)


def _state(row: QueueRow, *, is_late: bool) -> str:
    """Return what is going on with a held order, the most telling first.

    Past its goal it is the credit manager's at once, whether or not the schedule told so yet.
    """
    if row.condition_minor is not None and row.condition_currency:
        return gettext("waits for %(amount)s") % {
            "amount": money_text(row.condition_minor, row.condition_currency)
        }
    if row.paused_at is not None:
        return row.pause_reason
    if row.asked_at is not None:
        return gettext("sales ask for a decision")
    if row.escalated_to or is_late:
        return gettext("with the credit manager")
    return ""


def waiting(desk: DeskRequest, order: OrderRow) -> Waiting:
    """Return what an order's page shows of its clock, notes and conditions."""
    wait = wait_queries.wait_of(desk.company.id, order.id)
    clock = None
    if wait is not None:
        left = wait_queries.left_minutes(wait.due_at, wait.paused_at or desk.actor.at, _hours(desk))
        clock = _clock(left, is_paused=wait.paused_at is not None)
    conditions = condition_queries.conditions(desk.company.id, order.id)
    condition = conditions[0] if conditions else None
    return Waiting(
        wait=wait,
        clock=clock,
        notes=[_note(one) for one in wait_queries.notes(desk.company.id, order.id)],
        condition=condition,
        condition_word=_condition_word(condition) if condition else "",
        papers=paper_queries.papers(desk.company.id, order.id),
        may_attach=order.status == "held" and desk.actor.may("orders.attach"),
        may_note=desk.actor.may("orders.comment"),
        may_ask=wait is not None and desk.actor.may("orders.ask"),
        may_pause=wait is not None and desk.actor.may("orders.pause"),
    )


def _condition_word(condition: ConditionRow) -> str:
    status = condition.status
    if condition.instalments and status == "lapsed":
        return gettext("an instalment was missed")
    return {
        "open": gettext("still to be paid"),
        "met": gettext("paid"),
        "lapsed": gettext("not paid in time"),
        "withdrawn": gettext("taken back"),
    }.get(status, status)


def _note(row: NoteRow) -> NoteLine:
    what = {
        "comment": gettext("Comment"),
        "asked": gettext("Asked for a decision"),
        "paused": gettext("Clock stopped"),
        "resumed": gettext("Clock runs again"),
        "escalated": gettext("Late: handed to the credit manager"),
        "lapsed": gettext("The payment asked for did not come in time"),
        "attached": gettext("Paper attached"),
        "plan_kept": gettext("The instalment plan is paid"),
        "plan_broken": gettext("An instalment of the plan was missed"),
    }.get(row.kind, row.kind)
    return NoteLine(row, what, "" if row.kind == "escalated" else row.text)


@require_POST
def note(request: HttpRequest, reference: str) -> HttpResponse:
    """Keep a comment, or ask for the order to be decided."""
    desk = requests.of(request)
    act = services.ask if "ask" in request.POST else services.comment
    return confirming.done(
        request,
        lambda: act(forms.acting(desk), reference, forms.text(request, "text", is_required=True)),
        gettext("Your note is kept"),
        "order",
        args=[reference],
    )


@require_POST
def pause(request: HttpRequest, reference: str) -> HttpResponse:
    """Stop a held order's clock, with a reason."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.pause(
            forms.acting(desk), reference, forms.text(request, "reason", is_required=True)
        ),
        gettext("The clock is stopped"),
        "order",
        args=[reference],
    )


@require_POST
def resume(request: HttpRequest, reference: str) -> HttpResponse:
    """Let a stopped clock run again."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.resume(forms.acting(desk), reference),
        gettext("The clock runs again"),
        "order",
        args=[reference],
    )


@dataclass(frozen=True, slots=True)
class TookLine:
    """How long decisions took, in words."""

    name: str
    row: Took
    p50: str
    p90: str
    longest: str


@require_safe
def turnaround(request: HttpRequest) -> HttpResponse:
    """Show how long held orders wait: in all, by rule and by who decided."""
    desk = requests.of(request)
    today = desk.actor.today
    since = lists.day(request, "since") or today - timedelta(days=DAYS_LOOKED_BACK)
    found = wait_queries.turnaround(
        desk.company.id, _begins(since), _begins(today + timedelta(days=1))
    )
    context = {
        "since": since,
        "whole": _took(gettext("All"), found.whole) if found.whole else None,
        "rules": [_took(words.rule_name(one.name)[0], one) for one in found.by_rule],
        "people": [_took(one.name, one) for one in found.by_person],
    }
    return render(request, "desk/orders/turnaround.html", context)


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _took(name: str, row: Took) -> TookLine:
    return TookLine(
        name or gettext("none"),
        row,
        duration(row.p50_minutes),
        duration(row.p90_minutes),
        duration(row.longest_minutes),
    )


urlpatterns = [
    path("held-orders/", queue, name="held-orders"),
    path("held-orders/turnaround/", turnaround, name="order-turnaround"),
    path("orders/<path:reference>/note", note, name="order-note"),
    path("orders/<path:reference>/pause", pause, name="order-pause"),
    path("orders/<path:reference>/resume", resume, name="order-resume"),
]
