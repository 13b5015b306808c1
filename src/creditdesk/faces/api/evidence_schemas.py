"""What goes in and comes out about evidence."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field, StringConstraints

from creditdesk.faces.api.schemas import (
    Amount,
    Day,
    Given,
    KnownCurrency,
    Money,
    Named,
    Reason,
    Text,
)

Bureau = Annotated[Named, StringConstraints(max_length=60)]
Country = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")]
Score = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,9}(\.[0-9]{1,4})?$")]
StepKind = Literal["call", "visit", "register", "bureau", "reference", "web", "document", "note"]


class ReportAnswer(Schema):
    """What a bureau or register said, on its own scale, what it cost and until when it counts."""

    id: int
    source: str
    outcome: str
    identifier: str
    name: str
    status: str
    is_active: bool | None
    is_insolvent: bool | None
    country: str
    score: str | None
    grade: str
    limit: Money | None
    cost: Money
    reported_on: date
    expires_on: date
    is_expired: bool
    recorded_at: datetime
    recorded_by: str


class ReportsAnswer(Schema):
    """A page of the reports about a customer, the last first."""

    customer_number: str
    reports: list[ReportAnswer]
    total: int
    page: int


class ReportGiven(Given):
    """A report of a bureau. `limit` is the bureau's own advice, `cost` in your own currency."""

    bureau: Bureau
    identifier: Text = ""
    reported_on: Day | None = None
    expires_on: Day | None = None
    name: Text = ""
    country: Country = ""
    status: Text = ""
    is_active: bool | None = None
    is_insolvent: bool | None = None
    score: Score | None = None
    grade: Text = ""
    limit: Amount | None = None
    currency: KnownCurrency | None = None
    cost: Amount = "0"


class HitAnswer(Schema):
    """A name of ours near a listed one; `verdict` is empty until somebody looked at it.

    `proposed` waits for a second person who clears it or sends it back.
    """

    id: int
    customer_number: str
    source: str
    reference: str
    score: str
    own_name: str
    listed_name: str
    verdict: str
    reason: str
    reviewed_by: str
    reviewed_at: datetime | None
    is_open: bool
    is_listed: bool
    recorded_at: datetime
    review_id: int


class HitReviewGiven(Given):
    """What a hit is, why, and the `review_id` that was seen: 0 where nobody had looked yet."""

    verdict: Literal["proposed", "cleared", "sent_back", "confirmed"]
    reason: Reason
    review_id: Annotated[int, Field(ge=0, le=2**63 - 1)]


class HitsAnswer(Schema):
    """A page of hits."""

    hits: list[HitAnswer]
    page: int


class InvestigationStepAnswer(Schema):
    """What was done, where it is from; a `finding` has an outcome."""

    kind: str
    outcome: str
    text: str
    source: str
    recorded_at: datetime
    recorded_by: str


class InvestigationAnswer(Schema):
    """An investigation; `outcome` is empty until there is a finding."""

    reference: str
    question: str
    outcome: str
    opened_at: datetime
    opened_by: str
    steps: list[InvestigationStepAnswer]


class InvestigationsAnswer(Schema):
    """A page of the investigations about a customer, the last first."""

    customer_number: str
    investigations: list[InvestigationAnswer]
    total: int
    page: int


class InvestigationGiven(Given):
    """The question to be answered."""

    question: Reason


class InvestigationStepGiven(Given):
    """What was done, and where it is from."""

    kind: StepKind
    text: Reason
    source: Text = ""
