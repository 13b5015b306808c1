"""What Peppol BIS Billing 3 and XRechnung 3 ask for on top of the norm. Pure.

Only rules that narrow the norm are here, as we read their published texts; the official rule sets
of both are not part of any library we use, so a file is checked against the norm alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from creditdesk.invoices.documents.findings import Finding
from creditdesk.invoices.documents.profiles import Profile
from creditdesk.invoices.documents.values import Document, Kind


def findings(document: Document, profile: Profile) -> Iterator[Finding]:
    """Return what keeps the document from the profile."""
    if profile is not Profile.EN16931:
        yield from _addresses(document)
    if profile is Profile.PEPPOL:
        yield from _peppol(document)
    if profile is Profile.XRECHNUNG:
        yield from _xrechnung(document)


def _addresses(document: Document) -> Iterator[Finding]:
    if document.seller.electronic is None:
        yield Finding("electronic_address_missing", "seller.electronic", "PEPPOL-EN16931-R020")
    if document.buyer.electronic is None:
        yield Finding("electronic_address_missing", "buyer.electronic", "PEPPOL-EN16931-R010")


def _peppol(document: Document) -> Iterator[Finding]:
    if not (document.references.buyer or document.references.purchase_order):
        yield Finding("buyer_reference_missing", "references.buyer", "PEPPOL-EN16931-R003")
    if len(document.notes) > 1:
        yield Finding("notes_many", "notes", "PEPPOL-EN16931-R002")
    if document.kind is Kind.CORRECTED_INVOICE and _countries(document) != {"DE"}:
        yield Finding("kind_not_accepted", "kind", "PEPPOL-EN16931-P0112", document.kind.value)
    if document.kind is Kind.SELF_BILLED_INVOICE:
        yield Finding("kind_not_accepted", "kind", "PEPPOL-EN16931-P0100", document.kind.value)


def _countries(document: Document) -> set[str]:
    return {document.seller.address.country, document.buyer.address.country}


def _xrechnung(document: Document) -> Iterator[Finding]:
    seller, buyer = document.seller, document.buyer
    needed = [
        ("buyer_reference_missing", "references.buyer", "BR-DE-15", document.references.buyer),
        ("payment_missing", "payment", "BR-DE-1", document.payment),
        ("contact_missing", "seller.contact.name", "BR-DE-5", seller.contact.name),
        ("contact_missing", "seller.contact.phone", "BR-DE-6", seller.contact.phone),
        ("contact_missing", "seller.contact.email", "BR-DE-7", seller.contact.email),
        ("address_incomplete", "seller.address.city", "BR-DE-3", seller.address.city),
        ("address_incomplete", "seller.address.post_code", "BR-DE-4", seller.address.post_code),
        ("address_incomplete", "buyer.address.city", "BR-DE-8", buyer.address.city),
        ("address_incomplete", "buyer.address.post_code", "BR-DE-9", buyer.address.post_code),
    ]
    delivery = document.delivery
    if delivery is not None and delivery.address is not None:
        needed += [
            ("address_incomplete", "delivery.address.city", "BR-DE-10", delivery.address.city),
            (
                "address_incomplete",
                "delivery.address.post_code",
                "BR-DE-11",
                delivery.address.post_code,
            ),
        ]
    for code, field, rule, given in needed:
        if not given:
            yield Finding(code, field, rule)
    if document.kind is Kind.CORRECTED_INVOICE and not document.preceding:
        yield Finding("preceding_missing", "preceding", "BR-DE-26", is_fatal=False)
