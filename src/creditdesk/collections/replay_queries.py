"""Steps of the ladder that were taken with a message, placed again by the policy of then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from typing import Final

from creditdesk.collections.rules import step_for
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Step, notice_law

# The country and the policy version are those the gate was asked with.
_STEPS: Final = """
    SELECT t.id, t.item_id, t.step, t.level, t.taken_on, t.message_id, i.due_on,
           coalesce(m.reference, ''), coalesce(m.step, ''), coalesce(m.status, ''),
           max(t.level) OVER (PARTITION BY t.message_id), v.policy_version,
           coalesce(v.inputs ->> 'country', '')
      FROM collections_steptaken t JOIN invoices_item i ON i.id = t.item_id
      LEFT JOIN contact_message m ON m.id = t.message_id
      LEFT JOIN contact_verdict v ON v.message_id = t.message_id AND v.stage = 'queue'
     WHERE t.company_id = %(company_id)s
     ORDER BY t.item_id, t.id
"""
TAKEN_BACK: Final = ("withdrawn", "failed")


@dataclass(frozen=True, slots=True)
class StepKept:
    """A step an item took, with the message it was taken by and what that was decided with."""

    id: int
    item_id: int
    step: str
    level: int
    taken_on: date
    message_id: int | None
    due_on: date
    message_reference: str
    message_step: str
    message_status: str
    level_of_message: int
    policy_version: int | None
    country: str


def replayed(company_id: int) -> Iterator[tuple[StepKept, bool]]:
    """Yield each step taken with a message with whether the ladder of then makes it again.

    In a transaction. A step taken over when the company went live is not one of ours.
    """

    @cache
    def written(version: int) -> Sequence[Step]:
        try:
            return policies.version(company_id, version).ladder
        except NotFound:
            return ()

    found = sql.fetch_in_parts(StepKept, _STEPS, {"company_id": company_id})
    for _, steps in groupby(found, key=lambda one: one.item_id):
        earlier: list[StepKept] = []
        for one in steps:
            if one.message_id is not None:
                yield one, _replays(one, earlier, written)
            earlier.append(one)


def _replays(
    one: StepKept, earlier: Sequence[StepKept], written: Callable[[int], Sequence[Step]]
) -> bool:
    """Whether the item takes this step again, and the message its highest.

    A step does not count once its message was withdrawn or failed. When that was is not kept: one
    before this step counted perhaps, and perhaps not.
    """
    if one.policy_version is None:
        return False
    if one.level == one.level_of_message and one.step != one.message_step:
        return False
    ladder = written(one.policy_version)
    days_late = (one.taken_on - one.due_on).days
    by_law = notice_law.least_days(one.country, one.taken_on)
    for last in _last(earlier):
        level, since = (last.level, (one.taken_on - last.taken_on).days) if last else (None, None)
        found = step_for(days_late, level, since, ladder, least_days=by_law)
        if found is not None and (found.code, found.level) == (one.step, one.level):
            return True
    return False


def _last(earlier: Sequence[StepKept]) -> list[StepKept | None]:
    """Return which steps may have been the last that counted, nothing among them."""
    counted = [one for one in earlier if one.message_status not in TAKEN_BACK]
    sure = max(counted, key=_rank, default=None)
    perhaps = [
        one
        for one in earlier
        if one.message_status in TAKEN_BACK and (sure is None or _rank(one) > _rank(sure))
    ]
    return [sure, *perhaps]


def _rank(one: StepKept) -> tuple[int, int]:
    return one.level, one.id
