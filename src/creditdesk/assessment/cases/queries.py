"""Applications as pages and services read them: listed, one with its folder, its decisions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, cast

from creditdesk.assessment.cases import rules, tokens
from creditdesk.assessment.cases.rows import (
    ApplicationPage,
    ApplicationRow,
    AskRow,
    ConditionRow,
    Count,
    DecisionRow,
    FileRow,
    RawAsk,
    RawDecision,
)
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

__all__ = [
    "SORTS", "ApplicationPage", "ApplicationRow", "AskRow", "ConditionRow", "DecisionRow",
    "FileRow", "application", "application_by_id", "ask_of", "asks", "asks_to_remind",
    "conditions", "counts", "decision", "decision_ids", "decisions", "files", "folder", "listing",
    "missing", "of_party",
]  # fmt: skip
SORTS: Final = ("-age", "age", "name", "amount", "-amount")
_ORDER: Final = {
    "-age": "a.recorded_on, a.id", "age": "a.recorded_on DESC, a.id DESC",
    "name": "lower(a.name), a.id", "amount": "a.requested_minor, a.id",
    "-amount": "a.requested_minor DESC, a.id",
}  # fmt: skip
_LIKE_ESCAPES = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


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


@dataclass(frozen=True, slots=True)
class _DecisionOf:
    id: int
    reference: str


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
        ApplicationRow,
        f"{_APPLICATION} {_FILTERS} ORDER BY {order} LIMIT %(size)s OFFSET %(offset)s",
        params,
    )
    return ApplicationPage(tuple(map(_application, rows)), total, max(page, 1), size)


def counts(company_id: int) -> dict[str, int]:
    """Return how many applications stand in each state."""
    rows = sql.fetch(
        Count,
        "SELECT state, count(*) FROM assessment_application WHERE company_id = %s GROUP BY state",
        [company_id],
    )
    return {row.state: row.count for row in rows}


def application(company_id: int, reference: str) -> ApplicationRow:
    """Return one application; NotFound for another company's."""
    asked = {"company_id": company_id, "reference": reference}
    return _found(
        sql.fetch_one(ApplicationRow, f"{_APPLICATION} AND a.reference = %(reference)s", asked)
    )


def application_by_id(company_id: int, application_id: int) -> ApplicationRow:
    """Return one application; NotFound for another company's."""
    asked = {"company_id": company_id, "id": application_id}
    return _found(sql.fetch_one(ApplicationRow, f"{_APPLICATION} AND a.id = %(id)s", asked))


def of_party(company_id: int, party_id: int) -> list[ApplicationRow]:
    """Return the applications of a customer, or of who may become one, the last first."""
    asked = {"company_id": company_id, "party_id": party_id}
    order = "AND a.party_id = %(party_id)s ORDER BY a.id DESC"
    return [
        _application(row) for row in sql.fetch(ApplicationRow, f"{_APPLICATION} {order}", asked)
    ]


def _found(row: ApplicationRow | None) -> ApplicationRow:
    if row is None:
        raise NotFound("application_unknown", "There is no such application")
    return _application(row)


def _application(row: ApplicationRow) -> ApplicationRow:
    """Return the row with its data read: the database gives them as a text."""
    return replace(row, data=json.loads(cast("str", row.data)))


def ask_of(token: str) -> AskRow:
    """Return what the address asks for; NotFound where nobody here signed it."""
    key = tokens.key_of(token)
    row = sql.fetch_one(RawAsk, f"{_ASK} WHERE key = %s", [key]) if key else None
    if row is None:
        raise NotFound("ask_unknown", "There is nothing at this address")
    return _ask(row)


def asks(company_id: int, application_id: int) -> list[AskRow]:
    """Return who was asked for what in a case, in order."""
    where = "WHERE company_id = %s AND application_id = %s ORDER BY id"
    rows = sql.fetch(RawAsk, f"{_ASK} {where}", [company_id, application_id])
    return [_ask(row) for row in rows]


def asks_to_remind(company_id: int, *, asked_before: date, reminders_max: int) -> list[AskRow]:
    """Return what is open, asked or reminded of on that day or before, and may be reminded of."""
    return [
        _ask(row)
        for row in sql.fetch(
            RawAsk,
            f"{_ASK} WHERE company_id = %s AND state = 'open' AND recipient <> ''"
            " AND kind IN ('form', 'reference', 'documents', 'offer')"
            " AND coalesce(reminded_on, asked_on) <= %s AND reminders < %s ORDER BY id",
            [company_id, asked_before, reminders_max],
        )
    ]


def _ask(row: RawAsk) -> AskRow:
    plain = {name: getattr(row, name) for name in RawAsk.__slots__}
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
        RawDecision,
        f"{_DECISION} AND application_id = %s AND NOT inputs ? 'erased' ORDER BY id DESC",
        [company_id, application_id],
    )
    return [_decision(row) for row in rows]


def decision_ids(company_id: int) -> list[tuple[int, str]]:
    """Return every decision of a company by id, with its application; none erased by rule."""
    found = sql.fetch(
        _DecisionOf,
        "SELECT d.id, a.reference FROM assessment_decision d"
        " JOIN assessment_application a ON a.id = d.application_id"
        " WHERE d.company_id = %s AND NOT d.inputs ? 'erased' ORDER BY d.id",
        [company_id],
    )
    return [(one.id, one.reference) for one in found]


def decision(company_id: int, decision_id: int) -> DecisionRow:
    """Return one decision; NotFound for another company's or one erased."""
    row = sql.fetch_one(
        RawDecision,
        f"{_DECISION} AND id = %s AND NOT inputs ? 'erased'",
        [company_id, decision_id],
    )
    if row is None:
        raise NotFound("decision_unknown", "There is no such decision")
    return _decision(row)


def _decision(row: RawDecision) -> DecisionRow:
    plain = {name: getattr(row, name) for name in RawDecision.__slots__}
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
