"""Imports through the desk: upload, mapping shown and corrected, load, rejected rows back."""

from __future__ import annotations

import inspect
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from creditdesk import wiring
from creditdesk.customers import queries as customers
from creditdesk.faces.desk.pages import imports as page_module
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing.imports import queries
from creditdesk.plumbing.imports import services as import_services
from tests.faces.desk.pages import body, words
from tests.invoices.people import a_customer

CUSTOMERS = (
    b"Kundennummer;Firma;Ort;Land;W\xc3\xa4hrung\r\n"
    b"K1;Alder GmbH;Hof;DE;EUR\r\nK2;Birch AG;Graz;AT;EUR\r\n;Nameless;Hof;DE;EUR\r\n"
)
INVOICES = (
    b"Invoice No,Customer,Date,Due,Total\n"
    b"I-1,C1,2026-03-01,2026-03-31,1190.00\nI-2,C1,2026-03-02,2026-04-01,238.00\n"
    b"I-3,NOBODY,2026-03-02,2026-04-01,10.00\n"
)


@pytest.fixture(autouse=True)
def _connected() -> None:
    wiring.connect()


def uploaded(client: Client, kind: str, content: bytes, name: str = "file.csv") -> str:
    """Take in a file and return the address of its import."""
    file = SimpleUploadedFile(name, content)
    response = client.post("/imports/", {"kind": kind, "file": file})
    assert response.status_code == 303, words(response)
    return str(response["Location"])


def mapped(client: Client, address: str) -> dict[str, str]:
    """Return the form of the mapping as it would be sent unchanged."""
    page = body(client.get(address))
    form = {}
    for name, options in re.findall(
        r'<select[^>]+name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.search(r'<option value="([^"]*)" selected>', options)
        form[name] = chosen[1] if chosen else ""
    return form


def test_before_anything_the_page_says_where_to_begin(manager: Client) -> None:
    page = words(manager.get("/imports/"))
    assert "Nothing has been loaded yet" in page
    assert "Customers" in page


def test_a_file_is_shown_as_it_would_be_read_and_nothing_is_loaded(
    manager: Client, desk: Actor
) -> None:
    address = uploaded(manager, "customers", CUSTOMERS, "kunden.csv")
    page = words(manager.get(address))
    assert "kunden.csv Imports" in page
    assert "K1 · K2" in page
    form = mapped(manager, address)
    assert (form["column-number"], form["column-name"], form["column-currency"]) == ("0", "1", "4")
    assert customers.by_number(desk.company_id) == {}


def test_good_rows_go_in_and_the_others_come_back_to_be_mended(
    manager: Client, desk: Actor
) -> None:
    address = uploaded(manager, "customers", CUSTOMERS)
    response = manager.post(f"{address}mapping", {**mapped(manager, address), "load": "yes"})
    assert (response.status_code, response["Location"]) == (303, address)
    page = words(manager.get(address))
    assert "Rows 3 Taken in 2 Known already 0 Rejected 1" in page
    assert sorted(customers.by_number(desk.company_id)) == ["K1", "K2"]
    rejected = manager.get(f"{address}rejected.csv")
    assert rejected["Content-Disposition"].endswith('-rejected.csv"')
    text = rejected.content.decode("utf-8-sig")
    assert "Nameless" in text
    mended = text.replace(";Nameless", "K3;Nameless", 1).encode()
    again = uploaded(manager, "customers", mended)
    manager.post(f"{again}mapping", {**mapped(manager, again), "load": "yes"})
    assert sorted(customers.by_number(desk.company_id)) == ["K1", "K2", "K3"]
    assert "Every row went in" in words(manager.get(again))


def test_loading_again_changes_nothing(manager: Client, desk: Actor) -> None:
    a_customer(desk, "C1")
    address = uploaded(manager, "invoices", INVOICES)
    given = {**mapped(manager, address), "load": "yes"}
    manager.post(f"{address}mapping", given)
    for _ in range(2):
        assert manager.post(f"{address}load").status_code == 303
    assert [row.number for row in invoices.open_items(desk.company_id)] == ["I-1", "I-2"]
    assert "Rejected 1" in words(manager.get(address))


def test_a_corrected_column_counts_and_is_remembered(manager: Client) -> None:
    content = b"Alpha,Beta,Gamma\nK1,Alder GmbH,EUR\n"
    address = uploaded(manager, "customers", content)
    given = {"column-number": "0", "column-name": "1", "column-currency": "2"}
    manager.post(f"{address}mapping", {**given, "date_order": "dmy", "decimal": "point"})
    assert "chosen" in words(manager.get(address))
    again = uploaded(manager, "customers", content)
    assert "was loaded before" in words(manager.get(again))
    assert mapped(manager, again)["column-name"] == "1"


def test_a_field_without_a_column_is_named_and_nothing_loads(manager: Client, desk: Actor) -> None:
    address = uploaded(manager, "customers", CUSTOMERS)
    given = {**mapped(manager, address), "column-name": "", "load": "yes"}
    page = words(manager.post(f"{address}mapping", given, follow=True))
    assert "No column is chosen for name" in page
    assert "Choose a column for: Name" in page
    assert customers.by_number(desk.company_id) == {}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "there is nothing in the file"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "Save it as XLSX"),
        ("zero.csv", b"a,b\n1,\0\n", "zero.csv, line 2"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_place_and_mend(
    manager: Client, desk: Actor, name: str, content: bytes, said: str
) -> None:
    file = SimpleUploadedFile(name, content)
    response = manager.post("/imports/", {"kind": "customers", "file": file})
    assert response.status_code == 422
    assert said in words(response)
    assert queries.runs(desk.company_id) == []


def test_no_file_and_too_large_a_file_are_said_so(manager: Client, settings: Settings) -> None:
    assert "No file was chosen" in words(manager.post("/imports/", {"kind": "customers"}))
    settings.UPLOAD_BYTES_MAX = 10
    file = SimpleUploadedFile("a.csv", CUSTOMERS)
    response = manager.post("/imports/", {"kind": "customers", "file": file})
    assert response.status_code == 422
    assert "larger than this desk takes" in words(response)


def test_long_work_shows_how_far_it_came_and_goes_on(
    manager: Client, desk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "LOAD_SECONDS", -1.0)
    loads = inspect.unwrap(import_services.load)
    monkeypatch.setattr(loads, "__kwdefaults__", {"chunk_rows": 1, "progress": None})
    address = uploaded(manager, "customers", CUSTOMERS)
    manager.post(f"{address}mapping", {**mapped(manager, address), "load": "yes"})
    assert "1 of 3 rows, 0 rejected" in words(manager.get(address))
    asks = {"HX-Request": "true", "HX-Target": "progress"}
    part = manager.post(f"{address}load", headers=asks)
    assert "<html" not in body(part)
    assert '<progress value="2" max="3"' in body(part)
    for _ in range(2):
        part = manager.post(f"{address}load", headers=asks)
    assert "Result" in words(part)
    assert len(customers.by_number(desk.company_id)) == 2


def test_an_auditor_sees_imports_and_loads_none(auditor: Client, desk: Actor) -> None:
    assert "Read the file" not in words(auditor.get("/imports/"))
    file = SimpleUploadedFile("a.csv", CUSTOMERS)
    response = auditor.post("/imports/", {"kind": "customers", "file": file})
    assert response.status_code == 403
    assert queries.runs(desk.company_id) == []
    reference = import_services.open_run(
        desk, kind="customers", filename="a.csv", content=CUSTOMERS
    )
    for verb in ("load", "mapping"):
        assert auditor.post(f"/imports/{reference}/{verb}").status_code == 403
    assert customers.by_number(desk.company_id) == {}


def test_an_import_of_another_company_is_not_there(manager: Client, other: Actor) -> None:
    reference = import_services.open_run(
        other, kind="customers", filename="a.csv", content=CUSTOMERS
    )
    for address in (f"/imports/{reference}/", f"/imports/{reference}/rejected.csv"):
        assert manager.get(address).status_code == 404
    assert manager.post(f"/imports/{reference}/load").status_code == 404
    assert queries.run(other.company_id, reference).rows_done == 0
