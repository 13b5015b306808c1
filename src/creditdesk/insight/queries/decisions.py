"""What was decided here and another system should know, each once under a stable id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision: what, when, by whom, about which customer and document.

    Undoing one is a decision of its own: `allocation:7` and `allocation:7:undone`.
    """

    id: str
    kind: str
    at: datetime
    by: str
    customer_number: str
    document: str
    currency: str
    minor: int | None
    effective_on: date | None
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An export of decisions that was made."""

    id: int
    reference: str
    since: datetime | None
    rows_total: int
    recorded_at: datetime
    recorded_by: str


_ALLOCATIONS = """
    SELECT 'allocation:' || a.id{suffix}, '{kind}', {at}, {by}, c.number, v.number,
           i.currency, a.minor, {on}, p.reference, ''
      FROM cash_allocation a JOIN cash_payment p ON p.id = a.payment_id
      JOIN invoices_item i ON i.id = a.item_id JOIN invoices_invoice v ON v.id = i.invoice_id
      JOIN customers_customer c ON c.id = i.customer_id
     WHERE a.company_id = %(company_id)s AND {at} >= %(since)s
"""
_ADJUSTMENTS = """
    SELECT 'adjustment:' || a.id{suffix}, '{kind}', {at}, {by}, c.number, v.number,
           i.currency, a.minor, {on}, concat_ws(':', a.kind, p.reference), ''
      FROM cash_adjustment a JOIN cash_payment p ON p.id = a.payment_id
      JOIN invoices_item i ON i.id = a.item_id JOIN invoices_invoice v ON v.id = i.invoice_id
      JOIN customers_customer c ON c.id = i.customer_id
     WHERE a.company_id = %(company_id)s AND {at} >= %(since)s
"""
_HOLDS = """
    SELECT 'hold:' || h.id{suffix}, '{kind}', {at}, {by}, c.number,
           COALESCE(v.number, ''), '', NULL::bigint, h.until, h.kind, h.note
      FROM contact_hold h JOIN customers_customer c ON c.id = h.customer_id
      LEFT JOIN invoices_item i ON i.id = h.item_id
      LEFT JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE h.company_id = %(company_id)s AND {at} >= %(since)s
"""
_BLOCKS = """
    SELECT 'block:' || b.id{suffix}, '{kind}', {at}, {by}, c.number, '', '', NULL::bigint,
           NULL::date, '', b.reason
      FROM credit_block b JOIN customers_customer c ON c.id = b.customer_id
     WHERE b.company_id = %(company_id)s AND {at} >= %(since)s
"""
# A rating is kept once a week too; only one that says something else than the last is a decision.
_RATINGS = """
    SELECT 'rating:' || r.id, 'rating', r.recorded_at, r.recorded_by, c.number, '', '',
           NULL::bigint, r.as_of, concat_ws(':', nullif(r.grade, ''), nullif(r.drift, '')),
           concat_ws(' ', 'paydex=' || r.paydex, 'days=' || r.days)
      FROM monitoring_payerrating r JOIN customers_customer c ON c.id = r.customer_id
      LEFT JOIN LATERAL (
           SELECT p.grade, p.paydex, p.drift FROM monitoring_payerrating p
            WHERE p.company_id = r.company_id AND p.customer_id = r.customer_id AND p.id < r.id
            ORDER BY p.id DESC LIMIT 1) was ON true
     WHERE r.company_id = %(company_id)s AND r.recorded_at >= %(since)s
       AND (was.grade, was.paydex, was.drift) IS DISTINCT FROM (r.grade, r.paydex, r.drift)
"""
_ALERTS = """
    SELECT 'alert:' || t.alert_id || ':' || t.id, 'alert_' || t.act, t.recorded_at, t.recorded_by,
           c.number, '', '', NULL::bigint, t.happened_on,
           concat_ws(':', a.signal, t.severity, nullif(t.outcome, '')),
           coalesce(t.body ->> 'note', '')
      FROM monitoring_alertstep t JOIN monitoring_alert a ON a.id = t.alert_id
      JOIN customers_customer c ON c.id = a.customer_id
     WHERE t.company_id = %(company_id)s AND t.recorded_at >= %(since)s AND t.act <> 'assigned'
"""
_REVIEWS = """
    SELECT 'review:' || r.id, 'review', r.decided_at, r.decided_by, c.number, r.reference,
           r.currency, r.decided_minor, r.decided_on, concat_ws(':', r.answer, r.choice), r.reason
      FROM assessment_review r JOIN customers_customer c ON c.id = r.customer_id
     WHERE r.company_id = %(company_id)s AND r.decided_at >= %(since)s
"""
_DECISIONS = " UNION ALL ".join(
    (
        _ALLOCATIONS.format(
            suffix="", kind="allocation", at="a.recorded_at", by="a.recorded_by", on="a.applied_on"
        ),
        _ALLOCATIONS.format(
            suffix=" || ':undone'",
            kind="allocation_undone",
            at="a.undone_at",
            by="a.undone_by",
            on="a.undone_on",
        ),
        _ADJUSTMENTS.format(
            suffix="",
            kind="adjustment",
            at="a.recorded_at",
            by="a.recorded_by",
            on="a.adjusted_on",
        ),
        _ADJUSTMENTS.format(
            suffix=" || ':undone'",
            kind="adjustment_undone",
            at="a.undone_at",
            by="a.undone_by",
            on="a.undone_on",
        ),
        """
    SELECT 'credit_note:' || v.id, 'credit_note', v.recorded_at, '', c.number, v.number,
           v.currency, v.total_minor, v.issued_on, COALESCE(o.number, ''), v.reason
      FROM invoices_invoice v JOIN customers_customer c ON c.id = v.customer_id
      LEFT JOIN invoices_invoice o ON o.id = v.corrects_id
     WHERE v.company_id = %(company_id)s AND v.kind = 'credit_note' AND v.import_run_id IS NULL
       AND v.opening_minor IS NULL AND v.recorded_at >= %(since)s
        """,
        """
    SELECT 'activity:' || a.id, 'note', a.recorded_at, a.recorded_by, c.number, '', '',
           NULL::bigint, a.follow_up_on, concat_ws(':', a.kind, nullif(a.outcome, '')), a.note
      FROM collections_activity a JOIN customers_customer c ON c.id = a.customer_id
     WHERE a.company_id = %(company_id)s AND a.recorded_at >= %(since)s
        """,
        """
    SELECT 'promise:' || p.id, 'promise', p.recorded_at, p.recorded_by, c.number, '', p.currency,
           p.minor, p.due_on, p.reference, p.note
      FROM collections_promise p JOIN customers_customer c ON c.id = p.customer_id
     WHERE p.company_id = %(company_id)s AND p.recorded_at >= %(since)s
        """,
        """
    SELECT 'dispute:' || d.id, 'dispute', d.recorded_at, d.opened_by, c.number, v.number,
           d.currency, d.disputed_minor, d.opened_on, d.reason, d.note
      FROM disputes_dispute d JOIN customers_customer c ON c.id = d.customer_id
      JOIN invoices_item i ON i.id = d.item_id JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE d.company_id = %(company_id)s AND d.recorded_at >= %(since)s
        """,
        """
    SELECT 'limit:' || l.id, 'limit', l.recorded_at, l.recorded_by, c.number, '', l.currency,
           l.minor, l.valid_from, COALESCE(l.valid_to::text, ''), l.reason
      FROM credit_limit l JOIN customers_customer c ON c.id = l.customer_id
     WHERE l.company_id = %(company_id)s AND l.recorded_at >= %(since)s
        """,
        _RATINGS,
        _ALERTS,
        _REVIEWS,
        _HOLDS.format(suffix="", kind="hold", at="h.placed_at", by="h.placed_by"),
        _HOLDS.format(
            suffix=" || ':lifted'", kind="hold_lifted", at="h.lifted_at", by="h.lifted_by"
        ),
        _BLOCKS.format(suffix="", kind="block", at="b.placed_at", by="b.placed_by"),
        _BLOCKS.format(
            suffix=" || ':lifted'", kind="block_lifted", at="b.lifted_at", by="b.lifted_by"
        ),
    )
)
_ALL = (
    f"SELECT * FROM ({_DECISIONS}) AS d (id, kind, at, by, customer_number, document, currency,"
    " minor, effective_on, code, text)"
)
_EXPORT = """
    SELECT id, reference, since, rows_total, recorded_at, recorded_by
      FROM insight_decisionexport WHERE company_id = %(company_id)s
"""


def decisions(company_id: int, *, since: datetime) -> list[DecisionRow]:
    """Return every decision recorded since a moment, oldest first."""
    return sql.fetch(
        DecisionRow, f"{_ALL} ORDER BY at, id", {"company_id": company_id, "since": since}
    )


def decisions_not_exported(company_id: int, *, since: datetime) -> list[DecisionRow]:
    """Return the decisions recorded since a moment that no export holds, oldest first."""
    return sql.fetch(
        DecisionRow,
        f"""{_ALL} WHERE NOT EXISTS (
                SELECT FROM insight_exporteddecision x
                 WHERE x.company_id = %(company_id)s AND x.decision_id = d.id)
            ORDER BY at, id""",
        {"company_id": company_id, "since": since},
    )


def exported_decisions(company_id: int, export: ExportRow, *, since: datetime) -> list[DecisionRow]:
    """Return the decisions an export held, in its order."""
    return sql.fetch(
        DecisionRow,
        f"""{_ALL} WHERE EXISTS (
                SELECT FROM insight_exporteddecision x
                 WHERE x.company_id = %(company_id)s AND x.decision_id = d.id
                   AND x.export_id = %(export)s)
            ORDER BY at, id""",
        {"company_id": company_id, "since": since, "export": export.id},
    )


def decision_exports(company_id: int, *, limit: int = 50) -> list[ExportRow]:
    """Return the exports made, latest first."""
    return sql.fetch(
        ExportRow,
        f"{_EXPORT} ORDER BY id DESC LIMIT %(limit)s",
        {"company_id": company_id, "limit": limit},
    )


def decision_export(company_id: int, reference: str) -> ExportRow:
    """Return one export; NotFound otherwise."""
    row = sql.fetch_one(
        ExportRow,
        f"{_EXPORT} AND reference = %(reference)s",
        {"company_id": company_id, "reference": reference},
    )
    if row is None:
        raise NotFound("export_unknown", f"There is no export {reference!r}")
    return row
