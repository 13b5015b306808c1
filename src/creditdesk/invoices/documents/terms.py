"""The payment terms (BT-20) as a text: for people, or in the form XRechnung prescribes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext

from creditdesk.invoices.documents.profiles import Profile
from creditdesk.invoices.documents.totals import share
from creditdesk.invoices.documents.values import Document, EarlyDiscount
from creditdesk.kernel.money import from_minor
from creditdesk.look import words

# Where machines read a discount in the terms as the German extension of the norm writes it.
READ_BY_MACHINES: Final = frozenset({"DE"})


def spoken(document: Document, profile: Profile, due_minor: int) -> str:
    """Return the terms, a line each; XRechnung wants a discount as #SKONTO#TAGE=…#PROZENT=…#."""
    lines = [document.terms_text.strip()]
    if profile is Profile.XRECHNUNG:
        lines += [_prescribed(each, document, due_minor) for each in document.early_discounts]
    else:
        lines += _discounts(document, due_minor)
    lines += _instalments(document)
    text = "\n".join(line for line in lines if line)
    # XRechnung's extension ends with a line break (BR-DE-18).
    ends_open = profile is Profile.XRECHNUNG and document.early_discounts
    return f"{text}\n" if ends_open else text


def written(document: Document, profile: Profile, due_minor: int) -> str:
    """Return the terms for a file: of a German seller a discount also as machines there read it."""
    text = spoken(document, profile, due_minor)
    is_read = document.seller.address.country in READ_BY_MACHINES
    if profile is not Profile.EN16931 or not is_read or not document.early_discounts:
        return text
    prescribed = [_prescribed(each, document, due_minor) for each in document.early_discounts]
    return "\n".join([*filter(None, [text]), *prescribed, ""])


def _prescribed(discount: EarlyDiscount, document: Document, due_minor: int) -> str:
    base = ""
    if discount.base_minor not in {None, due_minor}:
        base = f"BASISBETRAG={from_minor(discount.base_minor or 0, document.currency):.2f}#"
    return f"#SKONTO#TAGE={discount.days}#PROZENT={discount.percent:.2f}#{base}"


def less_minor(document: Document, discount: EarlyDiscount, due_minor: int) -> int:
    """Return what a discount for paying early comes to."""
    if discount.minor is not None:
        return discount.minor
    return share(due_minor, discount.percent, document.step_minor)


def _discounts(document: Document, due_minor: int) -> Iterator[str]:
    for each in document.early_discounts:
        yield gettext("%(percent)s %% discount (%(amount)s %(currency)s) if paid by %(day)s") % {
            "percent": f"{each.percent.normalize():f}".replace(".", words.point()),
            "amount": words.figure(less_minor(document, each, due_minor), document.currency),
            "currency": document.currency,
            "day": words.day(document.issued_on + timedelta(days=each.days)),
        }


def _instalments(document: Document) -> Iterator[str]:
    for n, part in enumerate(document.instalments, 1):
        yield gettext("Instalment %(number)s: %(amount)s %(currency)s by %(day)s") % {
            "number": n,
            "amount": words.figure(part.minor, document.currency),
            "currency": document.currency,
            "day": words.day(part.on),
        }
