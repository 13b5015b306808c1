"""The pieces of a CII document that stand in more than one place. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from lxml.etree import _Element

from creditdesk.invoices.documents.markup import Markup, amount, compact_day, plain
from creditdesk.invoices.documents.values import (
    Account,
    Address,
    Adjustment,
    Identifier,
    Party,
    Period,
    Tax,
)

VAT: Final = "VAT"
_DAY: Final = "102"  # UNTDID 2379: CCYYMMDD
_IBAN_COUNTRY_LENGTH: Final = 2

Node = _Element | None


class Pieces:
    """Parties, identifiers, days, amounts and taxes of one document."""

    __slots__ = ("currency", "xml")

    def __init__(self, xml: Markup, currency: str) -> None:
        self.xml = xml
        self.currency = currency

    def money(self, name: str, minor: int | None) -> Node:
        """Return an amount of the document's currency, which CII does not repeat."""
        return None if minor is None else self.xml(name, amount(minor, self.currency))

    def day(self, name: str, day: date | None, kind: str = "udt:DateTimeString") -> Node:
        """Return a day."""
        return self.xml(name, self.xml(kind, compact_day(day), format=_DAY))

    def period(self, period: Period | None) -> Node:
        """Return a period."""
        if period is None:
            return None
        return self.xml(
            "ram:BillingSpecifiedPeriod",
            self.day("ram:StartDateTime", period.start),
            self.day("ram:EndDateTime", period.end),
        )

    def identifiers(self, identifiers: tuple[Identifier, ...]) -> Iterator[Node]:
        """Return the identifiers, those without a scheme first, as the schema wants them."""
        for each in identifiers:
            if not each.scheme:
                yield self.xml("ram:ID", each.value)
        for each in identifiers:
            if each.scheme:
                yield self.xml("ram:GlobalID", each.value, schemeID=each.scheme)

    def party(self, name: str, party: Party) -> Node:
        """Return a seller or buyer."""
        xml, registration, electronic = self.xml, party.registration, party.electronic
        return xml(
            name,
            *self.identifiers(party.identifiers),
            xml("ram:Name", party.name),
            xml("ram:Description", party.legal_text),
            xml(
                "ram:SpecifiedLegalOrganization",
                None
                if registration is None
                else xml("ram:ID", registration.value, schemeID=registration.scheme),
                xml("ram:TradingBusinessName", party.trading_name),
            ),
            self._contact(party),
            self.address(party.address),
            None
            if electronic is None
            else xml(
                "ram:URIUniversalCommunication",
                xml("ram:URIID", electronic.value, schemeID=electronic.scheme),
            ),
            self.tax_registration(party.vat, "VA"),
            self.tax_registration(party.tax_number, "FC"),
        )

    def _contact(self, party: Party) -> Node:
        xml, contact = self.xml, party.contact
        number = xml("ram:CompleteNumber", contact.phone)
        address = xml("ram:URIID", contact.email)
        return xml(
            "ram:DefinedTradeContact",
            xml("ram:PersonName", contact.name),
            xml("ram:TelephoneUniversalCommunication", number),
            xml("ram:EmailURIUniversalCommunication", address),
        )

    def tax_registration(self, identifier: str, scheme: str) -> Node:
        """Return a VAT identifier (VA) or a local tax number (FC)."""
        return self.xml(
            "ram:SpecifiedTaxRegistration", self.xml("ram:ID", identifier, schemeID=scheme)
        )

    def address(self, address: Address | None) -> Node:
        """Return an address."""
        if address is None:
            return None
        xml = self.xml
        return xml(
            "ram:PostalTradeAddress",
            xml("ram:PostcodeCode", address.post_code),
            xml("ram:LineOne", address.street),
            xml("ram:LineTwo", address.extra),
            xml("ram:LineThree", address.third),
            xml("ram:CityName", address.city),
            xml("ram:CountryID", address.country),
            xml("ram:CountrySubDivisionName", address.region),
        )

    def indicator(self, *, is_charge: bool) -> Node:
        """Return whether it adds or takes off."""
        return self.xml(
            "ram:ChargeIndicator", self.xml("udt:Indicator", "true" if is_charge else "false")
        )

    def adjustment(self, adjustment: Adjustment, tax: Tax | None) -> Node:
        """Return an allowance or charge, with its tax unless the line has it."""
        xml = self.xml
        return xml(
            "ram:SpecifiedTradeAllowanceCharge",
            self.indicator(is_charge=adjustment.is_charge),
            xml("ram:CalculationPercent", plain(adjustment.percent)),
            self.money("ram:BasisAmount", adjustment.base_minor),
            self.money("ram:ActualAmount", adjustment.minor),
            xml("ram:ReasonCode", adjustment.reason_code),
            xml("ram:Reason", adjustment.reason),
            None if tax is None else self.category("ram:CategoryTradeTax", tax),
        )

    def category(self, name: str, tax: Tax) -> Node:
        """Return a tax category and rate."""
        return self.xml(
            name,
            self.xml("ram:TypeCode", VAT),
            self.xml("ram:CategoryCode", tax.category.value),
            self.xml("ram:RateApplicablePercent", plain(tax.rate_percent)),
        )

    def account(self, account: Account | None) -> Iterator[Node]:
        """Return the account to pay to, and its bank."""
        if account is None:
            return
        xml = self.xml
        is_iban = account.number[:_IBAN_COUNTRY_LENGTH].isalpha()
        yield xml(
            "ram:PayeePartyCreditorFinancialAccount",
            xml("ram:IBANID", account.number if is_iban else ""),
            xml("ram:AccountName", account.holder),
            xml("ram:ProprietaryID", "" if is_iban else account.number),
        )
        yield xml("ram:PayeeSpecifiedCreditorFinancialInstitution", xml("ram:BICID", account.bic))
