"""Bank statements: files taken in once and proved, or refused with the place of the fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from creditdesk.cash import queries as cash
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from tests.cash import stage
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import body, csv_rows, key_of, rows, words
from tests.faces.desk.work import FRIDAY, ODD_TABLE, a_debtor, a_refused_file


def a_file(*lines: stage.Paid, name: str = "march.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, stage.statement(lines))


def paid(minor: int, text: str = "") -> stage.Paid:
    return stage.Paid(minor=minor, text=text, on=FRIDAY)


@pytest.fixture
def applier(signed_in: SignedIn) -> Client:
    return signed_in("cash_applier")


def test_an_empty_list_says_what_to_do(applier: Client) -> None:
    page = words(applier.get("/cash/statements/"))
    assert "No bank lines yet" in page
    assert "Take them in" in page


def test_a_file_is_taken_in_and_matched_and_the_same_again_adds_nothing(
    applier: Client, desk: Actor
) -> None:
    a_debtor(desk)
    lines = (paid(50_000, "INV-C1"), paid(7_700, "who is this"), paid(-300, "charges"))
    for expected in ("3 new lines, 2 payments; 1 wait for somebody", "Nothing new"):
        key = key_of(applier, "/cash/statements/")
        response = applier.post(
            "/cash/statements/take-in", {"file": a_file(*lines), "key": key}, follow=True
        )
        assert response.status_code == 200
        assert expected in words(response)
    assert invoices.open_items(desk.company_id) == []
    assert len(cash.payments(desk.company_id)) == 2
    [row] = rows(applier.get("/cash/statements/"))
    assert "577 .00 EUR" in row
    assert "1 of 2" in row


def test_sent_twice_it_is_taken_in_once(applier: Client, desk: Actor) -> None:
    key = key_of(applier, "/cash/statements/")
    for _ in range(2):
        applier.post("/cash/statements/take-in", {"file": a_file(paid(100, "one")), "key": key})
    assert len(cash.statements(desk.company_id)) == 1


def test_a_faulty_file_says_where_and_how_to_mend_it(applier: Client, desk: Actor) -> None:
    broken = SimpleUploadedFile(
        "march.csv",
        b"Account;Booking date;Amount;Currency;Payer;Payer IBAN;Text\n"
        b"DE02120300000000202051;13.03.2026;ten;EUR;A;;B\n",
    )
    response = applier.post("/cash/statements/take-in", {"file": broken})
    assert response.status_code == 422
    page = words(response)
    assert "march.csv, line 2" in page
    assert "Nothing of this file went in" in page
    assert cash.statements(desk.company_id) == []


def test_a_refused_table_is_explained_at_the_desk_and_goes_in(applier: Client, desk: Actor) -> None:
    file = SimpleUploadedFile("odd.csv", ODD_TABLE)
    assert applier.post("/cash/statements/take-in", {"file": file}).status_code == 422
    [row] = cash.refused_files(desk.company_id)
    address = f"/cash/statements/refused/{row.id}/"
    assert address in body(applier.get("/cash/statements/"))
    page = words(applier.get(address))
    assert "say which columns hold date and amount" in page
    assert "03.04.2026" in page
    told = {"column-date": "Wann", "column-amount": "Wieviel"}
    unclear = applier.post(f"{address}take-in", told)
    assert unclear.status_code == 422
    assert "The file names no currency" in words(unclear)
    assert 'value="Wieviel" selected' in body(unclear)
    done = applier.post(f"{address}take-in", {**told, "currency": "EUR"}, follow=True)
    assert "odd.csv went in" in words(done)
    assert len(cash.statements(desk.company_id)) == 1
    assert "Refused, and kept" not in words(done)
    assert "This file went in later" in words(applier.get(address))


def test_a_refused_file_is_set_aside_once(applier: Client, desk: Actor) -> None:
    address = f"/cash/statements/refused/{a_refused_file(desk)}/"
    done = applier.post(f"{address}set-aside", follow=True)
    assert "odd.csv is set aside" in words(done)
    assert applier.post(f"{address}set-aside").status_code == 409


def test_no_file_is_said(applier: Client) -> None:
    response = applier.post("/cash/statements/take-in", {})
    assert response.status_code == 422
    assert "Choose the files your bank gave you" in words(response)


def test_a_statement_shows_its_lines_and_exports_them(applier: Client, desk: Actor) -> None:
    stage.take_in(desk, paid(100, "=cmd()"), paid(200, "second"), paid(-300, "charges"))
    [row] = cash.statements(desk.company_id)
    address = f"/cash/statements/{row.id}/"
    assert len(rows(applier.get(address))) == 3
    assert len(rows(applier.get(f"{address}?q=second"))) == 1
    assert "second" in rows(applier.get(f"{address}?sort=-minor"))[0]
    head, *lines = csv_rows(applier.get(f"{address}?format=csv&sort=minor"))
    assert head[3] == "Text"
    assert [line[3] for line in lines] == ["charges", "'=cmd()", "second"]
    assert [line[6] for line in lines] == ["-3.00", "1.00", "2.00"]


def test_what_went_out_is_listed_apart(applier: Client, desk: Actor) -> None:
    stage.take_in(desk, paid(100, "in"), paid(-300, "charges"))
    [row] = rows(applier.get("/cash/not-received/?kind=outgoing"))
    assert "charges" in row
    assert "No line is here" in words(applier.get("/cash/not-received/"))


def test_an_auditor_reads_and_takes_nothing_in(auditor: Client, desk: Actor) -> None:
    assert "take-in" not in body(auditor.get("/cash/statements/"))
    response = auditor.post("/cash/statements/take-in", {"file": a_file(paid(100))})
    assert response.status_code == 403
    assert cash.statements(desk.company_id) == []


def test_those_of_another_company_are_not_there(applier: Client, other: Actor) -> None:
    stage.take_in(other, paid(100, "theirs"))
    [row] = cash.statements(other.company_id)
    assert rows(applier.get("/cash/statements/")) == []
    assert applier.get(f"/cash/statements/{row.id}/").status_code == 404


@pytest.mark.parametrize("count", [1, 12])
def test_its_queries_do_not_grow_with_the_list(
    applier: Client,
    desk: Actor,
    count: int,
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    for number in range(count):
        stage.take_in(desk, paid(100 + number, f"line {number}"), name=f"{number}.csv")
    with django_assert_max_num_queries(17):
        assert len(rows(applier.get("/cash/statements/"))) == count
