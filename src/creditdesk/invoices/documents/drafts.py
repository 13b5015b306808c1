"""What somebody wants billed, or credited, made into a document of the norm. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from creditdesk.invoices.documents.checks import is_iban
from creditdesk.invoices.documents.totals import EXACT, line_net, share, to_step
from creditdesk.invoices.documents.values import (
    WITH_REASON,
    Account,
    Address,
    Adjustment,
    Contact,
    Delivery,
    Document,
    EarlyDiscount,
    Exemption,
    Identifier,
    Kind,
    Line,
    Means,
    Note,
    PartDue,
    Party,
    Payment,
    Period,
    Preceding,
    References,
    Tax,
    TaxCategory,
)
from creditdesk.kernel.money import exponent
from creditdesk.kernel.references import reference_key

EMAIL_SCHEME: Final = "EM"
PIECE: Final = "C62"
# What a discount of a line is called where nobody calls it otherwise; the page translates it.
USUAL_DISCOUNT: Final = "Discount"
# Why a category is not taxed, where the law leaves no choice of the reason (VATEX code list).
REASON_CODES: Final = {
    TaxCategory.REVERSE_CHARGE: "VATEX-EU-AE",
    TaxCategory.INTRA_COMMUNITY: "VATEX-EU-IC",
    TaxCategory.EXPORT: "VATEX-EU-G",
    TaxCategory.OUTSIDE_SCOPE: "VATEX-EU-O",
}
_REFERENCE_LENGTH_MAX: Final = 21
_NORM_DECIMALS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """What is sold: `quantity` of `unit` at `price` each, less a discount, taxed as said.

    `credits_position` is, on a credit note, the line of the invoice it takes back.
    """

    name: str
    quantity: Decimal
    price: Decimal
    unit: str = PIECE
    discount_percent: Decimal = Decimal(0)
    category: TaxCategory = TaxCategory.STANDARD
    rate_percent: Decimal | None = None
    description: str = ""
    credits_position: int | None = None

    @property
    def tax(self) -> Tax:
        """Category and rate; a category that is never taxed needs no rate."""
        if self.rate_percent is None and self.category is not TaxCategory.STANDARD:
            return Tax.none(self.category)
        return Tax(self.category, self.rate_percent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An invoice as it is wanted, before it has a number.

    Without `issued_on` it is issued today; without `due_on` the terms decide, those named or the
    customer's own. `exemption_reason` says why a supply is exempt (category E).
    `discount_percent` is taken off the whole document, at each tax; `period` is what it is for.
    """

    customer_id: int
    currency: str
    lines: tuple[DraftLine, ...]
    issued_on: date | None = None
    due_on: date | None = None
    terms_code: str = ""
    order_reference: str = ""
    buyer_reference: str = ""
    delivered_on: date | None = None
    exemption_reason: str = ""
    note: str = ""
    discount_percent: Decimal = Decimal(0)
    period: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a document says besides its lines: of what kind, by whom, for whom, from when."""

    kind: Kind
    number: str
    issued_on: date
    seller: Party
    buyer: Party
    account: Account
    due: tuple[PartDue, ...] = ()
    preceding: tuple[Preceding, ...] = ()
    terms_text: str = ""
    early: tuple[EarlyDiscount, ...] = ()


def creditor_reference(number: str) -> str:
    """Return the ISO 11649 reference of a document number: its last 21 letters and digits."""
    key = reference_key(number)[-_REFERENCE_LENGTH_MAX:]
    digits = "".join(str(int(character, 36)) for character in f"{key}RF00")
    return f"RF{98 - int(digits) % 97:02d}{key}"


def document_of(draft: Draft, heading: Heading) -> Document:
    """Return the document of a draft; what the draft does not say follows from its taxes."""
    seller, buyer = heading.seller, heading.buyer
    categories = {line.category for line in draft.lines}
    if categories == {TaxCategory.OUTSIDE_SCOPE}:
        seller, buyer = replace(seller, vat=""), replace(buyer, vat="")
    is_owed = not heading.kind.lowers
    document = Document(
        kind=heading.kind,
        number=heading.number,
        issued_on=heading.issued_on,
        currency=draft.currency,
        seller=seller,
        buyer=buyer,
        lines=tuple(lines_of(draft)),
        due_on=min(part.on for part in heading.due) if heading.due and is_owed else None,
        instalments=heading.due if len(heading.due) > 1 and is_owed else (),
        exemptions=tuple(_exemptions(categories, draft.exemption_reason)),
        step_minor=step_of(draft.currency),
        references=References(buyer=draft.buyer_reference, purchase_order=draft.order_reference),
        preceding=heading.preceding,
        notes=(Note(draft.note),) if draft.note.strip() else (),
        delivery=_delivery(draft, heading, categories),
        payment=_payment(draft.currency, heading) if is_owed else None,
        terms_text=heading.terms_text,
        early_discounts=heading.early if is_owed else (),
        period=draft.period,
    )
    if not draft.discount_percent:
        return document
    return replace(document, adjustments=tuple(_taken_off(document, draft.discount_percent)))


def _taken_off(document: Document, percent: Decimal) -> Iterator[Adjustment]:
    """Return the document's own discount, at each tax of its lines."""
    bases: dict[Tax, int] = {}
    for line in document.lines:
        bases[line.tax] = bases.get(line.tax, 0) + line_net(line, document)
    for tax, base_minor in bases.items():
        minor = share(abs(base_minor), percent, document.step_minor)
        if minor:
            is_charge = base_minor < 0  # what is returned gives its discount back
            yield Adjustment(
                minor=minor,
                reason="Discount",
                reason_code="" if is_charge else "95",
                is_charge=is_charge,
                percent=percent,
                base_minor=abs(base_minor),
                tax=tax,
            )


def step_of(currency: str) -> int:
    """Return what amounts are rounded to, as the norm allows two decimals at most."""
    return int(10 ** max(0, exponent(currency) - _NORM_DECIMALS))


def lines_of(draft: Draft) -> Iterator[Line]:
    """Return the lines, numbered from 1, with their discounts worked out."""
    for position, line in enumerate(draft.lines, 1):
        yield Line(
            identifier=str(position),
            name=line.name,
            description=line.description,
            quantity=line.quantity,
            unit=line.unit,
            price=line.price,
            tax=line.tax,
            adjustments=_discount(line, draft.currency),
        )


def _discount(line: DraftLine, currency: str) -> tuple[Adjustment, ...]:
    if not line.discount_percent:
        return ()
    step_minor = step_of(currency)
    worth = EXACT.multiply(line.price, line.quantity).scaleb(exponent(currency), EXACT)
    base_minor = to_step(worth, step_minor)
    is_charge = base_minor < 0  # the discount of what is returned is taken back
    return (
        Adjustment(
            minor=share(abs(base_minor), line.discount_percent, step_minor),
            reason=USUAL_DISCOUNT,
            reason_code="" if is_charge else "95",
            is_charge=is_charge,
            percent=line.discount_percent,
            base_minor=abs(base_minor),
        ),
    )


def _exemptions(categories: set[TaxCategory], reason: str) -> Iterator[Exemption]:
    for category in sorted(categories & WITH_REASON):
        code = REASON_CODES.get(category, "")
        yield Exemption(category, "" if code else reason, code)


def _delivery(draft: Draft, heading: Heading, categories: set[TaxCategory]) -> Delivery | None:
    if TaxCategory.INTRA_COMMUNITY in categories:
        return Delivery(on=draft.delivered_on or heading.issued_on, address=heading.buyer.address)
    return Delivery(on=draft.delivered_on) if draft.delivered_on else None


def _payment(currency: str, heading: Heading) -> Payment:
    is_sepa = currency == "EUR" and is_iban(heading.account.number)
    return Payment(
        means=Means.SEPA_TRANSFER if is_sepa else Means.CREDIT_TRANSFER,
        reference=creditor_reference(heading.number),
        accounts=(heading.account,),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """The seller as an invoice must name them (BG-4, BG-17), as somebody wrote it down."""

    valid_from: date
    name: str
    country: str
    account: str
    street: str = ""
    postal_code: str = ""
    city: str = ""
    vat_number: str = ""
    tax_number: str = ""
    registration: str = ""
    legal_text: str = ""
    electronic_scheme: str = ""
    electronic_address: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    account_holder: str = ""
    bic: str = ""

    @property
    def party(self) -> Party:
        """The seller in the norm's terms."""
        return Party(
            name=self.name,
            address=Address(
                country=self.country, street=self.street, city=self.city,
                post_code=self.postal_code,
            ),
            registration=Identifier(self.registration) if self.registration else None,
            vat=self.vat_number,
            tax_number=self.tax_number,
            legal_text=self.legal_text,
            electronic=_electronic(self.electronic_scheme, self.electronic_address),
            contact=Contact(self.contact_name, self.contact_phone, self.contact_email),
        )  # fmt: skip

    @property
    def paid_to(self) -> Account:
        """The account to pay to."""
        return Account(self.account.replace(" ", ""), self.account_holder or self.name, self.bic)


def _electronic(scheme: str, address: str) -> Identifier | None:
    return Identifier(address, scheme or EMAIL_SCHEME) if address else None


@dataclass(frozen=True, slots=True)
class Missing:
    """A particular that is not there: a code, and the field in which it stands."""

    code: str
    field: str


def missing_of_seller(given: Particulars) -> list[Missing]:
    """Return what an invoice of this seller would lack by law or by the norm."""
    needed = (
        ("seller_name_missing", "name", given.name),
        ("seller_street_missing", "street", given.street),
        ("seller_city_missing", "city", given.city),
        ("seller_country_missing", "country", given.country),
        ("seller_tax_number_missing", "vat_number", given.vat_number or given.tax_number),
        ("seller_account_missing", "account", given.account),
        ("seller_unidentified", "registration", given.vat_number or given.registration),
    )
    found = [Missing(code, field) for code, field, value in needed if not value.strip()]
    looks_like_iban = given.account[:2].isalpha()
    if looks_like_iban and not is_iban(given.account):
        found.append(Missing("seller_account_malformed", "account"))
    return found


def missing_of_buyer(buyer: Party) -> list[Missing]:
    """Return what an invoice to this buyer would lack: the law wants a full name and address."""
    needed = (
        ("buyer_name_missing", "name", buyer.name),
        ("buyer_city_missing", "city", buyer.address.city),
        ("buyer_country_missing", "country", buyer.address.country),
    )
    return [Missing(code, field) for code, field, value in needed if not value.strip()]


@dataclass(frozen=True, slots=True)
class CreditedLine:
    """A line of an invoice to be credited: all of it, or so much of its quantity."""

    position: int
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TaxedPart:
    """What a document billed at one tax, with its tax."""

    category: TaxCategory
    rate_percent: Decimal | None
    taxable_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        """Net and tax together."""
        return self.taxable_minor + self.tax_minor


def net_within(gross_minor: int, rate_percent: Decimal, step_minor: int = 1) -> int:
    """Return the largest net amount that with its tax is not above a gross amount.

    Not every gross amount can be made of a net one and its rounded tax: the rest is a cent.
    """
    net_minor = to_step(
        EXACT.divide(EXACT.multiply(Decimal(gross_minor), 100), 100 + rate_percent), step_minor
    )
    while net_minor > 0 and net_minor + share(net_minor, rate_percent, step_minor) > gross_minor:
        net_minor -= step_minor
    return net_minor


def lines_of_amount(
    parts: Sequence[TaxedPart], grosses: Sequence[int], *, name: str, currency: str
) -> tuple[DraftLine, ...]:
    """Return a line per tax that together credit the gross amounts, or a cent less each."""
    step_minor = step_of(currency)
    found = []
    for part, gross_minor in zip(parts, grosses, strict=True):
        net_minor = net_within(gross_minor, part.rate_percent or Decimal(0), step_minor)
        if net_minor > 0:
            found.append(
                DraftLine(
                    name=name,
                    quantity=Decimal(1),
                    price=Decimal(net_minor).scaleb(-exponent(currency)),
                    category=part.category,
                    rate_percent=part.rate_percent,
                )
            )
    return tuple(found)
