"""Publish the head of a company's chain where nobody of the house can rewrite it."""

from __future__ import annotations

import json
import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

from creditdesk.audit_verifier import Head
from creditdesk.contact import transport
from creditdesk.controls import queries as controls
from creditdesk.controls.audit import queries
from creditdesk.controls.audit import services as audit
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import DomainError
from creditdesk.plumbing import whole_files

FILE, MAIL = "file", "mail"


@dataclass(frozen=True, slots=True)
class Published:
    """Which head went where; `failed` names places that could not be reached today."""

    sequence: int
    head: str
    places: tuple[str, ...]
    failed: tuple[str, ...]


def publish_head(actor: Actor) -> Published:
    """Send the last head to the heads file and the auditor's address, and note what went out.

    A place that cannot be reached stops nothing: the next day's head covers this one's rows.
    """
    head = queries.head(actor.company_id)
    if head is None:
        return Published(0, "", (), ())
    dated = Head(head.sequence, head.head, actor.today.isoformat())
    company = controls.company(actor.company_id)
    text = line(company.id, company.code, dated)
    places, failed = [], []
    address = queries.auditor_email(company.id)
    for place, publish in ((FILE, _to_file), (address, _to_mail)):
        try:
            if publish(text, company.code, address, actor):
                places.append(place)
        except (OSError, smtplib.SMTPException, DomainError):
            failed.append(place)
    audit.note_published(actor, dated, [MAIL if place == address else place for place in places])
    return Published(head.sequence, head.head, tuple(places), tuple(failed))


def line(company_id: int, code: str, head: Head) -> str:
    """Return a published head as one line of JSON."""
    return json.dumps(
        {
            "company_id": company_id,
            "company": code,
            "on": head.on,
            "sequence": head.sequence,
            "head": head.head,
        }
    )


def _to_file(text: str, _code: str, _address: str, _actor: Actor) -> bool:
    if not settings.HEADS_FILE:
        return False
    path = Path(settings.HEADS_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and text in path.read_text(encoding="utf-8").splitlines():
        return True
    whole_files.append_line(path, text, is_whole=_is_whole)
    return True


def _is_whole(text: str) -> bool:
    """Whether a line without its end is a head all the same, and not the half of one."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _to_mail(text: str, code: str, address: str, actor: Actor) -> bool:
    if not address:
        return False
    message = EmailMessage()
    message["Subject"] = f"Head of the audit chain of {code} on {actor.today.isoformat()}"
    message["From"] = controls.company(actor.company_id).sender_email or address
    message["To"] = address
    message.set_content(
        "Keep this line. Whoever rewrites the audit trail cannot rewrite your copy of it;\n"
        "creditdesk verify --heads FILE compares the two.\n\n" + text + "\n"
    )
    with transport.connected() as server:
        server.send_message(message)
    return True
