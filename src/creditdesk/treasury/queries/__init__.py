"""What the treasury reads: refunds, files, mandates, collections."""

from creditdesk.treasury.queries.collectable import debited
from creditdesk.treasury.queries.listings import (
    CreditorRow,
    FileRow,
    MandateRow,
    RefundRow,
    RunRow,
    creditor,
    files,
    free_credit,
    mandates,
    refunds,
    runs,
)

__all__ = [
    "CreditorRow",
    "FileRow",
    "MandateRow",
    "RefundRow",
    "RunRow",
    "creditor",
    "debited",
    "files",
    "free_credit",
    "mandates",
    "refunds",
    "runs",
]
