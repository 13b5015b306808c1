"""Settings of reports: which registers may be asked, where they stand, and our keys there.

Without `CREDITDESK_REPORT_SOURCES` nothing is ever asked and nothing leaves the house.
"""

from __future__ import annotations

import os
from typing import Final

from django.core.exceptions import ImproperlyConfigured

from creditdesk.config.online import address, by_company, kept

KNOWN: Final = ("gleif", "vies", "companies_house")


def sources(given: str) -> tuple[str, ...]:
    """Return the registers that may be asked, as named; a name that is none ends the start."""
    named = tuple(part.strip() for part in given.split(",") if part.strip())
    for one in named:
        if one not in KNOWN:
            raise ImproperlyConfigured(
                f"CREDITDESK_REPORT_SOURCES must hold {', '.join(KNOWN)}, not {one!r}"
            )
    return named


REPORT_SOURCES = sources(os.environ.get("CREDITDESK_REPORT_SOURCES", ""))
GLEIF_API = address(
    "CREDITDESK_GLEIF_API", os.environ.get("CREDITDESK_GLEIF_API", "https://api.gleif.org/api/v1")
)
VIES_API = address(
    "CREDITDESK_VIES_API",
    os.environ.get("CREDITDESK_VIES_API", "https://ec.europa.eu/taxation_customs/vies/rest-api"),
)
COMPANIES_HOUSE_API = address(
    "CREDITDESK_COMPANIES_HOUSE_API",
    os.environ.get(
        "CREDITDESK_COMPANIES_HOUSE_API", "https://api.company-information.service.gov.uk"
    ),
)
COMPANIES_HOUSE_KEYS = by_company(
    "CREDITDESK_COMPANIES_HOUSE_KEY",
    "",
    kept(
        os.environ.get("CREDITDESK_COMPANIES_HOUSE_KEY", ""),
        os.environ.get("CREDITDESK_COMPANIES_HOUSE_KEY_FILE", ""),
    ),
)
