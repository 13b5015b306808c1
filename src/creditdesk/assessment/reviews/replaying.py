"""Reviews as they were prepared and decided, worked out again from their facts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from creditdesk.assessment.reviews import preparing
from creditdesk.assessment.reviews.rules import Facts, Proposal
from creditdesk.controls import queries as controls
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import to_json
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy

AT_A_TIME: Final = 2_000
_FACTS: Final = TypeAdapter(Facts)
_PART: Final = """
    SELECT id, reference, state, risk_class, currency, current_minor, answer, proposed_minor,
           facts::text, proposal::text, rate, policy_version, choice, decided_minor, is_automatic
      FROM assessment_review
     WHERE company_id = %(company_id)s AND id > %(after_id)s
     ORDER BY id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class ReviewKept:
    """A review with what its proposal and its end are worked out from."""

    id: int
    reference: str
    state: str
    risk_class: str
    currency: str
    current_minor: int
    answer: str
    proposed_minor: int
    facts_text: str
    proposal_text: str
    rate: Decimal | None
    policy_version: int
    choice: str
    decided_minor: int | None
    is_automatic: bool


def replayed(company_id: int) -> Iterator[tuple[ReviewKept, bool]]:
    """Yield each review with whether its facts make its proposal and its end again, in order."""
    own = controls.company(company_id).currency

    @cache
    def written(version: int) -> Policy | None:
        try:
            return policies.version(company_id, version)
        except NotFound:
            return None

    after_id = 0
    asked = {"company_id": company_id, "limit": AT_A_TIME}
    while found := sql.fetch(ReviewKept, _PART, {**asked, "after_id": after_id}):
        for one in found:
            yield one, _replays(one, written, own)
        after_id = found[-1].id


def _replays(one: ReviewKept, written: Callable[[int], Policy | None], own: str) -> bool:
    policy = written(one.policy_version)
    try:
        facts = _FACTS.validate_json(one.facts_text)
    except ValidationError:
        return False
    if policy is None:
        return False
    again = preparing.proposed(facts, policy, own, one.rate)
    kept: Any = json.loads(one.proposal_text)
    return (
        to_json(again) == to_json(kept)
        and (one.answer, one.proposed_minor) == (again.answer, again.minor)
        and (one.risk_class, one.currency, one.current_minor)
        == (facts.risk_class, facts.currency, facts.current_minor)
        and _ends_right(one, facts, again, policy, own)
    )


def _ends_right(one: ReviewKept, facts: Facts, again: Proposal, policy: Policy, own: str) -> bool:
    """Whether what was decided follows from what was chosen; another amount is a person's own."""
    if one.is_automatic and not preparing.stays_by_policy(again, facts, one.rate, policy, own):
        return False
    expected = {"accept": again.minor, "decline": one.current_minor}.get(one.choice)
    return expected is None or one.decided_minor == expected
