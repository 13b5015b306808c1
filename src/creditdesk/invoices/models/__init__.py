"""Tables of invoices: the books, what was issued here, how it was sent, what recurs, is lost."""

from creditdesk.invoices.models.beside import (
    ChargePaper,
    IssuedAllowance,
    IssuedOffer,
    Replacement,
)
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
from creditdesk.invoices.models.recurring import RecurringDocument, RecurringPlan
from creditdesk.invoices.models.sent import (
    Delivery,
    DeliveryEvidence,
    DeliveryPreference,
    PrintBatch,
)
from creditdesk.invoices.models.written_off import WriteOff

__all__ = [
    "Charge",
    "ChargePaper",
    "Closure",
    "CreditApplication",
    "Delivery",
    "DeliveryEvidence",
    "DeliveryPreference",
    "Invoice",
    "IssuedAllowance",
    "IssuedDocument",
    "IssuedLine",
    "IssuedOffer",
    "IssuedTax",
    "Item",
    "PrintBatch",
    "RecurringDocument",
    "RecurringPlan",
    "Replacement",
    "Seller",
    "WriteOff",
]
