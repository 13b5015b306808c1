"""Imports: a file taken in, its mapping shown and corrected, its rows loaded, the bad ones back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from creditdesk.faces.desk import faults, forms, lists, requests
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.golive import wording as golive_words
from creditdesk.kernel.errors import Invalid, Place, Refused
from creditdesk.look.shapes import Step, Tone
from creditdesk.plumbing.imports import kinds, queries, services
from creditdesk.plumbing.imports import words as import_words
from creditdesk.plumbing.imports.kinds import Kind, Options
from creditdesk.plumbing.imports.mapping import Guess
from creditdesk.plumbing.imports.queries import RunRow

LOAD_SECONDS = 3.0
SURE_PERCENT = 85
COLUMN_DIGITS_MAX = 6  # more would be no column of any file
PERMISSION = services.PERMISSION


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """Show what was loaded; or take in a file and show how it would be read."""
    desk = requests.of(request)
    error = ""
    status = 200
    if request.method == "POST":
        try:
            reference = _taken_in(desk)
        except (Invalid, Refused) as refused:
            error, status = str(refused), 403 if isinstance(refused, Refused) else 422
        else:
            return HttpResponseRedirect(reverse("import", args=[reference]), status=303)
    shown, mark = lists.page_of(queries.runs(desk.company.id, limit=500), lists.asked(request).page)
    context = {
        "runs": [(run, *_state(run), kind_name(run.kind)) for run in shown],
        "mark": mark,
        "kinds": [(name, kind_name(name)) for name in kinds.KINDS],
        "chosen": request.POST.get("kind") or request.GET.get("kind", ""),
        "may_load": desk.actor.may(PERMISSION),
        "form_error": error,
        "upload_mib": settings.UPLOAD_BYTES_MAX // 2**20,
    }
    return render(request, "desk/imports/list.html", context, status=status)


def _taken_in(request: DeskRequest) -> str:
    """Keep the file that was sent and return the reference of its import."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or file.size is None:
        raise Invalid(
            "file_missing",
            gettext("No file was chosen"),
            place=Place(field="file"),
            mend=gettext("Choose a CSV or XLSX file"),
        )
    if file.size > settings.UPLOAD_BYTES_MAX:
        raise Invalid(
            "file_too_large",
            gettext("The file is larger than this desk takes"),
            place=Place(file=file.name),
            mend=gettext("Split it, or load it on the command line"),
        )
    return services.open_run(
        request.actor,
        kind=forms.text(request, "kind"),
        filename=file.name or "file",
        content=file.read(),
    )


def kind_name(kind: str) -> str:
    """Return what rows of a kind are, in words."""
    return golive_words.kind(kind)


def _state(run: RunRow) -> tuple[str, Tone]:
    if run.status == "done":
        return (
            (gettext("Loaded, some rejected"), "warn")
            if run.rows_rejected
            else (
                gettext("Loaded"),
                "good",
            )
        )
    return (gettext("Under way"), "info") if run.rows_done else (gettext("Waiting"), "")


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A field of the kind with the column chosen for it."""

    name: str
    label: str
    is_required: bool
    column: int | None
    sureness: str
    tone: Tone
    samples: tuple[str, ...]


def field_label(name: str) -> str:
    """Return a field of an import in words."""
    return {
        "number": gettext("Number"),
        "name": gettext("Name"),
        "currency": gettext("Currency"),
        "country": gettext("Country"),
        "street": gettext("Street"),
        "city": gettext("City"),
        "postal_code": gettext("Postal code"),
        "email": gettext("E-mail"),
        "phone": gettext("Telephone"),
        "contact_name": gettext("Contact"),
        "language": gettext("Language"),
        "vat_number": gettext("VAT number"),
        "buys_as": gettext("Buys as"),
        "terms": gettext("Terms"),
        "limit_amount": gettext("Credit limit"),
        "limit_currency": gettext("Currency of the limit"),
        "group": gettext("Group"),
        "bank_account": gettext("Bank account"),
        "note": gettext("Note"),
        "customer_number": gettext("Customer number"),
        "customer_name": gettext("Customer name"),
        "issued_on": gettext("Date of issue"),
        "due_on": gettext("Due date"),
        "net_amount": gettext("Net amount"),
        "tax_amount": gettext("Tax"),
        "total_amount": gettext("Total"),
        "net": gettext("Net amount"),
        "tax": gettext("Tax"),
        "total": gettext("Total"),
        "open_amount": gettext("Open amount"),
        "order_reference": gettext("Order"),
        "customer_reference": gettext("Their reference"),
        "delivery_status": gettext("Delivery status"),
        "dunning_level": gettext("Dunning level"),
        "last_dunned_on": gettext("Last reminder"),
        "amount": gettext("Amount"),
        "reason": gettext("Reason"),
        "opened_on": gettext("Opened on"),
        "promised_on": gettext("Promised on"),
        "valid_from": gettext("Valid from"),
        "valid_to": gettext("Valid to"),
        "valid_on": gettext("Date of the rate"),
        "base": gettext("From currency"),
        "quote": gettext("To currency"),
        "rate": gettext("Exchange rate"),
        "as_of": gettext("As of"),
        "account": gettext("Control account"),
        "bucket": gettext("Age"),
        "closed_on": gettext("Closed on"),
        "how": gettext("How it was closed"),
        "reference": gettext("Reference"),
        "kind": gettext("Way of contact"),
        "outcome": gettext("Outcome"),
        "on": gettext("Date"),
        "what": gettext("Hold or consent"),
        "until": gettext("Until"),
    }.get(name, name.replace("_", " ").capitalize())


@require_safe
def page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one import: its mapping before it is loaded, its result afterwards."""
    desk = requests.of(request)
    return render(request, "desk/imports/page.html", _page(desk, reference))


def _page(request: DeskRequest, reference: str) -> dict[str, object]:
    run = queries.run(request.company.id, reference)
    kind = kinds.kind_of(run.kind)
    state, tone = _state(run)
    is_mapping = run.status != "done" and not run.rows_done
    return {
        "run": run,
        "kind_name": kind_name(run.kind),
        "state": state,
        "tone": tone,
        "is_mapping": is_mapping,
        "is_done": run.status == "done",
        "fields": _field_lines(kind, run) if is_mapping else [],
        "missing": [field_names(one) for one in kind.missing(run.mapping)],
        "columns": list(enumerate(run.headers)),
        "steps": _steps(run),
        "faults": _faults(kind, run),
        "may_load": request.actor.may(PERMISSION),
        "creates_customers": run.kind == "invoices",
        "own_currency": request.company.currency,
        "leads_to": reverse(_leads_to(run.kind)),
    }


def _leads_to(kind: str) -> str:
    """Return the page on which what was loaded is seen."""
    if kind.startswith("opening_"):
        return "golive"
    if kind in ("open_items_snapshot", "control_totals"):
        return "reconciliation"
    return "customers" if kind == "customers" else "invoices"


def field_names(missing: str) -> str:
    """Return missing fields, `a / b` where one of them is enough, in words."""
    return " / ".join(field_label(name) for name in missing.split(" / "))


def _steps(run: RunRow) -> list[Step]:
    is_done = run.status == "done"
    loading = "done" if is_done else "now" if run.rows_done else "next"
    return [
        Step(gettext("File"), run.filename, "done"),
        Step(gettext("Columns"), gettext("check and correct"), "done" if run.rows_done else "now"),
        Step(gettext("Load"), "", "done" if is_done else "now" if loading == "now" else "next"),
        Step(gettext("Result"), "", "now" if is_done else "next"),
    ]


def _field_lines(kind: Kind, run: RunRow) -> list[FieldLine]:
    guesses = {guess.field: guess for guess in run.guesses}
    return [
        FieldLine(
            spec.name,
            field_label(spec.name),
            spec.required,
            run.mapping.get(spec.name),
            *_sureness(run, guesses.get(spec.name)),
            samples=_samples(run, run.mapping.get(spec.name)),
        )
        for spec in kind.fields
    ]


def _samples(run: RunRow, column: int | None) -> tuple[str, ...]:
    if column is None:
        return ()
    return tuple(row[column] for row in run.sample[:3] if column < len(row) and row[column])


def _sureness(run: RunRow, guess: Guess | None) -> tuple[str, Tone]:
    """Return how sure the column of a field is, in words."""
    column = run.mapping.get(guess.field) if guess else None
    if guess is None or column is None:
        return "", ""
    if run.is_remembered:
        return gettext("remembered"), "info"
    if column != guess.column:
        return gettext("chosen"), "info"
    percent = round(guess.confidence * 100)
    return gettext("%(percent)d %% sure") % {"percent": percent}, (
        "good" if percent >= SURE_PERCENT else "warn"
    )


def _faults(kind: Kind, run: RunRow) -> Sequence[tuple[str, str, int]]:
    """Return why rows were rejected, with the mend and how many, the most frequent first."""
    return [
        (*import_words.why_and_mend(kind, code, "…"), count)
        for code, count in sorted(run.faults.items(), key=lambda one: -one[1])
    ]


@require_POST
def mapping(request: HttpRequest, reference: str) -> HttpResponse:
    """Keep which column means what; then load, if that was the button."""
    desk = requests.of(request)
    run = queries.run(desk.company.id, reference)
    columns = {
        spec.name: int(value[:COLUMN_DIGITS_MAX])
        for spec in kinds.kind_of(run.kind).fields
        if (value := request.POST.get(f"column-{spec.name}", "")).isdecimal()
    }
    options = Options(
        date_order=request.POST.get("date_order", run.options.date_order),
        decimal=request.POST.get("decimal", run.options.decimal),
        currency=request.POST.get("currency", "").strip().upper()[:3],
        create_customers="create_customers" in request.POST,
    )
    services.set_mapping(desk.actor, reference, columns=columns, options=options)
    if "load" in request.POST:
        return _loaded(desk, reference)
    messages.success(request, gettext("The columns are kept, and remembered for such files"))
    return HttpResponseRedirect(reverse("import", args=[reference]), status=303)


@require_POST
def load(request: HttpRequest, reference: str) -> HttpResponse:
    """Load the next rows; htmx asks again until all are done."""
    return _loaded(requests.of(request), reference)


class _EnoughForNowError(Exception):
    """The time one request may take is over; what was loaded is committed."""


def _loaded(request: DeskRequest, reference: str) -> HttpResponse:
    """Load for some seconds from the resume mark on, and show how far it came."""
    until = time.monotonic() + LOAD_SECONDS

    def progress(_done: int, _total: int) -> None:
        if time.monotonic() > until:
            raise _EnoughForNowError

    try:
        services.load(request.actor, reference, progress=progress)
    except _EnoughForNowError:
        pass
    except Refused as error:
        if request.htmx or error.code != "mapping_incomplete":
            raise
        messages.error(request, faults.sentence(error))
    if request.htmx:
        return render(request, "desk/imports/_progress.html", _page(request, reference))
    return HttpResponseRedirect(reverse("import", args=[reference]), status=303)


@require_safe
def rejected(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the rejected rows back as a file that says why and can be loaded again."""
    file = queries.rejected_file(requests.of(request).company.id, reference)
    response = HttpResponse(file.content, content_type="text/csv; charset=utf-8")
    name = f"{reference}-rejected.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


urlpatterns = [
    path("imports/", listing, name="imports"),
    path("imports/<str:reference>/mapping", mapping, name="import-mapping"),
    path("imports/<str:reference>/load", load, name="import-load"),
    path("imports/<str:reference>/rejected.csv", rejected, name="import-rejected"),
    path("imports/<str:reference>/", page, name="import"),
]
