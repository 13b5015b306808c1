"""The API and its addresses: version 1, described at /api/v1/openapi.json."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.parser import Parser
from ninja.types import DictStrAny

from creditdesk.faces.api import (
    accounts,
    alerts,
    applications,
    applying,
    approvals,
    covering,
    customers,
    deliveries,
    evidence,
    exposure,
    held_orders,
    invoices,
    issuing,
    keeping,
    limits,
    matching,
    order_papers,
    orders,
    payment_cases,
    policy,
    problems,
    ratings,
    receipts,
    recurring,
    reviews,
    short_payments,
    tills,
    write_offs,
)
from creditdesk.faces.api.keys import Bearer, HeaderKey, PerKey
from creditdesk.faces.api.once import once
from creditdesk.faces.api.schemas import Health
from creditdesk.plumbing import sql


def _once(pairs: list[tuple[str, Any]]) -> DictStrAny:
    """Return an object of JSON; one that gives a field twice says nothing certain."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise HttpError(400, f"The body gives {twice[:60]!a} twice in one object")
    return found


def _no_number(name: str) -> float:
    raise HttpError(400, f"{name} is no number of JSON")


class JSONBody(Parser):
    """Reads a body as one JSON object; what nests without end is refused, not crashed on."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        """Return the object."""
        try:
            found = json.loads(request.body, object_pairs_hook=_once, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise HttpError(400, "The body is not JSON in UTF-8") from error
        if not isinstance(found, dict):
            raise HttpError(400, "The body is not a JSON object")
        return cast("DictStrAny", found)


api = NinjaAPI(
    title="creditdesk",
    version=version("creditdesk"),
    description="Ask whether an order may ship, load invoices, and see how customers stand.",
    urls_namespace="api",
    docs_url=None,
    auth=[Bearer(), HeaderKey()],
    throttle=[PerKey()],
    parser=JSONBody(),
)
problems.connect(api)
ROOMS = (
    orders, order_papers, held_orders, customers, ratings, deliveries, recurring, reviews, issuing,
    write_offs, invoices,
    short_payments, matching, applying, applications, payment_cases, receipts, tills, approvals,
    policy, alerts, limits, exposure, covering, evidence, keeping,
    accounts,  # accounts last: see there
)  # fmt: skip
for room in ROOMS:
    api.add_router("", room.router)


@api.get("/health", auth=None, response=Health, operation_id="health", summary="Can it serve?")
def health(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - the signature of a view
    """Answer once the database does."""
    sql.scalar("SELECT 1")
    return {"status": "ok", "version": api.version}


def _open(patterns: list[URLPattern]) -> list[URLPattern]:
    """Let requests through without a session: the API asks for a key; and answer each key once."""
    for pattern in patterns:
        pattern.callback = login_not_required(once(pattern.callback))
    return patterns


app_name = "api"
urlpatterns = _open(cast("list[URLPattern]", api.urls[0]))
