"""Applications, what is asked, papers and decisions as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from creditdesk.assessment.cases import rules


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application as it stands; `customer_number` once there is an account."""

    id: int
    company_id: int
    reference: str
    party_id: int
    customer_id: int | None
    customer_number: str
    name: str
    email: str
    customer_class: str
    channel: str
    state: str
    data: Mapping[str, str]
    requested_minor: int
    currency: str
    language: str
    recorded_on: date
    submitted_on: date | None
    complete_on: date | None
    decided_on: date | None
    expires_on: date | None
    ended_on: date | None
    recorded_at: datetime
    recorded_by: str

    @property
    def is_natural_person(self) -> bool:
        """Whether a human must decide."""
        return self.customer_class in rules.NATURAL_PERSONS

    @property
    def is_open(self) -> bool:
        """Whether it is still to be worked on."""
        return self.state in rules.OPEN


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    """One page of a list, and how many there are in all."""

    rows: tuple[ApplicationRow, ...]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class AskRow:
    """Who was asked for what, when, and what came back."""

    id: int
    company_id: int
    application_id: int
    kind: str
    key: str
    what: Sequence[str]
    recipient_name: str
    recipient: str
    state: str
    answer: Mapping[str, Any]
    asked_on: date
    reminded_on: date | None
    reminders: int
    expires_at: datetime
    answered_at: datetime | None
    message_id: int | None
    recorded_by: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """A paper of a case."""

    id: int
    kind: str
    file_id: int
    name: str
    size_bytes: int
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision as it was made."""

    id: int
    application_id: int
    answer: str
    limit_minor: int
    currency: str
    terms: str
    reasons: Sequence[str]
    explanation: str
    is_automatic: bool
    policy_version: int
    assessment_id: int | None
    inputs: Mapping[str, Any]
    recommendation: Mapping[str, Any]
    approval: str
    decided_on: date
    expires_on: date | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """A condition, and whether it is met."""

    id: int
    decision_id: int
    kind: str
    text: str
    minor: int | None
    met_on: date | None
    met_by: str
    note: str


@dataclass(frozen=True, slots=True)
class RawAsk:
    """What is asked, as the database gives it."""

    id: int
    company_id: int
    application_id: int
    kind: str
    key: str
    what: str
    recipient_name: str
    recipient: str
    state: str
    answer: str
    asked_on: date
    reminded_on: date | None
    reminders: int
    expires_at: datetime
    answered_at: datetime | None
    message_id: int | None
    recorded_by: str


@dataclass(frozen=True, slots=True)
class RawDecision:
    """A decision as the database gives it."""

    id: int
    application_id: int
    answer: str
    limit_minor: int
    currency: str
    terms: str
    reasons: str
    explanation: str
    is_automatic: bool
    policy_version: int
    assessment_id: int | None
    inputs: str
    recommendation: str
    approval: str
    decided_on: date
    expires_on: date | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many stand in a state."""

    state: str
    count: int
