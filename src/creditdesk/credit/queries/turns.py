"""Whose turn it is: what a decision about an order holds, and what it reads of limits.

The order of locking: the top of the customer's group, then the customer, then exposure rows by
customer and currency, then reservations. A structure of groups is changed under the same locks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from creditdesk.credit import rules
from creditdesk.credit.queries.granted import BACKED, RECORDS, backing_of, records_of
from creditdesk.credit.queries.standings import split_of
from creditdesk.credit.rules import Effective, RatesInto
from creditdesk.customers.rules import DEPTH_MAX
from creditdesk.plumbing import sql
from creditdesk.policy.rules import ExposureRules


@dataclass(frozen=True, slots=True)
class Turn:
    """The customer whose turn it is, as it stands under the lock, and the top of its group."""

    customer_id: int
    number: str
    status: str
    currency: str
    group_id: int


_PARENT_OF = """
    SELECT p.parent_id FROM customers_parent p
     WHERE p.customer_id = {of} AND p.valid_from <= %(on)s
     ORDER BY p.valid_from DESC, p.id DESC LIMIT 1
"""
# Holds the turn of the customer `number` and of its whole group: one credit decision at a time.
# The locks are those of the customers' own rows, which are there before any exposure in any
# currency is. The group's is taken first: `held` is read before the row of `c` is locked.
TURN = f"""
    WITH RECURSIVE up AS (
        SELECT id AS at_id, 0 AS depth FROM customers_customer
         WHERE company_id = %(company_id)s AND number = %(number)s
        UNION ALL
        SELECT p.parent_id, up.depth + 1
          FROM up CROSS JOIN LATERAL ({_PARENT_OF.format(of="up.at_id")}) p
         WHERE p.parent_id IS NOT NULL AND up.depth < {DEPTH_MAX}
    ), held AS MATERIALIZED (
        SELECT id FROM customers_customer
         WHERE id = (SELECT at_id FROM up ORDER BY depth DESC LIMIT 1)
           FOR NO KEY UPDATE
    )
    SELECT c.id, c.number, c.status, c.currency, held.id
      FROM customers_customer c CROSS JOIN held
     WHERE c.company_id = %(company_id)s AND c.number = %(number)s
       FOR NO KEY UPDATE OF c
"""
# The turns of many at once: the tops of their groups by id, and only then the customers by id, so
# that two who take turns in common never wait for each other in a circle. No row comes before all
# of `held` was counted, and so locked.
TURNS = sql.compact(f"""
    WITH RECURSIVE up AS (
        SELECT id AS of_id, id AS at_id, 0 AS depth FROM customers_customer
         WHERE company_id = %(company_id)s AND number = ANY(%(numbers)s::text[])
        UNION ALL
        SELECT up.of_id, p.parent_id, up.depth + 1
          FROM up CROSS JOIN LATERAL ({_PARENT_OF.format(of="up.at_id")}) p
         WHERE p.parent_id IS NOT NULL AND up.depth < {DEPTH_MAX}
    ), tops AS MATERIALIZED (
        SELECT DISTINCT ON (of_id) of_id, at_id AS group_id FROM up ORDER BY of_id, depth DESC
    ), held AS MATERIALIZED (
        SELECT id FROM customers_customer WHERE id IN (SELECT group_id FROM tops)
         ORDER BY id FOR NO KEY UPDATE
    )
    SELECT c.id, c.number, c.status, c.currency, tops.group_id
      FROM tops JOIN customers_customer c ON c.id = tops.of_id
           CROSS JOIN (SELECT count(*) AS count FROM held) AS locked
     WHERE locked.count > 0
     ORDER BY c.id FOR NO KEY UPDATE OF c
""")
_MEMBERS = f"""
    WITH RECURSIVE down AS (
        SELECT %(group_id)s::bigint AS customer_id, 0 AS depth
        UNION
        SELECT child.customer_id, down.depth + 1
          FROM down
          JOIN customers_parent child ON child.parent_id = down.customer_id
               AND child.company_id = %(company_id)s AND child.valid_from <= %(on)s
         WHERE down.depth < {DEPTH_MAX}
           AND ({_PARENT_OF.format(of="child.customer_id")}) = down.customer_id
    )
"""
_AMOUNTS = (
    "json_build_array(e.customer_id, e.currency, e.open_minor, e.unapplied_minor, e.reserved_minor)"
)
# What stands about the limits of customer `c` and of the group %(group_id)s, in four columns. The
# members are sought only where they share a limit.
LIMITS = f"""
    {RECORDS.format(whose="customer_id = c.id")} AS records,
    {RECORDS.format(whose="group_id = %(group_id)s")} AS group_records,
    {BACKED.format(customer="c.id")} AS backed,
    (SELECT json_agg({_AMOUNTS})::text FROM credit_exposure e WHERE e.customer_id = c.id) AS owed,
    (SELECT json_agg({_AMOUNTS})::text FROM credit_exposure e
      WHERE EXISTS (SELECT FROM credit_limit s WHERE s.group_id = %(group_id)s
                       AND s.company_id = %(company_id)s AND s.valid_from <= %(on)s)
        AND e.customer_id IN ({_MEMBERS} SELECT customer_id FROM down)) AS group_owed
"""
# The same of customers `c` whose groups are `t.group_id`.
LIMITS_OF_MANY: Final = LIMITS.replace("%(group_id)s", "t.group_id")


@dataclass(frozen=True, slots=True)
class LimitsSeen:
    """What the tables say about the limits of a customer and its group, as JSON."""

    records: str | None
    group_records: str | None
    backed: str | None
    owed: str | None
    group_owed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What limits a customer's orders on a date: its own limits, and those of its group.

    `exposures` and `group_exposures` are what counts, as (currency, minor).
    """

    own: Effective
    exposures: tuple[tuple[str, int], ...]
    group: Effective | None = None
    group_exposures: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A further limit an order is measured by, in the currency of the decision."""

    limit_minor: int
    with_order_minor: int


def turns(company_id: int, numbers: Sequence[str], on: date) -> dict[str, Turn]:
    """Take the turns of customers and of their groups; return them by number, the unknown left out.

    They are held until the transaction ends.
    """
    params = {"company_id": company_id, "numbers": sql.array(sorted(set(numbers))), "on": on}
    return {one.number: one for one in sql.fetch(Turn, TURNS, params, planned=True)}


def room_of(
    company_id: int,
    turn: Turn,
    seen: LimitsSeen,
    *,
    on: date,
    counting: ExposureRules,
    rates_into: RatesInto,
) -> Room:
    """Return what limits the customer whose turn it is."""
    [room] = rooms_of(company_id, [(turn, seen)], on=on, counting=counting, rates_into=rates_into)
    return room


def rooms_of(
    company_id: int,
    given: Sequence[tuple[Turn, LimitsSeen]],
    *,
    on: date,
    counting: ExposureRules,
    rates_into: RatesInto,
) -> list[Room]:
    """Return what limits each of the customers whose turns are held."""
    amounts = [(_rows(seen.owed), _rows(seen.group_owed)) for _, seen in given]
    ids = {row[0] for both in amounts for rows in both for row in rows}
    parts = split_of(company_id, on, counting, ids) if ids else {}
    found = []
    for (turn, seen), (owed, group_owed) in zip(given, amounts, strict=True):
        limit = rules.effective(
            records_of(seen.records),
            on=on,
            currency=turn.currency,
            rates_into=rates_into,
            backing=backing_of(seen.backed),
            haircut_percent=counting.haircut_percent,
        )
        exposures = _counted(owed, counting, parts)
        shared = records_of(seen.group_records)
        if not shared:
            found.append(Room(own=limit, exposures=exposures))
            continue
        group = rules.effective(
            shared,
            on=on,
            currency=turn.currency,
            rates_into=rates_into,
            haircut_percent=counting.haircut_percent,
        )
        has_group = group.minor is not None or bool(group.per_currency)
        found.append(
            Room(
                own=limit,
                exposures=exposures,
                group=group if has_group else None,
                group_exposures=_counted(group_owed, counting, parts) if has_group else (),
            )
        )
    return found


def with_reserved(
    room: Room, currency: str, minor: int, counting: ExposureRules, *, is_own: bool = True
) -> Room:
    """Return the room once so much more, or less, is set aside for orders.

    Of the customer itself, or of another member of its group.
    """
    counted = rules.counted_minor(rules.Owed(0, 0, minor), counting)
    return replace(
        room,
        exposures=_raised(room.exposures, currency, counted) if is_own else room.exposures,
        group_exposures=()
        if room.group is None
        else _raised(room.group_exposures, currency, counted),
    )


def bounds(
    room: Room, order: tuple[str, int], *, currency: str, rates_into: RatesInto
) -> tuple[dict[str, Bound], set[str]]:
    """Return what else bounds an order, and which currencies have no rate.

    By name: `group`, the limit shared; `currency` and `group_currency`, limits for what is owed in
    the order's currency alone. Amounts in `currency`, limits rounded down and exposure up.
    """
    found: dict[str, Bound] = {}
    missing: set[str] = set()
    into = _Into(currency, rates_into, missing)
    if room.group is not None and room.group.minor is not None:
        found["group"] = into.bound(
            (room.group.currency, room.group.minor), (*room.group_exposures, order)
        )
    for name, limit, amounts in (
        ("currency", room.own, room.exposures),
        ("group_currency", room.group, room.group_exposures),
    ):
        if limit is not None and order[0] in limit.per_currency:
            same = [one for one in amounts if one[0] == order[0]]
            found[name] = into.bound((order[0], limit.per_currency[order[0]]), (*same, order))
    return found, missing


@dataclass(frozen=True, slots=True)
class _Into:
    currency: str
    rates_into: RatesInto
    missing: set[str]

    def bound(self, limit: tuple[str, int], amounts: tuple[tuple[str, int], ...]) -> Bound:
        named = {of for of, minor in (limit, *amounts) if minor}
        rates = self.rates_into(self.currency) if named - {self.currency} else {}
        allowed = rules.total_in(self.currency, [limit], rates)
        used = rules.total_in(self.currency, amounts, rates)
        self.missing.update(allowed.without_rate, used.without_rate)
        return Bound(
            limit_minor=int(Decimal(allowed.exact).to_integral_value(ROUND_FLOOR)),
            with_order_minor=used.minor,
        )


# Customer, currency, open, unapplied and reserved minor units.
_Owed = tuple[int, str, int, int, int]


def _rows(stored: str | None) -> list[_Owed]:
    return json.loads(stored) if stored else []


def _counted(
    rows: Sequence[_Owed],
    counting: ExposureRules,
    parts: Mapping[tuple[int, str], tuple[int, int, int]],
) -> tuple[tuple[str, int], ...]:
    sums: dict[str, int] = {}
    for customer_id, currency, open_minor, unapplied_minor, reserved_minor in rows:
        apart = parts.get((customer_id, currency), (0, 0, 0))
        owed = rules.Owed(open_minor, unapplied_minor, reserved_minor, *apart)
        sums[currency] = sums.get(currency, 0) + rules.counted_minor(owed, counting)
    return tuple(sorted(sums.items()))


def _raised(
    exposures: tuple[tuple[str, int], ...], currency: str, minor: int
) -> tuple[tuple[str, int], ...]:
    sums = dict(exposures)
    sums[currency] = sums.get(currency, 0) + minor
    return tuple(sorted(sums.items()))
