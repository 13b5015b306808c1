"""What a mail says that brings a document, and states and evidence in the reader's words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext

from creditdesk.contact.amounts import NO_BREAK_SPACE, day_text, money_writer
from creditdesk.invoices import wording
from creditdesk.invoices.delivery_queries import Deliverable
from creditdesk.invoices.delivery_rules import Route
from creditdesk.invoices.documents.drafts import creditor_reference


@dataclass(frozen=True, slots=True)
class Words:
    """Subject and text of a mail."""

    subject: str
    body: str


def of_document(found: Deliverable, route: Route, pay_at: str = "") -> Words:
    """Return the words that go with an invoice or credit note, in the document's language.

    `pay_at` is where it can be paid online, and stands as a paragraph of its own.
    """
    with translation.override(found.language):
        amount = money_writer(found.language, found.currency)(found.total_minor)
        values = {
            "number": found.number,
            "seller": found.seller_name,
            "name": route.name or found.contact_name or found.customer_name,
            "amount": amount.replace(NO_BREAK_SPACE, " "),
            "issued": day_text(found.issued_on, found.language),
            "due": day_text(found.due_on, found.language) if found.due_on else "",
            "reference": found.payment_reference,
            "pay_at": pay_at,
        }
        is_credit = found.kind == "credit_note"
        subject = (
            gettext("Credit note %(number)s from %(seller)s")
            if is_credit
            else gettext("Invoice %(number)s from %(seller)s")
        )
        what = _what(is_credit=is_credit, has_due=found.due_on is not None)
        paragraphs = [gettext("Dear %(name)s,"), what]
        if values["reference"] and not is_credit:
            paragraphs.append(gettext("Please give the reference %(reference)s when you pay."))
        if pay_at:
            paragraphs += [gettext("You can pay it online here:"), "%(pay_at)s"]
        paragraphs += [
            _forms(route),
            gettext("If anything is wrong with it, simply answer this e-mail."),
            gettext("Kind regards"),
        ]
        return Words(subject % values, "\n\n".join(one % values for one in paragraphs if one))


def of_charges(
    found: Deliverable, route: Route, kinds: Collection[str], *, seller: str, pay_at: str = ""
) -> Words:
    """Return the words that go with a document of charges, in its customer's language."""
    with translation.override(found.language):
        amount = money_writer(found.language, found.currency)(found.total_minor)
        values = {
            "number": found.number,
            "seller": seller,
            "what": wording.charge_title(kinds),
            "name": route.name or found.contact_name or found.customer_name,
            "amount": amount.replace(NO_BREAK_SPACE, " "),
            "issued": day_text(found.issued_on, found.language),
            "due": day_text(found.due_on, found.language) if found.due_on else "",
            "reference": creditor_reference(found.number),
            "pay_at": pay_at,
        }
        paragraphs = [
            gettext("Dear %(name)s,"),
            gettext(
                "attached is document %(number)s of %(issued)s over %(amount)s, due on %(due)s:"
                " %(what)s. It says what it is for and how it was worked out."
            ),
            gettext("Please give the reference %(reference)s when you pay."),
            *([gettext("You can pay it online here:"), "%(pay_at)s"] if pay_at else []),
            gettext("If anything is wrong with it, simply answer this e-mail."),
            gettext("Kind regards"),
        ]
        subject = gettext("%(what)s %(number)s from %(seller)s")
        return Words(subject % values, "\n\n".join(one % values for one in paragraphs))


def _what(*, is_credit: bool, has_due: bool) -> str:
    if is_credit:
        return gettext("attached is credit note %(number)s of %(issued)s over %(amount)s.")
    if has_due:
        return gettext(
            "attached is invoice %(number)s of %(issued)s over %(amount)s, due on %(due)s."
        )
    return gettext("attached is invoice %(number)s of %(issued)s over %(amount)s.")


def _forms(route: Route) -> str:
    has_xml = any(form in route.forms for form in ("ubl", "cii"))
    if "pdf" not in route.forms:
        return gettext("It is an electronic invoice after EN 16931, for your software to read.")
    if has_xml:
        return gettext(
            "The XML file beside the PDF is the same document after EN 16931, for your software "
            "to read."
        )
    return gettext(
        "The PDF also holds the document as data (Factur-X, ZUGFeRD) for your software to read."
    )


def channel(code: str) -> str:
    """Return by which way."""
    return {
        "email": gettext("E-mail"),
        "post": gettext("Post"),
        "own": gettext("By our own means"),
    }.get(code, code)


def form(code: str) -> str:
    """Return the name of a form."""
    return {"pdf": "PDF (Factur-X)", "ubl": "UBL", "cii": "CII"}.get(code, code)


def evidence(kind: str) -> str:
    """Return what happened, or how a delivery stands."""
    return {
        "queued": gettext("Waits to be sent"),
        "printed": gettext("Printed"),
        "accepted": gettext("Accepted by the mail server"),
        "posted": gettext("Handed to the post"),
        "arrived": gettext("Arrived at the recipient's server"),
        "opened": gettext("Opened, by the reader's own receipt"),
        "seen": gettext("Seen in the portal"),
        "confirmed": gettext("Arrived, as somebody knows"),
        "delayed": gettext("Delayed, the server still tries"),
        "bounced": gettext("Bounced"),
        "returned": gettext("Came back"),
        "failed": gettext("Not taken by the mail server"),
        "withdrawn": gettext("Withdrawn before it left"),
        "refused": gettext("Not sent"),
    }.get(kind, kind)


def why(code: str) -> str:
    """Return the reason behind a piece of evidence; the code itself where it says enough."""
    return {
        "gate": gettext("the contact gate found no address"),
        "address": gettext("no address is known"),
        "erased": gettext("the person's data were erased"),
        "replaced": gettext("replaced by a later one"),
    }.get(code, code)


def standing(code: str) -> str:
    """Return how a document stands."""
    return {
        "delivered": gettext("Delivered"),
        "under_way": gettext("On its way"),
        "came_back": gettext("Came back"),
        "undelivered": gettext("Not delivered"),
    }.get(code, "")
