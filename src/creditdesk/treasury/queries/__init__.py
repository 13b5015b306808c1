"""What the treasury reads: refunds, files, mandates, collections."""

from creditdesk.treasury.queries.listings import (
    FileRow,
    MandateRow,
    RefundRow,
    RunRow,
    files,
    mandates,
    refunds,
    runs,
)

__all__ = [
    "FileRow",
    "MandateRow",
    "RefundRow",
    "RunRow",
    "files",
    "mandates",
    "refunds",
    "runs",
]
