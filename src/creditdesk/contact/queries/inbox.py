"""What came in: mails that wait for a person, those behind replies, their originals."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from creditdesk.contact.inbox.tying import Sent
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail without its original."""

    id: int
    door: str
    filename: str
    size_bytes: int
    kind: str
    sender_name: str
    sender: str
    subject: str
    body_text: str
    sent_at: datetime | None
    attachments_json: str
    notes_json: str
    status: str
    tied_by: str
    customer_number: str
    customer_name: str
    message_reference: str
    proposed_json: str
    reply_id: int | None
    fault_code: str
    fault_text: str
    received_at: datetime
    settled_by: str
    settled_why: str

    @property
    def attachments(self) -> list[dict[str, Any]]:
        """Place, name, media type and size of each attachment."""
        return list(json.loads(self.attachments_json))

    @property
    def notes(self) -> list[str]:
        """Codes of what a reader should know."""
        return list(json.loads(self.notes_json))

    @property
    def proposed(self) -> list[int]:
        """The customers whose mail it may be."""
        return list(json.loads(self.proposed_json))


@dataclass(frozen=True, slots=True)
class Original:
    """A mail byte for byte, under the name it came with."""

    filename: str
    content: bytes


@dataclass(frozen=True, slots=True)
class MailPage:
    """One page of mails, and how many there are in all."""

    rows: tuple[MailRow, ...]
    total: int
    page: int
    size: int


_MAIL = """
    SELECT i.id, i.door, i.filename, i.size_bytes, i.kind, i.sender_name, i.sender, i.subject,
           i.body_text, i.sent_at, i.attachments, i.notes, i.status, i.tied_by,
           COALESCE(c.number, ''), COALESCE(c.name, ''), COALESCE(m.reference, ''), i.proposed,
           i.reply_id, i.fault_code, i.fault_text, i.received_at, i.settled_by, i.settled_why
      FROM contact_inboxmail i
      LEFT JOIN customers_customer c ON c.id = i.customer_id
      LEFT JOIN contact_message m ON m.id = i.message_id
     WHERE i.company_id = %(company_id)s
"""
_COUNT = "SELECT count(*) FROM contact_inboxmail i WHERE i.company_id = %(company_id)s"
_WAITS = "AND i.status IN ('unassigned', 'automatic', 'refused')"


def mails_waiting(company_id: int, *, page: int = 1, size: int = 50) -> MailPage:
    """Return a page of the mails that wait for a person, oldest first."""
    params = {"company_id": company_id, "size": size, "offset": (max(page, 1) - 1) * size}
    total = int(sql.scalar(f"{_COUNT} {_WAITS}", params))
    rows = sql.fetch(
        MailRow, f"{_MAIL} {_WAITS} ORDER BY i.id LIMIT %(size)s OFFSET %(offset)s", params
    )
    return MailPage(tuple(rows), total, max(page, 1), size)


def mails_of_replies(company_id: int, reply_ids: Collection[int]) -> dict[int, MailRow]:
    """Return the mail behind each of these replies; some have none."""
    rows = sql.fetch(
        MailRow,
        f"{_MAIL} AND i.reply_id = ANY(%(replies)s)",
        {"company_id": company_id, "replies": sorted(reply_ids)},
    )
    return {row.reply_id: row for row in rows if row.reply_id is not None}


def mail(company_id: int, mail_id: int) -> MailRow:
    """Return one mail; NotFound otherwise."""
    row = sql.fetch_one(
        MailRow, f"{_MAIL} AND i.id = %(id)s", {"company_id": company_id, "id": mail_id}
    )
    if row is None:
        raise NotFound("mail_unknown", "There is no such mail")
    return row


def mails_of_customer(company_id: int, customer_number: str, *, limit: int = 20) -> list[MailRow]:
    """Return the last mails tied to a customer, the latest first."""
    return sql.fetch(
        MailRow,
        f"{_MAIL} AND c.number = %(number)s ORDER BY i.id DESC LIMIT %(limit)s",
        {"company_id": company_id, "number": customer_number, "limit": limit},
    )


def original(company_id: int, mail_id: int) -> Original:
    """Return a mail byte for byte; NotFound otherwise, also once it was erased."""
    row = sql.fetch_one(
        Original,
        "SELECT filename, content FROM contact_inboxmail"
        " WHERE company_id = %s AND id = %s AND length(content) > 0",
        [company_id, mail_id],
    )
    if row is None:
        raise NotFound("mail_unknown", "There is no such mail, or it was erased")
    return Original(row.filename, bytes(row.content))


def messages(company_id: int, references: Sequence[str]) -> list[Sent]:
    """Return our messages of these references."""
    return sql.fetch(
        Sent,
        "SELECT id, reference, message_id, customer_id, recipient FROM contact_message"
        " WHERE company_id = %s AND reference = ANY(%s)",
        [company_id, list(references)],
    )


def customers_of(company_id: int, address: str) -> list[int]:
    """Return the customers one of whose people has this address."""
    return sql.scalars(
        "SELECT DISTINCT customer_id FROM customers_contact"
        " WHERE company_id = %s AND lower(email) = lower(%s) ORDER BY 1 LIMIT 6",
        [company_id, address],
    )
