"""Exposure, blocks, reservations, and how a customer stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from creditdesk.credit import rules
from creditdesk.credit.queries import granted
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policy
from creditdesk.policy.rules import ExposureRules


class ExposureRow(NamedTuple):
    """What a customer owes, has unapplied and has ordered in one currency."""

    customer_id: int
    currency: str
    open_minor: int
    unapplied_minor: int
    reserved_minor: int

    @property
    def minor(self) -> int:
        """The exposure: open less unapplied, plus what is ordered and not yet invoiced."""
        return self.open_minor - self.unapplied_minor + self.reserved_minor


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A live block."""

    customer_id: int
    reason: str
    placed_at: datetime
    placed_by: str


@dataclass(frozen=True, slots=True)
class ReservationRow:
    """Credit set aside for an order and not yet invoiced."""

    customer_id: int
    order_reference: str
    currency: str
    minor: int
    open_minor: int
    expires_on: date | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How a customer stands against the limit, in the limit's (without one: own) currency.

    `without_rate` names currencies whose amounts are not in the sum, because no rate is known.
    """

    customer_id: int
    currency: str
    limit_minor: int | None
    limit_valid_to: date | None
    exposure_minor: int
    available_minor: int | None
    percent_used: Decimal | None
    block_reason: str | None
    without_rate: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenParts:
    """What of what is open is late, and open again after a payment came back; apart from it."""

    customer_id: int
    currency: str
    overdue_minor: int
    returned_minor: int


# Who knows the items of what is open: rooms above, told by the wiring.
OpenPartsReader = Callable[[int, date, Collection[int] | None], Iterable[OpenParts]]
OPEN_PARTS: list[OpenPartsReader] = []


@dataclass(frozen=True, slots=True)
class _Unbilled:
    customer_id: int
    currency: str
    minor: int


_UNBILLED = """
    SELECT customer_id, currency, SUM(open_minor)::bigint FROM credit_reservation
    WHERE company_id = %(company_id)s AND status = 'held' AND open_minor < minor
      AND (%(ids)s::bigint[] IS NULL OR customer_id = ANY(%(ids)s))
    GROUP BY 1, 2
"""
_SOME = " AND (%(ids)s::bigint[] IS NULL OR customer_id = ANY(%(ids)s))"


def exposure(company_id: int, customer_id: int) -> list[ExposureRow]:
    """Return what one customer owes, by currency."""
    return exposures(company_id, [customer_id])


def exposures(company_id: int, ids: Collection[int] | None = None) -> list[ExposureRow]:
    """Return what customers owe, by customer and currency."""
    return sql.fetch(
        ExposureRow,
        "SELECT customer_id, currency, open_minor, unapplied_minor, reserved_minor"
        f" FROM credit_exposure WHERE company_id = %(company_id)s{_SOME}"
        " ORDER BY customer_id, currency",
        {"company_id": company_id, "ids": _listed(ids)},
    )


def blocks(company_id: int, ids: Collection[int] | None = None) -> dict[int, BlockRow]:
    """Return the live blocks by customer."""
    found = sql.fetch(
        BlockRow,
        "SELECT customer_id, reason, placed_at, placed_by FROM credit_block"
        f" WHERE company_id = %(company_id)s AND lifted_at IS NULL{_SOME}",
        {"company_id": company_id, "ids": _listed(ids)},
    )
    return {row.customer_id: row for row in found}


def reservations(company_id: int, ids: Collection[int] | None = None) -> list[ReservationRow]:
    """Return the live reservations, by customer and age."""
    return sql.fetch(
        ReservationRow,
        "SELECT customer_id, order_reference, currency, minor, open_minor, expires_on, recorded_at"
        " FROM credit_reservation"
        f" WHERE company_id = %(company_id)s AND status = 'held'{_SOME}"
        " ORDER BY customer_id, id",
        {"company_id": company_id, "ids": _listed(ids)},
    )


def standing(company_id: int, customer_id: int, on: date) -> Standing:
    """Return how one customer stands on a date; NotFound when the company has no such customer."""
    found = standings(company_id, on, [customer_id])
    if customer_id not in found:
        raise NotFound("customer_unknown", "There is no such customer")
    return found[customer_id]


def standings(company_id: int, on: date, ids: Collection[int] | None = None) -> dict[int, Standing]:
    """Return how customers stand: today's exposure against the limits and rates of the date."""
    counting = policy.exposure_rules(company_id, on)
    limit_of = granted.effective_limits(company_id, on, ids, counting)
    block_of = blocks(company_id, ids)
    amounts = counted(company_id, on, exposures(company_id, ids), counting, ids)
    rates = granted.rates_on(on)
    return {
        customer_id: _standing(customer_id, limit, amounts[customer_id], rates, block_of)
        for customer_id, limit in sorted(limit_of.items())
    }


def counted(
    company_id: int,
    on: date,
    rows: Iterable[ExposureRow],
    counting: ExposureRules,
    ids: Collection[int] | None,
) -> dict[int, list[tuple[str, int]]]:
    """Return by customer what counts against limits, as (currency, minor).

    Nothing more is read unless the rules tell apart what the rows hold in one sum.
    """
    parts = split_of(company_id, on, counting, ids)
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for row in rows:
        overdue, returned, unbilled = parts.get((row.customer_id, row.currency), (0, 0, 0))
        owed = rules.Owed(
            row.open_minor, row.unapplied_minor, row.reserved_minor, overdue, returned, unbilled
        )
        found[row.customer_id].append((row.currency, rules.counted_minor(owed, counting)))
    return found


def split_of(
    company_id: int, on: date, counting: ExposureRules, ids: Collection[int] | None
) -> dict[tuple[int, str], tuple[int, int, int]]:
    """Return (overdue, returned, unbilled) by customer and currency, as far as rules need them."""
    found: dict[tuple[int, str], tuple[int, int, int]] = {}
    if counting.splits_open:
        for reader in OPEN_PARTS:
            for part in reader(company_id, on, ids):
                found[(part.customer_id, part.currency)] = (
                    part.overdue_minor, part.returned_minor, 0,
                )  # fmt: skip
    if counting.count_reserved != counting.count_ordered_rest:
        for row in sql.fetch(_Unbilled, _UNBILLED, {"company_id": company_id, "ids": _listed(ids)}):
            overdue, returned, _ = found.get((row.customer_id, row.currency), (0, 0, 0))
            found[(row.customer_id, row.currency)] = (overdue, returned, row.minor)
    return found


def _standing(
    customer_id: int,
    limit: rules.Effective,
    amounts: list[tuple[str, int]],
    rates_into: rules.RatesInto,
    block_of: dict[int, BlockRow],
) -> Standing:
    is_foreign = any(of != limit.currency for of, _ in amounts)
    rates = rates_into(limit.currency) if is_foreign else {}
    total = rules.total_in(limit.currency, amounts, rates)
    use = rules.use_of(limit.minor, total.minor)
    block = block_of.get(customer_id)
    return Standing(
        customer_id=customer_id,
        currency=limit.currency,
        limit_minor=limit.minor,
        limit_valid_to=limit.ends_on,
        exposure_minor=total.minor,
        available_minor=use.available_minor,
        percent_used=use.percent_used,
        block_reason=block.reason if block else None,
        without_rate=tuple(sorted({*total.without_rate, *limit.without_rate})),
    )


def _listed(ids: Collection[int] | None) -> list[int] | None:
    return None if ids is None else list(ids)
