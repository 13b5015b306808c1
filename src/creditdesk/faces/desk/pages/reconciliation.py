"""The reconciliation: what differs between these books and the ERP's, to the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.faces.desk import faults, forms, lists, requests
from creditdesk.faces.desk.lists import Asked, Column
from creditdesk.kernel.errors import Invalid, Refused
from creditdesk.look.shapes import Tone
from creditdesk.reconciliation import queries, services, wording
from creditdesk.reconciliation.queries import DifferenceRow, RunRow
from creditdesk.reconciliation.rules import CAUSES


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """A difference in words."""

    row: DifferenceRow
    name: str
    cause: str
    to_do: str
    detail: str

    @property
    def explained(self) -> str:
        """Who explained it and how, for an export."""
        return f"{self.row.note} ({self.row.explained_by})" if self.row.note else ""


@dataclass(frozen=True, slots=True)
class TotalLine:
    """Both sides' totals in one currency."""

    currency: str
    receivable: int
    unapplied: int
    balance: int
    listed: int | None


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the reconciliations, latest first."""
    desk = requests.of(request)
    runs = queries.runs(desk.company.id, limit=500)
    shown, mark = lists.page_of(runs, lists.asked(request).page)
    context = {
        "runs": [(run, *_standing(run)) for run in shown],
        "mark": mark,
        "files": queries.files(desk.company.id)[:4],
        "may_run": desk.actor.may("reconciliation.run"),
        "is_erp": desk.company.book == "erp",
    }
    return render(request, "desk/reconciliation/list.html", context)


def _standing(run: RunRow) -> tuple[str, Tone]:
    if not run.differences_total:
        return gettext("agrees"), "good"
    if not run.unexplained:
        return gettext("explained"), "info"
    said = ngettext("%(count)d unexplained", "%(count)d unexplained", run.unexplained)
    return said % {"count": run.unexplained}, "warn"


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Compare with the ERP's latest files now."""
    desk = requests.of(request)
    try:
        result = services.reconcile(forms.acting(desk), again="again" in request.POST)
    except Refused as error:
        if error.code != "nothing_to_reconcile":
            raise
        messages.warning(request, faults.sentence(error))
        return HttpResponseRedirect(reverse("reconciliation"), status=303)
    return HttpResponseRedirect(reverse("reconciliation-run", args=[result.reference]), status=303)


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one reconciliation: totals, and every difference with its likeliest cause."""
    desk = requests.of(request)
    run = queries.run(desk.company.id, reference)
    ask = lists.asked(request, sorts=queries.SORTS, sort="-gap")
    cause = lists.choice(request, "cause", CAUSES)
    explained = lists.choice(request, "explained", ("yes", "no"))
    if ask.format:
        rows = _every(desk.company.id, run, ask, cause, explained)
        return lists.export(
            desk, _columns(), rows, name=f"reconciliation-{reference}", form=ask.format
        )
    found = queries.differences(
        desk.company.id, run.id, cause=cause, explained=explained, text=ask.text, sort=ask.sort,
        page=ask.page, size=lists.PER_PAGE,
    )  # fmt: skip
    report = run.report
    context = {
        "run": run,
        "lines": [_line(row) for row in found.rows],
        "mark": lists.mark(found),
        "ask": ask,
        "cause": cause,
        "explained": explained,
        "is_filtered": bool(cause or explained or ask.text),
        "causes": [(code, wording.cause(code), count) for code, count in report["causes"].items()],
        "totals": _totals(report),
        "gone": report["gone"],
        "rows_rejected": report["rows_rejected"],
        "may_explain": desk.actor.may("reconciliation.explain"),
        "may_run": desk.actor.may("reconciliation.run"),
    }
    return lists.show(
        desk, "desk/reconciliation/page.html", "desk/reconciliation/_rows.html", context
    )


def _totals(report: dict[str, dict[str, dict[str, int]]]) -> list[TotalLine]:
    return [
        TotalLine(
            currency,
            of.get("receivable", 0),
            of.get("unapplied", 0),
            of.get("balance", 0),
            of.get("listed"),
        )
        for currency, of in report["totals"].items()
    ]


def _line(row: DifferenceRow) -> DifferenceLine:
    return DifferenceLine(
        row,
        row.number or wording.figure(row.figure),
        wording.cause(row.cause),
        wording.what_to_do(row.cause),
        wording.detail(row.cause, row.params),
    )


def _every(
    company_id: int, run: RunRow, ask: Asked, cause: str, explained: str
) -> Iterator[DifferenceLine]:
    rows = lists.every(
        lambda page, size: queries.differences(
            company_id, run.id, cause=cause, explained=explained, text=ask.text, sort=ask.sort,
            page=page, size=size,
        )
    )  # fmt: skip
    return (_line(row) for row in rows)


def _columns() -> list[Column[DifferenceLine]]:
    def currency(line: DifferenceLine) -> str:
        return line.row.currency

    return [
        Column("number", gettext("Document"), lambda one: one.name),
        Column("cause", gettext("Likely cause"), lambda one: one.cause),
        Column("code", gettext("Code"), lambda one: one.row.cause),
        Column("customer_number", gettext("Customer number"), lambda one: one.row.customer_number),
        Column("customer", gettext("Customer"), lambda one: one.row.customer_name),
        Column("currency", gettext("Currency"), currency),
        Column("here", gettext("Here"), lambda one: one.row.here_minor, "money", currency),
        Column("there", gettext("There"), lambda one: one.row.there_minor, "money", currency),
        Column("gap", gettext("Difference"), lambda one: one.row.gap_minor, "money", currency),
        Column("detail", gettext("Detail"), lambda one: one.detail),
        Column("explained", gettext("Explained"), lambda one: one.explained),
    ]


@require_POST
def explain(request: HttpRequest, reference: str) -> HttpResponse:
    """Say why a difference is as it is."""
    desk = requests.of(request)
    given = forms.text(request, "difference", is_required=True)
    try:
        services.explain(
            forms.acting(desk),
            int(given) if given.isascii() and given.isdecimal() else 0,
            note=forms.text(request, "note"),
        )
    except Invalid as error:
        messages.error(request, faults.sentence(error))
    else:
        messages.success(request, gettext("Kept; it stays in the list, explained"))
    back = reverse("reconciliation-run", args=[reference])
    return HttpResponseRedirect(forms.way_back(request, back), status=303)


urlpatterns = [
    path("reconciliation/", listing, name="reconciliation"),
    path("reconciliation/run", make, name="reconciliation-make"),
    path("reconciliation/<str:reference>/", page, name="reconciliation-run"),
    path("reconciliation/<str:reference>/explain", explain, name="reconciliation-explain"),
]
