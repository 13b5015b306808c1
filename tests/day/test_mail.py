"""Mail fetched from a mailbox: kept first, then marked; a server that lies harms nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from creditdesk.contact import queries as contact
from creditdesk.contact.inbox import MAIL_BYTES_MAX, imap
from creditdesk.day import mail
from creditdesk.faces.cli import mails as cli_mails
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Refused
from creditdesk.plumbing import sql
from tests.contact.stage import a_customer
from tests.corpus import mails
from tests.support.imap import Box, serving


def kept() -> int:
    return int(sql.scalar("SELECT count(*) FROM contact_inboxmail"))


def test_what_is_unread_is_taken_in_once_and_marked(actor: Actor) -> None:
    customer_id = a_customer(actor, "C1", email="ada@acorn.example")
    sent = {1: mails.GOOD, 2: mails.deep(100), 3: mails.GOOD, 5: mails.bounce("<x@y>")}
    with serving(Box(sent)) as box:
        assert mail.fetch(actor, box.url) == mail.Fetched(taken=2, known=1, refused=1)
        assert box.seen == {1, 2, 3, 5}
        assert mail.fetch(actor, box.url) == mail.Fetched()
        assert box.fetched == [1, 2, 3, 5]
    [reply] = contact.replies_open(actor.company_id)
    assert (reply.customer_id, reply.body_text) == (customer_id, "We pay on Friday.")
    waiting = contact.mails_waiting(actor.company_id).rows
    assert [(one.status, one.fault_code) for one in waiting] == [
        ("refused", "mail_too_deep"), ("automatic", ""),
    ]  # fmt: skip
    assert contact.original(actor.company_id, waiting[0].id).content == mails.deep(100)


def test_what_was_kept_but_not_marked_is_known_the_next_time(actor: Actor) -> None:
    with serving(Box({1: mails.GOOD})) as box:
        mail.fetch(actor, box.url)
        box.seen.clear()
        assert mail.fetch(actor, box.url) == mail.Fetched(known=1)
    assert kept() == 1


def test_a_mail_too_large_is_not_fetched_but_told(actor: Actor) -> None:
    with serving(Box({1: mails.GOOD + b"x" * MAIL_BYTES_MAX, 2: mails.GOOD})) as box:
        assert mail.fetch(actor, box.url) == mail.Fetched(taken=1, refused=1)
        assert box.fetched == [2]
        assert box.seen == {1, 2}
    refused = contact.mails_waiting(actor.company_id).rows[0]
    assert (refused.fault_code, refused.size_bytes < 1_000) == ("mail_too_large", True)


@pytest.mark.parametrize("lie", ["size", "hangs up"])
def test_a_server_that_lies_is_left_and_asked_again_later(actor: Actor, lie: str) -> None:
    with serving(Box({1: mails.GOOD}, lies=lie)) as box:
        with pytest.raises(Refused) as refused:
            mail.fetch(actor, box.url)
        assert (refused.value.code, kept(), box.seen) == ("mailbox_unreachable", 0, set())
        box.lies = "words"
        assert mail.fetch(actor, box.url) == mail.Fetched(taken=1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("secret", "wrong"), "mailbox_unreachable"),
        (("INBOX", "NONE"), "mailbox_unreachable"),
        (("imap://", "http://"), "inbox_url_unreadable"),
        (("desk:secret%20word@", ""), "inbox_url_unreadable"),
        (("desk", "de%0D%0Ask"), "inbox_url_unreadable"),
        (("INBOX", "IN%22BOX"), "inbox_url_unreadable"),
        (("127.0.0.1", "["), "inbox_url_unreadable"),
    ],
)
def test_a_mailbox_that_is_none(actor: Actor, change: tuple[str, str], code: str) -> None:
    with serving(Box({1: mails.GOOD})) as box:
        with pytest.raises((Refused, Invalid)) as refused:
            mail.fetch(actor, box.url.replace(*change))
        assert (refused.value.code, kept(), box.fetched) == (code, 0, [])
        assert "secret" not in str(refused.value)


def test_a_password_never_leaves_over_an_open_line() -> None:
    with pytest.raises(Invalid) as refused:
        imap._require_loopback("mail.example")
    assert refused.value.code == "inbox_url_open"


def test_several_companies_do_not_share_a_mailbox() -> None:
    url = "imaps://desk@mail.example/INBOX.{company}"
    assert mail.address_for(url, "shop", companies=2) == "imaps://desk@mail.example/INBOX.shop"
    assert mail.address_for("imaps://x", "shop", companies=1) == "imaps://x"
    with pytest.raises(Refused) as refused:
        mail.address_for("imaps://x", "shop", companies=2)
    assert refused.value.code == "inbox_shared"


def test_mail_on_the_command_line(
    actor: Actor, tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "good.eml", tmp_path / "bad.eml"
    good.write_bytes(mails.GOOD)
    bad.write_bytes(mails.deep(100))
    assert cli_mails.take_in(files=[bad, good, good], company="") == 2
    told = capsys.readouterr()
    assert told.out == "good.eml: unassigned\ngood.eml: known\n"
    assert "[mail_too_deep]" in told.err
    settings.INBOX_URL = ""
    with pytest.raises(Refused) as refused:
        cli_mails.take_in(files=[], company="")
    assert refused.value.code == "inbox_missing"
    with serving(Box({1: mails.GOOD})) as box:
        settings.INBOX_URL = box.url
        assert cli_mails.take_in(files=[], company="") == 0
    assert capsys.readouterr().out == "0 mails came, 1 were here, 0 were refused\n"
