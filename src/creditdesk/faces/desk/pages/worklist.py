"""The worklist: whom to call first and why, with all one needs for the call beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.cash import queries as cash
from creditdesk.collections import queries as collections
from creditdesk.collections import services as collections_services
from creditdesk.collections import wording
from creditdesk.collections.queries import WorkRow
from creditdesk.contact import queries as contact
from creditdesk.contact.queries import HoldRow, ReplyRow
from creditdesk.contact.wording import hold_kind
from creditdesk.credit import queries as credit
from creditdesk.credit.queries import Standing
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import ContactRow, CustomerRow
from creditdesk.disputes import queries as disputes
from creditdesk.faces.desk import forms, lists, requests, timeline, verdicts, words
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.pages import letters
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.insight import rules as insight_rules
from creditdesk.invoices import queries as invoices
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.kernel.errors import NotFound
from creditdesk.look.shapes import TimelineEntry, Tone
from creditdesk.look.words import day
from creditdesk.policy import queries as policy

DONE = "done"
ALL = "all"
ACTIONS = ("answer_reply", "chase_promise", "follow_up", "review_final", "call")
SNOOZE_DAYS = 3
HISTORY_MAX = 10


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A customer on the list: the reason in a sentence, what to do, how old the debt is."""

    row: WorkRow
    why: str
    action: str
    buckets: tuple[int, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether it is ticked off or put off."""
        return self.row.done_at is not None or self.row.snoozed_until is not None


@dataclass(frozen=True, slots=True)
class View:
    """A saved view of the list."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Story:
    """Everything about the chosen customer that the call needs."""

    line: WorkLine
    reasons: tuple[str, ...]
    customer: CustomerRow
    person: ContactRow | None
    items: tuple[OpenItemRow, ...]
    marks: dict[int, tuple[str, Tone]]
    standing: Standing
    standing_word: str
    standing_tone: Tone
    holds: tuple[tuple[HoldRow, str], ...]
    replies: tuple[ReplyRow, ...]
    card: verdicts.Card | None
    history: tuple[TimelineEntry, ...]

    @property
    def rows(self) -> list[tuple[OpenItemRow, str, Tone]]:
        """The open items, each with its state in a word."""
        return [(item, *self.marks[item.item_id]) for item in self.items]


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the list of the day and the chosen customer; or give the list as a file."""
    desk = requests.of(request)
    on = collections.latest_worklist_on(desk.company.id) or desk.actor.today
    every = [_line(row) for row in collections.worklist(desk.company.id, on)]
    columns = _columns()
    ask = lists.asked(request, sorts=lists.sorts_of(columns), sort="rank")
    view = lists.choice(request, "view", (*ACTIONS, DONE, ALL))
    wanted = ask.text.casefold()
    lines = [
        line
        for line in every
        if _is_in(line, view)
        and wanted in f"{line.row.customer_name} {line.row.customer_number}".casefold()
    ]
    lines = lists.arranged(lines, columns, ask.sort)
    if ask.format:
        return lists.export(desk, columns, lines, name="worklist", form=ask.format)
    shown, mark = lists.page_of(lines, ask.page)
    chosen = _chosen(request.GET.get("at", ""), every, shown)
    following = _following(request, chosen, shown)
    open_of = _open_items(desk, shown, chosen)
    context = {
        "lines": _aged(desk, shown, open_of),
        "mark": mark,
        "ask": ask,
        "view": view,
        "views": _views(every),
        "story": _story(desk, chosen, on, open_of) if chosen else None,
        "following": following,
        "here": request.get_full_path(),
        "on": on,
        "today": desk.actor.today,
        "is_stale": on != desk.actor.today,
        "total": len(every),
        "done": sum(line.is_done for line in every),
        "snooze_on": desk.actor.today + timedelta(days=SNOOZE_DAYS),
        "may_work": desk.actor.may("collections.work"),
        "may_log": desk.actor.may("collections.log_activity"),
    }
    return render(request, "desk/worklist/list.html", context)


def _line(row: WorkRow) -> WorkLine:
    return WorkLine(row, _why(row), wording.action(row.action))


def _why(row: WorkRow) -> str:
    """Return the first reason; the amount overdue stands beside it and is not said again."""
    if not row.reasons:
        return ""
    first = row.reasons[0]
    if first["code"] != "overdue":
        return wording.sentence(first, row.currency)
    params = first["params"]
    return ngettext(
        "One invoice, %(days)d days late",
        "%(items)d invoices, the oldest %(days)d days late",
        int(params["items"]),
    ) % {"items": int(params["items"]), "days": int(params["days_late"])}


def _is_in(line: WorkLine, view: str) -> bool:
    if view == ALL:
        return True
    if view == DONE:
        return line.is_done
    return not line.is_done and (not view or line.row.action == view)


def _chosen(number: str, every: Sequence[WorkLine], shown: Sequence[WorkLine]) -> WorkLine | None:
    """Return the customer the address names, else the first; NotFound if not on the list."""
    if not number:
        return shown[0] if shown else None
    found = next((line for line in every if line.row.customer_number == number), None)
    if found is None:
        raise NotFound("not_on_worklist", gettext("This customer is not on the worklist"))
    return found


def _following(request: HttpRequest, chosen: WorkLine | None, shown: Sequence[WorkLine]) -> str:
    """Return the address of the customer after the chosen one, to go on when this one is done."""
    numbers = [line.row.customer_number for line in shown]
    query = {key: value for key, value in request.GET.items() if key in ("view", "q", "sort")}
    if chosen is not None and chosen.row.customer_number in numbers:
        place = numbers.index(chosen.row.customer_number)
        rest = numbers[place + 1 :] or numbers[:place]
        if rest:
            query["at"] = rest[0]
    return f"{reverse('worklist')}?{urlencode(query)}" if query else reverse("worklist")


def _views(lines: Sequence[WorkLine]) -> list[View]:
    left = [line.row.action for line in lines if not line.is_done]
    done = sum(line.is_done for line in lines)
    return [
        View("", gettext("To do"), len(left)),
        *(View(one, wording.action(one), left.count(one)) for one in ACTIONS if one in left),
        View(DONE, gettext("Done"), done),
    ]


def _open_items(
    request: DeskRequest, shown: Sequence[WorkLine], chosen: WorkLine | None
) -> dict[int, list[OpenItemRow]]:
    """Return the open items of everybody shown and of the chosen one, in one query."""
    lines = [*shown, chosen] if chosen else shown
    found: dict[int, list[OpenItemRow]] = {line.row.customer_id: [] for line in lines}
    for item in invoices.open_items(request.company.id, customer_ids=found) if found else []:
        found[item.customer_id].append(item)
    return found


def _aged(
    request: DeskRequest, shown: Sequence[WorkLine], open_of: Mapping[int, Sequence[OpenItemRow]]
) -> list[WorkLine]:
    """Return the lines with their open items by age, in the company's currency."""
    own, today = request.company.currency, request.actor.today
    exchange = insight_rules.Exchange(own, policy.rates_into(own, today))
    lines = []
    for line in shown:
        buckets = [0] * len(insight_rules.BUCKETS)
        for item in open_of[line.row.customer_id]:
            place = insight_rules.bucket_of(item.due_on, today)
            buckets[place] += exchange.into(item.open_minor, item.currency)
        lines.append(replace(line, buckets=tuple(buckets)))
    return lines


def _story(
    request: DeskRequest,
    line: WorkLine,
    on: date,
    open_of: Mapping[int, Sequence[OpenItemRow]],
) -> Story:
    company_id, customer_id = request.company.id, line.row.customer_id
    customer = customers.customer_by_id(company_id, customer_id)
    items = open_of[customer_id]
    holds = contact.live_holds(company_id, [customer_id], on=on)
    standing = credit.standing(company_id, customer_id, request.actor.today)
    word, tone = words.standing_badge(standing)
    replies = contact.replies_of(company_id, customer_id)
    late = [item for item in items if item.due_on < request.actor.today]
    person = customers.primary_contacts(company_id, [customer_id]).get(customer_id)
    drafts = letters.drafts_of(request, customer, late, letters.Asked(), person)
    examined = letters.examined(request, drafts[:1])
    return Story(
        line=line,
        reasons=tuple(wording.sentence(one, line.row.currency) for one in line.row.reasons),
        customer=customer,
        person=person,
        items=tuple(items),
        marks=_marks(items, holds, request.actor.today),
        standing=standing,
        standing_word=word,
        standing_tone=tone,
        holds=tuple((hold, hold_kind(hold.kind)) for hold in holds if hold.item_id is None),
        replies=tuple(reply for reply in replies if not reply.handled_at),
        card=verdicts.card(examined[0].verdict.reasons, allowed=examined[0].verdict.allowed)
        if examined
        else None,
        history=tuple(_history(request, customer_id, replies)),
    )


def _marks(
    items: Sequence[OpenItemRow], holds: Sequence[HoldRow], today: date
) -> dict[int, tuple[str, Tone]]:
    """Return the state of each item in a word: held, part paid, late or not due."""
    held = {hold.item_id: hold.kind for hold in holds if hold.item_id is not None}
    found: dict[int, tuple[str, Tone]] = {}
    for item in items:
        if item.item_id in held:
            found[item.item_id] = hold_kind(held[item.item_id]).capitalize(), "info"
        elif item.open_minor < item.total_minor:
            found[item.item_id] = gettext("Part paid"), "info"
        elif item.due_on < today:
            found[item.item_id] = gettext("Late"), "bad"
        else:
            found[item.item_id] = gettext("Not due"), ""
    return found


def _history(
    request: DeskRequest, customer_id: int, replies: Sequence[ReplyRow]
) -> list[TimelineEntry]:
    """Return what was said, written, promised and paid lately, the newest first."""
    company_id = request.company.id
    facts = timeline.Facts(
        messages=contact.mailbox(company_id, customer_id=customer_id, size=HISTORY_MAX).rows,
        verdicts=(),
        replies=replies,
        activities=collections.activities(company_id, customer_id, limit=HISTORY_MAX),
        promises=collections.promises(company_id, customer_id),
        payments=cash.payments(company_id, customer_id=customer_id, limit=HISTORY_MAX),
        disputes=disputes.disputes_of(company_id, customer_id),
        orders=(),
        changes=(),
        limits=(),
    )
    return timeline.entries(
        facts, today=request.actor.today, zone=request.company.timezone, most=HISTORY_MAX
    )


def _columns() -> list[Column[WorkLine]]:
    def currency(line: WorkLine) -> str:
        return line.row.currency

    return [
        Column("rank", gettext("Rank"), lambda one: one.row.rank, "number"),
        Column("number", gettext("Customer number"), lambda one: one.row.customer_number),
        Column("customer", gettext("Customer"), lambda one: one.row.customer_name),
        Column("action", gettext("Action"), lambda one: one.action),
        Column("why", gettext("Why"), lambda one: one.why),
        Column("currency", gettext("Currency"), currency),
        Column("overdue", gettext("Overdue"), lambda one: one.row.overdue_minor, "money", currency),
        Column("expected", gettext("Worth"), lambda one: one.row.expected_minor, "money", currency),
        Column("done_by", gettext("Done by"), lambda one: one.row.done_by),
    ]


@require_POST
def refresh(request: HttpRequest) -> HttpResponse:
    """Write the list of today anew; what is done there stays done."""
    desk = requests.of(request)
    collections_services.refresh_worklist(forms.acting(desk), on=desk.actor.today)
    messages.success(request, gettext("The list of today is written"))
    return HttpResponseRedirect(reverse("worklist"), status=303)


@require_POST
def done(request: HttpRequest) -> HttpResponse:
    """Tick the customer off the list shown, and go on to the next."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, forms.text(request, "number"))
    on = forms.required_day(request, "on")
    collections_services.mark_done(forms.acting(desk), customer.id, on=on)
    messages.success(request, gettext("%(name)s is done") % {"name": customer.name})
    return HttpResponseRedirect(forms.way_back(request, reverse("worklist")), status=303)


@require_POST
def snooze(request: HttpRequest) -> HttpResponse:
    """Put the customer off until a later date, and go on to the next."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, forms.text(request, "number"))
    until = forms.required_day(request, "until")
    collections_services.snooze(
        forms.acting(desk), customer.id, on=forms.required_day(request, "on"), until=until
    )
    messages.success(
        request,
        gettext("%(name)s comes back on %(on)s") % {"name": customer.name, "on": day(until)},
    )
    return HttpResponseRedirect(forms.way_back(request, reverse("worklist")), status=303)


urlpatterns = [
    path("worklist/", listing, name="worklist"),
    path("worklist/refresh", refresh, name="worklist-refresh"),
    path("worklist/done", done, name="worklist-done"),
    path("worklist/snooze", snooze, name="worklist-snooze"),
]
