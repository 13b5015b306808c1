from __future__ import annotations

from datetime import date
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditdesk.cash.readers import Line, read
from creditdesk.kernel.errors import Invalid
from tests.cash.readers.samples import (
    CODA,
    coda,
    coda_movement,
    coda_record,
    only,
    only_line,
    refused,
)


def test_every_field_is_read() -> None:
    statement = only(CODA)
    assert statement.lines == (
        Line(
            line_no=3,
            booked_on=date(2026, 3, 3),
            value_on=date(2026, 3, 4),
            minor=10000,
            currency="EUR",
            reference="BANK-0001",
            counterparty="Acorn & Sons",
            counterparty_account="BE62510007547061",
            text="+++107/7403/16209+++",
            structured_references=("107740316209", "E2E-7"),
            is_reversal=False,
            code="00150000",
        ),
    )
    assert (statement.format, statement.account) == ("coda", "BE68539007547034")
    assert (statement.currency, statement.statement_id) == ("EUR", "2026/042")
    assert (statement.opening_minor, statement.closing_minor) == (50000, 60000)
    assert (statement.from_date, statement.to_date) == (date(2026, 3, 2), date(2026, 3, 3))
    assert statement.proof == "proved"


@pytest.mark.parametrize(
    ("said", "references", "text"),
    [
        ("0INVOICE  2026/17", (), "INVOICE 2026/17"),
        ("1100RF18539007547034", ("RF18539007547034",), "RF18539007547034"),
        ("1102107740316209", ("107740316209",), "+++107/7403/16209+++"),
        # Check digits that do not fit: shown, not trusted.
        ("1101107740316203", (), "+++107/7403/16203+++"),
        ("1127040326501" + "BE12ZZZ0123456789".ljust(35) + "MANDATE-9".ljust(35) + "INV 5",
         ("MANDATE-9",), "INV 5"),
        ("1113901704113200287", (), "901704113200287"),
    ],
)  # fmt: skip
def test_a_communication_is_text_or_a_reference(
    said: str, references: tuple[str, ...], text: str
) -> None:
    line = only_line(coda(coda_movement("0001", "100000", said=said)))
    assert (line.structured_references, line.text) == (references, text)


def test_a_debit_goes_out_and_an_overdrawn_account_is_below_nothing() -> None:
    statement = only(
        coda(
            coda_movement("0001", "550250", sign="1"),
            closing="1050250",
            debit="550250",
            credit="0",
        )
    )
    assert [line.minor for line in statement.lines] == [-55025]
    assert statement.closing_minor == -5025


def test_a_batch_gives_its_payments_where_they_add_up() -> None:
    whole = coda_movement("0001", "100000", code="20150000")
    one = coda_movement("0001", "60000", detail="0001", code="60150000", said="0INV 1")
    other = coda_movement("0001", "40000", detail="0002", code="60150000", said="0INV 2")
    statement = only(coda(whole, one, other))
    assert [(line.minor, line.text, line.line_no) for line in statement.lines] == [
        (6000, "INV 1", 5),
        (4000, "INV 2", 7),
    ]
    unsaid = only(coda(whole, one))
    assert [(line.minor, line.line_no) for line in unsaid.lines] == [(10000, 3)]


@pytest.mark.parametrize(
    ("kind", "reason", "is_reversal"),
    [("2", "AC04", True), ("1", "MS03", True), ("0", "", False), ("9", "AC04", False),
     ("2", "4324", False)],
)  # fmt: skip
def test_a_returned_direct_debit_is_a_reversal(kind: str, reason: str, is_reversal: bool) -> None:  # noqa: FBT001
    line = only_line(coda(coda_movement("0001", "100000", more=((112, kind), (113, reason)))))
    assert line.is_reversal is is_reversal


def test_information_names_the_payer_and_adds_its_text() -> None:
    movement = coda_movement("0001", "100000", said="0INV 8")
    named = coda_record(
        "3100010001", (10, "BANK-0001"), (31, "00150000"), (39, "1001" + "Birch GmbH"), (125, "0")
    )
    added = coda_record(
        "3100010002", (10, "BANK-0001"), (31, "00150000"), (39, "0less 2 percent"), (125, "0")
    )
    line = only_line(coda(movement, named, added))
    assert (line.counterparty, line.text) == ("Birch GmbH", "INV 8 less 2 percent")


def test_a_value_date_left_open_is_the_booking_date() -> None:
    line = only_line(coda(coda_movement("0001", "100000", value="000000")))
    assert line.value_on == line.booked_on == date(2026, 3, 3)


def test_lines_cut_of_their_blanks_are_read() -> None:
    cut = "\r\n".join(row.rstrip() for row in CODA.split("\n"))
    assert only(cut).lines == only(CODA).lines


def test_an_account_without_movements_is_proved() -> None:
    statement = only(coda(closing="0500000", credit="0"))
    assert (statement.lines, statement.proof) == ((), "proved")


@pytest.mark.parametrize(
    ("damaged", "code", "line"),
    [
        (CODA.replace("0000000000100000", "0000000000100010", 1), "statement_unproved", 6),
        (coda(coda_movement("0001", "100000"), closing="0600010"), "statement_unproved", 6),
        (coda(coda_movement("0001", "100000"), records=9), "statement_unproved", 6),
        (coda(coda_movement("0001", "100000"), credit="100010"), "statement_unproved", 6),
        (CODA.rsplit("\n9", 1)[0], "statement_unreadable", 6),
        (CODA.replace("040326", "310226"), "statement_unreadable", 3),
        (CODA.replace("000000000100000", "00000000010000x", 1), "statement_unreadable", 3),
        (CODA.replace("\n8042", "\n7042"), "statement_unproved", 7),
        (CODA.replace("2\n120", "1\n120"), "statement_unreadable", 1),
        (CODA.replace("\n120", "x\n120", 1), "statement_unreadable", 1),
        (CODA.replace("\n12042", "\n14042"), "statement_unreadable", None),
        (CODA.replace("EUR", "E1R"), "statement_currency_missing", None),
        (coda(coda_movement("0001", "100005"), closing="0600005", credit="100005"),
         "statement_amount_unreadable", 3),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_line(
    damaged: str, code: str, line: int | None
) -> None:
    assert damaged != CODA
    found = refused(damaged, code)
    if line is not None:
        assert found.place.line in (line, line + 1)


def test_two_accounts_in_one_file_are_two_statements() -> None:
    assert [one.proof for one in read((CODA + CODA).encode(), "f")] == ["proved", "proved"]


def test_the_published_sample_is_read_whole() -> None:
    data = resources.files("coda").joinpath("CODA.txt").read_bytes()
    (statement,) = read(data, "CODA.txt")
    assert (statement.account, statement.currency) == ("435000000080", "EUR")
    assert (statement.opening_minor, statement.closing_minor) == (0, 940529699)
    assert (len(statement.lines), statement.proof) == (67, "proved")
    assert not any(line.is_reversal for line in statement.lines)
    paid = next(line for line in statement.lines if line.counterparty == "CARGILL NV")
    assert (paid.minor, paid.counterparty_account) == (38725882, "685576703767")
    assert paid.text == "86047442,86047472,86047438,86047447,86047452,86047461"


def test_the_published_empty_sample_is_read() -> None:
    data = resources.files("coda").joinpath("CODA-empty.txt").read_bytes()
    (statement,) = read(data, "CODA-empty.txt")
    assert statement.lines == ()
    assert statement.opening_minor == statement.closing_minor


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, len(CODA) - 1), patch=st.text("0123456789 AX\n", min_size=1, max_size=4))
def test_a_damaged_file_is_read_or_refused(at: int, patch: str) -> None:
    damaged = CODA[:at] + patch + CODA[at + len(patch) :]
    try:
        statements = read(damaged.encode(), "f.cod")
    except Invalid as error:
        found = error
        statements = []
    else:
        found = None
    assert found is None or (found.code.startswith("statement_") and found.mend)
    for one in statements:
        if one.opening_minor is not None and one.closing_minor is not None:
            moved = sum(line.minor for line in one.lines)
            assert one.opening_minor + moved == one.closing_minor
