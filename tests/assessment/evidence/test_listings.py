"""Lists are read as their publishers write them, and nothing hostile gets further than that."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditdesk.assessment.evidence.rules.listings import Entry, read
from creditdesk.kernel.errors import Invalid
from tests.assessment.evidence import samples


@pytest.mark.parametrize(
    ("content", "publisher", "entries"),
    [
        (
            samples.EU,
            "eu",
            [
                Entry("EU.1.10", "person", ("Ivan Petrovich SABLEV", "Iwan Sablew", "Иван Саблев"),
                      "XYZ", ("RU",)),
                Entry("11", "entity", ("Black Sea Sable Trading LLC",), "", ("CY",)),
            ],
        ),
        (
            samples.EU_CSV,
            "eu",
            [
                Entry("EU.1.10", "person", ("Ivan Petrovich SABLEV", "Iwan Sablew"), "XYZ",
                      ("RU",)),
                Entry("11", "entity", ("Black Sea Sable Trading LLC",), "XYZ"),
            ],
        ),
        (
            samples.UN,
            "un",
            [
                Entry("TSi.001", "person", ("OMAR VELDARI", "Umar Weldari"), "Test", ("Nowhere",)),
                Entry("TSe.002", "entity", ("VELDARI RELIEF FUND",)),
            ],
        ),
        (
            samples.OFAC,
            "ofac",
            [
                Entry("36", "person", ("Carla MENDOSA QUIR", "Carlotta QUIR"), "TEST",
                      ("Erewhon",)),
                Entry("37", "entity", ("QUIR SHIPPING S.A.",)),
            ],
        ),
        (
            samples.OFAC_CSV,
            "ofac",
            [
                Entry("36", "person", ("Carla MENDOSA QUIR",), "TEST"),
                Entry("37", "entity", ("QUIR SHIPPING, S.A.",), "TEST"),
            ],
        ),
        (
            samples.COMMON,
            "",
            [Entry("X-1", "entity", ("Dunmore Holdings", "Dunmor Hldgs", "Old Dunmore"), "",
                   ("IE",))],
        ),
    ],
    ids=["eu", "eu_csv", "un", "ofac", "ofac_csv", "common"],
)  # fmt: skip
def test_each_publisher(content: bytes, publisher: str, entries: list[Entry]) -> None:
    found = read(content)
    assert found.publisher == publisher
    assert list(found.entries) == entries


BOMB = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>
<sdnList><sdnEntry><uid>1</uid><lastName>&b;</lastName></sdnEntry></sdnList>"""
FETCH = b"""<?xml version="1.0"?><!DOCTYPE l SYSTEM "file:///etc/passwd"><sdnList/>"""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "list_empty"),
        (b"reference,name\n", "list_empty"),
        (b"reference,name\n,Nobody\n1,\n", "list_empty"),
        (b"<sdnList/>", "list_empty"),
        (b"<sdnList>", "list_unreadable"),
        (b"<a/>", "list_unknown"),
        (b"id,label\n1,x\n", "list_unknown"),
        (b"36,12,aka,x\n", "list_of_aliases_alone"),
        (BOMB, "list_has_doctype"),
        (FETCH, "list_has_doctype"),
        (b"<sdnList>" + b"<a>" * 5_000 + b"</a>" * 5_000 + b"</sdnList>", "list_unreadable"),
        (b"reference,name\n1," + b"x" * 200_000, "list_unreadable"),
    ],
)
def test_what_is_no_list_is_told_so(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(content)
    assert caught.value.code == code


def test_names_come_without_control_characters_and_of_bounded_length() -> None:
    long = b"y" * 2_000
    found = read(b"reference,name,alias\n1,A\x07\x00B  C," + long + b"\n").entries[0]
    assert found.names == ("A B C", "y" * 500)


@settings(max_examples=60)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    for given_ in (content, b"reference,name\n" + content, b"<sdnList>" + content):
        with contextlib.suppress(Invalid):
            assert read(given_).entries
