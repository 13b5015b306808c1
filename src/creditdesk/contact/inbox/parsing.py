"""A mail becomes plain values. Runs in the confined child: everything in it is hostile."""

from __future__ import annotations

import codecs
import email.base64mime
import email.charset
import email.feedparser
import email.generator
import email.quoprimime  # noqa: F401
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any, Final, TypeAlias

from creditdesk.contact.inbox import reports
from creditdesk.contact.inbox.markup import text_of
from creditdesk.contact.inbox.values import (
    AUTOMATIC,
    BOUNCE,
    DEPTH_MAX,
    HEADER_BYTES_MAX,
    HTML_CHARACTERS_MAX,
    PARTS_MAX,
    TEXT_CHARACTERS_MAX,
    WRITTEN,
    Attachment,
    ReadMail,
    Report,
    mail_refusal,
)

LINE_CHARACTERS_MAX: Final = 500
NAME_CHARACTERS_MAX: Final = 120
IDS_MAX: Final = 50
_FIRST_LINE = re.compile(rb"(?:>?From [^\n]*\n)?[!-9;-~]{1,100}[ \t]*:")
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n|\r\r")
_ID = re.compile(r"<[^<>\s]{3,250}>")
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@[^\s@<>\"(),:;\\]{1,189}")
# Control characters, halves of characters, and marks that turn the direction of a text.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_TEXT_CODECS = re.compile(
    r"ascii|utf-?(?:8|16|32)(?:-sig|-[lb]e)?|iso8859-\d+|iso2022_\w+|cp\d+|koi8-\w|mac-roman|"
    r"gb(?:2312|k|18030)|hz|big5(?:hkscs)?|euc_\w+|shift_jis\w*|johab|tis-620"
)
_OUTLOOK: Final = ("application/ms-tnef", "application/vnd.ms-tnef")
_SEALED: Final = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
_BY_MACHINE: Final = frozenset(("auto_reply", "bulk", "junk", "list"))
_ORIGINAL: Final = ("message/rfc822", "text/rfc822-headers", reports.NOTICE, reports.RECEIPT)

Part: TypeAlias = "Message[Any, Any]"


def parse(payload: tuple[bytes, str]) -> ReadMail:
    """Return the mail of (content, filename); Invalid when it is none, or built to do harm."""
    content, filename = payload
    mail = _parsed(content, filename)
    parts = _parts(mail, filename)
    notes: list[str] = []
    text, used = _text(parts, notes)
    attachments = tuple(_attachments(parts, used))
    if any(part.get_content_type() in _SEALED for part in parts):
        notes.append("encrypted")
    if not text and any(one.media_type in _OUTLOOK for one in attachments):
        notes.append("outlook_only")
    if not text:
        notes.append("no_text")
    name, sender = _sender(mail)
    kind = _kind(mail, sender)
    ids = _ids(mail, "In-Reply-To") + _ids(mail, "References")[::-1]
    report = None
    if kind == BOUNCE or _is_receipt(mail):
        report = _report(parts, kind, _line(_header(mail, "Subject")), text)
        ids += _ids_of_originals(parts, text if kind == BOUNCE else "")
    return ReadMail(
        message_id=next(iter(_ids(mail, "Message-ID")), ""),
        answers=tuple(dict.fromkeys(ids))[:IDS_MAX],
        sender_name=name,
        sender=sender,
        subject=_line(_header(mail, "Subject")),
        sent_at=_date(mail),
        text=text,
        kind=kind,
        attachments=attachments,
        notes=tuple(dict.fromkeys(notes)),
        report=report,
    )


def attached(payload: tuple[bytes, str, int]) -> bytes:
    """Return the bytes of the part at a place of (content, filename, place)."""
    content, filename, place = payload
    parts = _parts(_parsed(content, filename), filename)
    if not 0 <= place < len(parts):
        raise mail_refusal(
            filename, "attachment_unknown", "the mail has no such part", "Look again"
        )
    return _bytes(parts[place])


def _parsed(content: bytes, filename: str) -> Part:
    head = content.lstrip(b"\xef\xbb\xbf\r\n \t")
    if not _FIRST_LINE.match(head):
        raise mail_refusal(
            filename, "mail_unreadable", "this is no mail: it does not begin with headers",
            "Save the mail itself, as .eml",
        )  # fmt: skip
    end = _END_OF_HEADERS.search(head)
    if (end.start() if end else len(head)) > HEADER_BYTES_MAX:
        raise _too_many_headers(filename)
    try:
        mail: Part = BytesParser(policy=policy.compat32).parsebytes(head)
    except RecursionError:
        raise _too_deep(filename) from None
    if not any(mail.get(name) for name in ("From", "Sender", "Date", "Subject", "Message-ID")):
        raise mail_refusal(
            filename, "mail_unreadable", "this is no mail: it has neither sender nor subject",
            "Save the mail itself, as .eml",
        )  # fmt: skip
    return mail


def _parts(mail: Part, filename: str) -> list[Part]:
    """Return every part in its order, whole mails within it unopened."""
    found: list[Part] = []
    waiting = [(mail, 0)]
    while waiting:
        part, depth = waiting.pop()
        found.append(part)
        if len(found) > PARTS_MAX:
            raise mail_refusal(
                filename, "mail_too_many_parts", f"the mail has more than {PARTS_MAX} parts",
                "Ask for the attachments in one archive, or by another way",
            )  # fmt: skip
        if depth > DEPTH_MAX:
            raise _too_deep(filename)
        if sum(len(name) + len(str(value)) for name, value in part.items()) > HEADER_BYTES_MAX:
            raise _too_many_headers(filename)
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting += [(one, depth + 1) for one in reversed(inner) if isinstance(one, Message)]
    return found


def _too_deep(filename: str) -> Exception:
    return mail_refusal(
        filename, "mail_too_deep", f"parts of the mail stand more than {DEPTH_MAX} deep",
        "Ask for it to be sent anew, not forwarded again and again",
    )  # fmt: skip


def _too_many_headers(filename: str) -> Exception:
    return mail_refusal(
        filename, "mail_headers_too_large",
        f"the headers of the mail have more than {HEADER_BYTES_MAX // 1024} KiB",
        "Ask for it to be sent anew",
    )  # fmt: skip


def _header(part: Part, name: str) -> str:
    """Return a header as a person reads it, whatever it claims to be encoded as."""
    try:
        given = str(part.get(name, ""))[: 4 * LINE_CHARACTERS_MAX]
    except (UnicodeError, LookupError, ValueError):
        return ""
    try:
        pieces = decode_header(given)
    except Exception:  # noqa: BLE001 - a broken encoded word is then read as it stands
        return given
    return "".join(
        piece if isinstance(piece, str) else _decoded(piece, charset or "", [])
        for piece, charset in pieces
    )


def _decoded(data: bytes, charset: str, notes: list[str]) -> str:
    """Return bytes as text: as they say, else as UTF-8, else as Windows does; never a failure."""
    try:
        name = codecs.lookup(charset.strip() or "utf-8").name
        if _TEXT_CODECS.fullmatch(name):
            return data.decode(name)
    except (LookupError, UnicodeError, ValueError):
        pass
    notes.append("charset_guessed")
    try:
        return data.decode("utf-8")
    except UnicodeError:
        return data.decode("cp1252", "replace")


def _line(text: str) -> str:
    """Return a text as one clean line."""
    return " ".join(_UNSEEN.sub(" ", text).split())[:LINE_CHARACTERS_MAX]


def _clean(text: str, notes: list[str]) -> str:
    """Return a text of clean lines, not too long."""
    plain = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(plain) > TEXT_CHARACTERS_MAX:
        notes.append("shortened")
    return plain[:TEXT_CHARACTERS_MAX]


def _bytes(part: Part) -> bytes:
    """Return the content of a part without its transfer encoding; a mail within as it stands."""
    inner = part.get_payload()
    if isinstance(inner, list):
        try:
            return b"".join(one.as_bytes() for one in inner if isinstance(one, Message))
        except (RecursionError, UnicodeError, LookupError, ValueError):
            return b""
    try:
        found = part.get_payload(decode=True)
    except (UnicodeError, LookupError, ValueError, AssertionError):
        return str(inner).encode("utf-8", "replace")
    return found if isinstance(found, bytes) else b""


def _charset(part: Part) -> str:
    try:
        return str(part.get_content_charset("") or "")
    except (UnicodeError, LookupError, ValueError):
        return ""


def _text(parts: list[Part], notes: list[str]) -> tuple[str, set[int]]:
    """Return the text of the mail, and the places of the parts it came from or repeats it."""
    places = {
        kind: [
            place
            for place, part in enumerate(parts)
            if part.get_content_type() == kind and not _is_attached(part)
        ]
        for kind in ("text/plain", "text/html")
    }
    plain = [
        (at, _decoded(_bytes(parts[at]), _charset(parts[at]), notes)) for at in places["text/plain"]
    ]
    text = _clean("\n".join(one for _, one in plain), notes)
    if text:
        return text, {*places["text/plain"], *places["text/html"]}
    pages = []
    for place in places["text/html"]:
        page = _decoded(_bytes(parts[place]), _charset(parts[place]), notes)
        if len(page) > HTML_CHARACTERS_MAX:
            notes.append("shortened")
        pages.append(text_of(page[:HTML_CHARACTERS_MAX]))
    text = _clean("\n".join(pages), notes)
    if text:
        notes.append("html_only")
    return text, {*places["text/plain"], *(places["text/html"] if text else ())}


def _is_attached(part: Part) -> bool:
    return _disposition(part) == "attachment" or bool(_filename(part))


def _disposition(part: Part) -> str:
    try:
        return str(part.get_content_disposition() or "")
    except (UnicodeError, LookupError, ValueError):
        return ""


def _filename(part: Part) -> str:
    """Return the name a part gives itself, as a bare name; empty without one."""
    try:
        given = part.get_filename("") or ""
    except Exception:  # noqa: BLE001 - parameters of RFC 2231 fail in many ways
        given = ""
    pieces: list[str] = []
    try:
        pieces = [
            piece if isinstance(piece, str) else _decoded(piece, charset or "", [])
            for piece, charset in decode_header(given[:LINE_CHARACTERS_MAX])
        ]
    except Exception:  # noqa: BLE001 - as above
        pieces = [given]
    bare = re.split(r"[/\\]", _line("".join(pieces)))[-1]
    return re.sub(r'[:*?"<>|]', "_", bare).strip(". ")[:NAME_CHARACTERS_MAX]


def _attachments(parts: list[Part], used: set[int]) -> Iterator[Attachment]:
    for place, part in enumerate(parts):
        if place in used or part.get_content_maintype() == "multipart":
            continue
        content = _bytes(part)
        if not content and not _filename(part):
            continue
        media_type = part.get_content_type()
        yield Attachment(
            place,
            _filename(part) or f"part-{place}.{'eml' if media_type == 'message/rfc822' else 'bin'}",
            _line(media_type)[:NAME_CHARACTERS_MAX],
            len(content),
            hashlib.sha256(content).hexdigest(),
        )


def _sender(mail: Part) -> tuple[str, str]:
    """Return name and address of who says to have sent it; the address empty when it is none."""
    given = str(mail.get("From") or mail.get("Sender") or "")[:2_000]
    try:
        name, address = parseaddr(" ".join(given.split()))
    except Exception:  # noqa: BLE001 - the parser of addresses fails in many ways
        name, address = "", ""
    if not _ADDRESS.fullmatch(address):
        found = _ADDRESS.search(given)
        address = found[0] if found else ""
    decoded = Message()
    decoded["name"] = name.replace("\n", " ").replace("\r", " ")
    return _line(_header(decoded, "name"))[:200], _line(address).lower()


def _ids(part: Part, name: str) -> list[str]:
    found: list[str] = []
    for value in part.get_all(name, []):
        found += _ID.findall(str(value)[: 40 * LINE_CHARACTERS_MAX])
    return found[-IDS_MAX:]


def _ids_of_originals(parts: list[Part], text: str) -> list[str]:
    """Return the Message-IDs that a notice encloses, or else quotes in its text."""
    found = [
        one
        for part in parts
        if part.get_content_type() in _ORIGINAL
        for one in reports.ids_in(_told(part))
    ]
    return found or reports.ids_in(text)


def _told(part: Part) -> str:
    return _bytes(part)[:HEADER_BYTES_MAX].decode("latin-1")


def _is_receipt(mail: Part) -> bool:
    content_type = str(mail.get("Content-Type", "")).lower()[:LINE_CHARACTERS_MAX]
    return "multipart/report" in content_type and "disposition-notification" in content_type


def _report(parts: list[Part], kind: str, subject: str, text: str) -> Report | None:
    """Return what became of a mail of ours, as the first part that says so says it."""
    of_type = {part.get_content_type(): part for part in reversed(parts)}
    if reports.NOTICE in of_type:
        return reports.of_notice(_told(of_type[reports.NOTICE]))
    if reports.RECEIPT in of_type:
        return reports.of_receipt(_told(of_type[reports.RECEIPT]))
    return reports.of_words(subject, text) if kind == BOUNCE else None


def _date(mail: Part) -> datetime | None:
    try:
        found = parsedate_to_datetime(str(mail.get("Date", ""))[:LINE_CHARACTERS_MAX])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def _kind(mail: Part, sender: str) -> str:
    """Return whether a person wrote it, a machine did, or a mail of ours came back."""
    content_type = str(mail.get("Content-Type", "")).lower()[:LINE_CHARACTERS_MAX]
    came_back = "multipart/report" in content_type and "delivery-status" in content_type
    if came_back or sender.partition("@")[0] in ("mailer-daemon", "postmaster"):
        return BOUNCE
    if _is_receipt(mail):
        return AUTOMATIC
    auto = str(mail.get("Auto-Submitted", "no")).strip().lower()
    precedence = str(mail.get("Precedence", "")).strip().lower()
    is_auto = not auto.startswith("no") or precedence in _BY_MACHINE
    return AUTOMATIC if is_auto or mail.get("X-Autoreply") else WRITTEN
