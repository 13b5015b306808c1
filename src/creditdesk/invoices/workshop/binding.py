"""In the child: documents of ours bound into one file for the printer."""

from __future__ import annotations

import io
import json

from pypdf import PdfReader, PdfWriter


def serve(name: str, blobs: list[bytes]) -> bytes:
    """Answer `pages` with how many pages each file has, `bind` with all files as one."""
    if name == "pages":
        return json.dumps([len(PdfReader(io.BytesIO(blob)).pages) for blob in blobs]).encode()
    if name != "bind":
        raise ValueError(name)
    with PdfWriter() as writer:
        for blob in blobs:
            writer.append(PdfReader(io.BytesIO(blob)), import_outline=False)
        # Every document brings the same fonts: once is enough.
        writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
        bound = io.BytesIO()
        writer.write(bound)
        return bound.getvalue()
