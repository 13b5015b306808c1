"""What speaks for or against a customer: signals, reports, hits, investigations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.assessment.evidence import services, wording
from creditdesk.assessment.evidence.connectors import offers
from creditdesk.assessment.evidence.queries import HitRow, evidence_of, inquiries, reports
from creditdesk.assessment.evidence.queries.inquiries import InquiryRow
from creditdesk.assessment.evidence.queries.reports import ReportRow
from creditdesk.assessment.evidence.queries.signals import SignalRow, raised
from creditdesk.assessment.evidence.services import Subject
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.faces.desk import confirming, faults, forms, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.kernel.errors import Conflict, Invalid, Refused
from creditdesk.look.shapes import Tone

TONES: Final[Mapping[str, Tone]] = {"note": "", "concern": "warn", "grave": "bad"}
OUTCOME_TONES: Final[Mapping[str, Tone]] = {"clear": "good", "concern": "warn", "against": "bad"}
VERDICT_TONES: Final[Mapping[str, Tone]] = {"cleared": "good", "confirmed": "bad"}
ASKED: Final = "confirmed"


@dataclass(frozen=True, slots=True)
class SignalShown:
    """A signal as a sentence; `row` where it was raised at opening and may be answered."""

    sentence: str
    severity: str
    tone: Tone
    stops: bool


@dataclass(frozen=True, slots=True)
class ReportShown:
    """A report in words."""

    row: ReportRow
    source: str


@dataclass(frozen=True, slots=True)
class HitShown:
    """A hit in words."""

    row: HitRow
    source: str
    verdict: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class InquiryShown:
    """An investigation in words."""

    row: InquiryRow
    outcome: str
    tone: Tone


@require_safe
def page(request: HttpRequest, number: str) -> HttpResponse:
    """Show everything that is kept of a customer beside its books."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    about: dict[str, int | None] = {"application_id": None, "customer_id": customer.id}
    found = evidence_of(desk.company.id, **about, as_of=desk.actor.today)
    every = reports.every_report(desk.company.id, **about, on=desk.actor.today)
    context = {
        "customer": customer,
        "signals": [
            SignalShown(one.sentence, wording.severity(one.severity), TONES[one.severity],
                        one.stops_automatic)
            for one in found.signals
        ],
        "stops": found.stops_automatic,
        "opened": [_opened(one) for one in raised(desk.company.id, **about)],
        "reports": [ReportShown(one, wording.source(one.source)) for one in every],
        "hits": [hit_shown(one) for one in found.hits],
        "inquiries": [
            inquiry_shown(one) for one in inquiries.inquiries_of(desk.company.id, **about)
        ],
        "offers": [
            (one.source, wording.source(one.source)) for one in offers(desk.company.code)
        ],
        "may_ask": desk.actor.may("assessment.ask_report"),
        "may_answer": desk.actor.may("assessment.answer_signal"),
        "may_investigate": desk.actor.may("assessment.investigate"),
    }  # fmt: skip
    return render(request, "desk/evidence/page.html", context)


def hit_shown(row: HitRow) -> HitShown:
    """Return a hit in words."""
    return HitShown(
        row, wording.source(row.source), wording.verdict(row.verdict),
        VERDICT_TONES.get(row.verdict, "warn"),
    )  # fmt: skip


def inquiry_shown(row: InquiryRow) -> InquiryShown:
    """Return an investigation in words."""
    return InquiryShown(row, wording.outcome(row.outcome), OUTCOME_TONES.get(row.outcome, ""))


def _opened(row: SignalRow) -> tuple[SignalRow, str]:
    return row, wording.signal(row.raised.code, row.raised.params)


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """Say what asking a register would cost and what counts already; ask once confirmed."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    back = reverse("customer-evidence", args=[number])
    sources = offers(desk.company.code)
    fields = _fields(customer, [(one.source, wording.source(one.source)) for one in sources])
    context: dict[str, object] = {
        "customer": customer, "fields": fields, "back": back, "has_sources": bool(sources),
    }  # fmt: skip
    status = 200
    if request.method == "POST":
        subject = Subject(customer_id=customer.id, name=customer.name, country=customer.country)
        try:
            source = forms.text(request, "source", is_required=True)
            identifier = forms.text(request, "identifier", is_required=True)
            if ASKED in request.POST:
                services.ask(desk.actor, source, subject, identifier, again=True)
                return HttpResponseRedirect(back, status=303)
            context["quote"] = services.quote(desk.actor, source, subject, identifier)
            context["source_name"] = wording.source(source)
        except (Invalid, Conflict, Refused) as error:
            if isinstance(error, Refused) and error.code in confirming.NOT_THEIRS:
                raise
            given = error if isinstance(error, Invalid) else None
            context["form_error"] = faults.sentence(error)
            status = 422 if given else 409
            context["fields"] = forms.filled(fields, request.POST.dict(), given)
        else:
            context["fields"] = forms.filled(fields, request.POST.dict())
    return render(request, "desk/evidence/ask.html", context, status=status)


def _fields(customer: CustomerRow, options: Sequence[tuple[str, str]]) -> list[Field]:
    return [
        Field("source", gettext("Register"), options[0][0] if options else "", "select",
              is_required=True, options=tuple(options)),
        Field("identifier", gettext("Number"), customer.vat_number, is_required=True,
              hint=gettext("LEI for GLEIF, VAT number for VIES, company number for Companies"
                           " House")),
    ]  # fmt: skip


@require_safe
def answer_text(request: HttpRequest, report_id: int) -> HttpResponse:
    """Send what came from the source, as it came; a text, whatever it is."""
    desk = requests.of(request)
    reports.report(desk.company.id, report_id, on=desk.actor.today)
    text = reports.answer_of(desk.company.id, report_id)
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = f'attachment; filename="report-{report_id}.txt"'
    return response


@require_POST
def answer(request: HttpRequest, number: str, signal_id: int) -> HttpResponse:
    """Say why a signal is none after all."""
    desk = requests.of(request)
    customers.customer(desk.company.id, number)

    def act() -> None:
        reason = forms.text(request, "reason", is_required=True)
        services.answer_signal(forms.acting(desk), signal_id, reason=reason)

    said = gettext("The signal is answered")
    return confirming.done(request, act, said, "customer-evidence", args=[number])


@require_POST
def investigate(request: HttpRequest, number: str) -> HttpResponse:
    """Open an investigation of a question."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)

    def act() -> None:
        services.open_inquiry(
            forms.acting(desk),
            Subject(customer_id=customer.id),
            question=forms.text(request, "question", is_required=True),
        )

    said = gettext("The investigation is opened")
    return confirming.done(request, act, said, "customer-evidence", args=[number])


urlpatterns = [
    path("customers/<path:number>/evidence", page, name="customer-evidence"),
    path("customers/<path:number>/evidence/ask", ask, name="customer-report"),
    path("customers/<path:number>/evidence/investigate", investigate, name="customer-investigate"),
    path("customers/<path:number>/evidence/signals/<int:signal_id>", answer, name="signal-answer"),
    path("reports/<int:report_id>/answer", answer_text, name="report-answer"),
]
