"""Delivery at the desk: what is known on the page, sent again, the post, the ways, the lists."""

from __future__ import annotations

import pytest
from django.test import Client

from creditdesk.contact import services as contact
from creditdesk.customers.rules import NewContact
from creditdesk.invoices import delivery_queries, services
from creditdesk.kernel.actor import Actor
from tests.contact import bounces
from tests.faces.desk.conftest import SignedIn
from tests.faces.desk.pages import body, key_of, words
from tests.invoices.people import SELLER, a_buyer, a_draft

ANN = NewContact(name="Ann Acorn", email="ap@acorn.example", is_primary=True)


@pytest.fixture
def number(desk: Actor) -> str:
    services.set_seller(desk, SELLER)
    [issued] = services.issue(desk, [a_draft(a_buyer(desk, contacts=(ANN,)))])
    return issued


@pytest.fixture
def biller(signed_in: SignedIn, number: str) -> Client:
    assert number
    return signed_in("biller")


def bounced(desk: Actor, number: str) -> None:
    contact.send_queued(desk)
    row = delivery_queries.deliveries(desk.company_id, number).rows[-1]
    contact.take_in_mail(
        desk, filename="n.eml", content=bounces.unknown_user(row.message_name), door="imap"
    )


def states(desk: Actor, number: str) -> list[tuple[str, str]]:
    rows = delivery_queries.deliveries(desk.company_id, number).rows
    return [(one.channel, one.state) for one in rows]


def test_the_invoice_tells_what_is_known_newest_first(
    biller: Client, desk: Actor, number: str
) -> None:
    bounced(desk, number)
    page = words(biller.get(f"/invoices/{number}/"))
    assert "Delivery Came back Send again" in page
    told = ("Bounced", "Accepted by the mail server", "Waits to be sent")
    places = [page.index(f"{one} · E-mail") for one in told]
    assert places == sorted(places)
    assert "5.1.1" in page
    assert "ap@acorn.example" in page
    assert "PDF (Factur-X)" in page


def test_lists_find_it_and_the_morning_asks(biller: Client, desk: Actor, number: str) -> None:
    assert number not in body(biller.get("/invoices/?state=undelivered"))
    assert "did not reach" not in body(biller.get("/"))
    bounced(desk, number)
    for state in ("undelivered", "bounced"):
        assert number in body(biller.get(f"/invoices/?state={state}"))
    page = biller.get("/")
    assert "1 document did not reach its customer" in words(page)
    assert 'href="/invoices/?state=undelivered"' in body(page)
    services.deliver(desk, [number], reason="New address")
    assert "did not reach" not in body(biller.get("/"))


def test_it_is_seen_before_it_is_sent_again(biller: Client, desk: Actor, number: str) -> None:
    bounced(desk, number)
    address = f"/invoices/{number}/send"
    form = {"channel": "email", "form-pdf": "on", "form-cii": "on", "reason": "Address mended"}
    shown = words(biller.post(address, form))
    assert "Nothing has been sent yet" in shown
    assert "lets it pass" in shown
    assert states(desk, number) == [("email", "bounced")]
    key = key_of(biller, address)
    for _ in range(2):
        done = biller.post(address, {**form, "confirmed": "yes", "key": key})
        assert (done.status_code, done.headers["Location"]) == (303, address)
    assert states(desk, number) == [("email", "bounced"), ("email", "queued")]
    rows = delivery_queries.deliveries(desk.company_id, number).rows
    assert rows[1].forms == ("pdf", "cii")


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"channel": "email", "form-pdf": "on"}, 200, "give a reason to send it again"),
        ({"channel": "email", "reason": "Lost"}, 409, "waits to be sent already"),
        ({"channel": "fax"}, 422, "fax"),
    ],
)
def test_what_would_send_twice_by_impatience_is_told(
    biller: Client, desk: Actor, number: str, form: dict[str, str], status: int, said: str
) -> None:
    answer = biller.post(f"/invoices/{number}/send", form)
    assert answer.status_code == status
    assert said in words(answer)
    assert states(desk, number) == [("email", "queued")]


def test_without_an_address_the_preview_says_that_the_gate_refuses(
    biller: Client, desk: Actor
) -> None:
    [bare] = services.issue(desk, [a_draft(a_buyer(desk, "C2", street=""))])
    answer = biller.post(f"/invoices/{bare}/send", {"channel": "post", "reason": "By post"})
    assert "refuses: there is no address" in words(answer)
    assert "disabled" in body(answer)


def test_what_somebody_knows_is_noted(biller: Client, desk: Actor, number: str) -> None:
    address = f"/invoices/{number}/known"
    biller.post(address, {"what": "arrived", "known_by": "", "on": "2026-03-16"})
    assert states(desk, number) == [("email", "queued")]
    biller.post(address, {"what": "arrived", "known_by": "Handed over", "on": "2026-03-15"})
    assert states(desk, number) == [("email", "confirmed")]
    page = words(biller.get(f"/invoices/{number}/send"))
    assert "Arrived, as somebody knows" in page
    assert "Handed over" in page
    assert "15 Mar 2026" in page


def test_an_imported_invoice_has_no_delivery(signed_in: SignedIn, desk: Actor) -> None:
    from tests.invoices.people import an_invoice, recorded  # noqa: PLC0415 - only here

    recorded(desk, an_invoice(a_buyer(desk), "ERP-1"))
    reader = signed_in("biller")
    assert "h-delivery" not in body(reader.get("/invoices/ERP-1/"))
    assert reader.get("/invoices/ERP-1/send").status_code == 404


def test_the_post_is_printed_once_and_handed_over(biller: Client, desk: Actor, number: str) -> None:
    services.deliver(desk, [number], channel="post")
    page = biller.get("/invoices/print/")
    assert number in body(page)
    key = key_of(biller, "/invoices/print/")
    for _ in range(2):
        assert biller.post("/invoices/print/new", {"key": key}).status_code == 303
    assert biller.post("/invoices/print/new", {"key": "other"}).status_code == 303
    [batch] = delivery_queries.batches(desk.company_id)
    sheet = biller.get(f"/invoices/print/{batch.reference}/sheet")
    assert sheet.headers["Content-Type"] == "application/pdf"
    assert sheet.content.startswith(b"%PDF")
    assert biller.get(f"/invoices/print/{batch.reference}/sheet").content == sheet.content
    address = f"/invoices/print/{batch.reference}/posted"
    biller.post(address, {"on": "2026-03-17"})
    assert states(desk, number)[-1] == ("post", "printed")
    biller.post(address, {"on": "2026-03-16"})
    assert states(desk, number)[-1] == ("post", "posted")
    assert "16 Mar 2026" in words(biller.get("/invoices/print/"))


def test_ways_are_set_for_all_and_for_one(signed_in: SignedIn, desk: Actor, number: str) -> None:
    assert number
    keeper = signed_in("master_data")
    done = keeper.post("/invoices/sending", {"channel": "post", "form-pdf": "on"})
    assert done.status_code == 303
    form = {
        "channel": "email", "form-pdf": "on", "form-ubl": "on", "email": "rechnung@acorn.example",
        "recipient_name": "Rechnungsprüfung", "asks_receipt": "on",
    }  # fmt: skip
    assert keeper.post("/customers/C1/sending", form).status_code == 303
    customer_id = a_buyer(desk, "C2")
    found = delivery_queries.routes(desk.company_id, [customer_id])[customer_id]
    assert found.channel == "post"
    assert "rechnung@acorn.example" in body(keeper.get("/customers/C1/"))
    page = body(keeper.get("/customers/C1/sending"))
    assert 'value="Rechnungsprüfung"' in page
    wrong = keeper.post("/customers/C1/sending", {**form, "email": "nobody"})
    assert wrong.status_code == 422
    assert 'id="e-email"' in body(wrong)
    keeper.post("/customers/C1/sending", {"channel": ""})
    assert "rechnung@acorn.example" not in body(keeper.get("/customers/C1/"))
    assert keeper.post("/invoices/sending", {"channel": ""}).status_code == 422


def test_the_message_shows_what_was_attached_and_answered(
    biller: Client, desk: Actor, number: str
) -> None:
    contact.send_queued(desk)
    [row] = delivery_queries.deliveries(desk.company_id, number).rows
    page = words(biller.get(f"/mailbox/{row.message_reference}/"))
    assert f"Attached {number}.pdf" in page
    assert "The mail server said 250 taken" in page


def test_who_may_not_set_the_way_sees_it_and_is_told_who_does(biller: Client) -> None:
    page = body(biller.get("/invoices/sending"))
    assert "<fieldset disabled>" in page
    assert "Master data or the credit manager changes it." in page
    assert 'type="submit"' not in page.partition("<fieldset disabled>")[2].partition("</form>")[0]


def test_the_next_batch_proposes_both_sides_as_the_last_one(
    biller: Client, desk: Actor, number: str
) -> None:
    services.deliver(desk, [number], channel="post")
    assert 'name="both_sides" value="on">' in body(biller.get("/invoices/print/"))
    biller.post("/invoices/print/new", {"both_sides": "on"})
    [batch] = delivery_queries.batches(desk.company_id)
    assert (batch.is_both_sides, batch.pages) == (True, 3)  # list, blank, invoice
    services.mark_posted(desk, batch.reference)
    services.deliver(desk, [number], channel="post", reason="torn")
    page = body(biller.get("/invoices/print/"))
    assert 'name="both_sides" value="on" checked>' in page
    assert "both sides" in words(biller.get("/invoices/print/"))


def test_times_are_those_of_the_company(biller: Client, desk: Actor, number: str) -> None:
    """Recorded at nine in London's winter: ten o'clock in Berlin, in every place of the page."""
    assert desk.at.hour == 9
    page = words(biller.get(f"/invoices/{number}/"))
    assert "16 Mar 2026 10:00" in page
    assert "09:00" not in page


def test_a_biller_bills_from_the_customers_page(
    biller: Client, signed_in: SignedIn, number: str
) -> None:
    assert number
    page = body(biller.get("/customers/C1/"))
    assert 'href="/invoices/new?customer=C1"' in page
    assert "/invoices/new?customer" not in body(signed_in("collector").get("/customers/C1/"))
    assert 'value="C1"' in body(biller.get("/invoices/new?customer=C1"))
