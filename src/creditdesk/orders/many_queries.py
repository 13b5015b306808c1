"""What deciding many orders at once reads: each kind of thing in one statement for all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from creditdesk.credit import queries as credit
from creditdesk.credit.queries import LimitsSeen, Turn
from creditdesk.orders import further_queries
from creditdesk.orders.queries import ORDER, OVERDUE, Circumstances, OrderRow, overdue_of
from creditdesk.plumbing import sql
from creditdesk.policy.rules import Policy

# Asked after the turns are held; of each customer what CIRCUMSTANCES reads of one.
CIRCUMSTANCES_OF_MANY = sql.compact(f"""
    SELECT c.number, co.currency, b.reason, {credit.LIMITS_OF_MANY},
           {OVERDUE.format(days_max="%(days_max)s")}
    FROM unnest(%(customers)s::bigint[], %(groups)s::bigint[]) AS t (customer_id, group_id)
    JOIN customers_customer c ON c.id = t.customer_id AND c.company_id = %(company_id)s
    JOIN controls_company co ON co.id = c.company_id
    LEFT JOIN credit_block b ON b.customer_id = c.id AND b.lifted_at IS NULL
""")


class _Found(NamedTuple):
    number: str
    company_currency: str
    block_reason: str | None
    records: str | None
    group_records: str | None
    backed: str | None
    owed: str | None
    group_owed: str | None
    overdue: str


def circumstances(
    company_id: int, written: Policy, turns: Collection[Turn], on: date, *, with_own: bool
) -> dict[str, Circumstances]:
    """Return by number what decisions about customers look at on a date, their turns being held.

    With what is their own where the policy or an asker looks at that.
    """
    if not turns:
        return {}
    turn_of = {one.number: one for one in turns}
    ids = [one.customer_id for one in turns]
    rows = sql.fetch(
        _Found,
        CIRCUMSTANCES_OF_MANY,
        {
            "company_id": company_id,
            "customers": sql.array(ids),
            "groups": sql.array(one.group_id for one in turns),
            "on": on,
            "days_max": written.orders.overdue_days_max,
        },
        planned=True,
    )
    rates_into = credit.rates_on(on)
    rooms = credit.rooms_of(
        company_id,
        [(turn_of[row.number], _limits(row)) for row in rows],
        on=on,
        counting=written.exposure,
        rates_into=rates_into,
    )
    own = further_queries.own_of(company_id, ids, on) if with_own else {}
    return {
        row.number: Circumstances(
            customer=turn_of[row.number],
            company_currency=row.company_currency,
            policy=written,
            room=room,
            block_reason=row.block_reason,
            overdue=overdue_of(row.overdue),
            order_id=None,
            rates_into=rates_into,
            own=own.get(turn_of[row.number].customer_id),
        )
        for row, room in zip(rows, rooms, strict=True)
    }


def _limits(row: _Found) -> LimitsSeen:
    return LimitsSeen(row.records, row.group_records, row.backed, row.owed, row.group_owed)


def known(company_id: int, references: Sequence[str]) -> dict[str, OrderRow]:
    """Return those of the orders that somebody asked about before, by reference."""
    found = sql.fetch(
        OrderRow,
        f"{ORDER} WHERE o.company_id = %(company_id)s"
        " AND o.reference = ANY(%(references)s::text[])",
        {"company_id": company_id, "references": sql.array(sorted(set(references)))},
        planned=True,
    )
    return {one.reference: one for one in found}


def by_id(company_id: int, ids: Sequence[int]) -> dict[int, OrderRow]:
    """Return orders as they stand, by id."""
    found = sql.fetch(
        OrderRow,
        f"{ORDER} WHERE o.company_id = %(company_id)s AND o.id = ANY(%(ids)s::bigint[])",
        {"company_id": company_id, "ids": sql.array(ids)},
        planned=True,
    )
    return {one.id: one for one in found}


def held_since(
    company_id: int, placed_from: date, customer_ids: Sequence[int] | None = None
) -> list[OrderRow]:
    """Return orders held, placed on or after a date, of some customers or all, oldest first."""
    return sql.fetch(
        OrderRow,
        f"{ORDER} WHERE o.company_id = %(company_id)s AND o.status = 'held'"
        " AND o.placed_on >= %(since)s"
        " AND (%(ids)s::bigint[] IS NULL OR o.customer_id = ANY(%(ids)s))"
        " ORDER BY o.placed_on, o.id",
        {
            "company_id": company_id,
            "since": placed_from,
            "ids": None if customer_ids is None else list(customer_ids),
        },
    )
