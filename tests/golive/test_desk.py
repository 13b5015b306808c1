"""Going live and the reconciliation as they are clicked, by two people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time

import pytest
from django.test import Client
from pytest_django import Settings

from creditdesk.collections import queries as collections
from creditdesk.controls import queries as controls_read
from creditdesk.controls import services as controls
from creditdesk.controls.models import User
from creditdesk.customers import queries as customers
from creditdesk.golive import queries, services
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.ledger import queries as ledger
from creditdesk.plumbing import clock
from creditdesk.reconciliation import queries as reconciliation
from creditdesk.reconciliation import services as reconciliation_services
from tests.faces.desk.pages import body, csv_rows, rows, words, xlsx_rows
from tests.golive import erp
from tests.golive.erp import CUT_OVER, TODAY, Company

HEADINGS = "Document No,Customer No,Currency,Open amount,As of\n"


@pytest.fixture
def still(going: Company, settings: Settings) -> Iterator[Company]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield going


def signed_in(going: Company, name: str, role: str = "manager") -> Client:
    user_id = controls.add_user(name, password="x", first_name=name.title())
    controls.grant(name, company_id=going.id, role=role, by="test")
    client = Client()
    client.force_login(User.objects.get(id=user_id))
    return client


def posted(client: Client, address: str, given: dict[str, str]) -> str:
    """Send a form and return the words of the page it leads to."""
    return words(client.post(address, given, follow=True))


def sha256_of(client: Client) -> str:
    found = re.search(r'name="sha256" value="([0-9a-f]{64})"', body(client.get("/golive/")))
    assert found is not None
    return found[1]


def test_a_company_goes_live_by_two_people_at_the_desk(still: Company) -> None:
    lena, marta = signed_in(still, "lena", "master_data"), signed_in(still, "marta")
    assert "Begin going live" in words(lena.get("/golive/"))
    said = posted(lena, "/golive/begin", {"cut_over_on": "2026-04-01"})
    assert "The cut-over lies between" in said
    assert "Going live is begun" in posted(lena, "/golive/begin", {"cut_over_on": str(CUT_OVER)})
    still.loader = controls_read.user_actor(User.objects.get(username="lena").id, "Lena", still.row)
    still.brings_everything()

    page = words(marta.get("/golive/"))
    assert "3 710" in page
    assert "Overdue items have no dunning level" in page
    assert "Sign and open the books" in page
    assert "Sign and open the books" not in words(lena.get("/golive/"))
    sha256 = sha256_of(marta)
    assert lena.post("/golive/sign", {"sha256": sha256}).status_code == 403
    assert "read it again" in posted(marta, "/golive/sign", {"sha256": "0" * 64})
    assert ledger.balances(still.id) == []

    said = posted(marta, "/golive/sign", {"sha256": sha256})
    assert "The books are open: 7 documents were taken over" in said
    assert "Nobody is written to until the shadow of the first run" in said
    paper = words(lena.get("/golive/report/"))
    assert "Signed by Marta" in paper
    assert sha256 in paper
    assert "3 710" in paper
    listed = csv_rows(lena.get("/golive/documents?format=csv"))
    assert [row[0] for row in listed[1:]] == [f"R-{n}" for n in range(1, 7)] + ["G-1"]
    assert listed[2][7:9] == ["500.00", "120.50"]
    assert len(xlsx_rows(lena.get("/golive/documents?format=xlsx"))) == 8

    assert "This is a shadow" in words(marta.get("/dunning/"))
    assert "Signed: customers are written to from" in posted(marta, "/dunning/sign", {})
    first = collections.first_run(still.id)
    assert first is not None
    assert (first.signed_by, first.sends_from) == ("Marta", date(2026, 3, 17))
    assert "Marta signed the first run" in words(marta.get("/dunning/"))


def test_differences_are_listed_filtered_explained_and_exported(still: Company) -> None:
    still.goes_live()
    manager = signed_in(still, "marta")
    assert "Nothing has been compared yet" in words(manager.get("/reconciliation/"))
    still.knows(
        "open_items_snapshot",
        f"{HEADINGS}R-1,C-1,EUR,1190.00,{TODAY}\nX-1,C-2,EUR,5.00,{TODAY}\n",
    )
    assert "X-1" in posted(manager, "/reconciliation/run", {"again": "yes"})
    [run] = reconciliation.runs(still.id)
    address = f"/reconciliation/{run.reference}/"
    assert len(rows(manager.get(address))) == 7
    [missing] = rows(manager.get(f"{address}?cause=missing_here"))
    assert missing.startswith("X-1 line 3 of the file")
    assert "Missing here" in missing
    assert [line.split()[0] for line in rows(manager.get(f"{address}?q=R-6"))] == ["R-6"]

    found = reconciliation.differences(still.id, run.id, cause="missing_here").rows[0]
    given = {"difference": str(found.id), "note": "Posted after the file was drawn"}
    assert "Kept; it stays in the list" in posted(manager, f"{address}explain", given)
    assert len(rows(manager.get(address))) == 7
    [explained] = rows(manager.get(f"{address}?explained=yes"))
    assert "Posted after the file was drawn Marta" in explained
    exported = csv_rows(manager.get(f"{address}?format=csv&cause=missing_here"))
    assert exported[1][:3] == ["X-1", "Missing here", "missing_here"]
    assert exported[1][6:9] == ["0.00", "5.00", "5.00"]
    assert exported[1][10] == "Posted after the file was drawn (Marta)"
    assert "6 unexplained" in words(manager.get("/reconciliation/"))
    assert "6 differences to the ERP are unexplained" in words(manager.get("/"))


def test_whose_books_count_is_said_by_who_may(still: Company) -> None:
    manager, auditor = signed_in(still, "marta"), signed_in(still, "otto", "auditor")
    assert auditor.post("/golive/book", {"book": "own"}).status_code == 403
    assert controls_read.company(still.id).book == "erp"
    assert "Kept" in posted(manager, "/golive/book", {"book": "own"})
    assert controls_read.company(still.id).book == "own"
    assert manager.post("/golive/book", {"book": "nobody"}).status_code == 422


def test_an_auditor_reads_and_signs_nothing(still: Company) -> None:
    still.goes_live()
    still.knows("open_items_snapshot", f"{HEADINGS}X-1,C-2,EUR,5.00,{TODAY}\n")
    reference = reconciliation_services.reconcile(still.loader).reference
    auditor = signed_in(still, "otto", "auditor")
    for address in (
        "/golive/",
        "/golive/report/",
        "/reconciliation/",
        f"/reconciliation/{reference}/",
    ):
        response = auditor.get(address)
        assert response.status_code == 200
        assert " style=" not in body(response)
    for address in (
        "/golive/begin", "/golive/sign", "/golive/remove-outdated", "/reconciliation/run",
        "/dunning/sign",
    ):  # fmt: skip
        given = {"cut_over_on": str(CUT_OVER), "sha256": "x", "again": "yes"}
        assert auditor.post(address, given).status_code == 403, address
    assert len(reconciliation.runs(still.id)) == 1


def test_another_companys_comparison_is_not_there(still: Company) -> None:
    manager = signed_in(still, "marta")
    assert manager.get("/reconciliation/REC-2026-000001/").status_code == 404
    assert manager.get("/golive/report/").status_code == 404
    assert queries.going_live(still.id) is None
    assert erp.CUT_OVER == CUT_OVER


def test_every_kind_of_file_can_be_chosen_at_the_desk(still: Company) -> None:
    page = body(signed_in(still, "lena", "master_data").get("/imports/?kind=opening_items"))
    assert '<option value="opening_items" selected>Open items</option>' in page
    for kind in ("closures", "open_items_snapshot", "control_totals", "exchange_rates"):
        assert f'<option value="{kind}">' in page


def choose(client: Client, address: str, given: dict[str, object]) -> str:
    """Send a form, then confirm what its preview shows; return the words of the last page."""
    shown = client.post(address, given)
    assert "Nothing has been recorded yet" in words(shown)
    found = re.search(r'name="expected" value="(\d+)"', body(shown))
    assert found is not None
    return words(
        client.post(address, {**given, "expected": found[1], "confirmed": "yes"}, follow=True)
    )


def test_deliveries_are_confirmed_at_the_desk(still: Company) -> None:
    rows_ = [row.replace(",delivered,", ",not delivered,") for row in erp.item_rows()]
    services.begin(still.loader, cut_over_on=CUT_OVER)
    for kind, text in erp.EVERYTHING:
        still.knows(kind, erp.items(rows_) if kind == "opening_items" else text)
    still.signs("by hand")
    marta = signed_in(still, "marta")
    assert "6 documents were taken over as not delivered" in words(marta.get("/golive/"))
    assert "6 documents" not in words(marta.get("/golive/deliveries/?q=R-3"))
    numbers = [row[0] for row in csv_rows(marta.get("/golive/deliveries/?format=csv"))[1:]]
    assert sorted(numbers) == [f"R-{n}" for n in range(1, 7)]
    assert len(xlsx_rows(marta.get("/golive/deliveries/?format=xlsx"))) == 7

    address = "/golive/deliveries/confirm"
    refused = marta.post(address, {"number": ["R-1"], "reason": " "})
    assert (refused.status_code, queries.undelivered(still.id).total) == (422, 6)
    assert "Nothing was chosen" in words(marta.post(address, {"reason": "x"}))
    said = choose(marta, address, {"number": ["R-1", "R-99"], "reason": "signed for"})
    assert "1 document is delivered" in said
    assert queries.undelivered(still.id).total == 5

    shown = {"scope": "all", "reason": "carrier's list", "expected": "5", "confirmed": "yes"}
    services.confirm_delivery(still.signer, ["R-2"], reason="by somebody else meanwhile")
    changed = marta.post(address, shown)
    assert (changed.status_code, queries.undelivered(still.id).total) == (409, 4)
    assert "4 documents are delivered" in choose(marta, address, {"scope": "all", "reason": "list"})
    assert queries.undelivered(still.id).total == 0
    assert "Everything has arrived" in words(marta.get("/golive/deliveries/"))


def test_closures_are_undone_at_the_desk(still: Company) -> None:
    still.goes_live()
    still.it_is(date(2026, 3, 17))
    text = f"Invoice No,Closed on,How\nR-1,{erp.ago(-1)},paid\nR-3,{erp.ago(-1)},paid\n"
    run = still.knows("closures", text)
    marta = signed_in(still, "marta")
    page = body(marta.get(f"/closures/?import={run.reference}"))
    ids = re.findall(r'name="closure" value="(\d+)"', page)
    assert len(ids) == 2
    assert len(csv_rows(marta.get("/closures/?format=csv"))) == 3
    assert "No closure is like that" in words(marta.get("/closures/?import=IMP-2026-999999"))
    address = "/closures/undo"
    assert marta.post(address, {"closure": ids, "reason": ""}).status_code == 422
    assert marta.post(address, {"closure": ["x"], "reason": "x"}).status_code == 422
    assert marta.post(address, {"scope": "all", "reason": "x"}).status_code == 404
    said = choose(marta, address, {"closure": ids[:1], "reason": "wrong file"})
    assert "1 closure is undone" in said
    everything = {"scope": "all", "import": run.reference, "reason": "wrong file"}
    assert "1 closure is undone" in choose(marta, address, everything)
    assert "undone" in words(marta.get("/closures/"))
    assert marta.post(address, everything).status_code == 404


def test_books_that_run_are_not_offered_to_begin(still: Company) -> None:
    still.knows("customers", erp.CUSTOMERS)
    owner = customers.by_number(still.id)["C-1"]
    controls.set_book(still.signer, book="own")
    new = NewInvoice(
        customer_id=owner, number="N-1", issued_on=date(2026, 1, 7), currency="EUR", net_minor=100
    )
    assert invoices.record(still.loader, [new]).recorded == 1
    lena = signed_in(still, "lena", "master_data")
    page = words(lena.get("/golive/"))
    assert "Live since 7 Jan 2026" in page
    assert "hold 1 document. There is nothing to take over" in page
    assert "Begin going live" not in page
    assert lena.post("/golive/begin", {"cut_over_on": str(CUT_OVER)}).status_code == 403
    assert queries.going_live(still.id) is None
    assert collections.first_run(still.id) is None
