"""What was learned of payers: the model in force, habits, whom payers pay for, and its history."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from creditdesk.cash.rules.learned import (
    Bin,
    Habit,
    KeysSeen,
    Model,
    Relation,
    Relations,
    Reliability,
)
from creditdesk.plumbing import sql

PARTS_PER_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A training as it is listed; `calibration_error_ppm` in parts per million."""

    version: int
    known_at: datetime
    payments: int
    held_out: int
    calibration_error_ppm: int
    digest: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class RelationRow:
    """A payer who pays for a customer, as the desk lists it; `payer` is name or account."""

    id: int
    payer_key: str
    payer: str
    customer_id: int
    customer_number: str
    customer_name: str
    kind: str
    is_explicit: bool
    confirmed: int
    recorded_at: datetime
    recorded_by: str

    @property
    def counts(self) -> bool:
        """Whether matching rests on it."""
        return Relation(self.payer_key, self.customer_id, self.confirmed, self.is_explicit).counts


@dataclass(frozen=True, slots=True)
class _Stored:
    version: int
    weights: str
    bins: str
    payments: int
    held_out: int
    calibration_error_ppm: int
    reliability: str


class _Habit(NamedTuple):
    learned: str


class _Seen(NamedTuple):
    key: str
    customer_id: int
    times: int


class _Relation(NamedTuple):
    payer_key: str
    customer_id: int
    confirmed: int
    is_explicit: bool


def model(company_id: int, *, version: int | None = None) -> Model | None:
    """Return the latest model of a company, or the one of that version; None without."""
    row = sql.fetch_one(
        _Stored,
        """
        SELECT version, weights::text, bins::text, payments, held_out,
               calibration_error_ppm, reliability::text
          FROM cash_matchingmodel
         WHERE company_id = %(company_id)s
           AND (%(version)s::int IS NULL OR version = %(version)s)
         ORDER BY version DESC LIMIT 1
        """,
        {"company_id": company_id, "version": version},
    )
    if row is None:
        return None
    weights = json.loads(row.weights)
    return Model(
        version=row.version,
        bias=weights.pop("bias"),
        weights=weights,
        bins=tuple(Bin(*each) for each in json.loads(row.bins)),
        payments=row.payments,
        held_out=row.held_out,
        calibration_error=row.calibration_error_ppm / PARTS_PER_MILLION,
        reliability=tuple(Reliability(*each) for each in json.loads(row.reliability)),
    )


def models(company_id: int, *, limit: int = 30) -> list[ModelRow]:
    """Return the trainings that gave a model, the latest first."""
    return sql.fetch(
        ModelRow,
        "SELECT version, known_at, payments, held_out, calibration_error_ppm, digest, recorded_at,"
        " recorded_by FROM cash_matchingmodel WHERE company_id = %s"
        " ORDER BY version DESC LIMIT %s",
        [company_id, limit],
    )


def habits(
    company_id: int, *, training: int | None = None, customer_ids: Collection[int] | None = None
) -> list[Habit]:
    """Return the habits of payers as of a training, the latest without one, by customer.

    With `customer_ids` those of these customers alone.
    """
    rows = sql.fetch(
        _Habit,
        """
        SELECT DISTINCT ON (customer_id) learned::text
          FROM cash_payerhabit
         WHERE company_id = %(company_id)s
           AND (%(training)s::int IS NULL OR training <= %(training)s)
           AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s))
         ORDER BY customer_id, training DESC
        """,
        {
            "company_id": company_id,
            "training": training,
            "customers": None if customer_ids is None else sql.array(sorted(customer_ids)),
        },
    )
    return [habit_of(json.loads(row.learned)) for row in rows]


def keys_seen(company_id: int, keys: Collection[str]) -> KeysSeen:
    """Return whose payments came from these accounts or under these names, as of now."""
    if not keys:
        return KeysSeen({})
    owners: dict[str, dict[int, int]] = {}
    for row in sql.fetch(
        _Seen,
        """
        SELECT k.key, h.customer_id, (h.learned -> 'keys' ->> k.key)::int
          FROM (SELECT DISTINCT customer_id FROM cash_payerhabit
                 WHERE company_id = %(company_id)s
                   AND learned -> 'keys' ?| %(keys)s::text[]) c
         CROSS JOIN LATERAL (
               SELECT customer_id, learned FROM cash_payerhabit l
                WHERE l.company_id = %(company_id)s AND l.customer_id = c.customer_id
                ORDER BY training DESC LIMIT 1) h
          JOIN unnest(%(keys)s::text[]) AS k (key) ON h.learned -> 'keys' ? k.key
        """,
        {"company_id": company_id, "keys": sql.array(sorted(keys))},
    ):
        owners.setdefault(row.key, {})[row.customer_id] = row.times
    return KeysSeen(owners)


def habit_of(told: Mapping[str, Any]) -> Habit:
    """Return a habit from its JSON."""
    return Habit(
        customer_id=told["customer_id"],
        payments=told["payments"],
        patterns=told["patterns"],
        discounts={int(points): times for points, times in told["discounts"].items()},
        keys=told["keys"],
        delay_days=told["delay_days"],
        spread_days=told["spread_days"],
    )


def relations(company_id: int, keys: Collection[str]) -> Relations:
    """Return for whom the payers with these keys pay."""
    found: dict[str, list[Relation]] = {}
    for row in sql.fetch(
        _Relation,
        "SELECT payer_key, customer_id, confirmed, is_explicit FROM cash_payerrelation"
        " WHERE company_id = %s AND ended_at IS NULL AND payer_key = ANY(%s::text[])"
        " ORDER BY payer_key, customer_id",
        [company_id, sql.array(sorted(keys))],
    ):
        one = Relation(row.payer_key, row.customer_id, row.confirmed, row.is_explicit)
        found.setdefault(row.payer_key, []).append(one)
    return Relations(found)


def has_relations(company_id: int) -> bool:
    """Return whether any payer of the company pays for others."""
    return bool(
        sql.scalar(
            "SELECT EXISTS (SELECT FROM cash_payerrelation"
            " WHERE company_id = %s AND ended_at IS NULL)",
            [company_id],
        )
    )


_LISTED = """
    SELECT r.id, r.payer_key, r.payer_name, r.customer_id, c.number, c.name, r.kind,
           r.is_explicit, r.confirmed, r.recorded_at, r.recorded_by
      FROM cash_payerrelation r JOIN customers_customer c ON c.id = r.customer_id
     WHERE r.company_id = %(company_id)s AND r.ended_at IS NULL
"""


def relation_rows(
    company_id: int, *, keys: Collection[str] | None = None, limit: int = 500
) -> list[RelationRow]:
    """Return the relations in force, all or those of some keys, by payer."""
    wanted: Sequence[str] | None = None if keys is None else sorted(keys)
    return sql.fetch(
        RelationRow,
        f"{_LISTED} AND (%(keys)s::text[] IS NULL OR r.payer_key = ANY(%(keys)s))"
        " ORDER BY lower(r.payer_name), r.payer_key, c.number LIMIT %(limit)s",
        {"company_id": company_id, "keys": wanted, "limit": limit},
    )
