"""Write-offs: proposed, listed with what came of them, owed again, their tax taken back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date
from typing import Annotated, Literal, cast

from annotated_types import Len
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from creditdesk.controls.commands import preview
from creditdesk.customers import queries as customers
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import Amount, Day, Given, Money, Named, Text, minor_of, text
from creditdesk.invoices import queries as invoices
from creditdesk.invoices import services
from creditdesk.invoices import write_off_queries as reads
from creditdesk.invoices.write_off_queries import WriteOffRow
from creditdesk.invoices.write_off_rules import NewWriteOff
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import from_minor

router = Router(tags=["write-offs"])
Because = Literal["bad_debt", "insolvency", "small_balance", "limitation", "disputed_lost"]
SIZE_MAX = 200


class WrittenOffGiven(Given):
    """What is given up of an invoice: all that is open of it, or of an instalment, or a part."""

    invoice: Named
    instalment: Annotated[int, Field(ge=1, le=60)] | None = None
    amount: Amount | None = None


class WriteOffsGiven(Given):
    """What is proposed, all or none; `preview` writes nothing and asks nobody."""

    write_offs: Annotated[list[WrittenOffGiven], Len(1, 200)]
    because: Because
    reason: Text
    preview: bool = False


class WrittenOffAnswer(Schema):
    """What is written off under one reference; `approvals_needed` others approve it first."""

    reference: str
    amounts: list[Money]
    items: int
    items_closed: int
    approvals_needed: int
    approval: str


class WriteOffAnswer(Schema):
    """A write-off, and what of it stands, came in after all, was a mistake, and its tax."""

    reference: str
    customer_number: str
    invoice: str
    instalment: int
    because: Because
    currency: str
    amount: str
    stands: str
    recovered: str
    corrected: str
    tax_taken_back: str
    effective_on: date
    approval: str
    approved_by: str
    proposed_by: str
    reason: str


class WriteOffsAnswer(Schema):
    """A page of write-offs, the last first, and how many there are in all."""

    write_offs: list[WriteOffAnswer]
    total: int
    page: int


class OwedAgainGiven(Given):
    """How much is owed again, all that stands written off without an amount, and why."""

    act: Literal["recovery", "correction"]
    reason: Text
    amount: Amount | None = None
    preview: bool = False


class OwedAgainAnswer(Schema):
    """How much is owed again, and the tax that goes back to the tax office."""

    invoice: str
    amount: str
    tax: str
    currency: str


class ReliefGiven(Given):
    """The day by which the rules of the policy are met, today without one."""

    through: Day | None = None
    preview: bool = False


class ReliefAnswer(Schema):
    """The tax taken back, for how many write-offs, and how many wait for what."""

    through: date
    amounts: list[Money]
    write_offs: int
    waiting: dict[str, int]


@router.post(
    "/write-offs",
    response={200: WrittenOffAnswer, **RESPONSES},
    operation_id="write_off",
    summary="Propose to write off what will not be paid",
)
def propose(request: HttpRequest, given: WriteOffsGiven) -> WrittenOffAnswer:
    """Write off what policy lets one decide alone; else answer 202 with the request that waits."""
    actor = writer(request)
    wanted = [
        NewWriteOff(
            invoice=one.invoice,
            instalment=one.instalment,
            minor=_minor(actor, one.invoice, one.amount, field=f"write_offs.{n}.amount"),
        )
        for n, one in enumerate(given.write_offs)
    ]
    with preview() if given.preview else nullcontext() as shown:
        done = services.write_off(
            actor.keyed(None) if given.preview else actor,
            wanted, because=given.because, reason=given.reason,
        )  # fmt: skip
    return WrittenOffAnswer(
        reference="" if given.preview else done.reference,
        amounts=[_money(minor, currency) for currency, minor in sorted(done.minor.items())],
        items=done.items,
        items_closed=done.items_closed,
        approvals_needed=shown.need.count if shown and shown.need else 0,
        approval=done.approval,
    )


@router.get(
    "/write-offs",
    response={200: WriteOffsAnswer, **RESPONSES},
    operation_id="list_write_offs",
    summary="List write-offs",
)
def listing(
    request: HttpRequest,
    customer_number: str = "",
    invoice: str = "",
    because: Because | Literal[""] = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> WriteOffsAnswer:
    """Return them with what stands of each; a request that waits is no write-off yet."""
    actor = reader(request)
    customer_id = (
        customers.customer(actor.company_id, customer_number).id if customer_number else None
    )
    found = reads.listing(
        actor.company_id, customer_id=customer_id, invoice=invoice, because=because,
        page=page, size=SIZE_MAX,
    )  # fmt: skip
    return WriteOffsAnswer(write_offs=_answers(found.rows), total=found.total, page=found.page)


@router.post(
    "/write-offs/relieve",
    response={200: ReliefAnswer, **RESPONSES},
    operation_id="relieve_write_offs",
    summary="Take back the tax within write-offs",
)
def relieve(request: HttpRequest, given: ReliefGiven) -> ReliefAnswer:
    """Take back what the policy's rules let be taken back by a day; the same day again nothing."""
    actor = writer(request)
    through = given.through or actor.today
    with preview() if given.preview else nullcontext():
        done = services.relieve_tax(
            actor.keyed(None) if given.preview else actor, through=through
        )  # fmt: skip
    return ReliefAnswer(
        through=done.through,
        amounts=[_money(minor, currency) for currency, minor in sorted(done.minor.items())],
        write_offs=done.write_offs,
        waiting=dict(done.waiting),
    )


@router.post(
    "/invoices/{path:number}/owed-again",
    response={200: OwedAgainAnswer, **RESPONSES},
    operation_id="recover_write_off",
    summary="Make an invoice owed again that was written off",
)
def recover(request: HttpRequest, number: str, given: OwedAgainGiven) -> OwedAgainAnswer:
    """Book a recovery, or take back what should not have been written off, with its tax."""
    actor = writer(request)
    minor = _minor(actor, number, given.amount, field="amount")
    with preview() if given.preview else nullcontext():
        done = services.recover_write_off(
            actor.keyed(None) if given.preview else actor,
            number, minor=minor, act=given.act, reason=given.reason,
        )  # fmt: skip
    return OwedAgainAnswer(
        invoice=done.invoice,
        amount=text(done.minor, done.currency),
        tax=text(done.tax_minor, done.currency),
        currency=done.currency,
    )


def _minor(actor: Actor, number: str, amount: str | None, *, field: str) -> int | None:
    """Return an amount in the invoice's currency, nothing where all is meant; Invalid for zero."""
    if amount is None:
        return None
    minor = minor_of(amount, invoices.invoice(actor.company_id, number).currency, field=field)
    if not minor:
        raise Invalid(
            "amount_not_positive", "An amount of zero changes nothing",
            place=Place(field=field), mend="Give how much, or leave it out for all.",
        )  # fmt: skip
    return minor


def _money(minor: int, currency: str) -> Money:
    return Money(amount=f"{from_minor(minor, currency):f}", currency=currency)


def _answers(rows: Sequence[WriteOffRow]) -> list[WriteOffAnswer]:
    return [
        WriteOffAnswer(
            reference=row.reference,
            customer_number=row.customer_number,
            invoice=row.invoice_number,
            instalment=row.instalment,
            because=cast("Because", row.because),
            currency=row.currency,
            amount=text(row.minor, row.currency),
            stands=text(row.left_minor, row.currency),
            recovered=text(row.recovered_minor, row.currency),
            corrected=text(row.corrected_minor, row.currency),
            tax_taken_back=text(row.relieved_minor, row.currency),
            effective_on=row.effective_on,
            approval=row.approval,
            approved_by=row.approved_by,
            proposed_by=row.recorded_by,
            reason=row.reason,
        )
        for row in rows
    ]
