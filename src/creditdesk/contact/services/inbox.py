"""Mail taken in once, tied to its customer or left to a person; a reply holds reminders."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from creditdesk.contact import inbox
from creditdesk.contact.events import MessageReported
from creditdesk.contact.inbox import ReadMail, Report, tying
from creditdesk.contact.inbox.tying import Tie
from creditdesk.contact.models import InboxMail
from creditdesk.contact.queries import inbox as inbox_read
from creditdesk.contact.services.replies import keep_reply
from creditdesk.controls.commands import command
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.plumbing.encoding import digest
from creditdesk.plumbing.events import announce

FILENAME_CHARACTERS_MAX = 255
Status = InboxMail.Status


@dataclass(frozen=True, slots=True)
class TakenMail:
    """What became of a mail; `is_known`: it was here before, and nothing changed."""

    mail_id: int
    status: str
    customer_id: int | None
    is_known: bool = False


@command("contact.take_in_mail")
def take_in_mail(actor: Actor, *, filename: str, content: bytes, door: str) -> TakenMail:
    """Keep a mail, tie it to its customer, and hold their reminders until somebody read it.

    The same mail again, by whichever door, changes nothing. What cannot be tied waits for a
    person. Invalid, and nothing kept, where it cannot be read.
    """
    mail = inbox.read_mail(content, filename)
    key = _key(mail)
    known = InboxMail.objects.filter(company_id=actor.company_id, content_key=key).first()
    if known is not None:
        return _taken(known, is_known=True)
    sent = inbox_read.messages(actor.company_id, tying.references_of(mail))
    owners = inbox_read.customers_of(actor.company_id, mail.sender) if mail.sender else []
    tie = tying.tie(mail, {one.reference: one for one in sent}, owners)
    row, is_new = InboxMail.objects.get_or_create(
        company_id=actor.company_id,
        content_key=key,
        defaults=_columns(actor, mail, tie, filename=filename, content=content, door=door),
    )
    if is_new and row.status == Status.TIED:
        _become_reply(actor, row)
    if is_new and mail.report is not None:
        _tell(actor, row, mail.report)
        row.refresh_from_db(fields=["status"])
    return _taken(row, is_known=not is_new)


def _key(mail: ReadMail) -> str:
    """Return what is the same for the same mail, however it travelled.

    The Message-ID alone is its sender's to choose: two mails with the same one are two mails.
    """
    return digest(
        {
            "id": mail.message_id,
            "sender": mail.sender,
            "subject": mail.subject,
            "sent_at": str(mail.sent_at),
            "text": mail.text,
            "attachments": [one.sha256 for one in mail.attachments],
        }
    )


def _columns(
    actor: Actor, mail: ReadMail, tie: Tie, *, filename: str, content: bytes, door: str
) -> dict[str, Any]:
    status = Status.TIED if tie.customer_id is not None else Status.UNASSIGNED
    if not tying.holds_reminders(mail):
        status = Status.AUTOMATIC
    return {
        "door": door,
        "filename": filename[:FILENAME_CHARACTERS_MAX],
        "content": content,
        "size_bytes": len(content),
        "kind": mail.kind,
        "sender_name": mail.sender_name,
        "sender": mail.sender,
        "subject": mail.subject,
        "body_text": mail.text,
        "sent_at": mail.sent_at,
        "attachments": [asdict(one) for one in mail.attachments],
        "notes": list(mail.notes),
        "status": status,
        "tied_by": tie.by,
        "customer_id": tie.customer_id,
        "message_id": tie.message_id,
        "proposed": list(tie.proposed),
        "received_at": actor.at,
    }


def _become_reply(actor: Actor, row: InboxMail) -> None:
    if row.customer_id is None:
        raise ValueError("a reply is somebody's")
    row.reply_id = keep_reply(
        actor,
        row.customer_id,
        sender=row.sender or row.sender_name,
        body=row.body_text,
        subject=row.subject,
        message_pk=row.message_id,
    )
    row.save(update_fields=["reply_id"])


def _tell(actor: Actor, row: InboxMail, report: Report) -> None:
    """Announce what a mail says became of a message of ours, where it is tied to it for certain."""
    if row.message_id is not None and row.tied_by == tying.BY_ANSWER:
        fact = MessageReported(
            message_id=row.message_id, mail_id=row.id, outcome=report.outcome, code=report.code
        )
        announce(actor, [fact])


def _taken(row: InboxMail, *, is_known: bool) -> TakenMail:
    return TakenMail(row.id, row.status, row.customer_id, is_known)


@command("contact.take_in_mail")
def keep_refused(
    actor: Actor, *, filename: str, content: bytes, door: str, fault: Sequence[str]
) -> TakenMail:
    """Keep a mail that could not be read with why, `fault` as code and sentence; once."""
    key = hashlib.sha256(content or filename.encode("utf-8", "replace")).hexdigest()
    code, text = fault
    row, is_new = InboxMail.objects.get_or_create(
        company_id=actor.company_id,
        content_key=key,
        defaults={
            "door": door,
            "filename": filename[:FILENAME_CHARACTERS_MAX],
            "content": content,
            "size_bytes": len(content),
            "status": Status.REFUSED,
            "fault_code": code,
            "fault_text": text,
            "received_at": actor.at,
        },
    )
    return _taken(row, is_known=not is_new)


@command("contact.reply")
def assign_mail(actor: Actor, mail_id: int, *, customer_number: str) -> TakenMail:
    """Say whose mail it is: it becomes their reply and holds their reminders.

    Conflict when it is somebody's already; what was set aside can still be assigned.
    """
    customer_id = customers.by_number(actor.company_id, {customer_number}).get(customer_number)
    if customer_id is None:
        raise Invalid(
            "customer_unknown",
            f"There is no customer {customer_number[:60]!r}",
            place=Place(field="customer"),
            mend="Give the customer's number",
        )
    row = _locked(actor, mail_id)
    if row.reply_id is not None:
        raise Conflict("mail_assigned", "The mail is a customer's already; look again")
    if row.status == Status.REFUSED:
        raise Conflict("mail_unread", "The mail could not be read; set it aside")
    if row.customer_id != customer_id:
        row.message_id = None
    row.customer_id, row.tied_by, row.status = customer_id, tying.BY_HAND, Status.TIED
    _settle(actor, row, "")
    _become_reply(actor, row)
    return _taken(row, is_known=False)


@command("contact.reply")
def set_mail_aside(actor: Actor, mail_id: int, *, reason: str) -> TakenMail:
    """Say that a mail is no customer's answer; it stays kept. Again changes nothing."""
    if not reason.strip():
        raise Invalid(
            "reason_missing",
            "Setting a mail aside needs a reason",
            place=Place(field="reason"),
            mend="Say in a word why it is no answer",
        )
    row = _locked(actor, mail_id)
    if row.reply_id is not None:
        raise Conflict("mail_assigned", "The mail is a customer's already; look again")
    if row.status != Status.SET_ASIDE:
        row.status = Status.SET_ASIDE
        _settle(actor, row, reason.strip())
    return _taken(row, is_known=False)


def note_mails_done(actor: Actor, mail_ids: Sequence[int], *, why: str) -> None:
    """Let no person look at mails of machines that were acted on; within a command of who did.

    Only what a machine answered by itself; what somebody wrote still waits for a person.
    """
    InboxMail.objects.filter(
        company_id=actor.company_id, id__in=mail_ids, status=Status.AUTOMATIC
    ).update(status=Status.SET_ASIDE, settled_at=actor.at, settled_by=actor.name, settled_why=why)


def _locked(actor: Actor, mail_id: int) -> InboxMail:
    row = (
        InboxMail.objects.select_for_update(of=("self",))
        .defer("content")
        .filter(company_id=actor.company_id, id=mail_id)
        .first()
    )
    if row is None:
        raise NotFound("mail_unknown", "There is no such mail", mail_id=mail_id)
    return row


def _settle(actor: Actor, row: InboxMail, why: str) -> None:
    row.settled_at, row.settled_by, row.settled_why = actor.at, actor.name, why
    row.save(
        update_fields=[
            "status", "tied_by", "customer_id", "message_id", "settled_at", "settled_by",
            "settled_why",
        ]
    )  # fmt: skip
