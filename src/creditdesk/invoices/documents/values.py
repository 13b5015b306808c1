"""A commercial document as EN 16931 speaks of it: who bills whom for what, and how it is paid.

BT- and BG-numbers are those of EN 16931-1. Amounts are whole minor units of the document's
currency; prices and quantities are exact decimals; rates are in percent. Nothing here is worked
out: `totals` does that. Amounts of a credit note are positive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What the document is; the value is its code of UNTDID 1001 (BT-3)."""

    INVOICE = "380"
    CORRECTED_INVOICE = "384"
    CREDIT_NOTE = "381"
    PREPAYMENT_INVOICE = "386"
    SELF_BILLED_INVOICE = "389"

    @property
    def lowers(self) -> bool:
        """Whether it takes back, rather than asks for, money."""
        return self is Kind.CREDIT_NOTE


class TaxCategory(StrEnum):
    """How a supply is taxed (BT-95, BT-102, BT-118, BT-151); codes of UNTDID 5305."""

    STANDARD = "S"
    ZERO_RATED = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUTSIDE_SCOPE = "O"
    CANARY_ISLANDS = "L"
    CEUTA_MELILLA = "M"


NEVER_TAXED: Final = frozenset(
    {
        TaxCategory.ZERO_RATED,
        TaxCategory.EXEMPT,
        TaxCategory.REVERSE_CHARGE,
        TaxCategory.INTRA_COMMUNITY,
        TaxCategory.EXPORT,
    }
)
WITH_REASON: Final = frozenset(
    {
        TaxCategory.EXEMPT,
        TaxCategory.REVERSE_CHARGE,
        TaxCategory.INTRA_COMMUNITY,
        TaxCategory.EXPORT,
        TaxCategory.OUTSIDE_SCOPE,
    }
)


@dataclass(frozen=True, slots=True, order=True)
class Tax:
    """Category and rate of a line or adjustment; `rate_percent` is 19 for 19 %, `None` for O."""

    category: TaxCategory
    rate_percent: Decimal | None = None

    @classmethod
    def standard(cls, rate_percent: str | int | Decimal) -> Tax:
        """Return the ordinary tax at a rate."""
        return cls(TaxCategory.STANDARD, Decimal(rate_percent))

    @classmethod
    def none(cls, category: TaxCategory) -> Tax:
        """Return a category that is not taxed, with the rate it must be written with."""
        return cls(category, None if category is TaxCategory.OUTSIDE_SCOPE else Decimal(0))


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why a category is not taxed, once per document: text (BT-120), VATEX code (BT-121)."""

    category: TaxCategory
    reason: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier and the scheme it belongs to (ISO 6523 ICD; EAS for electronic addresses)."""

    value: str
    scheme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address (BG-5, BG-8, BG-12, BG-15); only the country is needed by the norm."""

    country: str
    street: str = ""
    extra: str = ""
    third: str = ""
    city: str = ""
    post_code: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask (BG-6, BG-9)."""

    name: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Seller (BG-4) or buyer (BG-7).

    `vat` is BT-31 / BT-48, `tax_number` the local one (BT-32, seller only), `registration` BT-30 /
    BT-47, `identifiers` BT-29 / BT-46 (one for a buyer), `electronic` BT-34 / BT-49 with its
    scheme, `legal_text` BT-33 (seller only).
    """

    name: str
    address: Address
    trading_name: str = ""
    identifiers: tuple[Identifier, ...] = ()
    registration: Identifier | None = None
    vat: str = ""
    tax_number: str = ""
    legal_text: str = ""
    electronic: Identifier | None = None
    contact: Contact = Contact()


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Who is paid, where it is not the seller (BG-10), for instance a factor."""

    name: str
    identifier: Identifier | None = None
    registration: Identifier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Representative:
    """The seller's tax representative (BG-11): name, VAT identifier (BT-63), address."""

    name: str
    vat: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From and to, both days included (BG-14, BG-26); at least one is given."""

    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where and when the goods went (BG-13): BT-70, BT-71, BT-72 and BG-15."""

    name: str = ""
    location: Identifier | None = None
    on: date | None = None
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """An allowance (BG-20, BG-27) or, with `is_charge`, a charge (BG-21, BG-28).

    `minor` is what is taken off or added and is never negative; `base_minor` and `percent` only
    say how it came about. One on the document carries its own tax, one on a line that line's.
    """

    minor: int
    reason: str = ""
    reason_code: str = ""
    is_charge: bool = False
    base_minor: int | None = None
    percent: Decimal | None = None
    tax: Tax | None = None


@dataclass(frozen=True, slots=True)
class Classification:
    """A class the item belongs to (BT-158) in a list of UNTDID 7143, for instance STI (UNSPSC)."""

    code: str
    scheme: str
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What was sold (BG-25): `quantity` of `unit` at `price` per `base_quantity` of that unit.

    `price` (BT-146) is net of `price_discount` (BT-147); the gross price (BT-148) is their sum.
    `unit` is a code of UN/ECE Recommendation 20 or 21. A returned quantity is negative.
    """

    identifier: str
    name: str
    quantity: Decimal
    unit: str
    price: Decimal
    tax: Tax
    base_quantity: Decimal = Decimal(1)
    price_discount: Decimal = Decimal(0)
    adjustments: tuple[Adjustment, ...] = ()
    description: str = ""
    note: str = ""
    object_identifier: Identifier | None = None
    order_line: str = ""
    buyer_account: str = ""
    period: Period | None = None
    seller_item: str = ""
    buyer_item: str = ""
    standard_item: Identifier | None = None
    classifications: tuple[Classification, ...] = ()
    origin_country: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """An account to pay to (BG-17): IBAN or local number (BT-84), holder (BT-85), BIC (BT-86)."""

    number: str
    holder: str = ""
    bic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A direct debit (BG-19): mandate (BT-89), our creditor identifier (BT-90), account (BT-91)."""

    reference: str
    creditor: str
    debited_account: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A card that was charged (BG-18): only its last four to six digits, and the holder."""

    last_digits: str
    holder: str = ""


class Means(StrEnum):
    """How it is paid (BT-81); codes of UNTDID 4461."""

    CASH = "10"
    CREDIT_TRANSFER = "30"
    BANK_CARD = "48"
    DIRECT_DEBIT = "49"
    CREDIT_CARD = "54"
    SEPA_TRANSFER = "58"
    SEPA_DEBIT = "59"
    ONLINE = "68"
    CLEARING = "97"


TRANSFERS: Final = frozenset({Means.CREDIT_TRANSFER, Means.SEPA_TRANSFER})
DEBITS: Final = frozenset({Means.DIRECT_DEBIT, Means.SEPA_DEBIT})
CARDS: Final = frozenset({Means.BANK_CARD, Means.CREDIT_CARD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How the document is paid (BG-16); `reference` (BT-83) may be an ISO 11649 one (`RF…`)."""

    means: Means
    text: str = ""
    reference: str = ""
    accounts: tuple[Account, ...] = ()
    mandate: Mandate | None = None
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class PartDue:
    """An instalment: the norm knows one due date, so these are said in the terms (BT-20)."""

    on: date
    minor: int


@dataclass(frozen=True, slots=True)
class EarlyDiscount:
    """What paid within so many days of issue may take off (BT-20): `minor`, or of what is due."""

    days: int
    percent: Decimal
    minor: int | None = None
    base_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A note (BG-1), its subject by a code of UNTDID 4451, for instance REG or AAI."""

    text: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Preceding:
    """An earlier document this one corrects or credits (BG-3)."""

    number: str
    issued_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A supporting document (BG-24): a file carried inside, or a place where it stands."""

    identifier: str
    description: str = ""
    place: str = ""
    file_name: str = ""
    mime: str = ""
    content: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What others call this business: BT-10 to BT-19."""

    buyer: str = ""  # BT-10; in Germany the Leitweg-ID
    project: str = ""  # BT-11
    contract: str = ""  # BT-12
    purchase_order: str = ""  # BT-13
    sales_order: str = ""  # BT-14
    receipt: str = ""  # BT-15
    despatch: str = ""  # BT-16
    tender: str = ""  # BT-17
    object: Identifier | None = None  # BT-18
    buyer_account: str = ""  # BT-19


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An invoice, corrected invoice or credit note, complete but for what is worked out of it.

    `step_minor` is what amounts are rounded to: 1, or 10 where a currency of three decimals is to
    be written in the two the norm allows. `tax_currency` (BT-6) with `tax_currency_rate` (units of
    it per unit of `currency`) adds the tax in that currency (BT-111). `rounding_minor` is BT-114.
    """

    kind: Kind
    number: str
    issued_on: date
    currency: str
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    due_on: date | None = None
    adjustments: tuple[Adjustment, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    prepaid_minor: int = 0
    rounding_minor: int = 0
    step_minor: int = 1
    tax_currency: str = ""
    tax_currency_rate: Decimal | None = None
    taxed_on: date | None = None
    references: References = References()
    preceding: tuple[Preceding, ...] = ()
    notes: tuple[Note, ...] = ()
    payee: Payee | None = None
    representative: Representative | None = None
    delivery: Delivery | None = None
    period: Period | None = None
    payment: Payment | None = None
    terms_text: str = ""
    instalments: tuple[PartDue, ...] = ()
    early_discounts: tuple[EarlyDiscount, ...] = ()
    attachments: tuple[Attachment, ...] = field(default=())

    def taxes(self) -> Iterable[Tax]:
        """Return the tax of every line and of every adjustment of the document."""
        yield from (line.tax for line in self.lines)
        yield from (each.tax for each in self.adjustments if each.tax is not None)
