"""What is known of a mail once it is read, and what no mail may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditdesk.kernel.errors import Invalid, Place

MAIL_BYTES_MAX: Final = 25 * 2**20
HEADER_BYTES_MAX: Final = 256 * 1024
PARTS_MAX: Final = 500
DEPTH_MAX: Final = 30
TEXT_CHARACTERS_MAX: Final = 100_000
HTML_CHARACTERS_MAX: Final = 2_000_000
# What somebody wrote; what a machine answered by itself; what could not be delivered.
WRITTEN: Final = "written"
AUTOMATIC: Final = "automatic"
BOUNCE: Final = "bounce"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part of a mail that is not its text, by its place among all parts."""

    place: int
    name: str
    media_type: str
    size_bytes: int
    sha256: str


# What a mail may say of one of ours.
BOUNCED: Final = "bounced"
DELAYED: Final = "delayed"
ARRIVED: Final = "arrived"
OPENED: Final = "opened"


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail says became of one of ours; `code` is the enhanced status, where it has one."""

    outcome: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class ReadMail:
    """A mail as plain values: its text without any markup, its attachments by name only.

    `answers` are the Message-IDs it refers to. `notes` are codes of what a reader should know:
    html_only, no_text, shortened, charset_guessed, outlook_only, encrypted, defects.
    """

    message_id: str
    answers: tuple[str, ...]
    sender_name: str
    sender: str
    subject: str
    sent_at: datetime | None
    text: str
    kind: str = WRITTEN
    attachments: tuple[Attachment, ...] = ()
    notes: tuple[str, ...] = ()
    report: Report | None = None


def mail_refusal(filename: str, code: str, message: str, mend: str) -> Invalid:
    """Return the error that refuses a mail, naming its file."""
    return Invalid(code, message, place=Place(file=filename), mend=mend)
