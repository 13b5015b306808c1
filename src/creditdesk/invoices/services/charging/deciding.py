"""What each late item is to be charged, or what of its charges is to be taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from creditdesk.invoices import charge_queries as reads
from creditdesk.invoices.charge_queries import Charged, LateItem, Movement
from creditdesk.kernel.errors import Refused
from creditdesk.kernel.money import from_minor
from creditdesk.policy.rules import InterestRules
from creditdesk.policy.rules import interest as law_rules
from creditdesk.policy.rules.interest import Answer, Change, Claim, Law, ReferenceRate

INTEREST: Final = "interest"
COMPENSATION: Final = "compensation"
AT_ONCE: Final = 5_000
# What lowers an item without being money: it was never owed, unless policy says otherwise.
CREDITS: Final = frozenset({"credit_application", "closure_credited"})
# By the kind of a posting's source: when the money of it came in. Rooms above say so, since a
# payment is often applied later than it was received.
PAID_ON: Final[dict[str, Callable[[int, Sequence[int]], Mapping[int, date]]]] = {}
Rates = Mapping[tuple[str, date], ReferenceRate]


@dataclass(frozen=True, slots=True)
class Decision:
    """What is charged on an item now, or taken back if negative."""

    item: LateItem
    kind: str
    currency: str
    minor: int
    from_on: date
    law: str
    breakdown: dict[str, Any]
    charges: tuple[Charged, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """The decisions of a run, and how many items wait for what."""

    decisions: tuple[Decision, ...]
    waiting: Mapping[str, int]


def decide(
    company_id: int,
    rules: InterestRules,
    items: Sequence[LateItem],
    *,
    rates: Rates,
    through: date,
    contested: frozenset[int],
    lost: frozenset[int] = frozenset(),
) -> Decided:
    """Return what the items are to be charged through a day, less what they were charged before.

    Raises Refused where a reference rate is missing: nothing is charged by a guess.
    """
    found: list[Decision] = []
    waiting: dict[str, int] = defaultdict(int)
    known = {code for code, _ in rates}
    for start in range(0, len(items), AT_ONCE):
        part = items[start : start + AT_ONCE]
        ids = [item.item_id for item in part]
        moved = by_item(dated(company_id, reads.movements(company_id, ids)))
        charged = by_item(reads.charged(company_id, item_ids=ids))
        for item in part:
            code = rules.jurisdiction or law_rules.law_of_country(item.country)
            if item.item_id in contested:
                waiting["disputed"] += 1
            elif item.item_id in lost:
                waiting["written_off"] += 1
            elif not code:
                waiting["no_law"] += 1
            elif not law_holds(item, rules, code):
                waiting["consumer"] += 1
                found += _all_back(item, code, charged[item.item_id])
            elif not _has_rate(item, rules, code, known):
                waiting["no_rate"] += 1
            else:
                claim = claim_of(item, moved[item.item_id], rules, code=code, through=through)
                answer = law_rules.claimed(claim, rates)
                found += _decisions(item, claim, answer, charged[item.item_id])
    return Decided(tuple(found), dict(waiting))


def claim_of(
    item: LateItem, moved: Sequence[Movement], rules: InterestRules, *, code: str, through: date
) -> Claim:
    """Return an item as a claim of the law: what was owed from when, and what lowered it."""
    due_on = max(item.due_on, item.issued_on)
    law = law_rules.law_of(code, item.due_on + timedelta(days=1))
    changes = [
        Change(
            one.on,
            -one.minor,
            "credit" if one.source_kind in CREDITS else "payment",
            since_due=one.source_kind in CREDITS and not rules.credited_bears_interest,
        )
        for one in moved
        if one.source_kind != "item"
    ]
    return Claim(
        law=law,
        currency=item.currency,
        principal_minor=item.total_minor,
        until=through,
        due_on=due_on,
        agreed_percent=rules.agreed_percent,
        day_count=_day_count(rules),
        allocation=law_rules.PRINCIPAL_FIRST,
        changes=tuple(changes),
        with_compensation=rules.compensation and _has_band(law, item),
        is_consumer=item.is_consumer,
    )


def law_holds(item: LateItem, rules: InterestRules, code: str) -> bool:
    """Whether the law gives a rate against the debtor; an agreed one holds against consumers too.

    The directive and its kin are for transactions between businesses.
    """
    if not item.is_consumer or rules.agreed_percent is not None:
        return True
    law = law_rules.law_of(code, item.due_on + timedelta(days=1))
    return law.consumer_margin_percent is not None


def _has_rate(item: LateItem, rules: InterestRules, code: str, known: Collection[str]) -> bool:
    """Whether a rate of the law was ever entered: until then the law is not gone by at all."""
    law = law_rules.law_of(code, item.due_on + timedelta(days=1))
    is_agreed = rules.agreed_percent is not None or law.fixing == "agreed"
    return is_agreed or law.reference in known


def _has_band(law: Law, item: LateItem) -> bool:
    """Whether the law's compensation can be known: of an opening item only what is left is."""
    return not item.is_opening and (len(law.compensation) <= 1 or law.currency == item.currency)


def _day_count(rules: InterestRules) -> Any:  # noqa: ANN401 - one of the known texts, or none
    return rules.day_count or None


def _decisions(
    item: LateItem, claim: Claim, answer: Answer, charged: Sequence[Charged]
) -> Iterable[Decision]:
    targets = (
        (INTEREST, item.currency, answer.interest_minor),
        (COMPENSATION, answer.compensation_currency or item.currency, answer.compensation_minor),
    )
    for kind, currency, target in targets:
        known = tuple(one for one in charged if one.kind == kind)
        minor = _difference(target, known)
        if minor:
            yield Decision(
                item=item,
                kind=kind,
                currency=known[-1].currency if known else currency,
                minor=minor,
                from_on=_from(claim, known),
                law=claim.law.code,
                breakdown=_breakdown(claim, answer, target, kind),
                charges=known,
            )


def _all_back(item: LateItem, law: str, charged: Sequence[Charged]) -> Iterable[Decision]:
    """Take back what was charged before it was known that the law holds nothing against them."""
    for kind in (INTEREST, COMPENSATION):
        known = tuple(one for one in charged if one.kind == kind)
        minor = _difference(0, known)
        if minor:
            yield Decision(
                item=item, kind=kind, currency=known[-1].currency, minor=minor,
                from_on=item.due_on + timedelta(days=1), law=law,
                breakdown={"target_minor": 0}, charges=known,
            )  # fmt: skip


def _difference(target: int, known: Sequence[Charged]) -> int:
    """Return what is still to be charged, or, negative, what is to be taken back of what stands."""
    difference = target - sum(one.minor - one.reversed_minor for one in known)
    if difference >= 0:
        return difference
    return -min(-difference, sum(one.left_minor for one in known))


def _from(claim: Claim, known: Sequence[Charged]) -> date:
    if known:
        return min(claim.until, max(one.through_on for one in known) + timedelta(days=1))
    return claim.late_on


def _breakdown(claim: Claim, answer: Answer, target: int, kind: str) -> dict[str, Any]:
    """Return how the amount through the day came about, for people and for auditors."""
    told: dict[str, Any] = {"through": claim.until.isoformat(), "target_minor": target,
                            "sources": list(claim.law.sources)}  # fmt: skip
    if kind == INTEREST:
        told["day_count"] = claim.day_count or claim.law.day_count
        if claim.agreed_percent is not None:
            told["agreed_percent"] = f"{claim.agreed_percent:f}"
        told["segments"] = [
            {"after": one.start.isoformat(), "to": one.end.isoformat(), "days": one.days,
             "balance": f"{from_minor(one.balance_minor, claim.currency):f}",
             "percent": f"{one.percent:f}"}
            for one in answer.segments
        ]  # fmt: skip
    return told


def by_item(rows: Iterable[Any]) -> Any:  # noqa: ANN401 - rows of either kind
    """Return rows by their item."""
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.item_id].append(row)
    return found


def dated(company_id: int, moved: Sequence[Movement]) -> list[Movement]:
    """Return the movements, money dated when it came in and not when it was applied."""
    received: dict[tuple[str, int], date] = {}
    for kind, ask in PAID_ON.items():
        ids = [one.source_id for one in moved if one.source_kind == kind]
        if ids:
            received |= {(kind, each): on for each, on in ask(company_id, ids).items()}
    return [
        Movement(one.item_id, one.source_kind, one.source_id,
                 min(one.on, received.get((one.source_kind, one.source_id), one.on)), one.minor)
        for one in moved
    ]  # fmt: skip


def require_rules(rules: InterestRules, *, through: date, today: date) -> None:
    """Refuse a run that policy does not want, or for days not yet over."""
    if rules.mode == "off":
        raise Refused("interest_off", "The policy charges no late interest")
    if through > today:
        raise Refused(
            "interest_ahead", f"{through} is not over yet; nothing is charged ahead",
            through=through.isoformat(),
        )  # fmt: skip
