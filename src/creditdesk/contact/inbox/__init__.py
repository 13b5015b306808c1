"""Mail from outside, read in a confined child into plain values. Nothing here asks a database."""

from __future__ import annotations

from typing import cast

from creditdesk.contact.inbox.values import (
    AUTOMATIC,
    BOUNCE,
    MAIL_BYTES_MAX,
    WRITTEN,
    Attachment,
    ReadMail,
    Report,
    mail_refusal,
)
from creditdesk.plumbing.confined import run_confined

__all__ = [
    "AUTOMATIC",
    "BOUNCE",
    "MAIL_BYTES_MAX",
    "WRITTEN",
    "Attachment",
    "ReadMail",
    "Report",
    "attachment",
    "read_mail",
]

CHILD_MEMORY_BYTES = 2**30
CHILD_CPU_SECONDS = 30
CHILD_WALL_SECONDS = 120


def read_mail(content: bytes, filename: str) -> ReadMail:
    """Return what a mail says, found in a child process with limits on memory and time.

    Raises Invalid, which names the file, where it is no mail, hostile or too large.
    """
    _refuse_unfit(content, filename)
    return cast(ReadMail, _confined("parse", (content, filename), filename))


def attachment(content: bytes, filename: str, place: int) -> bytes:
    """Return the bytes of one attachment of a mail, by its place; Invalid when there is none."""
    _refuse_unfit(content, filename)
    return cast(bytes, _confined("attached", (content, filename, place), filename))


def _confined(function: str, payload: object, filename: str) -> object:
    return run_confined(
        f"creditdesk.contact.inbox.parsing:{function}",
        payload,
        memory_bytes=CHILD_MEMORY_BYTES,
        cpu_seconds=CHILD_CPU_SECONDS,
        wall_seconds=CHILD_WALL_SECONDS,
        file=filename,
    )


def _refuse_unfit(content: bytes, filename: str) -> None:
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise mail_refusal(filename, "mail_empty", "the file is empty", "Save the mail again")
    if len(content) > MAIL_BYTES_MAX:
        raise mail_refusal(
            filename,
            "mail_too_large",
            f"the mail has more than {MAIL_BYTES_MAX // 2**20} MiB",
            "Ask for it without its attachments",
        )
