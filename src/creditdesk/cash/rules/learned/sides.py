"""Who may have paid: by what the company knows, by what was seen, by whom they pay for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, cast

from creditdesk.cash.rules.learned.habits import KeysSeen, keys_of
from creditdesk.cash.rules.learned.values import Side, Who
from creditdesk.cash.rules.payers import Payers, most_like, name_scores, recognise
from creditdesk.cash.rules.values import Receipt

SIDES_MAX: Final = 12
SHARED_MAX: Final = 6
RELATED_MAX: Final = 8
# A key is one customer's if nearly all payments that bore it were theirs, and more than one was.
OWN_PERCENT: Final = 90
OWN_TIMES_MIN: Final = 2
# A relation that was only observed counts from the second confirmed payment on.
RELATION_TIMES_MIN: Final = 2
PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Relation:
    """A payer, known by account or name, who pays for a customer; explicit: somebody said so."""

    payer_key: str
    customer_id: int
    confirmed: int
    is_explicit: bool

    @property
    def counts(self) -> bool:
        """Whether matching may rest on it."""
        return self.is_explicit or self.confirmed >= RELATION_TIMES_MIN


@dataclass(frozen=True, slots=True)
class Relations:
    """For whom payers pay, by the payer's key."""

    by_key: Mapping[str, Sequence[Relation]] = field(default_factory=dict)

    def of(self, receipt: Receipt) -> tuple[int, ...]:
        """Return the customers the payer of a receipt pays for, in order."""
        found = {
            relation.customer_id
            for key in keys_of(receipt)
            for relation in self.by_key.get(key, ())
            if relation.counts
        }
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that tells who paid."""

    payers: Payers
    keys: KeysSeen = field(default_factory=lambda: KeysSeen({}))
    relations: Relations = field(default_factory=Relations)


def sides(
    receipt: Receipt, known: Knowledge, name_score_minimum: Decimal, equal: Sequence[int] = ()
) -> list[Side]:
    """Return who may have paid, the strongest evidence first, nobody twice.

    `equal` are customers with an item open of exactly this amount: they come last.
    """
    found: dict[tuple[int, ...], Side] = {}
    for side in _all(receipt, known, name_score_minimum, equal):
        found.setdefault(side.customer_ids, side)
        if len(found) == SIDES_MAX:
            break
    return list(found.values())


def _all(
    receipt: Receipt, known: Knowledge, name_score_minimum: Decimal, equal: Sequence[int]
) -> Iterator[Side]:
    payer, possible = recognise(receipt, known.payers)
    if payer is not None:
        yield Side((payer.customer_id,), cast("Who", payer.how))
    if receipt.customer_id is not None:
        return
    yield from _related(known.relations.of(receipt))
    yield from _seen(receipt, known.keys)
    if payer is None:
        for customer_id in possible[:SHARED_MAX]:
            yield Side((customer_id,), "shared")
        like = most_like(name_scores(receipt, known.payers, name_score_minimum))
        if like is not None:
            yield Side((like.customer_id,), "similar")
    for customer_id in equal[:SHARED_MAX]:
        yield Side((customer_id,), "amount")


def _related(customer_ids: tuple[int, ...]) -> Iterator[Side]:
    """Yield each customer a payer pays for, then all of them together."""
    for customer_id in customer_ids[:RELATED_MAX]:
        yield Side((customer_id,), "relation")
    if 1 < len(customer_ids) <= RELATED_MAX:
        yield Side(customer_ids, "relation")


def _seen(receipt: Receipt, keys: KeysSeen) -> Iterator[Side]:
    """Yield whose payments came from this account or under this name before."""
    shared: dict[int, int] = {}
    for key in keys_of(receipt):
        owners = keys.of(key)
        total = sum(owners.values())
        for customer_id, times in sorted(owners.items(), key=lambda one: (-one[1], one[0])):
            if times >= OWN_TIMES_MIN and times * PERCENT >= total * OWN_PERCENT:
                yield Side((customer_id,), "account_habit" if key[0] == "a" else "name_habit")
            else:
                shared[customer_id] = max(times, shared.get(customer_id, 0))
    ranked = sorted(shared.items(), key=lambda one: (-one[1], one[0]))
    for customer_id, _ in ranked[:SHARED_MAX]:
        yield Side((customer_id,), "shared")
