"""Ratings as they were kept, made again from their inputs by the policy version of then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from creditdesk.kernel.errors import NotFound
from creditdesk.monitoring.ratings import rules
from creditdesk.monitoring.ratings.queries.kept import COLUMNS, RatingRow
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.policy.rules.rating import PayerRatingRules

AT_A_TIME: Final = 2_000
_PART: Final = f"""
    SELECT {COLUMNS} FROM monitoring_payerrating r
     WHERE r.company_id = %(company_id)s AND r.id > %(after_id)s
     ORDER BY r.id LIMIT %(limit)s
"""


def replayed(company_id: int) -> Iterator[tuple[RatingRow, bool]]:
    """Yield every rating of a company with whether its inputs make it again, the oldest first."""

    @cache
    def written(version: int) -> PayerRatingRules | None:
        try:
            return policies.version(company_id, version).payer_rating
        except NotFound:
            return None

    after_id = 0
    asked = {"company_id": company_id, "limit": AT_A_TIME}
    while found := sql.fetch(RatingRow, _PART, {**asked, "after_id": after_id}):
        for row in found:
            yield row, _replays(row, written)
        after_id = found[-1].id


def _replays(row: RatingRow, written: Callable[[int], PayerRatingRules | None]) -> bool:
    by = written(row.policy_version)
    if by is None:
        return False
    again = rules.rate(*rules.from_inputs(row.inputs), by)
    kept = (row.grade, row.days, row.paydex, row.drift)
    return kept == (again.grade, again.days, again.paydex, again.drift.word)
