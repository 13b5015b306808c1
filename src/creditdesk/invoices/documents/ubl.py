"""A document as UBL 2.1: Invoice, or CreditNote for what takes back. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Final

from creditdesk.invoices.documents.markup import Markup, amount, iso_day, plain, to_bytes
from creditdesk.invoices.documents.profiles import PROCESS, SPECIFICATION, Profile
from creditdesk.invoices.documents.totals import TaxGroup, Totals
from creditdesk.invoices.documents.ubl_pieces import Node, Pieces
from creditdesk.invoices.documents.values import (
    Account,
    Attachment,
    Document,
    Identifier,
    Line,
    Payment,
)

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd"
_COMMON: Final[dict[str | None, str]] = {
    "cac": f"{_UBL}:CommonAggregateComponents-2",
    "cbc": f"{_UBL}:CommonBasicComponents-2",
}
_INVOICE: Final = Markup({None: f"{_UBL}:Invoice-2", **_COMMON})
_CREDIT_NOTE: Final = Markup({None: f"{_UBL}:CreditNote-2", **_COMMON})
_OBJECT: Final = "130"  # UNTDID 1001: what the document is about
_PROJECT: Final = "50"  # UNTDID 1001: project; a CreditNote has no element of its own for it
_NOT_DEFINED: Final = "1"  # UNTDID 4461: instrument not defined
_ABSENT: Final = "NA"  # where the schema demands what the norm does not know


def written(document: Document, totals: Totals, *, profile: Profile, terms: str) -> bytes:
    """Return the document as a UBL file; `terms` is the text of the payment terms (BT-20)."""
    return to_bytes(_Writer(document, totals).root(profile, terms))


class _Writer(Pieces):
    """One document on its way into UBL; methods follow the order of the schema."""

    __slots__ = ("document", "lowers", "totals")

    def __init__(self, document: Document, totals: Totals) -> None:
        self.lowers = document.kind.lowers
        super().__init__(_CREDIT_NOTE if self.lowers else _INVOICE, document.currency)
        self.document = document
        self.totals = totals

    def root(self, profile: Profile, terms: str) -> Node:
        document, xml = self.document, self.xml
        kind = xml(
            "cbc:CreditNoteTypeCode" if self.lowers else "cbc:InvoiceTypeCode", document.kind.value
        )
        taxed_on = xml("cbc:TaxPointDate", iso_day(document.taxed_on))
        notes = list(self._notes())
        return xml(
            "CreditNote" if self.lowers else "Invoice",
            xml("cbc:CustomizationID", SPECIFICATION[profile]),
            xml("cbc:ProfileID", PROCESS[profile]),
            xml("cbc:ID", document.number),
            xml("cbc:IssueDate", iso_day(document.issued_on)),
            None if self.lowers else xml("cbc:DueDate", iso_day(document.due_on)),
            *((taxed_on, kind, *notes) if self.lowers else (kind, *notes, taxed_on)),
            xml("cbc:DocumentCurrencyCode", self.currency),
            xml("cbc:TaxCurrencyCode", document.tax_currency),
            xml("cbc:AccountingCost", document.references.buyer_account),
            xml("cbc:BuyerReference", document.references.buyer),
            self.period("cac:InvoicePeriod", document.period),
            *self._references(),
            xml("cac:AccountingSupplierParty", self._seller()),
            xml("cac:AccountingCustomerParty", self.party(document.buyer)),
            self._payee(),
            self._representative(),
            self._delivery(),
            *self._payment(),
            xml("cac:PaymentTerms", xml("cbc:Note", terms)),
            *(self.adjustment(each, each.tax) for each in document.adjustments),
            *self._tax_totals(),
            self._monetary_total(),
            *(
                self._line(line, net_minor)
                for line, net_minor in zip(document.lines, self.totals.of_lines, strict=True)
            ),
        )

    def _notes(self) -> Iterator[Node]:
        for note in self.document.notes:
            subject = f"#{note.subject}#" if note.subject else ""
            yield self.xml("cbc:Note", subject + note.text)

    def _references(self) -> Iterator[Node]:
        xml, given = self.xml, self.document.references
        sales_order = xml("cbc:SalesOrderID", given.sales_order)
        order = given.purchase_order or (_ABSENT if given.sales_order else "")
        yield xml("cac:OrderReference", xml("cbc:ID", order), sales_order)
        for before in self.document.preceding:
            day = xml("cbc:IssueDate", iso_day(before.issued_on))
            number = xml("cbc:ID", before.number)
            yield xml("cac:BillingReference", xml("cac:InvoiceDocumentReference", number, day))
        yield xml("cac:DespatchDocumentReference", xml("cbc:ID", given.despatch))
        yield xml("cac:ReceiptDocumentReference", xml("cbc:ID", given.receipt))
        tender = xml("cac:OriginatorDocumentReference", xml("cbc:ID", given.tender))
        yield None if self.lowers else tender
        yield xml("cac:ContractDocumentReference", xml("cbc:ID", given.contract))
        yield self._typed_reference(given.object, _OBJECT)
        if self.lowers:
            yield self._typed_reference(Identifier(given.project), _PROJECT)
        for attachment in self.document.attachments:
            yield self._attachment(attachment)
        yield tender if self.lowers else xml("cac:ProjectReference", xml("cbc:ID", given.project))

    def _typed_reference(self, identifier: Identifier | None, code: str) -> Node:
        if identifier is None or not identifier.value:
            return None
        return self.xml(
            "cac:AdditionalDocumentReference",
            self.identifier("cbc:ID", identifier),
            self.xml("cbc:DocumentTypeCode", code),
        )

    def _attachment(self, attachment: Attachment) -> Node:
        xml = self.xml
        return xml(
            "cac:AdditionalDocumentReference",
            xml("cbc:ID", attachment.identifier),
            xml("cbc:DocumentDescription", attachment.description),
            xml(
                "cac:Attachment",
                xml(
                    "cbc:EmbeddedDocumentBinaryObject",
                    base64.b64encode(attachment.content).decode(),
                    mimeCode=attachment.mime,
                    filename=attachment.file_name,
                ),
                xml("cac:ExternalReference", xml("cbc:URI", attachment.place)),
            ),
        )

    def _seller(self) -> Node:
        """Return the seller; a direct debit names our creditor identifier (BT-90) with it."""
        seller = self.document.seller
        if self.document.payee is not None:
            return self.party(seller)
        return self.party(seller, *self._creditor())

    def _creditor(self) -> tuple[Identifier, ...]:
        payment = self.document.payment
        if payment is None or payment.mandate is None:
            return ()
        return (Identifier(payment.mandate.creditor, "SEPA"),)

    def _payee(self) -> Node:
        payee, xml = self.document.payee, self.xml
        if payee is None:
            return None
        own = (payee.identifier,) if payee.identifier else ()
        return xml(
            "cac:PayeeParty",
            *self.party_identifications((*own, *self._creditor())),
            xml("cac:PartyName", xml("cbc:Name", payee.name)),
            xml("cac:PartyLegalEntity", self.identifier("cbc:CompanyID", payee.registration)),
        )

    def _representative(self) -> Node:
        representative, xml = self.document.representative, self.xml
        if representative is None:
            return None
        return xml(
            "cac:TaxRepresentativeParty",
            xml("cac:PartyName", xml("cbc:Name", representative.name)),
            self.address("cac:PostalAddress", representative.address),
            self.tax_scheme("cac:PartyTaxScheme", representative.vat, "VAT"),
        )

    def _delivery(self) -> Node:
        delivery, xml = self.document.delivery, self.xml
        if delivery is None:
            return None
        return xml(
            "cac:Delivery",
            xml("cbc:ActualDeliveryDate", iso_day(delivery.on)),
            xml(
                "cac:DeliveryLocation",
                self.identifier("cbc:ID", delivery.location),
                self.address("cac:Address", delivery.address),
            ),
            xml("cac:DeliveryParty", xml("cac:PartyName", xml("cbc:Name", delivery.name))),
        )

    def _payment(self) -> Iterator[Node]:
        """Return one group per account; what may be said once is said in the first.

        A CreditNote's due date (BT-9) stands here, and needs a group even when nothing else is
        known of the payment.
        """
        payment, xml = self.document.payment, self.xml
        due = xml("cbc:PaymentDueDate", iso_day(self.document.due_on)) if self.lowers else None
        if payment is None:
            code = xml("cbc:PaymentMeansCode", _NOT_DEFINED)
            yield None if due is None else xml("cac:PaymentMeans", code, due)
            return
        first: Account | None = None
        rest: tuple[Account, ...] = ()
        if payment.accounts:
            first, *others = payment.accounts
            rest = tuple(others)
        yield self._means(payment, first, due, payment.text)
        for account in rest:
            yield self._means(payment, account, None, "")

    def _means(self, payment: Payment, account: Account | None, due: Node, text: str) -> Node:
        xml, mandate, card = self.xml, payment.mandate, payment.card
        return xml(
            "cac:PaymentMeans",
            xml("cbc:PaymentMeansCode", payment.means.value, name=text),
            due,
            xml("cbc:PaymentID", payment.reference),
            None
            if card is None
            else xml(
                "cac:CardAccount",
                xml("cbc:PrimaryAccountNumberID", card.last_digits),
                xml("cbc:NetworkID", _ABSENT),
                xml("cbc:HolderName", card.holder),
            ),
            None if account is None else self._account(account),
            None
            if mandate is None
            else xml(
                "cac:PaymentMandate",
                xml("cbc:ID", mandate.reference),
                xml("cac:PayerFinancialAccount", xml("cbc:ID", mandate.debited_account)),
            ),
        )

    def _account(self, account: Account) -> Node:
        xml = self.xml
        return xml(
            "cac:PayeeFinancialAccount",
            xml("cbc:ID", account.number),
            xml("cbc:Name", account.holder),
            xml("cac:FinancialInstitutionBranch", xml("cbc:ID", account.bic)),
        )

    def _tax_totals(self) -> Iterator[Node]:
        totals = self.totals
        yield self.xml(
            "cac:TaxTotal",
            self.money("cbc:TaxAmount", totals.tax_minor),
            *(self._tax_group(group) for group in totals.taxes),
        )
        minor, currency = totals.tax_in_tax_currency_minor, self.document.tax_currency
        if minor is not None:
            tax = self.xml("cbc:TaxAmount", amount(minor, currency), currencyID=currency)
            yield self.xml("cac:TaxTotal", tax)

    def _tax_group(self, group: TaxGroup) -> Node:
        return self.xml(
            "cac:TaxSubtotal",
            self.money("cbc:TaxableAmount", group.taxable_minor),
            self.money("cbc:TaxAmount", group.tax_minor),
            self.category("cac:TaxCategory", group.tax, group),
        )

    def _monetary_total(self) -> Node:
        totals, money = self.totals, self.money
        return self.xml(
            "cac:LegalMonetaryTotal",
            money("cbc:LineExtensionAmount", totals.lines_minor),
            money("cbc:TaxExclusiveAmount", totals.net_minor),
            money("cbc:TaxInclusiveAmount", totals.gross_minor),
            money("cbc:AllowanceTotalAmount", totals.allowances_minor),
            money("cbc:ChargeTotalAmount", totals.charges_minor),
            money("cbc:PrepaidAmount", totals.prepaid_minor or None),
            money("cbc:PayableRoundingAmount", totals.rounding_minor or None),
            money("cbc:PayableAmount", totals.due_minor),
        )

    def _line(self, line: Line, net_minor: int) -> Node:
        xml = self.xml
        about = line.object_identifier
        return xml(
            "cac:CreditNoteLine" if self.lowers else "cac:InvoiceLine",
            xml("cbc:ID", line.identifier),
            xml("cbc:Note", line.note),
            xml(
                "cbc:CreditedQuantity" if self.lowers else "cbc:InvoicedQuantity",
                plain(line.quantity),
                unitCode=line.unit,
            ),
            self.money("cbc:LineExtensionAmount", net_minor),
            xml("cbc:AccountingCost", line.buyer_account),
            self.period("cac:InvoicePeriod", line.period),
            xml("cac:OrderLineReference", xml("cbc:LineID", line.order_line)),
            None
            if about is None
            else xml(
                "cac:DocumentReference",
                self.identifier("cbc:ID", about),
                xml("cbc:DocumentTypeCode", _OBJECT),
            ),
            *(self.adjustment(each, None) for each in line.adjustments),
            self._item(line),
            self._price(line),
        )

    def _item(self, line: Line) -> Node:
        xml = self.xml
        standard = self.identifier("cbc:ID", line.standard_item)
        return xml(
            "cac:Item",
            xml("cbc:Description", line.description),
            xml("cbc:Name", line.name),
            xml("cac:BuyersItemIdentification", xml("cbc:ID", line.buyer_item)),
            xml("cac:SellersItemIdentification", xml("cbc:ID", line.seller_item)),
            xml("cac:StandardItemIdentification", standard),
            xml("cac:OriginCountry", xml("cbc:IdentificationCode", line.origin_country)),
            *(
                xml(
                    "cac:CommodityClassification",
                    xml(
                        "cbc:ItemClassificationCode",
                        each.code,
                        listID=each.scheme,
                        listVersionID=each.version,
                    ),
                )
                for each in line.classifications
            ),
            self.category("cac:ClassifiedTaxCategory", line.tax),
            *(
                xml("cac:AdditionalItemProperty", xml("cbc:Name", name), xml("cbc:Value", value))
                for name, value in line.attributes
            ),
        )

    def _price(self, line: Line) -> Node:
        def price(name: str, text: str) -> Node:
            return self.xml(name, text, currencyID=self.currency)

        discount = self.xml(
            "cac:AllowanceCharge",
            self.xml("cbc:ChargeIndicator", "false"),
            price("cbc:Amount", plain(line.price_discount)),
            price("cbc:BaseAmount", plain(line.price + line.price_discount)),
        )
        return self.xml(
            "cac:Price",
            price("cbc:PriceAmount", plain(line.price)),
            self.xml("cbc:BaseQuantity", plain(line.base_quantity), unitCode=line.unit),
            discount if line.price_discount else None,
        )
