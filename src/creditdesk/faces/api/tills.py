"""The till: what the book says lies in it, what was counted, and a count kept."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import StringConstraints

from creditdesk.cash import services
from creditdesk.cash.queries import receipts as receipt_reads
from creditdesk.cash.queries import tills as reads
from creditdesk.cash.queries.tills import TillCountRow
from creditdesk.controls import queries as controls
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import (
    Amount,
    Given,
    KnownCurrency,
    Money,
    Text,
    minor_of,
    text,
)
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.currencies import CURRENCIES
from creditdesk.kernel.errors import NotFound

router = Router(tags=["payments"])
# What the book says is below nothing where a receipt was cancelled after its money was missed.
Signed = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$")]
LISTED = 50


class TillAnswer(Schema):
    """What the book says lies in the till in one currency."""

    currency: str
    book: str
    receipts: int
    differences: int


class TillsAnswer(Schema):
    """The till by currency; the company's own currency where it is empty."""

    tills: list[TillAnswer]


class TillReceiptAnswer(Schema):
    """Cash taken that is not on a slip yet."""

    reference: str
    customer_number: str
    amount: str
    received_on: date


class TillDifferenceAnswer(Schema):
    """Money found missing, below nothing, or too much, that is not on a slip yet."""

    reference: str
    amount: str
    counted_on: date
    reason: str


class TillSlipAnswer(Schema):
    """What the next slip takes to the bank of the cash of a currency, and its sum."""

    currency: str
    book: str
    receipts: list[TillReceiptAnswer]
    differences: list[TillDifferenceAnswer]


class TillCountAnswer(Schema):
    """A count as it was kept; `difference` is how much more lay in the till than the book said."""

    reference: str
    counted_on: date
    book: Money
    counted: Money
    difference: Money
    reason: str
    approval: str
    approved_by: str
    deposit_reference: str
    counted_by: str


class TillCountsAnswer(Schema):
    """Counts of the till, the latest first."""

    counts: list[TillCountAnswer]


class TillCountGiven(Given):
    """What was counted, and why where it differs; `book` is what the counter saw the book say.

    Without `book` the count goes against what the book says now.
    """

    currency: KnownCurrency
    counted: Amount
    book: Signed | None = None
    reason: Text = ""


@router.get(
    "/tills",
    response={200: TillsAnswer, **RESPONSES},
    operation_id="list_tills",
    summary="What lies in the till?",
)
def tills(request: HttpRequest) -> TillsAnswer:
    """Return what the book says lies in the till, by currency."""
    actor = reader(request)
    drawers = [(one.currency, one.minor) for one in reads.drawers(actor.company_id)]
    own = controls.company(actor.company_id).currency
    return TillsAnswer(tills=[
        _till(actor, currency, minor) for currency, minor in drawers or [(own, 0)]
    ])  # fmt: skip


@router.get(
    "/tills/{currency}",
    response={200: TillSlipAnswer, **RESPONSES},
    operation_id="get_till",
    summary="What makes up the cash in the till?",
)
def till(request: HttpRequest, currency: str) -> TillSlipAnswer:
    """Return the receipts and differences that the next slip takes to the bank."""
    actor = reader(request)
    if currency not in CURRENCIES:
        raise NotFound("till_unknown", "There is no till in such a currency")
    held = receipt_reads.held_cash(actor.company_id, currency)
    off = _off(actor, currency)
    return TillSlipAnswer(
        currency=currency,
        book=text(reads.drawer(actor.company_id, currency), currency),
        receipts=[
            TillReceiptAnswer(
                reference=one.reference, customer_number=one.customer_number,
                amount=text(one.minor, currency), received_on=one.received_on,
            )
            for one in held
        ],
        differences=[
            TillDifferenceAnswer(
                reference=one.reference, amount=text(one.minor, currency),
                counted_on=one.counted_on, reason=one.reason,
            )
            for one in off
        ],
    )  # fmt: skip


@router.get(
    "/till-counts",
    response={200: TillCountsAnswer, **RESPONSES},
    operation_id="list_till_counts",
    summary="When was the till counted?",
)
def counts(
    request: HttpRequest, limit: Annotated[int, Query(ge=1, le=500)] = LISTED
) -> TillCountsAnswer:
    """Return counts of the till, the latest first."""
    rows = reads.till_counts(reader(request).company_id, limit=limit)
    return TillCountsAnswer(counts=[_count(one) for one in rows])


@router.post(
    "/till-counts",
    response={200: TillCountAnswer, **RESPONSES},
    operation_id="count_till",
    summary="Keep a count of the till",
)
def count(request: HttpRequest, given: TillCountGiven) -> TillCountAnswer:
    """Keep what was counted and post by how much it is off; with the same key again it is kept.

    Above what the policy lets one person book a day it waits for another's approval.
    """
    actor = writer(request)
    book = (
        reads.drawer(actor.company_id, given.currency)
        if given.book is None
        else _signed(given.book, given.currency)
    )
    kept = services.count_till(
        actor, given.currency, book_minor=book,
        counted_minor=minor_of(given.counted, given.currency, field="counted"),
        reason=given.reason,
    )  # fmt: skip
    return _count(reads.till_count(actor.company_id, kept.reference))


def _till(actor: Actor, currency: str, minor: int) -> TillAnswer:
    return TillAnswer(
        currency=currency,
        book=text(minor, currency),
        receipts=len(receipt_reads.held_cash(actor.company_id, currency)),
        differences=len(_off(actor, currency)),
    )


def _off(actor: Actor, currency: str) -> list[TillCountRow]:
    rows = reads.undeposited_differences(actor.company_id)
    return [one for one in rows if one.currency == currency]


def _signed(given: str, currency: str) -> int:
    minor = minor_of(given.removeprefix("-"), currency, field="book")
    return -minor if given.startswith("-") else minor


def _count(row: TillCountRow) -> TillCountAnswer:
    def money(minor: int) -> Money:
        return Money(amount=text(minor, row.currency), currency=row.currency)

    return TillCountAnswer(
        reference=row.reference,
        counted_on=row.counted_on,
        book=money(row.book_minor),
        counted=money(row.counted_minor),
        difference=money(row.minor),
        reason=row.reason,
        approval=row.approval,
        approved_by=row.approved_by,
        deposit_reference=row.deposit_reference,
        counted_by=row.recorded_by,
    )
