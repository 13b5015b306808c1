"""What comes back about a mail of ours: read, tied to it, announced once, believed only so far."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.contact import queries
from creditdesk.contact import services as contact
from creditdesk.contact.inbox import Report, parsing, reports
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing.models import Event
from tests.contact import bounces
from tests.contact.stage import a_customer, a_draft, queued

ID = "<MSG-2026-000001.0123456789abcdef@example.com>"
CORPUS: list[tuple[bounces.Notice, Report | None, str]] = [
    (bounces.unknown_user, Report("bounced", "5.1.1"), "bounce"),
    (bounces.full_mailbox, Report("bounced", "5.2.2"), "bounce"),
    (bounces.given_up, Report("bounced", "4.4.1"), "bounce"),
    (bounces.delayed, Report("delayed", "4.4.1"), "bounce"),
    (bounces.arrived, Report("arrived", "2.0.0"), "bounce"),
    (bounces.relayed, None, "bounce"),
    (bounces.in_words, Report("bounced", "5.7.1"), "bounce"),
    (bounces.warned_in_words, Report("delayed", ""), "bounce"),
    (bounces.shown, Report("opened", ""), "automatic"),
    (bounces.deleted_unread, None, "automatic"),
]


@pytest.mark.parametrize(("notice", "report", "kind"), CORPUS)
def test_each_notice_says_what_became_of_which_mail(
    notice: bounces.Notice, report: Report | None, kind: str
) -> None:
    mail = parsing.parse((notice(ID), "notice.eml"))
    assert (mail.report, mail.kind) == (report, kind)
    assert {ID, ID.strip("<>").partition("@")[0]} & set(mail.answers)


def told(actor: Actor) -> list[tuple[int, str, str]]:
    found = Event.objects.filter(company_id=actor.company_id, name="contact.message_reported")
    return [
        (one.data["message_id"], one.data["outcome"], one.data["code"])
        for one in found.order_by("id")
    ]


@pytest.mark.parametrize(("notice", "report", "_kind"), CORPUS)
def test_it_is_tied_to_the_message_and_told_once(
    actor: Actor, notice: bounces.Notice, report: Report | None, _kind: str
) -> None:
    queued(actor, a_draft(a_customer(actor), (11, 10_000)))
    sent = queries.message(actor.company_id, "MSG-2026-000001")
    content = notice(sent.message_id)
    for _ in range(2):
        taken = contact.take_in_mail(actor, filename="n.eml", content=content, door="imap")
        assert taken.status == "automatic"
    expected = [] if report is None else [(sent.row.id, report.outcome, report.code)]
    assert told(actor) == expected
    # no notice of a machine is an answer of the customer
    assert queries.replies_open(actor.company_id) == []


def test_a_notice_that_guesses_the_reference_alone_is_not_believed(actor: Actor) -> None:
    queued(actor, a_draft(a_customer(actor), (11, 10_000)))
    forged = bounces.unknown_user("<MSG-2026-000001.ffffffffffffffff@example.com>")
    named = forged.replace(b"Subject: Undelivered", b"Subject: MSG-2026-000001 undelivered")
    for content in (forged, named):
        contact.take_in_mail(actor, filename="n.eml", content=content, door="imap")
    assert told(actor) == []


def test_a_person_who_says_failed_in_an_answer_bounces_nothing(actor: Actor) -> None:
    queued(actor, a_draft(a_customer(actor), (11, 10_000)))
    sent = queries.message(actor.company_id, "MSG-2026-000001")
    content = (
        f"From: ann@acorn.example\r\nSubject: Re: reminder\r\nIn-Reply-To: {sent.message_id}\r\n"
        "\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    ).encode()
    contact.take_in_mail(actor, filename="n.eml", content=content, door="imap")
    assert told(actor) == []


@given(st.text(max_size=400))
def test_no_text_makes_the_readers_of_reports_fail(text: str) -> None:
    for found in (reports.of_notice(text), reports.of_receipt(text), reports.of_words(text, text)):
        assert found is None or found.outcome in {"bounced", "delayed", "arrived", "opened"}
    reports.ids_in(text)


@given(st.text(alphabet="actionsuf:; 45.1\r\n", max_size=4_000))
def test_nor_do_long_ones_of_its_own_words(text: str) -> None:
    reports.of_notice(text)
    reports.of_words(text, text)
