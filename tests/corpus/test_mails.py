"""Every mail, and every other file, before the reader of mails: read, or refused with its file."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditdesk.contact.inbox import ReadMail, attachment, read_mail
from creditdesk.contact.inbox.markup import text_of
from creditdesk.contact.inbox.parsing import parse
from creditdesk.contact.inbox.values import TEXT_CHARACTERS_MAX
from creditdesk.kernel.errors import Invalid
from tests.corpus import archives, mails, statements, texts
from tests.corpus.samples import READ, Sample
from tests.corpus.test_readers import MEBIBYTE, STATUS, peak_bytes, told

OTHERS = [s for s in (*texts.SAMPLES, *archives.SAMPLES, *statements.SAMPLES) if not s.heavy]
BY_NAME = {sample.name: sample for sample in mails.SAMPLES}


def found(name: str) -> ReadMail:
    return read_mail(BY_NAME[name].build(), "a.eml")


def is_clean(text: str, *, lines: bool = False) -> bool:
    allowed = "\n\t" if lines else ""
    return not [
        one for one in text
        if one not in allowed
        and (ord(one) < 32 or 127 <= ord(one) < 160 or 0xD800 <= ord(one) < 0xE000
             or one in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    ]  # fmt: skip


def whole(mail: ReadMail) -> None:
    """Everything said of a mail can be stored and shown."""
    assert is_clean(mail.subject)
    assert is_clean(mail.sender_name)
    assert is_clean(mail.sender)
    assert len(mail.subject) <= 500
    assert mail.sender == "" or mail.sender.count("@") == 1
    assert is_clean(mail.text, lines=True)
    assert len(mail.text) <= TEXT_CHARACTERS_MAX
    assert len(mail.answers) <= 50
    assert bool(mail.text) != ("no_text" in mail.notes)
    for one in mail.attachments:
        assert is_clean(one.name)
        assert one.name not in ("", ".", "..")
        assert not set("/\\") & set(one.name)


def test_names_are_used_once() -> None:
    assert len(BY_NAME) == len(mails.SAMPLES) > 55


@pytest.mark.parametrize("sample", mails.SAMPLES, ids=str)
def test_as_a_mail(sample: Sample) -> None:
    code, mail = told(read_mail, sample)
    if sample.mail is not None:
        assert code == sample.mail
    if code == READ:
        whole(mail)


@pytest.mark.parametrize("sample", OTHERS[::2], ids=str)
def test_what_is_no_mail(sample: Sample) -> None:
    code, mail = told(read_mail, sample)
    assert code in ("mail_unreadable", "mail_empty", "mail_headers_too_large", READ)
    if code == READ:
        whole(mail)


@pytest.mark.parametrize(
    ("name", "text", "notes"),
    [
        ("good", "We pay on Friday.", ()),
        ("charset_none", "Müller zahlt", ("charset_guessed",)),
        ("charset_lies", "Müller zahlt", ("charset_guessed",)),
        ("charset_zip", "x", ("charset_guessed",)),
        ("charset_escape", "\\x3cb\\x3e", ("charset_guessed",)),
        ("charset_utf7", "+ADw-script+AD4-", ("charset_guessed",)),
        ("right_to_left", "gpj.exe x", ()),
        ("html_only", "We pay & soon\n\non Friday", ("html_only",)),
        ("html_script", "We pay", ("html_only",)),
        ("html_dotted", "\u0130" * 1_000 + "We pay", ("html_only",)),
        ("nothing_said", "", ("no_text",)),
        ("winmail", "", ("outlook_only", "no_text")),
    ],
)
def test_what_is_said(name: str, text: str, notes: tuple[str, ...]) -> None:
    mail = found(name)
    assert (mail.text, mail.notes) == (text, notes)


def test_what_is_long_is_shortened_and_says_so() -> None:
    assert len(found("long_text").text) == TEXT_CHARACTERS_MAX
    assert "shortened" in found("long_text").notes


def test_who_wrote_and_what_is_answered() -> None:
    mail = found("good")
    assert (mail.sender_name, mail.sender, mail.subject) == (
        "Ada", "ada@acorn.example", "Re: reminder",
    )  # fmt: skip
    assert (mail.message_id, mail.kind) == ("<a1@acorn.example>", "written")
    assert mail.sent_at is not None
    assert mail.sent_at.isoformat() == "2026-03-16T08:00:00+00:00"
    assert found("sender_is_none").sender == ""
    assert found("sender_is_two").sender == "ada@acorn.example"
    assert "Bcc" in found("header_injection").subject
    assert found("automatic").kind == "automatic"
    assert (found("bounce").kind, found("bounce").answers) == (
        "bounce", ("<MSG-2026-000001.0@shop.example>",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kept"),
    [("name_path", "passwd"), ("name_windows", "win.ini"), ("zip_in_mail", "list.zip"),
     ("winmail", "winmail.dat"), ("mail_in_mail", "old.eml")],
)  # fmt: skip
def test_attachments_are_kept_as_they_are(name: str, kept: str) -> None:
    content = BY_NAME[name].build()
    [one] = read_mail(content, "a.eml").attachments
    assert one.name == kept
    assert len(attachment(content, "a.eml", one.place)) == one.size_bytes > 0


def test_an_archive_in_a_mail_is_not_unpacked() -> None:
    content = BY_NAME["zip_in_mail"].build()
    [one] = read_mail(content, "a.eml").attachments
    assert attachment(content, "a.eml", one.place) == archives.made("zip_bomb_member")


@pytest.mark.parametrize("place", [-1, 99, 10**9])
def test_an_attachment_that_is_none(place: int) -> None:
    with pytest.raises(Invalid) as refused:
        attachment(mails.GOOD, "a.eml", place)
    assert refused.value.code == "attachment_unknown"


@pytest.mark.skipif(not STATUS.exists(), reason="the peak of memory is asked of Linux")
@pytest.mark.parametrize("name", ["many_parts", "very_deep", "one_line", "html_unclosed"])
def test_a_bomb_costs_the_process_that_asks_neither_memory_nor_time(name: str) -> None:
    content = BY_NAME[name].build()
    Path("/proc/self/clear_refs").write_text("5")
    before, started = peak_bytes(), time.monotonic()
    code, _ = told(read_mail, BY_NAME[name])
    assert code == BY_NAME[name].mail
    assert time.monotonic() - started < 60
    assert peak_bytes() - before < 64 * MEBIBYTE + 4 * len(content)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(at=st.integers(0, 10_000), patch=st.binary(min_size=1, max_size=8), data=st.data())
def test_a_damaged_mail_is_read_or_refused(at: int, patch: bytes, data: st.DataObject) -> None:
    name = data.draw(
        st.sampled_from(["good", "html_script", "mail_in_mail", "bounce", "name_rfc2231"])
    )
    content = bytearray(BY_NAME[name].build())
    at %= len(content)
    content[at : at + len(patch)] = patch
    readable(bytes(content))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_mail_or_refused(content: bytes) -> None:
    readable(content)
    readable(mails.HEAD + content)
    readable(mails.HEAD + b"\r\n" + content)


def readable(content: bytes) -> None:
    try:
        whole(parse((content, "f")))
    except Invalid as error:
        refused = error
    else:
        return
    assert (refused.place.file, bool(refused.mend)) == ("f", True)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>/!-ab \n&;#9\"'=pscrit", max_size=200))
def test_any_page_has_a_text_without_marks(page: str) -> None:
    assert "\x1e" not in text_of(page)
    assert "<script" not in text_of(page)
