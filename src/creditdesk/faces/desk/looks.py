"""The journal of looks: which page showed whom to whom, for the auditor."""

from __future__ import annotations

from django.http import HttpResponse

from creditdesk.customers import queries as customers
from creditdesk.customers import services as customer_services
from creditdesk.faces.desk.requests import DeskRequest

SHOWN = 200
ROUTES = "customers/<"


def note(desk: DeskRequest, response: HttpResponse) -> None:
    """Keep that a page about one customer was shown; what is posted has its audit row."""
    match = desk.resolver_match
    if match is None or desk.method != "GET" or response.status_code != SHOWN:
        return
    number = match.kwargs.get("number")
    if not str(match.route).startswith(ROUTES) or not number:
        return
    for customer_id in customers.by_number(desk.company.id, [str(number)]).values():
        customer_services.note_look(desk.actor, customer_id, page=match.url_name or match.route)
