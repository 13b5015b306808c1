"""A customer's finances: statements side by side, ratios, Altman's scores, and how it scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.assessment import queries, rules, services, wording
from creditdesk.assessment.queries import AssessmentRow, StatementRow
from creditdesk.assessment.services import NewStatement
from creditdesk.customers import queries as customers
from creditdesk.faces.desk import faults, forms, requests
from creditdesk.faces.desk.forms import Field
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.errors import Invalid, Place, Refused
from creditdesk.look.shapes import Tone

ZONE_TONES: Final[Mapping[str, Tone]] = {"safe": "good", "grey": "warn", "distress": "bad"}
GRADE_TONES: Final[Mapping[str, Tone]] = {
    "A": "good", "B": "good", "C": "warn", "D": "bad", "E": "bad",
}  # fmt: skip
HUNDRED: Final = 100
INDUSTRY_LENGTH: Final = 20
DASH: Final = "–"


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a line in one year; `is_derived` if it was not on the paper."""

    minor: int | None
    currency: str
    is_derived: bool


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line of the statements over the years."""

    label: str
    is_total: bool
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class RatioShown:
    """A ratio over the years, its line, and the median of the industry beside it."""

    label: str
    cells: Sequence[str]
    trend: Sequence[Decimal]
    median: str


@dataclass(frozen=True, slots=True)
class ZShown:
    """One of Altman's scores with its zone."""

    label: str
    value: str
    zone: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class FactorShown:
    """A scored factor: its value, points against the best, and whether it is missing."""

    label: str
    value: str
    points: Decimal
    best: Decimal
    cost: Decimal
    is_left_out: bool


@require_safe
def page(request: HttpRequest, number: str) -> HttpResponse:
    """Show what is known of a customer's finances and how it was scored last."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    years = queries.statements(desk.company.id, customer.id)
    found = queries.assessments(desk.company.id, customer.id)
    industry = years[-1].industry if years else ""
    medians = queries.peers(desk.company.id, industry, besides=customer.id)
    context = {
        "customer": customer,
        "years": years,
        "qualities": [wording.quality(one.spread.sheet.quality) for one in years],
        "industry": industry,
        "has_medians": bool(medians),
        "lines": _lines(years),
        "ratios": _ratios(years, medians),
        "zs": _zs(years),
        "last": found[0] if found else None,
        "grade_tone": GRADE_TONES.get(found[0].grade, "") if found else "",
        "factors": _factors(found[0]) if found else [],
        "reasons": [wording.point(one["point"]) for one in found[0].result["reasons"]]
        if found
        else [],
        "earlier": found[1:6],
        "may_record": desk.actor.may("assessment.record"),
        "may_assess": desk.actor.may("assessment.assess"),
    }
    return render(request, "desk/customer/financials.html", context)


@require_POST
def assess(request: HttpRequest, number: str) -> HttpResponse:
    """Score the customer by the card in force."""
    desk = requests.of(request)
    customers.customer(desk.company.id, number)
    try:
        services.assess(forms.acting(desk), number)
    except Refused as refused:
        if not refused.code.startswith("score_lacks"):
            raise
        messages.error(request, faults.sentence(refused))
    else:
        messages.success(request, gettext("Assessed and kept"))
    return HttpResponseRedirect(reverse("customer-financials", args=[number]), status=303)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, number: str) -> HttpResponse:
    """Type in a statement; what does not add up is said at the line."""
    desk = requests.of(request)
    customer = customers.customer(desk.company.id, number)
    fields = statement_fields(customer.currency)
    back = reverse("customer-financials", args=[number])
    context: dict[str, object] = {
        "fields": fields,
        "title": gettext("Financial statement of %(name)s") % {"name": customer.name},
        "submit": gettext("Keep the statement"),
        "back": back,
        "back_label": gettext("Finances"),
    }
    status = 200
    if request.method == "POST":
        try:
            services.record_statements(forms.acting(desk), [typed_statement(desk, customer.id)])
        except Invalid as error:
            context["fields"] = forms.filled(fields, request.POST.dict(), error)
            context["form_error"] = faults.sentence(error)
            status = 422
        else:
            messages.success(request, gettext("The statement is kept"))
            return HttpResponseRedirect(back, status=303)
    return render(request, "desk/form.html", context, status=status)


def statement_fields(currency: str) -> list[Field]:
    """Return the fields of a statement to be typed in."""
    qualities = tuple((one, wording.quality(one)) for one in rules.QUALITIES)
    units = (
        ("1", gettext("units")), ("1000", gettext("thousands")), ("1000000", gettext("millions")),
    )  # fmt: skip
    return [
        Field("period_end", gettext("Last day"), "", "date", is_required=True),
        Field("months", gettext("Months"), "12", is_required=True),
        Field("currency", gettext("Currency"), currency, is_required=True),
        Field("unit", gettext("Written in"), "1000", "select", options=units),
        Field("quality", gettext("Examined"), "unaudited", "select", options=qualities),
        Field("industry", gettext("Industry code")),
        *(Field(one.code, wording.item(one.code), "", "amount") for one in rules.ITEMS),
    ]


def typed_statement(desk: DeskRequest, customer_id: int) -> NewStatement:
    """Return the statement as it was typed in; Invalid where a line cannot stand."""
    sheet = rules.sheet_of(
        {one.code: _decimal(desk, one.code) for one in rules.ITEMS},
        period_end=forms.required_day(desk, "period_end"),
        months=forms.parsed(desk, "months", _whole),
        currency=forms.parsed(desk, "currency", _currency),
        unit=forms.parsed(desk, "unit", _whole),
        quality=forms.text(desk, "quality", is_required=True),
    )
    industry = forms.text(desk, "industry")[:INDUSTRY_LENGTH]
    return NewStatement(customer_id=customer_id, sheet=sheet, industry=industry)


def _decimal(desk: DeskRequest, name: str) -> Decimal | None:
    value = forms.text(desk, name)
    if not value:
        return None
    try:
        return Decimal(forms.decimal_text(value))
    except InvalidOperation as error:
        raise line_malformed(name) from error


def line_malformed(name: str) -> Invalid:
    """Return the fault of a line that is no number."""
    return Invalid(
        "line_malformed",
        "The line is no number",
        place=Place(field=name),
        mend="Write it as 1234.5",
    )


def _whole(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) <= 7):  # noqa: PLR2004 - a million
        raise ValueError(value)
    return int(value)


def _currency(value: str) -> str:
    code = value.upper()
    if len(code) != 3 or not (code.isascii() and code.isalpha()):  # noqa: PLR2004 - ISO 4217
        raise ValueError(value)
    return code


def _lines(years: Sequence[StatementRow]) -> list[LineShown]:
    shown = []
    for item in rules.ITEMS:
        cells = [
            Cell(
                one.spread.amounts.get(item.code),
                one.spread.sheet.currency,
                item.code in one.spread.derived,
            )
            for one in years
        ]
        if any(cell.minor is not None for cell in cells):
            shown.append(LineShown(wording.item(item.code), item.is_total, cells))
    return shown


def _ratios(years: Sequence[StatementRow], medians: Mapping[str, Decimal]) -> list[RatioShown]:
    by_year = [rules.ratios(one.spread.amounts, one.spread.sheet.months) for one in years]
    shown = []
    for ratio in rules.RATIOS:
        values = [one[ratio.code] for one in by_year]
        if any(value is not None for value in values):
            shown.append(
                RatioShown(
                    wording.ratio(ratio.code),
                    [_figure(value, ratio.measure) for value in values],
                    [value for value in values if value is not None],
                    _figure(medians.get(ratio.code), ratio.measure),
                )
            )
    return shown


def _zs(years: Sequence[StatementRow]) -> list[ZShown]:
    if not years:
        return []
    last = years[-1].spread
    scores = rules.z_scores(last.amounts, last.sheet.months)
    return [
        ZShown(wording.point(code), _number(score.value, 2), wording.zone(score.zone),
               ZONE_TONES[score.zone])
        if score
        else ZShown(wording.point(code), DASH, gettext("lines are missing"), "")
        for code, score in scores.items()
    ]  # fmt: skip


def _factors(of: AssessmentRow) -> list[FactorShown]:
    return [_factor(one) for one in of.result["score"]["factors"]]


def _factor(one: Mapping[str, Any]) -> FactorShown:
    code, value = one["point"], one["value"]
    ratio = rules.RATIO.get(code.partition(".")[0])
    measure = ratio.measure if ratio else "times"
    return FactorShown(
        wording.point(code),
        _figure(None if value is None else Decimal(value), measure),
        Decimal(one["points"]).quantize(Decimal("0.1")),
        Decimal(one["best"]).quantize(Decimal("0.1")),
        Decimal(one["cost"]).quantize(Decimal("0.1")),
        one["left_out"],
    )


def _figure(value: Decimal | None, measure: str) -> str:
    if value is None:
        return DASH
    if measure == "percent":
        return f"{_number(value * HUNDRED, 1)} %"
    return _number(value, 0 if measure == "days" else 2)


def _number(value: Decimal, places: int) -> str:
    # Rounded here: the formatter would cut the digits off.
    shown = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return number_format(shown, decimal_pos=places).replace("-", "−")


urlpatterns = [
    path("customers/<path:number>/financials", page, name="customer-financials"),
    path("customers/<path:number>/financials/new", new, name="customer-financials-new"),
    path("customers/<path:number>/financials/assess", assess, name="customer-assess"),
]
