"""Remittance advices that somebody could send, good and hostile."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

GOOD: Final = b"Invoice number;Amount paid;Reason\nINV-1001;95,00;\n"


@dataclass(frozen=True, slots=True)
class AdviceSample:
    """A file, and the code of its refusal; None where it is read."""

    name: str
    build: Callable[[], bytes]
    code: str | None


_PAGE: Final = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    b" /Resources << /Font << /F1 5 0 R >> >> >>"
)


def _objects(objects: Sequence[bytes]) -> bytes:
    out, places = b"%PDF-1.4\n", []
    for n, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return out + tail % (len(objects) + 1, start)


def pdf(*lines: str) -> bytes:
    """Return a PDF of one page with these lines of text."""
    shown = " ".join(f"({line}) Tj T*" for line in lines)
    return _page(f"BT /F1 10 Tf 40 800 Td 14 TL {shown} ET".encode())


def _page(stream: bytes, filters: bytes = b"", kids: bytes = b"[3 0 R]", count: int = 1) -> bytes:
    return _objects(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids %s /Count %d >>" % (kids, count),
            _PAGE,
            b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(stream), filters, stream),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
        ]
    )


def _bomb() -> bytes:
    return _page(zlib.compress(b"(x) Tj " * 30_000_000, 9), b"/Filter /FlateDecode")


def _many_pages() -> bytes:
    return _page(b"BT ET", kids=b"[" + b"3 0 R " * 5_000 + b"]", count=5_000)


SAMPLES: Final = (
    AdviceSample("good", lambda: GOOD, None),
    AdviceSample("good_pdf", lambda: pdf("INV-1001  95.00"), None),
    AdviceSample("empty", lambda: b"", "advice_empty"),
    AdviceSample("nul", lambda: b"INV-1 \0 5.00 \0\n\0", "advice_unreadable"),
    AdviceSample("garbage", lambda: bytes(range(1, 256)) * 40, "encoding_unknown"),
    AdviceSample("pdf_cut", lambda: pdf("INV-1001  95.00")[:300], "advice_unreadable"),
    AdviceSample("pdf_no_text", lambda: _page(b"0 0 m"), "advice_unreadable"),
    AdviceSample("pdf_bomb", _bomb, "advice_unreadable"),
    AdviceSample("pdf_pages", _many_pages, "advice_too_long"),
    AdviceSample("formula", lambda: b"Invoice;Amount paid\n=cmd();1,00\n", None),
    AdviceSample("huge_amount", lambda: b"Invoice;Amount paid\nX-1;" + b"9" * 400 + b",00\n",
                 "advice_amount_unreadable"),
    AdviceSample("web_page", lambda: b"<html><script>alert(1)</script></html>", "not_a_table"),
    AdviceSample("old_excel", lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old_excel"),
)  # fmt: skip
