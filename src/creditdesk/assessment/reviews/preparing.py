"""What a review rests on, brought into the limit's currency and put to the pure rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

from pydantic import TypeAdapter

from creditdesk.assessment.cases import gathering
from creditdesk.assessment.reviews import queries, rules
from creditdesk.assessment.reviews.queries import NOW, Due, Reading, Span
from creditdesk.assessment.reviews.rules import Behaviour, Facts, Marks, Proposal
from creditdesk.assessment.rules import Spread
from creditdesk.controls import queries as controls
from creditdesk.credit import queries as credit
from creditdesk.credit.rules import RatesInto, total_in
from creditdesk.plumbing.encoding import to_json
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy

MONTHS: Final = 12
DAYS_OF_MONTH: Final = 30
YEAR_DAYS: Final = 365
PLACES: Final = Decimal("1e-12")
_FACTS: Final = TypeAdapter(Facts)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A review ready to be looked at.

    `rate` is what one unit of the company's currency is worth in the limit's, to twelve places;
    nothing where none is known.
    """

    of: Due
    used_minor: int
    readings: tuple[Reading, ...]
    facts: Facts
    rate: Decimal | None
    policy_version: int
    proposal: Proposal


def prepare(company_id: int, due: Sequence[Due], *, on: date) -> list[Prepared]:
    """Return what changed of these customers and what is proposed, set-based."""
    if not due:
        return []
    ids = [one.customer_id for one in due]
    policy = policies.in_force(company_id, on)
    own = controls.company(company_id).currency
    found = queries.readings(company_id, [Span(one.customer_id, one.since, on) for one in due])
    statements = queries.last_statements(company_id, ids)
    standings = credit.standings(company_id, on, ids)
    rates = credit.rates_on(on)
    prepared = []
    for one in due:
        mine = found.get(one.customer_id, [])
        facts = _facts(one, mine, statements.get(one.customer_id), rates, on)
        rate = Decimal(1) if one.currency == own else rates(one.currency).get(own)
        rate = None if rate is None else rate.quantize(PLACES)
        prepared.append(
            Prepared(
                of=one,
                used_minor=standings[one.customer_id].exposure_minor,
                readings=tuple(mine),
                facts=facts,
                rate=rate,
                policy_version=policy.version,
                proposal=proposed(facts, policy, own, rate),
            )
        )
    return prepared


def proposed(facts: Facts, policy: Policy, own: str, rate: Decimal | None) -> Proposal:
    """Return what a version of the policy makes of facts; pure but for what it is given."""
    held = gathering.measures_of(policy, own=own, to=facts.currency, rate=rate)
    offer = gathering.offer_of(
        policy, facts.risk_class, facts.segment, own=own, to=facts.currency, rate=rate
    )
    of = policy.reviews
    marks = Marks(
        need_days=held.need_days,
        references_percent=held.references_percent,
        round_to_minor=held.round_to_minor,
        good_days=of.good_days,
        bad_days=max(of.bad_days, of.good_days + 1),
        event_days=of.event_days,
        change_percent=of.change_percent,
        headroom_percent=of.headroom_percent,
    )
    return rules.propose(facts, offer, marks)


def stays_by_policy(
    proposal: Proposal, facts: Facts, rate: Decimal | None, policy: Policy, own: str
) -> bool:
    """Whether the policy leaves a limit of this height as it is without a person.

    Only ever where the customer was assessed, and nothing was broken or returned.
    """
    behaviour = facts.behaviour
    if proposal.answer != "keep" or rate is None or not facts.risk_class:
        return False
    if behaviour.broken or behaviour.returned or behaviour.oldest_days > policy.reviews.bad_days:
        return False
    bound = gathering.at_rate(policy.reviews.unchanged_minor, own, facts.currency, rate)
    return facts.current_minor <= bound


def as_json(value: object) -> Any:  # noqa: ANN401 - JSON of any value of the house
    """Return a value as plain JSON, to be stored."""
    return json.loads(to_json(value))


def replayed(company_id: int, reference: str) -> Proposal:
    """Return what the policy version of a review makes of its stored facts today."""
    row = queries.review(company_id, reference)
    kept = queries.prepared(company_id, row.id)
    return proposed(
        _FACTS.validate_python(kept.facts),
        policies.version(company_id, row.policy_version),
        controls.company(company_id).currency,
        kept.rate,
    )


def _facts(
    of: Due, found: Sequence[Reading], statement: Spread | None, rates: RatesInto, on: date
) -> Facts:
    now = [one for one in found if one.moment == NOW]
    equity, revenue = _figures(statement, of.currency, rates)
    bought = [one for one in now if one.code == "bought"]
    highest = max(
        (_into(of.currency, [one], rates) for one in now if one.code == "highest"), default=0
    )
    return Facts(
        currency=of.currency,
        current_minor=of.current_minor,
        risk_class=of.risk_class,
        segment=of.segment,
        equity_minor=equity,
        revenue_minor=revenue,
        monthly_minor=_monthly(_into(of.currency, bought, rates), bought, on),
        highest_minor=highest,
        behaviour=Behaviour(
            days_late=next((one.value for one in now if one.code == "days_late"), None),
            oldest_days=_count(now, "oldest_days"),
            broken=_count(now, "broken"),
            returned=_count(now, "returned"),
        ),
    )


def _monthly(minor: int, bought: Sequence[Reading], on: date) -> int | None:
    """Return what is bought in thirty days: of a year, or since the first invoice, if later."""
    if not bought:
        return None
    first = min((one.day for one in bought if one.day is not None), default=on)
    days = min(max((on - first).days, DAYS_OF_MONTH), YEAR_DAYS)
    return minor * DAYS_OF_MONTH // days


def _count(now: Sequence[Reading], code: str) -> int:
    return sum(int(one.value) for one in now if one.code == code)


def _into(currency: str, amounts: Sequence[Reading], rates: RatesInto) -> int:
    """Return amounts as one in a currency, rounded down; what has no rate is left out."""
    return _minor_in(currency, [(one.currency, int(one.value)) for one in amounts], rates)


def _minor_in(currency: str, amounts: Sequence[tuple[str, int]], rates: RatesInto) -> int:
    known: Mapping[str, Decimal] = (
        rates(currency) if any(source != currency for source, _ in amounts) else {}
    )
    return int(total_in(currency, amounts, known).exact.to_integral_value(ROUND_FLOOR))


def _figures(of: Spread | None, currency: str, rates: RatesInto) -> tuple[int | None, int | None]:
    """Return equity and a year's revenue of the last statement; nothing without a rate."""
    if of is None or (of.sheet.currency != currency and of.sheet.currency not in rates(currency)):
        return None, None
    equity, revenue = of.amounts.get("equity"), of.amounts.get("revenue")
    if revenue is not None:
        revenue = revenue * MONTHS // of.sheet.months
    source = of.sheet.currency
    return (
        None if equity is None else _minor_in(currency, [(source, int(equity))], rates),
        None if revenue is None else _minor_in(currency, [(source, int(revenue))], rates),
    )
