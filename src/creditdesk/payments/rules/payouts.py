"""What a payout sums up, and which receipt of the bank it is. Pure.

Source: https://docs.stripe.com/reports/balance-transaction-types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from creditdesk.payments.rules.amounts import from_provider
from creditdesk.payments.rules.notices import ID_LENGTH_MAX, notice_fault

PAYOUT_ITSELF: Final = frozenset({"payout"})
# A bank books a payout up to a day before, and some days after, the provider says it arrives.
DAYS_EARLY: Final = 2
DAYS_LATE: Final = 7
WORD: Final = "STRIPE"
# Fees of disputes are booked when the dispute is told.
_DISPUTED: Final = frozenset({"adjustment"})


@dataclass(frozen=True, slots=True)
class Movement:
    """One balance transaction: what came in or left gross, the fee, and what it leaves.

    `is_fee_unknown`: its fee is not in the books yet.
    """

    id: str
    kind: str
    source: str
    gross_minor: int
    fee_minor: int
    net_minor: int
    is_fee_unknown: bool = True


@dataclass(frozen=True, slots=True)
class Awaited:
    """A payout that the bank has not brought yet."""

    id: int
    name: str
    minor: int
    currency: str
    arrives_on: date


@dataclass(frozen=True, slots=True)
class Candidate:
    """A receipt of nobody known; `words` is what the bank said, upper case."""

    id: int
    minor: int
    currency: str
    received_on: date
    words: str


def movement(given: Mapping[str, Any], currency: str) -> Movement:
    """Return a movement as the provider tells it; Invalid where it is none of this currency."""
    told = given.get("id"), given.get("type"), given.get("source") or ""
    if not all(isinstance(one, str) and len(one) <= ID_LENGTH_MAX for one in told):
        raise notice_fault("balance transaction")
    if str(given.get("currency", "")).upper() != currency:
        raise notice_fault("currency")
    gross, fee, net = (_minor(given, name, currency) for name in ("amount", "fee", "net"))
    if net != gross - fee:
        raise notice_fault("net")
    found, kind, source = (str(one) for one in told)
    if kind == "stripe_fee":  # a charge of the provider's own: all of it is a fee
        return Movement(found, kind, source, 0, -net, net)
    return Movement(found, kind, source, gross, fee, net, kind not in _DISPUTED)


def _minor(given: Mapping[str, Any], field: str, currency: str) -> int:
    found = given.get(field)
    if not isinstance(found, int) or isinstance(found, bool):
        raise notice_fault(field)
    try:
        return from_provider(found, currency)
    except ValueError as error:
        raise notice_fault(field) from error


def pairs(awaited: Sequence[Awaited], candidates: Sequence[Candidate]) -> list[tuple[int, int]]:
    """Return (payout, receipt) of which neither could be of another."""
    could = [(one, other) for one in awaited for other in candidates if _could_be(one, other)]
    named = [(one, other) for one, other in could if one.name.upper() in other.words]
    taken = {one.id for one, _ in named}, {other.id for _, other in named}
    rest = [
        (one, other)
        for one, other in could
        if one.id not in taken[0] and other.id not in taken[1] and WORD in other.words
    ]
    return [*_alone(named), *_alone(rest)]


def _alone(found: Sequence[tuple[Awaited, Candidate]]) -> list[tuple[int, int]]:
    left = [one.id for one, _ in found]
    right = [other.id for _, other in found]
    return [
        (one.id, other.id)
        for one, other in found
        if left.count(one.id) == 1 and right.count(other.id) == 1
    ]


def _could_be(one: Awaited, other: Candidate) -> bool:
    first = one.arrives_on - timedelta(days=DAYS_EARLY)
    last = one.arrives_on + timedelta(days=DAYS_LATE)
    return (one.minor, one.currency) == (
        other.minor,
        other.currency,
    ) and first <= other.received_on <= last
