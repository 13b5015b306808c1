"""Limits as they are kept, what they add up to, and who asks for others."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from creditdesk.credit import rules
from creditdesk.credit.rules import Backing, Effective, LimitRecord, RatesInto
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policy
from creditdesk.policy.rules import ExposureRules


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
    id: int
    kind: str
    only_currency: bool
    approved_by: str
    withdrawn_from: date | None
    withdrawn_by: str
    policy_version: int | None


@dataclass(frozen=True, slots=True)
class GroupLimitRow:
    """A limit that the customers of a group share, with who set it and why."""

    group_id: int
    currency: str
    minor: int
    valid_from: date
    valid_to: date | None
    reason: str
    recorded_at: datetime
    recorded_by: str
    id: int
    kind: str
    only_currency: bool
    approved_by: str
    withdrawn_from: date | None
    withdrawn_by: str
    policy_version: int | None


_COLUMNS = (
    "currency, minor, valid_from, valid_to, reason, recorded_at, recorded_by, id, kind,"
    " only_currency, approved_by, withdrawn_from, withdrawn_by, policy_version FROM credit_limit"
)
_SOME = " AND (%(ids)s::bigint[] IS NULL OR customer_id = ANY(%(ids)s))"
# The records of customer `c` that may count on a date, as JSON: the latest of each kind, however
# old, since an expired one keeps older ones from counting, and the temporary ones not yet ended.
# `{whose}` is the column and what it equals.
RECORDS = """
    (SELECT json_agg(json_build_array(r.id, r.kind, r.currency, r.minor, r.valid_from, r.valid_to,
                                      r.withdrawn_from, r.only_currency))::text
     FROM (SELECT DISTINCT ON (l.kind, l.only_currency,
                               CASE WHEN l.only_currency THEN l.currency END,
                               CASE WHEN l.kind = 'temporary' THEN l.id END) l.*
           FROM credit_limit l
           WHERE l.{whose} AND l.company_id = %(company_id)s AND l.valid_from <= %(on)s
             AND (l.kind <> 'temporary' OR l.valid_to >= %(on)s)
           ORDER BY l.kind, l.only_currency, CASE WHEN l.only_currency THEN l.currency END,
                    CASE WHEN l.kind = 'temporary' THEN l.id END, l.valid_from DESC, l.id DESC
          ) AS r)
"""
# What backs the insured and guaranteed limits of customer `{customer}` on a date, as JSON: covers
# less the retention, then guarantees.
BACKED = """
    (SELECT json_agg(json_build_array(b.what, b.currency, b.minor))::text FROM (
        SELECT 'insured' AS what, v.currency,
               floor(v.minor * (100 - p.retention_percent) / 100)::bigint AS minor
        FROM (SELECT DISTINCT ON (k.policy_id) k.policy_id, k.currency, k.minor, k.valid_to
              FROM credit_cover k
              WHERE k.customer_id = {customer} AND k.company_id = %(company_id)s
                AND k.valid_from <= %(on)s
              ORDER BY k.policy_id, k.valid_from DESC, k.id DESC) AS v
        JOIN credit_insurancepolicy p ON p.id = v.policy_id
        WHERE (v.valid_to IS NULL OR v.valid_to >= %(on)s)
          AND %(on)s BETWEEN p.valid_from AND p.valid_to
        UNION ALL
        SELECT 'guaranteed', g.currency, g.minor FROM credit_guarantee g
        WHERE g.customer_id = {customer} AND g.company_id = %(company_id)s
          AND g.valid_from <= %(on)s AND (g.valid_to IS NULL OR g.valid_to >= %(on)s)
          AND (g.ended_from IS NULL OR g.ended_from > %(on)s)) AS b)
"""
_OF_CUSTOMERS = f"""
    SELECT c.id, c.currency, {RECORDS.format(whose="customer_id = c.id")}
    FROM customers_customer c
    WHERE c.company_id = %(company_id)s
      AND (%(ids)s::bigint[] IS NULL OR c.id = ANY(%(ids)s))
"""
_BACKED_OF = f"""
    SELECT c.id, {BACKED.format(customer="c.id")}
    FROM unnest(%(ids)s::bigint[]) AS c (id)
"""
_OF_IDS = f"""
    SELECT c.id, {RECORDS.format(whose="customer_id = c.id")}
    FROM unnest(%(ids)s::bigint[]) AS c (id)
"""
_OF_GROUPS = f"""
    SELECT c.id, {RECORDS.format(whose="group_id = c.id")}
    FROM unnest(%(ids)s::bigint[]) AS c (id)
"""


class _Kept(NamedTuple):
    id: int
    currency: str
    records: str | None


@dataclass(frozen=True, slots=True)
class _Backed:
    id: int
    amounts: str | None


def limits(company_id: int, on: date, ids: Collection[int] | None = None) -> dict[int, LimitRow]:
    """Return the internal limit in force per customer; who has none, or an expired one, is absent.

    The latest record counts, even an expired one: an older limit does not come back by itself.
    """
    latest = sql.fetch(
        LimitRow,
        f"SELECT DISTINCT ON (customer_id) customer_id, {_COLUMNS}"
        " WHERE company_id = %(company_id)s AND valid_from <= %(on)s AND kind = 'internal'"
        f" AND NOT only_currency AND customer_id IS NOT NULL{_SOME}"
        " ORDER BY customer_id, valid_from DESC, id DESC",
        {"company_id": company_id, "on": on, "ids": None if ids is None else list(ids)},
    )
    return {
        row.customer_id: row
        for row in latest
        if (row.valid_to is None or row.valid_to >= on)
        and (row.withdrawn_from is None or row.withdrawn_from > on)
    }


def limit_history(company_id: int, customer_id: int) -> list[LimitRow]:
    """Return every limit record of a customer, the newest first."""
    return sql.fetch(
        LimitRow,
        f"SELECT customer_id, {_COLUMNS} WHERE company_id = %s AND customer_id = %s"
        " ORDER BY valid_from DESC, id DESC",
        [company_id, customer_id],
    )


def group_limit_history(company_id: int, group_id: int) -> list[GroupLimitRow]:
    """Return every limit record of a group, the newest first."""
    return sql.fetch(
        GroupLimitRow,
        f"SELECT group_id, {_COLUMNS} WHERE company_id = %s AND group_id = %s"
        " ORDER BY valid_from DESC, id DESC",
        [company_id, group_id],
    )


def effective_limits(
    company_id: int,
    on: date,
    ids: Collection[int] | None = None,
    counting: ExposureRules | None = None,
) -> dict[int, Effective]:
    """Return what the limits of customers add up to on a date, every part explained."""
    kept = sql.fetch(
        _Kept,
        _OF_CUSTOMERS,
        {"company_id": company_id, "on": on, "ids": None if ids is None else list(ids)},
    )
    records = {one.id: records_of(one.records) for one in kept}
    needing = [key for key, found in records.items() if needs_backing(found)]
    backing = backing_by_customer(company_id, on, needing) if needing else {}
    rates = rates_on(on)
    haircut = (counting or policy.exposure_rules(company_id, on)).haircut_percent
    return {
        one.id: rules.effective(
            records[one.id],
            on=on,
            currency=one.currency,
            rates_into=rates,
            backing=backing.get(one.id, Backing()),
            haircut_percent=haircut,
        )
        for one in kept
    }


def records_kept(
    company_id: int, on: date, *, customers: Collection[int] = (), groups: Collection[int] = ()
) -> dict[tuple[bool, int], tuple[LimitRecord, ...]]:
    """Return the records that may count on a date by (is it a group's, whose)."""
    found: dict[tuple[bool, int], tuple[LimitRecord, ...]] = {}
    for is_group, ids, statement in (
        (False, customers, _OF_IDS),
        (True, groups, _OF_GROUPS),
    ):
        if ids:
            params = {"company_id": company_id, "on": on, "ids": sorted(ids)}
            for one in sql.fetch(_Backed, statement, params):
                found[(is_group, one.id)] = records_of(one.amounts)
    return found


def limit(company_id: int, limit_id: int) -> LimitRow | GroupLimitRow:
    """Return one limit record of a customer or a group; NotFound when there is none such."""
    found: LimitRow | GroupLimitRow | None = sql.fetch_one(
        LimitRow,
        f"SELECT customer_id, {_COLUMNS} WHERE company_id = %s AND id = %s"
        " AND customer_id IS NOT NULL",
        [company_id, limit_id],
    ) or sql.fetch_one(
        GroupLimitRow,
        f"SELECT group_id, {_COLUMNS} WHERE company_id = %s AND id = %s AND group_id IS NOT NULL",
        [company_id, limit_id],
    )
    if found is None:
        raise NotFound("limit_unknown", "There is no such limit")
    return found


def stacked(company_id: int, on: date) -> list[int]:
    """Return the customers whose limit is more than one internal record on a date."""
    return sql.scalars(
        "SELECT DISTINCT customer_id FROM credit_limit WHERE company_id = %(company_id)s"
        " AND kind <> 'internal' AND customer_id IS NOT NULL AND valid_from <= %(on)s"
        " AND (valid_to IS NULL OR valid_to >= %(on)s)"
        " AND (withdrawn_from IS NULL OR withdrawn_from > %(on)s) ORDER BY 1",
        {"company_id": company_id, "on": on},
    )


def backing_by_customer(company_id: int, on: date, ids: Collection[int]) -> dict[int, Backing]:
    """Return what insurers and guarantors answer for on a date, by customer."""
    found = sql.fetch(_Backed, _BACKED_OF, {"company_id": company_id, "on": on, "ids": sorted(ids)})
    return {one.id: backing_of(one.amounts) for one in found}


def records_of(stored: str | None) -> tuple[LimitRecord, ...]:
    """Return limit records from their JSON."""
    return tuple(_record(*one) for one in json.loads(stored)) if stored else ()


def backing_of(stored: str | None) -> Backing:
    """Return what backs limits from its JSON."""
    if not stored:
        return Backing()
    amounts: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for what, currency, minor in json.loads(stored):
        amounts[what].append((currency, minor))
    return Backing(tuple(amounts["insured"]), tuple(amounts["guaranteed"]))


def needs_backing(records: Collection[LimitRecord]) -> bool:
    """Whether any of the records counts only as far as it is backed."""
    return any(one.kind in ("insured", "guaranteed") for one in records)


def rates_on(on: date) -> RatesInto:
    """Return the rates of a date by quote currency, each read once, when first asked for."""

    @cache
    def rates_into(quote: str) -> Mapping[str, Decimal]:
        return policy.rates_into(quote, on)

    return rates_into


def _record(
    id_: int, kind: str, currency: str, minor: int, valid_from: str, valid_to: str | None,
    withdrawn_from: str | None, only_currency: bool,  # noqa: FBT001 - a column
) -> LimitRecord:  # fmt: skip
    def day(given: str | None) -> Any:  # noqa: ANN401 - a date or nothing
        return None if given is None else date.fromisoformat(given)

    return LimitRecord(
        id=id_,
        kind=kind,
        currency=currency,
        minor=minor,
        valid_from=day(valid_from),
        valid_to=day(valid_to),
        withdrawn_from=day(withdrawn_from),
        only_currency=only_currency,
    )
