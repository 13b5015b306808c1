"""A request of the desk: signed in, with an actor in the chosen company."""

from __future__ import annotations

from datetime import date
from typing import cast

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from creditdesk.controls.queries import CompanyRow
from creditdesk.kernel.actor import Actor


class DeskRequest(HttpRequest):
    """What every view of the desk is given."""

    actor: Actor
    company: CompanyRow
    companies: list[CompanyRow]
    roles: frozenset[str]
    htmx: HtmxDetails
    set_up_until: date | None


def of(request: HttpRequest) -> DeskRequest:
    """Return the request as the middleware left it."""
    return cast("DeskRequest", request)
