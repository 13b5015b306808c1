"""The box that says how, to whom and with which reference to pay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from django.utils.translation import gettext

from creditdesk.invoices.documents import terms
from creditdesk.invoices.documents.checks import is_iban
from creditdesk.invoices.documents.totals import Totals
from creditdesk.invoices.documents.values import (
    CARDS,
    DEBITS,
    TRANSFERS,
    Document,
    Mandate,
    Means,
    PartDue,
    Payment,
)
from creditdesk.invoices.paper import girocode
from creditdesk.look import words

_GROUP: Final = 4
_SHOWN_DIGITS: Final = 4


def rows(document: Document, sums: Totals) -> dict[str, Any] | None:
    """Return title, labelled rows and the code to scan; nothing where nothing is to be paid."""
    payment = document.payment
    if payment is None or document.kind.lowers or sums.due_minor <= 0:
        return None
    parts = _parts(document, sums)
    first_minor = parts[0].minor
    code = girocode.square(document, first_minor)
    values = {
        "amount": words.figure(first_minor, document.currency),
        "currency": document.currency,
        "name": document.seller.name,
    }
    only = len(parts) == 1
    return {
        "title": _title(payment.means),
        "rows": [[name, value] for name, value in _told(document, sums, payment, parts) if value],
        "code": code,
        "alt": gettext("Code to scan with a banking app: %(amount)s %(currency)s to %(name)s")
        % values,
        "caption": gettext("Scan to pay") if only else gettext("Scan to pay the first"),
    }


def _parts(document: Document, sums: Totals) -> list[PartDue]:
    """Return what falls due when, the first first; one part where there are no instalments."""
    if document.instalments:
        return sorted(document.instalments, key=lambda part: part.on)
    return [PartDue(document.due_on or document.issued_on, sums.due_minor)]


def _title(means: Means) -> str:
    if means in TRANSFERS:
        return gettext("Please transfer")
    if means in DEBITS:
        return gettext("We collect by direct debit")
    if means in CARDS:
        return gettext("Paid by card")
    return {
        Means.CASH: gettext("Payment in cash"),
        Means.ONLINE: gettext("Payment online"),
    }.get(means, gettext("Settled between our accounts"))


def _told(
    document: Document, sums: Totals, payment: Payment, parts: list[PartDue]
) -> Iterator[tuple[str, str]]:
    currency = document.currency
    for part in parts if len(parts) > 1 else ():
        yield words.day(part.on), f"{words.figure(part.minor, currency)} {currency}"
    if len(parts) == 1:
        yield gettext("Amount"), f"{words.figure(parts[0].minor, currency)} {currency}"
        if document.due_on and payment.means not in CARDS:
            yield gettext("Due date"), words.day(document.due_on)
    yield from _early(document, sums)
    holder = (document.payee or document.seller).name
    for account in payment.accounts:
        yield gettext("Account holder"), account.holder or holder
        is_known = is_iban(account.number)
        label = "IBAN" if is_known else gettext("Account")
        yield label, spaced(account.number) if is_known else account.number
        yield "BIC", account.bic
    if payment.mandate is not None:
        yield from _mandate(payment.mandate)
    if payment.card is not None:
        yield gettext("Card"), f"•••• {payment.card.last_digits[-_SHOWN_DIGITS:]}"
    yield gettext("Payment reference"), payment.reference or document.number
    yield gettext("Remark"), payment.text


def _early(document: Document, sums: Totals) -> Iterator[tuple[str, str]]:
    """Return what is enough where it is paid early, so that nobody need work it out."""
    for each in document.early_discounts:
        less_minor = terms.less_minor(document, each, sums.due_minor)
        values = {
            "amount": words.figure(sums.due_minor - less_minor, document.currency),
            "currency": document.currency,
            "percent": f"{each.percent.normalize():f}".replace(".", words.point()),
            "less": words.figure(less_minor, document.currency),
        }
        day = words.day(document.issued_on + timedelta(days=each.days))
        yield (
            gettext("Paid by %(day)s") % {"day": day},
            gettext("%(amount)s %(currency)s, less %(percent)s %% discount (%(less)s)") % values,
        )


def _mandate(mandate: Mandate) -> Iterator[tuple[str, str]]:
    yield gettext("Mandate"), mandate.reference
    yield gettext("Creditor ID"), mandate.creditor
    account = mandate.debited_account.replace(" ", "")
    yield gettext("From account"), f"…{account[-_SHOWN_DIGITS:]}" if account else ""


def spaced(iban: str) -> str:
    """Return an IBAN in groups of four, as it is read aloud."""
    compact = iban.replace(" ", "")
    return " ".join(compact[n : n + _GROUP] for n in range(0, len(compact), _GROUP))
