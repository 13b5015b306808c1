"""Choosing the company to work in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from creditdesk.faces.desk import forms, requests
from creditdesk.faces.desk.middleware import COMPANY_IN_SESSION
from creditdesk.kernel.errors import NotFound


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Work in another of the reader's own companies from now on; any other is not found."""
    code = request.POST.get("company", "")
    if code not in {one.code for one in requests.of(request).companies}:
        raise NotFound("company_unknown", f"There is no company {code[:40]!r}")
    request.session[COMPANY_IN_SESSION] = code
    return HttpResponseRedirect(_where(request), status=303)


def _where(request: HttpRequest) -> str:
    """Return the list the reader was in: its documents belong to the company just left."""
    family = forms.way_back(request, reverse("morning")).partition("?")[0].split("/")[1:2]
    return f"/{family[0]}/" if family and family[0] in LISTS else reverse("morning")


LISTS = frozenset(
    {
        "worklist", "customers", "invoices", "ageing", "orders", "imports", "mailbox", "dunning",
        "promises", "disputes", "periods", "approvals", "duties",
        "reconciliation", "golive",
    }
)  # fmt: skip
urlpatterns = [path("company/", switch, name="company")]
