"""Every example on the page of bank formats is a file the product takes, of the format it shows."""

from __future__ import annotations

import re

import pytest

from creditdesk.cash.readers import read
from tests.docs.pages import REFERENCE

PAGE = (REFERENCE / "bank-formats.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
EXAMPLES = {
    title: found[1]
    for title, text in SECTIONS.items()
    if (found := re.search(r"^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
}
# Format, what proves it, whether the line is a return.
SAID = {
    "camt.053": ("camt.053", "proved", False),
    "camt.052": ("camt.052", "no_balances", False),
    "camt.054": ("camt.054", "no_balances", True),
    "MT940": ("mt940", "proved", False),
    "MT942": ("mt942", "proved", False),
    "BAI2": ("bai2", "proved", False),
    "CODA": ("coda", "proved", False),
    "OFX and QFX": ("ofx", "no_balances", False),
    "CSV": ("csv", "proved", False),
}


def test_every_format_has_a_section_and_all_but_the_workbook_an_example() -> None:
    assert set(SECTIONS) == {*SAID, "XLSX"}
    assert set(EXAMPLES) == set(SAID)


@pytest.mark.parametrize("title", SAID)
def test_the_example_is_taken(title: str) -> None:
    (statement,) = read(EXAMPLES[title].encode(), "example")
    line = statement.lines[-1]
    assert (statement.format, statement.proof, line.is_reversal) == SAID[title]
    assert line.counterparty
    assert line.text or line.reference
    assert abs(line.minor) in (119_000, 248_000, 10_000)
