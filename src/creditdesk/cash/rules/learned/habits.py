"""How payers are seen to pay: counted payment by payment, in the order in which they came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from statistics import median_low
from typing import Final

from creditdesk.cash.rules.learned.patterns import (
    Part,
    discount_points,
    is_less,
    patterns_of,
    share_taken,
)
from creditdesk.cash.rules.learned.values import Habit
from creditdesk.cash.rules.payers import payer_account_key, payer_key
from creditdesk.cash.rules.values import Allocations, OpenItem, Receipt

DELAYS_KEPT: Final = 60
# More than a fifth off is no discount.
DISCOUNT_POINTS_MAX: Final = 2_000
DISCOUNT_TIMES_MIN: Final = 2
_AS_THEY_FALL_DUE: Final = attrgetter("due_on", "issued_on", "item_id")


@dataclass(slots=True)
class Watching:
    """What was seen of one payer so far."""

    payments: int = 0
    patterns: Counter[str] = field(default_factory=Counter)
    discounts: Counter[int] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    delays: list[int] = field(default_factory=list)
    _habit: Habit | None = None  # what `habit` returns, until something more is seen

    def see(self, receipt: Receipt, parts: Sequence[Part], allocations: Allocations) -> None:
        """Count one confirmed payment; `parts` is what was open of the payer before it."""
        self._habit = None
        opens = {item.item_id: (item, minor) for item, minor in parts}
        truth = tuple(sorted(allocations))
        self.payments += 1
        self.keys.update(keys_of(receipt))
        self.patterns.update(patterns_of(parts, receipt.minor, receipt.received_on, truth))
        points = _discount(opens, truth, self.discounts)
        if points is not None:
            self.discounts[points] += 1
            self.patterns["discount"] += 1
        self._see_delays(receipt, opens, truth)

    def _see_delays(
        self, receipt: Receipt, opens: Mapping[int, Part], allocations: Allocations
    ) -> None:
        for item_id, _ in allocations:
            if item_id in opens:
                self.delays.append((receipt.received_on - opens[item_id][0].due_on).days)
        del self.delays[:-DELAYS_KEPT]

    def habit(self, customer_id: int) -> Habit:
        """Return what was seen as a habit; a discount counts from the second time on."""
        if self._habit is None:
            self._habit = self._summed(customer_id)
        return self._habit

    def _summed(self, customer_id: int) -> Habit:
        delay = median_low(self.delays) if self.delays else None
        spread = median_low([abs(one - delay) for one in self.delays]) if delay is not None else 0
        return Habit(
            customer_id=customer_id,
            payments=self.payments,
            patterns=dict(sorted(self.patterns.items())),
            discounts={
                points: times
                for points, times in sorted(self.discounts.items())
                if times >= DISCOUNT_TIMES_MIN
            },
            keys=dict(sorted(self.keys.items())),
            delay_days=delay,
            spread_days=spread,
        )


def keys_of(receipt: Receipt) -> tuple[str, ...]:
    """Return by what the bank names the payer: `a:` and the account, `n:` and the name."""
    account = payer_account_key(receipt.counterparty_account)
    name = payer_key(receipt.counterparty)
    if account and name:
        return f"a:{account}", f"n:{name}"
    if account:
        return (f"a:{account}",)
    return (f"n:{name}",) if name else ()


def _discount(
    opens: Mapping[int, Part], allocations: Allocations, seen: Mapping[int, int]
) -> int | None:
    """Return the share taken off the one item that was paid short, or None.

    A share seen before is recognised to the cent: of a small item a cent is many basis points.
    """
    if len(allocations) != 1 or allocations[0][0] not in opens:
        return None
    item_id, paid = allocations[0]
    open_minor = opens[item_id][1]
    if paid >= open_minor:
        return None
    known = share_taken(open_minor, paid, seen)
    if known is not None:
        return known
    points = discount_points(open_minor, paid)
    # Whole and half percents are agreed on; anything else was short by chance.
    is_agreed = 0 < points <= DISCOUNT_POINTS_MAX and points % 25 == 0
    return points if is_agreed and is_less(open_minor, paid, points) else None


@dataclass(frozen=True, slots=True)
class KeysSeen:
    """Whose payments came from an account or under a name: key → customer → how often."""

    owners: Mapping[str, Mapping[int, int]]

    def of(self, key: str) -> Mapping[int, int]:
        """Return the customers whose payments bore this key."""
        return self.owners.get(key, {})


def keys_seen(habits: Iterable[Habit]) -> KeysSeen:
    """Return the keys of all habits, looked up the other way round."""
    owners: dict[str, dict[int, int]] = {}
    for habit in habits:
        for key, times in habit.keys.items():
            owners.setdefault(key, {})[habit.customer_id] = times
    return KeysSeen(owners)


def parts_of(items: Iterable[OpenItem], opens: Mapping[int, int]) -> list[Part]:
    """Return the items still open in the order in which they fall due."""
    ordered = sorted(items, key=_AS_THEY_FALL_DUE)
    if not opens:
        return [(item, item.open_minor) for item in ordered if item.open_minor > 0]
    return [
        (item, minor) for item in ordered if (minor := opens.get(item.item_id, item.open_minor)) > 0
    ]
