"""Identifiers are held to the forms and check digits of those who issue them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.customers import identifiers


@pytest.mark.parametrize(
    ("number", "country", "fault", "parts"),
    [
        ("", "DE", "", None),
        ("DE136695976", "", "", ("DE", "136695976")),
        ("de 136 695 976", "", "", ("DE", "136695976")),
        ("DE136695977", "", "vat_check_digits", None),
        ("136695976", "DE", "", ("DE", "136695976")),
        ("ATU13585627", "", "", ("AT", "U13585627")),
        ("EL094259216", "", "", ("EL", "094259216")),
        ("094259216", "GR", "", ("EL", "094259216")),
        ("XI980780684", "", "", ("XI", "980780684")),
        ("GB980780684", "", "", ("GB", "980780684")),
        ("B58378431", "ES", "", ("ES", "B58378431")),
        ("CHE-107.787.577 MWST", "", "", ("CH", "E107787577MWST")),
        ("FR83404833048", "", "", ("FR", "83404833048")),
        ("12", "", "vat_malformed", None),
        ("garbage", "DE", "vat_malformed", None),
        ("US123456789", "", "", None),  # the form is nobody's: nothing is held against it
    ],
)
def test_vat_numbers(number: str, country: str, fault: str, parts: tuple[str, str] | None) -> None:
    assert identifiers.vat_fault(number, country) == fault
    assert identifiers.vat_parts(number, country) == parts


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        ("lei", "213800KUD8LAJWSQ9D15", ""),
        ("lei", "2138 00KU D8LA JWSQ 9D15", ""),
        ("lei", "213800KUD8LXJWSQ9D15", "lei_check_digits"),
        ("lei", "213800", "lei_check_digits"),
        ("duns", "15-048-3782", ""),
        ("duns", "150483782", ""),
        ("duns", "15048378", "duns_malformed"),
        ("duns", "000000000", "duns_malformed"),
        ("duns", "15048378A", "duns_malformed"),
        ("iban", "DE89 3704 0044 0532 0130 00", ""),
        ("iban", "DE88 3704 0044 0532 0130 00", "iban_check_digits"),
        ("iban", "12345678", "iban_malformed"),
    ],
)
def test_other_identifiers(kind: str, text: str, fault: str) -> None:
    assert identifiers.FAULT_OF[kind](text) == fault
    assert identifiers.FAULT_OF[kind]("") == ""


def test_the_country_an_identifier_names() -> None:
    assert identifiers.vat_country("EL094259216") == "GR"
    assert identifiers.vat_country("XI980780684") == "GB"
    assert identifiers.vat_country("136695976") == ""
    assert identifiers.iban_country("GR16 0110 1250 0000 0001 2300 695") == "GR"
    assert identifiers.iban_country("DE88 3704 0044 0532 0130 00") == ""


@given(st.text(max_size=40), st.sampled_from(["", "DE", "GR", "ES", "CH", "zz", "?"]))
def test_no_text_breaks_a_check(text: str, country: str) -> None:
    for kind in identifiers.FAULT_OF:
        found = identifiers.FAULT_OF[kind](text)
        assert found == "" or found.startswith(kind.partition("_")[0])
    assert identifiers.vat_fault(text, country).partition("_")[0] in ("", "vat")
    identifiers.vat_parts(text, country)
