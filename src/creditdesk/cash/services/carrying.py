"""Carry out findings that are certain, as far as payments and items are still as they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from creditdesk.cash.rules import Finding
from creditdesk.cash.rules.shortfall import Adjusted
from creditdesk.cash.rules.values import Reason
from creditdesk.cash.services.settlement import Plan, carry_out
from creditdesk.cash.services.writing import (
    ItemState,
    NewMatch,
    PaymentState,
    items,
    keep_matches,
    next_ids,
    payments,
)
from creditdesk.credit import services as credit
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql

_OWNERS = """
    SELECT DISTINCT customer_id FROM invoices_item
     WHERE company_id = %(company_id)s AND id = ANY(%(items)s::bigint[])
    UNION
    SELECT customer_id FROM cash_payment
     WHERE company_id = %(company_id)s AND id = ANY(%(payments)s::bigint[])
       AND customer_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Applied:
    """What was applied beyond the rules; `payment_ids` in order."""

    payment_ids: tuple[int, ...] = ()
    identified: int = 0
    overtaken: int = 0
    applied_minor: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Applied) -> Applied:
        return Applied(
            self.payment_ids + other.payment_ids,
            self.identified + other.identified,
            self.overtaken + other.overtaken,
            Counter(self.applied_minor) + Counter(other.applied_minor),
        )


@dataclass(frozen=True, slots=True)
class Besides:
    """What becomes of what a payment leaves open: given, or still to be paid, and why it was so.

    `reasons` are told only where it does become so.
    """

    adjusted: tuple[Adjusted, ...] = ()
    left_open: frozenset[int] = frozenset()
    reasons: tuple[Reason, ...] = ()


NOTHING_BESIDES: Final = Besides()


def carry_findings(
    actor: Actor,
    findings: Sequence[Finding],
    open_minor: Mapping[int, int],
    policy_version: int,
    besides: Mapping[int, Besides] = MappingProxyType({}),
) -> Applied:
    """Apply certain findings that still hold under lock, each with the row that says why.

    `open_minor` is what was open of the items when the findings were made, `besides` what becomes
    of the rest, by payment. Not a command of its own; locks go exposure, payments, items.
    """
    if not findings:
        return Applied()
    states, open_now = _locked(actor, findings)
    kept, overtaken = _holding(findings, states, open_now, open_minor)
    if overtaken:  # what was worked out beside a payment that is dropped now may be wrong
        besides = {}
    ids = next_ids("cash_match", len(kept))
    keep_matches(
        actor,
        [
            _new_match(found, besides.get(found.payment_id, NOTHING_BESIDES), match_id)
            for found, match_id in zip(kept, ids, strict=True)
        ],
        policy_version,
    )
    plans = [
        Plan(
            payment=states[found.payment_id],
            customer_id=found.customer_id,
            match_id=match_id,
            allocations=found.allocations,
            adjusted=besides.get(found.payment_id, NOTHING_BESIDES).adjusted,
            policy_version=policy_version,
            is_automatic=True,
            left_open=besides.get(found.payment_id, NOTHING_BESIDES).left_open,
        )
        for found, match_id in zip(kept, ids, strict=True)
        if found.customer_id is not None
    ]
    carry_out(actor, plans, open_now)
    applied: Counter[str] = Counter()
    for plan in plans:
        applied[plan.payment.currency] += plan.applied_minor
    return Applied(
        tuple(plan.payment.id for plan in plans),
        sum(1 for plan in plans if plan.is_identified_now),
        overtaken,
        dict(applied),
    )


def hold_owners(actor: Actor, findings: Sequence[Finding]) -> None:
    """Hold the exposure of everybody whom findings concern until the transaction ends.

    For callers that ask what may be given beside them: nobody else gives anything meanwhile.
    """
    owners = sql.scalars(
        _OWNERS,
        {
            "company_id": actor.company_id,
            "items": sql.array(sorted({i for found in findings for i, _ in found.allocations})),
            "payments": sql.array(sorted({found.payment_id for found in findings})),
        },
    )
    named = {found.customer_id for found in findings if found.customer_id is not None}
    credit.lock_exposure(actor, named | set(owners))


def _locked(
    actor: Actor, findings: Sequence[Finding]
) -> tuple[dict[int, PaymentState], dict[int, ItemState]]:
    """Hold exposure, payments and items, in this order, and return how they stand."""
    hold_owners(actor, findings)
    payment_ids = {found.payment_id for found in findings}
    item_ids = {item_id for found in findings for item_id, _ in found.allocations}
    return payments(actor, payment_ids, lock=True), items(actor, item_ids, lock=True)


def _holding(
    findings: Sequence[Finding],
    states: Mapping[int, PaymentState],
    open_now: Mapping[int, ItemState],
    open_minor: Mapping[int, int],
) -> tuple[list[Finding], int]:
    """Return the findings whose payment and items are as they were, and how many are not."""
    left = {item_id: item.open_minor for item_id, item in open_now.items()}
    changed = {item_id for item_id, minor in left.items() if minor != open_minor.get(item_id)}
    kept = []
    for found in findings:
        wanted = sum(minor for _, minor in found.allocations)
        holds = (
            wanted <= states[found.payment_id].free_minor
            and not _touch(changed, found)
            and all(left[item_id] >= minor for item_id, minor in found.allocations)
        )
        if holds:
            kept.append(found)
            for item_id, minor in found.allocations:
                left[item_id] -= minor
    return kept, len(findings) - len(kept)


def _touch(changed: Collection[int], found: Finding) -> bool:
    return any(item_id in changed for item_id, _ in found.allocations)


def _new_match(found: Finding, besides: Besides, match_id: int) -> NewMatch:
    return NewMatch(
        id=match_id, payment_id=found.payment_id, method=found.method, is_certain=found.is_certain,
        reasons=(*found.reasons, *besides.reasons), proposals=found.proposals,
    )  # fmt: skip
