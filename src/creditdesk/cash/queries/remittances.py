"""Remittance advices: what waits, what serves which payment, what was refused; their lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from creditdesk.cash.rules import OpenItem
from creditdesk.cash.rules.advices import Advice, AdvisedLine
from creditdesk.cash.rules.shortfall import Way
from creditdesk.cash.rules.withheld import NOTE_LENGTH_MAX, named
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

STATUSES: Final = ("read", "tied", "refused", "set_aside")
MAILS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class AdviceRow:
    """An advice as it is listed; empty or None where it does not say."""

    id: int
    reference: str
    source: str
    file_id: int | None
    mail_id: int | None
    filename: str
    format: str
    payer_name: str
    customer_id: int | None
    customer_number: str
    customer_name: str
    told_reference: str
    paid_on: date | None
    currency: str
    total_minor: int | None
    lines: int
    deduction_minor: int
    status: str
    fault_code: str
    fault_text: str
    fault_place: str
    fault_mend: str
    payment_reference: str
    tied_by: str
    settled_by: str
    settled_why: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class AdviceLineRow:
    """One line; `is_known`: a document of this number was issued here."""

    line_no: int
    number: str
    paid_minor: int
    deduction_minor: int
    reason: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class AdvicePage:
    """One page of advices, and how many there are in all."""

    rows: tuple[AdviceRow, ...]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class _Count:
    status: str
    count: int


@dataclass(frozen=True, slots=True)
class _Waiting:
    id: int
    reference: str
    currency: str
    total_minor: int
    about_on: date
    customer_id: int | None
    payer_name: str
    told_reference: str
    payment_id: int | None


@dataclass(frozen=True, slots=True)
class _Line:
    advice_id: int
    number: str
    number_key: str
    paid_minor: int
    deduction_minor: int
    reason: str


@dataclass(frozen=True, slots=True)
class UnreadMail:
    """A mail nobody looked through for advices yet."""

    id: int
    filename: str
    customer_id: int | None


_ADVICE = """
    SELECT a.id, a.reference, a.source, a.file_id, a.mail_id, a.filename, a.format, a.payer_name,
           a.customer_id, coalesce(c.number, ''), coalesce(c.name, ''), a.told_reference,
           a.paid_on, a.currency, a.total_minor, coalesce(n.lines, 0),
           coalesce(n.deduction, 0)::bigint, a.status, a.fault_code, a.fault_text, a.fault_place,
           a.fault_mend, coalesce(p.reference, ''), a.tied_by, a.settled_by, a.settled_why,
           a.recorded_at, a.recorded_by
      FROM cash_remittanceadvice a
      LEFT JOIN customers_customer c ON c.id = a.customer_id
      LEFT JOIN cash_payment p ON p.id = a.payment_id
      LEFT JOIN LATERAL (SELECT count(*) AS lines, sum(deduction_minor) AS deduction
                           FROM cash_adviceline WHERE advice_id = a.id) n ON TRUE
     WHERE a.company_id = %(company_id)s
"""
_WANTED = "AND (%(status)s = '' OR a.status = %(status)s)"
_TIED_LINES = """
    SELECT l.advice_id, l.number, l.number_key, l.paid_minor, l.deduction_minor, l.reason
      FROM cash_adviceline l
     WHERE l.company_id = %(company_id)s AND l.advice_id = ANY(%(ids)s)
     ORDER BY l.advice_id, l.line_no
"""


def advices(company_id: int, *, status: str = "", page: int = 1, size: int = 50) -> AdvicePage:
    """Return a page of advices of one status or of all, the newest first."""
    params = {
        "company_id": company_id, "status": status, "size": size,
        "offset": (max(page, 1) - 1) * size,
    }  # fmt: skip
    total = int(
        sql.scalar(
            "SELECT count(*) FROM cash_remittanceadvice a"
            f" WHERE a.company_id = %(company_id)s {_WANTED}",
            params,
        )
    )
    rows = sql.fetch(
        AdviceRow,
        f"{_ADVICE} {_WANTED} ORDER BY a.id DESC LIMIT %(size)s OFFSET %(offset)s",
        params,
    )
    return AdvicePage(tuple(rows), total, max(page, 1), size)


def advice_counts(company_id: int) -> dict[str, int]:
    """Return how many advices stand in each status."""
    rows = sql.fetch(
        _Count,
        "SELECT status, count(*) FROM cash_remittanceadvice WHERE company_id = %s GROUP BY 1",
        [company_id],
    )
    return {row.status: row.count for row in rows}


def advice(company_id: int, reference: str) -> AdviceRow:
    """Return one advice by its reference; NotFound otherwise."""
    row = sql.fetch_one(
        AdviceRow,
        f"{_ADVICE} AND a.reference = %(reference)s",
        {"company_id": company_id, "reference": reference},
    )
    if row is None:
        raise NotFound("advice_unknown", "There is no such remittance advice")
    return row


def advice_lines(company_id: int, advice_id: int) -> list[AdviceLineRow]:
    """Return the lines of an advice in order."""
    rows = sql.fetch(_Line, _TIED_LINES, {"company_id": company_id, "ids": [advice_id]})
    known = known_documents(company_id, {row.number_key for row in rows})
    return [
        AdviceLineRow(
            n, row.number, row.paid_minor, row.deduction_minor, row.reason,
            row.number_key in known,
        )
        for n, row in enumerate(rows, 1)
    ]  # fmt: skip


def advices_of_payment(company_id: int, payment_id: int) -> list[AdviceRow]:
    """Return the advices that serve a payment."""
    return sql.fetch(
        AdviceRow,
        f"{_ADVICE} AND a.payment_id = %(payment_id)s ORDER BY a.id",
        {"company_id": company_id, "payment_id": payment_id},
    )


def waiting_advices(company_id: int) -> list[Advice]:
    """Return the advices whose payment was not found yet, the oldest first."""
    return [one for one, _ in _told(company_id, "a.status = 'read'", {})]


def tied_advices(company_id: int, payment_ids: Collection[int]) -> dict[int, list[Advice]]:
    """Return the advices tied to these payments, by payment."""
    found: dict[int, list[Advice]] = {}
    where = "a.status = 'tied' AND a.payment_id = ANY(%(payments)s)"
    for one, payment_id in _told(company_id, where, {"payments": sorted(payment_ids)}):
        if payment_id is not None:
            found.setdefault(payment_id, []).append(one)
    return found


def _told(
    company_id: int, where: str, more: dict[str, object]
) -> Iterable[tuple[Advice, int | None]]:
    rows = sql.fetch(
        _Waiting,
        f"""
        SELECT a.id, a.reference, a.currency, a.total_minor,
               coalesce(a.paid_on, a.recorded_at::date), a.customer_id, a.payer_name,
               a.told_reference, a.payment_id
          FROM cash_remittanceadvice a
         WHERE a.company_id = %(company_id)s AND a.total_minor IS NOT NULL AND {where}
         ORDER BY a.id
        """,
        {"company_id": company_id} | more,
    )
    if not rows:
        return
    lines: dict[int, list[_Line]] = {}
    params = {"company_id": company_id, "ids": [row.id for row in rows]}
    for line in sql.fetch(_Line, _TIED_LINES, params):
        lines.setdefault(line.advice_id, []).append(line)
    keys = {one.number_key for mine in lines.values() for one in mine}
    known = known_documents(company_id, keys)
    for row in rows:
        mine = lines.get(row.id, [])
        owners = {known[one.number_key].customer_id for one in mine if one.number_key in known}
        owners |= {row.customer_id} if row.customer_id is not None else set()
        told = Advice(
            advice_id=row.id,
            reference=row.reference,
            currency=row.currency,
            total_minor=row.total_minor,
            about_on=row.about_on,
            lines=tuple(
                AdvisedLine(
                    one.number, one.number_key, one.paid_minor, one.deduction_minor, one.reason
                )
                for one in mine
            ),
            customer_ids=frozenset(owners),
            payer_name=row.payer_name,
            told_reference=row.told_reference,
        )
        yield told, row.payment_id


@dataclass(frozen=True, slots=True)
class Named:
    """What an advice keeps back of a document: the way that is, a deduction's reason, its words."""

    minor: int
    way: Way
    reason: str
    text: str


def named_shorts(company_id: int, payment_id: int) -> dict[str, Named]:
    """Return what the advices of a payment keep back, by number key; two of one say nothing."""
    found: dict[str, Named] = {}
    twice: set[str] = set()
    for advice in tied_advices(company_id, [payment_id]).get(payment_id, ()):
        for line in advice.lines:
            if line.deduction_minor > 0:
                if line.number_key in found:
                    twice.add(line.number_key)
                way, reason = named(line.reason)
                note = line.reason.strip()[:NOTE_LENGTH_MAX]
                found[line.number_key] = Named(line.deduction_minor, way, reason, note)
    return {key: one for key, one in found.items() if key not in twice}


def documents(company_id: int, keys: Collection[str], currency: str) -> dict[str, list[OpenItem]]:
    """Return the open items of the documents with these number keys, in due order."""
    ids = sql.scalars(
        "SELECT i.id FROM invoices_item i JOIN invoices_invoice v ON v.id = i.invoice_id"
        " WHERE v.company_id = %s AND v.number_key = ANY(%s) AND i.open_minor > 0"
        " AND i.currency = %s",
        [company_id, sorted(set(keys)), currency],
    )
    every = invoices.items_by_id(company_id, ids).values()
    rows = sorted(every, key=lambda item: (item.due_on, item.item_id))
    found: dict[str, list[OpenItem]] = {}
    for row in rows:
        found.setdefault(row.number_key, []).append(row)
    return found


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """A document of the company by its number's key."""

    number_key: str
    number: str
    customer_id: int
    currency: str


def known_documents(company_id: int, keys: Collection[str]) -> dict[str, KnownDocument]:
    """Return the documents with these number keys, settled ones too; ambiguous keys left out."""
    rows = sql.fetch(
        KnownDocument,
        """
        SELECT number_key, min(number), min(customer_id), min(currency) FROM invoices_invoice
         WHERE company_id = %s AND number_key = ANY(%s) AND kind <> 'credit_note'
         GROUP BY 1 HAVING count(DISTINCT customer_id) = 1
        """,
        [company_id, sorted(set(keys))],
    )
    return {row.number_key: row for row in rows}


def unread_mails(company_id: int) -> list[UnreadMail]:
    """Return the mails not looked through yet, the oldest first."""
    return sql.fetch(
        UnreadMail,
        """
        SELECT i.id, i.filename, i.customer_id FROM contact_inboxmail i
         WHERE i.company_id = %s AND i.status <> 'refused' AND length(i.content) > 0
           AND NOT EXISTS (SELECT FROM cash_mailread r
                            WHERE r.company_id = i.company_id AND r.mail_id = i.id)
         ORDER BY i.id LIMIT %s
        """,
        [company_id, MAILS_AT_ONCE],
    )
