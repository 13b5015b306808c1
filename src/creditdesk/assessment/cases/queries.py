"""Applications as pages and services read them: listed, one with its folder, its decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from creditdesk.assessment.cases import rules, tokens
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

SORTS: Final = ("-age", "age", "name", "amount", "-amount")
_ORDER: Final = {
    "-age": "a.recorded_on, a.id", "age": "a.recorded_on DESC, a.id DESC",
    "name": "lower(a.name), a.id", "amount": "a.requested_minor, a.id",
    "-amount": "a.requested_minor DESC, a.id",
}  # fmt: skip
_LIKE_ESCAPES = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


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
class _Raw:
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
    data: str
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


@dataclass(frozen=True, slots=True)
class _RawAsk:
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
class _RawDecision:
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
class _Count:
    state: str
    count: int


_APPLICATION: Final = """
    SELECT a.id, a.company_id, a.reference, a.party_id, a.customer_id, coalesce(c.number, ''),
           a.name, a.email, a.customer_class, a.channel, a.state, a.data::text, a.requested_minor,
           a.currency, a.language, a.recorded_on, a.submitted_on, a.complete_on, a.decided_on,
           a.expires_on, a.ended_on, a.recorded_at, a.recorded_by
      FROM assessment_application a LEFT JOIN customers_customer c ON c.id = a.customer_id
     WHERE a.company_id = %(company_id)s
"""
_FILTERS: Final = """
       AND (%(states)s::text[] IS NULL OR a.state = ANY(%(states)s::text[]))
       AND (%(text)s = '' OR a.name ILIKE %(like)s OR a.reference ILIKE %(like)s)
"""
_ASK: Final = """
    SELECT id, company_id, application_id, kind, key, what::text, recipient_name, recipient, state,
           answer::text, asked_on, reminded_on, reminders, expires_at, answered_at, message_id,
           recorded_by
      FROM assessment_ask
"""
_DECISION: Final = """
    SELECT id, application_id, answer, limit_minor, currency, terms, reasons::text, explanation,
           is_automatic, policy_version, assessment_id, inputs::text, recommendation::text,
           approval, decided_on, expires_on, recorded_at, recorded_by
      FROM assessment_decision WHERE company_id = %s
"""


def listing(
    company_id: int,
    *,
    states: Sequence[str] = (),
    text: str = "",
    sort: str = "-age",
    page: int = 1,
    size: int = 50,
) -> ApplicationPage:
    """Return a page of applications in some of the states, oldest first unless sorted otherwise."""
    params = {
        "company_id": company_id,
        "states": list(states) or None,
        "text": text.strip(),
        "like": f"%{text.strip().translate(_LIKE_ESCAPES)}%",
        "size": size,
        "offset": (max(page, 1) - 1) * size,
    }
    total = sql.scalar(
        "SELECT count(*) FROM assessment_application a"
        f" WHERE a.company_id = %(company_id)s {_FILTERS}",
        params,
    )
    order = _ORDER.get(sort, _ORDER["-age"])
    rows = sql.fetch(
        _Raw,
        f"{_APPLICATION} {_FILTERS} ORDER BY {order} LIMIT %(size)s OFFSET %(offset)s",
        params,
    )
    return ApplicationPage(tuple(map(_application, rows)), total, max(page, 1), size)


def counts(company_id: int) -> dict[str, int]:
    """Return how many applications stand in each state."""
    rows = sql.fetch(
        _Count,
        "SELECT state, count(*) FROM assessment_application WHERE company_id = %s GROUP BY state",
        [company_id],
    )
    return {row.state: row.count for row in rows}


def application(company_id: int, reference: str) -> ApplicationRow:
    """Return one application; NotFound for another company's."""
    asked = {"company_id": company_id, "reference": reference}
    return _found(sql.fetch_one(_Raw, f"{_APPLICATION} AND a.reference = %(reference)s", asked))


def application_by_id(company_id: int, application_id: int) -> ApplicationRow:
    """Return one application; NotFound for another company's."""
    asked = {"company_id": company_id, "id": application_id}
    return _found(sql.fetch_one(_Raw, f"{_APPLICATION} AND a.id = %(id)s", asked))


def of_party(company_id: int, party_id: int) -> list[ApplicationRow]:
    """Return the applications of a customer, or of who may become one, the last first."""
    asked = {"company_id": company_id, "party_id": party_id}
    order = "AND a.party_id = %(party_id)s ORDER BY a.id DESC"
    return [_application(row) for row in sql.fetch(_Raw, f"{_APPLICATION} {order}", asked)]


def _found(row: _Raw | None) -> ApplicationRow:
    if row is None:
        raise NotFound("application_unknown", "There is no such application")
    return _application(row)


def _application(row: _Raw) -> ApplicationRow:
    return ApplicationRow(
        **{name: getattr(row, name) for name in _Raw.__slots__ if name != "data"},
        data=json.loads(row.data),
    )


def ask_of(token: str) -> AskRow:
    """Return what the address asks for; NotFound where nobody here signed it."""
    key = tokens.key_of(token)
    row = sql.fetch_one(_RawAsk, f"{_ASK} WHERE key = %s", [key]) if key else None
    if row is None:
        raise NotFound("ask_unknown", "There is nothing at this address")
    return _ask(row)


def asks(company_id: int, application_id: int) -> list[AskRow]:
    """Return who was asked for what in a case, in order."""
    where = "WHERE company_id = %s AND application_id = %s ORDER BY id"
    rows = sql.fetch(_RawAsk, f"{_ASK} {where}", [company_id, application_id])
    return [_ask(row) for row in rows]


def asks_to_remind(company_id: int, *, asked_before: date, reminders_max: int) -> list[AskRow]:
    """Return what is open, asked or reminded of on that day or before, and may be reminded of."""
    return [
        _ask(row)
        for row in sql.fetch(
            _RawAsk,
            f"{_ASK} WHERE company_id = %s AND state = 'open' AND recipient <> ''"
            " AND kind IN ('form', 'reference', 'documents', 'offer')"
            " AND coalesce(reminded_on, asked_on) <= %s AND reminders < %s ORDER BY id",
            [company_id, asked_before, reminders_max],
        )
    ]


def _ask(row: _RawAsk) -> AskRow:
    plain = {name: getattr(row, name) for name in _RawAsk.__slots__}
    return AskRow(**{**plain, "what": json.loads(row.what), "answer": json.loads(row.answer)})


def files(company_id: int, application_id: int) -> list[FileRow]:
    """Return the papers of a case, in the order they came."""
    return sql.fetch(
        FileRow,
        "SELECT id, kind, file_id, name, size_bytes, recorded_at, recorded_by"
        " FROM assessment_casefile WHERE company_id = %s AND application_id = %s ORDER BY id",
        [company_id, application_id],
    )


def decisions(company_id: int, application_id: int) -> list[DecisionRow]:
    """Return the decisions on an application, the last first; those erased by rule are left out."""
    rows = sql.fetch(
        _RawDecision,
        f"{_DECISION} AND application_id = %s AND NOT inputs ? 'erased' ORDER BY id DESC",
        [company_id, application_id],
    )
    return [_decision(row) for row in rows]


def decision(company_id: int, decision_id: int) -> DecisionRow:
    """Return one decision; NotFound for another company's or one erased."""
    row = sql.fetch_one(
        _RawDecision,
        f"{_DECISION} AND id = %s AND NOT inputs ? 'erased'",
        [company_id, decision_id],
    )
    if row is None:
        raise NotFound("decision_unknown", "There is no such decision")
    return _decision(row)


def _decision(row: _RawDecision) -> DecisionRow:
    plain = {name: getattr(row, name) for name in _RawDecision.__slots__}
    texts = {name: json.loads(plain[name]) for name in ("reasons", "inputs", "recommendation")}
    return DecisionRow(**{**plain, **texts})


def conditions(company_id: int, decision_id: int) -> list[ConditionRow]:
    """Return what must be met before the account is opened."""
    return sql.fetch(
        ConditionRow,
        "SELECT id, decision_id, kind, text, minor, met_on, met_by, note"
        " FROM assessment_condition WHERE company_id = %s AND decision_id = %s ORDER BY id",
        [company_id, decision_id],
    )


def folder(of: ApplicationRow) -> rules.Folder:
    """Return what a case holds that counts as given."""
    counted = sql.fetch_one(
        _Folder,
        """
        SELECT (SELECT count(*) FROM assessment_ask
                 WHERE application_id = %(id)s AND kind = 'reference' AND state = 'answered'),
               (SELECT count(DISTINCT period_end) FROM assessment_financialstatement
                 WHERE company_id = %(company_id)s AND customer_id = %(party_id)s)
        """,
        {"id": of.id, "company_id": of.company_id, "party_id": of.party_id},
    )
    papers = frozenset(one.kind for one in files(of.company_id, of.id))
    known = counted or _Folder(0, 0)
    return rules.Folder(frozenset(of.data), known.references, known.statements, papers)


@dataclass(frozen=True, slots=True)
class _Folder:
    references: int
    statements: int


def missing(of: ApplicationRow) -> tuple[rules.Missing, ...]:
    """Return what an application still lacks."""
    return rules.missing(of.customer_class, folder(of))
