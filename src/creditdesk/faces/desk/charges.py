"""A document that charges something, in words: what it is for, and each charge on it."""

from __future__ import annotations

from dataclasses import dataclass

from creditdesk.invoices import charge_queries as reads
from creditdesk.invoices import wording
from creditdesk.invoices.charge_queries import ChargeRow
from creditdesk.invoices.queries import InvoiceRow


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One charge on a document, in words."""

    row: ChargeRow
    kind: str
    law: str


@dataclass(frozen=True, slots=True)
class ChargeDocument:
    """What a document of charges is called, and what it charges on which invoice."""

    title: str
    lines: tuple[ChargeLine, ...]


def of_document(company_id: int, invoice: InvoiceRow) -> ChargeDocument:
    """Return a document of charges in the reader's words."""
    rows = reads.on_document(company_id, invoice.customer_id, invoice.id)
    lines = [
        ChargeLine(row, wording.charge_kind(row.kind), wording.law(row.law) if row.law else "")
        for row in rows
    ]
    return ChargeDocument(wording.charge_title({row.kind for row in rows}), tuple(lines))
