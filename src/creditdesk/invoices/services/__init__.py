"""Writers of the invoices: recording, crediting, settling, imports."""

from creditdesk.invoices.services.crediting import credit, record_credit_notes
from creditdesk.invoices.services.recording import record
from creditdesk.invoices.services.settling import reopen, settle

__all__ = ["credit", "record", "record_credit_notes", "reopen", "settle"]
