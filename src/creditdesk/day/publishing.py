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
from creditdesk.controls.audit.tables import HOUSE
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import DomainError
from creditdesk.plumbing import whole_files

FILE, MAIL = "file", "mail"
HOUSE_CODE = "house"


@dataclass(frozen=True, slots=True)
class Published:
    """Which head went where; `failed` names places that could not be reached today."""

    sequence: int
    head: str
    places: tuple[str, ...]
    failed: tuple[str, ...]


def publish_head(actor: Actor) -> Published:
    """Send the last heads to the heads file and the auditor's address, and note what went out.

    The company's, and that of the house, which seals what belongs to no company.
    A place that cannot be reached stops nothing: the next day's head covers this one's rows.
    """
    company = controls.company(actor.company_id)
    dated = {
        (chain, code): Head(head.sequence, head.head, actor.today.isoformat())
        for chain, code in ((company.id, company.code), (HOUSE, HOUSE_CODE))
        if (head := queries.head(chain)) is not None
    }
    if not dated:
        return Published(0, "", (), ())
    text = "\n".join(line(chain, code, head) for (chain, code), head in dated.items())
    places, failed = [], []
    address = queries.auditor_email(company.id)
    for place, publish in ((FILE, _to_file), (address, _to_mail)):
        try:
            if publish(text, company.code, address, actor):
                places.append(place)
        except (OSError, smtplib.SMTPException, DomainError):
            failed.append(place)
    told = [MAIL if place == address else place for place in places]
    for (chain, _), head in dated.items():
        audit.note_published(actor, head, told, chain=chain)
    own = dated.get((company.id, company.code), Head(0, ""))
    return Published(own.sequence, own.head, tuple(places), tuple(failed))


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
    known = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for one in text.splitlines():
        if one not in known:
            whole_files.append_line(path, one, is_whole=_is_whole)
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
        "Keep these lines. Whoever rewrites the audit trail cannot rewrite your copy of it;\n"
        "creditdesk verify --heads FILE compares the two.\n\n" + text + "\n"
    )
    with transport.connected() as server:
        server.send_message(message)
    return True
