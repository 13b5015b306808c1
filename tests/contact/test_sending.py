from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from email.message import EmailMessage
from threading import Thread

import pytest
from django.db import connections
from pytest_django.fixtures import Settings

from creditdesk.contact import queries, transport
from creditdesk.contact import services as contact
from creditdesk.contact.rules import BankFact, NewHold, StaleAccount
from creditdesk.contact.services import sending
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Refused
from creditdesk.plumbing import sql
from tests.contact.mailbox import Mailbox, mailbox
from tests.contact.stage import FRESH, a_customer, a_draft, queued, statuses, verdicts
from tests.support.fixtures import founded


@pytest.fixture
def box(settings: Settings) -> Iterator[Mailbox]:
    with mailbox() as opened:
        settings.SMTP_URL = f"smtp://127.0.0.1:{opened.port}"
        yield opened


def send(actor: Actor, **known: object) -> contact.SendResult:
    return contact.send_queued(actor, **{"bank": FRESH, **known})  # type: ignore[arg-type]


def test_exactly_the_queued_messages_arrive_with_their_headers(actor: Actor, box: Mailbox) -> None:
    first, second = a_customer(actor, "C1"), a_customer(actor, "C2")
    queued(
        actor,
        a_draft(first, (11, 10_000), (12, 2_550)),
        a_draft(second, (21, 500), recipient="müller@example.com"),
        a_draft(second, (22, 700), recipient="bo@example.com", recipient_name="Bo\r\nBcc: x@y.z"),
    )
    result = send(actor)
    assert result == contact.SendResult(sent=2, failed=1)
    mail, other = box.mails
    assert mail["Subject"] == "Payment reminder: 125.50 EUR"
    assert mail["From"] == "Acme Supply <credit@example.com>"
    assert mail["To"] == "Ann Acorn <ann@example.com>"
    assert mail["Reply-To"] == "Acme Supply <credit@example.com>"
    assert mail["Date"].datetime == actor.at
    assert mail["Auto-Submitted"] == "auto-generated"
    [stored] = queries.mailbox(actor.company_id, customer_id=first).rows
    full = queries.message(actor.company_id, stored.reference)
    assert mail["Message-ID"] == full.message_id
    assert mail["List-Unsubscribe"].strip() == (
        f"<mailto:credit@example.com?subject=no%20reminders%20{stored.reference}>"
    )
    text, html = mail.iter_parts()
    assert text.get_content().replace("\r\n", "\n").strip() == full.body_text.strip()
    assert html.get_content().replace("\r\n", "\n").strip() == full.body_html.strip()
    assert other["To"] == '"Bo Bcc: x@y.z" <bo@example.com>'
    assert other["Bcc"] is None
    assert [status for status, _ in statuses(actor)] == ["sent", "failed", "sent"]
    assert (stored.sent_at, stored.handed_over_at) == (actor.at, actor.at)


def test_sending_again_sends_nothing(actor: Actor, box: Mailbox) -> None:
    queued(actor, a_draft(a_customer(actor), (11, 10_000)))
    assert send(actor).sent == 1
    assert send(actor) == contact.SendResult()
    assert len(box.mails) == 1


def test_without_a_mail_server_a_loopback_mailbox_takes_it(
    actor: Actor, settings: Settings
) -> None:
    settings.SMTP_URL = ""
    queued(actor, a_draft(a_customer(actor), (11, 10_000)))
    assert send(actor) == contact.SendResult(sent=1)
    assert statuses(actor) == [("sent", "")]


def test_a_mail_server_that_is_away_leaves_the_queue_as_it_is(
    actor: Actor, settings: Settings
) -> None:
    settings.SMTP_URL = "smtp://127.0.0.1:9"
    queued(actor, a_draft(a_customer(actor), (11, 10_000)))
    with pytest.raises(Refused) as refused:
        send(actor)
    assert refused.value.code == "mail_server_unreachable"
    assert statuses(actor) == [("queued", "")]
    assert verdicts(actor) == [("queue", True)]


def test_an_auditor_may_not_send(actor: Actor, actor_of: Callable[..., Actor]) -> None:
    queued(actor, a_draft(a_customer(actor), (11, 10_000)))
    with pytest.raises(Refused) as refused:
        send(actor_of(actor.company_id, role="auditor"))
    assert refused.value.code == "not_permitted"
    assert statuses(actor) == [("queued", "")]


@pytest.mark.parametrize(
    ("item_id", "kind", "reason"),
    [(None, "unapplied_money", "customer_hold"), (None, "manual", "customer_hold"),
     (11, "dispute", "dispute"), (11, "promise", "promise")],
)  # fmt: skip
def test_a_hold_placed_between_queue_and_sending_withdraws(
    actor: Actor, box: Mailbox, item_id: int | None, kind: str, reason: str
) -> None:
    customer_id = a_customer(actor)
    queued(actor, a_draft(customer_id, (11, 10_000), (12, 10_000)))
    contact.place_holds(actor, [NewHold(customer_id, item_id, kind, "cause:1")])
    assert send(actor) == contact.SendResult(withdrawn=1)
    assert statuses(actor) == [("withdrawn", reason)]
    assert verdicts(actor) == [("queue", True), ("send", False)]
    assert box.mails == []


@pytest.mark.parametrize(
    ("now_open", "reason"), [({12: 10_000}, "paid"), ({11: 1, 12: 10_000}, "amount_changed")]
)
def test_paid_meanwhile_withdraws(
    actor: Actor, box: Mailbox, now_open: dict[int, int], reason: str
) -> None:
    queued(actor, a_draft(a_customer(actor), (11, 10_000), (12, 10_000)))
    assert send(actor, open_minor=lambda _ids: now_open) == contact.SendResult(withdrawn=1)
    assert statuses(actor) == [("withdrawn", reason)]
    assert box.mails == []


def test_an_opt_out_meanwhile_withdraws_a_reminder_but_no_invoice(
    actor: Actor, box: Mailbox
) -> None:
    customer_id = a_customer(actor)
    queued(
        actor,
        a_draft(customer_id, (11, 10_000)),
        a_draft(customer_id, purpose="invoice", step="", subject="Invoice 7", body="Attached."),
    )
    contact.set_consent(actor, customer_id, purpose="collection", allowed=False)
    assert send(actor) == contact.SendResult(sent=1, withdrawn=1)
    assert [mail["Subject"] for mail in box.mails] == ["Invoice 7"]
    assert box.mails[0]["List-Unsubscribe"] is None


def test_a_bank_import_gone_stale_withdraws(actor: Actor, box: Mailbox) -> None:
    queued(actor, a_draft(a_customer(actor), (11, 10_000)))
    stale = BankFact(date(2026, 3, 13), (StaleAccount("DE02", None),))
    assert send(actor, bank=stale) == contact.SendResult(withdrawn=1)
    assert box.mails == []


def test_outside_the_hours_a_message_waits_for_its_hour(
    actor: Actor, actor_of: Callable[..., Actor], box: Mailbox
) -> None:
    night = actor_of(actor.company_id, at=datetime(2026, 3, 16, 3, 0, tzinfo=UTC))
    customer_id = a_customer(actor, country="US")
    draft = a_draft(customer_id, (11, 10_000), country="US")
    assert queued(night, draft).queued == 1
    assert send(actor) == contact.SendResult(waiting=1)  # 05:00 in New York
    assert statuses(actor) == [("queued", "")]
    afternoon = actor_of(actor.company_id, at=datetime(2026, 3, 16, 14, 0, tzinfo=UTC))
    assert send(afternoon) == contact.SendResult(sent=1)
    assert len(box.mails) == 1


def test_a_reminder_that_waited_too_long_is_not_sent(
    actor: Actor, actor_of: Callable[..., Actor], box: Mailbox
) -> None:
    queued(actor, a_draft(a_customer(actor), (11, 10_000)))
    assert send(actor_of(actor.company_id, today=date(2026, 3, 24))).withdrawn == 1
    assert statuses(actor) == [("withdrawn", "up_to_date")]
    assert box.mails == []


def test_a_refusal_of_the_server_fails_one_message_only(actor: Actor, box: Mailbox) -> None:
    queued(actor, *(a_draft(a_customer(actor, f"C{n}"), (n, 900)) for n in range(1, 4)))
    answers = iter(["250 taken", "550 no such mailbox", "250 taken"])
    box.answer = lambda _box: next(answers)
    assert send(actor) == contact.SendResult(sent=2, failed=1)
    assert [status for status, _ in statuses(actor)] == ["sent", "failed", "sent"]
    assert "550" in statuses(actor)[1][1]


def test_a_line_that_breaks_leaves_one_uncertain_and_the_rest_queued(
    actor: Actor, box: Mailbox
) -> None:
    queued(actor, *(a_draft(a_customer(actor, f"C{n}"), (n, 900)) for n in range(1, 5)))
    answers = iter(["250 taken", "hang up"])
    box.answer = lambda _box: next(answers, "250 taken")
    assert send(actor) == contact.SendResult(sent=1, uncertain=1)
    assert [s for s, _ in statuses(actor)] == ["sent", "handed_over", "queued", "queued"]
    assert send(actor) == contact.SendResult(sent=2)
    assert [s for s, _ in statuses(actor)] == ["sent", "handed_over", "sent", "sent"]
    assert len({mail["Message-ID"] for mail in box.mails}) == len(box.mails) == 3


def test_what_was_handed_over_before_a_crash_goes_to_a_person_and_is_not_sent_again(
    actor: Actor, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(actor, a_draft(a_customer(actor), (11, 10_000)))

    class Killed(BaseException):
        """The process died: nothing after this runs."""

    def die(*_given: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(sending, "mark_sent", die)
        with pytest.raises(Killed):
            send(actor)
    assert len(box.mails) == 1
    assert statuses(actor) == [("handed_over", "")]
    assert send(actor) == contact.SendResult()
    [uncertain] = queries.uncertain(actor.company_id)
    assert len(box.mails) == 1

    contact.queue_again(actor, uncertain.reference)
    assert send(actor) == contact.SendResult(sent=1)
    assert box.mails[0]["Message-ID"] == box.mails[1]["Message-ID"]
    with pytest.raises(Conflict) as conflict:
        contact.give_up(actor, uncertain.reference, was_sent=False)
    assert conflict.value.code == "message_not_uncertain"
    assert statuses(actor) == [("sent", "")]


def test_two_senders_at_once_send_each_message_once(
    committed_db: str, actor_of: Callable[..., Actor], box: Mailbox
) -> None:
    actor = actor_of(founded().id)
    queued(actor, *(a_draft(a_customer(actor, f"C{n}"), (n, 900)) for n in range(60)))
    results: list[contact.SendResult] = []

    def work() -> None:
        try:
            results.append(send(actor))
        finally:
            connections.close_all()

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result.sent for result in results) == 60
    assert len({mail["Message-ID"] for mail in box.mails}) == len(box.mails) == 60


def test_nowhere_takes_every_letter_but_for_a_mailbox_that_is_gone(settings: Settings) -> None:
    def never() -> EmailMessage:
        raise AssertionError("a letter to nowhere was put together")

    settings.SMTP_URL = transport.NOWHERE
    with transport.connected() as server:
        transport.hand_over(server, "ann@acorn.example", never)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            transport.hand_over(server, "mailbox.gone@acorn.example", never)


def three_customers(actor: Actor) -> None:
    for n in range(3):
        queued(actor, a_draft(a_customer(actor, f"C{n}"), (20 + n, 10_000)))


def test_what_the_server_took_is_marked_with_its_own_answer_and_told_of_at_once(
    actor: Actor, box: Mailbox
) -> None:
    three_customers(actor)

    assert send(actor) == contact.SendResult(sent=3)

    answers = sql.scalars("SELECT answer FROM contact_message ORDER BY id", [])
    assert all(answer.startswith("250") for answer in answers)
    told = sql.scalars(
        "SELECT data->'message_ids' FROM plumbing_event WHERE name = 'contact.messages_sent'", []
    )
    ids = sql.scalars("SELECT id FROM contact_message ORDER BY id", [])
    assert told == [str(ids)]


def test_after_a_second_what_was_taken_is_marked_before_the_chunk_is_over(
    actor: Actor, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_customers(actor)
    monkeypatch.setattr(sending, "MARK_SECONDS", 0.0)

    assert send(actor) == contact.SendResult(sent=3)

    assert (
        sql.scalar("SELECT count(*) FROM plumbing_event WHERE name = 'contact.messages_sent'", [])
        == 3
    )
