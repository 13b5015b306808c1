"""VIES, the VAT numbers of the European Union: `POST /check-vat-number`, free, without a key.

Documented at https://ec.europa.eu/taxation_customs/vies/#/technical-information. A member state
that does not answer makes the whole answer an error, which is no word about the number.
"""

from __future__ import annotations

from typing import Final

from creditdesk.assessment.evidence.connectors import transport
from creditdesk.assessment.evidence.connectors.transport import Answer, Question, SourceFault
from creditdesk.assessment.evidence.rules.readings import Facts
from creditdesk.customers import identifiers
from creditdesk.kernel.errors import Invalid, Place

MEMBERS: Final = frozenset(
    "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI".split()  # noqa: SIM905 - reads as the list it is
)
# What a member state writes where it does not tell.
_UNTOLD: Final = frozenset({"", "---"})


class Vies:
    """VIES, at an address."""

    source = "vies"
    identifier = "vat_number"
    cost_minor = 0

    def __init__(self, base: str) -> None:
        self._base = base

    def normal(self, identifier: str, country: str) -> str:
        """Return the number with its prefix, as it is asked for."""
        parts = identifiers.vat_parts(identifier, country)
        if parts is None or parts[0] not in MEMBERS:
            raise vat_number_invalid()
        return "".join(parts)

    def ask(self, identifier: str) -> Answer:
        """Return what VIES says of a VAT number."""
        body = {"countryCode": identifier[:2], "vatNumber": identifier[2:]}
        return transport.ask(Question(url=f"{self._base}/check-vat-number", body=body))

    def read(self, text: str) -> Facts:
        """Return what an answer says; SourceFault where a member state did not answer."""
        given = transport.as_object(text)
        valid = given.get("valid", given.get("isValid"))
        error = transport.text_of(given.get("userError"))
        if given.get("errorWrappers") or error not in ("", "VALID", "INVALID"):
            raise SourceFault("source_broken")
        if not isinstance(valid, bool):
            raise SourceFault("source_malformed")
        if not valid:
            return Facts(source=self.source, outcome="not_found")
        name = transport.text_of(given.get("name"))
        address = transport.text_of(given.get("address"))
        prefix = transport.text_of(given.get("countryCode"))
        return Facts(
            source=self.source,
            name="" if name in _UNTOLD else name,
            status="valid",
            is_active=True,
            country=identifiers.vat_country(prefix),
            address="" if address in _UNTOLD else address,
        )


def vat_number_invalid() -> Invalid:
    """Return the error of a VAT number that no member state could have given out."""
    return Invalid(
        "vat_number_invalid",
        "This is no VAT number of the European Union, or a digit is wrong",
        place=Place(field="identifier"),
        mend="Give it with its country, such as DE136695976",
    )
