"""The mailbox of INBOX_URL: what is unread there, fetched without marking it, then marked.

The server is somebody else's: what it says is bounded before it is believed.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from creditdesk.contact.inbox.values import MAIL_BYTES_MAX
from creditdesk.kernel.errors import Invalid, Refused

TIMEOUT_SECONDS: Final = 30.0
AT_ONCE_MAX: Final = 200
LITERAL_BYTES_MAX: Final = MAIL_BYTES_MAX + 2**20
HEADS_BYTES_MAX: Final = 64 * 1024
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,12})")


class Mailbox:
    """One opened mailbox; errors of the line are OSError or imaplib's."""

    def __init__(self, server: imaplib.IMAP4) -> None:
        self._server = server

    def unread(self) -> list[str]:
        """Return the UIDs of the oldest unread mails, so many that one look has an end."""
        found = self._asked("SEARCH", "UNSEEN")
        uids = b" ".join(one for one in found if isinstance(one, bytes)).split()
        numbers = sorted({int(one) for one in uids if one.isdigit() and len(one) <= 10})  # noqa: PLR2004 - a UID has 32 bits
        return [str(one) for one in numbers[:AT_ONCE_MAX]]

    def content(self, uid: str) -> bytes | None:
        """Return a mail byte for byte; `None` when it is too large to be fetched."""
        sizes = b" ".join(_flat(self._asked("FETCH", uid, "(RFC822.SIZE)")))
        size = _SIZE.search(sizes)
        if size is not None and int(size[1]) > MAIL_BYTES_MAX:
            return None
        return _literal(self._asked("FETCH", uid, "(BODY.PEEK[])"))

    def heads(self, uid: str) -> bytes:
        """Return the headers of a mail that is not fetched itself."""
        return _literal(self._asked("FETCH", uid, "(BODY.PEEK[HEADER])"))[:HEADS_BYTES_MAX]

    def mark(self, uid: str) -> None:
        """Mark a mail as read, so that it is not looked at again."""
        self._asked("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")

    def _asked(self, command: str, *arguments: str) -> list[Any]:
        status, found = self._server.uid(command, *arguments)
        if status != "OK":
            raise imaplib.IMAP4.error(f"{command} was answered {status}")
        return list(found or [])


def _flat(found: list[Any]) -> Iterator[bytes]:
    for one in found:
        yield from (one if isinstance(one, tuple) else (one,) if isinstance(one, bytes) else ())


def _literal(found: list[Any]) -> bytes:
    literals = [one[1] for one in found if isinstance(one, tuple) and len(one) > 1]
    return bytes(literals[0]) if literals else b""


class _Bounded:
    """What both kinds of line have in common: no answer is longer than the largest mail."""

    def read(self, size: int) -> bytes:
        """Return so many bytes of a literal; refused beyond what a mail may have."""
        if size > LITERAL_BYTES_MAX:
            raise imaplib.IMAP4.abort("the server sends more than a mail may have")
        return bytes(super().read(size))  # type: ignore[misc]


class _Plain(_Bounded, imaplib.IMAP4):
    pass


class _Secure(_Bounded, imaplib.IMAP4_SSL):
    pass


@contextmanager
def opened(url: str) -> Iterator[Mailbox]:
    """Open the mailbox of an address such as imaps://user:password@host/INBOX, and close it.

    Refused when it cannot be reached or does not let us in; Invalid when the address is none, or
    would send the password over an open line.
    """
    try:
        server = _connected(url)
    except (OSError, imaplib.IMAP4.error) as error:
        raise _unreachable(error) from error
    try:
        yield Mailbox(server)
    except (OSError, imaplib.IMAP4.error) as error:
        raise _unreachable(error) from error
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            server.logout()
        with suppress(OSError):  # a line that broke is still ours to close
            server.shutdown()


def _unreachable(error: Exception) -> Refused:
    return Refused(
        "mailbox_unreachable",
        f"The mailbox cannot be reached or does not let us in ({type(error).__name__})",
    )


def _connected(url: str) -> imaplib.IMAP4:
    scheme, host, port, user, password, box = _parts(url)
    server: imaplib.IMAP4
    if scheme == "imaps":
        server = _Secure(
            host, port or 993, ssl_context=ssl.create_default_context(), timeout=TIMEOUT_SECONDS
        )
    else:
        server = _Plain(host, port or 143, timeout=TIMEOUT_SECONDS)
    try:
        if scheme == "imap" and "STARTTLS" in server.capabilities:
            server.starttls(ssl.create_default_context())
        elif scheme == "imap":
            _require_loopback(host)
        server.login(user, password)
        _select(server, box)
    except BaseException:
        with suppress(OSError, imaplib.IMAP4.error):
            server.shutdown()
        raise
    return server


def _require_loopback(host: str) -> None:
    if host not in LOOPBACK:
        raise Invalid(
            "inbox_url_open",
            "The mail server speaks no TLS; the password would go over an open line",
            mend="Write imaps://, or ask for a server with STARTTLS",
        )


def _select(server: imaplib.IMAP4, box: str) -> None:
    status, _ = server.select(f'"{box}"')
    if status != "OK":
        raise imaplib.IMAP4.error("there is no such mailbox")


def _parts(url: str) -> tuple[str, str, int | None, str, str, str]:
    unreadable = Invalid(
        "inbox_url_unreadable",
        "The address of the mailbox cannot be read",
        mend="Write imaps://user:password@host/INBOX",
    )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise unreadable from None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    box = unquote(parts.path.lstrip("/")) or "INBOX"
    bad = [one for one in (user, password, box) if re.search(r'[\x00-\x1f\x7f"\\]', one)]
    if parts.scheme not in ("imap", "imaps") or not parts.hostname or not user or bad:
        raise unreadable
    return parts.scheme, parts.hostname, port, user, password, box
