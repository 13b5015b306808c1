"""What goes in and comes out about accounts: how they stand, are changed, grouped and ended."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field, StringConstraints

from creditdesk.faces.api.schemas import Day, Given, Money, Named, Reason, Text, Word

Why = Annotated[Reason, StringConstraints(max_length=500)]
Channel = Literal["mail", "letter", "phone", "in_person", "import"]


class PersonAnswer(Schema):
    """Somebody to write to or to call; who was set aside is not active."""

    id: int
    name: str
    role: str
    email: str
    phone: str
    language: str
    is_primary: bool
    is_active: bool
    version: int


class TermsAnswer(Schema):
    """Terms of payment from a day on, until the next."""

    terms: str
    valid_from: date


class BlockAnswer(Schema):
    """Why a customer buys nothing on credit, since when and by whom."""

    reason: str
    placed_at: datetime
    placed_by: str


class BankChangeAnswer(Schema):
    """Bank details somebody asked to be paid on; in force only once they are `confirmed`.

    `signals` are codes of what speaks for fraud. A person calls back on the desk.
    """

    id: int
    account: str
    bank_code: str
    holder: str
    channel: str
    state: str
    signals: list[str]
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    decided_by: str
    calls: int


class BankDetailsAnswer(Schema):
    """What a customer is paid on, and every change asked for, the last first."""

    customer_number: str
    in_force: BankChangeAnswer | None
    changes: list[BankChangeAnswer]


class AccountAnswer(Schema):
    """An account: who it is, how it stands, on which terms, whom it belongs to.

    `state` is `active`, `dormant` (its credit sleeps until it was reviewed) or `closed`; what was
    merged names the account that goes on in its place. `version` is given back with a change.
    """

    customer_number: str
    name: str
    state: Literal["active", "dormant", "closed"]
    merged_into: str
    opened_on: date
    version: int
    currency: str
    language: str
    country: str
    street: str
    postal_code: str
    city: str
    vat_number: str
    lei: str
    duns: str
    buys_as: str
    segment: str
    note: str
    terms: str
    terms_history: list[TermsAnswer]
    belongs_to: str
    group_head: str
    block: BlockAnswer | None
    contacts: list[PersonAnswer]
    bank_change_waits: bool


class AccountLine(Schema):
    """An account in a list."""

    customer_number: str
    name: str
    state: str
    country: str
    city: str
    currency: str
    segment: str
    opened_on: date


class AccountsAnswer(Schema):
    """A page of accounts by name, and how many there are in all."""

    customers: list[AccountLine]
    total: int
    page: int


class AccountChangeGiven(Given):
    """The fields to change; what is left out stays. With `version` nobody's change is lost."""

    name: Named | None = None
    street: Text | None = None
    postal_code: Word | None = None
    city: Text | None = None
    country: Word | None = None
    language: Word | None = None
    vat_number: Word | None = None
    lei: Word | None = None
    duns: Word | None = None
    buys_as: Literal["", "business", "consumer"] | None = None
    segment: Text | None = None
    note: Text | None = None
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class PersonGiven(Given):
    """Somebody to write to or to call."""

    name: Text = ""
    role: Text = ""
    email: Text = ""
    phone: Word = ""
    language: Word = ""
    is_primary: bool = False


class PersonChangeGiven(Given):
    """What changes of a person; `is_active: false` sets them aside."""

    name: Text | None = None
    role: Text | None = None
    email: Text | None = None
    phone: Word | None = None
    language: Word | None = None
    is_primary: bool | None = None
    is_active: bool | None = None
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class BankDetailsGiven(Given):
    """Bank details to be paid on: IBAN, or account and code of the bank, and how it was asked."""

    account: Word
    holder: Text
    channel: Channel
    bank_code: Word = ""
    reason: Text = ""


class MemberAnswer(Schema):
    """A customer of a group; `depth` 0 is the head, `belongs_to` who stands right above."""

    customer_number: str
    name: str
    state: str
    depth: int
    belongs_to: str


class BelongingAnswer(Schema):
    """Whom a customer belongs to from a day on; empty: to nobody."""

    belongs_to: str
    valid_from: date
    recorded_at: datetime
    recorded_by: str


class GroupAnswer(Schema):
    """Everybody of a customer's group on a day, and whom the customer belonged to before."""

    customer_number: str
    on: date
    head: str
    members: list[MemberAnswer]
    history: list[BelongingAnswer]


class BelongingGiven(Given):
    """Whom a customer belongs to from a day on; `belongs_to` left out or empty: to nobody."""

    belongs_to: Word = ""
    valid_from: Day


class ObstacleAnswer(Schema):
    """What keeps an account open: a code, how many, how much, and the first of them."""

    code: str
    count: int
    amount: Money | None
    reference: str


class EndingAnswer(Schema):
    """Whether an account can be closed, and what stands in the way."""

    customer_number: str
    state: str
    may_close: bool
    obstacles: list[ObstacleAnswer]


class BecauseGiven(Given):
    """Why, in words; it is kept for good."""

    reason: Why


class MergeGiven(Given):
    """Which account goes on in its place, and why; `preview` writes nothing."""

    survivor: Named
    reason: Why
    preview: bool = False


class MergeAnswer(Schema):
    """What was copied to the survivor, and what stays on the duplicate to run off."""

    customer_number: str
    survivor: str
    contacts: int
    bank_accounts: int
    names: int
    members: int
    stays: list[ObstacleAnswer]


class AddedAnswer(Schema):
    """Whom was added, by id."""

    id: int


class ChangedAnswer(Schema):
    """How many fields really changed, and the version that stands now."""

    changed: int
    version: int
