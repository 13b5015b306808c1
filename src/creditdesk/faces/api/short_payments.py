"""What a payment leaves open of an invoice: the ways to deal with it, and taking one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from creditdesk.cash import queries as cash
from creditdesk.cash import services
from creditdesk.cash.queries import Named as Advised
from creditdesk.cash.queries import PaymentPage
from creditdesk.cash.rules.shortfall import Step, steps
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import Amount, Given, Named, Text, minor_of, text
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound
from creditdesk.kernel.references import reference_key
from creditdesk.policy import queries as policies

router = Router(tags=["payments"])
Ways = Literal["discount", "tolerance", "bank_fee", "deduction", "left_open"]


class WayAnswer(Schema):
    """A way to deal with what is open: what it is about, the tax within, or why it cannot be.

    `advised`: the payer's advice names it, in the words of `advised_text`.
    """

    invoice: str
    instalment: int
    way: Ways
    amount: str
    tax: str
    currency: str
    earned: bool
    offered_until: date | None
    why_not: str
    advised: bool
    advised_reason: str
    advised_text: str


class WaysAnswer(Schema):
    """What a payment leaves open of the invoices it pays, and every way to deal with it."""

    payment: str
    ways: list[WayAnswer]


class WayGiven(Given):
    """The way to take; `expected` is the amount it was shown with, a deduction has a reason."""

    invoice: Named
    instalment: Annotated[int, Field(ge=1, le=60)] = 1
    way: Ways
    expected: Amount | Literal[""] = ""
    reason: Text = ""
    note: Text = ""


class SolvedAnswer(Schema):
    """What was given of an invoice, the tax within, and what is still open of it."""

    invoice: str
    way: Ways
    given: str
    tax: str
    open: str
    currency: str


@router.get(
    "/payments/{reference}/short",
    response={200: WaysAnswer, **RESPONSES},
    operation_id="get_short_payment",
    summary="What a payment leaves open, and the ways to deal with it",
)
def ways(request: HttpRequest, reference: str) -> WaysAnswer:
    """Return every way for each instalment the payment leaves open in part."""
    actor = reader(request)
    page = cash.payment(actor.company_id, reference)
    rules = policies.in_force(actor.company_id, actor.today).short_payments
    found = []
    owners = cash.invoices_of(actor.company_id, _paid(page))
    standings = cash.standings(actor.company_id, set(owners.values()), payment_id=page.payment.id)
    named = cash.named_shorts(actor.company_id, page.payment.id)
    for item_id, invoice_id in owners.items():
        standing = standings[invoice_id]
        numbers = {part.item_id: n for n, part in enumerate(standing.parts, start=1)}
        if not next(part for part in standing.parts if part.item_id == item_id).open_minor:
            continue
        found += [
            _answer(
                step,
                standing.number,
                numbers[item_id],
                standing.currency,
                named.get(reference_key(standing.number)),
            )
            for step in steps(standing, item_id, rules, paid_on=page.payment.paid_on)
        ]
    return WaysAnswer(payment=reference, ways=found)


@router.post(
    "/payments/{reference}/short",
    response={200: SolvedAnswer, **RESPONSES},
    operation_id="solve_short_payment",
    summary="Deal with what a payment leaves open of an invoice",
)
def solve(request: HttpRequest, reference: str, given: WayGiven) -> SolvedAnswer:
    """Give the rest with its tax, dispute it, or leave it open; all of it can be undone."""
    actor = writer(request)
    page = cash.payment(actor.company_id, reference)
    item_id = _item(actor, page, given)
    of = page.payment.currency
    how = services.solution(given.way, reason=given.reason, note=given.note)
    solved = services.solve_short(
        actor, page.payment.id, item_id, how,
        expected_minor=minor_of(given.expected, of, field="expected") if given.expected else None,
    )  # fmt: skip
    return SolvedAnswer(
        invoice=given.invoice,
        way=given.way,
        given=text(solved.given_minor, of),
        tax=text(solved.tax_minor, of),
        open=text(solved.open_minor, of),
        currency=of,
    )


def _paid(page: PaymentPage) -> set[int]:
    return {one.item_id for one in page.allocations if one.undone_on is None}


def _item(actor: Actor, page: PaymentPage, given: WayGiven) -> int:
    """Return the instalment meant; NotFound where the payment pays nothing of that invoice."""
    owners = cash.invoices_of(actor.company_id, _paid(page))
    for standing in cash.standings(actor.company_id, set(owners.values())).values():
        if standing.number == given.invoice and 0 < given.instalment <= len(standing.parts):
            return standing.parts[given.instalment - 1].item_id
    raise NotFound("item_unknown", "The payment pays nothing of such an invoice")


def _answer(
    step: Step, number: str, instalment: int, currency: str, named: Advised | None
) -> WayAnswer:
    is_advised = named is not None and named.way == step.way and named.minor == step.minor
    return WayAnswer(
        invoice=number,
        instalment=instalment,
        way=step.way,
        amount=text(step.minor, currency),
        tax=text(step.tax_minor, currency),
        currency=currency,
        earned=step.is_earned,
        offered_until=step.until,
        why_not=step.why_not,
        advised=is_advised,
        advised_reason=named.reason if named is not None and is_advised else "",
        advised_text=named.text if named is not None and is_advised else "",
    )
