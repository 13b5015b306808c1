"""What applicants and referees are written, in their language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import translation
from django.utils.translation import gettext

from creditdesk.assessment.cases import tokens, wording
from creditdesk.assessment.cases.queries import ApplicationRow
from creditdesk.contact.letters import supported
from creditdesk.contact.rules import Draft, DraftFile
from creditdesk.look import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Who is written to."""

    name: str
    email: str


def ask(of: ApplicationRow, kind: str, to: Addressee, *, key: str, what: Sequence[str],
        until: str, is_reminder: bool, company: str) -> Draft:  # fmt: skip
    """Return the message that asks somebody, with the address at which they answer."""
    language = supported(of.language)
    with translation.override(language):
        subject, said = _said(of, kind, what, company)
        if is_reminder:
            subject = gettext("Reminder: %(subject)s") % {"subject": subject}
        body = "\n\n".join([
            gettext("Dear %(name)s,") % {"name": to.name or of.name},
            *said,
            tokens.address_of(key),
            gettext("The address is good until %(day)s, and for you alone.") % {"day": until},
            gettext("Kind regards"),
        ])  # fmt: skip
    return letter(of, to, subject=subject, body=body)


def letter(of: ApplicationRow, to: Addressee, *, subject: str, body: str,
           purpose: str = "service", files: tuple[DraftFile, ...] = ()) -> Draft:  # fmt: skip
    """Return a message about an application."""
    return Draft(
        customer_id=of.party_id,
        customer_name=of.name,
        recipient=to.email,
        recipient_name=to.name,
        purpose=purpose,
        language=supported(of.language),
        country=of.data.get("country", ""),
        currency=of.currency,
        subject=subject,
        body=body,
        files=files,
    )


def _said(
    of: ApplicationRow, kind: str, what: Sequence[str], company: str
) -> tuple[str, list[str]]:
    """Return the subject, and what the message says before the address."""
    names = {"name": of.name, "company": company, "reference": of.reference}
    if kind == "reference":
        return gettext("A trade reference for %(name)s") % names, [
            gettext(
                "%(name)s has applied to %(company)s for trade credit and named you as a"
                " reference. Four short questions about how they pay would help; what you answer"
                " is used for this decision alone."
            ) % names,
        ]  # fmt: skip
    if kind == "documents":
        listed = "\n".join(f"– {wording.missing(one)}" for one in what)
        return gettext("Your application %(reference)s: what is still missing") % names, [
            gettext("we cannot decide on your application yet. This is still missing:"),
            listed,
            gettext("Please fill it in or upload it here; we then go on at once:"),
        ]
    return gettext("Your application for trade credit with %(company)s") % names, [
        gettext(
            "please tell us about your business here. You may stop at any time and go on later"
            " at the same address; nothing is handed in until you say so."
        ),
    ]


def day(on: date) -> str:
    """Return a day as a letter writes it."""
    return words.day(on)
