"""Payments that may settle items in another currency: how the bank exchanged, what it realised."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditdesk.cash.queries.payments import PaymentRow
from creditdesk.cash.rules.exchange import Paid, Quote, Share, Wanted, planned, quotes
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies

_PAID = """
    SELECT p.currency, p.total_minor, l.minor, l.original_currency, l.original_minor,
           l.exchange_rate
      FROM cash_payment p JOIN cash_bankline l ON l.id = p.bank_line_id
     WHERE p.company_id = %s AND p.id = %s
"""
_EXCHANGED = """
    SELECT a.id, a.item_id, p.currency, a.payment_minor, i.currency, a.minor, r.base_currency,
           r.received_minor - r.issued_minor, a.undone_on
      FROM cash_allocation a
      JOIN cash_payment p ON p.id = a.payment_id
      JOIN invoices_item i ON i.id = a.item_id
      LEFT JOIN cash_realised r ON r.allocation_id = a.id
     WHERE a.company_id = %(company_id)s
       AND (i.currency <> %(base)s OR p.currency <> %(base)s)
       AND (a.payment_id = %(payment_id)s OR a.id = ANY(%(ids)s::bigint[]))
     ORDER BY a.id
"""


@dataclass(frozen=True, slots=True)
class _Line:
    currency: str
    total_minor: int
    line_minor: int
    original_currency: str
    original_minor: int | None
    exchange_rate: Decimal | None


@dataclass(frozen=True, slots=True)
class ExchangedRow:
    """A part of a payment where an exchange was at work: both amounts, and what it realised.

    `payment_minor` is None where payment and item are in one currency. `realised_minor` is the
    house's own, in `base_currency`, a gain above zero; None while a rate is missing.
    """

    allocation_id: int
    item_id: int
    payment_currency: str
    payment_minor: int | None
    item_currency: str
    item_minor: int
    base_currency: str | None
    realised_minor: int | None
    undone_on: date | None


def paid(company_id: int, payment_id: int) -> Paid | None:
    """Return a payment as the bank told of it; a part of a line has the rate of it alone."""
    line = sql.fetch_one(_Line, _PAID, [company_id, payment_id])
    if line is None:
        return None
    is_whole = line.total_minor == line.line_minor
    return Paid(
        currency=line.currency,
        total_minor=line.total_minor,
        original_currency=line.original_currency,
        original_minor=line.original_minor if is_whole else None,
        bank_rate=line.exchange_rate,
    )


def best_rates(payment: PaymentRow, currencies: Collection[str]) -> dict[str, Quote]:
    """Return by which rate a payment settles items of other currencies, where one is known.

    The bank's comes first: by its amounts, then as it quotes it; else that of the value date.
    """
    told = Paid(
        currency=payment.currency, total_minor=payment.total_minor,
        original_currency=payment.original_currency, original_minor=payment.original_minor,
        bank_rate=payment.exchange_rate,
    )  # fmt: skip
    found = {}
    for currency in sorted(set(currencies) - {payment.currency}):
        day_rate = policies.rates_into(currency, payment.paid_on).get(payment.currency)
        known = quotes(told, currency, day_rate)
        if known:
            found[currency] = known[0]
    return found


def planned_shares(payment: PaymentRow, wanted: Sequence[Wanted]) -> dict[int, Share]:
    """Return the shares of a payment for items in other currencies, at the rates of `best_rates`.

    Refused where items are in the payment's own currency, or no rate is known.
    """
    rates = best_rates(payment, {one.currency for one in wanted})
    for one in wanted:
        if one.currency == payment.currency:
            raise Refused("same_currency", "Both are in one currency; apply it as it is")
        if one.currency not in rates:
            raise no_rate(payment.currency, one.currency)
    return planned(
        payment.unapplied_minor, payment.currency, wanted,
        {currency: quote.rate for currency, quote in rates.items()},
    )  # fmt: skip


def no_rate(source: str, target: str) -> Refused:
    """Return the refusal of an exchange between currencies without a rate, to be raised."""
    return Refused("rate_missing", f"No rate of {source} into {target} is known")


def exchanged(
    company_id: int, base: str, *, payment_id: int = 0, allocation_ids: Collection[int] = ()
) -> list[ExchangedRow]:
    """Return what foreign parts a payment, or the named allocations, settled and realised.

    `base` is the company's currency: what is in it on both sides exchanges nothing.
    """
    return sql.fetch(
        ExchangedRow,
        _EXCHANGED,
        {
            "company_id": company_id,
            "base": base,
            "payment_id": payment_id,
            "ids": sql.array(sorted(allocation_ids)),
        },
    )
