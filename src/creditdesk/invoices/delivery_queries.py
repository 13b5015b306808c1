"""How documents are sent, where they stand, and what is known of each delivery."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from creditdesk.invoices.delivery_rules import (
    CAME_BACK,
    DEFAULT_ROUTE,
    DELIVERED,
    UNDELIVERED,
    UNDER_WAY,
    Route,
    forms_of,
    standing,
)
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

# What is bound into one file; the rest waits for the next.
PRINTED_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class Deliverable:
    """A document issued here with all that sending it needs.

    `address` is empty where the customer's street or town is not known.
    """

    invoice_id: int
    number: str
    kind: str
    customer_id: int
    customer_name: str
    country: str
    issued_on: date
    due_on: date | None
    currency: str
    total_minor: int
    language: str
    payment_reference: str
    seller_name: str
    pdf_file_id: int
    ubl_file_id: int
    cii_file_id: int
    pdf_sha256: str
    ubl_sha256: str
    cii_sha256: str
    contact_id: int | None
    contact_name: str
    email: str
    address: str


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """A delivery under lock, as evidence finds it."""

    id: int
    document: str
    invoice_id: int | None
    customer_id: int
    channel: str
    state: str
    batch: str
    posted_on: date | None


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """An open item of an invoice that has not arrived by any delivery."""

    item_id: int
    customer_id: int
    number: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as it is shown, with what the mail server said of its message."""

    id: int
    document: str
    customer_number: str
    customer_name: str
    channel: str
    forms_json: str
    attempt: int
    state: str
    recipient: str
    message_reference: str
    message_name: str
    answer: str
    status_reason: str
    batch: str
    recorded_at: datetime
    recorded_by: str

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms that were sent."""
        return forms_of(json.loads(self.forms_json))


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A piece of evidence about a delivery."""

    delivery_id: int
    channel: str
    attempt: int
    kind: str
    happened_on: date
    code: str
    note: str
    mail_id: int | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Deliveries:
    """All that is known of how one document was sent."""

    standing: str
    rows: tuple[DeliveryRow, ...]
    evidence: tuple[EvidenceRow, ...]


@dataclass(frozen=True, slots=True)
class ToPrint:
    """A document that waits to be printed for the post, in the order of its number."""

    id: int
    document: str
    message_id: int | None
    customer_number: str
    customer_name: str
    address: str
    pdf_file_id: int
    recorded_at: datetime

    @property
    def street(self) -> str:
        """The address without the name in front of it."""
        return self.address.removeprefix(f"{self.customer_name}, ")


@dataclass(frozen=True, slots=True)
class BatchRow:
    """Documents printed together."""

    reference: str
    file_id: int
    documents: int
    pages: int
    is_both_sides: bool
    made_at: datetime
    made_by: str
    posted_on: date | None
    posted_by: str


@dataclass(frozen=True, slots=True)
class _Preference:
    customer_id: int | None
    channel: str
    forms_json: str
    email: str
    name: str
    asks_receipt: bool

    @property
    def route(self) -> Route:
        forms = forms_of(json.loads(self.forms_json))
        return Route(self.channel, forms, self.email, self.name, self.asks_receipt)


_ADDRESS = """
    CASE WHEN c.street <> '' AND c.city <> ''
         THEN concat_ws(', ', c.name, c.street, trim(c.postal_code || ' ' || c.city), c.country)
         ELSE '' END
"""
_DELIVERABLE = f"""
    SELECT v.id, v.number, v.kind, v.customer_id, c.name, c.country, v.issued_on,
           (SELECT min(due_on) FROM invoices_item WHERE invoice_id = v.id), v.currency,
           v.total_minor, d.language, d.payment_reference, s.name, d.pdf_file_id, d.ubl_file_id,
           d.cii_file_id, d.pdf_sha256, d.ubl_sha256, d.cii_sha256, p.id, coalesce(p.name, ''),
           coalesce(p.email, ''), {_ADDRESS}
      FROM invoices_issueddocument d
      JOIN invoices_invoice v ON v.id = d.invoice_id
      JOIN invoices_seller s ON s.id = d.seller_id
      JOIN customers_customer c ON c.id = v.customer_id
      LEFT JOIN LATERAL (
           SELECT id, name, email FROM customers_contact
            WHERE customer_id = c.id AND is_active
            ORDER BY is_primary DESC, (email <> '') DESC, id LIMIT 1) p ON TRUE
     WHERE d.company_id = %s AND v.number = ANY(%s) ORDER BY v.id
"""
_PREFERENCE = """
    SELECT customer_id, channel, forms, email, name, asks_receipt FROM invoices_deliverypreference
     WHERE company_id = %(company_id)s
       AND (customer_id IS NULL OR customer_id = ANY(%(customers)s::bigint[]))
"""
_STATE = """
    SELECT d.id, d.document, d.invoice_id, d.customer_id, d.channel, d.state,
           coalesce(b.reference, ''), b.posted_on
      FROM invoices_delivery d LEFT JOIN invoices_printbatch b ON b.id = d.batch_id
     WHERE d.company_id = %(company_id)s
"""
_NOT_ARRIVED = """
    SELECT i.id, i.customer_id, v.number FROM invoices_item i
      JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE i.company_id = %(company_id)s AND i.invoice_id = ANY(%(invoices)s::bigint[])
       AND NOT EXISTS (SELECT FROM invoices_delivery d
                        WHERE d.invoice_id = i.invoice_id AND d.state = ANY(%(delivered)s))
     ORDER BY i.customer_id, i.id
"""
_ROW = """
    SELECT d.id, d.document, c.number, c.name, d.channel, d.forms, d.attempt, d.state,
           coalesce(m.recipient, ''), coalesce(m.reference, ''), coalesce(m.message_id, ''),
           coalesce(m.answer, ''), coalesce(m.status_reason, ''), coalesce(b.reference, ''),
           d.recorded_at, d.recorded_by
      FROM invoices_delivery d
      JOIN customers_customer c ON c.id = d.customer_id
      LEFT JOIN contact_message m ON m.id = d.message_id
      LEFT JOIN invoices_printbatch b ON b.id = d.batch_id
     WHERE d.company_id = %(company_id)s
"""
_EVIDENCE = """
    SELECT e.delivery_id, d.channel, d.attempt, e.kind, e.happened_on, e.code, e.note, e.mail_id,
           e.recorded_at, e.recorded_by
      FROM invoices_deliveryevidence e JOIN invoices_delivery d ON d.id = e.delivery_id
     WHERE d.company_id = %(company_id)s AND d.purpose = %(purpose)s
       AND d.document = %(document)s ORDER BY e.id
"""
_TO_PRINT = f"""
    SELECT d.id, d.document, d.message_id, c.number, c.name, {_ADDRESS}, d.pdf_file_id,
           d.recorded_at
      FROM invoices_delivery d JOIN customers_customer c ON c.id = d.customer_id
     WHERE d.company_id = %(company_id)s AND d.channel = 'post' AND d.state = 'queued'
     ORDER BY d.document LIMIT %(limit)s
"""
_BATCH = """
    SELECT reference, file_id, documents, pages, is_both_sides, made_at, made_by, posted_on,
           posted_by
      FROM invoices_printbatch WHERE company_id = %(company_id)s
"""


def source(number: str) -> str:
    """Return the source under which an invoice that has not arrived holds its reminders."""
    return f"sending:{number}"


def deliverables(company_id: int, numbers: Collection[str]) -> list[Deliverable]:
    """Return the documents issued here among the numbers, oldest first."""
    return sql.fetch(Deliverable, _DELIVERABLE, [company_id, sorted(set(numbers))])


def routes(company_id: int, customer_ids: Iterable[int]) -> dict[int, Route]:
    """Return how documents are sent to each customer: their way, else the company's."""
    ids = set(customer_ids)
    own = own_routes(company_id, ids)
    usual = own.get(None, DEFAULT_ROUTE)
    return {customer_id: own.get(customer_id, usual) for customer_id in ids}


def own_route(company_id: int, customer_id: int | None) -> Route | None:
    """Return the way set for a customer, or with `None` for the company; nothing if none is."""
    return own_routes(company_id, [] if customer_id is None else [customer_id]).get(customer_id)


def own_routes(company_id: int, customer_ids: Iterable[int]) -> dict[int | None, Route]:
    """Return the ways set for these customers themselves, and under `None` the company's."""
    params = {"company_id": company_id, "customers": sorted(set(customer_ids))}
    return {row.customer_id: row.route for row in sql.fetch(_Preference, _PREFERENCE, params)}


def is_under_way(company_id: int, purpose: str, document: str, channel: str) -> bool:
    """Whether a delivery of a document by a channel has not left yet."""
    return bool(
        sql.scalar(
            "SELECT EXISTS (SELECT FROM invoices_delivery WHERE company_id = %s AND purpose = %s"
            " AND document = %s AND channel = %s AND state = ANY(%s))",
            [company_id, purpose, document, channel, sorted(UNDER_WAY)],
        )
    )


def locked_by_message(company_id: int, message_ids: Sequence[int]) -> list[DeliveryState]:
    """Return the deliveries whose messages these are, locked until the transaction ends."""
    return sql.fetch(
        DeliveryState,
        f"{_STATE} AND d.message_id = ANY(%(messages)s::bigint[]) ORDER BY d.id FOR UPDATE OF d",
        {"company_id": company_id, "messages": list(message_ids)},
    )


def locked_latest(company_id: int, documents: Sequence[str]) -> list[DeliveryState]:
    """Return the latest delivery of each document, locked until the transaction ends."""
    return sql.fetch(
        DeliveryState,
        f"""{_STATE} AND d.id IN (SELECT max(id) FROM invoices_delivery
                 WHERE company_id = %(company_id)s AND document = ANY(%(documents)s)
                 GROUP BY purpose, document) ORDER BY d.id FOR UPDATE OF d""",
        {"company_id": company_id, "documents": sorted(set(documents))},
    )


def locked_of_batch(company_id: int, reference: str) -> list[DeliveryState]:
    """Return the deliveries printed in a batch, locked until the transaction ends."""
    return sql.fetch(
        DeliveryState,
        f"{_STATE} AND b.reference = %(reference)s ORDER BY d.id FOR UPDATE OF d",
        {"company_id": company_id, "reference": reference},
    )


def messages_of(company_id: int, delivery_ids: Sequence[int]) -> list[int]:
    """Return the messages of these deliveries."""
    return sql.scalars(
        "SELECT message_id FROM invoices_delivery WHERE company_id = %s AND id = ANY(%s)"
        " AND message_id IS NOT NULL ORDER BY 1",
        [company_id, list(delivery_ids)],
    )


def items_not_arrived(company_id: int, invoice_ids: Sequence[int]) -> list[WaitingItem]:
    """Return the items of those of the invoices that no delivery has brought to the customer."""
    return sql.fetch(
        WaitingItem,
        _NOT_ARRIVED,
        {
            "company_id": company_id,
            "invoices": sorted(set(invoice_ids)),
            "delivered": sorted(DELIVERED),
        },
    )


def deliveries(company_id: int, document: str, *, purpose: str = "invoice") -> Deliveries:
    """Return how a document was sent, try by try, with everything known of it, oldest first."""
    params = {"company_id": company_id, "document": document, "purpose": purpose}
    rows = sql.fetch(
        DeliveryRow,
        f"{_ROW} AND d.purpose = %(purpose)s AND d.document = %(document)s ORDER BY d.id",
        params,
    )
    known = sql.fetch(EvidenceRow, _EVIDENCE, params)
    return Deliveries(standing([row.state for row in rows]), tuple(rows), tuple(known))


def to_print(company_id: int, *, limit: int = PRINTED_MAX) -> list[ToPrint]:
    """Return what waits to be printed for the post, by number."""
    return sql.fetch(ToPrint, _TO_PRINT, {"company_id": company_id, "limit": limit})


def batches(company_id: int, *, limit: int = 50) -> list[BatchRow]:
    """Return the batches printed, the latest first."""
    return sql.fetch(
        BatchRow,
        f"{_BATCH} ORDER BY id DESC LIMIT %(limit)s",
        {"company_id": company_id, "limit": limit},
    )


def batch(company_id: int, reference: str) -> BatchRow:
    """Return one batch; NotFound otherwise."""
    row = sql.fetch_one(
        BatchRow,
        f"{_BATCH} AND reference = %(reference)s",
        {"company_id": company_id, "reference": reference},
    )
    if row is None:
        raise NotFound("batch_unknown", f"There is no batch {reference[:60]!r}")
    return row


# As filters of lists of documents `v`: sent from here, arrived by no delivery, none on its way.
_FAILED = ", ".join(f"'{one}'" for one in sorted(UNDELIVERED))
_NONE_ARRIVED = f"""
    EXISTS (SELECT FROM invoices_delivery d WHERE d.invoice_id = v.id)
    AND NOT EXISTS (SELECT FROM invoices_delivery d
                     WHERE d.invoice_id = v.id AND d.state NOT IN ({_FAILED}))
"""
LIST_FILTERS = {
    "undelivered": _NONE_ARRIVED,
    "bounced": f"""{_NONE_ARRIVED} AND EXISTS (
        SELECT FROM invoices_delivery d WHERE d.invoice_id = v.id
           AND d.id = (SELECT max(l.id) FROM invoices_delivery l WHERE l.invoice_id = v.id)
           AND d.state IN ({", ".join(f"'{one}'" for one in sorted(CAME_BACK))}))""",
}
