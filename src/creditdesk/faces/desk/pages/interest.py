"""Late interest and compensation: what was charged, a preview of the next run, waiving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.controls.commands import preview
from creditdesk.faces.desk import confirming, faults, forms, lists, requests
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices import charge_paper_queries as charge_papers
from creditdesk.invoices import charge_queries as charges
from creditdesk.invoices import services, wording
from creditdesk.invoices.charge_queries import ChargeRow
from creditdesk.invoices.services import ChargeResult
from creditdesk.kernel.errors import NotFound, Refused
from creditdesk.look.shapes import Tone
from creditdesk.policy import queries as policies
from creditdesk.policy import services as policy_services
from creditdesk.policy.rules import interest as law_rules


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """A charge in the list, in words."""

    row: ChargeRow
    kind: str
    law: str
    state: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class TotalLine:
    """What a run charges, or takes back, of one kind in one currency."""

    kind: str
    currency: str
    charged_minor: int
    reversed_minor: int


@dataclass(frozen=True, slots=True)
class RateLine:
    """A published rate of one half-year, in words."""

    reference: str
    valid_on: date
    percent: Decimal
    source: str


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show what was charged for paying late, the last first; or give it as a file."""
    desk = requests.of(request)
    ask = lists.asked(request, sorts=(), sort="")
    if ask.format:
        every = lists.every(
            lambda page, size: charges.charge_listing(desk.company.id, page=page, size=size)
        )
        return lists.export(
            desk, _columns(), [_line(row) for row in every], name="late-interest", form=ask.format
        )
    return render(request, "desk/interest/list.html", _context(desk, ask.page))


@require_POST
def charge(request: HttpRequest) -> HttpResponse:
    """Charge through a day what policy says; first show what that would be."""
    desk = requests.of(request)
    through = forms.required_day(request, "through")
    try:
        if forms.text(request, "confirmed") != "yes":
            with preview():
                result = services.charge(desk.actor, through=through)
            return render(request, "desk/interest/list.html", _context(desk, 1, result))
        done = services.charge(forms.acting(desk), through=through)
    except Refused as error:
        if error.code != "reference_rate_missing":
            raise
        told = {**_context(desk, 1), "fault": faults.sentence(error), "through": through}
        return render(request, "desk/interest/list.html", told, status=409)
    messages.success(request, gettext("Charged through %(day)s") % {"day": date_format(through)})
    for code, count in done.waiting.items():
        messages.info(request, wording.waits(code, count))
    return HttpResponseRedirect(reverse("interest"), status=303)


@require_POST
def rate(request: HttpRequest) -> HttpResponse:
    """Keep the published rate of a half-year, with the place where it was read."""
    desk = requests.of(request)

    def keep() -> None:
        policy_services.set_reference_rate(
            forms.acting(desk),
            forms.text(request, "reference"),
            forms.required_day(request, "valid_on"),
            forms.parsed(request, "percent", _percent),
            source=forms.text(request, "source"),
        )

    said = gettext("The rate is kept; what waited for it is charged by the next run")
    return confirming.done(request, keep, said, "interest")


def _percent(value: str) -> Decimal:
    try:
        return Decimal(forms.decimal_text(value))
    except InvalidOperation as error:
        raise ValueError(value) from error


@require_POST
def waive(request: HttpRequest, charge_id: int) -> HttpResponse:
    """Waive what stands of a charge, for the reason given."""
    reason = forms.text(request, "reason", is_required=True)
    services.waive(forms.acting(requests.of(request)), [charge_id], reason=reason)
    messages.success(request, gettext("The charge is waived"))
    return HttpResponseRedirect(forms.way_back(request, reverse("interest")), status=303)


@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Send the documents of charges that nobody sent yet, as their customers prefer."""
    desk = requests.of(request)
    numbers = charge_papers.unsent(desk.company.id)
    if not numbers and desk.actor.may("invoices.deliver"):
        messages.info(request, gettext("Nothing waits to be sent"))
        return HttpResponseRedirect(reverse("interest"), status=303)
    done = services.deliver(forms.acting(desk), numbers)
    said = ngettext(
        "%(count)d document is on its way", "%(count)d documents are on their way", done.queued
    )
    messages.success(request, said % {"count": done.queued})
    if done.refused or done.own_means:
        rest = gettext("Not sent: %(refused)d without an address; %(own)d go by your own means")
        messages.warning(request, rest % {"refused": done.refused, "own": done.own_means})
    return HttpResponseRedirect(reverse("interest"), status=303)


def _context(desk: DeskRequest, page: int, result: ChargeResult | None = None) -> dict[str, object]:
    found = charges.charge_listing(desk.company.id, page=page)
    mode = _mode(desk)
    lacking = services.lacking_rates(desk.company.id, desk.actor.today) if mode != "off" else []
    return {
        "rates": _rates(desk) if mode != "off" else (),
        "lacking": [(wording.reference(one.code), one) for one in lacking],
        "references": [(code, wording.reference(code)) for code in law_rules.REFERENCES],
        "half_years": _half_years(desk, lacking),
        "may_rate": mode != "off" and desk.actor.may("policy.set_rate"),
        "lines": [_line(row) for row in found.rows],
        "mark": lists.mark(found),
        "mode": wording.mode(mode),
        "may_charge": mode != "off" and desk.actor.may("invoices.charge"),
        "unsent": len(charge_papers.unsent(desk.company.id)),
        "may_send": desk.actor.may("invoices.deliver"),
        "may_waive": desk.actor.may("invoices.waive_charge"),
        "through": result.through if result else _proposed(desk),
        "result": result,
        "totals": _totals(result) if result else (),
        "waiting": [wording.waits(*one) for one in result.waiting.items()] if result else (),
    }


def _rates(desk: DeskRequest) -> list[RateLine]:
    """Return the rates of the last two years, the latest first."""
    since = law_rules.half_year_of(desk.actor.today.replace(day=1)) - timedelta(days=2 * 366)
    known = sorted(
        policies.reference_rates().items(), key=lambda one: (one[0][1], one[0][0]), reverse=True
    )
    return [
        RateLine(wording.reference(code), valid_on, kept.percent, kept.source)
        for (code, valid_on), kept in known
        if valid_on >= since
    ]


def _half_years(desk: DeskRequest, lacking: Sequence[services.LackingRate]) -> list[date]:
    """Return the half-years to choose from: what lacks first, then this one and the next."""
    today = desk.actor.today
    near = law_rules.half_years(today, today + timedelta(days=31))
    return list(dict.fromkeys([*(one.valid_on for one in lacking), *near]))


def _mode(desk: DeskRequest) -> str:
    try:
        return policies.in_force(desk.company.id, desk.actor.today).interest.mode
    except NotFound:
        return "off"


def _proposed(desk: DeskRequest) -> date:
    """Return the last day charged through, or the end of last month if that is later."""
    month_end = desk.actor.today.replace(day=1) - timedelta(days=1)
    return max(month_end, charges.charged_through(desk.company.id) or month_end)


def _totals(result: ChargeResult) -> Sequence[TotalLine]:
    return [
        TotalLine(
            wording.charge_kind(one.kind), one.currency, one.charged_minor, one.reversed_minor
        )
        for one in result.totals
    ]


def _line(row: ChargeRow) -> ChargeLine:
    state, tone = _state(row)
    return ChargeLine(row, wording.charge_kind(row.kind), wording.law(row.law), state, tone)


def _state(row: ChargeRow) -> tuple[str, Tone]:
    if row.left_minor <= 0:
        return (gettext("waived"), "") if row.waived_minor else (gettext("taken back"), "")
    return (gettext("posted"), "info") if row.document_number else (gettext("memo"), "")


def _columns() -> list[Column[ChargeLine]]:
    def currency(line: ChargeLine) -> str:
        return line.row.currency

    return [
        Column("number", gettext("Customer number"), lambda one: one.row.customer_number),
        Column("customer", gettext("Customer"), lambda one: one.row.customer_name),
        Column("invoice", gettext("Invoice"), lambda one: one.row.invoice_number),
        Column("instalment", gettext("Instalment"), lambda one: one.row.instalment, "number"),
        Column("due_on", gettext("Due date"), lambda one: one.row.due_on, "date"),
        Column("kind", gettext("Charge"), lambda one: one.kind),
        Column("law", gettext("Law"), lambda one: one.law),
        Column("from_on", gettext("From"), lambda one: one.row.from_on, "date"),
        Column("through_on", gettext("Through"), lambda one: one.row.through_on, "date"),
        Column("currency", gettext("Currency"), currency),
        Column("minor", gettext("Charged"), lambda one: one.row.minor, "money", currency),
        Column("left", gettext("Stands"), lambda one: one.row.left_minor, "money", currency),
        Column("document", gettext("Document"), lambda one: one.row.document_number),
        Column("state", gettext("State"), lambda one: one.state),
        Column("reason", gettext("Reason"), lambda one: one.row.reason),
    ]


urlpatterns = [
    path("interest/", listing, name="interest"),
    path("interest/charge", charge, name="interest-charge"),
    path("interest/rate", rate, name="interest-rate"),
    path("interest/send", send, name="interest-send"),
    path("interest/<int:charge_id>/waive", waive, name="interest-waive"),
]
