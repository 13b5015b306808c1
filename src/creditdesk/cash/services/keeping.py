"""Write down what was decided of payments, and carry out what still holds under lock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from creditdesk.cash.rules.shortfall import Adjusted
from creditdesk.cash.services.ordering import Moved
from creditdesk.cash.services.settlement import Plan, carry_out
from creditdesk.cash.services.writing import (
    ItemState,
    PaymentState,
    items,
    keep_match_columns,
    next_ids,
    payments,
)
from creditdesk.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class MatchResult:
    """What matching did; `applied_minor` by currency. `overtaken` were changed meanwhile.

    `moved` is what paying in the order of the policy made and changed. `returned` payments went
    back by the bank; `returns_waiting` name none beyond doubt.
    """

    matched: int
    applied: int
    identified: int
    left: int
    overtaken: int
    applied_minor: dict[str, int]
    moved: tuple[Moved, ...] = ()
    returned: int = 0
    returns_waiting: int = 0


class Decided(NamedTuple):
    """What is to become of a payment, and how payment and items stood when that was decided."""

    payment_id: int
    minor: int
    known_customer_id: int | None
    customer_id: int | None
    method: str
    is_certain: bool
    reasons: str
    proposals: str
    allocations: tuple[tuple[int, int], ...]
    open_before: tuple[int, ...]

    @property
    def moves(self) -> bool:
        """Whether this changes more than what is known of the payment."""
        return bool(self.allocations) or self.customer_id not in (None, self.known_customer_id)


@dataclass(slots=True)
class Done:
    """What has been written so far; `given` besides payments, and the reasons that say so."""

    given: Mapping[int, Sequence[Adjusted]]
    reasons: Mapping[int, str]

    applied: int = 0
    identified: int = 0
    overtaken: int = 0
    applied_minor: Counter[str] = field(default_factory=Counter)

    def add(self, plans: Sequence[Plan], overtaken: int) -> None:
        """Count what was carried out."""
        for plan in plans:
            self.applied_minor[plan.payment.currency] += plan.applied_minor
        self.applied += sum(1 for plan in plans if plan.allocations)
        self.identified += sum(1 for plan in plans if plan.is_identified_now)
        self.overtaken += overtaken

    def result(self, matched: int) -> MatchResult:
        """Return what became of so many payments."""
        return MatchResult(
            matched=matched,
            applied=self.applied,
            identified=self.identified,
            left=matched - self.applied,
            overtaken=self.overtaken,
            applied_minor={c: minor for c, minor in self.applied_minor.items() if minor},
        )


def keep(actor: Actor, decided: Sequence[Decided], policy_version: int, done: Done) -> None:
    """Apply what still holds under lock; write down every new finding."""
    moving = [one for one in decided if one.moves]
    states, open_now = _locked(actor, moving)
    overtaken = _overtaken(moving, states, open_now)
    kept = [one for one in decided if one.payment_id not in overtaken]
    ids = next_ids("cash_match", len(kept))
    keep_match_columns(
        actor,
        {
            "id": ids,
            "payment_id": [one.payment_id for one in kept],
            "method": [one.method for one in kept],
            "is_certain": [one.is_certain for one in kept],
            "reasons": [done.reasons.get(one.payment_id, one.reasons) for one in kept],
            "proposals": [one.proposals for one in kept],
        },
        policy_version,
    )
    # What was worked out beside a payment that is dropped now may be wrong.
    given = {} if overtaken or done.overtaken else done.given
    plans = [
        Plan(
            payment=states[one.payment_id],
            customer_id=one.customer_id,
            match_id=match_id,
            allocations=one.allocations,
            adjusted=given.get(one.payment_id, ()),
            policy_version=policy_version,
            is_automatic=True,
        )
        for one, match_id in zip(kept, ids, strict=True)
        if one.moves and one.customer_id is not None
    ]
    carry_out(actor, plans, open_now)
    done.add(plans, len(overtaken))


def _locked(
    actor: Actor, moving: Sequence[Decided]
) -> tuple[dict[int, PaymentState], dict[int, ItemState]]:
    """Hold payments and items, in this order, after exposure; return how they stand."""
    if not moving:
        return {}, {}
    states = payments(actor, {one.payment_id for one in moving}, lock=True)
    item_ids = {item_id for one in moving for item_id, _ in one.allocations}
    return states, items(actor, item_ids, lock=True) if item_ids else {}


def _overtaken(
    moving: Sequence[Decided],
    states: Mapping[int, PaymentState],
    open_now: Mapping[int, ItemState],
) -> set[int]:
    """Return the payments that are not as they were decided on, or whose items are not."""
    found: set[int] = set()
    still_open = {item_id: item.open_minor for item_id, item in open_now.items()}
    for one in moving:
        state = states[one.payment_id]
        is_same = (state.free_minor, state.customer_id) == (one.minor, one.known_customer_id)
        now = tuple([still_open[item_id] for item_id, _ in one.allocations])
        if is_same and now == one.open_before:
            for item_id, minor in one.allocations:
                still_open[item_id] -= minor
        else:
            found.add(one.payment_id)
    return found
