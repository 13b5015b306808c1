"""Random commercial documents that follow the rules: what the benchmark writes and tests try.

Everything comes from one `Random`, so a seed gives the same documents, and Hypothesis can hand in
a source of its own and shrink what fails.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from creditdesk.invoices.documents.totals import line_net, share, totals
from creditdesk.invoices.documents.values import (
    CARDS,
    DEBITS,
    TRANSFERS,
    WITH_REASON,
    Account,
    Address,
    Adjustment,
    Attachment,
    Card,
    Classification,
    Contact,
    Delivery,
    Document,
    EarlyDiscount,
    Exemption,
    Identifier,
    Kind,
    Line,
    Mandate,
    Means,
    Note,
    PartDue,
    Party,
    Payee,
    Payment,
    Period,
    Preceding,
    References,
    Representative,
    Tax,
    TaxCategory,
)
from creditdesk.kernel.money import exponent

CURRENCIES = ("EUR", "EUR", "EUR", "USD", "GBP", "CHF", "JPY", "ISK", "KWD", "TND")
RATES = ("7", "19", "20", "25.5", "5.5", "2.1", "10", "0.5", "99.99")
UNITS = ("C62", "HUR", "KGM", "MTR", "LTR", "DAY", "MTK", "XPK", "KWH")
PRINTABLE_ITEMS = (
    "Ball bearing 6204-2RS", "Hydraulic hose, 2 m", "Montage vor Ort", "Câble d'alimentation",
    "Łożysko kulkowe", "Screws M8 × 40 & washers", "<b>Safety</b> goggles", 'Ölfilter "Groß"',
    "Σωλήνας χαλκού", "خدمة الصيانة", "Support plan, 12 months",
)  # fmt: skip
SELLERS = (
    Party(
        name="Nordlicht Maschinenbau GmbH",
        trading_name="Nordlicht",
        address=Address(street="Hafenstraße 12", post_code="24103", city="Kiel", country="DE"),
        identifiers=(Identifier("4000001000005", "0088"),),
        registration=Identifier("HRB 4711"),
        vat="DE123456788",
        tax_number="20/123/45678",
        legal_text="Amtsgericht Kiel · Geschäftsführung: Inke Petersen",
        electronic=Identifier("DE123456788", "9930"),
        contact=Contact("Jonas Brandt", "+49 431 5550100", "rechnung@nordlicht.example"),
    ),
    Party(
        name="Ateliers du Rhône SAS",
        address=Address(street="8 quai Perrache", post_code="69002", city="Lyon", country="FR"),
        registration=Identifier("552100554", "0002"),
        vat="FR83404833048",
        electronic=Identifier("55210055400013", "0009"),
        contact=Contact("Service clients", "+33 4 72 00 00 00", "factures@rhone.example"),
    ),
)
BUYERS = (
    Party(
        name="Bäckerei Sonnenschein OHG",
        address=Address(street="Marktplatz 3", post_code="04109", city="Leipzig", country="DE"),
        vat="DE136695976",
        electronic=Identifier("rechnung@sonnenschein.example", "EM"),
    ),
    Party(
        name="Van der Meer & Zonen B.V.",
        trading_name="VDM",
        address=Address(
            street="Keizersgracht 100", extra="2e verdieping", third="Bel bij VDM",
            post_code="1015 AA", city="Amsterdam", region="Noord-Holland", country="NL",
        ),
        identifiers=(Identifier("0106-12345678"),),
        registration=Identifier("12345678", "0106"),
        vat="NL004495445B01",
        electronic=Identifier("12345678", "0106"),
        contact=Contact("Crediteurenadministratie", "+31 20 555 0100", "ap@vdm.example"),
    ),
)  # fmt: skip
FAR_ABROAD = Party(
    name="株式会社みどり商事",
    address=Address(street="千代田区丸の内1-1", post_code="100-0005", city="東京", country="JP"),
    registration=Identifier("7010001008844"),
    electronic=Identifier("4000001000005", "0088"),
)
ABROAD = Party(
    name="شركة النور للتجارة",
    address=Address(street="شارع الملك فهد 12", city="الرياض", country="SA"),
    registration=Identifier("1010010030"),
    electronic=Identifier("ap@alnoor.example", "EM"),
)
EXEMPTIONS = {
    TaxCategory.EXEMPT: ("Exempt under article 132", "VATEX-EU-132"),
    TaxCategory.REVERSE_CHARGE: ("Reverse charge", "VATEX-EU-AE"),
    TaxCategory.INTRA_COMMUNITY: ("Intra-Community supply", "VATEX-EU-IC"),
    TaxCategory.EXPORT: ("Export outside the EU", "VATEX-EU-G"),
    TaxCategory.OUTSIDE_SCOPE: ("Not subject to VAT", "VATEX-EU-O"),
}
MIXTURES: tuple[tuple[TaxCategory, ...], ...] = (
    (TaxCategory.STANDARD,),
    (TaxCategory.STANDARD, TaxCategory.ZERO_RATED),
    (TaxCategory.STANDARD, TaxCategory.EXEMPT),
    (TaxCategory.STANDARD, TaxCategory.REVERSE_CHARGE),
    (TaxCategory.ZERO_RATED,),
    (TaxCategory.EXEMPT,),
    (TaxCategory.REVERSE_CHARGE,),
    (TaxCategory.INTRA_COMMUNITY,),
    (TaxCategory.EXPORT,),
    (TaxCategory.EXPORT, TaxCategory.INTRA_COMMUNITY, TaxCategory.STANDARD),
    (TaxCategory.OUTSIDE_SCOPE,),
    (TaxCategory.CANARY_ISLANDS,),
    (TaxCategory.CEUTA_MELILLA,),
)
LARGEST_PRICE = {0: 5_000_000, 2: 50_000, 3: 20_000}


def document(
    random: Random,
    number: str = "RE-2026-0001",
    kind: Kind | None = None,
    *,
    is_printable: bool = False,
) -> Document:
    """Return a document that is right by every rule of the norm.

    `is_printable` keeps to the scripts of the packaged fonts.
    """
    maker = _Maker(random, is_printable=is_printable)
    return maker.document(number, kind or random.choice(tuple(Kind)))


class _Maker:
    def __init__(self, random: Random, *, is_printable: bool) -> None:
        self.random = random
        self.items = PRINTABLE_ITEMS if is_printable else (*PRINTABLE_ITEMS, "出荷ラベル")
        self.buyers = (*BUYERS, ABROAD if is_printable else FAR_ABROAD)
        self.currency = random.choice(CURRENCIES)
        self.step_minor = 10 if exponent(self.currency) == 3 else 1
        self.mixture = random.choice(MIXTURES)
        self.issued_on = date(2026, 1, 1) + timedelta(days=random.randint(0, 364))

    def maybe(self, chance: float = 0.5) -> bool:
        return self.random.random() < chance

    def document(self, number: str, kind: Kind) -> Document:
        random = self.random
        bare = Document(
            kind=kind,
            number=number,
            issued_on=self.issued_on,
            currency=self.currency,
            step_minor=self.step_minor,
            seller=self.seller(),
            buyer=self.buyer(),
            lines=(),
            due_on=self.issued_on + timedelta(days=random.choice((0, 14, 30, 60))),
            exemptions=tuple(
                Exemption(category, *self.exemption(category))
                for category in self.mixture
                if category in WITH_REASON
            ),
            references=self.references(),
            notes=self.notes(),
            delivery=self.delivery(),
            period=self.period(),
            payment=self.payment(number),
            terms_text=random.choice(("", "", "Goods remain ours until paid in full.")),
        )
        lines = tuple(self.line(str(n + 1), bare) for n in range(random.randint(1, 6)))
        full = replace(bare, lines=lines, adjustments=self.adjustments(bare))
        return self.with_rarities(full)

    def with_rarities(self, full: Document) -> Document:
        """Return the document with what few documents have."""
        random = self.random
        if full.kind in {Kind.CORRECTED_INVOICE, Kind.CREDIT_NOTE} or self.maybe(0.1):
            full = replace(full, preceding=(Preceding("RE-2025-0815", date(2025, 12, 1)),))
        if self.maybe(0.2):
            full = replace(full, prepaid_minor=random.randint(1, 5_000) * self.step_minor)
        if self.maybe(0.2):
            full = replace(full, rounding_minor=random.randint(-4, 4) * self.step_minor)
        if self.maybe(0.2):
            full = replace(full, early_discounts=(EarlyDiscount(10, Decimal(2)),))
        if self.currency != "EUR" and self.maybe():
            full = replace(full, tax_currency="EUR", tax_currency_rate=Decimal("0.92715"))
        return self.with_third_parties(full)

    def with_third_parties(self, full: Document) -> Document:
        """Return the document with whom and what it brings along, and with instalments."""
        if self.maybe(0.1):
            full = replace(full, taxed_on=self.issued_on)
        if self.maybe(0.1):
            full = replace(full, attachments=self.attachments())
        if self.maybe(0.1) and full.payment and full.payment.mandate is None:
            full = replace(full, payee=Payee(name="Factor Bank AG", identifier=Identifier("F-1")))
        if self.maybe(0.1) and TaxCategory.OUTSIDE_SCOPE not in self.mixture:
            full = replace(full, representative=self.representative())
        return self.with_instalments(full) if self.maybe(0.2) else full

    def with_instalments(self, full: Document) -> Document:
        """Return the document with its amount due in three parts."""
        due_minor = totals(full).due_minor
        shares = [due_minor // 3, due_minor // 3, due_minor - 2 * (due_minor // 3)]
        first = full.due_on or self.issued_on
        days = [first + timedelta(days=30 * n) for n in range(3)]
        parts = tuple(PartDue(on, minor) for on, minor in zip(days, shares, strict=True))
        return replace(full, instalments=parts)

    def exemption(self, category: TaxCategory) -> tuple[str, str]:
        reason, code = EXEMPTIONS[category]
        return self.random.choice(((reason, code), (reason, ""), ("", code)))

    def seller(self) -> Party:
        return self.tax_known(self.random.choice(SELLERS))

    def buyer(self) -> Party:
        asks = {TaxCategory.REVERSE_CHARGE, TaxCategory.INTRA_COMMUNITY}
        known = asks.intersection(self.mixture)
        return self.tax_known(self.random.choice(BUYERS if known else self.buyers))

    def tax_known(self, party: Party) -> Party:
        if TaxCategory.OUTSIDE_SCOPE not in self.mixture:
            return party
        number = party.registration or Identifier("REG-1")
        return replace(party, vat="", tax_number="", registration=number)

    def representative(self) -> Representative:
        address = Address(street="Rue de la Loi 1", city="Bruxelles", country="BE")
        return Representative(name="Fiscal SPRL", vat="BE0428759497", address=address)

    def references(self) -> References:
        random = self.random
        return References(
            buyer=random.choice(("", "04011000-12345-03", "Cost centre 7")),
            project=random.choice(("", "P-77")),
            contract=random.choice(("", "C/2026/3")),
            purchase_order=random.choice(("", "4500012345")),
            sales_order=random.choice(("", "SO-1")),
            receipt=random.choice(("", "GR-5")),
            despatch=random.choice(("", "LS-9")),
            tender=random.choice(("", "LOT 4")),
            object=random.choice((None, Identifier("M-17"), Identifier("0155", "AAA"))),
            buyer_account=random.choice(("", "6800")),
        )

    def notes(self) -> tuple[Note, ...]:
        some = (Note("Thank you for your order."), Note("Reg. Kiel HRB 4711", "REG"))
        return some[: self.random.randint(0, 2)]

    def delivery(self) -> Delivery | None:
        if TaxCategory.INTRA_COMMUNITY not in self.mixture and self.maybe():
            return None
        address = Address(street="Dock 4", city="Rotterdam", post_code="3011", country="NL")
        return Delivery(name="Warehouse 4", on=self.issued_on, address=address)

    def period(self) -> Period | None:
        first = self.issued_on.replace(day=1)
        return Period(start=first, end=self.issued_on) if self.maybe(0.3) else None

    def payment(self, number: str) -> Payment | None:
        means = self.random.choice((*Means, None))
        if means is None:
            return None
        sepa = means in {Means.SEPA_TRANSFER, Means.SEPA_DEBIT}
        if sepa and self.currency != "EUR":
            means = Means.CREDIT_TRANSFER
        accounts: tuple[Account, ...] = ()
        if means in TRANSFERS:
            accounts = (Account("DE75512108001245126199", "Nordlicht", "SOGEDEFF"),)
            if self.maybe(0.2):
                accounts = (*accounts, Account("NL91ABNA0417164300"))
            if means is Means.CREDIT_TRANSFER and self.maybe(0.3):
                accounts = (Account("0011223344", "Nordlicht"),)
        mandate = Mandate(
            reference=f"M-{number}", creditor="DE98ZZZ09999999999",
            debited_account="NL91ABNA0417164300",
        )  # fmt: skip
        return Payment(
            means=means,
            text=self.random.choice(("", "as agreed")),
            reference=self.random.choice(("", number, "RF18539007547034")),
            accounts=accounts,
            mandate=mandate if means in DEBITS else None,
            card=Card("123456", "V. Meer") if means in CARDS else None,
        )

    def tax(self) -> Tax:
        category = self.random.choice(self.mixture)
        if category is TaxCategory.STANDARD:
            return Tax.standard(self.random.choice(RATES))
        if category is TaxCategory.CANARY_ISLANDS:
            return Tax(category, Decimal(self.random.choice(("3", "7", "9.5"))))
        if category is TaxCategory.CEUTA_MELILLA:
            return Tax(category, Decimal(self.random.choice(("0", "4", "10"))))
        return Tax.none(category)

    def line(self, identifier: str, bare: Document) -> Line:
        random = self.random
        places = random.randint(0, 4)
        price = Decimal(random.randint(0, LARGEST_PRICE[exponent(self.currency)] * 10**places))
        quantity = Decimal(random.randint(1, 99_999)).scaleb(-random.randint(0, 3))
        line = Line(
            identifier=identifier,
            name=random.choice(self.items),
            quantity=-quantity if self.maybe(0.1) else quantity,
            unit=random.choice(UNITS),
            price=price.scaleb(-places),
            tax=self.tax(),
            base_quantity=Decimal(random.choice((1, 1, 1, 100, 1000, 3))),
            price_discount=Decimal(random.choice(("0", "0", "0.5", "12.345"))),
            description=random.choice(("", "As described in the offer.")),
            note=random.choice(("", "Partial delivery")),
            order_line=random.choice(("", "10")),
            buyer_account=random.choice(("", "4711")),
            seller_item=random.choice(("", "A-100")),
            buyer_item=random.choice(("", "X-9")),
            standard_item=random.choice((None, Identifier("4000001000005", "0160"))),
            classifications=random.choice(((), (Classification("43211503", "TST"),))),
            origin_country=random.choice(("", "DE", "CN")),
            attributes=random.choice(((), (("Colour", "blue"), ("Size", "XL")))),
            object_identifier=random.choice((None, None, Identifier("meter-1", "AAA"))),
            period=self.period(),
        )
        return replace(line, adjustments=self.line_adjustments(line, bare))

    def line_adjustments(self, line: Line, bare: Document) -> tuple[Adjustment, ...]:
        found: list[Adjustment] = []
        base_minor = line_net(line, bare)
        if base_minor > 0 and self.maybe(0.3):
            percent = Decimal(self.random.choice(("5", "12.5", "33.333")))
            minor = share(base_minor, percent, self.step_minor)
            found.append(
                Adjustment(
                    minor=minor, percent=percent, base_minor=base_minor,
                    reason="Discount", reason_code="95",
                )
            )  # fmt: skip
        if self.maybe(0.2):
            minor = self.random.randint(0, 500) * self.step_minor
            found.append(
                Adjustment(minor=minor, is_charge=True, reason="Freight", reason_code="FC")
            )
        return tuple(found)

    def adjustments(self, bare: Document) -> tuple[Adjustment, ...]:
        found: list[Adjustment] = []
        for _ in range(self.random.choice((0, 0, 1, 2))):
            is_charge = self.maybe()
            found.append(
                Adjustment(
                    minor=self.random.randint(0, 9_999) * bare.step_minor,
                    is_charge=is_charge,
                    reason="Packaging" if is_charge else "Bonus",
                    reason_code=self.random.choice(("", "ABL" if is_charge else "100")),
                    tax=self.tax(),
                )
            )
        return tuple(found)

    def attachments(self) -> tuple[Attachment, ...]:
        return (
            Attachment(
                identifier="T-1", description="Time sheet", file_name="times.csv",
                mime="text/csv", content=b"day;hours\n1;8\n",
            ),
            Attachment(identifier="T-2", place="https://example.com/terms.pdf"),
        )  # fmt: skip
