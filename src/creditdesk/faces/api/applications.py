"""Applications for credit: begun, handed in, and how they stand."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field, StringConstraints

from creditdesk.assessment.cases import gathering, queries, services
from creditdesk.assessment.cases.queries import ApplicationRow
from creditdesk.assessment.cases.services import NewApplication
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import (
    Amount,
    Currency,
    Given,
    Money,
    Reason,
    Word,
    minor_of,
    money,
    text,
)

Tongue = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]

router = Router(tags=["applications"])


class NewApplicationIn(Given):
    """An application to begin; `fields` are those of the form, such as `legal_name`."""

    customer_class: Literal["small", "medium", "large", "sole_trader"]
    amount: Amount
    currency: Currency
    customer_number: Word = ""
    language: Tongue = "en"
    fields: dict[Word, Reason | Literal[""]] = Field(default_factory=dict, max_length=40)
    submit: bool = False


class ApplicationAnswer(Schema):
    """How an application stands; the limit and the account once there are any."""

    reference: str
    state: str
    name: str
    customer_class: str
    requested: Money
    missing: list[str]
    begun_on: date
    submitted_on: date | None
    decided_on: date | None
    limit: Money | None
    terms: str
    customer_number: str


@router.post(
    "/applications",
    response={200: ApplicationAnswer, **RESPONSES},
    operation_id="begin_application",
    summary="Begin an application for credit",
)
def begin(request: HttpRequest, body: NewApplicationIn) -> ApplicationAnswer:
    """Begin an application, and hand it in where `submit` says so."""
    actor = writer(request)
    reference = services.start(
        actor,
        new=NewApplication(
            customer_class=body.customer_class,
            requested_minor=minor_of(body.amount, body.currency, field="amount"),
            currency=body.currency,
            data=body.fields,
            customer_number=body.customer_number,
            language=body.language,
            channel="api",
        ),
    )
    if body.submit:
        services.submit(actor, reference)
    return _answer(queries.application(actor.company_id, reference))


@router.get(
    "/applications/{reference}",
    response={200: ApplicationAnswer, **RESPONSES},
    operation_id="get_application",
    summary="How does an application stand?",
)
def application(request: HttpRequest, reference: str) -> ApplicationAnswer:
    """Return how an application stands, and what is missing."""
    actor = reader(request)
    return _answer(queries.application(actor.company_id, reference))


def _answer(of: ApplicationRow) -> ApplicationAnswer:
    decisions = queries.decisions(of.company_id, of.id)
    granted = decisions[0] if decisions and decisions[0].limit_minor else None
    return ApplicationAnswer(
        reference=of.reference,
        state=of.state,
        name=of.name,
        customer_class=of.customer_class,
        requested=Money(amount=text(of.requested_minor, of.currency), currency=of.currency),
        missing=[gathering.code_of(one) for one in queries.missing(of)],
        begun_on=of.recorded_on,
        submitted_on=of.submitted_on,
        decided_on=of.decided_on,
        limit=money(granted.limit_minor, of.currency) if granted else None,
        terms=granted.terms if granted else "",
        customer_number=of.customer_number,
    )
