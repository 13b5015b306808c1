"""Learn from confirmed payments: a model, the habits of payers, and whom payers pay for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import datetime
from typing import NamedTuple

from creditdesk.cash.models import MatchingModel, PayerHabit, PayerRelation
from creditdesk.cash.queries import confirmed as evidence
from creditdesk.cash.queries import learned as read
from creditdesk.cash.rules.learned import Habit, Learned, Model, keys_seen
from creditdesk.cash.rules.learned import train as learn
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies

# One training of a company at a time.
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('cash.train', %s))"
_RELATIONS = """
    SELECT id, payer_key, customer_id, is_explicit, confirmed FROM cash_payerrelation
     WHERE company_id = %s AND ended_at IS NULL ORDER BY id FOR UPDATE
"""
_END = """
    UPDATE cash_payerrelation SET ended_at = %s, ended_by = %s
     WHERE company_id = %s AND id = ANY(%s)
"""
_COUNT = """
    UPDATE cash_payerrelation r SET confirmed = given.times
      FROM unnest(%s::bigint[], %s::int[]) AS given (id, times)
     WHERE r.company_id = %s AND r.id = given.id
"""
# A payer of one or two is their own; more than this is a counter, not somebody who pays for others.
RELATED_MAX = 50


class _Relation(NamedTuple):
    id: int
    payer_key: str
    customer_id: int
    is_explicit: bool
    confirmed: int


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What a training came to; `version` is that of the model in force, 0 without one.

    `calibration_error_ppm` is in parts per million.
    """

    payments: int
    version: int
    is_new: bool
    held_out: int
    calibration_error_ppm: int
    habits_changed: int
    relations: int


@command("cash.train")
def train(actor: Actor, *, known_at: datetime | None = None) -> TrainResult:
    """Learn from what was confirmed up to a moment, by default now; what is learned again stays.

    Payments undone by then count for nothing. The same moment gives the same model.
    """
    sql.scalar(_TURN, [actor.company_id])
    moment = known_at or actor.at
    company_id = actor.company_id
    latest = read.model(company_id)
    policy = policies.in_force(company_id, actor.today)
    learned = learn(
        evidence.confirmed(company_id, known_at=moment),
        name_score_minimum=policy.matching.name_score_minimum,
        version=(latest.version if latest else 0) + 1,
    )
    changed = _keep_habits(actor, learned.habits)
    relations = _keep_relations(actor, learned.habits)
    model = learned.model
    is_new = model is not None and not _is_same(model, latest)
    if model is not None and is_new:
        _keep_model(actor, model, moment)
    return _result(learned, model if is_new else latest, changed, relations, is_new=is_new)


def _result(
    learned: Learned, model: Model | None, changed: int, relations: int, *, is_new: bool
) -> TrainResult:
    return TrainResult(
        payments=learned.payments,
        version=model.version if model else 0,
        is_new=is_new,
        held_out=model.held_out if model else 0,
        calibration_error_ppm=_ppm(model) if model else 0,
        habits_changed=changed,
        relations=relations,
    )


def _ppm(model: Model) -> int:
    return round(model.calibration_error * read.PARTS_PER_MILLION)


def _is_same(model: Model, latest: Model | None) -> bool:
    return latest is not None and digest_of(model) == digest_of(latest)


def digest_of(model: Model) -> str:
    """Return what is the same for models that judge alike, whatever their version."""
    told = [model.bias, dict(model.weights), [astuple(one) for one in model.bins], model.payments]
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _keep_model(actor: Actor, model: Model, known_at: datetime) -> None:
    MatchingModel.objects.create(
        company_id=actor.company_id,
        version=model.version,
        known_at=known_at,
        payments=model.payments,
        held_out=model.held_out,
        calibration_error_ppm=_ppm(model),
        weights={"bias": model.bias, **model.weights},
        bins=[astuple(one) for one in model.bins],
        reliability=[astuple(one) for one in model.reliability],
        digest=digest_of(model),
        recorded_at=actor.at,
        recorded_by=actor.name,
    )


def _keep_habits(actor: Actor, habits: Sequence[Habit]) -> int:
    """Write down the habits that changed; a habit whose payments were undone becomes empty."""
    known = {one.customer_id: one for one in read.habits(actor.company_id)}
    now = {one.customer_id: one for one in habits}
    gone = [Habit(customer_id=one) for one in sorted(known.keys() - now.keys())]
    changed = [one for one in (*habits, *gone) if known.get(one.customer_id) != one]
    number = 1 + int(
        sql.scalar(
            "SELECT coalesce(max(training), 0) FROM cash_payerhabit WHERE company_id = %s",
            [actor.company_id],
        )
    )
    PayerHabit.objects.bulk_create(
        [
            PayerHabit(
                company_id=actor.company_id,
                customer_id=one.customer_id,
                training=number,
                learned=asdict(one),
                recorded_at=actor.at,
            )
            for one in changed
        ],
        batch_size=5000,
    )
    return len(changed)


def _keep_relations(actor: Actor, habits: Sequence[Habit]) -> int:
    """Bring what was observed up to date; what somebody said stays. Return how many there are.

    A key that bore payments for several customers is a payer who pays for them.
    """
    observed = {
        (key, customer_id): times
        for key, owners in keys_seen(habits).owners.items()
        if 1 < len(owners) <= RELATED_MAX
        for customer_id, times in owners.items()
    }
    rows = sql.fetch(_Relation, _RELATIONS, [actor.company_id])
    known = {(row.payer_key, row.customer_id): row for row in rows}
    ended, counted = [], {}
    for pair, row in known.items():
        times = observed.get(pair, 0)
        if not times and not row.is_explicit:
            ended.append(row.id)
        elif times != row.confirmed:
            counted[row.id] = times
    if ended:
        sql.execute(_END, [actor.at, actor.name, actor.company_id, ended])
    if counted:
        sql.execute(_COUNT, [list(counted), list(counted.values()), actor.company_id])
    PayerRelation.objects.bulk_create(_new_relations(actor, observed, known), batch_size=5000)
    return len(observed)


def _new_relations(
    actor: Actor,
    observed: Mapping[tuple[str, int], int],
    known: Collection[tuple[str, int]],
) -> list[PayerRelation]:
    return [
        PayerRelation(
            company_id=actor.company_id,
            payer_key=key,
            payer_name=key[2:],
            customer_id=customer_id,
            confirmed=times,
            recorded_at=actor.at,
            recorded_by=actor.name,
        )
        for (key, customer_id), times in sorted(observed.items())
        if (key, customer_id) not in known
    ]
