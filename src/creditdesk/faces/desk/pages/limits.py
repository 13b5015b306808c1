"""Limits asked for: the list, one request with what it would change, asking, deciding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.credit import queries as credit
from creditdesk.credit import services, wording
from creditdesk.credit.queries import LimitRequestRow
from creditdesk.credit.rules import GROUP_KINDS, KINDS, NewLimit
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.faces.desk import faults, forms, lists, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.pages.exposure import parts, preview_of
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Conflict, Invalid, NotFound
from creditdesk.kernel.money import from_minor
from creditdesk.look.shapes import Tone

STATE_TONES: dict[str, Tone] = {"open": "warn", "granted": "good", "refused": "bad"}
OF_GROUP = "group"


@dataclass(frozen=True, slots=True)
class RequestShown:
    """A request in words."""

    row: LimitRequestRow
    kind: str
    state: str
    tone: Tone


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show what was asked for, the newest first; or give it as a file."""
    desk = requests.of(request)
    state = lists.choice(request, "state", ("", *credit.STATES), "open")
    ask = lists.asked(request)
    rows = credit.limit_requests(desk.company.id, state=state, limit=1000)
    if ask.format:
        return lists.export(desk, _columns(), rows, name="limit-requests", form=ask.format)
    shown, mark = lists.page_of(rows, ask.page)
    context = {
        "lines": [_shown(row) for row in shown],
        "mark": mark,
        "state": state,
        "choices": [("", gettext("All states"))]
        + [(one, wording.request_state(one)) for one in credit.STATES],
    }
    return render(request, "desk/credit/requests.html", context)


def _columns() -> list[Column[LimitRequestRow]]:
    return [
        Column("reference", gettext("Request"), lambda row: row.reference),
        Column("number", gettext("Number"), lambda row: row.customer_number),
        Column("customer", gettext("Customer"), lambda row: row.customer_name),
        Column("kind", gettext("Kind"), lambda row: wording.limit_kind(row.kind)),
        Column("currency", gettext("Currency"), lambda row: row.currency),
        Column(
            "amount", gettext("Limit"), lambda row: row.minor, "money", lambda row: row.currency
        ),
        Column("valid_from", gettext("From"), lambda row: row.valid_from, "date"),
        Column("valid_to", gettext("Until"), lambda row: row.valid_to, "date"),
        Column("reason", gettext("Reason"), lambda row: row.reason),
        Column("state", gettext("State"), lambda row: wording.request_state(row.state)),
        Column("asked_by", gettext("Asked by"), lambda row: row.asked_by),
        Column("decided_by", gettext("Decided by"), lambda row: row.decided_by),
        Column("answer", gettext("Answer"), lambda row: row.answer),
    ]


def _shown(row: LimitRequestRow) -> RequestShown:
    return RequestShown(
        row,
        wording.limit_kind(row.kind),
        wording.request_state(row.state),
        STATE_TONES.get(row.state, ""),
    )


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one request, what it would change, and how it may be decided."""
    desk = requests.of(request)
    return _page(desk, credit.limit_request(desk.company.id, reference))


def _page(
    desk: DeskRequest, row: LimitRequestRow, fault: str = "", status: int = 200
) -> HttpResponse:
    is_open = row.state == "open"
    is_own = desk.actor.user_id is not None and desk.actor.user_id == row.asked_by_id
    before, after = preview_of(desk, _new(row), max(row.valid_from, desk.actor.today))
    context = {
        "line": _shown(row),
        "row": row,
        "before": before,
        "after": after,
        "parts": parts(after),
        "standing": credit.standing(desk.company.id, row.customer_id, desk.actor.today),
        "is_open": is_open,
        "is_own": is_own,
        "fault": fault,
        "fields": _grant_fields(row) if is_open else [],
        "may_grant": is_open and not is_own and desk.actor.may("credit.set_limit"),
        "may_refuse": is_open and desk.actor.may("credit.refuse_limit"),
        "may_take_back": is_open and is_own,
    }
    return render(desk, "desk/credit/request.html", context, status=status)


def _new(row: LimitRequestRow) -> NewLimit:
    return NewLimit(
        customer_id=None if row.is_group else row.customer_id,
        group_id=row.customer_id if row.is_group else None,
        minor=row.minor,
        currency=row.currency,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        kind=row.kind,
        only_currency=row.only_currency,
    )


def _grant_fields(row: LimitRequestRow) -> list[Field]:
    amount = str(from_minor(row.minor, row.currency))
    return [
        Field("amount", gettext("Limit"), amount, "amount", unit=row.currency, is_required=True),
        Field("valid_from", gettext("From"), row.valid_from.isoformat(), "date", is_required=True),
        Field(
            "valid_to", gettext("Until"), row.valid_to.isoformat() if row.valid_to else "", "date"
        ),
        Field("answer", gettext("Answer"), kind="textarea"),
    ]


@require_POST
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    """Grant, refuse or take back a request."""
    desk = requests.of(request)
    row = credit.limit_request(desk.company.id, reference)
    act = forms.text(desk, "act")
    try:
        said = _decided(desk, row, act)
    except (Invalid, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _page(desk, credit.limit_request(desk.company.id, reference),
                     faults.sentence(error), status)  # fmt: skip
    messages.success(request, said)
    return HttpResponseRedirect(reverse("limit-request", args=[reference]), status=303)


def _decided(desk: DeskRequest, row: LimitRequestRow, act: str) -> str:
    if act == "grant":
        services.grant_limit(
            forms.acting(desk),
            row.reference,
            minor=forms.amount(desk, "amount", row.currency),
            valid_from=forms.required_day(desk, "valid_from"),
            valid_to=forms.day(desk, "valid_to"),
            answer=forms.text(desk, "answer"),
        )
        return gettext("%(reference)s is granted") % {"reference": row.reference}
    if act == "take_back":
        services.take_back_request(forms.acting(desk), row.reference)
        return gettext("%(reference)s is taken back") % {"reference": row.reference}
    services.refuse_limit(forms.acting(desk), row.reference, answer=forms.text(desk, "answer"))
    return gettext("%(reference)s is refused") % {"reference": row.reference}


# -- asking --------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for a limit: first show what it would change, then ask."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    fields = _ask_fields(desk, customer)
    context: dict[str, object] = {"customer": customer, "fields": fields}
    status = 200
    if request.method == "POST":
        context["fields"] = forms.filled(fields, request.POST.dict())
        try:
            new = _asked(desk, customer)
            if forms.text(desk, "confirmed") == "yes":
                reference = services.ask_limit(forms.acting(desk), new)
                messages.success(request, gettext("%(reference)s waits for a decision")
                                 % {"reference": reference})  # fmt: skip
                return HttpResponseRedirect(reverse("limit-request", args=[reference]), status=303)
            before, after = preview_of(desk, new, max(new.valid_from, desk.actor.today))
            context |= {"before": before, "after": after, "parts": parts(after), "is_shown": True}
        except Invalid as error:
            context["fields"] = forms.filled(fields, request.POST.dict(), error)
            context["fault"] = faults.sentence(error)
            status = 422
    return render(request, "desk/credit/ask.html", context, status=status)


def _asked(desk: DeskRequest, customer: CustomerRow) -> NewLimit:
    currency = forms.text(desk, "currency", is_required=True)
    kind, _, whose = forms.text(desk, "kind", is_required=True).partition(":")
    top = customers.group_of(desk.company.id, [customer.id], desk.actor.today)
    return NewLimit(
        customer_id=None if whose == OF_GROUP else customer.id,
        group_id=top.get(customer.id, customer.id) if whose == OF_GROUP else None,
        minor=forms.amount(desk, "amount", currency),
        currency=currency,
        valid_from=forms.required_day(desk, "valid_from"),
        valid_to=forms.day(desk, "valid_to"),
        reason=forms.text(desk, "reason", is_required=True),
        kind=kind,
        only_currency="only_currency" in desk.POST,
    )


def _ask_fields(desk: DeskRequest, customer: CustomerRow) -> list[Field]:
    today = desk.actor.today
    limit = credit.effective_limits(desk.company.id, today, [customer.id])[customer.id]
    kinds = tuple((one, wording.limit_kind(one)) for one in KINDS) + tuple(
        (f"{one}:{OF_GROUP}", gettext("%(kind)s, shared by the group")
         % {"kind": wording.limit_kind(one)})
        for one in GROUP_KINDS
    )  # fmt: skip
    return [
        Field("kind", gettext("Kind"), "temporary", "select", options=kinds, is_required=True,
              hint=gettext("Temporary ones add to the others; insured and guaranteed ones count "
                           "as far as they are backed")),
        Field("amount", gettext("Limit"), kind="amount", is_required=True),
        Field("currency", gettext("Currency"), limit.currency, is_required=True),
        Field("only_currency", gettext("Only for what is owed in this currency"), kind="check"),
        Field("valid_from", gettext("From"), today.isoformat(), "date", is_required=True),
        Field("valid_to", gettext("Until"), kind="date",
              hint=gettext("A temporary limit needs a last day")),
        Field("reason", gettext("Reason"), kind="textarea", is_required=True),
    ]  # fmt: skip


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, number: str, limit_id: int) -> HttpResponse:
    """Let a limit count no more from a day on."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    row = credit.limit(desk.company.id, limit_id)
    if customer.id != (row.customer_id if isinstance(row, credit.LimitRow) else row.group_id):
        raise NotFound("limit_unknown", "There is no such limit")
    return answered(
        desk,
        customer,
        gettext("Withdraw a limit of %(name)s"),
        gettext("Withdraw the limit"),
        [
            Field("on", gettext("From"), desk.actor.today.isoformat(), "date", is_required=True),
            Field("reason", gettext("Reason"), kind="textarea", is_required=True),
        ],
        lambda: services.withdraw_limit(
            forms.acting(desk), limit_id, on=forms.required_day(desk, "on"),
            reason=forms.text(desk, "reason", is_required=True),
        ),
        gettext("The limit counts no more from that day; it stays in the history"),
    )  # fmt: skip


def answered(
    desk: DeskRequest,
    customer: CustomerRow,
    title: str,
    submit: str,
    fields: list[Field],
    act: Callable[[], object],
    said: str,
    template: str = "desk/form.html",
) -> HttpResponse:
    """Show a form about a customer; posted, do it and go back to the exposure."""
    context: dict[str, object] = {
        "fields": fields,
        "title": title % {"name": customer.name},
        "submit": submit,
        "back": reverse("customer-exposure", args=[customer.number]),
        "back_label": customer.name,
    }
    status = 200
    if desk.method == "POST":
        try:
            act()
        except (Invalid, Conflict) as error:
            found = error if isinstance(error, Invalid) else None
            context["fields"] = forms.filled(fields, desk.POST.dict(), found)
            context["form_error"] = faults.sentence(error)
            status = 409 if isinstance(error, Conflict) else 422
        else:
            messages.success(desk, said)
            return HttpResponseRedirect(str(context["back"]), status=303)
    return render(desk, template, context, status=status)


urlpatterns = [
    path("limits/", listing, name="limit-requests"),
    path("limits/<str:reference>/", page, name="limit-request"),
    path("limits/<str:reference>/decide", decide, name="limit-decide"),
    path("customers/<path:number>/limits/ask", ask, name="limit-ask"),
    path("customers/<path:number>/limits/<int:limit_id>/withdraw", withdraw, name="limit-withdraw"),
]
