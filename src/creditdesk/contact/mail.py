"""An e-mail as it goes over the wire, from a stored message."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from creditdesk.contact.letters import Sender, one_line


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
) -> EmailMessage:
    """Return the message, plain text first, HTML beside it; ValueError for a broken address.

    Dated with the business moment. `opt_out_reference` adds a way out by mail (RFC 2369).
    """
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = one_line(subject)
    mail["From"] = Address(one_line(sender.name), addr_spec=sender.email)
    mail["To"] = Address(one_line(recipient_name), addr_spec=recipient)
    mail["Reply-To"] = Address(one_line(sender.name), addr_spec=sender.email)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    mail["Content-Language"] = language
    # Out-of-office robots shall not answer (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    if opt_out_reference:
        mail["List-Unsubscribe"] = (
            f"<mailto:{sender.email}?subject=no%20reminders%20{opt_out_reference}>"
        )
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail
