"""Facts the invoices room announces, one per batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from creditdesk.plumbing.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicesRecorded(Event):
    """Invoices were issued or imported; their items stand in the books."""

    name: ClassVar[str] = "invoices.recorded"
    customer_ids: tuple[int, ...]
    item_ids: tuple[int, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicesIssued(Event):
    """Invoices were issued here, with documents found valid; they are on their way."""

    name: ClassVar[str] = "invoices.issued"
    invoice_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsDelivered(Event):
    """These documents reached their customers, as far as anybody can know."""

    name: ClassVar[str] = "invoices.delivered"
    delivery_ids: tuple[int, ...]
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveriesFailed(Event):
    """These deliveries came back or never left: their documents must go another way."""

    name: ClassVar[str] = "invoices.deliveries_failed"
    delivery_ids: tuple[int, ...]
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicesCredited(Event):
    """Credit notes were recorded; `item_ids` are the items they lowered."""

    name: ClassVar[str] = "invoices.credited"
    credit_note_ids: tuple[int, ...]
    customer_ids: tuple[int, ...]
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsSettled(Event):
    """Nothing is open any more on these items."""

    name: ClassVar[str] = "invoices.items_settled"
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsReopened(Event):
    """Something is open again on these items."""

    name: ClassVar[str] = "invoices.items_reopened"
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsClosedElsewhere(Event):
    """The ERP settled these items; they were lowered here by closures that name it."""

    name: ClassVar[str] = "invoices.items_closed_elsewhere"
    item_ids: tuple[int, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosuresUndone(Event):
    """Closures the ERP was said to have made were a mistake; their items are open again."""

    name: ClassVar[str] = "invoices.closures_undone"
    closure_ids: tuple[int, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargesMade(Event):
    """Late interest and compensation were charged through a day, or taken back as paid earlier."""

    name: ClassVar[str] = "invoices.charged"
    through: date
    charge_ids: tuple[int, ...]
    reversal_ids: tuple[int, ...]
    customer_ids: tuple[int, ...]
    document_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargesWaived(Event):
    """Charges for paying late were waived by somebody, with a reason."""

    name: ClassVar[str] = "invoices.charges_waived"
    waiver_ids: tuple[int, ...]
    customer_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsWrittenOff(Event):
    """Others approved it and what was open of these items was written off, whole or in part."""

    name: ClassVar[str] = "invoices.written_off"
    reference: str
    write_off_ids: tuple[int, ...]
    item_ids: tuple[int, ...]
    customer_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffsTakenBack(Event):
    """What was written off is owed again: money came in after all, or it was a mistake."""

    name: ClassVar[str] = "invoices.write_offs_taken_back"
    act: str
    write_off_ids: tuple[int, ...]
    item_ids: tuple[int, ...]
    customer_ids: tuple[int, ...]
