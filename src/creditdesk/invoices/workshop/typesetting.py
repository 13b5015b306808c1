"""In the child: pages set by typst, from our own template and fonts alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import typst

_STANDARDS: Final[list[typst.PDFStandard]] = ["a-3a", "ua-1"]
MISSING_GLYPH: Final = "could not be displayed with font"


def serve(name: str, blobs: list[bytes]) -> bytes:
    """Answer `page` or `sheet` (template, data as JSON, seconds since 1970) with a PDF.

    A template is one of our own files; that of a page is put behind the frame that each has.
    """
    if name == "warm":
        _compiler("")
        return b""
    if name not in _FRAMES:
        raise ValueError(name)
    template, data, attachment, moment, fonts = blobs
    compiler = _compiler(fonts.decode())
    inputs = {"data": data.decode(), "attachment": attachment.decode()}
    done = compiler.compile(
        input=_FRAMES[name]() + _template(template.decode()),
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=_STANDARDS,
        timestamp=json.loads(moment),
    )
    if not isinstance(done, bytes):
        raise TypeError("typst gave no single file")
    return done


@cache
def _template(name: str) -> bytes:
    package, _, stem = name.rpartition(".")
    return files(package).joinpath(f"{stem}.typ").read_bytes()


@cache
def _frame() -> bytes:
    return files("creditdesk.invoices.paper").joinpath("frame.typ").read_bytes()


_FRAMES: Final[Mapping[str, Callable[[], bytes]]] = {"page": _frame, "sheet": bytes}


@cache
def _compiler(folder: str) -> typst.Compiler:
    """Return a compiler that sees neither the system's fonts nor any package."""
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[folder] if folder else [])
    return typst.Compiler(
        font_paths=fonts,
        ignore_system_fonts=True,
        package_path="/nonexistent",
        package_cache_path="/nonexistent",
    )
