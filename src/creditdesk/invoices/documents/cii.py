"""A document as UN/CEFACT Cross Industry Invoice (D16B and later, Factur-X EN 16931). Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Final

from creditdesk.invoices.documents.cii_pieces import VAT, Node, Pieces
from creditdesk.invoices.documents.markup import Markup, amount, plain, to_bytes
from creditdesk.invoices.documents.profiles import PROCESS, SPECIFICATION, Profile
from creditdesk.invoices.documents.totals import TaxGroup, Totals
from creditdesk.invoices.documents.values import (
    Account,
    Attachment,
    Document,
    Line,
    Payee,
    Payment,
)

_STANDARD: Final = "urn:un:unece:uncefact:data:standard"
_XML: Final = Markup(
    {
        "rsm": f"{_STANDARD}:CrossIndustryInvoice:100",
        "ram": f"{_STANDARD}:ReusableAggregateBusinessInformationEntity:100",
        "udt": f"{_STANDARD}:UnqualifiedDataType:100",
        "qdt": f"{_STANDARD}:QualifiedDataType:100",
    }
)
_SUPPORTING: Final = "916"  # UNTDID 1001: related document
_OBJECT: Final = "130"  # UNTDID 1001: what the document is about
_TENDER: Final = "50"  # UNTDID 1001: price/sales catalogue, which the norm uses for BT-17


def written(document: Document, totals: Totals, *, profile: Profile, terms: str) -> bytes:
    """Return the document as a CII file; `terms` is the text of the payment terms (BT-20)."""
    return to_bytes(_Writer(document, totals).root(profile, terms))


class _Writer(Pieces):
    """One document on its way into CII; methods follow the order of the schema."""

    __slots__ = ("document", "totals")

    def __init__(self, document: Document, totals: Totals) -> None:
        super().__init__(_XML, document.currency)
        self.document = document
        self.totals = totals

    def root(self, profile: Profile, terms: str) -> Node:
        xml = self.xml
        process = xml("ram:ID", PROCESS[profile])
        guideline = xml("ram:ID", SPECIFICATION[profile])
        lines = zip(self.document.lines, self.totals.of_lines, strict=True)
        return xml(
            "rsm:CrossIndustryInvoice",
            xml(
                "rsm:ExchangedDocumentContext",
                xml("ram:BusinessProcessSpecifiedDocumentContextParameter", process),
                xml("ram:GuidelineSpecifiedDocumentContextParameter", guideline),
            ),
            self._heading(),
            xml(
                "rsm:SupplyChainTradeTransaction",
                *(self._line(line, net_minor) for line, net_minor in lines),
                self._agreement(),
                self._delivery(),
                self._settlement(terms),
            ),
        )

    def _heading(self) -> Node:
        document, xml = self.document, self.xml
        return xml(
            "rsm:ExchangedDocument",
            xml("ram:ID", document.number),
            xml("ram:TypeCode", document.kind.value),
            self.day("ram:IssueDateTime", document.issued_on),
            *(
                xml(
                    "ram:IncludedNote",
                    xml("ram:Content", note.text),
                    xml("ram:SubjectCode", note.subject),
                )
                for note in document.notes
            ),
        )

    def _line(self, line: Line, net_minor: int) -> Node:
        xml = self.xml
        return xml(
            "ram:IncludedSupplyChainTradeLineItem",
            xml(
                "ram:AssociatedDocumentLineDocument",
                xml("ram:LineID", line.identifier),
                xml("ram:IncludedNote", xml("ram:Content", line.note)),
            ),
            self._product(line),
            self._line_agreement(line),
            xml(
                "ram:SpecifiedLineTradeDelivery",
                xml("ram:BilledQuantity", plain(line.quantity), unitCode=line.unit),
            ),
            self._line_settlement(line, net_minor),
        )

    def _product(self, line: Line) -> Node:
        xml, standard = self.xml, line.standard_item
        return xml(
            "ram:SpecifiedTradeProduct",
            None
            if standard is None
            else xml("ram:GlobalID", standard.value, schemeID=standard.scheme),
            xml("ram:SellerAssignedID", line.seller_item),
            xml("ram:BuyerAssignedID", line.buyer_item),
            xml("ram:Name", line.name),
            xml("ram:Description", line.description),
            *(
                xml(
                    "ram:ApplicableProductCharacteristic",
                    xml("ram:Description", name),
                    xml("ram:Value", value),
                )
                for name, value in line.attributes
            ),
            *(
                xml(
                    "ram:DesignatedProductClassification",
                    xml(
                        "ram:ClassCode",
                        each.code,
                        listID=each.scheme,
                        listVersionID=each.version,
                    ),
                )
                for each in line.classifications
            ),
            xml("ram:OriginTradeCountry", xml("ram:ID", line.origin_country)),
        )

    def _line_agreement(self, line: Line) -> Node:
        xml = self.xml
        discount = xml(
            "ram:AppliedTradeAllowanceCharge",
            self.indicator(is_charge=False),
            xml("ram:ActualAmount", plain(line.price_discount)),
        )
        gross = xml(
            "ram:GrossPriceProductTradePrice",
            xml("ram:ChargeAmount", plain(line.price + line.price_discount)),
            xml("ram:BasisQuantity", plain(line.base_quantity), unitCode=line.unit),
            discount,
        )
        return xml(
            "ram:SpecifiedLineTradeAgreement",
            xml("ram:BuyerOrderReferencedDocument", xml("ram:LineID", line.order_line)),
            gross if line.price_discount else None,
            xml(
                "ram:NetPriceProductTradePrice",
                xml("ram:ChargeAmount", plain(line.price)),
                xml("ram:BasisQuantity", plain(line.base_quantity), unitCode=line.unit),
            ),
        )

    def _line_settlement(self, line: Line, net_minor: int) -> Node:
        xml, about = self.xml, line.object_identifier
        return xml(
            "ram:SpecifiedLineTradeSettlement",
            self.category("ram:ApplicableTradeTax", line.tax),
            self.period(line.period),
            *(self.adjustment(each, None) for each in line.adjustments),
            xml(
                "ram:SpecifiedTradeSettlementLineMonetarySummation",
                self.money("ram:LineTotalAmount", net_minor),
            ),
            None
            if about is None
            else xml(
                "ram:AdditionalReferencedDocument",
                xml("ram:IssuerAssignedID", about.value),
                xml("ram:TypeCode", _OBJECT),
                xml("ram:ReferenceTypeCode", about.scheme),
            ),
            self._buyer_account(line.buyer_account),
        )

    def _buyer_account(self, account: str) -> Node:
        return self.xml(
            "ram:ReceivableSpecifiedTradeAccountingAccount", self.xml("ram:ID", account)
        )

    def _agreement(self) -> Node:
        document, xml = self.document, self.xml
        given, representative = document.references, document.representative
        return xml(
            "ram:ApplicableHeaderTradeAgreement",
            xml("ram:BuyerReference", given.buyer),
            self.party("ram:SellerTradeParty", document.seller),
            self.party("ram:BuyerTradeParty", document.buyer),
            None
            if representative is None
            else xml(
                "ram:SellerTaxRepresentativeTradeParty",
                xml("ram:Name", representative.name),
                self.address(representative.address),
                self.tax_registration(representative.vat, "VA"),
            ),
            self._reference("ram:SellerOrderReferencedDocument", given.sales_order),
            self._reference("ram:BuyerOrderReferencedDocument", given.purchase_order),
            self._reference("ram:ContractReferencedDocument", given.contract),
            *(self._attachment(attachment) for attachment in document.attachments),
            given.tender
            and xml(
                "ram:AdditionalReferencedDocument",
                xml("ram:IssuerAssignedID", given.tender),
                xml("ram:TypeCode", _TENDER),
            ),
            None
            if given.object is None
            else xml(
                "ram:AdditionalReferencedDocument",
                xml("ram:IssuerAssignedID", given.object.value),
                xml("ram:TypeCode", _OBJECT),
                xml("ram:ReferenceTypeCode", given.object.scheme),
            ),
            given.project
            and xml(
                "ram:SpecifiedProcuringProject",
                xml("ram:ID", given.project),
                xml("ram:Name", given.project),
            ),
        )

    def _reference(self, name: str, number: str) -> Node:
        return self.xml(name, self.xml("ram:IssuerAssignedID", number))

    def _attachment(self, attachment: Attachment) -> Node:
        xml = self.xml
        return xml(
            "ram:AdditionalReferencedDocument",
            xml("ram:IssuerAssignedID", attachment.identifier),
            xml("ram:URIID", attachment.place),
            xml("ram:TypeCode", _SUPPORTING),
            xml("ram:Name", attachment.description),
            xml(
                "ram:AttachmentBinaryObject",
                base64.b64encode(attachment.content).decode(),
                mimeCode=attachment.mime,
                filename=attachment.file_name,
            ),
        )

    def _delivery(self) -> Node:
        """Return the delivery; the schema wants its element even when nothing is known."""
        xml, delivery, given = self.xml, self.document.delivery, self.document.references
        return xml.always(
            "ram:ApplicableHeaderTradeDelivery",
            None
            if delivery is None
            else xml(
                "ram:ShipToTradeParty",
                *self.identifiers((delivery.location,) if delivery.location else ()),
                xml("ram:Name", delivery.name),
                self.address(delivery.address),
            ),
            None
            if delivery is None
            else xml(
                "ram:ActualDeliverySupplyChainEvent",
                self.day("ram:OccurrenceDateTime", delivery.on),
            ),
            self._reference("ram:DespatchAdviceReferencedDocument", given.despatch),
            self._reference("ram:ReceivingAdviceReferencedDocument", given.receipt),
        )

    def _settlement(self, terms: str) -> Node:
        document, xml = self.document, self.xml
        payment, payee = document.payment, document.payee
        mandate = payment.mandate if payment else None
        return xml(
            "ram:ApplicableHeaderTradeSettlement",
            xml("ram:CreditorReferenceID", mandate.creditor if mandate else ""),
            xml("ram:PaymentReference", payment.reference if payment else ""),
            xml("ram:TaxCurrencyCode", document.tax_currency),
            xml("ram:InvoiceCurrencyCode", self.currency),
            None if payee is None else self._payee(payee),
            *self._means(payment),
            *(self._tax_group(group) for group in self.totals.taxes),
            self.period(document.period),
            *(self.adjustment(each, each.tax) for each in document.adjustments),
            xml(
                "ram:SpecifiedTradePaymentTerms",
                xml("ram:Description", terms),
                self.day("ram:DueDateDateTime", document.due_on),
                xml("ram:DirectDebitMandateID", mandate.reference if mandate else ""),
            ),
            self._summation(),
            *(
                xml(
                    "ram:InvoiceReferencedDocument",
                    xml("ram:IssuerAssignedID", before.number),
                    self.day("ram:FormattedIssueDateTime", before.issued_on, "qdt:DateTimeString"),
                )
                for before in document.preceding
            ),
            self._buyer_account(document.references.buyer_account),
        )

    def _payee(self, payee: Payee) -> Node:
        xml, registration = self.xml, payee.registration
        return xml(
            "ram:PayeeTradeParty",
            *self.identifiers((payee.identifier,) if payee.identifier else ()),
            xml("ram:Name", payee.name),
            None
            if registration is None
            else xml(
                "ram:SpecifiedLegalOrganization",
                xml("ram:ID", registration.value, schemeID=registration.scheme),
            ),
        )

    def _means(self, payment: Payment | None) -> Iterator[Node]:
        if payment is None:
            return
        xml, mandate, card = self.xml, payment.mandate, payment.card
        accounts: tuple[Account | None, ...] = payment.accounts or (None,)
        for account in accounts:
            yield xml(
                "ram:SpecifiedTradeSettlementPaymentMeans",
                xml("ram:TypeCode", payment.means.value),
                xml("ram:Information", payment.text),
                None
                if card is None
                else xml(
                    "ram:ApplicableTradeSettlementFinancialCard",
                    xml("ram:ID", card.last_digits),
                    xml("ram:CardholderName", card.holder),
                ),
                xml(
                    "ram:PayerPartyDebtorFinancialAccount",
                    xml("ram:IBANID", mandate.debited_account if mandate else ""),
                ),
                *self.account(account),
            )

    def _tax_group(self, group: TaxGroup) -> Node:
        xml, tax = self.xml, group.tax
        return xml(
            "ram:ApplicableTradeTax",
            self.money("ram:CalculatedAmount", group.tax_minor),
            xml("ram:TypeCode", VAT),
            xml("ram:ExemptionReason", group.reason),
            self.money("ram:BasisAmount", group.taxable_minor),
            xml("ram:CategoryCode", tax.category.value),
            xml("ram:ExemptionReasonCode", group.reason_code),
            self.day("ram:TaxPointDate", self.document.taxed_on, "udt:DateString"),
            xml("ram:RateApplicablePercent", plain(tax.rate_percent)),
        )

    def _summation(self) -> Node:
        totals, money, currency = self.totals, self.money, self.document.tax_currency
        in_tax_currency = totals.tax_in_tax_currency_minor
        return self.xml(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            money("ram:LineTotalAmount", totals.lines_minor),
            money("ram:ChargeTotalAmount", totals.charges_minor),
            money("ram:AllowanceTotalAmount", totals.allowances_minor),
            money("ram:TaxBasisTotalAmount", totals.net_minor),
            self.xml(
                "ram:TaxTotalAmount",
                amount(totals.tax_minor, self.currency),
                currencyID=self.currency,
            ),
            None
            if in_tax_currency is None
            else self.xml(
                "ram:TaxTotalAmount", amount(in_tax_currency, currency), currencyID=currency
            ),
            money("ram:RoundingAmount", totals.rounding_minor or None),
            money("ram:GrandTotalAmount", totals.gross_minor),
            money("ram:TotalPrepaidAmount", totals.prepaid_minor or None),
            money("ram:DuePayableAmount", totals.due_minor),
        )
