"""Questions about payments, as other systems read them."""

from __future__ import annotations

from datetime import date
from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema

from creditdesk.faces.api.keys import reader
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import Money, money
from creditdesk.payments.queries import cases
from creditdesk.payments.queries.cases import CaseRow

router = Router(tags=["payments"])
PAGE_SIZE = 100
State = Literal["live", "open", "waiting", "answered", "closed", "all"]


class PaymentCaseAnswer(Schema):
    """A question about a payment; what it is not about is empty."""

    reference: str
    kind: str
    state: str
    ending: str
    customer_number: str
    payment_reference: str
    invoice_number: str
    amount: Money | None
    opened_on: date
    due_on: date | None
    closed_on: date | None


class PaymentCasesAnswer(Schema):
    """A page of cases, the most urgent first, and how many there are in all."""

    cases: list[PaymentCaseAnswer]
    total: int
    page: int


@router.get(
    "/payment-cases",
    response={200: PaymentCasesAnswer, **RESPONSES},
    operation_id="list_payment_cases",
    summary="What is asked about payments?",
)
def listing(request: HttpRequest, state: State = "live", page: int = 1) -> PaymentCasesAnswer:
    """Return the cases in a state, a hundred a page; a page past the end is the last."""
    actor = reader(request)
    found = cases.listing(
        actor.company_id,
        state="" if state == "all" else state,
        page=min(max(page, 1), 1_000_000),
        size=PAGE_SIZE,
    )
    return PaymentCasesAnswer(
        cases=[_answer(row) for row in found.rows], total=found.total, page=found.page
    )


@router.get(
    "/payment-cases/{reference}",
    response={200: PaymentCaseAnswer, **RESPONSES},
    operation_id="get_payment_case",
    summary="How does a question about a payment stand?",
)
def case(request: HttpRequest, reference: str) -> PaymentCaseAnswer:
    """Return one case."""
    actor = reader(request)
    return _answer(cases.case(actor.company_id, reference))


def _answer(row: CaseRow) -> PaymentCaseAnswer:
    return PaymentCaseAnswer(
        reference=row.reference,
        kind=row.kind,
        state=row.state,
        ending=row.ending,
        customer_number=row.customer_number,
        payment_reference=row.payment_reference,
        invoice_number=row.invoice_number,
        amount=money(row.minor, row.currency) if row.minor is not None else None,
        opened_on=row.opened_on,
        due_on=row.due_on,
        closed_on=row.closed_on,
    )
