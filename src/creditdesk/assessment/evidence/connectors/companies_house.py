"""Companies House, the register of the United Kingdom: profile and insolvency, with a key.

`GET /company/{number}` and, where the profile speaks of one, `GET /company/{number}/insolvency`;
documented at https://developer-specs.company-information.service.gov.uk. It answers six hundred
questions in five minutes. The key is the user of basic authentication, without a password.
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any, Final

from creditdesk.assessment.evidence.connectors import transport
from creditdesk.assessment.evidence.connectors.transport import (
    NOT_FOUND,
    Answer,
    Question,
    SourceFault,
)
from creditdesk.assessment.evidence.rules.readings import Facts
from creditdesk.customers import identifiers
from creditdesk.kernel.errors import Invalid, Place

_NUMBER: Final = re.compile(r"[0-9]{8}|[A-Z]{2}[0-9]{6}|R[0-9]{7}|[A-Z]{2}[0-9]{5}[A-Z]")
_SHORT: Final = re.compile(r"[0-9]{1,7}")
_INSOLVENT: Final = frozenset(
    {
        "liquidation",
        "receivership",
        "administration",
        "voluntary-arrangement",
        "insolvency-proceedings",
    }
)
_ENDS: Final = frozenset(
    {"concluded-winding-up-on", "dissolved-on", "case-end-on", "administration-discharged-on"}
)
_ALIVE: Final = frozenset({"active", "open", "registered"})


class CompaniesHouse:
    """Companies House, at an address, as somebody with a key."""

    source = "companies_house"
    identifier = "company_number"
    cost_minor = 0

    def __init__(self, base: str, key: str) -> None:
        self._base = base
        self._key = key

    def normal(self, identifier: str, _country: str) -> str:
        """Return the number with its leading zeros, as it is asked for."""
        key = identifiers.compact(identifier)
        if _SHORT.fullmatch(key):
            key = key.zfill(8)
        if not _NUMBER.fullmatch(key):
            raise company_number_invalid()
        return key

    def ask(self, identifier: str) -> Answer:
        """Return what the register says of a company, its insolvency along with its profile."""
        found = self._ask(f"/company/{identifier}")
        if found.status == NOT_FOUND:
            return Answer(found.request, found.status, json.dumps({"not_found": identifier}))
        given: dict[str, Any] = {"profile": transport.as_object(found.text)}
        if given["profile"].get("has_insolvency_history") is True:
            more = self._ask(f"/company/{identifier}/insolvency")
            if more.status != NOT_FOUND:
                given["insolvency"] = transport.as_object(more.text)
        return Answer(found.request, found.status, json.dumps(given, ensure_ascii=False))

    def _ask(self, path: str) -> Answer:
        return transport.ask(Question(url=f"{self._base}{path}", user=self._key))

    def read(self, text: str) -> Facts:
        """Return what profile and insolvency say."""
        given = transport.as_object(text)
        if "not_found" in given:
            return Facts(source=self.source, outcome="not_found")
        profile = transport.within(given, "profile")
        name = transport.text_of(transport.within(profile, "company_name"))
        status = transport.text_of(transport.within(profile, "company_status"))
        if not name or not status:
            raise SourceFault("source_malformed")
        overdue = transport.within(profile, "accounts", "overdue")
        return Facts(
            source=self.source,
            name=name,
            status=status,
            is_active=status in _ALIVE,
            is_insolvent=status in _INSOLVENT or _is_under_way(given.get("insolvency")),
            accounts_overdue=overdue if isinstance(overdue, bool) else None,
            country="GB",
            address=_address(transport.within(profile, "registered_office_address")),
            founded_on=_day(transport.within(profile, "date_of_creation")),
        )


def _is_under_way(insolvency: object) -> bool:
    """Whether a case of insolvency has no date that ends it."""
    cases = transport.within(insolvency, "cases")
    return any(not _has_ended(one) for one in cases) if isinstance(cases, list) else False


def _has_ended(case: object) -> bool:
    dates = transport.within(case, "dates")
    kinds = [transport.text_of(transport.within(one, "type")) for one in dates or []]
    return any("ended" in kind or kind in _ENDS for kind in kinds)


def _address(given: object) -> str:
    parts = ("address_line_1", "address_line_2", "locality", "postal_code")
    return ", ".join(filter(None, (transport.text_of(transport.within(given, p)) for p in parts)))


def _day(given: object) -> date | None:
    try:
        return date.fromisoformat(transport.text_of(given))
    except ValueError:
        return None


def company_number_invalid() -> Invalid:
    """Return the error of what is no number of Companies House."""
    return Invalid(
        "company_number_invalid",
        "This is no number of Companies House",
        place=Place(field="identifier"),
        mend="Give eight digits, or two letters and six digits",
    )
