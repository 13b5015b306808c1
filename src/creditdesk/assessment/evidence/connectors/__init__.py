"""Whoever can be asked for a report, behind one interface.

A connector says what it needs to know, what a report costs, and asks; reading what came is a pure
function, so that a kept answer can be read again. Which of them may be asked is a setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings

from creditdesk.assessment.evidence.connectors.companies_house import CompaniesHouse
from creditdesk.assessment.evidence.connectors.gleif import Gleif
from creditdesk.assessment.evidence.connectors.transport import Answer
from creditdesk.assessment.evidence.connectors.vies import Vies
from creditdesk.assessment.evidence.rules.readings import Facts
from creditdesk.config.online import of_company
from creditdesk.kernel.errors import Refused

__all__ = ["Answer", "Connector", "Offer", "connector", "offers"]


class Connector(Protocol):
    """Somebody who answers questions about a business.

    `source` names it, `identifier` the kind of number it wants, `cost_minor` what a report costs in
    the company's currency.
    """

    source: str
    identifier: str
    cost_minor: int

    def normal(self, identifier: str, country: str) -> str:
        """Return the number as it is asked for; Invalid where it cannot be one."""

    def ask(self, identifier: str) -> Answer:
        """Return what was answered; SourceFault where nothing was, or nothing sound."""

    def read(self, text: str) -> Facts:
        """Return what an answer says; SourceFault where it is none."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A source that may be asked: the number it wants, and what a report costs."""

    source: str
    identifier: str
    cost_minor: int


def offers(company_code: str) -> list[Offer]:
    """Return the sources that may be asked for this company, in the order of the setting."""
    found = []
    for source in settings.REPORT_SOURCES:
        one = _made(source, company_code)
        if one is not None:
            found.append(Offer(one.source, one.identifier, one.cost_minor))
    return found


def connector(source: str, company_code: str) -> Connector:
    """Return the connector of a source; Refused where the settings do not let it be asked."""
    found = _made(source, company_code) if source in settings.REPORT_SOURCES else None
    if found is None:
        raise source_switched_off(source)
    return found


def _made(source: str, company_code: str) -> Connector | None:
    if source == "gleif":
        return Gleif(settings.GLEIF_API)
    if source == "vies":
        return Vies(settings.VIES_API)
    keys = of_company(settings.COMPANIES_HOUSE_KEYS, company_code)
    if source == "companies_house" and keys:
        return CompaniesHouse(settings.COMPANIES_HOUSE_API, keys[0])
    return None


def source_switched_off(source: str) -> Refused:
    """Return the refusal of a source that the settings do not let be asked."""
    return Refused(
        "source_switched_off",
        "This source may not be asked",
        source=source,
        mend="Name it in CREDITDESK_REPORT_SOURCES, and give its key where it wants one",
    )
