"""Papers put to a held order: taken in, and given as they came."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.faces.desk import confirming, forms, requests, saving
from creditdesk.orders import paper_queries, queries, services


@require_POST
def attach(request: HttpRequest, reference: str) -> HttpResponse:
    """Put a paper to a held order."""
    desk = requests.of(request)
    return confirming.done(
        request,
        lambda: services.attach(forms.acting(desk), reference, paper=saving.paper_of(request)),
        gettext("The paper is with the order"),
        "order",
        args=[reference],
    )


@require_safe
def paper(request: HttpRequest, reference: str, paper_id: int) -> HttpResponse:
    """Give a paper of an order as it came, to be saved."""
    desk = requests.of(request)
    order = queries.order(desk.company.id, reference)
    row = paper_queries.paper(desk.company.id, order.id, paper_id)
    return saving.saved(desk, row.file_id, row.name)


urlpatterns = [
    path("orders/<path:reference>/papers", attach, name="order-attach"),
    path("orders/<path:reference>/papers/<int:paper_id>", paper, name="order-paper"),
]
