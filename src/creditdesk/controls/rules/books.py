"""Whose books count: documents are issued here, or come from an ERP. Pure."""

from typing import Final

BOOK_OWN: Final = "own"
BOOK_ERP: Final = "erp"
BOOKS: Final = (BOOK_OWN, BOOK_ERP)
