"""Issued documents reach their customers once, with evidence; what did not arrive is not chased."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from pypdf import PdfReader
from pytest_django.fixtures import Settings

from creditdesk.contact import queries as contact_queries
from creditdesk.contact import services as contact
from creditdesk.contact.queries.inbox import mails_waiting
from creditdesk.contact.rules import BankFact
from creditdesk.controls.commands import preview
from creditdesk.controls.privacy import services as privacy
from creditdesk.customers.rules import NewContact
from creditdesk.invoices import delivery_queries, issued_queries, queries, services
from creditdesk.invoices.delivery_queries import Deliveries
from creditdesk.invoices.delivery_rules import Route
from creditdesk.invoices.services import Sent
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.plumbing import queries as files
from creditdesk.plumbing import sql
from creditdesk.plumbing.services import keep_file
from creditdesk.policy import services as policy
from tests.contact import bounces
from tests.contact.mailbox import Mailbox, mailbox
from tests.contact.stage import a_draft as a_reminder
from tests.invoices.people import SELLER, a_buyer, a_draft, an_invoice, recorded
from tests.support.at_once import at_once
from tests.support.fixtures import founded

FRESH = BankFact(date(2026, 3, 13))
ANN = NewContact(name="Ann Acorn", email="ap@acorn.example", is_primary=True)


@pytest.fixture
def box(settings: Settings) -> Iterator[Mailbox]:
    with mailbox() as opened:
        settings.SMTP_URL = f"smtp://127.0.0.1:{opened.port}"
        yield opened


def selling(actor: Actor) -> Actor:
    services.set_seller(actor, SELLER)
    policy.ensure_default(actor, valid_from=date(2026, 1, 1))
    return actor


def issued(actor: Actor, number: str = "C1", **known: Any) -> str:
    """Issue an invoice to a customer whose invoices go to Ann; return its number."""
    contacts = known.pop("contacts", (ANN,))
    customer_id = a_buyer(actor, number, contacts=contacts, **known)
    return services.issue(actor, [a_draft(customer_id)])[0]


def of(actor: Actor, number: str) -> Deliveries:
    return delivery_queries.deliveries(actor.company_id, number)


def states(actor: Actor, number: str) -> list[tuple[str, str]]:
    return [(one.channel, one.state) for one in of(actor, number).rows]


def kinds(actor: Actor, number: str) -> list[str]:
    return [one.kind for one in of(actor, number).evidence]


def held(actor: Actor) -> list[tuple[str, str]]:
    return [(one.kind, one.source) for one in contact_queries.live_holds(actor.company_id)]


def send(actor: Actor) -> contact.SendResult:
    return contact.send_queued(actor, bank=FRESH)


def take(actor: Actor, content: bytes) -> None:
    contact.take_in_mail(actor, filename="n.eml", content=content, door="imap")


def message_name(actor: Actor, number: str) -> str:
    return of(actor, number).rows[-1].message_name


# -- by mail


def test_an_issued_invoice_leaves_with_its_pdf_and_releases_reminders(
    actor: Actor, box: Mailbox
) -> None:
    box.answer = lambda _box: "250 2.0.0 Ok: queued as 4XyZ"
    number = issued(selling(actor))
    assert states(actor, number) == [("email", "queued")]
    assert held(actor) == [("undelivered", f"sending:{number}")]
    assert send(actor) == contact.SendResult(sent=1)
    [mail] = box.mails
    assert mail["Subject"] == f"Invoice {number} from Acme Supply GmbH"
    assert mail["To"] == "Ann Acorn <ap@acorn.example>"
    assert mail["Disposition-Notification-To"] is None
    assert mail["List-Unsubscribe"] is None
    [pdf] = mail.iter_attachments()
    kept = issued_queries.document_file(actor.company_id, number, "pdf")
    assert (pdf.get_filename(), pdf.get_content_type()) == (f"{number}.pdf", "application/pdf")
    assert pdf.get_content() == kept.content
    text = mail.get_body(("plain",))
    assert text is not None
    said = " ".join(text.get_content().split())
    assert "Dear Ann Acorn, attached is invoice" in said
    assert f"{number} of 16 Mar 2026 over 1,321.88 EUR, due on" in said
    [row] = of(actor, number).rows
    assert (row.state, row.recipient, row.answer) == (
        "accepted", "ap@acorn.example", "250 2.0.0 Ok: queued as 4XyZ",
    )  # fmt: skip
    assert mail["Message-ID"] == row.message_name
    assert kinds(actor, number) == ["queued", "accepted"]
    assert held(actor) == []
    verdicts = contact_queries.message(actor.company_id, row.message_reference).verdicts
    assert [(one.stage, one.purpose, one.allowed) for one in verdicts] == [
        ("queue", "invoice", True), ("send", "invoice", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("forms", "names"),
    [
        (("ubl",), ["{}-ubl.xml"]),
        (("cii",), ["{}-cii.xml"]),
        (("ubl", "pdf"), ["{}.pdf", "{}-ubl.xml"]),
    ],
)
def test_it_goes_in_the_forms_and_to_the_address_the_customer_wants(
    actor: Actor, box: Mailbox, forms: tuple[str, ...], names: list[str]
) -> None:
    customer_id = a_buyer(selling(actor), contacts=(ANN,))
    services.set_route(
        actor, customer_id, channel="email", forms=forms, email="rechnung@acorn.example",
        recipient_name="Rechnungsprüfung", asks_receipt=True,
    )  # fmt: skip
    [number] = services.issue(actor, [a_draft(customer_id)])
    send(actor)
    [mail] = box.mails
    assert mail["To"] == "Rechnungsprüfung <rechnung@acorn.example>"
    assert mail["Disposition-Notification-To"] == "credit@example.com"
    assert [one.get_filename() for one in mail.iter_attachments()] == [
        name.format(number) for name in names
    ]


def test_a_german_document_comes_with_german_words(actor: Actor, box: Mailbox) -> None:
    customer_id = a_buyer(selling(actor), contacts=(ANN,), language="de")
    services.issue(actor, [a_draft(customer_id)])
    send(actor)
    assert box.mails[0]["Content-Language"] == "de"


def test_a_credit_note_goes_the_same_way_and_holds_nothing(actor: Actor, box: Mailbox) -> None:
    number = issued(selling(actor))
    send(actor)
    note = services.credit_issued(actor, number, issued_on=actor.today, reason="Returned")
    assert states(actor, note) == [("email", "queued")]
    assert held(actor) == []
    send(actor)
    assert box.mails[1]["Subject"] == f"Credit note {note} from Acme Supply GmbH"
    assert kinds(actor, note) == ["queued", "accepted"]


def test_without_an_address_it_is_not_sent_and_not_chased(actor: Actor, box: Mailbox) -> None:
    number = issued(selling(actor), contacts=())
    assert states(actor, number) == [("email", "refused")]
    assert of(actor, number).standing == "undelivered"
    assert held(actor) == [("undelivered", f"sending:{number}")]
    assert send(actor) == contact.SendResult()
    assert box.mails == []
    # by another way it arrives after all
    assert services.deliver(actor, [number], channel="post") == Sent(queued=1)
    printed = services.print_batch(actor)
    services.mark_posted(actor, printed.reference)
    assert states(actor, number) == [("email", "refused"), ("post", "posted")]
    assert held(actor) == []


def test_by_own_means_nothing_is_sent_and_nothing_held(actor: Actor) -> None:
    services.set_route(actor, None, channel="own")
    number = issued(selling(actor))
    assert of(actor, number) == Deliveries("", (), ())
    assert held(actor) == []
    assert services.deliver(actor, [number]) == Sent(own_means=1)
    # but one can be sent all the same
    assert services.deliver(actor, [number], channel="email") == Sent(queued=1)


def test_an_imported_invoice_is_neither_sent_nor_held(actor: Actor) -> None:
    customer_id = a_buyer(selling(actor), contacts=(ANN,))
    recorded(actor, an_invoice(customer_id, "ERP-1"))
    assert held(actor) == []
    with pytest.raises(NotFound) as refused:
        services.deliver(actor, ["ERP-1"])
    assert refused.value.code == "document_unknown"
    assert sql.scalar("SELECT count(*) FROM contact_message") == 0


def test_an_opt_out_of_reminders_stops_no_invoice(actor: Actor, box: Mailbox) -> None:
    customer_id = a_buyer(selling(actor), contacts=(ANN,))
    contact.set_consent(actor, customer_id, purpose="collection", allowed=False)
    services.issue(actor, [a_draft(customer_id)])
    assert send(actor) == contact.SendResult(sent=1)
    assert len(box.mails) == 1


# -- once


def test_asked_again_it_goes_once_and_again_only_for_a_reason(actor: Actor, box: Mailbox) -> None:
    number = issued(selling(actor))
    assert services.deliver(actor, [number]) == Sent(known=1)
    with pytest.raises(Refused) as refused:
        services.deliver(actor, [number], reason="They say it is lost")
    assert refused.value.code == "delivery_under_way"
    send(actor)
    assert services.deliver(actor, [number]) == Sent(known=1)
    assert send(actor) == contact.SendResult()
    assert services.deliver(actor, [number], reason="They say it is lost") == Sent(queued=1)
    # delivered is delivered: the copy on its way holds no reminder
    assert held(actor) == []
    send(actor)
    assert [mail["Subject"] for mail in box.mails] == [
        f"Invoice {number} from Acme Supply GmbH"
    ] * 2
    assert box.mails[0]["Message-ID"] != box.mails[1]["Message-ID"]
    assert [(one.attempt, one.state) for one in of(actor, number).rows] == [
        (1, "accepted"), (2, "accepted"),
    ]  # fmt: skip
    assert [one.note for one in of(actor, number).evidence] == ["", "", "They say it is lost", ""]


def test_a_preview_sends_nothing(actor: Actor) -> None:
    number = issued(selling(actor))
    before = contact_queries.status_counts(actor.company_id)
    with preview():
        assert services.deliver(actor, [number], channel="post") == Sent(queued=1)
    assert states(actor, number) == [("email", "queued")]
    assert contact_queries.status_counts(actor.company_id) == before


@pytest.mark.parametrize(
    ("given", "code"),
    [({"channel": "fax"}, "channel_unknown"), ({"numbers": []}, "batch_size_invalid")],
)
def test_what_cannot_be_meant_is_refused(actor: Actor, given: dict[str, Any], code: str) -> None:
    number = issued(selling(actor))
    numbers = given.pop("numbers", [number])
    with pytest.raises(Invalid) as refused:
        services.deliver(actor, numbers, **given)
    assert refused.value.code == code
    assert states(actor, number) == [("email", "queued")]


@pytest.mark.parametrize("role", ["auditor", "collector", "cash_applier"])
def test_only_who_may_sends_documents(
    actor: Actor, actor_of: Callable[..., Actor], role: str
) -> None:
    number = issued(selling(actor))
    with pytest.raises(Refused) as refused:
        services.deliver(actor_of(actor.company_id, role=role), [number], channel="post")
    assert refused.value.code == "not_permitted"
    assert states(actor, number) == [("email", "queued")]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"channel": "fax"}, "channel"),
        ({"channel": "email", "forms": ["odt"]}, "forms"),
        ({"channel": "email", "email": "nobody"}, "email"),
        ({"channel": "email", "email": "a@b.example\nBcc: x@y.example"}, "email"),
        ({"channel": "email", "recipient_name": "A\nB"}, "recipient_name"),
    ],
)
def test_a_way_that_cannot_work_is_refused(actor: Actor, given: dict[str, Any], field: str) -> None:
    customer_id = a_buyer(actor)
    with pytest.raises(Invalid) as refused:
        services.set_route(actor, customer_id, **given)
    assert refused.value.place.field == field
    assert delivery_queries.own_route(actor.company_id, customer_id) is None


def test_a_customers_own_way_goes_before_the_companys_and_can_be_taken_back(actor: Actor) -> None:
    first, second = a_buyer(actor, "C1"), a_buyer(actor, "C2")
    services.set_route(actor, None, channel="post")
    services.set_route(actor, first, channel="email", forms=["cii", "pdf"])
    found = delivery_queries.routes(actor.company_id, [first, second])
    assert (found[first].channel, found[first].forms) == ("email", ("pdf", "cii"))
    assert found[second].channel == "post"
    services.set_route(actor, first, channel="")
    assert delivery_queries.routes(actor.company_id, [first])[first].channel == "post"


# -- evidence


def test_a_bounce_opens_the_delivery_again_and_holds_reminders(actor: Actor, box: Mailbox) -> None:
    number = issued(selling(actor))
    send(actor)
    assert held(actor) == []
    take(actor, bounces.delayed(message_name(actor, number)))
    assert (states(actor, number), held(actor)) == ([("email", "accepted")], [])
    take(actor, bounces.unknown_user(message_name(actor, number)))
    assert states(actor, number) == [("email", "bounced")]
    assert kinds(actor, number) == ["queued", "accepted", "delayed", "bounced"]
    assert of(actor, number).evidence[-1].code == "5.1.1"
    assert of(actor, number).evidence[-1].mail_id is not None
    assert held(actor) == [("undelivered", f"sending:{number}")]
    # both notices stand with the delivery: no person need look at them in the mailbox as well
    assert mails_waiting(actor.company_id).rows == ()
    listed = queries.listing(actor.company_id, as_of=actor.today, state="bounced")
    assert [row.number for row in listed.rows] == [number]
    # the address is mended, and it goes again
    assert services.deliver(actor, [number], reason="New address") == Sent(queued=1)
    assert of(actor, number).standing == "under_way"
    send(actor)
    assert held(actor) == []
    assert queries.listing(actor.company_id, as_of=actor.today, state="undelivered").total == 0


def test_a_bounced_invoice_is_left_out_of_a_reminder(actor: Actor, box: Mailbox) -> None:
    number = issued(selling(actor))
    send(actor)
    take(actor, bounces.unknown_user(message_name(actor, number)))
    [item] = queries.open_items(actor.company_id)
    draft = contact_draft(item.customer_id, item.item_id, item.open_minor)
    late = Actor(
        company_id=actor.company_id, name="test", at=actor.at + timedelta(days=70),
        today=actor.today + timedelta(days=70), permissions=actor.permissions,
    )  # fmt: skip
    result = contact.queue(late, [draft], bank=BankFact(late.today))
    assert (result.queued, result.refused) == (0, 1)
    services.confirm(late, number, reason="Handed over in person")
    assert contact.queue(late, [draft], bank=BankFact(late.today)).queued == 1


def test_a_notice_about_anything_else_waits_for_a_person(actor: Actor, box: Mailbox) -> None:
    """A reminder that bounced is nobody's but a person's: there is no delivery to open again."""
    number = issued(selling(actor))
    send(actor)
    [item] = queries.open_items(actor.company_id)
    late = Actor(
        company_id=actor.company_id, name="test", at=actor.at + timedelta(days=71),
        today=actor.today + timedelta(days=71), permissions=actor.permissions,
    )  # fmt: skip
    draft = contact_draft(item.customer_id, item.item_id, item.open_minor)
    assert contact.queue(late, [draft], bank=BankFact(late.today)).queued == 1
    assert contact.send_queued(late, bank=BankFact(late.today)).sent == 1
    reminder = str(box.mails[-1]["Message-ID"])
    assert reminder != message_name(actor, number)
    take(actor, bounces.unknown_user(reminder))
    take(actor, bounces.unknown_user("<nobody.knows@elsewhere.example>"))
    assert [one.status for one in mails_waiting(actor.company_id).rows] == ["automatic"] * 2
    assert states(actor, number) == [("email", "accepted")]


def contact_draft(customer_id: int, item_id: int, open_minor: int) -> Any:
    return a_reminder(customer_id, (item_id, open_minor))


def test_a_receipt_of_the_reader_says_opened(actor: Actor, box: Mailbox) -> None:
    number = issued(selling(actor))
    send(actor)
    take(actor, bounces.shown(message_name(actor, number)))
    assert states(actor, number) == [("email", "opened")]
    # a later notice does not undo that somebody read it
    take(actor, bounces.given_up(message_name(actor, number)))
    assert states(actor, number) == [("email", "opened")]
    assert kinds(actor, number) == ["queued", "accepted", "opened", "bounced"]
    assert held(actor) == []


def test_the_portal_and_persons_tell_too(actor: Actor, box: Mailbox) -> None:
    number = issued(selling(actor))
    send(actor)
    services.note_returned(actor, number, reason="They never got it")
    assert held(actor) == [("undelivered", f"sending:{number}")]
    assert services.note_seen(actor, [number, "INV-unknown"]) == 1
    assert states(actor, number) == [("email", "seen")]
    assert held(actor) == []
    with pytest.raises(NotFound) as refused:
        services.confirm(actor, "INV-unknown", reason="By hand")
    assert refused.value.code == "delivery_unknown"
    with pytest.raises(Invalid) as missing:
        services.confirm(actor, number, reason=" ")
    assert missing.value.code == "reason_missing"
    with pytest.raises(Invalid) as ahead:
        services.confirm(actor, number, reason="x", on=actor.today + timedelta(days=1))
    assert ahead.value.code == "day_ahead"
    assert kinds(actor, number) == ["queued", "accepted", "returned", "seen"]


def test_evidence_is_never_rewritten(actor: Actor) -> None:
    issued(selling(actor))
    for statement in (
        "UPDATE invoices_deliveryevidence SET kind = 'confirmed'",
        "DELETE FROM invoices_deliveryevidence",
        "UPDATE contact_attachment SET file_id = 1",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


# -- faults


def test_a_server_that_says_no_leaves_it_undelivered(actor: Actor, box: Mailbox) -> None:
    box.answer = lambda _box: "552 5.3.4 message too big"
    number = issued(selling(actor))
    assert send(actor) == contact.SendResult(failed=1)
    assert states(actor, number) == [("email", "failed")]
    assert "552" in of(actor, number).rows[0].status_reason
    assert held(actor) == [("undelivered", f"sending:{number}")]


def test_a_line_that_breaks_leaves_the_mail_to_a_person(actor: Actor, box: Mailbox) -> None:
    box.answer = lambda _box: "hang up"
    selling(actor)
    first, second = issued(actor, "C1"), issued(actor, "C2")
    assert send(actor) == contact.SendResult(uncertain=1)
    # nobody knows whether the first arrived; the second was never given away
    assert (states(actor, first), states(actor, second)) == (
        [("email", "queued")], [("email", "queued")],
    )  # fmt: skip
    assert len(held(actor)) == 2
    box.answer = lambda _box: "250 taken"
    assert send(actor) == contact.SendResult(sent=1)
    assert (states(actor, first), states(actor, second)) == (
        [("email", "queued")], [("email", "accepted")],
    )  # fmt: skip
    contact.give_up(actor, of(actor, first).rows[0].message_reference, was_sent=True)
    assert states(actor, first) == [("email", "accepted")]
    assert held(actor) == []


def test_a_person_who_says_it_did_not_leave_opens_it_again(actor: Actor, box: Mailbox) -> None:
    box.answer = lambda _box: "hang up"
    number = issued(selling(actor))
    send(actor)
    contact.give_up(actor, of(actor, number).rows[0].message_reference, was_sent=False)
    assert states(actor, number) == [("email", "failed")]
    assert services.deliver(actor, [number], reason="It never left") == Sent(queued=1)


def a_statement(actor: Actor, customer_id: int, *, sha256: str = "") -> services.Outgoing:
    file_id = keep_file(actor, "statement.pdf", b"%PDF-1.7 statement")
    kept = files.kept_file(actor.company_id, file_id)
    return services.Outgoing(
        purpose="statement", document="ST-1", customer_id=customer_id, customer_name="Acorn",
        route=Route(email="ap@acorn.example"), subject="Statement", body="Attached.",
        files=(services.Enclosure("pdf", file_id, "ST-1.pdf", sha256 or kept.sha256),),
        country="DE",
    )  # fmt: skip


def test_a_file_that_is_not_what_was_queued_is_not_sent(actor: Actor, box: Mailbox) -> None:
    paper = a_statement(actor, a_buyer(selling(actor), contacts=(ANN,)), sha256="0" * 64)
    assert services.send_out(actor, [paper]) == Sent(queued=1)
    assert send(actor) == contact.SendResult(failed=1)
    found = delivery_queries.deliveries(actor.company_id, "ST-1", purpose="statement")
    assert [one.state for one in found.rows] == ["failed"]
    assert box.mails == []


def test_two_workers_send_one_mail(
    committed_db: str, settings: Settings, actor_of: Callable[..., Actor]
) -> None:
    actor = selling(actor_of(founded().id))
    number = issued(actor)
    with mailbox() as opened:
        settings.SMTP_URL = f"smtp://127.0.0.1:{opened.port}"
        results = at_once(*[lambda: send(actor)] * 4)
        assert sum(one.sent for one in results) == 1
        assert len(opened.mails) == 1
    assert kinds(actor, number) == ["queued", "accepted"]


def test_killed_between_the_servers_answer_and_our_record_it_is_not_sent_twice(
    committed_db: str, settings: Settings, actor_of: Callable[..., Actor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    class Killed(BaseException):
        pass

    actor = selling(actor_of(founded().id))
    number = issued(actor)

    def dies(*_: object) -> None:
        raise Killed

    with mailbox() as opened:
        settings.SMTP_URL = f"smtp://127.0.0.1:{opened.port}"
        with monkeypatch.context() as patch:
            patch.setattr("creditdesk.contact.services.sending.mark_sent", dies)
            with pytest.raises(Killed):
                send(actor)
        assert send(actor) == contact.SendResult()
        assert len(opened.mails) == 1
    assert states(actor, number) == [("email", "queued")]
    [waiting] = contact_queries.uncertain(actor.company_id)
    assert waiting.purpose == "invoice"
    assert held(actor) == [("undelivered", f"sending:{number}")]


def test_asked_by_many_at_once_it_is_queued_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    actor = selling(actor_of(founded().id))
    number = issued(actor)
    done = at_once(*[lambda: services.deliver(actor, [number], channel="post")] * 5)
    assert sorted((one.queued, one.known) for one in done) == [(0, 1)] * 4 + [(1, 0)]
    assert states(actor, number) == [("email", "queued"), ("post", "queued")]


# -- the post


def to_the_post(actor: Actor, *customers_given: str) -> list[str]:
    services.set_route(actor, None, channel="post")
    return [issued(actor, number) for number in customers_given]


def test_what_waits_for_the_post_is_one_file_with_a_list_in_front(actor: Actor) -> None:
    first, second = to_the_post(selling(actor), "C1", "C2")
    assert send(actor) == contact.SendResult()  # the mail server never sees it
    waiting = delivery_queries.to_print(actor.company_id)
    assert [(one.document, one.address) for one in waiting] == [
        (first, "Acorn C1, Marktplatz 3, 04109 Leipzig, DE"),
        (second, "Acorn C2, Marktplatz 3, 04109 Leipzig, DE"),
    ]
    printed = services.print_batch(actor)
    assert (printed.reference, printed.documents, printed.pages) == ("PRT-2026-000001", 2, 3)
    batch = delivery_queries.batch(actor.company_id, printed.reference)
    read = PdfReader(io.BytesIO(files.kept_file(actor.company_id, batch.file_id).content))
    texts = [page.extract_text() for page in read.pages]
    assert first in texts[0]
    assert second in texts[0]
    assert first in texts[1]
    assert second in texts[2]
    # printed is not posted
    assert [states(actor, one) for one in (first, second)] == [[("post", "printed")]] * 2
    assert len(held(actor)) == 2
    with pytest.raises(Refused) as refused:
        services.print_batch(actor)
    assert refused.value.code == "nothing_to_print"


def test_for_both_sides_each_document_begins_on_a_fresh_sheet(actor: Actor) -> None:
    services.set_route(selling(actor), None, channel="post")
    lines = a_draft(0).lines
    long, short, last = (
        services.issue(
            actor,
            [replace(a_draft(a_buyer(actor, number, contacts=(ANN,))), lines=lines * many)],
        )[0]
        for number, many in (("C1", 20), ("C2", 1), ("C3", 1))
    )
    printed = services.print_batch(actor, is_both_sides=True)
    batch = delivery_queries.batch(actor.company_id, printed.reference)
    read = PdfReader(io.BytesIO(files.kept_file(actor.company_id, batch.file_id).content))
    texts = [page.extract_text() for page in read.pages]
    # where each begins: the list's own page has them all
    begins = [next(n for n, t in enumerate(texts) if n and one in t) for one in (long, short, last)]
    assert len(texts) == printed.pages == batch.pages
    assert batch.is_both_sides
    assert begins[1] - begins[0] > 1  # the long one has several pages
    assert [n % 2 for n in begins] == [0, 0, 0]
    assert begins[2] == len(texts) - 1  # no blank page at the end
    blank = {n for n, text in enumerate(texts) if not text.strip()}
    assert {1, begins[2] - 1} <= blank
    assert not blank & set(begins)
    sizes = {(page.mediabox.width, page.mediabox.height) for page in read.pages}
    assert len(sizes) == 1


def test_handed_over_on_a_day_it_is_delivered_by_that_evidence(
    actor: Actor, actor_of: Callable[..., Actor]
) -> None:
    [number] = to_the_post(selling(actor), "C1")
    reference = services.print_batch(actor).reference
    later = actor_of(actor.company_id, today=actor.today + timedelta(days=2))
    day = actor.today + timedelta(days=1)
    assert services.mark_posted(later, reference, on=day) == 1
    assert services.mark_posted(later, reference, on=day) == 1
    with pytest.raises(Conflict) as refused:
        services.mark_posted(later, reference, on=later.today)
    assert refused.value.code == "batch_posted"
    assert states(actor, number) == [("post", "posted")]
    last = of(actor, number).evidence[-1]
    assert (last.kind, last.happened_on, last.code) == ("posted", day, reference)
    assert held(actor) == []
    services.note_returned(later, number, reason="Moved away")
    assert of(actor, number).standing == "came_back"
    assert held(actor) == [("undelivered", f"sending:{number}")]


@pytest.mark.parametrize("days", [-1, 1])
def test_no_batch_goes_to_the_post_before_it_is_printed_or_tomorrow(
    actor: Actor, days: int
) -> None:
    [number] = to_the_post(selling(actor), "C1")
    reference = services.print_batch(actor).reference
    with pytest.raises(Invalid) as refused:
        services.mark_posted(actor, reference, on=actor.today + timedelta(days=days))
    assert refused.value.code == "posted_day_wrong"
    assert states(actor, number) == [("post", "printed")]


def test_two_clerks_print_one_batch(committed_db: str, actor_of: Callable[..., Actor]) -> None:
    actor = selling(actor_of(founded().id))
    to_the_post(actor, "C1", "C2")

    def clerk() -> str:
        try:
            return services.print_batch(actor).reference
        except Refused as refused:
            return refused.code

    assert sorted(at_once(*[clerk] * 3)) == [
        "PRT-2026-000001", "nothing_to_print", "nothing_to_print",
    ]  # fmt: skip
    assert len(delivery_queries.batches(actor.company_id)) == 1


# -- other rooms


def test_a_statement_goes_through_the_same_outbox(actor: Actor, box: Mailbox) -> None:
    paper = a_statement(actor, a_buyer(selling(actor), contacts=(ANN,)))
    assert services.send_out(actor, [paper]) == Sent(queued=1)
    assert services.send_out(actor, [paper]) == Sent(known=1)
    assert held(actor) == []
    send(actor)
    [attached] = box.mails[0].iter_attachments()
    assert attached.get_content() == b"%PDF-1.7 statement"
    found = delivery_queries.deliveries(actor.company_id, "ST-1", purpose="statement")
    assert found.standing == "delivered"


def test_another_company_sees_and_moves_nothing(
    actor: Actor, box: Mailbox, actor_of: Callable[..., Actor]
) -> None:
    number = issued(selling(actor))
    other = actor_of(founded("other").id)
    assert of(other, number) == Deliveries("", (), ())
    with pytest.raises(NotFound):
        services.deliver(other, [number])
    with pytest.raises(NotFound):
        services.confirm(other, number, reason="x")
    take(other, bounces.unknown_user(message_name(actor, number)))
    assert states(actor, number) == [("email", "queued")]


def test_who_is_erased_is_sent_nothing_and_their_address_is_forgotten(
    actor: Actor, box: Mailbox
) -> None:
    customer_id = a_buyer(selling(actor), contacts=(ANN,))
    services.set_route(
        actor, customer_id, channel="email", email="rechnung@acorn.example", recipient_name="Bea"
    )
    [number] = services.issue(actor, [a_draft(customer_id)])
    privacy.erase(actor, kind="customer", subject_id=customer_id)
    assert states(actor, number) == [("email", "withdrawn")]
    assert kinds(actor, number) == ["queued", "withdrawn"]
    assert send(actor) == contact.SendResult()
    assert box.mails == []
    route = delivery_queries.own_route(actor.company_id, customer_id)
    assert route is not None
    assert (route.channel, route.email, route.name) == ("email", "", "")


def test_a_bounce_and_a_second_try_at_once_leave_one_truth(
    committed_db: str, settings: Settings, actor_of: Callable[..., Actor]
) -> None:
    actor = selling(actor_of(founded().id))
    number = issued(actor)
    with mailbox() as opened:
        settings.SMTP_URL = f"smtp://127.0.0.1:{opened.port}"
        send(actor)
    name = message_name(actor, number)
    at_once(
        lambda: take(actor, bounces.unknown_user(name)),
        lambda: take(actor, bounces.unknown_user(name)),
        lambda: services.deliver(actor, [number], reason="They ask for it"),
        lambda: services.deliver(actor, [number], channel="post"),
    )
    assert sorted(states(actor, number)) == [
        ("email", "bounced"), ("email", "queued"), ("post", "queued"),
    ]  # fmt: skip
    assert kinds(actor, number).count("bounced") == 1
    assert held(actor) == [("undelivered", f"sending:{number}")]
