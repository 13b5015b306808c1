"""A notice as a page, in the language of its reader."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.utils.translation import gettext

from creditdesk.assessment.notices.letters import Told
from creditdesk.invoices import rendering
from creditdesk.invoices.documents.values import Party
from creditdesk.invoices.paper import frame
from creditdesk.look import words

TEMPLATE: Final = "creditdesk.assessment.notices.notice"


def page(
    notice: Told, *, reference: str, seller: Party, buyer: Party, name: str, on: date
) -> bytes:
    """Return a notice as a PDF dated `on`; the same notice gives the same bytes."""
    around = frame.Frame(
        kind=notice.kind,
        number=reference,
        issued_on=on,
        seller=seller,
        buyer=buyer,
        references=[
            (gettext("Date"), words.day(on)),
            (gettext("Application"), reference),
        ],
    )
    data: dict[str, Any] = {
        **frame.data(around),
        "greeting": gettext("Dear %(name)s,") % {"name": name},
        "opening": notice.opening,
        "facts": [list(one) for one in notice.facts],
        "reasons": list(notice.reasons),
        "conditions": {
            "title": gettext("Before the account is opened:"), "rows": list(notice.conditions),
        },
        "closing": list(notice.closing),
        "regards": gettext("Kind regards"),
    }  # fmt: skip
    return rendering.typeset(TEMPLATE, frame.breakable(data), on)
