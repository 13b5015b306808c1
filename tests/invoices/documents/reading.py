"""A PDF read back with a library that had no part in writing it."""

from __future__ import annotations

import io
import re

from pypdf import PdfReader


def reader(pdf: bytes) -> PdfReader:
    """Return the file; strict, so that a wrong place or a missing object raises."""
    return PdfReader(io.BytesIO(pdf), strict=True)


def attached(pdf: bytes) -> dict[str, bytes]:
    """Return the files carried inside by name."""
    return {name: contents[0] for name, contents in reader(pdf).attachments.items()}


def texts(pdf: bytes) -> str:
    """Return the text of all pages, spaces made ordinary and hyphenation undone."""
    whole = "\n".join(page.extract_text() for page in reader(pdf).pages)
    return re.sub(r"[\u00a0\u202f]", " ", whole).replace("\u200b", "")
