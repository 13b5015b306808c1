"""veraPDF, the reference validator, takes what is rendered for PDF/A-3a and PDF/UA-1."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from benchmarks import papers
from creditdesk.invoices import rendering
from creditdesk.invoices.documents.profiles import Form
from tests.invoices.documents.samples import LINE, invoice
from tests.invoices.documents.test_pdf_a import DOCUMENTS
from tests.support import verapdf

pytestmark = pytest.mark.needs("verapdf")

# Signs that an archive asks more of: joined, invisible, turned around, set on another, replaced.
SIGNS = (
    "\ufb01", "\u00ad", "\u200b", "\u200d", "\u2060", "\ufeff", "\u202e", "\u2066x\u2069",
    "x\u0338", "e\u0301\u0308", "\ufffd", "\u05e9\u05dc\u05d5\u05dd (12)", "\u1e9e", "\u20ac",
    "\u0645\u0631\u062d\u0628\u0627 123", "\u03a9\u03bc\u03ad\u03b3\u03b1", "\u0429\u0443",
    "\u2460",
)  # fmt: skip


def test_every_kind_of_document_is_taken(tmp_path: Path) -> None:
    made = {
        name: rendering.render(document, Form.FACTURX, language=language)
        for name, (document, language) in DOCUMENTS.items()
    }
    made |= {
        f"drawn_{seed}": rendering.render(
            papers.document(Random(seed), is_printable=True), Form.FACTURX
        )
        for seed in range(200, 204)
    }
    made["plain"] = rendering.render(invoice(), Form.PDF)
    assert verapdf.broken(tmp_path, made) == {name: [] for name in made}


def test_every_sign_that_can_be_set_is_taken(tmp_path: Path) -> None:
    lines = tuple(
        replace(LINE, identifier=str(n), name=f"Ball {sign} bearing {sign}{sign}")
        for n, sign in enumerate(SIGNS, 1)
    )
    made = {"signs": rendering.render(invoice(lines=lines), Form.FACTURX)}
    assert verapdf.broken(tmp_path, made) == {"signs": []}


def test_what_is_wrong_is_seen(tmp_path: Path) -> None:
    """Each name is spoilt in place, so that nothing but its meaning changes."""
    sound = rendering.render(invoice(), Form.FACTURX)
    spoilt = {"tags": b"/Marked true", "data": b"/AFRelationship", "claim": b"<pdfaid:part>3"}
    assert all(sound.count(name) == 1 for name in spoilt.values())
    made = {
        "tags": sound.replace(b"/Marked true", b"/Markex true"),
        "data": sound.replace(b"/AFRelationship", b"/AFRelationshiq"),
        "claim": sound.replace(b"<pdfaid:part>3", b"<pdfaid:part>2"),
    }
    assert verapdf.broken(tmp_path, made) == {
        "tags": ["3a 6.7.2.2-1", "ua1 6.2-1"],
        "data": ["3a 6.8-3"],
        "claim": ["3a 6.6.4-2"],
    }
