"""What stands on the list in front of a batch for the post."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext, ngettext

from creditdesk.controls.queries import CompanyRow
from creditdesk.invoices.delivery_queries import ToPrint
from creditdesk.invoices.paper import frame
from creditdesk.look import tokens, words


def data(
    company: CompanyRow, reference: str, on: date, listed: Sequence[tuple[ToPrint, int]]
) -> dict[str, Any]:
    """Return everything the template sets, in the language in force, as lists and texts."""
    pages = sum(count for _, count in listed)
    colours = tokens.light_colours()
    return {
        "language": frame.language(),
        "fonts": list(frame.FONTS),
        "colours": {name: list(colours[name]) for name in frame.COLOURS},
        "paper": frame.paper_of(company.country),
        "title": f"{gettext('Batch for the post')} {reference}",
        "author": company.name,
        "day": [on.year, on.month, on.day],
        "brand": company.name,
        "heading": gettext("Batch for the post"),
        "reference": reference,
        "printed": words.day(on),
        "counts": [
            ngettext("%(count)d document", "%(count)d documents", len(listed))
            % {"count": len(listed)},
            ngettext("%(count)d page", "%(count)d pages", pages) % {"count": pages},
        ],
        "columns": [
            "",
            gettext("Document"),
            gettext("Customer"),
            gettext("Address"),
            gettext("Pages"),
        ],
        "rows": [
            [str(n), one.document, one.customer_name, one.street, str(count)]
            for n, (one, count) in enumerate(listed, 1)
        ],
        "posted": gettext("Handed to the post on"),
        "by": gettext("by"),
        "page": frame.page_of_pages(),
    }
