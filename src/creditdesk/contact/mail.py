"""An e-mail as it goes over the wire, from a stored message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from creditdesk.contact.letters import Sender, one_line


@dataclass(frozen=True, slots=True)
class EnclosedFile:
    """A file as it goes with a mail."""

    name: str
    media_type: str
    content: bytes


def compose(
    *,
    sender: Sender,
    recipient: str,
    recipient_name: str,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    language: str,
    at: datetime,
    opt_out_reference: str = "",
    files: Sequence[EnclosedFile] = (),
    asks_receipt: bool = False,
) -> EmailMessage:
    """Return the message, plain text first, HTML beside it; ValueError for a broken address.

    Dated with the business moment. `opt_out_reference` adds a way out by mail (RFC 2369);
    `asks_receipt` lets the reader send a receipt, or not (RFC 8098).
    """
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = one_line(subject)
    mail["From"] = Address(one_line(sender.name), addr_spec=sender.email)
    mail["To"] = Address(one_line(recipient_name), addr_spec=recipient)
    mail["Reply-To"] = Address(one_line(sender.name), addr_spec=sender.email)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    # Out-of-office robots shall not answer (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    if opt_out_reference:
        mail["List-Unsubscribe"] = (
            f"<mailto:{sender.email}?subject=no%20reminders%20{opt_out_reference}>"
        )
    if asks_receipt:
        mail["Disposition-Notification-To"] = sender.email
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for file in files:
        main, _, sub = file.media_type.partition("/")
        mail.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    # Last, as putting a part beside the text would take it down into that.
    mail["Content-Language"] = language
    return mail
