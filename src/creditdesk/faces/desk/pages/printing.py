"""Documents for the post: what waits, the batches printed, and when each was handed over."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.faces.desk import faults, forms, requests
from creditdesk.invoices import delivery_queries
from creditdesk.invoices import services as invoice_services
from creditdesk.kernel.errors import Conflict, Invalid, Refused
from creditdesk.plumbing import queries as files


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show what waits to be printed, and the batches made."""
    desk = requests.of(request)
    batches = delivery_queries.batches(desk.company.id)
    context = {
        "waiting": delivery_queries.to_print(desk.company.id),
        "batches": batches,
        "was_both_sides": bool(batches) and batches[0].is_both_sides,
        "today": desk.actor.today,
        "may_print": desk.actor.may("invoices.print"),
    }
    return render(request, "desk/invoices/print.html", context)


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Print everything that waits as one batch; a second click finds the first one's."""
    desk = requests.of(request)
    try:
        done = invoice_services.print_batch(
            forms.acting(desk), is_both_sides="both_sides" in request.POST
        )
    except Refused as error:
        if error.code != "nothing_to_print":
            raise
        messages.info(request, gettext("Nothing waits to be printed any more"))
    else:
        said = ngettext(
            "%(reference)s holds %(count)d document: print it, then say when it went",
            "%(reference)s holds %(count)d documents: print it, then say when it went",
            done.documents,
        )
        messages.success(request, said % {"reference": done.reference, "count": done.documents})
    return HttpResponseRedirect(reverse("print-batches"), status=303)


@require_safe
def sheet(request: HttpRequest, reference: str) -> HttpResponse:
    """Give the file of a batch, as often as it must be printed."""
    company_id = requests.of(request).company.id
    batch = delivery_queries.batch(company_id, reference)
    file = files.kept_file(company_id, batch.file_id)
    response = HttpResponse(file.content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{batch.reference}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
def posted(request: HttpRequest, reference: str) -> HttpResponse:
    """Note that a batch was handed to the post."""
    desk = requests.of(request)
    delivery_queries.batch(desk.company.id, reference)
    try:
        invoice_services.mark_posted(forms.acting(desk), reference, on=forms.day(desk, "on"))
    except (Invalid, Conflict) as error:
        messages.error(request, faults.sentence(error))
    else:
        said = gettext("%(reference)s went to the post") % {"reference": reference}
        messages.success(request, said)
    return HttpResponseRedirect(reverse("print-batches"), status=303)


urlpatterns = [
    path("invoices/print/", page, name="print-batches"),
    path("invoices/print/new", make, name="print-new"),
    path("invoices/print/<str:reference>/sheet", sheet, name="print-sheet"),
    path("invoices/print/<str:reference>/posted", posted, name="print-posted"),
]
