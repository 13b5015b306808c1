"""Where mail leaves the house: the SMTP server of SMTP_URL, or a loopback mailbox of our own."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from threading import Event, Thread
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings

from creditdesk.kernel.errors import Invalid

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

TIMEOUT_SECONDS = 30
# Where a simulated world sends its letters: thousands, that only have to be written.
NOWHERE = "nowhere:"
GONE = "mailbox.gone@"
ANSWER_CHARACTERS_MAX = 500
DATA_BYTES_MAX = 32 * 1024 * 1024


class _Answering(smtplib.SMTP):
    """Remembers what the server said of the last message, which smtplib throws away."""

    answer = ""

    def data(self, msg: ReadableBuffer | str) -> tuple[int, bytes]:
        """Send the message and keep the answer."""
        self.answer = ""
        code, said = super().data(msg)
        self.answer = f"{code} {said.decode('utf-8', 'replace')}"[:ANSWER_CHARACTERS_MAX]
        return code, said


class _Line(_Answering):
    """A line that may be sealed once it stands (STARTTLS)."""


class _SealedLine(_Answering, smtplib.SMTP_SSL):
    """A line sealed from the start."""


@contextmanager
def connected() -> Iterator[smtplib.SMTP]:
    """Open one connection for a batch, and close it; OSError or SMTPException when there is none.

    Without an address a mailbox of our own takes what is sent, over a real line.

    smtp:// asks for STARTTLS where the server offers it, smtps:// speaks TLS from the start.
    """
    if settings.SMTP_URL == NOWHERE:
        yield _Nowhere()
        return
    if settings.SMTP_URL:
        with _dialled(settings.SMTP_URL) as server:
            yield server
        return
    with loopback() as port, _dialled(f"smtp://127.0.0.1:{port}") as server:
        yield server


def hand_over(
    server: smtplib.SMTP, recipient: str, mail: Callable[[], EmailMessage], *, envelope: str = ""
) -> str:
    """Give a message to the server and return what it answered; an error when it takes it not.

    SMTPException or OSError. Where the server can, it is asked to name `envelope` in notices of
    non-delivery (RFC 3461). For nowhere the mail is not even put together.
    """
    if isinstance(server, _Nowhere):
        server.refuse_gone(recipient)
        return ""
    if envelope and server.has_extn("dsn"):
        server.send_message(
            mail(),
            mail_options=[f"ENVID={envelope}", "RET=HDRS"],
            rcpt_options=["NOTIFY=FAILURE,DELAY"],
        )
    else:
        server.send_message(mail())
    return server.answer if isinstance(server, _Answering) else ""


@contextmanager
def _dialled(url: str) -> Iterator[smtplib.SMTP]:
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise Invalid(
            "smtp_url_unreadable",
            "The address of the mail server cannot be read",
            mend="Write smtp://user:password@host:587 or smtps://user:password@host:465",
        )
    server = _open(parts.scheme, parts.hostname, parts.port)
    try:
        server.ehlo_or_helo_if_needed()
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield server
    finally:
        _hang_up(server)


def _open(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    if scheme == "smtps":
        return _SealedLine(
            host, port or 465, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    return _Line(host, port or 587, timeout=TIMEOUT_SECONDS)


def _hang_up(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


class _Nowhere(smtplib.SMTP):
    """Takes every message and gives it to nobody, without a line in between.

    Only a mailbox named as gone is refused, as a server would that knows its own.
    """

    def refuse_gone(self, recipient: str) -> None:
        """Take what is for the recipient, unless the mailbox is gone."""
        if recipient.startswith(GONE):
            raise smtplib.SMTPRecipientsRefused({recipient: (550, b"no such mailbox")})


class _Accepting:
    """Takes every message and keeps none: its text stands in our own table already."""

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        return "250 taken"


@contextmanager
def loopback() -> Iterator[int]:
    """Run a mailbox on a free port of the loopback interface; nothing leaves the machine."""
    loop = asyncio.new_event_loop()
    ready = Event()
    ports: list[int] = []

    def serve() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(
            loop.create_server(
                lambda: SMTP(_Accepting(), data_size_limit=DATA_BYTES_MAX, loop=loop),
                "127.0.0.1",
                0,
            )
        )
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        loop.run_forever()
        server.close()
        loop.run_until_complete(_finish(server))
        loop.close()

    thread = Thread(target=serve, name="loopback mailbox", daemon=True)
    thread.start()
    if not ready.wait(TIMEOUT_SECONDS):
        raise OSError("the loopback mailbox did not start")
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(TIMEOUT_SECONDS)


async def _finish(server: asyncio.AbstractServer) -> None:
    """Let the handlers of closed connections end."""
    await server.wait_closed()
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
