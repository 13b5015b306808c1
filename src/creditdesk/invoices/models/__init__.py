"""Tables of invoices: the books, what was issued here, and how it was sent."""

from creditdesk.invoices.models.books import (
    Charge,
    Closure,
    CreditApplication,
    Invoice,
    Item,
)
from creditdesk.invoices.models.issued import (
    IssuedDocument,
    IssuedLine,
    IssuedTax,
    Seller,
)
from creditdesk.invoices.models.sent import (
    Delivery,
    DeliveryEvidence,
    DeliveryPreference,
    PrintBatch,
)

__all__ = [
    "Charge",
    "Closure",
    "CreditApplication",
    "Delivery",
    "DeliveryEvidence",
    "DeliveryPreference",
    "Invoice",
    "IssuedDocument",
    "IssuedLine",
    "IssuedTax",
    "Item",
    "PrintBatch",
    "Seller",
]
