"""What stands about other currencies beside a payment, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext

from creditdesk.cash import queries as cash
from creditdesk.cash.queries import ExchangedRow, PaymentPage, PaymentRow
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.look.tags.figures import money_text

RATE_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Foreign:
    """What the bank says was paid, notes by allocation, and whether other currencies are open."""

    bank: str
    notes: Mapping[int, str]
    is_open: bool


def foreign(request: DeskRequest, page: PaymentPage, items: Sequence[OpenItemRow]) -> Foreign:
    """Return what stands about other currencies beside a payment and its payer's open items."""
    payment = page.payment
    base = request.company.currency
    is_foreign = any({one.currency, payment.currency} != {base} for one in page.allocations)
    rows = cash.exchanged(request.company.id, base, payment_id=payment.id) if is_foreign else []
    return Foreign(
        bank_words(payment),
        {row.allocation_id: note for row in rows if (note := _note(row))},
        payment.customer_id is not None and any(one.currency != payment.currency for one in items),
    )


def _note(row: ExchangedRow) -> str:
    """Say what an allocation took of the payment, and what the house made of it."""
    words = []
    if row.payment_minor is not None:
        taken = money_text(row.payment_minor, row.payment_currency)
        words.append(gettext("by %(amount)s") % {"amount": taken})
    if row.realised_minor and row.base_currency:
        amount = money_text(abs(row.realised_minor), row.base_currency)
        said = (
            gettext("our exchange gain %(amount)s")
            if row.realised_minor > 0
            else gettext("our exchange loss %(amount)s")
        )
        words.append(said % {"amount": amount})
    return ", ".join(words)


def bank_words(payment: PaymentRow) -> str:
    """Say what the bank said of an exchange; "" where it said nothing."""
    said = []
    if payment.original_minor is not None:
        said.append(money_text(payment.original_minor, payment.original_currency))
    if payment.exchange_rate is not None:
        said.append(rate_text(payment.exchange_rate, payment.original_currency, payment.currency))
    return ", ".join(said)


def rate_text(rate: Decimal, source: str, target: str) -> str:
    """Return a rate as a sentence of figures, to six places."""
    shown = rate.quantize(RATE_PLACES) if rate >= RATE_PLACES else rate
    return f"1 {source} = {shown.normalize():f} {target}"
