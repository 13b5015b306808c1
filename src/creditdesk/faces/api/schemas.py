"""What goes in and comes out: amounts are decimal strings beside their currency, never floats."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Annotated, Literal

from annotated_types import Len
from django.http import HttpResponse
from ninja import Schema
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from creditdesk.kernel.calendars import plausible
from creditdesk.kernel.currencies import CURRENCIES
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import from_minor, to_minor


def _plain(text: str) -> str:
    if any(unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") for character in text):
        raise ValueError("control characters are not allowed")
    return text


def _known(currency: str) -> str:
    if currency not in CURRENCIES:
        raise ValueError("not a currency of ISO 4217")
    return currency


Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
KnownCurrency = Annotated[Currency, AfterValidator(_known)]
Day = Annotated[date, AfterValidator(plausible)]
Text = Annotated[str, StringConstraints(max_length=200), AfterValidator(_plain)]
Word = Annotated[str, StringConstraints(max_length=40), AfterValidator(_plain)]
Named = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    AfterValidator(_plain),
]
Reason = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1000, strip_whitespace=True),
    AfterValidator(_plain),
]


Outcome = Literal["accepted", "held", "released", "refused"]


class Plain(BaseModel):
    """A part of a request or an answer that is made of plain values.

    The framework's own base looks each field up as if it stood in a row of the ORM, and validates
    a request twice for it.
    """

    model_config = ConfigDict(from_attributes=True)


class Given(Plain):
    """A request body; fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid")


class Money(Plain):
    """An exact amount, with the currency's own number of decimals."""

    amount: str
    currency: str


class OrderGiven(Given):
    """An order to be checked; the total includes tax. Without a date it was placed today.

    `kind` is your own word for the sort of order, `terms` the code of the terms asked for, `margin`
    what is earned on it, `point` where it stands: confirm, ship or invoice.
    """

    customer_number: Named
    order_reference: Named
    currency: Currency
    total: Amount
    placed_on: Day | None = None
    kind: Word = ""
    terms: Word = ""
    margin: Amount | None = None
    point: Literal["confirm", "ship", "invoice"] = "confirm"


class ReleaseGiven(Given):
    """Why an order may ship against the rules."""

    reason: Reason


class FiredRule(Plain):
    """A rule that fired; `unit` says how value and threshold read.

    Its severity says how it counts: `hold` and `refuse` decide, `info` is to note, `excused` is
    left out by the policy for this order, or was overruled by a person.
    """

    rule: str
    severity: str
    unit: str
    value: str
    threshold: str
    currency: str | None


class CheckAnswer(Plain):
    """May the order ship? Amounts of credit stand in the limit's currency."""

    order_reference: str
    customer_number: str
    outcome: Outcome
    status: str
    fired: list[FiredRule]
    limit: Money | None
    exposure: Money
    available_credit: Money | None
    order_total: Money
    reservation: Money | None
    policy_version: int
    decision_id: int


class ExposureIn(Schema):
    """What is owed, received and not applied, and ordered, in one currency."""

    currency: str
    open: str
    unapplied: str
    reserved: str


class StandingAnswer(Schema):
    """How a customer stands against the limit today."""

    customer_number: str
    name: str
    status: str
    limit: Money | None
    limit_valid_to: date | None
    exposure: Money
    available_credit: Money | None
    percent_used: str | None
    blocked: bool
    block_reason: str | None
    by_currency: list[ExposureIn]
    currencies_without_rate: list[str]


class InvoiceGiven(Given):
    """An invoice as issued; without a due date the terms decide."""

    customer_number: Named
    number: Named
    issued_on: Day
    currency: Currency
    net: Amount
    tax: Amount = "0"
    due_on: Day | None = None
    terms: Text = ""
    order_reference: Text = ""
    customer_reference: Text = ""


class InvoicesGiven(Given):
    """A batch of invoices; good ones go in, the others come back with the reason."""

    invoices: list[InvoiceGiven]


class RejectedInvoice(Schema):
    """An invoice that did not go in: its place in the batch from 1, a code, what it is about."""

    position: int
    number: str
    code: str
    detail: str


class InvoicesAnswer(Schema):
    """How many went in, how many were there already and the same, and which were rejected."""

    recorded: int
    known: int
    rejected: list[RejectedInvoice]


class InstalmentAnswer(Schema):
    """What falls due when, and what of it is open."""

    instalment: int
    due_on: date
    total: str
    open: str


class InvoiceAnswer(Schema):
    """An invoice or credit note as it stands."""

    number: str
    kind: str
    customer_number: str
    issued_on: date
    currency: str
    net: str
    tax: str
    total: str
    open: str
    order_reference: str
    customer_reference: str
    instalments: list[InstalmentAnswer]


class ApprovalAnswer(Schema):
    """How a request stands that waits, or waited, for somebody else's approval."""

    reference: str
    command: str
    state: Literal["waiting", "done", "failed", "refused", "withdrawn", "expired"]
    asked_by: str
    approvals_needed: int
    approved_by: list[str]
    code: str | None


class Health(Schema):
    """Whether the API can serve."""

    status: Literal["ok"]
    version: str


def text(minor: int, currency: str) -> str:
    """Return an amount as a decimal string."""
    return f"{from_minor(minor, currency):f}"


def money(minor: int | None, currency: str) -> Money | None:
    """Return an amount with its currency, or nothing."""
    return None if minor is None else Money(amount=text(minor, currency), currency=currency)


def minor_of(amount: str, currency: str, *, field: str) -> int:
    """Return an amount in minor units; Invalid names the field when it is too fine for it."""
    try:
        return to_minor(amount, currency)
    except ValueError as error:
        raise Invalid(
            "amount_invalid",
            str(error),
            place=Place(field=field),
            mend=f"Give no more decimals than {currency} has.",
        ) from error


def said(answer: BaseModel) -> HttpResponse:
    """Return an answer as it is: made as its schema says, it need not be checked against it."""
    return HttpResponse(answer.model_dump_json(), content_type="application/json; charset=utf-8")


Quantity = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$")]
Price = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$")]
Percent = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}(\.[0-9]{1,6})?$")]
Category = Literal["S", "Z", "E", "AE", "K", "G", "O", "L", "M"]


class LineGiven(Given):
    """A line: so many units at a price each, less a discount, taxed by category (UNTDID 5305)."""

    name: Named
    quantity: Quantity
    price: Price
    unit: Annotated[str, StringConstraints(max_length=3)] = "C62"
    discount_percent: Percent = "0"
    category: Category = "S"
    rate_percent: Percent | None = None
    description: Text = ""


class UndatedGiven(Given):
    """An invoice to be issued, but for its dates."""

    customer_number: Named
    currency: Currency
    lines: Annotated[list[LineGiven], Len(1, 500)]
    terms: Text = ""
    order_reference: Text = ""
    buyer_reference: Text = ""
    exemption_reason: Text = ""
    note: Text = ""
    discount_percent: Percent = "0"


class DraftGiven(UndatedGiven):
    """An invoice to be issued; without a due date the terms decide, without a date it is today."""

    issued_on: Day | None = None
    due_on: Day | None = None
    delivered_on: Day | None = None


class DraftsGiven(Given):
    """Invoices to be issued together: all of them, or none."""

    invoices: list[DraftGiven]


class IssuedAnswer(Schema):
    """The numbers taken, in the order given."""

    numbers: list[str]


class ReplacementGiven(Given):
    """The corrected invoice, and what was wrong with the one it replaces."""

    invoice: DraftGiven
    reason: Reason


class ReplacedAnswer(Schema):
    """The credit note that took the invoice back, and the corrected invoice."""

    reversal: str
    number: str


class VoidGiven(Given):
    """Why an invoice is taken back whole; without a date it is today."""

    reason: Reason
    issued_on: Day | None = None


class NumberAnswer(Schema):
    """The number of the document issued."""

    number: str


class BillGiven(Given):
    """How an order is billed; without a total, all that is left of it."""

    category: Category = "S"
    rate_percent: Percent | None = None
    total: Amount | None = None
    text: Text = ""
    issued_on: Day | None = None
    terms: Text = ""
    buyer_reference: Text = ""
    exemption_reason: Text = ""
    delivered_on: Day | None = None
    note: Text = ""
