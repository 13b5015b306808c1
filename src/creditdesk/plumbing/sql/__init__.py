"""Set-based SQL in one place: typed fetches and COPY into tables."""

from creditdesk.plumbing.sql.copying import copy_columns, copy_lines, copy_rows, copy_text
from creditdesk.plumbing.sql.cursors import DRIVER_KEEPS, Counting, all_planned, compact
from creditdesk.plumbing.sql.fetching import (
    Params,
    Row,
    execute,
    fetch,
    fetch_in_parts,
    fetch_one,
    next_ids,
    scalar,
    scalar_of_bytes,
    scalars,
)
from creditdesk.plumbing.sql.sending import Sent, ahead, is_ahead, send, send_bytes
from creditdesk.plumbing.sql.texts import array, column_names
from creditdesk.plumbing.sql.transactions import in_transaction

__all__ = [
    "DRIVER_KEEPS",
    "Counting",
    "Params",
    "Row",
    "Sent",
    "ahead",
    "all_planned",
    "array",
    "column_names",
    "compact",
    "copy_columns",
    "copy_lines",
    "copy_rows",
    "copy_text",
    "execute",
    "fetch",
    "fetch_in_parts",
    "fetch_one",
    "in_transaction",
    "is_ahead",
    "next_ids",
    "scalar",
    "scalar_of_bytes",
    "scalars",
    "send",
    "send_bytes",
]
