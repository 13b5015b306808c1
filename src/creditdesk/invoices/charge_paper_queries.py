"""Documents of charges as papers: what each says, what sending it needs, which never left."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from creditdesk.controls import queries as controls
from creditdesk.invoices import delivery_queries, issued_queries
from creditdesk.invoices.delivery_queries import Deliverable
from creditdesk.invoices.documents.values import Account, Address, Contact, Party
from creditdesk.plumbing import queries as files
from creditdesk.plumbing import sql

UNSENT_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class ChargeHead:
    """A document of charges: whose it is, over how much, and its kept page if it has one."""

    invoice_id: int
    number: str
    customer_id: int
    customer_number: str
    issued_on: date
    due_on: date
    currency: str
    total_minor: int
    pdf_file_id: int


@dataclass(frozen=True, slots=True)
class ChargedOn:
    """One charge as its document says it, whatever of it was taken back since."""

    kind: str
    invoice_number: str
    instalment: int
    due_on: date
    minor: int
    through_on: date
    law: str
    breakdown_json: str

    @property
    def breakdown(self) -> dict[str, Any]:
        """How the amount came about, as the charge keeps it."""
        found: dict[str, Any] = json.loads(self.breakdown_json)
        return found


_HEAD = """
    SELECT v.id, v.number, v.customer_id, c.number, v.issued_on, i.due_on, v.currency,
           v.total_minor, coalesce(p.pdf_file_id, 0)
      FROM invoices_invoice v
      JOIN customers_customer c ON c.id = v.customer_id
      JOIN invoices_item i ON i.invoice_id = v.id
      LEFT JOIN invoices_chargepaper p ON p.invoice_id = v.id
     WHERE v.company_id = %s AND v.number = ANY(%s) AND v.kind = 'charge'
       AND EXISTS (SELECT FROM invoices_charge g
                    WHERE g.document_id = v.id AND g.act = 'charge')
     ORDER BY v.id
"""
_CHARGES = """
    SELECT g.kind, v.number, i.instalment, i.due_on, g.minor, g.through_on, g.law,
           g.breakdown::text
      FROM invoices_charge g
      JOIN invoices_item i ON i.id = g.item_id
      JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE g.company_id = %s AND g.document_id = %s AND g.act = 'charge'
     ORDER BY i.due_on, v.number, i.instalment, g.kind DESC, g.id
"""
_DELIVERABLE = """
    SELECT v.id, v.number, v.kind, v.customer_id, c.name, c.country, v.issued_on,
           (SELECT min(due_on) FROM invoices_item WHERE invoice_id = v.id), v.currency,
           v.total_minor, coalesce(p.language, c.language), '', '', coalesce(p.pdf_file_id, 0),
           0, 0, coalesce(p.pdf_sha256, ''), '', '', k.id, coalesce(k.name, ''),
           coalesce(k.email, ''),
           CASE WHEN c.street <> '' AND c.city <> ''
                THEN concat_ws(', ', c.name, c.street, trim(c.postal_code || ' ' || c.city),
                               c.country)
                ELSE '' END
      FROM invoices_invoice v
      JOIN customers_customer c ON c.id = v.customer_id
      LEFT JOIN invoices_chargepaper p ON p.invoice_id = v.id
      LEFT JOIN LATERAL (
           SELECT id, name, email FROM customers_contact
            WHERE customer_id = c.id AND is_active
            ORDER BY is_primary DESC, (email <> '') DESC, id LIMIT 1) k ON TRUE
     WHERE v.company_id = %s AND v.number = ANY(%s) AND v.kind = 'charge'
       AND EXISTS (SELECT FROM invoices_charge g
                    WHERE g.document_id = v.id AND g.act = 'charge')
     ORDER BY v.id
"""
_UNSENT = """
    SELECT v.number FROM invoices_invoice v
     WHERE v.company_id = %s
       AND v.id IN (SELECT document_id FROM invoices_charge
                     WHERE act = 'charge' AND document_id IS NOT NULL AND company_id = %s)
       AND EXISTS (SELECT FROM invoices_item i WHERE i.invoice_id = v.id AND i.open_minor > 0)
       AND NOT EXISTS (SELECT FROM invoices_delivery d WHERE d.invoice_id = v.id)
     ORDER BY v.id LIMIT %s
"""


def heads(company_id: int, numbers: Collection[str]) -> list[ChargeHead]:
    """Return the documents of charges among the numbers, oldest first."""
    return sql.fetch(ChargeHead, _HEAD, [company_id, sorted(set(numbers))])


def charges_on(company_id: int, invoice_id: int) -> list[ChargedOn]:
    """Return what a document charges, by due date and invoice, interest first."""
    return sql.fetch(ChargedOn, _CHARGES, [company_id, invoice_id])


def deliverables(company_id: int, numbers: Collection[str]) -> list[Deliverable]:
    """Return the documents of charges among the numbers with what sending them needs.

    Without a kept page the file is 0. Payment reference and seller stand on the page alone.
    """
    return sql.fetch(Deliverable, _DELIVERABLE, [company_id, sorted(set(numbers))])


def to_send(company_id: int, numbers: Collection[str]) -> list[Deliverable]:
    """Return what can be sent among the numbers: issued documents, then those of charges."""
    issued = delivery_queries.deliverables(company_id, numbers)
    rest = set(numbers) - {one.number for one in issued}
    return [*issued, *(deliverables(company_id, rest) if rest else ())]


def unsent(company_id: int, *, limit: int = UNSENT_MAX) -> list[str]:
    """Return the numbers of documents of charges, still owed, that nobody tried to send."""
    return sql.scalars(_UNSENT, [company_id, company_id, limit])


def kept_page(company_id: int, number: str) -> files.KeptFile | None:
    """Return the page of a document of charges as it left; nothing before it was kept."""
    found: Sequence[ChargeHead] = heads(company_id, [number])
    if not found or not found[0].pdf_file_id:
        return None
    return files.kept_file(company_id, found[0].pdf_file_id)


def writer(company_id: int, on: date) -> tuple[Party, Account | None]:
    """Return who writes a paper: the seller in force, else the company; and where is paid."""
    row = issued_queries.seller(company_id, on)
    if row is not None:
        return row.particulars.party, row.particulars.paid_to
    company = controls.company(company_id)
    street, _, rest = company.address.partition("\n")
    address = Address(country=company.country, street=street, extra=rest.replace("\n", ", "))
    person = Contact("", company.phone, company.sender_email)
    return Party(name=company.name, address=address, contact=person), None
