"""What leaves the house runs nowhere: no formula in files, no second line in headers."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from typing import IO

import openpyxl
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.contact import mail
from creditdesk.contact.letters import Sender
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.faces.desk import lists
from creditdesk.faces.desk.lists import Column
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing.imports import values
from tests.corpus.words import TEXTS
from tests.doors.addresses import arguments, routes
from tests.faces.desk.pages import csv_rows, xlsx_rows

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
ATTACKS = [f"{start}{rest}" for start in STARTS for rest in ("cmd|' /C calc'!A0", "1+1", "SUM(A1)")]
ATTACKS += [f" {attack}" for attack in ATTACKS[:4]] + [TEXTS["formula"], TEXTS["line_ends"]]


def runs(cell: object) -> bool:
    """Tell whether a spreadsheet would take the cell for a formula."""
    return isinstance(cell, str) and cell.lstrip(" \u00a0").startswith(STARTS)


@dataclass(frozen=True, slots=True)
class Row:
    text: str


COLUMNS = [Column("text", "=Label", lambda row: row.text)]


def workbook(file: IO[bytes]) -> list[object]:
    file.seek(0)
    book = openpyxl.load_workbook(file)
    assert not any(cell.data_type == "f" for row in book.worksheets[0] for cell in row)
    return [cell.value for row in book.worksheets[0] for cell in row]


@pytest.mark.parametrize("text", ATTACKS)
def test_no_cell_of_an_export_is_a_formula(text: str) -> None:
    lines = "".join(lists._csv_lines(COLUMNS, [Row(text)])).removeprefix("\ufeff")
    assert not [
        cell for row in csv.reader(io.StringIO(lines, newline="")) for cell in row if runs(cell)
    ]
    file = io.BytesIO()
    lists.write_xlsx(file, COLUMNS, [Row(text)])
    assert not [cell for cell in workbook(file) if runs(cell)]


@given(st.text(max_size=20))
def test_rejected_rows_are_harmless_and_come_back_as_they_were(text: str) -> None:
    sent = values.neutralised(text)
    assert not runs(sent) or values._PLAIN_NUMBER.fullmatch(sent.strip())
    if not (text.startswith("'") and runs(text[1:])):
        assert values.unneutralised(sent) == text


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-1_000, max_value=1_000)
)
def test_amounts_stay_numbers(amount: Decimal) -> None:
    assert values.neutralised(str(amount)) == str(amount)


@pytest.mark.parametrize("text", [*TEXTS.values(), "A\nBcc: x@example.test", "A\u2028B", "A\x85B"])
def test_a_mail_has_no_header_but_ours(text: str) -> None:
    letter = mail.compose(
        sender=Sender(text[:500], "desk@example.test"), recipient="a@example.test",
        recipient_name=text[:500], subject=text[:500], text=text[:500], html="",
        message_id="<1@example.test>", language="en", at=datetime(2026, 3, 16, tzinfo=UTC),
    )  # fmt: skip
    sent = message_from_bytes(letter.as_bytes(), policy=policy.default)
    assert sorted(sent.keys()) == sorted(letter.keys())
    assert sent["Bcc"] is None
    assert [one.addr_spec for one in sent["To"].addresses] == ["a@example.test"]


@pytest.mark.parametrize("address", ["a@b\nBcc: x@y", "a", "a@b, c@d", "<a@b>", "a\0@b", "a b@c d"])
def test_a_mail_to_no_single_address_is_not_made(address: str) -> None:
    with pytest.raises((ValueError, HeaderParseError)):
        mail.compose(
            sender=Sender("Desk", "desk@example.test"), recipient=address, recipient_name="A",
            subject="S", text="T", html="", message_id="<1@example.test>", language="en",
            at=datetime(2026, 3, 16, tzinfo=UTC),
        )  # fmt: skip


def test_every_list_of_the_desk_exports_harmless_cells(manager: Client, desk: Actor) -> None:
    new = [
        NewCustomer(number=f"{attack[:1]}N{n}", name=attack.strip() + " A", currency="EUR")
        for n, attack in enumerate(ATTACKS)
        if attack.isprintable()
    ]
    customers.create(desk, new=new)
    exports = 0
    for route in routes():
        if arguments(route) or route == "logout/":
            continue
        for form in ("csv", "xlsx"):
            response = manager.get(f"/{route}?format={form}")
            disposition = response.headers.get("Content-Disposition", "")
            if not disposition:
                continue
            exports += 1
            assert disposition.startswith("attachment; filename=")
            assert "\n" not in disposition
            found = csv_rows(response) if form == "csv" else xlsx_rows(response)
            assert not [cell for row in found for cell in row if runs(cell)], route
    assert exports >= 10
