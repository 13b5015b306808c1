"""Documents issued here: the seller in force, what a document says, and its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from creditdesk.customers import queries as customers
from creditdesk.invoices.documents.drafts import EMAIL_SCHEME, Particulars
from creditdesk.invoices.documents.values import Address, Contact, Identifier, Party
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import queries as files
from creditdesk.plumbing import sql

FORMS = ("pdf", "ubl", "cii")


@dataclass(frozen=True, slots=True)
class SellerRow:
    """The seller's particulars from a date, and who wrote them down when."""

    id: int
    valid_from: date
    name: str
    country: str
    account: str
    street: str
    postal_code: str
    city: str
    vat_number: str
    tax_number: str
    registration: str
    legal_text: str
    electronic_scheme: str
    electronic_address: str
    contact_name: str
    contact_phone: str
    contact_email: str
    account_holder: str
    bic: str
    recorded_at: datetime
    recorded_by: str

    @property
    def particulars(self) -> Particulars:
        """As they were given."""
        told = asdict(self)
        for name in ("id", "recorded_at", "recorded_by"):
            del told[name]
        return Particulars(**told)


@dataclass(frozen=True, slots=True)
class IssuedRow:
    """A document issued here: what it is, where its files are and what found it valid."""

    id: int
    invoice_id: int
    number: str
    kind_code: str
    profile: str
    language: str
    payment_reference: str
    exemption_reason: str
    note: str
    ubl_file_id: int
    cii_file_id: int
    pdf_file_id: int
    ubl_sha256: str
    cii_sha256: str
    pdf_sha256: str
    validator: str
    validated_at: datetime
    recorded_by: str
    discount_percent: Decimal


@dataclass(frozen=True, slots=True)
class IssuedLineRow:
    """A line of an issued document; `credited` is the quantity that credit notes took back."""

    position: int
    name: str
    description: str
    quantity: Decimal
    unit: str
    price: Decimal
    discount_percent: Decimal
    category: str
    rate_percent: Decimal | None
    net_minor: int
    credited: Decimal


@dataclass(frozen=True, slots=True)
class IssuedTaxRow:
    """The tax of one category at one rate."""

    category: str
    rate_percent: Decimal | None
    taxable_minor: int
    tax_minor: int
    reason: str
    reason_code: str


@dataclass(frozen=True, slots=True)
class ReplacementRow:
    """An invoice that was replaced, the credit note that took it back, what replaced it, why."""

    original: str
    reversal: str
    corrected: str
    reason: str


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A discount an issued document offers for paying by a day.

    `tax_minors` is the tax it takes off, in the order of the document's taxes.
    """

    invoice_id: int
    percent: Decimal
    until: date
    base_minor: int
    discount_minor: int
    pay_minor: int
    tax_mode: str
    tax_minors: Sequence[int]


_SELLER = """
    SELECT id, valid_from, name, country, account, street, postal_code, city, vat_number,
           tax_number, registration, legal_text, electronic_scheme, electronic_address,
           contact_name, contact_phone, contact_email, account_holder, bic, recorded_at,
           recorded_by
      FROM invoices_seller WHERE company_id = %(company_id)s
"""
_ISSUED = """
    SELECT d.id, d.invoice_id, v.number, d.kind_code, d.profile, d.language, d.payment_reference,
           d.exemption_reason, d.note, d.ubl_file_id, d.cii_file_id, d.pdf_file_id, d.ubl_sha256,
           d.cii_sha256, d.pdf_sha256, d.validator, d.validated_at, d.recorded_by,
           coalesce((SELECT max(a.percent) FROM invoices_issuedallowance a
                      WHERE a.document_id = d.id), 0)
      FROM invoices_issueddocument d JOIN invoices_invoice v ON v.id = d.invoice_id
     WHERE d.company_id = %(company_id)s AND v.number = %(number)s
"""
_LINES = """
    SELECT l.position, l.name, l.description, l.quantity, l.unit, l.price, l.discount_percent,
           l.category, l.rate_percent, l.net_minor,
           coalesce((SELECT sum(c.quantity) FROM invoices_issuedline c
                       JOIN invoices_issueddocument n ON n.id = c.document_id
                       JOIN invoices_invoice v ON v.id = n.invoice_id
                      WHERE v.corrects_id = d.invoice_id AND c.credits_position = l.position), 0)
      FROM invoices_issuedline l JOIN invoices_issueddocument d ON d.id = l.document_id
     WHERE l.company_id = %s AND l.document_id = %s ORDER BY l.position
"""
_TAXES = """
    SELECT category, rate_percent, taxable_minor, tax_minor, reason, reason_code
      FROM invoices_issuedtax WHERE company_id = %s AND document_id = %s ORDER BY position
"""

_REPLACEMENT = """
    SELECT o.number, r.number, c.number, p.reason
      FROM invoices_replacement p JOIN invoices_invoice o ON o.id = p.original_id
      JOIN invoices_invoice r ON r.id = p.reversal_id
      JOIN invoices_invoice c ON c.id = p.corrected_id
     WHERE p.company_id = %(company_id)s AND %(number)s IN (o.number, r.number, c.number)
     ORDER BY p.id DESC LIMIT 1
"""
_OFFERS = """
    SELECT d.invoice_id, f.percent, f.until, f.base_minor, f.discount_minor, f.pay_minor,
           f.tax_mode, ARRAY(SELECT jsonb_array_elements_text(f.tax_minors)::bigint)
      FROM invoices_issuedoffer f JOIN invoices_issueddocument d ON d.id = f.document_id
     WHERE f.company_id = %s AND d.invoice_id = ANY(%s) ORDER BY d.invoice_id, f.position
"""


def seller(company_id: int, on: date) -> SellerRow | None:
    """Return the seller's particulars in force on a day, or nothing before the first."""
    return sql.fetch_one(
        SellerRow,
        f"{_SELLER} AND valid_from <= %(on)s ORDER BY valid_from DESC, id DESC LIMIT 1",
        {"company_id": company_id, "on": on},
    )


def sellers(company_id: int) -> list[SellerRow]:
    """Return every record of the seller's particulars, the latest first."""
    return sql.fetch(
        SellerRow, f"{_SELLER} ORDER BY valid_from DESC, id DESC", {"company_id": company_id}
    )


def buyer(company_id: int, customer_id: int) -> tuple[Party, str]:
    """Return the customer as the buyer of an invoice, and the language to write in."""
    row = customers.customer_by_id(company_id, customer_id)
    person = customers.primary_contacts(company_id, [customer_id]).get(customer_id)
    party = Party(
        name=row.name,
        address=Address(
            country=row.country, street=row.street, city=row.city, post_code=row.postal_code
        ),
        vat=row.vat_number.replace(" ", ""),
        electronic=Identifier(person.email, EMAIL_SCHEME) if person and person.email else None,
        contact=Contact(person.name, person.phone, person.email) if person else Contact(),
    )
    return party, row.language


def issued(company_id: int, number: str) -> IssuedRow | None:
    """Return the document issued here under the number, or nothing where it came from elsewhere."""
    return sql.fetch_one(IssuedRow, _ISSUED, {"company_id": company_id, "number": number})


def lines(company_id: int, document_id: int) -> list[IssuedLineRow]:
    """Return the lines of an issued document in their order."""
    return sql.fetch(IssuedLineRow, _LINES, [company_id, document_id])


def taxes(company_id: int, document_id: int) -> list[IssuedTaxRow]:
    """Return the taxes of an issued document."""
    return sql.fetch(IssuedTaxRow, _TAXES, [company_id, document_id])


def replacement(company_id: int, number: str) -> ReplacementRow | None:
    """Return the replacement in which an invoice or credit note has a part, the last of them."""
    return sql.fetch_one(ReplacementRow, _REPLACEMENT, {"company_id": company_id, "number": number})


def offers(company_id: int, invoice_ids: Sequence[int]) -> list[OfferRow]:
    """Return what issued invoices offer for paying early, the earliest day of each first."""
    return sql.fetch(OfferRow, _OFFERS, [company_id, list(invoice_ids)])


_EQUAL = """
    SELECT v.number FROM invoices_invoice v JOIN invoices_issueddocument d ON d.invoice_id = v.id
     WHERE v.company_id = %(company_id)s AND v.customer_id = %(customer_id)s
       AND v.kind = 'invoice' AND v.issued_on = %(issued_on)s AND v.currency = %(currency)s
       AND v.total_minor = %(total_minor)s AND v.recorded_at >= %(since)s
       AND NOT EXISTS (SELECT 1 FROM invoices_invoice c WHERE c.corrects_id = v.id)
     ORDER BY v.id DESC LIMIT 1
"""


def equal_issued(
    company_id: int, customer_id: int, *, issued_on: date, currency: str, total_minor: int,
    since: datetime,
) -> str:  # fmt: skip
    """Return the last invoice issued since then to the same customer, of the same day and total.

    Empty where there is none, or where it was credited.
    """
    params = {
        "company_id": company_id, "customer_id": customer_id, "issued_on": issued_on,
        "currency": currency, "total_minor": total_minor, "since": since,
    }  # fmt: skip
    return next(iter(sql.scalars(_EQUAL, params)), "")


def document_file(company_id: int, number: str, form: str) -> files.KeptFile:
    """Return a file of an issued document: pdf, ubl or cii; NotFound where there is none."""
    found = issued(company_id, number)
    if found is None or form not in FORMS:
        raise NotFound("document_unknown", f"There is no such file of {number!r}", number=number)
    ids = {"pdf": found.pdf_file_id, "ubl": found.ubl_file_id, "cii": found.cii_file_id}
    return files.kept_file(company_id, ids[form])
