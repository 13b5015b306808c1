"""CSV and XLSX files from outside as plain tables of text, parsed in a confined child process."""

from creditdesk.plumbing.tables.reading import parse, read_table
from creditdesk.plumbing.tables.values import FILE_BYTES_MAX, Limits, Request, Table

__all__ = ["FILE_BYTES_MAX", "Limits", "Request", "Table", "parse", "read_table"]
