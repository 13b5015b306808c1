"""The settings of reports from registers, as the reference tells them."""

from __future__ import annotations

# Name, what counts without it, what it is for.
SETTINGS: tuple[tuple[str, str, str], ...] = (
    (
        "CREDITDESK_REPORT_SOURCES",
        "none",
        (
            "Registers that may be asked: `gleif`, `vies`, `companies_house`, separated by commas."
            " Without it nothing is asked, and nothing leaves the house."
        ),
    ),
    ("CREDITDESK_GLEIF_API", "`https://api.gleif.org/api/v1`", "Where GLEIF is asked."),
    (
        "CREDITDESK_VIES_API",
        "`https://ec.europa.eu/taxation_customs/vies/rest-api`",
        "Where VIES is asked.",
    ),
    (
        "CREDITDESK_COMPANIES_HOUSE_API",
        "`https://api.company-information.service.gov.uk`",
        "Where Companies House is asked.",
    ),
    (
        "CREDITDESK_COMPANIES_HOUSE_KEY",
        "none",
        (
            "API key of Companies House; with several companies `code=key`, separated by commas."
            " Without it Companies House is not asked."
        ),
    ),
    (
        "CREDITDESK_COMPANIES_HOUSE_KEY_FILE",
        "none",
        "A file that holds what `CREDITDESK_COMPANIES_HOUSE_KEY` would.",
    ),
)
