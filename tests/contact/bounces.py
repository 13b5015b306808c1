"""Notices and receipts as real servers write them, about a Message-ID that is given."""

from __future__ import annotations

from collections.abc import Callable

Notice = Callable[[str], bytes]


def _report(kind: str, told: str, quoted: str, *, sender: str, text: str = "See below.") -> bytes:
    typed = "delivery-status" if kind == "delivery-status" else "disposition-notification"
    return "\r\n".join(
        [
            f"From: {sender}",
            "To: credit@example.com",
            "Subject: Undelivered Mail Returned to Sender",
            "Message-ID: <notice.1@mx.example>",
            "MIME-Version: 1.0",
            f'Content-Type: multipart/report; report-type={kind}; boundary="b1"',
            "",
            "--b1",
            "Content-Type: text/plain; charset=us-ascii",
            "",
            text,
            "",
            "--b1",
            f"Content-Type: message/{typed}",
            "",
            told,
            *(["", "--b1", "Content-Type: text/rfc822-headers", "", quoted] if quoted else []),
            "",
            "--b1--",
            "",
        ]
    ).encode()


def _head(message_id: str) -> str:
    return f"From: Acme <credit@example.com>\r\nSubject: Invoice\r\nMessage-ID: {message_id}"


def unknown_user(message_id: str) -> bytes:
    """As Postfix says that there is no such mailbox."""
    told = (
        "Reporting-MTA: dns; mx.example\r\nArrival-Date: Mon, 16 Mar 2026 09:00:00 +0000\r\n\r\n"
        "Final-Recipient: rfc822; ap@acorn.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <ap@acorn.example>: User unknown"
    )
    sender = "MAILER-DAEMON@mx.example (Mail Delivery System)"
    return _report("delivery-status", told, _head(message_id), sender=sender)


def full_mailbox(message_id: str) -> bytes:
    """As Exchange says that a mailbox is full, without quoting any header: by its envelope."""
    envelope = message_id.strip("<>").rpartition("@")[0]
    told = (
        f"Reporting-MTA: dns;mx.example\r\nOriginal-Envelope-Id: {envelope}\r\n\r\n"
        "Final-Recipient: rfc822;ap@acorn.example\r\nAction: failed\r\nStatus: 5.2.2"
    )
    return _report("delivery-status", told, "", sender="postmaster@acorn.example")


def given_up(message_id: str) -> bytes:
    """A server that tried for days and gave up: a failure though its status begins with a 4."""
    told = (
        "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; ap@acorn.example\r\n"
        "Action: failed\r\nStatus: 4.4.1"
    )
    return _report("delivery-status", told, _head(message_id), sender="MAILER-DAEMON@mx.example")


def delayed(message_id: str) -> bytes:
    """A server that goes on trying."""
    told = (
        "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; ap@acorn.example\r\n"
        "Action: delayed\r\nStatus: 4.4.1\r\nWill-Retry-Until: Fri, 20 Mar 2026 09:00:00 +0000"
    )
    return _report("delivery-status", told, _head(message_id), sender="MAILER-DAEMON@mx.example")


def arrived(message_id: str) -> bytes:
    """The recipient's own server says that it has it."""
    told = (
        "Reporting-MTA: dns; mx.acorn.example\r\n\r\nFinal-Recipient: rfc822; ap@acorn.example"
        "\r\nAction: delivered\r\nStatus: 2.0.0"
    )
    return _report("delivery-status", told, _head(message_id), sender="MAILER-DAEMON@acorn.example")


def relayed(message_id: str) -> bytes:
    """A server that passed it on to one that says nothing: no evidence of anything."""
    told = (
        "Reporting-MTA: dns; mx.acorn.example\r\n\r\nFinal-Recipient: rfc822; ap@acorn.example"
        "\r\nAction: relayed\r\nStatus: 2.0.0"
    )
    return _report("delivery-status", told, _head(message_id), sender="MAILER-DAEMON@acorn.example")


def in_words(message_id: str) -> bytes:
    """As Exim and qmail write, for people alone, the original in the text."""
    return (
        "From: Mail Delivery System <Mailer-Daemon@mx.example>\r\nTo: credit@example.com\r\n"
        "Subject: Mail delivery failed: returning message to sender\r\n"
        "Message-ID: <E1abc@mx.example>\r\nAuto-Submitted: auto-replied\r\n\r\n"
        "This message was created automatically by mail delivery software.\r\n\r\n"
        "  ap@acorn.example\r\n    host mx.acorn.example [192.0.2.1]\r\n"
        "    SMTP error from remote mail server after RCPT TO:<ap@acorn.example>:\r\n"
        "    550 5.7.1 Message rejected\r\n\r\n"
        "------ This is a copy of the message, including all the headers. ------\r\n\r\n"
        f"Return-path: <credit@example.com>\r\n{_head(message_id)}\r\n"
    ).encode()


def warned_in_words(message_id: str) -> bytes:
    """The same server's warning that it goes on trying."""
    return (
        "From: Mail Delivery System <Mailer-Daemon@mx.example>\r\nTo: credit@example.com\r\n"
        "Subject: Warning: message 1abc delayed 24 hours\r\nMessage-ID: <E1abd@mx.example>\r\n\r\n"
        "This message has not been delivered yet; no action is required on your part.\r\n\r\n"
        f"{_head(message_id)}\r\n"
    ).encode()


def shown(message_id: str) -> bytes:
    """A reader's own receipt."""
    told = (
        "Reporting-UA: desk.acorn.example; Mail\r\nFinal-Recipient: rfc822;ap@acorn.example\r\n"
        f"Original-Message-ID: {message_id}\r\n"
        "Disposition: manual-action/MDN-sent-manually; displayed"
    )
    return _report("disposition-notification", told, "", sender="Ann <ap@acorn.example>")


def deleted_unread(message_id: str) -> bytes:
    """A receipt that says the mail was thrown away unread."""
    told = (
        "Final-Recipient: rfc822;ap@acorn.example\r\n"
        f"Original-Message-ID: {message_id}\r\n"
        "Disposition: automatic-action/MDN-sent-automatically; deleted"
    )
    return _report("disposition-notification", told, "", sender="Ann <ap@acorn.example>")
