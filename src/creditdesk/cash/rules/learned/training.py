"""A model out of the company's own confirmed payments, each looked at as it was before it came.

Payments are walked in the order in which they were applied. Each is proposed for with nothing but
what was known before it; what was right is known from what became of it; then it is seen itself.
So nothing is trained on what only came later, and the same history gives the same model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from creditdesk.cash.rules.learned import calibration, weighing
from creditdesk.cash.rules.learned.candidates import candidates
from creditdesk.cash.rules.learned.habits import KeysSeen, Watching, parts_of
from creditdesk.cash.rules.learned.habits import keys_of as keys_of_receipt
from creditdesk.cash.rules.learned.sides import Knowledge, sides
from creditdesk.cash.rules.learned.values import Candidate, Habit, Model
from creditdesk.cash.rules.payers import Payers
from creditdesk.cash.rules.values import Allocations, OpenItem, Receipt

# Fewer confirmed payments say nothing about how sure one may be.
PAYMENTS_MIN: Final = 50
# Proposals are judged by the latest confirmed payments, so many at most: what is worked out for a
# training does not grow with the years, and payers are weighed by how they pay now.
JUDGED_MAX: Final = 2_000
FIT_PERCENT: Final = 50
CALIBRATE_PERCENT: Final = 30
PERCENT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A payment that was applied and stands: what it settled, and what was known before it.

    `items` are the open items, before it, of its customers and of those its keys point to, with
    what was open then; `payers` knows the keys of this receipt only.
    """

    receipt: Receipt
    allocations: Allocations
    items: Sequence[OpenItem]
    payers: Payers
    is_taught: bool = True  # False: it only shows a habit, and no proposal is judged by it


@dataclass(frozen=True, slots=True)
class Learned:
    """What training came to: a model, if there was enough, and the habits of the payers."""

    model: Model | None
    habits: tuple[Habit, ...]
    payments: int


@dataclass(slots=True)
class Seen:
    """Habits and keys as they grow, payment by payment."""

    watching: dict[int, Watching] = field(default_factory=dict)
    owners: dict[str, dict[int, int]] = field(default_factory=dict)

    def habits(self, customer_ids: Iterable[int]) -> dict[int, Habit]:
        """Return the habits of those customers who paid before."""
        return {one: self.watching[one].habit(one) for one in customer_ids if one in self.watching}

    def see(self, one: Confirmed) -> None:
        """Count a payment for each customer it settled something of."""
        paid = {item_id for item_id, _ in one.allocations}
        owners = {item.item_id: item.customer_id for item in one.items if item.item_id in paid}
        shares: dict[int, list[tuple[int, int]]] = {}
        for item_id, minor in one.allocations:
            if item_id in owners:
                shares.setdefault(owners[item_id], []).append((item_id, minor))
        keys = keys_of_receipt(one.receipt)
        for customer_id, share in sorted(shares.items()):
            mine = [item for item in one.items if item.customer_id == customer_id]
            self.watching.setdefault(customer_id, Watching()).see(
                _part(one.receipt, share), parts_of(mine, {}), tuple(share)
            )
            for key in keys:
                of_key = self.owners.setdefault(key, {})
                of_key[customer_id] = of_key.get(customer_id, 0) + 1


def _part(receipt: Receipt, share: Sequence[tuple[int, int]]) -> Receipt:
    """Return the part of a receipt that settled these items."""
    minor = sum(minor for _, minor in share)
    return receipt if minor == receipt.minor else receipt._replace(minor=minor)


def train(confirmed: Iterable[Confirmed], *, name_score_minimum: Decimal, version: int) -> Learned:
    """Return model and habits of payments given in the order in which they were applied."""
    seen = Seen()
    examples: list[list[weighing.Row]] = []
    count = 0
    for one in confirmed:
        if one.is_taught:
            rows = list(_rows(one, seen, name_score_minimum))
            if rows:
                examples.append(rows)
        seen.see(one)
        count += 1
    habits = tuple(watching.habit(one) for one, watching in sorted(seen.watching.items()))
    model = _model(examples, version) if len(examples) >= PAYMENTS_MIN else None
    return Learned(model, habits, count)


def _rows(one: Confirmed, seen: Seen, name_score_minimum: Decimal) -> Iterator[weighing.Row]:
    """Yield the proposals for a payment as it came, each with whether it was right."""
    truth = tuple(sorted(one.allocations))
    for candidate in candidates_before(one, seen, name_score_minimum):
        yield candidate.features, candidate.allocations == truth


def candidates_before(one: Confirmed, seen: Seen, name_score_minimum: Decimal) -> list[Candidate]:
    """Return what would have been proposed for a payment from what was known before it."""
    known = Knowledge(one.payers, KeysSeen(seen.owners))
    receipt = one.receipt
    if receipt.customer_id is not None:
        receipt = receipt._replace(customer_id=None)
    items: dict[int, list[OpenItem]] = {}
    for item in one.items:
        if item.currency == receipt.currency:
            items.setdefault(item.customer_id, []).append(item)
    return candidates(
        receipt, sides(receipt, known, name_score_minimum), items, seen.habits(items), {}
    )


def _model(examples: Sequence[Sequence[weighing.Row]], version: int) -> Model:
    """Fit on the oldest payments, calibrate on later ones, test on the latest."""
    first = len(examples) * FIT_PERCENT // PERCENT
    second = len(examples) * (FIT_PERCENT + CALIBRATE_PERCENT) // PERCENT
    bias, weights = weighing.fit(row for rows in examples[:first] for row in rows)
    found = calibration.bins(_scored(examples[first:second], bias, weights))
    stated = [
        (calibration.confidence(score, found), is_right)
        for score, is_right in _scored(examples[second:], bias, weights)
    ]
    bands = calibration.reliability(stated)
    return Model(
        version=version,
        bias=bias,
        weights=weights,
        bins=found,
        payments=len(examples),
        held_out=len(examples) - second,
        calibration_error=calibration.calibration_error(bands),
        reliability=bands,
    )


def _scored(
    examples: Iterable[Sequence[weighing.Row]], bias: float, weights: Mapping[str, float]
) -> list[calibration.Scored]:
    return [
        (weighing.score(features, bias, weights), is_right)
        for rows in examples
        for features, is_right in rows
    ]
