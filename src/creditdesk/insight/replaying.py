"""Decisions about orders and applications made again, by what was stored with them."""

from __future__ import annotations

from dataclasses import dataclass

from creditdesk.assessment.cases import queries as cases
from creditdesk.assessment.cases import services as deciding
from creditdesk.kernel.errors import NotFound
from creditdesk.orders import condition_queries, replay_queries

NAMED_MAX = 20


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many decisions were made again from what was stored, and those that came out otherwise.

    At most `NAMED_MAX` are named; `unlike` counts them all.
    """

    count: int
    unlike: int
    named: tuple[str, ...]


def replayed(company_id: int) -> Replayed:
    """Decide again what was decided about orders and applications; what was erased is left out."""
    count, named, unlike = 0, list[str](), 0
    for one, is_same in replay_queries.replayed(company_id):
        count += 1
        if not is_same:
            unlike += 1
            named.append(f"order {condition_queries.reference_of(one.order_id)}: {one.id}")
    for decision_id, reference in cases.decision_ids(company_id):
        try:
            is_same = deciding.replay(company_id, decision_id)
        except NotFound:  # its assessment was erased by rule
            continue
        count += 1
        if not is_same:
            unlike += 1
            named.append(f"application {reference}: {decision_id}")
    return Replayed(count, unlike, tuple(named[:NAMED_MAX]))
