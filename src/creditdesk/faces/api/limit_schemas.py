"""What goes in and comes out about limits, requests for them, and exposure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from ninja import Schema

from creditdesk.faces.api.schemas import Amount, Day, Given, KnownCurrency, Money, Reason

LimitKind = Literal["internal", "temporary", "insured", "guaranteed"]
RequestState = Literal["open", "granted", "refused", "taken_back"]
Bucket = Literal["open", "overdue", "returned", "reserved", "unbilled", "unapplied"]


class LimitPartAnswer(Schema):
    """A part of a limit: what was set, what of it counts, and why no more.

    `because` is `counts`, `cut_to_backing`, `not_backed` or `no_rate`; `rate` brings its currency
    into the whole's, which loses `haircut_percent` then.
    """

    kind: LimitKind
    set_to: Money
    counts: Money
    because: str
    valid_from: date
    valid_to: date | None
    rate: str | None
    haircut_percent: str


class LimitRecordAnswer(Schema):
    """A limit as it was recorded; from `withdrawn_from` on it no longer counts."""

    id: int
    kind: LimitKind
    only_currency: bool
    limit: Money
    valid_from: date
    valid_to: date | None
    reason: str
    recorded_at: datetime
    recorded_by: str
    approved_by: str
    withdrawn_from: date | None
    withdrawn_by: str


class MemberUseAnswer(Schema):
    """What of a shared limit a member of the group uses."""

    customer_number: str
    name: str
    exposure: Money


class SharedLimitAnswer(Schema):
    """The limit a group shares, and how it is used."""

    head: str
    limit: Money
    exposure: Money
    available: Money
    parts: list[LimitPartAnswer]
    members: list[MemberUseAnswer]


class LimitsAnswer(Schema):
    """What a customer may owe today with every part explained, and every limit ever recorded.

    Without any limit in force `limit` is null. `per_currency` bounds what is owed in one currency.
    """

    customer_number: str
    on: date
    limit: Money | None
    exposure: Money
    available: Money | None
    parts: list[LimitPartAnswer]
    per_currency: list[Money]
    currencies_without_rate: list[str]
    shared: SharedLimitAnswer | None
    records: list[LimitRecordAnswer]


class LimitWantedGiven(Given):
    """A limit asked for and why; `for_group`: shared by all of the customer's group.

    A temporary one needs a last day. `only_currency` bounds what is owed in its currency alone.
    """

    amount: Amount
    currency: KnownCurrency
    reason: Reason
    kind: LimitKind = "internal"
    for_group: bool = False
    only_currency: bool = False
    valid_from: Day | None = None
    valid_to: Day | None = None


class LimitRequestAnswer(Schema):
    """A request for a limit, and how it was decided."""

    reference: str
    customer_number: str
    for_group: bool
    kind: LimitKind
    only_currency: bool
    limit: Money
    valid_from: date
    valid_to: date | None
    reason: str
    state: RequestState
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    decided_by: str
    answer: str


class LimitRequestsAnswer(Schema):
    """A page of requests for limits, the last first."""

    requests: list[LimitRequestAnswer]
    page: int


class GrantGiven(Given):
    """What is granted; left out, the amount and days that were asked for."""

    amount: Amount | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    answer: Reason | Literal[""] = ""


class RefusalGiven(Given):
    """Why a limit is refused."""

    answer: Reason


class WithdrawalGiven(Given):
    """From which day a limit no longer counts, today without one, and why."""

    reason: Reason
    on: Day | None = None


class ExposureItemAnswer(Schema):
    """A document behind the exposure; its amount is negative where it lowers it.

    `falls_on` is when it is due, came in or lapses.
    """

    bucket: Bucket
    kind: Literal["invoice", "payment", "order"]
    document: str
    instalment: int
    falls_on: date | None
    amount: Money


class BucketAnswer(Schema):
    """A part of the exposure in one currency; `counts` is the policy's switch for it."""

    bucket: Bucket
    counts: bool
    amount: Money
    items: int


class ExposureAnswer(Schema):
    """What a customer owes and has ordered by bucket, and a page of the documents behind it.

    `exposure` is what counts, in the limit's currency.
    """

    customer_number: str
    on: date
    exposure: Money
    limit: Money | None
    available: Money | None
    buckets: list[BucketAnswer]
    items: list[ExposureItemAnswer]
    total: int
    page: int
