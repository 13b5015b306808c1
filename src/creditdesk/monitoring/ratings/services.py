"""Writer of ratings: how customers pay, judged day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.monitoring.ratings import queries, rules
from creditdesk.monitoring.ratings.events import RatingsChanged
from creditdesk.monitoring.ratings.queries import Judged, RatingRow
from creditdesk.monitoring.ratings.rules import Rating
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import to_json
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy

WEEK: Final = timedelta(days=7)
_KEEP: Final = """
    INSERT INTO monitoring_payerrating
           (company_id, customer_id, as_of, grade, days, paydex, drift, inputs, policy_version,
            recorded_at, recorded_by)
    SELECT %(company_id)s, g.customer_id, %(as_of)s, g.grade, g.days, g.paydex, g.drift,
           g.inputs::jsonb, %(policy_version)s, %(at)s, %(by)s
      FROM unnest(%(ids)s::bigint[], %(grades)s::text[], %(days)s::numeric[],
                  %(paydexes)s::smallint[], %(drifts)s::text[], %(inputs)s::text[])
           AS g (customer_id, grade, days, paydex, drift, inputs)
"""


@dataclass(frozen=True, slots=True)
class Rated:
    """How many customers were judged, how many ratings kept, changed, and worse than before."""

    judged: int
    kept: int
    changed: int
    worse: int


@dataclass(frozen=True, slots=True)
class _New:
    judged: Judged
    before: RatingRow | None

    @property
    def is_changed(self) -> bool:
        """Whether grade, PAYDEX or drift is another than the last one kept."""
        rating, was = self.judged.rating, self.before
        now = (rating.grade, rating.paydex, rating.drift.word)
        return now != ((was.grade, was.paydex, was.drift) if was else ("", None, ""))

    @property
    def is_worse(self) -> bool:
        """Whether the grade fell or the customer began to drift."""
        rating, was = self.judged.rating, self.before
        if was is None:
            return False
        return rules.is_worse((rating.grade, rating.drift.word), (was.grade, was.drift))


@command("monitoring.rate")
def rate_payers(actor: Actor) -> Rated:
    """Judge how every customer pays as of today; keep what changed, and the rest once a week.

    Safe to repeat: what is the same as the last kept of the week is not kept again.
    """
    policy = policies.in_force(actor.company_id, actor.today)
    found = queries.judged(actor.company_id, actor.today, policy)
    last = queries.ratings(actor.company_id)
    for gone in last.keys() - found.keys():
        if last[gone].says_something:
            found[gone] = queries.judge(gone, *queries.NOTHING, policy)
    new = [_New(found[one], last.get(one)) for one in sorted(found)]
    due = [
        one
        for one in new
        if one.is_changed or (one.before and one.before.as_of <= actor.today - WEEK)
    ]
    _keep(actor, due, policy.version)
    changed = [one for one in due if one.is_changed]
    worse = tuple(one.judged.customer_id for one in changed if one.is_worse)
    if changed:
        told = RatingsChanged(
            as_of=actor.today.isoformat(),
            customer_ids=tuple(one.judged.customer_id for one in changed),
            worse=worse,
        )
        announce(actor, [told])
    return Rated(len(new), len(due), len(changed), len(worse))


def replay(row: RatingRow, policy: Policy) -> Rating:
    """Return the rating that the inputs kept make, by the policy of its version."""
    behaviour, norm = rules.from_inputs(row.inputs)
    return rules.rate(behaviour, norm, policy.payer_rating)


def _keep(actor: Actor, new: list[_New], policy_version: int) -> None:
    if not new:
        return
    kept = [one.judged for one in new]
    sql.execute(
        _KEEP,
        {
            "company_id": actor.company_id,
            "as_of": actor.today,
            "policy_version": policy_version,
            "at": actor.at,
            "by": actor.name,
            "ids": [one.customer_id for one in kept],
            "grades": [one.rating.grade for one in kept],
            "days": [one.rating.days for one in kept],
            "paydexes": [one.rating.paydex for one in kept],
            "drifts": [one.rating.drift.word for one in kept],
            "inputs": [to_json(rules.as_inputs(one.behaviour, one.norm)) for one in kept],
        },
    )
