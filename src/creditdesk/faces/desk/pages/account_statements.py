"""Statements of account: of one customer on the screen, as a PDF, by mail; and all that left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.faces.desk import faults, forms, lists, requests
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Refused
from creditdesk.statements import queries, rules, services, wording
from creditdesk.statements.rules import Line, Statement


@dataclass(frozen=True, slots=True)
class Period:
    """The days a statement on the screen tells of."""

    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A movement in words, with where its document is."""

    line: Line
    what: str
    href: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A statement as the page shows it."""

    statement: Statement
    lines: list[ShownLine]


@dataclass(frozen=True, slots=True)
class ScheduleChoice:
    """One interval to choose."""

    value: str
    label: str
    is_chosen: bool


@require_safe
def statement(request: HttpRequest, number: str) -> HttpResponse:
    """Show what a customer owed, what moved it and what it came to; or give it as a file."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    return _page(desk, customer, _asked(desk))


@require_safe
def statement_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Give the statement as the page that would leave; nothing is sent or kept."""
    desk = requests.of(request)
    period = _asked(desk)
    currency = request.GET.get("currency", "")
    content = services.statement_page(
        desk.actor, number, currency, first_on=period.first_on, last_on=period.last_on
    )
    headers = {
        "Content-Disposition": content_disposition_header(
            as_attachment=True, filename=f"statement-{number}-{period.last_on}-{currency}.pdf"
        ),
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@require_POST
def send(request: HttpRequest, number: str) -> HttpResponse:
    """Send the statement of the period shown to the customer's first contact."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    period = Period(forms.required_day(request, "from"), forms.required_day(request, "to"))
    done = services.send(
        forms.acting(desk), [customer.id], first_on=period.first_on, last_on=period.last_on
    )
    if done.customers:
        messages.success(request, gettext("The statement is queued; the mailbox shows it"))
    for code in done.left:
        messages.warning(request, _left(code))
    return HttpResponseRedirect(_address(number, period), status=303)


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show what was sent, the last first, and how often it is."""
    desk = requests.of(request)
    ask = lists.asked(request)
    page = queries.sent(desk.company.id, page=ask.page)
    every = queries.schedule(desk.company.id)
    context = {
        "rows": page.rows,
        "mark": lists.mark(page),
        "choices": [ScheduleChoice(one, wording.every(one), one == every) for one in rules.EVERY],
        "every": wording.every(every),
        "own": len(queries.own_schedules(desk.company.id)),
        "may_set": desk.actor.may("statements.set_schedule"),
    }
    return render(request, "desk/account_statements/list.html", context)


@require_POST
def schedule(request: HttpRequest) -> HttpResponse:
    """Set how often everybody, or one customer, is sent a statement."""
    number = forms.text(request, "customer") or None
    services.set_schedule(
        forms.acting(requests.of(request)),
        forms.text(request, "every", is_required=True),
        customer_number=number,
    )
    messages.success(request, gettext("Statements follow this from now on"))
    back = reverse("account-statement", args=[number]) if number else reverse("account-statements")
    return HttpResponseRedirect(back, status=303)


def _page(desk: DeskRequest, customer: CustomerRow, period: Period) -> HttpResponse:
    fault = ""
    found: list[Statement] = []
    try:
        found = services.of_customer(
            desk.actor, customer.id, first_on=period.first_on, last_on=period.last_on
        )
    except Refused as refused:
        fault = faults.sentence(refused)
    ask = lists.asked(desk)
    if ask.format and found:
        lines = [(one.currency, line) for one in found for line in one.lines]
        return lists.export(desk, _columns(), lines, name="statement", form=ask.format)
    own = queries.own_schedules(desk.company.id).get(customer.id, "")
    default = queries.schedule(desk.company.id)
    context = {
        "customer": customer,
        "period": period,
        "today": desk.actor.today,
        "shown": [_shown(one) for one in found],
        "fault": fault,
        "names": wording.ages(),
        "sent": queries.sent(desk.company.id, customer_id=customer.id, size=5).rows,
        "choices": [
            ScheduleChoice(one, wording.every(one), one == (own or default)) for one in rules.EVERY
        ],
        "may_send": desk.actor.may("statements.send"),
        "may_set": desk.actor.may("statements.set_schedule"),
    }
    return render(desk, "desk/account_statements/one.html", context)


def _asked(desk: DeskRequest) -> Period:
    """Return the days asked for: without any, from the first of last month to today."""
    return Period(
        *rules.usual_days(lists.day(desk, "from"), lists.day(desk, "to"), desk.actor.today)
    )


def _address(number: str, period: Period) -> str:
    here = reverse("account-statement", args=[number])
    return f"{here}?from={period.first_on}&to={period.last_on}"


def _shown(one: Statement) -> Shown:
    return Shown(one, [_shown_line(line) for line in one.lines])


def _shown_line(line: Line) -> ShownLine:
    moved = line.movement
    href = ""
    if moved.number:
        name = (
            "payment" if moved.kind == "payment" and moved.number.startswith("PAY-") else "invoice"
        )
        href = reverse(name, args=[moved.number])
    return ShownLine(line, wording.kind(moved), href)


def _left(code: str) -> str:
    return {
        "no_address": gettext("Nobody at the customer has an e-mail address."),
        "nothing_to_tell": gettext("There is nothing to tell of this period."),
        "gate": gettext("The contact gate did not let it pass; the mailbox says why."),
    }.get(code, code)


def _columns() -> list[Column[tuple[str, Line]]]:
    def currency(row: tuple[str, Line]) -> str:
        return row[0]

    return [
        Column("on", gettext("Date"), lambda one: one[1].movement.on, "date"),
        Column("number", gettext("Document"), lambda one: one[1].movement.number),
        Column("what", gettext("What"), lambda one: wording.kind(one[1].movement)),
        Column("currency", gettext("Currency"), currency),
        Column("amount", gettext("Amount"), lambda one: one[1].movement.minor, "money", currency),
        Column("balance", gettext("Balance"), lambda one: one[1].balance_minor, "money", currency),
    ]


urlpatterns = [
    path("customers/<path:number>/statement", statement, name="account-statement"),
    path("customers/<path:number>/statement.pdf", statement_pdf, name="account-statement-pdf"),
    path("customers/<path:number>/statement/send", send, name="account-statement-send"),
    path("account-statements/", listing, name="account-statements"),
    path("account-statements/schedule", schedule, name="account-statements-schedule"),
]
