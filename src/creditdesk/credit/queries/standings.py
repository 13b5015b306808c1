"""What credit reads: limits in force, exposure, blocks, reservations, and how a customer stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from creditdesk.credit import rules
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policy


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit of a customer, with who set it and why."""

    customer_id: int
    currency: str
    minor: int
    valid_from: date
    valid_to: date | None
    reason: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class ExposureRow:
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
class Turn:
    """The customer whose turn it is, as it stands under the lock."""

    customer_id: int
    number: str
    status: str
    currency: str


# Holds the turn of the customer `number`: one credit decision at a time. The lock is that of the
# customer's own row, which is there before any exposure in any currency is.
TURN = """
    SELECT id, number, status, currency FROM customers_customer
    WHERE company_id = %(company_id)s AND number = %(number)s
    FOR NO KEY UPDATE
"""


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
class _Customer:
    id: int
    currency: str


_LIMIT = (
    "customer_id, currency, minor, valid_from, valid_to, reason, recorded_at, recorded_by"
    " FROM credit_limit"
)
_SOME = " AND (%(ids)s::bigint[] IS NULL OR customer_id = ANY(%(ids)s))"


def limits(company_id: int, on: date, ids: Collection[int] | None = None) -> dict[int, LimitRow]:
    """Return the limit in force on a date per customer; who has none, or an expired one, is absent.

    The latest record counts, even an expired one: an older limit does not come back by itself.
    """
    latest = sql.fetch(
        LimitRow,
        f"SELECT DISTINCT ON (customer_id) {_LIMIT}"
        f" WHERE company_id = %(company_id)s AND valid_from <= %(on)s{_SOME}"
        " ORDER BY customer_id, valid_from DESC, id DESC",
        {"company_id": company_id, "on": on, "ids": _listed(ids)},
    )
    return {row.customer_id: row for row in latest if row.valid_to is None or row.valid_to >= on}


def limit_history(company_id: int, customer_id: int) -> list[LimitRow]:
    """Return every limit record of a customer, the newest first."""
    return sql.fetch(
        LimitRow,
        f"SELECT {_LIMIT} WHERE company_id = %s AND customer_id = %s"
        " ORDER BY valid_from DESC, id DESC",
        [company_id, customer_id],
    )


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
    """Return how customers stand: today's exposure against the limit and rates of the date."""
    customers = sql.fetch(
        _Customer,
        "SELECT id, currency FROM customers_customer WHERE company_id = %(company_id)s"
        " AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s)) ORDER BY id",
        {"company_id": company_id, "ids": _listed(ids)},
    )
    limit_of = limits(company_id, on, ids)
    block_of = blocks(company_id, ids)
    amounts: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for row in exposures(company_id, ids):
        amounts[row.customer_id].append((row.currency, row.minor))
    rates: dict[str, dict[str, Decimal]] = {}
    found: dict[int, Standing] = {}
    for customer in customers:
        limit = limit_of.get(customer.id)
        currency = limit.currency if limit else customer.currency
        if currency not in rates and any(of != currency for of, _ in amounts[customer.id]):
            rates[currency] = policy.rates_into(currency, on)
        total = rules.total_in(currency, amounts[customer.id], rates.get(currency, {}))
        use = rules.use_of(limit.minor if limit else None, total.minor)
        block = block_of.get(customer.id)
        found[customer.id] = Standing(
            customer_id=customer.id,
            currency=currency,
            limit_minor=limit.minor if limit else None,
            limit_valid_to=limit.valid_to if limit else None,
            exposure_minor=total.minor,
            available_minor=use.available_minor,
            percent_used=use.percent_used,
            block_reason=block.reason if block else None,
            without_rate=total.without_rate,
        )
    return found


def _listed(ids: Collection[int] | None) -> list[int] | None:
    return None if ids is None else list(ids)
