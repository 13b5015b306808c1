"""What going live stands at: rows brought over, findings, the report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter

from creditdesk.golive import rules
from creditdesk.golive.rules import Finding, OpenSum, Report
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import digest
from creditdesk.policy import queries as policies
from creditdesk.reconciliation import queries as reconciliation
from creditdesk.reconciliation.rules import bucket_of


@dataclass(frozen=True, slots=True)
class GoLiveRow:
    """Going live of a company."""

    cut_over_on: date
    begun_at: datetime
    begun_by: str
    loaders_json: str
    signed_at: datetime | None
    signed_by: str
    note: str
    report_json: str | None
    report_sha256: str

    @property
    def loaders(self) -> list[str]:
        """Who brought rows, by name."""
        return [name for _, name in json.loads(self.loaders_json)]

    @property
    def is_signed(self) -> bool:
        """Whether the books are open."""
        return self.signed_at is not None

    @property
    def report(self) -> dict[str, Any]:
        """What was signed."""
        return dict(json.loads(self.report_json)) if self.report_json else {}


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A document to be taken over, with the customer's name and id if known."""

    id: int
    number: str
    kind: str
    customer_number: str
    customer_name: str
    customer_id: int | None
    issued_on: date
    due_on: date
    currency: str
    total_minor: int
    open_minor: int
    tax_minor: int
    is_delivered: bool
    dunning_level: int
    last_dunned_on: date | None
    terms_code: str
    order_reference: str
    customer_reference: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """Something else to be taken over; `data` as its kind has it."""

    kind: str
    key: str
    customer_number: str
    customer_id: int | None
    data_json: str

    @property
    def data(self) -> dict[str, Any]:
        """The fields of the kind."""
        return dict(json.loads(self.data_json))


@dataclass(frozen=True, slots=True)
class UndeliveredRow:
    """A document taken over as not delivered, not chased until somebody confirms its delivery."""

    number: str
    customer_number: str
    customer_name: str
    issued_on: date
    due_on: date
    currency: str
    open_minor: int


@dataclass(frozen=True, slots=True)
class UndeliveredPage:
    """One page of them, and how many there are in all."""

    rows: tuple[UndeliveredRow, ...]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Since when books are kept here, and how many documents they hold; `None`: they are empty."""

    first_on: date | None
    documents: int


@dataclass(frozen=True, slots=True)
class _Sum:
    customer_number: str
    currency: str
    kind: str
    due_on: date
    documents: int
    minor: int


@dataclass(frozen=True, slots=True)
class _Finding:
    count: int
    named: list[str] | None


@dataclass(frozen=True, slots=True)
class _Count:
    kind: str
    count: int


_GOLIVE = """
    SELECT cut_over_on, begun_at, begun_by, loaders, signed_at, signed_by, note, report,
           report_sha256
      FROM golive_golive WHERE company_id = %s
"""
# The page is cut out before names are looked up: fresh rows have no statistics, and the planner
# would read all of them against all customers.
_ITEMS = """
    WITH o AS MATERIALIZED (
        SELECT * FROM golive_openingitem
         WHERE company_id = %(company_id)s AND id > %(after)s ORDER BY id LIMIT %(limit)s)
    SELECT o.id, o.number, o.kind, o.customer_number, COALESCE(c.name, ''), c.id, o.issued_on,
           o.due_on, o.currency, o.total_minor, o.open_minor, o.tax_minor, o.is_delivered,
           o.dunning_level, o.last_dunned_on, o.terms_code, o.order_reference,
           o.customer_reference
      FROM o LEFT JOIN customers_customer c
             ON c.company_id = o.company_id AND c.number = o.customer_number
     ORDER BY o.id
"""
_FACTS = """
    SELECT f.kind, f.key, f.customer_number, c.id, f.data
      FROM golive_openingfact f
      LEFT JOIN customers_customer c
             ON c.company_id = f.company_id AND c.number = f.customer_number
     WHERE f.company_id = %(company_id)s AND f.kind = %(kind)s ORDER BY f.id
"""
_SUMS = """
    SELECT customer_number, currency, kind, due_on, COUNT(*), SUM(open_minor)::bigint
      FROM golive_openingitem WHERE company_id = %s GROUP BY 1, 2, 3, 4
"""
_COUNTS = """
    SELECT CASE kind WHEN 'invoice' THEN 'opening_items' ELSE 'opening_credits' END, COUNT(*)
      FROM golive_openingitem WHERE company_id = %(company_id)s GROUP BY 1
    UNION ALL
    SELECT kind, COUNT(*) FROM golive_openingfact WHERE company_id = %(company_id)s GROUP BY 1
    UNION ALL
    SELECT 'customers', COUNT(*) FROM customers_customer WHERE company_id = %(company_id)s
"""
_ITEM = "SELECT o.number AS named FROM golive_openingitem o WHERE o.company_id = %(company_id)s"
_OWED = f"{_ITEM} AND o.kind = 'invoice'"
_FACT = "SELECT f.key AS named FROM golive_openingfact f WHERE f.company_id = %(company_id)s"
_ITEM_OF_FACT = """NOT EXISTS (
    SELECT FROM golive_openingitem o WHERE o.company_id = f.company_id AND o.kind = 'invoice'
       AND o.number = f.data ->> 'number')"""
_UNKNOWN = """NOT EXISTS (
    SELECT FROM customers_customer c WHERE c.company_id = {of}.company_id
       AND c.number = {of}.customer_number)"""
# Looked up once for all rows: a lookup per row would grow with their square.
_LATEST_ITEMS = """(o.source, o.run_id) NOT IN (
    SELECT n.source, MAX(n.run_id) FROM golive_openingitem n
     WHERE n.company_id = %(company_id)s GROUP BY n.source)"""
_LATEST_FACTS = """(f.kind, f.run_id) NOT IN (
    SELECT n.kind, MAX(n.run_id) FROM golive_openingfact n
     WHERE n.company_id = %(company_id)s GROUP BY n.kind)"""
# Each selects, as `named`, what the finding is about.
FINDINGS: Mapping[str, str] = {
    "customer_unknown": f"""
        SELECT DISTINCT customer_number AS named FROM golive_openingitem o
         WHERE o.company_id = %(company_id)s AND {_UNKNOWN.format(of="o")}
        UNION SELECT customer_number FROM golive_openingfact f
         WHERE f.company_id = %(company_id)s AND {_UNKNOWN.format(of="f")}""",
    "number_taken": f"""{_ITEM} AND EXISTS (
        SELECT FROM invoices_invoice v
         WHERE v.company_id = o.company_id AND v.number = o.number)""",
    "books_not_empty": """
        SELECT v.number AS named FROM invoices_invoice v
         WHERE v.company_id = %(company_id)s AND v.opening_minor IS NULL""",
    "issued_after_cut_over": f"{_ITEM} AND o.issued_on > %(cut_over_on)s",
    "dispute_without_item": f"{_FACT} AND f.kind = 'opening_disputes' AND {_ITEM_OF_FACT}",
    "dispute_above_open": f"""{_FACT} AND f.kind = 'opening_disputes' AND EXISTS (
        SELECT FROM golive_openingitem o WHERE o.company_id = f.company_id
           AND o.number = f.data ->> 'number' AND (f.data ->> 'minor')::bigint > o.open_minor)""",
    "promise_without_item": f"""{_FACT} AND f.kind = 'opening_promises'
        AND f.data ->> 'number' <> '' AND {_ITEM_OF_FACT}""",
    "promise_past": f"""{_FACT} AND f.kind = 'opening_promises'
        AND (f.data ->> 'due_on')::date < %(today)s""",
    "overdue_without_level": f"""{_OWED} AND o.due_on < %(cut_over_on)s
        AND o.dunning_level = 0 AND o.last_dunned_on IS NULL""",
    "level_without_date": f"{_OWED} AND o.dunning_level > 0 AND o.last_dunned_on IS NULL",
    "level_not_overdue": f"{_OWED} AND o.dunning_level > 0 AND o.due_on >= %(cut_over_on)s",
    "level_above_ladder": f"{_OWED} AND o.dunning_level > %(level_max)s",
    "dunned_after_cut_over": f"{_OWED} AND o.last_dunned_on > %(cut_over_on)s",
    "contact_missing": """
        SELECT DISTINCT o.customer_number AS named FROM golive_openingitem o
          JOIN customers_customer c
            ON c.company_id = o.company_id AND c.number = o.customer_number
         WHERE o.company_id = %(company_id)s AND o.kind = 'invoice' AND NOT EXISTS (
               SELECT FROM customers_contact p
                WHERE p.customer_id = c.id AND p.is_active AND p.email <> '')""",
    "terms_unknown": f"{_ITEM} AND o.terms_code <> '' AND o.terms_code <> ALL(%(terms)s)",
    "in_credit": f"{_ITEM} AND o.kind <> 'invoice'",
    "undelivered": f"{_OWED} AND NOT o.is_delivered",
    "due_before_issued": f"{_OWED} AND o.due_on < o.issued_on",
    "very_old": f"{_OWED} AND o.due_on < %(cut_over_on)s::date - 730",
    "limit_missing": """
        SELECT DISTINCT o.customer_number AS named FROM golive_openingitem o
         WHERE o.company_id = %(company_id)s AND o.kind = 'invoice'
           AND NOT EXISTS (SELECT FROM golive_openingfact f
                            WHERE f.company_id = o.company_id AND f.kind = 'opening_limits'
                              AND f.customer_number = o.customer_number)
           AND NOT EXISTS (SELECT FROM credit_limit l JOIN customers_customer c
                               ON c.id = l.customer_id
                            WHERE l.company_id = o.company_id
                              AND c.number = o.customer_number)""",
    "not_in_latest_file": f"""{_ITEM} AND {_LATEST_ITEMS}
        UNION ALL {_FACT} AND {_LATEST_FACTS}""",
}


_UNDELIVERED = """
      FROM contact_hold h
      JOIN invoices_item i ON i.id = h.item_id
      JOIN invoices_invoice v ON v.id = i.invoice_id
      JOIN customers_customer c ON c.id = i.customer_id
     WHERE h.company_id = %(company_id)s AND h.lifted_at IS NULL AND h.kind = 'undelivered'
       AND h.source = 'delivery:' || v.number
       AND (%(text)s = '' OR v.number ILIKE %(like)s OR c.name ILIKE %(like)s
            OR c.number ILIKE %(like)s)
"""
_LIKE_ESCAPES = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})
_STANDING = """
    SELECT LEAST((SELECT MIN(effective_on) FROM ledger_posting WHERE company_id = %(company_id)s),
                 (SELECT live_since FROM controls_company WHERE id = %(company_id)s)),
           (SELECT COUNT(*) FROM invoices_invoice WHERE company_id = %(company_id)s)
"""


def standing(company_id: int) -> Standing:
    """Return since when the books of a company are kept here, and how much they hold."""
    return sql.fetch(Standing, _STANDING, {"company_id": company_id})[0]


def undelivered(
    company_id: int, *, text: str = "", page: int = 1, size: int = 50
) -> UndeliveredPage:
    """Return a page of what waits for its delivery to be confirmed, oldest due first."""
    params = {
        "company_id": company_id,
        "text": text.strip(),
        "like": f"%{text.strip().translate(_LIKE_ESCAPES)}%",
        "size": size,
        "offset": (max(page, 1) - 1) * size,
    }
    rows = sql.fetch(
        UndeliveredRow,
        "SELECT v.number, c.number, c.name, v.issued_on, i.due_on, i.currency, i.open_minor"
        f" {_UNDELIVERED} ORDER BY i.due_on, v.number LIMIT %(size)s OFFSET %(offset)s",
        params,
    )
    total = int(sql.scalar(f"SELECT COUNT(*) {_UNDELIVERED}", params))
    return UndeliveredPage(tuple(rows), total, max(page, 1), size)


def undelivered_numbers(company_id: int) -> list[str]:
    """Return the number of every document that waits for its delivery to be confirmed."""
    params = {"company_id": company_id, "text": "", "like": ""}
    return sql.scalars(f"SELECT DISTINCT v.number {_UNDELIVERED} ORDER BY 1", params)


def going_live(company_id: int) -> GoLiveRow | None:
    """Return how far going live is; `None` when it was never begun."""
    return sql.fetch_one(GoLiveRow, _GOLIVE, [company_id])


def items(company_id: int, *, after: int = 0, limit: int = 5000) -> list[ItemRow]:
    """Return documents to be taken over, in the order of their ids from one on."""
    params = {"company_id": company_id, "after": after, "limit": limit}
    return sql.fetch(ItemRow, _ITEMS, params)


def every_item(company_id: int) -> Iterator[ItemRow]:
    """Return every document brought over, read piece by piece."""
    after = 0
    while rows := items(company_id, after=after):
        yield from rows
        after = rows[-1].id


def facts(company_id: int, kind: str) -> list[FactRow]:
    """Return what else is to be taken over, of one kind."""
    return sql.fetch(FactRow, _FACTS, {"company_id": company_id, "kind": kind})


def report(company_id: int, row: GoLiveRow, *, today: date) -> Report:
    """Return what would be signed now."""
    sums = [
        OpenSum(
            one.customer_number,
            one.currency,
            bucket_of(one.due_on, row.cut_over_on) if one.kind == "invoice" else "",
            one.documents,
            one.minor,
        )
        for one in sql.fetch(_Sum, _SUMS, [company_id])
    ]
    counts = {one.kind: one.count for one in sql.fetch(_Count, _COUNTS, {"company_id": company_id})}
    totals_files = reconciliation.files(
        company_id, kind=reconciliation.FIGURES_KIND, as_of=row.cut_over_on
    )
    figures = (
        reconciliation.figures_there(company_id, totals_files[0].import_run_id)
        if totals_files
        else []
    )
    return Report(
        cut_over_on=row.cut_over_on,
        totals=rules.totals(sums),
        checks=rules.checks(sums, figures),
        counts={kind: counts.get(kind, 0) for kind in ("customers", *rules.KINDS)},
        findings=_findings(company_id, row, today, has_items=bool(sums), is_checked=bool(figures)),
        loaders=tuple(row.loaders),
    )


def _findings(
    company_id: int, row: GoLiveRow, today: date, *, has_items: bool, is_checked: bool
) -> tuple[Finding, ...]:
    policy = policies.in_force(company_id, today)
    params = {
        "company_id": company_id,
        "cut_over_on": row.cut_over_on,
        "today": today,
        "terms": list(policy.terms),
        "level_max": max((step.level for step in policy.ladder), default=0),
        "named_max": rules.NAMED_MAX,
    }
    found = []
    if not has_items:
        found.append(Finding("nothing_loaded", 1))
    if not is_checked:
        found.append(Finding("no_control_totals", 1))
    for code, statement in FINDINGS.items():
        one = sql.fetch_one(
            _Finding,
            f"SELECT COUNT(*), (array_agg(named ORDER BY named))[1:%(named_max)s]"
            f" FROM ({statement}) found",
            params,
        )
        if one is not None and one.count:
            found.append(Finding(code, one.count, tuple(one.named or ())))
    return tuple(found)


def as_kept(found: Report) -> tuple[dict[str, Any], str]:
    """Return a report as it is kept, and its digest."""
    kept = json.loads(json.dumps(asdict(found), default=str, sort_keys=True))
    return kept, digest(kept)


_REPORT: TypeAdapter[Report] = TypeAdapter(Report)


def as_report(kept: dict[str, Any]) -> Report:
    """Return a kept report as it was signed."""
    return _REPORT.validate_python(kept)
