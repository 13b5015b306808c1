"""The pieces of a UBL document that stand in more than one place. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from creditdesk.invoices.documents.markup import Markup, amount, iso_day, plain
from creditdesk.invoices.documents.totals import TaxGroup
from creditdesk.invoices.documents.values import Address, Adjustment, Identifier, Party, Period, Tax

Node = _Element | None


class Pieces:
    """Parties, identifiers, periods, amounts and taxes in the namespaces of one document."""

    __slots__ = ("currency", "xml")

    def __init__(self, xml: Markup, currency: str) -> None:
        self.xml = xml
        self.currency = currency

    def money(self, name: str, minor: int | None) -> Node:
        """Return an amount with its currency."""
        if minor is None:
            return None
        return self.xml(name, amount(minor, self.currency), currencyID=self.currency)

    def period(self, name: str, period: Period | None) -> Node:
        """Return a period."""
        if period is None:
            return None
        return self.xml(
            name,
            self.xml("cbc:StartDate", iso_day(period.start)),
            self.xml("cbc:EndDate", iso_day(period.end)),
        )

    def identifier(self, name: str, identifier: Identifier | None) -> Node:
        """Return an identifier with its scheme."""
        if identifier is None:
            return None
        return self.xml(name, identifier.value, schemeID=identifier.scheme)

    def party_identifications(self, identifiers: tuple[Identifier, ...]) -> Iterator[Node]:
        """Return each identifier as the schema wants it."""
        for each in identifiers:
            yield self.xml("cac:PartyIdentification", self.identifier("cbc:ID", each))

    def party(self, party: Party, *more: Identifier) -> Node:
        """Return a seller or buyer; `more` are identifiers beside the party's own."""
        xml = self.xml
        return xml(
            "cac:Party",
            self.identifier("cbc:EndpointID", party.electronic),
            *self.party_identifications((*party.identifiers, *more)),
            xml("cac:PartyName", xml("cbc:Name", party.trading_name)),
            self.address("cac:PostalAddress", party.address),
            self.tax_scheme("cac:PartyTaxScheme", party.vat, "VAT"),
            self.tax_scheme("cac:PartyTaxScheme", party.tax_number, "FC"),
            xml(
                "cac:PartyLegalEntity",
                xml("cbc:RegistrationName", party.name),
                self.identifier("cbc:CompanyID", party.registration),
                xml("cbc:CompanyLegalForm", party.legal_text),
            ),
            xml(
                "cac:Contact",
                xml("cbc:Name", party.contact.name),
                xml("cbc:Telephone", party.contact.phone),
                xml("cbc:ElectronicMail", party.contact.email),
            ),
        )

    def tax_scheme(self, name: str, identifier: str, scheme: str) -> Node:
        """Return an identifier under a tax scheme."""
        if not identifier:
            return None
        tax_scheme = self.xml("cac:TaxScheme", self.xml("cbc:ID", scheme))
        return self.xml(name, self.xml("cbc:CompanyID", identifier), tax_scheme)

    def address(self, name: str, address: Address | None) -> Node:
        """Return an address."""
        if address is None:
            return None
        xml = self.xml
        return xml(
            name,
            xml("cbc:StreetName", address.street),
            xml("cbc:AdditionalStreetName", address.extra),
            xml("cbc:CityName", address.city),
            xml("cbc:PostalZone", address.post_code),
            xml("cbc:CountrySubentity", address.region),
            xml("cac:AddressLine", xml("cbc:Line", address.third)),
            xml("cac:Country", xml("cbc:IdentificationCode", address.country)),
        )

    def adjustment(self, adjustment: Adjustment, tax: Tax | None) -> Node:
        """Return an allowance or charge, with its tax unless the line has it."""
        xml = self.xml
        return xml(
            "cac:AllowanceCharge",
            xml("cbc:ChargeIndicator", "true" if adjustment.is_charge else "false"),
            xml("cbc:AllowanceChargeReasonCode", adjustment.reason_code),
            xml("cbc:AllowanceChargeReason", adjustment.reason),
            xml("cbc:MultiplierFactorNumeric", plain(adjustment.percent)),
            self.money("cbc:Amount", adjustment.minor),
            self.money("cbc:BaseAmount", adjustment.base_minor),
            None if tax is None else self.category("cac:TaxCategory", tax),
        )

    def category(self, name: str, tax: Tax, group: TaxGroup | None = None) -> Node:
        """Return a tax category and rate, with the reasons of the whole group."""
        xml = self.xml
        return xml(
            name,
            xml("cbc:ID", tax.category.value),
            xml("cbc:Percent", plain(tax.rate_percent)),
            xml("cbc:TaxExemptionReasonCode", group.reason_code if group else ""),
            xml("cbc:TaxExemptionReason", group.reason if group else ""),
            xml("cac:TaxScheme", xml("cbc:ID", "VAT")),
        )
