"""Heads leave the house every day; the commands that verify and erase say what they did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from creditdesk import audit_verifier
from creditdesk.audit_verifier import Head
from creditdesk.contact.models import Reply
from creditdesk.controls.audit import queries
from creditdesk.controls.audit import services as audit
from creditdesk.controls.audit.tables import HOUSE
from creditdesk.controls.audit.verifying import verify
from creditdesk.controls.identity.services import door
from creditdesk.controls.models import PublishedHead
from creditdesk.customers import services as customers
from creditdesk.customers.models import Contact
from creditdesk.customers.rules import NewContact
from creditdesk.day import publishing
from creditdesk.faces.cli import erasing, retention
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound
from creditdesk.plumbing import clock
from tests.contact.mailbox import Mailbox, mailbox
from tests.insight.books import Books, opened


@pytest.fixture
def box(settings: Settings) -> Iterator[Mailbox]:
    with mailbox() as opened_box:
        settings.SMTP_URL = f"smtp://127.0.0.1:{opened_box.port}"
        yield opened_box


@pytest.fixture
def books(actor: Actor) -> Books:
    return opened(actor, "Acorn")


def test_a_head_goes_to_file_and_mail_and_is_compared_later(
    books: Books, box: Mailbox, settings: Settings, tmp_path: Path
) -> None:
    actor = books.actor
    settings.HEADS_FILE = str(tmp_path / "outside" / "heads.jsonl")
    audit.set_auditor_email(actor.company_id, "auditor@example.com")
    audit.seal()
    head = queries.head(actor.company_id)
    assert head is not None
    done = publishing.publish_head(actor)
    assert done == publishing.Published(
        head.sequence, head.head, ("file", "auditor@example.com"), ()
    )
    assert publishing.publish_head(actor).failed == ()  # again on the same day: no second line
    lines = Path(settings.HEADS_FILE).read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "company_id": actor.company_id, "company": "acme", "on": actor.today.isoformat(),
            "sequence": head.sequence, "head": head.head,
        }
    ]  # fmt: skip
    mail = box.mails[0]
    assert mail["To"] == "auditor@example.com"
    assert lines[0] in mail.get_content()
    assert sorted(PublishedHead.objects.values_list("sent_to", flat=True)) == ["file", "mail"]
    kept = audit_verifier.read_heads(Path(settings.HEADS_FILE), actor.company_id)
    assert [(one.sequence, one.head) for one in kept] == [(head.sequence, head.head)]
    tomorrow = books.on(actor.today + timedelta(days=1)).actor
    publishing.publish_head(tomorrow)
    assert len(Path(settings.HEADS_FILE).read_text().splitlines()) == 2


def test_a_place_that_cannot_be_reached_stops_nothing(
    books: Books, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "occupied").write_text("a file where a folder should be")
    settings.HEADS_FILE = str(tmp_path / "occupied" / "heads.jsonl")
    settings.SMTP_URL = "smtp://127.0.0.1:9"
    audit.set_auditor_email(books.actor.company_id, "auditor@example.com")
    audit.seal()
    done = publishing.publish_head(books.actor)
    assert (done.places, done.failed) == ((), ("file", "auditor@example.com"))
    assert not PublishedHead.objects.exists()


def test_before_the_first_seal_nothing_is_published(actor: Actor) -> None:
    assert publishing.publish_head(actor) == publishing.Published(0, "", (), ())


@pytest.fixture
def person(books: Books) -> int:
    ann = NewContact(name="Ann Example", email="ann@example.com")
    return customers.add_contact(books.actor, books.customers[0], contact=ann)


WHO = {"company": "acme", "customer": "C1", "contact": "", "user": ""}


def erase(**different: object) -> int:
    asked = {"company": "acme", "customer": "", "contact": "", "user": "", "yes": False}
    return erasing.erase(**{**asked, **different})  # type: ignore[arg-type]


def test_the_command_tells_the_plan_and_erases_only_when_told(
    books: Books, person: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    books.invoice(books.customers[0], 9_000, issued=books.actor.today, due=books.actor.today)
    with clock.held_at(books.actor.at):
        assert erase(contact="Ann@Example.com") == erasing.NOT_DONE
        told = capsys.readouterr().out
        assert told.startswith(f"contact {person}\n  erase      1 contacts\n")
        assert told.endswith("Nothing was erased.\n")
        assert Contact.objects.get(id=person).name == "Ann Example"
        assert erase(contact="ann@example.com", yes=True) == 0
        assert Contact.objects.get(id=person).name == "erased"
        capsys.readouterr()
        assert erase(customer="C1") == erasing.NOT_DONE
        told = capsys.readouterr().out
        assert "keep       1 documents: law until 2034-12-31 (HGB § 257, AO § 147 (BEG IV))" in told
        assert "keep       1 open items: claims\n" in told


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "subject_unnamed"),
        ({"customer": "C1", "user": "carl"}, "subject_unnamed"),
        ({"customer": "nobody"}, "customer_unknown"),
        ({"contact": "nobody@example.com"}, "contact_unknown"),
        ({"user": "nobody"}, "user_unknown"),
    ],
)
def test_whose_data_must_be_clear(
    books: Books, person: int, asked: dict[str, str], code: str
) -> None:
    with pytest.raises((Invalid, NotFound)) as refused:
        erase(**asked, yes=True)
    assert refused.value.code == code
    assert Contact.objects.get(id=person).name == "Ann Example"


def test_retention_is_told_held_and_run_from_the_command_line(
    books: Books, capsys: pytest.CaptureFixture[str]
) -> None:
    customer_id = books.customers[0]
    Reply.objects.create(
        company_id=books.actor.company_id, customer_id=customer_id, channel="email",
        sender="a@b.example", body_text="old words", received_at=books.actor.at,
    )  # fmt: skip
    late = books.on(date(2034, 1, 1)).actor
    with clock.held_at(late.at):
        assert retention.hold(**WHO, reason="litigation", lift=False) == 0
        assert retention.retention(company="acme", run=True, preview=False) == 0
        told = capsys.readouterr().out
        assert f"hold  customer {customer_id}: litigation, since 2034-01-01" in told
        assert "rule  vouchers   8 years, kept from 2026-01-01 on: HGB § 257" in told
        assert told.endswith("nothing is due\n")
        assert Reply.objects.get().body_text == "old words"
        assert retention.hold(**WHO, reason="", lift=True) == 0
        assert retention.retention(company="acme", run=False, preview=True) == 0
        assert "due         1 replies\n" in capsys.readouterr().out
        assert Reply.objects.get().body_text == "old words"
        assert retention.retention(company="", run=True, preview=False) == 0
        assert "erased      1 replies\n  recorded as erasure" in capsys.readouterr().out
        assert Reply.objects.get().body_text == "erased"
        with pytest.raises(Invalid) as unclear:
            retention.retention(company="", run=True, preview=True)
        assert unclear.value.code == "retention_unclear"
        with pytest.raises(Invalid) as unknown:
            retention.hold(**WHO, reason="because", lift=False)
        assert unknown.value.code == "hold_unknown"


def test_the_head_of_the_house_leaves_with_each_company_s(
    books: Books, settings: Settings, tmp_path: Path
) -> None:
    settings.HEADS_FILE = str(tmp_path / "heads.jsonl")
    door.note("admitted", "password", door.Visitor("nobody", "10.1.2.3"))
    audit.seal()
    publishing.publish_head(books.actor)
    lines = [json.loads(line) for line in Path(settings.HEADS_FILE).read_text().splitlines()]
    assert [(one["company_id"], one["company"]) for one in lines] == [
        (books.actor.company_id, "acme"), (HOUSE, "house"),
    ]  # fmt: skip
    (kept,) = audit_verifier.read_heads(Path(settings.HEADS_FILE), HOUSE)
    head = queries.head(HOUSE)
    assert head is not None
    assert (kept.sequence, kept.head) == (head.sequence, head.head)
    assert verify(HOUSE, heads=[kept]).findings == ()
    wrong = Head(kept.sequence, "00" * 32)
    assert [one.kind for one in verify(HOUSE, heads=[wrong]).findings] == ["head_differs"]
    audit.seal()
    assert verify(HOUSE).findings == ()
