"""The square a banking app reads a SEPA transfer from (EPC069-12, in Germany GiroCode)."""

from __future__ import annotations

import io
from typing import Final

from segno import helpers

from creditdesk.invoices.documents.checks import is_iban
from creditdesk.invoices.documents.values import TRANSFERS, Document
from creditdesk.kernel.money import from_minor

_NAME_MAX: Final = 70
_TEXT_MAX: Final = 140
_LARGEST_MINOR: Final = 99_999_999_999
_CREDITOR_REFERENCE: Final = "RF"


def square(document: Document, due_minor: int) -> str | None:
    """Return the code as SVG, or nothing where no SEPA transfer in euro is asked for."""
    payment = document.payment
    if payment is None or payment.means not in TRANSFERS or document.currency != "EUR":
        return None
    account = next((each for each in payment.accounts if is_iban(each.number)), None)
    if account is None or document.kind.lowers or not 0 < due_minor <= _LARGEST_MINOR:
        return None
    holder = account.holder or (document.payee or document.seller).name
    reference = (payment.reference or document.number).replace(" ", "")
    structured = reference.startswith(_CREDITOR_REFERENCE) and bool(payment.reference)
    try:
        code = helpers.make_epc_qr(
            name=holder[:_NAME_MAX],
            iban=account.number.replace(" ", ""),
            amount=from_minor(due_minor, "EUR"),
            reference=reference if structured else None,
            text=None if structured else (payment.reference or document.number)[:_TEXT_MAX],
            bic=account.bic or None,
            encoding="utf-8",
        )
    except ValueError:  # more than the code may hold: the page goes without
        return None
    drawn = io.BytesIO()
    code.save(drawn, kind="svg", border=0, xmldecl=False, svgns=True, nl=False)
    return drawn.getvalue().decode()
