"""In the child: documents of ours bound into one file for the printer."""

from __future__ import annotations

import io
import json

from pypdf import PdfReader, PdfWriter


def serve(name: str, blobs: list[bytes]) -> bytes:
    """Answer `pages` with how many pages each file has, `bind` with all files as one.

    `bind_both_sides` begins each file on a fresh sheet of a printer that prints on both sides.
    """
    if name == "pages":
        return json.dumps([len(PdfReader(io.BytesIO(blob)).pages) for blob in blobs]).encode()
    if name not in {"bind", "bind_both_sides"}:
        raise ValueError(name)
    with PdfWriter() as writer:
        for blob in blobs:
            if name == "bind_both_sides" and len(writer.pages) % 2:
                writer.add_blank_page()
            writer.append(PdfReader(io.BytesIO(blob)), import_outline=False)
        # Every document brings the same fonts: once is enough.
        writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
        bound = io.BytesIO()
        writer.write(bound)
        return bound.getvalue()
