"""What an insurer or a guarantor answers for of what a customer owes, and why not the rest. Pure.

An invoice is covered by the decision in force on the day it was issued: reducing or withdrawing a
cover leaves what was delivered before as it was. What the insurer answers for is lowered by the
policyholder's own retention, then once per customer and policy by the deductible.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, Literal

from creditdesk.credit.rules.limits import Backing, RatesInto
from creditdesk.kernel.money import exponent

COVER_KINDS: Final = ("named", "discretionary")
GUARANTEE_KINDS: Final = ("bank", "parent", "other")
# How many days ahead an overdue item is shown as soon to be reported.
REPORT_SOON_DAYS: Final = 14

Uncovered = Literal[
    "", "no_cover", "beyond_cover", "not_reported", "delivered_while_overdue", "no_rate"
]
ReportState = Literal["", "soon", "now", "missed", "reported"]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy of an insurer; amounts in minor units of `currency`.

    An overdue item is reported within `report_days` of its due date; what is delivered while an
    older item is late by more than `extension_days` is not covered.
    """

    id: int
    insurer: str
    number: str
    currency: str
    valid_from: date
    valid_to: date
    maximum_liability_minor: int
    retention_percent: Decimal
    deductible_minor: int
    extension_days: int
    report_days: int

    def counts_on(self, on: date) -> bool:
        """Whether the policy is in force."""
        return self.valid_from <= on <= self.valid_to


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """An insurer's decision about a buyer from a date on; nothing is covered by one of zero."""

    id: int
    policy_id: int
    kind: str
    currency: str
    minor: int
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What is open of an instalment, and when it was reported to the insurer."""

    id: int
    number: str
    instalment: int
    issued_on: date
    due_on: date
    currency: str
    open_minor: int
    reported_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCover:
    """What of an item is covered, in its own currency, why not the rest, and until when to report.

    `policy_id` is the first that covers any of it.
    """

    item: Item
    covered_minor: int
    because: Uncovered
    policy_id: int | None
    report_by: date | None
    report: ReportState

    @property
    def uncovered_minor(self) -> int:
        """What nobody answers for."""
        return self.item.open_minor - self.covered_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one policy answers for towards one customer, in the policy's currency."""

    policy_id: int
    currency: str
    covered_minor: int
    retention_minor: int
    deductible_minor: int

    @property
    def insured_minor(self) -> int:
        """What the insurer would pay."""
        return self.covered_minor - self.retention_minor - self.deductible_minor


def cover_on(covers: Iterable[Cover], on: date) -> dict[int, Cover]:
    """Return the cover in force on a date by policy: the latest decision, if it has not ended."""
    latest: dict[int, Cover] = {}
    for cover in sorted(covers, key=lambda one: (one.valid_from, one.id)):
        if cover.valid_from <= on:
            latest[cover.policy_id] = cover
    return {
        policy_id: one
        for policy_id, one in sorted(latest.items())
        if one.minor > 0 and (one.valid_to is None or on <= one.valid_to)
    }


def backing_of(
    policies: Mapping[int, Policy],
    covers: Iterable[Cover],
    guarantees: Iterable[tuple[str, int]],
    on: date,
) -> Backing:
    """Return what insurers, less the retention, and guarantors answer for on a date."""
    insured = [
        (one.currency, _share(one.minor, 100 - policies[one.policy_id].retention_percent))
        for one in cover_on(covers, on).values()
        if policies[one.policy_id].counts_on(on)
    ]
    return Backing(tuple(insured), tuple(guarantees))


def covered(
    items: Iterable[Item],
    covers: Sequence[Cover],
    policies: Mapping[int, Policy],
    *,
    on: date,
    rates_into: RatesInto,
) -> tuple[list[ItemCover], list[Answered]]:
    """Return per item what is covered, and per policy what the insurer answers for.

    The oldest invoices take the cover first. `rates_into` says what one unit of others is worth in
    a currency. What is rounded is rounded down, so that cover is never overstated.
    """
    given = sorted(items, key=lambda one: (one.issued_on, one.due_on, one.id))
    taker = _Taker(policies, covers, given, rates_into)
    told = [taker.take(item, on) for item in given]
    return told, taker.answered()


def within_maximum(answered: Iterable[Answered], policies: Mapping[int, Policy]) -> dict[int, int]:
    """Return by policy how much of what it should answer for is above its maximum liability."""
    sums: dict[int, int] = defaultdict(int)
    for one in answered:
        sums[one.policy_id] += one.insured_minor
    return {
        key: max(0, minor - policies[key].maximum_liability_minor) for key, minor in sums.items()
    }


def report_state(item: Item, policy: Policy, on: date) -> tuple[date, ReportState]:
    """Return the last day to report an item as overdue, and how it stands on a date."""
    by = item.due_on + timedelta(days=policy.report_days)
    if item.reported_on is not None and item.reported_on <= by:
        return by, "reported"
    if on > by:
        return by, "missed"
    if item.due_on >= on:
        return by, ""
    return by, "soon" if (by - on).days > REPORT_SOON_DAYS else "now"


class _Taker:
    """Cover being taken by items, the oldest first."""

    def __init__(
        self,
        policies: Mapping[int, Policy],
        covers: Sequence[Cover],
        items: Sequence[Item],
        rates_into: RatesInto,
    ) -> None:
        self.policies = policies
        self.covers = covers
        self.items = items
        self.rates_into = rates_into
        # What was taken of each policy, in the policy's own currency.
        self.taken: dict[int, Decimal] = defaultdict(Decimal)

    def take(self, item: Item, on: date) -> ItemCover:
        """Return what of an item is covered, and take it."""
        covered, first = Decimal(0), None
        because: Uncovered = "no_cover"
        by, state = None, ""
        for policy_id, cover in cover_on(self.covers, item.issued_on).items():
            policy = self.policies[policy_id]
            if not policy.counts_on(item.issued_on):
                continue
            by, state = report_state(item, policy, on)
            because = self._refused(item, policy, state)
            if because:
                continue
            part, because = self._part(item, item.open_minor - covered, cover, policy)
            covered += part
            first = first or (policy_id if part else None)
            if covered >= item.open_minor:
                break
        whole = int(covered.to_integral_value(ROUND_FLOOR))
        return ItemCover(
            item=item,
            covered_minor=whole,
            because="" if whole == item.open_minor else because,
            policy_id=first,
            report_by=by,
            report=state,  # type: ignore[arg-type]
        )

    def answered(self) -> list[Answered]:
        """Return what each policy answers for, rounded down, the retention rounded up."""
        found = []
        for policy_id, exact in sorted(self.taken.items()):
            policy = self.policies[policy_id]
            minor = int(exact.to_integral_value(ROUND_FLOOR))
            own = (minor * policy.retention_percent / 100).to_integral_value(ROUND_CEILING)
            found.append(
                Answered(
                    policy_id=policy_id,
                    currency=policy.currency,
                    covered_minor=minor,
                    retention_minor=int(own),
                    deductible_minor=min(policy.deductible_minor, minor - int(own)),
                )
            )
        return found

    def _refused(self, item: Item, policy: Policy, state: str) -> Uncovered:
        if state == "missed":
            return "not_reported"
        late = timedelta(days=policy.extension_days)
        stopped = any(one.due_on + late < item.issued_on for one in self.items if one.id != item.id)
        return "delivered_while_overdue" if stopped else ""

    def _part(
        self, item: Item, left: Decimal, cover: Cover, policy: Policy
    ) -> tuple[Decimal, Uncovered]:
        """Take what is left of a cover for an item; return it in the item's currency."""
        into = self._rate(item.currency, policy.currency)
        room = self._rate(cover.currency, policy.currency)
        if into is None or room is None:
            return Decimal(0), "no_rate"
        free = max(Decimal(0), cover.minor * room - self.taken[policy.id])
        taken = min(left * into, free)
        self.taken[policy.id] += taken
        return (left if taken == left * into else taken / into), "beyond_cover"

    def _rate(self, source: str, quote: str) -> Decimal | None:
        """Return what one minor unit of `source` is in minor units of `quote`."""
        if source == quote:
            return Decimal(1)
        rate = self.rates_into(quote).get(source)
        return None if rate is None else rate.scaleb(exponent(quote) - exponent(source))


def _share(minor: int, percent: Decimal) -> int:
    return int((minor * percent / 100).to_integral_value(ROUND_FLOOR))
