"""GLEIF, the register of legal entity identifiers: `GET /lei-records/{lei}`, free, without a key.

Documented at https://api.gleif.org/docs; it answers sixty questions a minute.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from creditdesk.assessment.evidence.connectors import transport
from creditdesk.assessment.evidence.connectors.transport import Answer, Question, SourceFault
from creditdesk.assessment.evidence.rules.readings import Facts
from creditdesk.customers import identifiers
from creditdesk.kernel.errors import Invalid, Place

_COUNTRY_LETTERS: Final = 2
# Why an entity expired, where that is the end of one that could not pay.
_INSOLVENT: Final = frozenset({"BANKRUPTCY", "INSOLVENCY", "LIQUIDATION"})


class Gleif:
    """GLEIF, at an address."""

    source = "gleif"
    identifier = "lei"
    cost_minor = 0

    def __init__(self, base: str) -> None:
        self._base = base

    def normal(self, identifier: str, _country: str) -> str:
        """Return the LEI as it is asked for."""
        key = identifiers.compact(identifier)
        if not key or identifiers.lei_fault(key):
            raise lei_invalid()
        return key

    def ask(self, identifier: str) -> Answer:
        """Return what GLEIF says of an LEI."""
        question = Question(
            url=f"{self._base}/lei-records/{identifier}",
            headers={"Accept": "application/vnd.api+json"},
        )
        return transport.ask(question)

    def read(self, text: str) -> Facts:
        """Return what a record says."""
        given = transport.as_object(text)
        if "errors" in given:
            return Facts(source=self.source, outcome="not_found")
        entity = transport.within(given, "data", "attributes", "entity")
        name = transport.text_of(transport.within(entity, "legalName", "name"))
        if not name:
            raise SourceFault("source_malformed")
        status = transport.text_of(transport.within(entity, "status"))
        reason = transport.text_of(transport.within(entity, "expiration", "reason"))
        country = transport.text_of(transport.within(entity, "legalAddress", "country"))
        return Facts(
            source=self.source,
            name=name,
            status=status,
            is_active={"ACTIVE": True, "INACTIVE": False}.get(status),
            is_insolvent=True if reason.upper() in _INSOLVENT else None,
            country=country if len(country) == _COUNTRY_LETTERS else "",
            address=_address(transport.within(entity, "legalAddress")),
            founded_on=_day(transport.within(entity, "creationDate")),
        )


def _address(given: object) -> str:
    lines = transport.within(given, "addressLines")
    parts = [*(lines if isinstance(lines, list) else []),
             transport.within(given, "postalCode"), transport.within(given, "city")]  # fmt: skip
    return ", ".join(filter(None, map(transport.text_of, parts)))


def _day(given: object) -> date | None:
    try:
        return date.fromisoformat(transport.text_of(given)[:10])
    except ValueError:
        return None


def lei_invalid() -> Invalid:
    """Return the error of an LEI whose form or check digits are wrong."""
    return Invalid(
        "lei_invalid",
        "This is no LEI, or a digit is wrong",
        place=Place(field="identifier"),
        mend="Give its twenty letters and digits",
    )
