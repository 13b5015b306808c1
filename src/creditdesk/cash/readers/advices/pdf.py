"""The text of a PDF, page by page; for the confined child only."""

from __future__ import annotations

import contextlib
import importlib
import io
import logging

from pypdf import PdfReader

from creditdesk.cash.readers.advices.texts import read_text, said
from creditdesk.cash.readers.advices.values import (
    PAGES_MAX,
    TEXT_CHARACTERS_MAX,
    ToldAdvice,
    advice_refusal,
)
from creditdesk.kernel.errors import DomainError

# What the library loads from disk only when it meets it: the caged child may open no file.
for _late in ("pypdf.filters", "pypdf._codecs._codecs"):
    with contextlib.suppress(ImportError):
        importlib.import_module(_late)

MEND = "Ask the payer for the advice as a PDF with text, CSV or XLSX; a scanned picture is none"


def read(payload: tuple[bytes, str]) -> ToldAdvice:
    """Return the advice of (data, filename); what the confined child calls."""
    data, filename = payload
    return said(read_text(pdf_text(data, filename), "pdf"), filename)


def pdf_text(data: bytes, file: str) -> str:
    """Return the text of the pages; Invalid where there is none, or no PDF."""
    logging.disable(logging.CRITICAL)  # what the library would say of a hostile file goes nowhere
    try:
        text = _text(data, file)
    except (DomainError, MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - a hostile file makes the library raise anything
        raise advice_refusal(
            "advice_unreadable", "this PDF cannot be read", file=file, mend=MEND
        ) from None
    if not text.strip():
        raise advice_refusal("advice_unreadable", "the PDF has no text", file=file, mend=MEND)
    return text[:TEXT_CHARACTERS_MAX]


def _text(data: bytes, file: str) -> str:
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        raise advice_refusal(
            "advice_locked", "the PDF is protected by a password", file=file,
            mend="Ask the payer for it without a password",
        )  # fmt: skip
    if len(reader.pages) > PAGES_MAX:
        raise advice_refusal(
            "advice_too_long", f"the PDF has more than {PAGES_MAX} pages", file=file,
            mend="Split it, one file for each payment",
        )  # fmt: skip
    text = ""
    for page in reader.pages:
        text += page.extract_text(extraction_mode="layout") + "\n"
        if len(text) > TEXT_CHARACTERS_MAX:
            break
    return text
