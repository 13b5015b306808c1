"""What insurers and guarantors would pay of what a customer owes, before and with an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.credit import queries as credit
from creditdesk.credit.rules import Cover, Item, RatesInto, covered, total_in
from creditdesk.orders.queries import OrderRow
from creditdesk.orders.rules import Facts
from creditdesk.plumbing import sql

# Behind every item there is, so that what was issued the same day takes the cover first.
ORDER_ITEM_ID: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverSeen:
    """What others answer for, in minor units of the facts' currency, rounded down.

    `insured_minor` and `guaranteed_minor` are with the order, `order_minor` is what of both is for
    the order. `because` is the code of why an insurer does not answer for all of the order.
    """

    insured_minor: int
    guaranteed_minor: int
    order_minor: int
    because: str

    @property
    def covered_minor(self) -> int:
        """What would be paid of all the customer then owes."""
        return self.insured_minor + self.guaranteed_minor


@dataclass(frozen=True, slots=True)
class _OpenItem:
    id: int
    number: str
    instalment: int
    issued_on: date
    due_on: date
    currency: str
    open_minor: int
    reported_on: date | None


_ITEMS = """
    SELECT i.id, d.number, i.instalment, d.issued_on, i.due_on, i.currency, i.open_minor,
           (SELECT min(r.reported_on) FROM credit_overduereport r
             WHERE r.company_id = i.company_id AND r.item_id = i.id)
      FROM invoices_item i JOIN invoices_invoice d ON d.id = i.invoice_id
     WHERE i.company_id = %s AND i.customer_id = %s AND i.open_minor > 0 ORDER BY i.id
"""


def cover_of(company_id: int, order: OrderRow, facts: Facts, on: date) -> CoverSeen | None:
    """Return what others answer for, as if the order were invoiced today; None where nobody does.

    What is left of the exposure after the insurers is for the guarantors.
    """
    decided = credit.covers(company_id, [order.customer_id]).get(order.customer_id, [])
    answering = [
        (one.currency, one.minor)
        for one in credit.guarantees(company_id, [order.customer_id])
        if one.counts_on(on)
    ]
    if not decided and not answering:
        return None
    rates = credit.rates_on(on)
    items = _items(company_id, order.customer_id) if decided else []
    asked = Item(
        id=ORDER_ITEM_ID, number=order.reference, instalment=1, issued_on=on, due_on=on,
        currency=order.currency, open_minor=order.total_minor,
    )  # fmt: skip
    before, _ = _insured(company_id, items, decided, facts.currency, on, rates)
    whole, because = _insured(company_id, [*items, asked], decided, facts.currency, on, rates)
    promised = _down(facts.currency, answering, rates)
    rest_before = min(promised, max(facts.exposure_minor - before, 0))
    rest = min(promised, max(facts.with_order_minor - whole, 0))
    return CoverSeen(
        insured_minor=whole,
        guaranteed_minor=rest,
        order_minor=max(whole + rest - before - rest_before, 0),
        because=because,
    )


def _items(company_id: int, customer_id: int) -> list[Item]:
    return [
        Item(
            id=row.id, number=row.number, instalment=row.instalment, issued_on=row.issued_on,
            due_on=row.due_on, currency=row.currency, open_minor=row.open_minor,
            reported_on=row.reported_on,
        )
        for row in sql.fetch(_OpenItem, _ITEMS, [company_id, customer_id])
    ]  # fmt: skip


def _insured(
    company_id: int,
    items: Sequence[Item],
    decided: Sequence[Cover],
    currency: str,
    on: date,
    rates: RatesInto,
) -> tuple[int, str]:
    """Return what insurers would pay of items, and why not all of the order among them."""
    if not decided:
        return 0, "no_cover"
    told, answered = covered(items, decided, credit.policies(company_id), on=on, rates_into=rates)
    because = next((one.because for one in told if one.item.id == ORDER_ITEM_ID), "")
    return _down(currency, [(one.currency, one.insured_minor) for one in answered], rates), because


def _down(currency: str, amounts: Sequence[tuple[str, int]], rates: RatesInto) -> int:
    """Return a total in a currency, rounded down; what has no rate does not count."""
    into = rates(currency) if any(of != currency for of, _ in amounts) else {}
    return int(total_in(currency, amounts, into).exact)
