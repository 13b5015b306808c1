"""Mail taken in once, tied to its customer for a reason, held for until somebody read it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from creditdesk.contact import queries
from creditdesk.contact import services as contact
from creditdesk.contact.inbox import tying
from creditdesk.contact.inbox.tying import Sent, Tie
from creditdesk.contact.inbox.values import ReadMail
from creditdesk.contact.services import TakenMail
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound
from creditdesk.plumbing import sql
from tests.contact.stage import a_customer, a_draft, queued
from tests.corpus import mails

REFERENCE = "MSG-2026-000001"


def a_mail(
    *, sender: str = "eve@elsewhere.example", subject: str = "Hello", answers: str = "",
    text: str = "We pay on Friday", id_: str = "<m1@x.example>", more: str = "",
) -> bytes:  # fmt: skip
    head = f"From: {sender}\r\nSubject: {subject}\r\nMessage-ID: {id_}\r\n{more}"
    if answers:
        head += f"In-Reply-To: {answers}\r\n"
    return f"{head}\r\n{text}\r\n".encode()


def take(actor: Actor, content: bytes, *, door: str = "desk") -> TakenMail:
    return contact.take_in_mail(actor, filename="a.eml", content=content, door=door)


def mails_kept() -> int:
    return int(sql.scalar("SELECT count(*) FROM contact_inboxmail"))


def holds(actor: Actor) -> list[tuple[int, str]]:
    return [(one.customer_id, one.kind) for one in queries.live_holds(actor.company_id)]


@pytest.fixture
def written(actor: Actor) -> tuple[int, str]:
    """A customer we wrote to, and the Message-ID of what we wrote."""
    customer_id = a_customer(actor, "C1", email="ap@acorn.example")
    queued(actor, a_draft(customer_id, (11, 10_000), recipient="ap@acorn.example"))
    return customer_id, queries.message(actor.company_id, REFERENCE).message_id


def test_an_answer_to_our_message_is_its_customers_and_holds(
    actor: Actor, written: tuple[int, str]
) -> None:
    customer_id, message_id = written
    done = take(actor, a_mail(answers=message_id))
    assert (done.status, done.customer_id, done.is_known) == ("tied", customer_id, False)
    [reply] = queries.replies_open(actor.company_id)
    assert (reply.sender, reply.body_text, reply.in_reply_to) == (
        "eve@elsewhere.example", "We pay on Friday", REFERENCE,
    )  # fmt: skip
    assert holds(actor) == [(customer_id, "unhandled_reply")]
    behind = queries.mails_of_replies(actor.company_id, [reply.id])[reply.id]
    assert (behind.tied_by, behind.message_reference) == ("answer", REFERENCE)
    contact.handle_reply(actor, reply.id)
    assert holds(actor) == []


def test_the_same_mail_by_another_way_has_no_second_effect(
    actor: Actor, written: tuple[int, str]
) -> None:
    content = a_mail(answers=written[1])
    first = take(actor, content)
    travelled = b"Received: from mx.example by shop.example\r\nX-Spam: no\r\n" + content
    again = take(actor, travelled, door="imap")
    assert (again.mail_id, again.is_known) == (first.mail_id, True)
    assert len(queries.replies_open(actor.company_id)) == 1
    assert mails_kept() == 1


def test_another_mail_under_the_same_id_is_another_mail(actor: Actor) -> None:
    """Whoever repeats a Message-ID cannot make a customer's answer vanish."""
    customer_id = a_customer(actor, "C1", email="ap@acorn.example")
    take(actor, a_mail(text="nothing to see"))
    done = take(actor, a_mail(sender="ap@acorn.example", text="we dispute it"))
    assert (done.status, done.customer_id) == ("tied", customer_id)
    assert mails_kept() == 2


def test_a_made_up_id_with_a_reference_of_ours_ties_nothing(
    actor: Actor, written: tuple[int, str]
) -> None:
    forged = f"<{REFERENCE}.0000000000000000@shop.example>"
    done = take(actor, a_mail(answers=forged))
    assert (done.status, done.customer_id) == ("unassigned", None)
    assert queries.replies_open(actor.company_id) == []
    assert holds(actor) == []


SENT = {REFERENCE: Sent(1, REFERENCE, "<1@x>", 7, "ap@acorn.example"),
        "MSG-2026-000002": Sent(2, "MSG-2026-000002", "<2@x>", 8, "ap@gmail.com")}  # fmt: skip


@pytest.mark.parametrize(
    ("sender", "subject", "answers", "known", "expected"),
    [
        ("x@y.example", "", ("<0@x>", "<1@x>"), (), Tie(7, 1, "answer")),
        ("x@y.example", "Re: MSG-2026-000002", ("<1@x>",), (8,), Tie(7, 1, "answer")),
        ("ap@acorn.example", f"Re: {REFERENCE}", (), (), Tie(7, 1, "reference")),
        ("boss@acorn.example", f"AW: {REFERENCE}.", (), (), Tie(7, 1, "reference")),
        ("x@y.example", f"Re: {REFERENCE}", (), (7,), Tie(7, 1, "reference")),
        ("x@y.example", f"Re: {REFERENCE}", (), (), Tie(proposed=(7,))),
        ("eve@gmail.com", "MSG-2026-000002", (), (), Tie(proposed=(8,))),
        ("ap@gmail.com", "MSG-2026-000002", (), (), Tie(8, 2, "reference")),
        ("x@y.example", f"Re: {REFERENCE}", (), (9,), Tie(proposed=(7, 9))),
        ("x@y.example", f"{REFERENCE} MSG-2026-000002", (), (7, 8), Tie(proposed=(7, 8))),
        ("x@y.example", "Hello", (), (9,), Tie(9, None, "address")),
        ("x@y.example", "Hello", (), (9, 10), Tie(proposed=(9, 10))),
        ("", "Hello", (), (), Tie()),
        ("x@y.example", "XMSG-2026-0000011", (), (), Tie()),
        ("", f"{REFERENCE}", (), (), Tie(proposed=(7,))),
    ],
)  # fmt: skip
def test_how_it_is_tied(
    sender: str, subject: str, answers: tuple[str, ...], known: tuple[int, ...], expected: Tie
) -> None:
    mail = ReadMail("", answers, "", sender, subject, None, "text")
    assert tying.tie(mail, SENT, known) == expected


def test_an_address_of_two_customers_is_proposed_and_assigned_by_hand(actor: Actor) -> None:
    one = a_customer(actor, "C1", email="ap@group.example")
    two = a_customer(actor, "C2", email="AP@group.example")
    done = take(actor, a_mail(sender="Ap@Group.example"))
    assert done.status == "unassigned"
    [waiting] = queries.mails_waiting(actor.company_id).rows
    assert waiting.proposed == [one, two]
    assert holds(actor) == []

    with pytest.raises(Invalid) as refused:
        contact.assign_mail(actor, done.mail_id, customer_number="C9")
    assert refused.value.code == "customer_unknown"
    assert contact.assign_mail(actor, done.mail_id, customer_number="C2").customer_id == two
    assert holds(actor) == [(two, "unhandled_reply")]
    with pytest.raises(Conflict) as taken:
        contact.assign_mail(actor, done.mail_id, customer_number="C1")
    assert taken.value.code == "mail_assigned"
    with pytest.raises(Conflict):
        contact.set_mail_aside(actor, done.mail_id, reason="x")
    assert len(queries.replies_open(actor.company_id)) == 1
    assert queries.mails_waiting(actor.company_id).total == 0


def test_what_machines_write_holds_nothing(actor: Actor, written: tuple[int, str]) -> None:
    away = take(actor, a_mail(answers=written[1], more="Auto-Submitted: auto-replied\r\n"))
    back = take(actor, mails.bounce(written[1]))
    assert (away.status, away.customer_id) == ("automatic", written[0])
    assert (back.status, back.customer_id) == ("automatic", written[0])
    assert holds(actor) == []
    kinds = [one.kind for one in queries.mails_waiting(actor.company_id).rows]
    assert kinds == ["automatic", "bounce"]
    contact.set_mail_aside(actor, back.mail_id, reason="address corrected")
    contact.assign_mail(actor, away.mail_id, customer_number="C1")
    assert holds(actor) == [(written[0], "unhandled_reply")]
    assert queries.mails_waiting(actor.company_id).total == 0


@pytest.mark.parametrize("content", [b"", b"no mail", mails.deep(100)], ids=["empty", "no", "deep"])
def test_what_cannot_be_read_leaves_nothing(actor: Actor, content: bytes) -> None:
    with pytest.raises(Invalid):
        take(actor, content)
    assert mails_kept() == 0


def test_a_refused_mail_is_kept_once_with_its_reason(actor: Actor) -> None:
    for _ in range(2):
        done = contact.keep_refused(
            actor, filename="a.eml", content=b"x", door="imap", fault=("mail_too_deep", "deep")
        )
    [row] = queries.mails_waiting(actor.company_id).rows
    assert (row.status, row.fault_code, row.fault_text) == ("refused", "mail_too_deep", "deep")
    assert queries.original(actor.company_id, done.mail_id).content == b"x"
    a_customer(actor, "C1")
    with pytest.raises(Conflict):
        contact.assign_mail(actor, done.mail_id, customer_number="C1")
    with pytest.raises(Invalid):
        contact.set_mail_aside(actor, done.mail_id, reason=" ")
    contact.set_mail_aside(actor, done.mail_id, reason="spam")
    assert queries.mails_waiting(actor.company_id).total == 0


def test_another_company_sees_and_changes_nothing(
    actor: Actor, written: tuple[int, str], actor_of: Callable[..., Actor]
) -> None:
    stranger = actor_of(actor.company_id + 1)
    mine = take(actor, a_mail())
    for act in (
        lambda: contact.assign_mail(stranger, mine.mail_id, customer_number="C1"),
        lambda: contact.set_mail_aside(stranger, mine.mail_id, reason="x"),
        lambda: queries.mail(stranger.company_id, mine.mail_id),
        lambda: queries.original(stranger.company_id, mine.mail_id),
    ):
        with pytest.raises((NotFound, Invalid)):
            act()
    theirs = take(stranger, a_mail(answers=written[1], sender="ap@acorn.example"))
    assert theirs.customer_id is None
    assert queries.mails_waiting(actor.company_id).total == 1
    assert holds(actor) == []
