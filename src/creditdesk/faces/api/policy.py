"""The credit policy: what is in force, a draft of the caller's, and asking to publish it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema

from creditdesk.controls import queries as controls
from creditdesk.controls.commands import require
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import Day, Given, Reason
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound
from creditdesk.policy import publishing_queries as reads
from creditdesk.policy import queries, rules, services, telling_queries, wording

router = Router(tags=["policy"])


class ClauseAnswer(Schema):
    """A rule as a sentence; `key` names it whatever it says."""

    section: str
    key: str
    text: str


class PolicyAnswer(Schema):
    """A version of the rules: as it was written, and every rule as a sentence."""

    version: int
    valid_from: date
    rules: dict[str, Any]
    clauses: list[ClauseAnswer]


class PolicyDraftGiven(Given):
    """The rules a draft is to say; what a section leaves out keeps its default."""

    rules: dict[str, Any]


class ChangeAnswer(Schema):
    """A rule that differs: `added`, `removed` or `changed`, with what it said and says."""

    section: str
    key: str
    kind: str
    before: str
    after: str


class PolicyDraftAnswer(Schema):
    """The caller's draft, and what it changes against the rules in force."""

    rules: dict[str, Any]
    against_version: int
    changes: list[ChangeAnswer]


class PublishGiven(Given):
    """From which day the draft is to be in force, and why."""

    valid_from: Day
    reason: Reason


class PublishedAnswer(Schema):
    """The number of the version that was published."""

    version: int


@router.get(
    "/policy",
    response={200: PolicyAnswer, **RESPONSES},
    operation_id="get_policy",
    summary="The rules in force",
)
def in_force(request: HttpRequest) -> PolicyAnswer:
    """Return the rules in force today."""
    actor = reader(request)
    found = queries.in_force(actor.company_id, actor.today)
    currency = controls.company(actor.company_id).currency
    return PolicyAnswer(
        version=found.version,
        valid_from=found.valid_from,
        rules=reads.rules_of(actor.company_id, found.version),
        clauses=[
            ClauseAnswer(section=part.code, key=one.key, text=one.text)
            for part in wording.document(found, currency)
            for one in part.clauses
        ],
    )


class ReaderAnswer(Schema):
    """Somebody of the staff and a version: `read`, `overdue`, `waiting` or `not_told`."""

    name: str
    state: Literal["read", "overdue", "waiting", "not_told"]
    told_on: date | None
    read_by: date | None
    reminders: int
    read_at: datetime | None


class ReadersAnswer(Schema):
    """Who has read the version published last."""

    version: int
    valid_from: date
    readers: list[ReaderAnswer]


@router.get(
    "/policy/readers",
    response={200: ReadersAnswer, **RESPONSES},
    operation_id="get_policy_readers",
    summary="Who has read the rules published last",
)
def readers(request: HttpRequest) -> ReadersAnswer:
    """Return how it stands with everybody of the staff and the version published last."""
    actor = reader(request)
    last = reads.to_read(actor.company_id)
    if last is None:
        raise NotFound("policy_not_published", "Nobody has published a version yet")
    return ReadersAnswer(
        version=last.version,
        valid_from=last.valid_from,
        readers=[
            ReaderAnswer(
                name=one.name,
                state=one.state(actor.today),
                told_on=one.told_on,
                read_by=one.read_by,
                reminders=one.reminders,
                read_at=one.read_at,
            )
            for one in telling_queries.reading(actor.company_id, last.version)
        ],
    )


@router.get(
    "/policy/draft",
    response={200: PolicyDraftAnswer, **RESPONSES},
    operation_id="get_policy_draft",
    summary="My draft of the rules",
)
def draft(request: HttpRequest) -> PolicyDraftAnswer:
    """Return the caller's draft and what it changes, in words."""
    return _answer(reader(request))


@router.post(
    "/policy/draft",
    response={200: PolicyDraftAnswer, **RESPONSES},
    operation_id="keep_policy_draft",
    summary="Keep a draft of the rules",
)
def keep(request: HttpRequest, given: PolicyDraftGiven) -> PolicyDraftAnswer:
    """Keep rules as the caller's draft, in place of an earlier one."""
    actor = writer(request)
    services.keep_draft(actor, given.rules)
    return _answer(actor)


@router.post(
    "/policy/publish",
    response={200: PublishedAnswer, **RESPONSES},
    operation_id="publish_policy",
    summary="Publish my draft from a day",
)
def publish(request: HttpRequest, given: PublishGiven) -> PublishedAnswer:
    """Publish the caller's draft; what a second person must approve is answered with 202."""
    actor = writer(request)
    require(actor, "policy.submit")
    row = _draft(actor)
    version = services.submit(
        actor, given=row.given, valid_from=given.valid_from, reason=given.reason
    )
    return PublishedAnswer(version=version)


def _draft(actor: Actor) -> reads.DraftRow:
    row = reads.draft(actor)
    if row is None:
        raise NotFound("policy_draft_missing", "There is no draft of yours")
    return row


def _answer(actor: Actor) -> PolicyDraftAnswer:
    row = _draft(actor)
    before = queries.in_force(actor.company_id, actor.today)
    after: rules.Policy = row.policy(actor.today)
    changes = wording.compare(before, after, controls.company(actor.company_id).currency)
    return PolicyDraftAnswer(
        rules=dict(row.given),
        against_version=before.version,
        changes=[
            ChangeAnswer(
                section=one.section, key=one.key, kind=one.kind, before=one.before, after=one.after
            )
            for one in changes
        ],
    )
