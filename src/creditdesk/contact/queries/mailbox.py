"""The mailbox: messages with their texts, what the gate said of them, and answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message as the mailbox lists it."""

    id: int
    reference: str
    customer_id: int
    customer_number: str
    customer_name: str
    channel: str
    purpose: str
    step: str
    recipient_name: str
    recipient: str
    language: str
    subject: str
    status: str
    status_reason: str
    queued_at: datetime
    handed_over_at: datetime | None
    sent_at: datetime | None
    recorded_by: str


@dataclass(frozen=True, slots=True)
class MessageItemRow:
    """An item a message is about, as it stood when it was written."""

    item_id: int
    open_minor: int
    step: str


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A stored answer of the gate."""

    id: int
    customer_id: int
    message_id: int | None
    purpose: str
    channel: str
    stage: str
    allowed: bool
    reasons_json: str
    inputs_json: str
    policy_version: int
    recorded_at: datetime

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """Every check: code, whether it passed, and its figures."""
        return list(json.loads(self.reasons_json))

    @property
    def inputs(self) -> dict[str, Any]:
        """What the gate was asked about."""
        return dict(json.loads(self.inputs_json))


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A kept file that goes with a message."""

    file_id: int
    filename: str
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class FullMessage:
    """A message with its text, its items and what the gate said of it."""

    row: MessageRow
    message_id: str
    body_text: str
    body_html: str
    items: tuple[MessageItemRow, ...]
    verdicts: tuple[VerdictRow, ...]
    answer: str = ""
    attachments: tuple[AttachmentRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """An answer of a customer."""

    id: int
    customer_id: int
    customer_number: str
    customer_name: str
    in_reply_to: str
    sender: str
    subject: str
    body_text: str
    received_at: datetime
    handled_at: datetime | None
    handled_by: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of messages, and how many there are in all."""

    rows: tuple[MessageRow, ...]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class _Count:
    status: str
    count: int


@dataclass(frozen=True, slots=True)
class _Text:
    message_id: str
    body_text: str
    body_html: str
    answer: str


_MESSAGE = """
    SELECT m.id, m.reference, m.customer_id, coalesce(c.number, ''),
           coalesce(c.name, m.recipient_name), m.channel, m.purpose, m.step,
           m.recipient_name, m.recipient, m.language, m.subject, m.status, m.status_reason,
           m.queued_at, m.handed_over_at, m.sent_at, m.recorded_by
      FROM contact_message m LEFT JOIN customers_customer c ON c.id = m.customer_id
     WHERE m.company_id = %(company_id)s
"""


_FILTERS = """
       AND (%(status)s = '' OR m.status = %(status)s)
       AND (%(purpose)s = '' OR m.purpose = %(purpose)s)
       AND (%(step)s = '' OR m.step = %(step)s)
       AND (%(customer_id)s::bigint IS NULL OR m.customer_id = %(customer_id)s)
"""
_WORDS = """
       AND (m.subject ILIKE %(like)s OR c.name ILIKE %(like)s
            OR m.recipient ILIKE %(like)s OR m.reference ILIKE %(like)s)
"""


_VERDICT = """
    SELECT id, customer_id, message_id, purpose, channel, stage, allowed, reasons, inputs,
           policy_version, recorded_at
      FROM contact_verdict WHERE company_id = %(company_id)s
"""


_REPLY = """
    SELECT r.id, r.customer_id, coalesce(c.number, ''), coalesce(c.name, r.sender),
           coalesce(m.reference, ''), r.sender, r.subject,
           r.body_text, r.received_at, r.handled_at, r.handled_by
      FROM contact_reply r LEFT JOIN customers_customer c ON c.id = r.customer_id
      LEFT JOIN contact_message m ON m.id = r.in_reply_to_id
     WHERE r.company_id = %(company_id)s
"""
_LIKE_ESCAPES = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def mailbox(
    company_id: int,
    *,
    status: str = "",
    purpose: str = "",
    step: str = "",
    customer_id: int | None = None,
    text: str = "",
    page: int = 1,
    size: int = 50,
) -> Page:
    """Return a page of messages, newest first, filtered by status, purpose, step or words."""
    params = {
        "company_id": company_id,
        "status": status,
        "purpose": purpose,
        "step": step,
        "customer_id": customer_id,
        "text": text.strip(),
        "like": f"%{text.strip().translate(_LIKE_ESCAPES)}%",
        "size": size,
        "offset": (max(page, 1) - 1) * size,
    }
    # The join is for the words only, and counting without it reads half as much.
    named = "LEFT JOIN customers_customer c ON c.id = m.customer_id" if params["text"] else ""
    filters = f"{_FILTERS} {_WORDS}" if params["text"] else _FILTERS
    total = sql.scalar(
        f"SELECT count(*) FROM contact_message m {named}"
        f" WHERE m.company_id = %(company_id)s {filters}",
        params,
    )
    rows = sql.fetch(
        MessageRow,
        f"{_MESSAGE} {filters} ORDER BY m.id DESC LIMIT %(size)s OFFSET %(offset)s",
        params,
    )
    return Page(tuple(rows), total, max(page, 1), size)


def attachments_of(company_id: int, message_id: int) -> list[AttachmentRow]:
    """Return the files that go with a message, in order."""
    return sql.fetch(
        AttachmentRow,
        "SELECT file_id, filename, media_type, sha256 FROM contact_attachment"
        " WHERE company_id = %s AND message_id = %s ORDER BY position",
        [company_id, message_id],
    )


def uncertain(company_id: int) -> list[MessageRow]:
    """Return what was handed over and never confirmed: a person must look, oldest first."""
    return sql.fetch(
        MessageRow,
        f"{_MESSAGE} AND m.status = 'handed_over' ORDER BY m.id",
        {"company_id": company_id},
    )


def status_counts(company_id: int) -> dict[str, int]:
    """Return how many messages stand in each status."""
    rows = sql.fetch(
        _Count,
        "SELECT status, count(*) FROM contact_message WHERE company_id = %s GROUP BY status",
        [company_id],
    )
    return {row.status: row.count for row in rows}


def message(company_id: int, reference: str) -> FullMessage:
    """Return one message with its text, items and verdicts; NotFound otherwise."""
    params: dict[str, Any] = {"company_id": company_id, "reference": reference}
    row = sql.fetch_one(MessageRow, f"{_MESSAGE} AND m.reference = %(reference)s", params)
    if row is None:
        raise NotFound("message_unknown", f"There is no message {reference!r}")
    params["id"] = row.id
    text = sql.fetch(
        _Text,
        "SELECT message_id, body_text, body_html, answer FROM contact_message WHERE id = %(id)s",
        params,
    )[0]
    items = sql.fetch(
        MessageItemRow,
        "SELECT item_id, open_minor, step FROM contact_messageitem WHERE message_id = %(id)s"
        " ORDER BY id",
        params,
    )
    said = sql.fetch(VerdictRow, f"{_VERDICT} AND message_id = %(id)s ORDER BY id", params)
    return FullMessage(
        row, text.message_id, text.body_text, text.body_html, tuple(items), tuple(said),
        text.answer, tuple(attachments_of(company_id, row.id)),
    )  # fmt: skip


def verdicts(company_id: int, customer_id: int, *, limit: int = 50) -> list[VerdictRow]:
    """Return what the gate said about a customer, newest first."""
    return sql.fetch(
        VerdictRow,
        f"{_VERDICT} AND customer_id = %(customer_id)s ORDER BY id DESC LIMIT %(limit)s",
        {"company_id": company_id, "customer_id": customer_id, "limit": limit},
    )


def replies_open(company_id: int) -> list[ReplyRow]:
    """Return the answers nobody has handled, oldest first."""
    return sql.fetch(
        ReplyRow,
        f"{_REPLY} AND r.handled_at IS NULL ORDER BY r.received_at, r.id",
        {"company_id": company_id},
    )


def replies_of(company_id: int, customer_id: int) -> list[ReplyRow]:
    """Return what a customer answered, newest first."""
    return sql.fetch(
        ReplyRow,
        f"{_REPLY} AND r.customer_id = %(customer_id)s ORDER BY r.id DESC",
        {"company_id": company_id, "customer_id": customer_id},
    )
