"""Documents put on their way: one delivery per document and channel, behind the contact gate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from creditdesk.contact import services as contact
from creditdesk.contact.rules import Draft as MessageDraft
from creditdesk.contact.rules import DraftFile
from creditdesk.controls.commands import command
from creditdesk.invoices import charge_paper_queries, delivery_queries, delivery_wording
from creditdesk.invoices.delivery_queries import Deliverable
from creditdesk.invoices.delivery_rules import (
    CHANNELS,
    EMAIL,
    INVOICE,
    OWN_MEANS,
    PURPOSES,
    QUEUED,
    REFUSED,
    Route,
    forms_of,
)
from creditdesk.invoices.models import Delivery, DeliveryEvidence
from creditdesk.invoices.rules import CHARGE
from creditdesk.invoices.services.charging.papering import keep_charge_pages
from creditdesk.invoices.services.delivering.evidence import hold_waiting
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.plumbing import sql

BATCH_MAX: Final = 500
MEDIA_TYPES: Final[Mapping[str, str]] = {
    "pdf": "application/pdf", "ubl": "application/xml", "cii": "application/xml",
}  # fmt: skip
# Where an invoice can be paid online, by its id; a room above says so, where that is set up.
PAY_AT: Final[dict[str, Callable[[Actor, Sequence[int]], Mapping[int, str]]]] = {}
# The first try of a document by a channel is its only one, however often it is asked for: who
# comes second waits here for the first, and finds it made.
_CLAIM = """
    INSERT INTO invoices_delivery
        (company_id, purpose, document, invoice_id, customer_id, channel, forms, attempt, state,
         pdf_file_id, recorded_at, recorded_by)
    SELECT %(company_id)s, %(purpose)s, %(document)s, %(invoice_id)s, %(customer_id)s,
           %(channel)s, %(forms)s::jsonb,
           CASE WHEN %(again)s THEN coalesce((
               SELECT max(attempt) FROM invoices_delivery
                WHERE company_id = %(company_id)s AND purpose = %(purpose)s
                  AND document = %(document)s AND channel = %(channel)s), 0) + 1
           ELSE 1 END,
           'queued', %(pdf_file_id)s, %(at)s, %(by)s
    ON CONFLICT (company_id, purpose, document, channel, attempt) DO NOTHING
    RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A kept file of a document in one form: pdf, ubl or cii."""

    form: str
    file_id: int
    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A document to be sent: what it is, to whom, how, with which words and files.

    `purpose` is invoice or statement; `files` hold at least the PDF. `address` is the lines of
    the customer's postal address, empty where something of it lacks; `pay_at` where it is paid.
    """

    purpose: str
    document: str
    customer_id: int
    customer_name: str
    route: Route
    subject: str
    body: str
    files: tuple[Enclosure, ...]
    invoice_id: int | None = None
    language: str = "en"
    country: str = ""
    contact_id: int | None = None
    address: str = ""
    pay_at: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """How many documents are on their way, were so before, and were refused by the gate."""

    queued: int = 0
    known: int = 0
    refused: int = 0
    own_means: int = 0


@command("invoices.deliver")
def deliver(
    actor: Actor,
    numbers: Sequence[str],
    *,
    channel: str = "",
    forms: Sequence[str] = (),
    reason: str = "",
) -> Sent:
    """Send documents issued here to their customers; the mails leave with the next sending.

    So are documents of charges, as PDF only: what they charge bears no tax. Each goes as its
    customer, or else the company, prefers; `channel` and `forms` say otherwise for these. A
    document goes once by a channel: only a `reason` sends it again. NotFound where a number is of
    no document made here.
    """
    if not 0 < len(numbers) <= BATCH_MAX:
        raise Invalid(
            "batch_size_invalid",
            f"1 to {BATCH_MAX} documents are sent at once, not {len(numbers)}",
            place=Place(field="numbers"),
            mend="Send several batches",
        )
    if channel and channel not in CHANNELS:
        raise Invalid(
            "channel_unknown",
            f"There is no way to send documents called {channel[:40]!r}",
            place=Place(field="channel"),
            mend=f"Use one of {', '.join(CHANNELS)}",
        )
    found = charge_paper_queries.to_send(actor.company_id, numbers)
    missing = sorted(set(numbers) - {one.number for one in found})
    if missing:
        raise NotFound("document_unknown", f"There is no such file of {missing[0]!r}")
    outgoing = _outgoing(actor, _with_pages(actor, found), channel, forms)
    return send_out(actor, outgoing, reason=reason.strip())


def _with_pages(actor: Actor, found: Sequence[Deliverable]) -> Sequence[Deliverable]:
    """Return the documents, those of charges with the pages that are kept for them now."""
    bare = [one.number for one in found if not one.pdf_file_id]
    if not bare:
        return found
    keep_charge_pages(actor, bare)
    return charge_paper_queries.to_send(actor.company_id, [one.number for one in found])


def deliver_issued(actor: Actor, numbers: Sequence[str]) -> Sent:
    """Send documents just issued as their customers prefer; within the command that issues."""
    found = delivery_queries.deliverables(actor.company_id, numbers)
    return send_out(actor, _outgoing(actor, found, "", ()))


def _outgoing(
    actor: Actor, found: Sequence[Deliverable], channel: str, forms: Sequence[str]
) -> list[Outgoing]:
    routes = delivery_queries.routes(actor.company_id, [one.customer_id for one in found])
    meant = [(one, _meant(routes[one.customer_id], channel, forms)) for one in found]
    mailed = [one.invoice_id for one, route in meant if route.channel == EMAIL]
    pay_at = _pay_at(actor, mailed)
    return [_one(actor, one, route, pay_at.get(one.invoice_id, "")) for one, route in meant]


def _pay_at(actor: Actor, invoice_ids: Sequence[int]) -> dict[int, str]:
    """Return where invoices can be paid online; those that cannot are left out."""
    found: dict[int, str] = {}
    if invoice_ids:
        for ask in PAY_AT.values():
            found |= ask(actor, invoice_ids)
    return found


def _meant(route: Route, channel: str, forms: Sequence[str]) -> Route:
    """Return the route with what this time is asked for instead."""
    return Route(
        channel or route.channel,
        forms_of(forms) or route.forms,
        route.email,
        route.name,
        route.asks_receipt,
    )


def _one(actor: Actor, found: Deliverable, route: Route, pay_at: str) -> Outgoing:
    words = _words(actor, found, route, pay_at)
    return Outgoing(
        purpose=INVOICE,
        document=found.number,
        customer_id=found.customer_id,
        customer_name=found.customer_name,
        route=Route(
            route.channel, _forms(found, route), route.email or found.email,
            route.name or found.contact_name, route.asks_receipt,
        ),
        subject=words.subject,
        body=words.body,
        files=tuple(_enclosures(found)),
        invoice_id=found.invoice_id,
        language=found.language,
        country=found.country,
        contact_id=None if route.email else found.contact_id,
        address=found.address,
        pay_at=pay_at,
    )  # fmt: skip


def _words(actor: Actor, found: Deliverable, route: Route, pay_at: str) -> delivery_wording.Words:
    if found.kind != CHARGE:
        return delivery_wording.of_document(found, route, pay_at)
    charges = charge_paper_queries.charges_on(actor.company_id, found.invoice_id)
    seller, _ = charge_paper_queries.writer(actor.company_id, found.issued_on)
    kinds = {one.kind for one in charges}
    return delivery_wording.of_charges(found, route, kinds, seller=seller.name, pay_at=pay_at)


def _forms(found: Deliverable, route: Route) -> tuple[str, ...]:
    """Return the forms a document is sent in; charges have no data, so their page goes always."""
    return ("pdf",) if found.kind == CHARGE else route.forms


def _enclosures(found: Deliverable) -> Iterator[Enclosure]:
    yield Enclosure("pdf", found.pdf_file_id, f"{found.number}.pdf", found.pdf_sha256)
    if found.kind != CHARGE:
        yield Enclosure("ubl", found.ubl_file_id, f"{found.number}-ubl.xml", found.ubl_sha256)
        yield Enclosure("cii", found.cii_file_id, f"{found.number}-cii.xml", found.cii_sha256)


def send_out(actor: Actor, outgoing: Sequence[Outgoing], *, reason: str = "") -> Sent:
    """Put documents on their way behind the gate; within a command of whoever made them.

    Until an invoice is delivered nobody is reminded of it. What the gate refuses stays as a
    delivery refused, so that it is seen.
    """
    claimed: list[tuple[int, Outgoing]] = []
    known = own = 0
    for one in outgoing:
        if one.route.channel == OWN_MEANS:
            own += 1
            continue
        if reason:
            _refuse_under_way(actor, one)
        taken = _claimed(actor, one, is_again=bool(reason))
        if taken is not None:
            claimed.append((taken, one))
        elif reason:
            raise Conflict("delivery_changed", "Somebody sends it again just now; look again")
        else:
            known += 1
    if not claimed:
        return Sent(known=known, own_means=own)
    passed = _queued(actor, claimed, reason)
    hold_waiting(actor, [one.invoice_id for _, one in claimed if one.invoice_id is not None])
    return Sent(passed, known, len(claimed) - passed, own)


def _refuse_under_way(actor: Actor, one: Outgoing) -> None:
    """Refuse to send again what has not even left: nobody shall get it twice by impatience."""
    if delivery_queries.is_under_way(
        actor.company_id, one.purpose, one.document, one.route.channel
    ):
        raise Refused(
            "delivery_under_way", f"{one.document} waits to be sent already", number=one.document
        )


def _claimed(actor: Actor, one: Outgoing, *, is_again: bool) -> int | None:
    pdf = next(file for file in one.files if file.form == "pdf")
    found = sql.scalars(
        _CLAIM,
        {
            "company_id": actor.company_id,
            "purpose": one.purpose,
            "document": one.document,
            "invoice_id": one.invoice_id,
            "customer_id": one.customer_id,
            "channel": one.route.channel,
            "forms": _json(one.route.forms if one.route.channel == EMAIL else ("pdf",)),
            "again": is_again,
            "pdf_file_id": pdf.file_id,
            "at": actor.at,
            "by": actor.name,
        },
    )
    return int(found[0]) if found else None


def _json(forms: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{form}"' for form in forms) + "]"


def _queued(actor: Actor, claimed: Sequence[tuple[int, Outgoing]], reason: str) -> int:
    """Queue a message for each, note what the gate said, and return how many it let pass."""
    result = contact.queue(actor, [_draft(one) for _, one in claimed])
    passed = 0
    for (delivery_id, _), outcome in zip(claimed, result.outcomes, strict=True):
        state = QUEUED if outcome.allowed else REFUSED
        passed += outcome.allowed
        Delivery.objects.filter(company_id=actor.company_id, id=delivery_id).update(
            message_id=outcome.message_id, state=state
        )
    DeliveryEvidence.objects.bulk_create(
        DeliveryEvidence(
            company_id=actor.company_id,
            delivery_id=delivery_id,
            kind=QUEUED if outcome.allowed else REFUSED,
            happened_on=actor.today,
            code="" if outcome.allowed else "gate",
            note=reason,
            recorded_at=actor.at,
            recorded_by=actor.name,
        )
        for (delivery_id, _), outcome in zip(claimed, result.outcomes, strict=True)
    )
    return passed


def _draft(one: Outgoing) -> MessageDraft:
    is_mail = one.route.channel == EMAIL
    wanted = one.route.forms if is_mail else ("pdf",)
    return MessageDraft(
        customer_id=one.customer_id,
        customer_name=one.customer_name,
        recipient=one.route.email if is_mail else one.address,
        recipient_name=one.route.name if is_mail else one.customer_name,
        contact_id=one.contact_id if is_mail else None,
        purpose=PURPOSES[one.purpose],
        channel=one.route.channel,
        language=one.language,
        country=one.country,
        subject=one.subject,
        body=one.body,
        files=tuple(
            DraftFile(file.file_id, file.name, MEDIA_TYPES[file.form], file.sha256)
            for file in one.files
            if file.form in wanted
        ),
        asks_receipt=one.route.asks_receipt and is_mail,
        pay_at=one.pay_at if is_mail else "",
    )
