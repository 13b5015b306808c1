"""Documents of charges have a page that says what for, kept as it leaves, sent like invoices."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from pypdf import PdfReader
from pytest_django.fixtures import Settings

from creditdesk.contact import queries as contact_queries
from creditdesk.contact import services as contact
from creditdesk.contact.rules import BankFact
from creditdesk.controls import services as controls
from creditdesk.customers.rules import NewContact
from creditdesk.invoices import charge_paper_queries as papers
from creditdesk.invoices import delivery_queries, queries, services
from creditdesk.invoices.models import ChargePaper
from creditdesk.invoices.paper import charge_page
from creditdesk.invoices.services import Sent
from creditdesk.invoices.services.charging import (
    DunningFeeDue,
    ReturnFee,
    charge_dunning_fees,
    charge_return_fees,
    keep_charge_pages,
)
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import queries as files
from creditdesk.policy import services as policies
from creditdesk.policy.rules import DEFAULT
from tests.contact.mailbox import Mailbox, mailbox
from tests.invoices.documents.reading import texts
from tests.invoices.documents.test_pdf_a import dictionaries
from tests.invoices.people import SELLER, a_buyer, an_invoice
from tests.support import verapdf
from tests.support.at_once import at_once
from tests.support.fixtures import founded

FEBRUARY, MARCH = date(2026, 2, 28), date(2026, 3, 16)
DUE = date(2026, 1, 31)
ANN = NewContact(name="Ann Acorn", email="ap@acorn.example", is_primary=True)
FRESH = BankFact(date(2026, 3, 13))


@pytest.fixture
def box(settings: Settings) -> Iterator[Mailbox]:
    with mailbox() as opened:
        settings.SMTP_URL = f"smtp://127.0.0.1:{opened.port}"
        yield opened


def charging(actor: Actor, **given: Any) -> Actor:
    rules = {"mode": "post", "since": "2025-01-01", **given}
    policies.publish(actor, given={**DEFAULT, "interest": rules}, valid_from=date(2025, 1, 1))
    services.set_seller(actor, SELLER)
    return actor


def late(actor: Actor, number: str = "INV-1", minor: int = 1_000_000, **known: Any) -> int:
    """Record an invoice that was due on 31 January; return its customer."""
    known = {"country": "NL", "contacts": (ANN,), **known}
    customer_id = a_buyer(actor, f"C-{number}", **known)
    services.record(actor, [an_invoice(
        customer_id, number, issued_on=date(2026, 1, 1), due_on=DUE, net_minor=minor, tax_minor=0,
    )])  # fmt: skip
    return customer_id


def told(actor: Actor, number: str) -> str:
    return texts(services.page_of_charge(actor.company_id, number))


def test_the_page_says_what_is_charged_and_by_which_law(actor: Actor) -> None:
    charging(actor, pay_within_days=10)
    late(actor)
    services.charge(actor, through=MARCH)
    said = told(actor, "LI-2026-000001")
    for expected in (
        "Late interest", "LI-2026-000001", "Acorn C-INV-1", "by 26 Mar 2026", "162.36",
        "Invoice INV-1, due on 31 Jan 2026", "1 Feb 2026 – 16 Mar 2026", "10 000.00", "44",
        "10.15 %", "122.36", "Compensation", "40.00", "Amount due (EUR)", "EU directive",
        "Directive 2011/7/EU, Art. 2(6)–(7), 3 and 6", "each day, of 365 in a year",
        "DE75 5121 0800 1245 1261 99", "Worked out up to", "bears no value added tax",
        "Scan to pay", "Acme Supply GmbH",
    ):  # fmt: skip
        assert expected in said, expected
    assert "charged before" not in said
    reference = re.search(r"RF\d\dLI2026000001", said)
    assert reference is not None


def test_the_page_speaks_german_to_whom_german_is_spoken(actor: Actor) -> None:
    charging(actor)
    customer_id = a_buyer(actor, "C9", language="de")
    services.record(actor, [an_invoice(
        customer_id, "INV-9", issued_on=date(2025, 11, 1), due_on=date(2025, 12, 1),
        net_minor=1_000_000, tax_minor=0,
    )])  # fmt: skip
    services.charge(actor, through=date(2025, 12, 31))
    said = told(actor, "LI-2026-000001")
    for expected in (
        "Acorn C9", "2. Dez. 2025 – 31. Dez. 2025", "10 000,00", "10,27 %", "84,41",
        "§§ 247, 288 (1), (2), (5), 289, 367 (1) BGB",
    ):  # fmt: skip
        assert expected in said, expected


def test_a_later_run_says_what_was_charged_before(actor: Actor) -> None:
    charging(actor)
    late(actor)
    services.charge(actor, through=FEBRUARY)
    services.charge(actor, through=MARCH)
    said = told(actor, "LI-2026-000002")
    assert "1 Feb 2026 – 16 Mar 2026" in said
    assert "charged before" in said
    assert "−77.86" in said  # of the 122.36 through March
    assert "44.50" in said
    assert "Compensation" not in said


def test_the_stretches_add_up_to_what_is_charged(actor: Actor) -> None:
    """Over a change of the half-year's rate each stretch is rounded so that the sum is exact."""
    charging(actor, since="2024-01-01")
    customer_id = a_buyer(actor, "C9", country="NL")
    services.record(actor, [an_invoice(
        customer_id, "INV-9", issued_on=date(2025, 1, 1), due_on=date(2025, 3, 3),
        net_minor=333_33, tax_minor=0,
    )])  # fmt: skip
    services.charge(actor, through=MARCH)
    [head] = papers.heads(actor.company_id, ["LI-2026-000001"])
    [interest, compensation] = papers.charges_on(actor.company_id, head.invoice_id)
    rows = list(charge_page.stretches(interest, "EUR"))
    assert [row[3].replace("\u00a0", " ") for row in rows] == ["11.15 %", "10.15 %", "10.15 %"]
    minors = [int(row[4].replace(".", "")) for row in rows]
    assert sum(minors) == interest.minor == head.total_minor - compensation.minor
    assert [row[2] for row in rows] == ["119", "184", "75"]


def test_an_agreed_rate_is_called_the_contract(actor: Actor) -> None:
    charging(actor, agreed_percent="12", day_count="30/360", compensation=False)
    late(actor)
    services.charge(actor, through=MARCH)
    said = told(actor, "LI-2026-000001")
    assert "12 % a year, agreed" in said
    assert "months of 30 days, of 360 in a year" in said
    assert "Directive" not in said


def test_fees_have_pages_of_their_own(actor: Actor) -> None:
    charging(actor)
    customer_id = late(actor)
    [item] = [row.item_id for row in queries.open_items(actor.company_id)]
    charge_return_fees(actor, [ReturnFee(customer_id, "EUR", 7_50, "PAY-2026-000009")],
                       within_days=14)  # fmt: skip
    due = [DunningFeeDue(1, "MSG-2026-000004", customer_id, item, "second", "EUR", 5_00, 1)]
    charge_dunning_fees(actor, lambda: due, within_days=7)
    returned, reminded = told(actor, "RF-2026-000001"), told(actor, "DF-2026-000001")
    for expected in ("Fee for a returned payment", "Payment PAY-2026-000009", "7.50",
                     "came back unpaid", "by 30 Mar 2026"):  # fmt: skip
        assert expected in returned, expected
    for expected in ("Fee for a reminder", "Invoice INV-1, due on 31 Jan 2026",
                     "reminder MSG-2026-000004", "5.00", "our terms of payment"):  # fmt: skip
        assert expected in reminded, expected
    assert "Days are counted" not in returned + reminded


def test_who_has_not_said_who_sells_writes_as_the_company(actor: Actor) -> None:
    rules = {"mode": "post", "since": "2025-01-01"}
    policies.publish(actor, given={**DEFAULT, "interest": rules}, valid_from=date(2026, 1, 1))
    late(actor)
    services.charge(actor, through=MARCH)
    said = told(actor, "LI-2026-000001")
    assert "Please transfer" not in said  # nobody knows where to
    assert "162.36" in said


def test_a_document_of_anything_else_has_no_such_page(actor: Actor) -> None:
    charging(actor)
    late(actor)
    with pytest.raises(NotFound) as refused:
        services.page_of_charge(actor.company_id, "INV-1")
    assert refused.value.code == "document_unknown"
    services.charge(actor, through=MARCH)
    other = founded("other")
    with pytest.raises(NotFound):
        services.page_of_charge(other.id, "LI-2026-000001")


def test_the_page_is_an_archives(actor: Actor) -> None:
    """PDF/A-3: nothing encrypted or acting, one output intent, fonts inside, its level said."""
    charging(actor)
    late(actor)
    services.charge(actor, through=MARCH)
    pdf = services.page_of_charge(actor.company_id, "LI-2026-000001")
    file = PdfReader(io.BytesIO(pdf), strict=True)
    assert "/Encrypt" not in file.trailer
    assert len(file.trailer["/ID"]) == 2
    [intent] = file.trailer["/Root"]["/OutputIntents"]
    assert intent.get_object()["/S"] == "/GTS_PDFA1"
    packet = file.trailer["/Root"]["/Metadata"].get_object().get_data()
    assert re.search(rb"<pdfaid:part>3</pdfaid:part>", packet)
    for one in dictionaries(pdf):
        assert not {"/JS", "/AA", "/OpenAction"} & set(one)
        if one.get("/Type") == "/FontDescriptor":
            assert {"/FontFile2", "/FontFile3"} & set(one)
    assert "/EmbeddedFiles" not in file.trailer["/Root"].get("/Names", {})  # no invoice data
    assert pdf == services.page_of_charge(actor.company_id, "LI-2026-000001")


@pytest.mark.needs("verapdf")
def test_the_reference_validator_takes_the_page(actor: Actor, tmp_path: Path) -> None:
    charging(actor)
    late(actor)
    services.charge(actor, through=MARCH)
    pdf = services.page_of_charge(actor.company_id, "LI-2026-000001")
    assert verapdf.broken(tmp_path, {"charge": pdf}) == {"charge": []}


def test_sent_it_leaves_as_a_page_with_evidence(actor: Actor, box: Mailbox) -> None:
    charging(actor)
    customer_id = late(actor)
    services.set_route(actor, customer_id, channel="email", forms=["ubl", "cii"])
    services.charge(actor, through=MARCH)
    assert papers.unsent(actor.company_id) == ["LI-2026-000001"]
    assert services.deliver(actor, ["LI-2026-000001"]) == Sent(queued=1)
    assert papers.unsent(actor.company_id) == []
    assert [hold.source for hold in contact_queries.live_holds(actor.company_id, on=MARCH)] == [
        "sending:LI-2026-000001"
    ]
    assert contact.send_queued(actor, bank=FRESH).sent == 1
    [mail] = box.mails
    assert mail["Subject"] == "Late interest LI-2026-000001 from Acme Supply GmbH"
    [part] = [one for one in mail.walk() if one.get_filename()]
    kept = papers.kept_page(actor.company_id, "LI-2026-000001")
    assert kept is not None
    assert (part.get_filename(), part.get_payload(decode=True)) == (
        "LI-2026-000001.pdf", kept.content,
    )  # fmt: skip
    found = delivery_queries.deliveries(actor.company_id, "LI-2026-000001")
    assert (found.standing, [row.forms for row in found.rows]) == ("delivered", [("pdf",)])
    assert contact_queries.live_holds(actor.company_id, on=MARCH) == []
    assert services.deliver(actor, ["LI-2026-000001"]) == Sent(known=1)


def test_what_left_stays_as_it_left(actor: Actor) -> None:
    """A change of the customer's name later, or a waiver, changes no page that was kept."""
    charging(actor)
    late(actor)
    services.charge(actor, through=MARCH)
    services.deliver(actor, ["LI-2026-000001"], channel="post")
    before = services.page_of_charge(actor.company_id, "LI-2026-000001")
    services.set_seller(actor, replace(SELLER, name="Acme Renamed GmbH"))
    assert services.page_of_charge(actor.company_id, "LI-2026-000001") == before
    [row] = ChargePaper.objects.filter(company_id=actor.company_id)
    assert files.kept_file(actor.company_id, row.pdf_file_id).content == before


def test_two_at_once_keep_one_page_and_send_one(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = charging(actor_of(founded().id))
    late(actor)
    services.charge(actor, through=MARCH)
    at_once(*[lambda: services.deliver(actor, ["LI-2026-000001"], channel="post")] * 4)
    assert ChargePaper.objects.filter(company_id=actor.company_id).count() == 1
    assert len(delivery_queries.deliveries(actor.company_id, "LI-2026-000001").rows) == 1


def test_by_own_means_nothing_is_sent(actor: Actor) -> None:
    charging(actor)
    customer_id = late(actor)
    services.set_route(actor, customer_id, channel="own", forms=["pdf"])
    services.charge(actor, through=MARCH)
    assert services.deliver(actor, ["LI-2026-000001"]) == Sent(own_means=1)


def test_a_kept_page_is_changed_by_nobody(actor: Actor) -> None:
    charging(actor)
    late(actor)
    services.charge(actor, through=MARCH)
    keep_charge_pages(actor, ["LI-2026-000001"])
    for statement in ("UPDATE invoices_chargepaper SET language = 'xx'",
                      "DELETE FROM invoices_chargepaper"):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert ChargePaper.objects.get(company_id=actor.company_id).language == "en"


def test_a_book_kept_elsewhere_makes_no_page(actor: Actor) -> None:
    charging(actor)
    customer_id = late(actor)
    controls.set_book(actor, book="erp")
    assert (
        charge_return_fees(actor, [ReturnFee(customer_id, "EUR", 7_50, "P")], within_days=1) == ()
    )
    assert papers.unsent(actor.company_id) == []
