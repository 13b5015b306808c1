"""Going live: whose books count, what was brought over, the report and who signs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.collections import queries as collections
from creditdesk.controls import services as controls
from creditdesk.controls.rules import BOOK_ERP, BOOK_OWN
from creditdesk.faces.desk import faults, forms, lists, requests
from creditdesk.faces.desk.lists import Column
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.golive import queries, rules, services, wording
from creditdesk.golive.queries import GoLiveRow, ItemRow
from creditdesk.golive.rules import Check, Finding, Report
from creditdesk.kernel.errors import Invalid, NotFound, Refused
from creditdesk.look import words as look_words
from creditdesk.look.shapes import Step
from creditdesk.plumbing.imports.services import PERMISSION as MAY_LOAD
from creditdesk.reconciliation import wording as reconciliation_words


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding in words, with what to do and the first it is about."""

    code: str
    text: str
    mend: str
    count: int
    named: str


# What is typed to bring over a further company.
ANOTHER = (
    'creditdesk init --company NAME --name "…" --book erp\n'
    "creditdesk go-live --company NAME --cut-over {on}"
)


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A control total in words."""

    check: Check
    name: str


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show how far going live is, and what is next."""
    return _page(requests.of(request))


def _page(request: DeskRequest, *, fault: str = "", status: int = 200) -> HttpResponse:
    row = queries.going_live(request.company.id)
    report = _report(request, row) if row and not row.is_signed else None
    first = collections.first_run(request.company.id)
    standing = queries.standing(request.company.id)
    is_running = row is None and standing.documents > 0
    is_live = row is not None and row.is_signed
    context = {
        "row": row,
        "report": report,
        "sha256": queries.as_kept(report)[1] if report else "",
        "first_run": first,
        "fault": fault,
        "note": request.POST.get("note", ""),
        "steps": _steps(
            row,
            is_shadow_signed=first is not None and first.signed_at is not None,
            is_running=is_running,
        ),
        "kinds": _kinds(report),
        "standing": standing,
        "another": ANOTHER.format(on=request.actor.today),
        "is_running": is_running,
        "undelivered": queries.undelivered(request.company.id, size=1).total if is_live else 0,
        "books": [
            (BOOK_ERP, gettext("The ERP keeps the books")),
            (BOOK_OWN, gettext("creditdesk keeps the books")),
        ],
        "may_set_book": request.actor.may("controls.set_book"),
        "may_begin": request.actor.may("golive.begin"),
        "may_sign": request.actor.may("golive.sign"),
        "may_load": request.actor.may(MAY_LOAD),
        "is_loader": row is not None and request.actor.name in row.loaders,
        "cut_over_default": request.actor.today - timedelta(days=1),
        "today": request.actor.today,
        **(_told(report) if report else {}),
    }
    return render(request, "desk/golive/page.html", context, status=status)


def _report(request: DeskRequest, row: GoLiveRow) -> Report:
    return queries.report(request.company.id, row, today=request.actor.today)


def _told(report: Report) -> dict[str, object]:
    return {
        "errors": [_finding(one) for one in report.errors],
        "warnings": [_finding(one) for one in report.warnings],
        "checks": [
            CheckLine(one, reconciliation_words.figure(one.figure)) for one in report.checks
        ],
        "has_outdated": any(one.code == "not_in_latest_file" for one in report.findings),
    }


def _finding(one: Finding) -> FindingLine:
    named = ", ".join(one.named) + (" …" if one.count > len(one.named) > 0 else "")
    return FindingLine(one.code, wording.finding(one), wording.mend(one), one.count, named)


def _kinds(report: Report | None) -> list[tuple[str, str, int]]:
    counts = report.counts if report else {}
    return [(kind, wording.kind(kind), counts.get(kind, 0)) for kind in ("customers", *rules.KINDS)]


def _steps(row: GoLiveRow | None, *, is_shadow_signed: bool, is_running: bool) -> list[Step]:
    """Return the way to the first live day; books that run without it need none of it."""
    if is_running:
        return []
    done = 0 if row is None else 2 if row.is_signed else 1
    if done and is_shadow_signed:
        done = 3
    names = [
        (gettext("Begin"), gettext("with the cut-over date")),
        (gettext("Bring over"), gettext("load, correct, sign")),
        (gettext("Shadow"), gettext("read and sign the first run")),
        (gettext("Live"), gettext("customers are written to")),
    ]
    return [
        Step(name, note, "done" if place < done else "now" if place == done else "next")
        for place, (name, note) in enumerate(names)
    ]


@require_POST
def set_book(request: HttpRequest) -> HttpResponse:
    """Say whose books count."""
    desk = requests.of(request)
    if controls.set_book(forms.acting(desk), book=forms.text(request, "book")):
        messages.success(request, gettext("Kept"))
    return HttpResponseRedirect(reverse("golive"), status=303)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin going live, or move its date."""
    desk = requests.of(request)
    try:
        on = services.begin(
            forms.acting(desk), cut_over_on=forms.required_day(request, "cut_over_on")
        )
    except (Invalid, Refused) as error:
        status = 403 if isinstance(error, Refused) else 422
        return _page(desk, fault=faults.sentence(error), status=status)
    messages.success(
        request, gettext("Going live is begun, as of %(on)s") % {"on": look_words.day(on)}
    )
    return HttpResponseRedirect(reverse("golive"), status=303)


@require_POST
def remove_outdated(request: HttpRequest) -> HttpResponse:
    """Remove what the latest files no longer have."""
    count = services.remove_outdated(forms.acting(requests.of(request)))
    said = ngettext("%(count)d row is removed", "%(count)d rows are removed", count)
    messages.success(request, said % {"count": count})
    return HttpResponseRedirect(reverse("golive"), status=303)


@require_POST
def sign(request: HttpRequest) -> HttpResponse:
    """Sign the report that was read: the books are open."""
    desk = requests.of(request)
    try:
        signed = services.sign(
            forms.acting(desk),
            report_sha256=forms.text(request, "sha256", is_required=True),
            note=forms.text(request, "note"),
        )
    except (Invalid, Refused) as error:
        status = 403 if isinstance(error, Refused) else 422
        return _page(desk, fault=faults.sentence(error), status=status)
    said = ngettext(
        "The books are open: %(count)d document was taken over",
        "The books are open: %(count)d documents were taken over",
        signed.documents,
    )
    messages.success(request, said % {"count": signed.documents})
    return HttpResponseRedirect(reverse("golive"), status=303)


@require_safe
def paper(request: HttpRequest) -> HttpResponse:
    """Show the report as it is signed, to be printed: as kept once signed, else as it stands."""
    desk = requests.of(request)
    row = queries.going_live(desk.company.id)
    if row is None:
        raise NotFound("golive_not_begun", gettext("Going live was not begun"))
    report = queries.as_report(row.report) if row.is_signed else _report(desk, row)
    context = {
        "row": row,
        "report": report,
        "sha256": row.report_sha256 or queries.as_kept(report)[1],
        "counts": [(wording.kind(kind), count) for kind, count in report.counts.items()],
        **_told(report),
    }
    return render(request, "desk/golive/paper.html", context)


@require_safe
def documents(request: HttpRequest) -> HttpResponse:
    """Give the documents brought over as XLSX or CSV."""
    desk = requests.of(request)
    ask = lists.asked(request)
    rows = queries.every_item(desk.company.id)
    return lists.export(desk, _columns(), rows, name="opening-items", form=ask.format or "xlsx")


def _columns() -> list[Column[ItemRow]]:
    def currency(row: ItemRow) -> str:
        return row.currency

    return [
        Column("number", gettext("Document"), lambda one: one.number),
        Column("kind", gettext("Kind"), lambda one: one.kind),
        Column("customer_number", gettext("Customer number"), lambda one: one.customer_number),
        Column("customer", gettext("Customer"), lambda one: one.customer_name),
        Column("issued_on", gettext("Date of issue"), lambda one: one.issued_on, "date"),
        Column("due_on", gettext("Due date"), lambda one: one.due_on, "date"),
        Column("currency", gettext("Currency"), currency),
        Column("total", gettext("Total"), lambda one: one.total_minor, "money", currency),
        Column("open", gettext("Open"), lambda one: one.open_minor, "money", currency),
        Column("level", gettext("Dunning level"), lambda one: one.dunning_level, "number"),
        Column("dunned", gettext("Last reminder"), lambda one: one.last_dunned_on, "date"),
        Column(
            "delivered",
            gettext("Delivered"),
            lambda one: gettext("yes") if one.is_delivered else gettext("no"),
        ),
    ]


urlpatterns = [
    path("golive/", page, name="golive"),
    path("golive/book", set_book, name="golive-book"),
    path("golive/begin", begin, name="golive-begin"),
    path("golive/remove-outdated", remove_outdated, name="golive-remove-outdated"),
    path("golive/sign", sign, name="golive-sign"),
    path("golive/report/", paper, name="golive-report"),
    path("golive/documents", documents, name="golive-documents"),
]
