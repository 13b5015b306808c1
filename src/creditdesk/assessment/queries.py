"""What is known of a customer's finances: statements, data points, cards, assessments, medians."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from statistics import median
from typing import Any, Final

from creditdesk.assessment import rules, shipped
from creditdesk.assessment.history import NO_CURRENCY
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

YEARS: Final = 5
PEERS_MAX: Final = 2_000
PEERS_MINIMUM: Final = 3
NOT_ERASED: Final = "NOT items ? 'erased'"

_STATEMENT: Final = """
    id, period_end, months, currency, unit, quality, industry, items::text AS items, source,
    recorded_at, recorded_by
"""
_STATEMENTS: Final = f"""
    SELECT * FROM (
        SELECT DISTINCT ON (period_end) {_STATEMENT}
          FROM assessment_financialstatement
         WHERE company_id = %s AND customer_id = %s AND {NOT_ERASED}
         ORDER BY period_end DESC, id DESC
         LIMIT {YEARS}) AS latest
     ORDER BY period_end
"""
_PEERS: Final = f"""
    SELECT DISTINCT ON (customer_id) items::text, months
      FROM assessment_financialstatement
     WHERE company_id = %s AND industry = %s AND customer_id <> %s AND {NOT_ERASED}
     ORDER BY customer_id, period_end DESC, id DESC
     LIMIT {PEERS_MAX}
"""
# Days late count what is unpaid as well as what was paid: an unpaid invoice ages, and so does the
# figure. Amounts of the customer's own currency weigh; those paid early count as in time.
_OWN: Final = """
    SELECT sum(greatest(coalesce(i.settled_on, %(on)s) - i.due_on, 0)::numeric * i.total_minor)
             FILTER (WHERE coalesce(i.settled_on, i.due_on) <= %(on)s
                       AND coalesce(i.settled_on, %(on)s) > %(on)s - 365)
           / nullif(sum(i.total_minor)
             FILTER (WHERE coalesce(i.settled_on, i.due_on) <= %(on)s
                       AND coalesce(i.settled_on, %(on)s) > %(on)s - 365), 0),
           100 * sum(i.open_minor) FILTER (WHERE i.due_on < %(on)s)::numeric
           / nullif(sum(i.open_minor), 0),
           (%(on)s - min(i.issued_on)) / 30
      FROM invoices_item i JOIN customers_customer c ON c.id = i.customer_id
     WHERE i.company_id = %(company_id)s AND i.customer_id = %(customer_id)s
       AND i.currency = c.currency AND i.issued_on <= %(on)s
"""


@dataclass(frozen=True, slots=True)
class _StatementRow:
    id: int
    period_end: date
    months: int
    currency: str
    unit: int
    quality: str
    industry: str
    items: str
    source: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement in force for its period, completed and checked, and where it came from."""

    id: int
    spread: rules.Spread
    industry: str
    source: str
    recorded_at: datetime
    recorded_by: str

    @property
    def period_end(self) -> date:
        """The last day of the period."""
        return self.spread.sheet.period_end


@dataclass(frozen=True, slots=True)
class CardRow:
    """A stored version of a card; `valid_from` once a second person approved it."""

    id: int
    card: rules.Card
    measures: Mapping[str, Any]
    recorded_at: datetime
    recorded_by: str
    valid_from: date | None
    approved_by: str


@dataclass(frozen=True, slots=True)
class AssessmentRow:
    """A stored assessment: what went in, what came out, and by which card and policy."""

    id: int
    customer_id: int
    assessed_on: date
    card_id: int
    policy_version: int
    statement_ids: Sequence[int]
    inputs: rules.DataPoints
    result: Mapping[str, Any]
    grade: str
    total: Decimal
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class _OwnRow:
    days_late: Decimal | None
    overdue_percent: Decimal | None
    months_known: int | None


@dataclass(frozen=True, slots=True)
class _Peer:
    items: str
    months: int


@dataclass(frozen=True, slots=True)
class _Card:
    id: int
    body: str
    measures: str
    recorded_at: datetime
    recorded_by: str
    valid_from: date | None
    approved_by: str


@dataclass(frozen=True, slots=True)
class _Assessment:
    id: int
    customer_id: int
    assessed_on: date
    card_id: int
    policy_version: int
    statement_ids: str
    inputs: str
    result: str
    grade: str
    total: Decimal
    recorded_at: datetime
    recorded_by: str


def statements(company_id: int, customer_id: int) -> list[StatementRow]:
    """Return a customer's statements of the last periods, oldest first, each as corrected."""
    return [_statement(row) for row in sql.fetch(_StatementRow, _STATEMENTS,
                                                 [company_id, customer_id])]  # fmt: skip


def _statement(row: _StatementRow) -> StatementRow:
    sheet = rules.Sheet(
        period_end=row.period_end, months=row.months, currency=row.currency, unit=row.unit,
        quality=row.quality, amounts=json.loads(row.items),
    )  # fmt: skip
    return StatementRow(
        row.id, rules.spread(sheet), row.industry, row.source, row.recorded_at, row.recorded_by
    )


def points(
    company_id: int, customer_id: int, *, on: date, years: Sequence[StatementRow]
) -> dict[str, Decimal | None]:
    """Return every data point of a customer on a day: of the statements given, and our own."""
    found = sql.fetch_one(
        _OwnRow, _OWN, {"company_id": company_id, "customer_id": customer_id, "on": on}
    )
    own: dict[str, Decimal | None] = {}
    if found is not None and found.months_known is not None:
        own = {
            "own.days_late": _tenth(found.days_late),
            "own.overdue_percent": _tenth(found.overdue_percent),
            "own.months_known": Decimal(found.months_known),
        }
    return rules.data_points([_year(one) for one in years], own)


def _tenth(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal("0.1"))


def _year(row: StatementRow) -> rules.Year:
    return rules.Year(row.period_end, row.spread.amounts, row.spread.sheet.months)


def peers(company_id: int, industry: str, *, besides: int) -> dict[str, Decimal]:
    """Return the median of each ratio over other customers of an industry, by their last statement.

    Empty without an industry, or with fewer than three others: one alone could be recognised.
    """
    if not industry:
        return {}
    rows = sql.fetch(_Peer, _PEERS, [company_id, industry, besides])
    if len(rows) < PEERS_MINIMUM:
        return {}
    values: dict[str, list[Decimal]] = {}
    for row in rows:
        sheet = rules.Sheet(
            period_end=date.min, months=row.months, currency=NO_CURRENCY,
            amounts=json.loads(row.items),
        )  # fmt: skip
        for code, value in rules.ratios(rules.spread(sheet).amounts, row.months).items():
            if value is not None:
                values.setdefault(code, []).append(value)
    return {code: median(of) for code, of in values.items() if len(of) >= PEERS_MINIMUM}


_CARD: Final = """
    SELECT c.id, c.body::text, c.measures::text, c.recorded_at, c.recorded_by, a.valid_from,
           coalesce(a.recorded_by, '')
      FROM assessment_storedcard c LEFT JOIN assessment_cardapproval a ON a.card_id = c.id
     WHERE c.company_id = %s
"""


def cards(company_id: int) -> list[CardRow]:
    """Return every stored card, the last first."""
    return [_card(row) for row in sql.fetch(_Card, f"{_CARD} ORDER BY c.id DESC", [company_id])]


def card(company_id: int, card_id: int) -> CardRow:
    """Return one stored card; NotFound for another company's."""
    row = sql.fetch_one(_Card, f"{_CARD} AND c.id = %s", [company_id, card_id])
    if row is None:
        raise NotFound("card_unknown", "There is no such scorecard")
    return _card(row)


@dataclass(frozen=True, slots=True)
class RunRow:
    """That a card was asked to be learned from our own history, and what became of it."""

    id: int
    state: str
    code: str
    good: int
    bad: int
    card_id: int | None
    asked_at: datetime
    asked_by: str


def runs(company_id: int) -> list[RunRow]:
    """Return the last times a card was to be learned, the last first."""
    return sql.fetch(
        RunRow,
        """SELECT id, state, code, good, bad, card_id, asked_at, asked_by
             FROM assessment_fittingrun WHERE company_id = %s ORDER BY id DESC LIMIT 5""",
        [company_id],
    )


def card_in_force(company_id: int, on: date) -> CardRow | None:
    """Return the approved card that counts on a day; nothing while the shipped one does."""
    row = sql.fetch_one(
        _Card,
        f"{_CARD} AND a.valid_from <= %s ORDER BY a.valid_from DESC, a.id DESC LIMIT 1",
        [company_id, on],
    )
    return _card(row) if row else None


def card_for(company_id: int, on: date) -> rules.Card:
    """Return the card that counts on a day, the shipped one if none was approved."""
    found = card_in_force(company_id, on)
    return found.card if found else shipped.expert_card()


def card_id(company_id: int, key: str, version: int) -> int | None:
    """Return the id under which a version of a card is stored."""
    found: int | None = sql.scalar(
        "SELECT max(id) FROM assessment_storedcard WHERE company_id = %s AND key = %s"
        " AND version = %s",
        [company_id, key, version],
    )
    return found


def next_version(company_id: int, key: str) -> int:
    """Return the version the next card of that key gets."""
    return int(
        sql.scalar(
            "SELECT coalesce(max(version), 0) + 1 FROM assessment_storedcard"
            " WHERE company_id = %s AND key = %s",
            [company_id, key],
        )
    )


def _card(row: _Card) -> CardRow:
    return CardRow(
        row.id, rules.read(json.loads(row.body)), json.loads(row.measures), row.recorded_at,
        row.recorded_by, row.valid_from, row.approved_by,
    )  # fmt: skip


_ASSESSMENT: Final = """
    SELECT id, customer_id, assessed_on, card_id, policy_version, statement_ids::text,
           inputs::text, result::text, grade, total, recorded_at, recorded_by
      FROM assessment_assessment WHERE company_id = %s
"""


def assessments(company_id: int, customer_id: int) -> list[AssessmentRow]:
    """Return a customer's assessments, the last first; those erased by rule are left out."""
    rows = sql.fetch(
        _Assessment,
        f"{_ASSESSMENT} AND customer_id = %s AND NOT inputs ? 'erased' ORDER BY id DESC",
        [company_id, customer_id],
    )
    return [_assessment(row) for row in rows]


def assessment(company_id: int, assessment_id: int) -> AssessmentRow:
    """Return one assessment; NotFound for another company's or one erased."""
    row = sql.fetch_one(
        _Assessment, f"{_ASSESSMENT} AND id = %s AND NOT inputs ? 'erased'",
        [company_id, assessment_id],
    )  # fmt: skip
    if row is None:
        raise NotFound("assessment_unknown", "There is no such assessment")
    return _assessment(row)


def _assessment(row: _Assessment) -> AssessmentRow:
    given = json.loads(row.inputs)
    inputs = {code: None if value is None else Decimal(value) for code, value in given.items()}
    return AssessmentRow(
        row.id, row.customer_id, row.assessed_on, row.card_id, row.policy_version,
        json.loads(row.statement_ids), inputs, json.loads(row.result), row.grade, row.total,
        row.recorded_at, row.recorded_by,
    )  # fmt: skip
