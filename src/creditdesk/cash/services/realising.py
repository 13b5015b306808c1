"""Exchange differences realised when foreign items are paid, posted in the company's currency.

They stand on accounts of their own, with no customer: a customer's statement never shows them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditdesk.cash.models import Realised
from creditdesk.cash.rules.exchange import Whole
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import FX_GAIN, FX_LOSS, FX_POSITION, Posting
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies

SOURCE = "exchange"

# Parts of foreign items, settled by money or given, for which nothing was realised yet.
_PARTS = """
    SELECT a.id, NULL::bigint, a.item_id, a.payment_id, i.currency, p.currency, a.minor,
           coalesce(a.payment_minor, a.minor), a.applied_on
      FROM cash_allocation a
      JOIN cash_payment p ON p.id = a.payment_id
      JOIN invoices_item i ON i.id = a.item_id
     WHERE a.company_id = %(company_id)s AND a.undone_at IS NULL
       AND (i.currency <> %(base)s OR p.currency <> %(base)s)
       AND (%(ids)s::bigint[] IS NULL OR a.id = ANY(%(ids)s))
       AND NOT EXISTS (SELECT FROM cash_realised r WHERE r.allocation_id = a.id)
    UNION ALL
    SELECT NULL, a.id, a.item_id, a.payment_id, i.currency, i.currency, a.minor, 0, a.adjusted_on
      FROM cash_adjustment a JOIN invoices_item i ON i.id = a.item_id
     WHERE a.company_id = %(company_id)s AND a.undone_at IS NULL AND i.currency <> %(base)s
       AND (%(given)s::bigint[] IS NULL OR a.id = ANY(%(given)s))
       AND NOT EXISTS (SELECT FROM cash_realised r WHERE r.adjustment_id = a.id)
     ORDER BY 9, 1 NULLS LAST, 2
"""
_ITEMS = """
    SELECT i.id, i.currency, i.issued_on, i.total_minor, coalesce(sum(d.minor), 0)::bigint,
           coalesce(sum(d.base), 0)::bigint
      FROM invoices_item i
      LEFT JOIN LATERAL (
           SELECT a.minor, r.issued_minor AS base FROM cash_allocation a
             JOIN cash_realised r ON r.allocation_id = a.id
            WHERE a.item_id = i.id AND a.undone_at IS NULL
           UNION ALL
           SELECT a.minor, r.issued_minor FROM cash_adjustment a
             JOIN cash_realised r ON r.adjustment_id = a.id
            WHERE a.item_id = i.id AND a.undone_at IS NULL) d ON TRUE
     WHERE i.company_id = %(company_id)s AND i.id = ANY(%(ids)s::bigint[])
     GROUP BY i.id
"""
_PAYMENTS = """
    SELECT p.id, p.currency, coalesce(l.value_on, p.received_on), p.total_minor,
           coalesce(sum(d.minor), 0)::bigint, coalesce(sum(d.base), 0)::bigint
      FROM cash_payment p
      JOIN cash_bankline l ON l.id = p.bank_line_id
      LEFT JOIN LATERAL (
           SELECT coalesce(a.payment_minor, a.minor) AS minor, r.received_minor AS base
             FROM cash_allocation a JOIN cash_realised r ON r.allocation_id = a.id
            WHERE a.payment_id = p.id AND a.undone_at IS NULL) d ON TRUE
     WHERE p.company_id = %(company_id)s AND p.id = ANY(%(ids)s::bigint[])
     GROUP BY p.id, l.value_on
"""
_REALISED = """
    SELECT r.allocation_id, r.base_currency, r.received_minor - r.issued_minor, a.applied_on
      FROM cash_realised r JOIN cash_allocation a ON a.id = r.allocation_id
     WHERE r.company_id = %(company_id)s AND r.allocation_id = ANY(%(ids)s::bigint[])
"""


@dataclass(frozen=True, slots=True)
class _Part:
    allocation_id: int | None
    adjustment_id: int | None
    item_id: int
    payment_id: int
    item_currency: str
    payment_currency: str
    minor: int
    payment_minor: int
    on: date


@dataclass(frozen=True, slots=True)
class _Whole:
    id: int
    currency: str
    on: date
    total_minor: int
    done_minor: int
    done_base_minor: int


@dataclass(frozen=True, slots=True)
class _Difference:
    """What an allocation realised: positive a gain."""

    allocation_id: int
    base_currency: str
    minor: int
    on: date

    def postings(self) -> list[Posting]:
        if not self.minor:
            return []
        debit, credit = (FX_POSITION, FX_GAIN) if self.minor > 0 else (FX_LOSS, FX_POSITION)
        return [
            Posting(
                debit=debit,
                credit=credit,
                currency=self.base_currency,
                minor=abs(self.minor),
                effective_on=self.on,
                source_kind=SOURCE,
                source_id=self.allocation_id,
            )
        ]


@command("cash.match")
def realise_missing(actor: Actor) -> int:
    """Realise what could not be when it was paid, for want of a rate; return how many parts."""
    return realise(actor, None, None)


def realise(
    actor: Actor,
    allocation_ids: Collection[int] | None,
    adjustment_ids: Collection[int] | None,
    *,
    currencies: Collection[str] = (),
) -> int:
    """Write and post what parts of foreign items realised, all or the named; return how many.

    Parts without a rate of their days wait for one; a day closed meanwhile gives way to the first
    open one. `currencies` are those of the parts, if known.
    """
    base = controls.company(actor.company_id).currency
    if set(currencies) == {base} or (allocation_ids is None and not _wanted(actor)):
        return 0
    parts = sql.fetch(
        _Part,
        _PARTS,
        {
            "company_id": actor.company_id,
            "base": base,
            "ids": None if allocation_ids is None else sorted(allocation_ids),
            "given": None if adjustment_ids is None else sorted(adjustment_ids),
        },
    )
    if not parts or not _wanted(actor):
        return 0
    rows = _worked_out(actor, parts, base)
    if not rows:
        return 0
    Realised.objects.bulk_create(rows)
    on = {part.allocation_id: part.on for part in parts}
    dates = ledger.hold_open(actor)
    differences = [
        _Difference(
            row.allocation_id, base, row.received_minor - row.issued_minor,
            dates.earliest(on[row.allocation_id]),
        )
        for row in rows
        if row.allocation_id is not None
    ]  # fmt: skip
    ledger.post(actor, [posting for one in differences for posting in one.postings()])
    return len(rows)


def _wanted(actor: Actor) -> bool:
    return policies.in_force(actor.company_id, actor.today).foreign_currency.realise


def _worked_out(actor: Actor, parts: Sequence[_Part], base: str) -> list[Realised]:
    """Return what each part was worth when issued, and what came in for it."""
    items = _wholes(actor, _ITEMS, {part.item_id for part in parts})
    payments = _wholes(actor, _PAYMENTS, {part.payment_id for part in parts})
    rates = _Rates(base)
    issued = rates.wholes(items.values())
    received = rates.wholes(payments.values())
    rows = []
    for part in parts:
        item, payment = issued.get(part.item_id), received.get(part.payment_id)
        if item is None or payment is None:
            continue
        issued[part.item_id] = item.after(part.minor, base)
        issued_minor = item.worth(part.minor, base)
        received_minor = issued_minor
        if part.allocation_id is not None:
            received_minor = payment.worth(part.payment_minor, base)
            received[part.payment_id] = payment.after(part.payment_minor, base)
        rows.append(
            Realised(
                company_id=actor.company_id,
                allocation_id=part.allocation_id,
                adjustment_id=part.adjustment_id,
                base_currency=base,
                issued_on=items[part.item_id].on,
                issued_rate=item.rate,
                received_on=payments[part.payment_id].on,
                received_rate=payment.rate,
                issued_minor=issued_minor,
                received_minor=received_minor,
                recorded_at=actor.at,
            )
        )
    return rows


def _wholes(actor: Actor, statement: str, ids: Collection[int]) -> dict[int, _Whole]:
    params = {"company_id": actor.company_id, "ids": sql.array(sorted(ids))}
    return {row.id: row for row in sql.fetch(_Whole, statement, params)}


class _Rates:
    """The rates into the company's currency, asked once per day."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._of_day: dict[date, Mapping[str, Decimal]] = {}

    def wholes(self, given: Iterable[_Whole]) -> dict[int, Whole]:
        """Return items or payments with the rate of their day; those without one are left out."""
        found = {}
        for one in given:
            rate = self._rate(one.currency, one.on)
            if rate is not None:
                found[one.id] = Whole(
                    one.currency, one.total_minor, rate, one.done_minor, one.done_base_minor
                )
        return found

    def _rate(self, currency: str, on: date) -> Decimal | None:
        if currency == self._base:
            return Decimal(1)
        if on not in self._of_day:
            self._of_day[on] = policies.rates_into(self._base, on)
        return self._of_day[on].get(currency)


def reversals(actor: Actor, undone_on: Mapping[int, date]) -> list[Posting]:
    """Return the postings that take back what allocations realised, by allocation and date."""
    params = {"company_id": actor.company_id, "ids": sql.array(sorted(undone_on))}
    return [
        posting.reversed(on=undone_on[one.allocation_id])
        for one in sql.fetch(_Difference, _REALISED, params)
        for posting in one.postings()
    ]
