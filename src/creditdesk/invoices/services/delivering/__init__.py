"""Documents sent to their customers, and what is known to have become of each."""

from creditdesk.invoices.services.delivering.evidence import (
    confirm,
    note_failed,
    note_reported,
    note_returned,
    note_seen,
    note_sent,
    note_withdrawn,
)
from creditdesk.invoices.services.delivering.preferring import set_route
from creditdesk.invoices.services.delivering.printing import Printed, mark_posted, print_batch
from creditdesk.invoices.services.delivering.sending import (
    BATCH_MAX,
    PAY_AT,
    Enclosure,
    Outgoing,
    Sent,
    deliver,
    deliver_issued,
    send_out,
)

__all__ = [
    "BATCH_MAX",
    "PAY_AT",
    "Enclosure",
    "Outgoing",
    "Printed",
    "Sent",
    "confirm",
    "deliver",
    "deliver_issued",
    "mark_posted",
    "note_failed",
    "note_reported",
    "note_returned",
    "note_seen",
    "note_sent",
    "note_withdrawn",
    "print_batch",
    "send_out",
    "set_route",
]
