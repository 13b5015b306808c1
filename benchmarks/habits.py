"""`python -m benchmarks.habits`: what learning adds, on payers with habits, made from a seed.

Customers pay every month as they are used to: whole months, the oldest first, all that is open,
less two per cent, one at a time, or anyhow; a third under a name that is not theirs. Twenty months
are confirmed; then ten more are proposed for that nobody trained on. It prints the reliability
table of stated confidence, and a JSON object with what would be applied without a person.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from creditdesk.cash.rules import Finding, OpenItem, Receipt, build_payers
from creditdesk.cash.rules.learned import (
    Confirmed,
    Knowledge,
    Learned,
    Lessons,
    calibration,
    keys_seen,
    second_look,
    train,
    weighing,
)
from creditdesk.cash.rules.learned.candidates import candidates
from creditdesk.cash.rules.learned.sides import sides
from creditdesk.kernel.references import name_key
from creditdesk.policy.rules import MatchingRules

BEGIN: Final = date(2025, 1, 1)
HABITS: Final = ("exact", "month", "oldest", "balance", "discount", "anyhow")
TRAINED_MONTHS: Final = 20
TESTED_MONTHS: Final = 10


@dataclass(frozen=True, slots=True)
class Owed:
    """An open item as matching wants it."""

    item_id: int
    customer_id: int
    issued_on: date
    due_on: date
    open_minor: int
    currency: str = "EUR"

    @property
    def invoice_id(self) -> int:
        """One item a document."""
        return self.item_id

    @property
    def number(self) -> str:
        """The document's number."""
        return f"INV-{self.item_id:06d}"

    @property
    def number_key(self) -> str:
        """The number for comparing."""
        return f"INV{self.item_id:06d}"


@dataclass(slots=True)
class World:
    """Customers who get invoices every month and pay by their habit."""

    chance: random.Random
    customers: int
    owed: dict[int, list[Owed]] = field(default_factory=dict)
    made: int = 0

    def months(self, count: int) -> Iterator[Confirmed]:
        """Yield the payments of so many months, each with what was open before it."""
        payment_id = 0
        for month in range(count):
            first = date(BEGIN.year + month // 12, month % 12 + 1, 1)
            for customer_id in range(1, self.customers + 1):
                self._invoice(customer_id, first)
            for customer_id in range(1, self.customers + 1):
                payment_id += 1
                yield self._pays(payment_id, customer_id, first + timedelta(days=38))

    def _invoice(self, customer_id: int, first: date) -> None:
        for _ in range(self.chance.randint(2, 4)):
            self.made += 1
            day = first + timedelta(days=self.chance.randint(0, 26))
            due = day + timedelta(days=30)
            minor = self.chance.randint(20, 400) * 25 * self.chance.choice((1, 1, 20))
            self.owed.setdefault(customer_id, []).append(
                Owed(self.made, customer_id, day, due, minor)
            )

    def _pays(self, payment_id: int, customer_id: int, on: date) -> Confirmed:
        before = sorted(self.owed[customer_id], key=lambda one: (one.due_on, one.item_id))
        paid = dict(self._parts(HABITS[customer_id % len(HABITS)], before))
        self.owed[customer_id] = [one for one in before if one.item_id not in paid]
        name = f"Payer Number {customer_id}"
        known = {name_key(name): {customer_id}} if customer_id % 3 else {}
        receipt = Receipt(
            payment_id=payment_id, minor=sum(paid.values()), currency="EUR", received_on=on,
            text="monthly run", counterparty=name,
        )  # fmt: skip
        return Confirmed(
            receipt=receipt,
            allocations=tuple(sorted(paid.items())),
            items=tuple(before),
            payers=build_payers({}, known, {}),
        )

    def _parts(self, habit: str, before: list[Owed]) -> list[tuple[int, int]]:
        oldest = before[0]
        month = (oldest.issued_on.year, oldest.issued_on.month)
        chosen = {
            "month": [o for o in before if (o.issued_on.year, o.issued_on.month) == month],
            "oldest": before[: min(2 + oldest.item_id % 2, len(before))],
            "balance": before,
            "anyhow": self.chance.sample(before, self.chance.randint(1, len(before))),
        }.get(habit, [oldest])
        if habit == "discount":
            return [(oldest.item_id, oldest.open_minor * 98 // 100)]
        return [(one.item_id, one.open_minor) for one in chosen]


def main() -> int:
    """Train on the first months, propose for the later ones, print what came true."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.habits", description=__doc__)
    parser.add_argument("--customers", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same world")
    asked = parser.parse_args()
    world = World(random.Random(asked.seed), asked.customers)
    history = list(world.months(TRAINED_MONTHS + TESTED_MONTHS))
    held_out = TESTED_MONTHS * asked.customers
    rules = MatchingRules()
    learned = train(history[:-held_out], name_score_minimum=rules.name_score_minimum, version=1)
    if learned.model is None:
        print("too few payments for a model")
        return 1
    told = judged(learned, history[-held_out:], rules)
    print(json.dumps(told))
    return 0


def judged(
    learned: Learned, history: Sequence[Confirmed], rules: MatchingRules
) -> dict[str, float]:
    """Return how calibrated the model is on payments it never saw, and what it would apply."""
    if learned.model is None:
        raise ValueError("nothing was learned")
    habits = {habit.customer_id: habit for habit in learned.habits}
    keys = keys_seen(learned.habits)
    stated: list[tuple[float, bool]] = []
    right = false = 0
    for one in history:
        known = Knowledge(one.payers, keys)
        items = by_customer(one.items)
        found = sides(one.receipt, known, rules.name_score_minimum)
        for each in candidates(one.receipt, found, items, habits, {}):
            score = weighing.score(each.features, learned.model.bias, learned.model.weights)
            confidence = calibration.confidence(score, learned.model.bins)
            stated.append((confidence, each.allocations == one.allocations))
        left = Finding(
            payment_id=one.receipt.payment_id, method="none", is_certain=False, customer_id=None,
            allocations=(), reasons=(),
        )  # fmt: skip
        lessons = Lessons(learned.model, known, habits)
        decided = second_look(one.receipt, left, lessons, rules, items, {})
        right += decided.is_certain and decided.allocations == one.allocations
        false += decided.is_certain and decided.allocations != one.allocations
    bands = calibration.reliability(stated)
    print(f"{'from':>6}{'proposals':>11}{'stated':>9}{'came true':>11}")
    for band in bands:
        came_true = Decimal(band.right) / band.count
        print(
            f"{band.confidence_from:>6.1f}{band.count:>11}{band.expected:>9.3f}{came_true:>11.3f}"
        )
    return {
        "payments": len(history),
        "trained_on": learned.model.payments,
        "applied_right": right,
        "applied_false": false,
        "precision": round(right / (right + false), 6) if right + false else 1.0,
        "calibration_error": calibration.calibration_error(bands),
    }


def by_customer(items: Sequence[OpenItem]) -> Mapping[int, Sequence[OpenItem]]:
    """Return the items by their customer."""
    found: dict[int, list[OpenItem]] = {}
    for item in items:
        found.setdefault(item.customer_id, []).append(item)
    return found


if __name__ == "__main__":
    sys.exit(main())
