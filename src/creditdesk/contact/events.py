"""The facts contact announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from creditdesk.plumbing.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesQueued(Event):
    """Messages passed the gate and wait to be sent."""

    name: ClassVar[str] = "contact.messages_queued"
    count: int
    refused: int
    first_reference: str = ""
    last_reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesSent(Event):
    """The mail server took these messages."""

    name: ClassVar[str] = "contact.messages_sent"
    message_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesFailed(Event):
    """These messages certainly did not leave: the server said no, or a person says so."""

    name: ClassVar[str] = "contact.messages_failed"
    message_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReported(Event):
    """A mail came in that says what became of a message of ours.

    `outcome`: bounced, delayed, arrived (at the recipient's own server) or opened, which only a
    receipt says that the reader chose to send. `code` is the enhanced status, such as 5.1.1.
    """

    name: ClassVar[str] = "contact.message_reported"
    message_id: int
    mail_id: int
    outcome: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesWithdrawn(Event):
    """Queued messages will not be sent: what they were about is settled."""

    name: ClassVar[str] = "contact.messages_withdrawn"
    message_ids: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyReceived(Event):
    """A customer answered; their reminders are held until somebody handled it."""

    name: ClassVar[str] = "contact.reply_received"
    customer_id: int
    reply_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecorded(Event):
    """A customer allowed or stopped messages of a purpose."""

    name: ClassVar[str] = "contact.consent_recorded"
    customer_id: int
    purpose: str
    allowed: bool
