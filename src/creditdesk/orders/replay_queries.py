"""Stored decisions about orders, made again by the facts and the rules of then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from creditdesk.orders import queries, rules
from creditdesk.orders.queries import DecisionRow
from creditdesk.policy import queries as policy
from creditdesk.policy.rules import OrderRules

AT_A_TIME = 2_000


def replayed(company_id: int) -> Iterator[tuple[DecisionRow, bool]]:
    """Yield each decision of a company with whether it replays, the oldest first.

    The rules must fire as stored; the outcome is theirs, unless a person or what was agreed with
    one overruled them.
    """

    @cache
    def written(version: int) -> OrderRules:
        return policy.version(company_id, version).orders

    after_id = 0
    while found := queries.decisions(company_id, after_id=after_id, limit=AT_A_TIME):
        for one in found:
            yield one, _replays(one, written)
        after_id = found[-1].id


def _replays(one: DecisionRow, written: Callable[[int], OrderRules]) -> bool:
    if "expired_on" in one.inputs:
        again = rules.expiry(one.inputs["expired_on"], one.inputs["today"])
    else:
        again = rules.decide(one.facts, written(one.policy_version))
    is_overruled = one.outcome == "released" or "chosen" in one.inputs
    return again.fired == one.fired and (is_overruled or again.outcome == one.outcome)
