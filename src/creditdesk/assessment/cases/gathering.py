"""What is known of an application, brought into its currency and put to the pure rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

from pydantic import TypeAdapter

from creditdesk.assessment import card_queries as cards
from creditdesk.assessment import queries as finances
from creditdesk.assessment import rules as scoring
from creditdesk.assessment.card_queries import CardUsed
from creditdesk.assessment.cases import queries, rules, signals
from creditdesk.assessment.cases.queries import ApplicationRow, AskRow, DecisionRow
from creditdesk.assessment.cases.rules import Facts, Measures, Offer, Recommendation, Reference
from creditdesk.controls import queries as controls
from creditdesk.kernel.money import exponent, from_minor
from creditdesk.plumbing.encoding import to_json
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy

_FACTS: Final = TypeAdapter(Facts)
_PERIODS: Final = 12


@dataclass(frozen=True, slots=True)
class Known:
    """Everything a recommendation rests on, and what the policy makes of it.

    `rate` is what one unit of the company's currency is worth in the application's; none is known
    where it is nothing.
    """

    facts: Facts
    policy_version: int
    rate: Decimal | None
    score: scoring.Score | None
    recommendation: Recommendation
    reasons: tuple[str, ...]


def known(of: ApplicationRow, *, on: date) -> Known:
    """Return what is known of an application on a day, and what is recommended."""
    policy = policies.in_force(of.company_id, on)
    used = cards.card_used(of.company_id, on, of.customer_class)
    score = cards.scored(of.company_id, of.party_id, segment=of.customer_class, on=on)
    facts = _facts(of, score, used, on)
    own = controls.company(of.company_id).currency
    rate = policies.rates_into(of.currency, on).get(own)
    found = recommended(facts, policy, own, rate)
    return Known(facts, policy.version, rate, score, found, _reasons(facts, score, found))


def recommended(facts: Facts, policy: Policy, own: str, rate: Decimal | None) -> Recommendation:
    """Return what a version of the policy makes of facts; pure but for what it is given."""
    to = facts.currency
    offer = None
    if facts.risk_class is not None:
        offer = offer_of(policy, facts.risk_class, facts.segment, own=own, to=to, rate=rate)
    return rules.recommend(facts, offer, measures_of(policy, own=own, to=to, rate=rate))


def measures_of(policy: Policy, *, own: str, to: str, rate: Decimal | None) -> Measures:
    """Return what holds for every class, in minor units of the currency `to`."""
    of = policy.assessment
    return Measures(
        need_days=of.need_days,
        references_percent=of.references_percent,
        reference_late_days=of.reference_late_days,
        round_to_minor=max(at_rate(of.round_to_minor, own, to, rate), 1),
    )


def offer_of(
    policy: Policy, risk_class: str, segment: str, *, own: str, to: str, rate: Decimal | None
) -> Offer | None:
    """Return what a class is offered in the currency `to`; nothing without a row or a rate."""
    given = (
        policy.limits.for_class(risk_class, segment) if risk_class and rate is not None else None
    )
    if given is None:
        return None
    terms = given.terms if given.terms in policy.terms else policy.default_terms
    return Offer(
        risk_class=risk_class,
        minor=at_rate(given.minor, own, to, rate),
        equity_percent=given.equity_percent,
        revenue_percent=given.revenue_percent,
        without_figures_minor=at_rate(given.without_figures_minor, own, to, rate),
        automatic_minor=at_rate(given.automatic_minor, own, to, rate),
        terms=terms,
        net_days=policy.terms[terms].net_days,
        security=given.security,
    )


def stored(of: Known) -> dict[str, Any]:
    """Return what a decision keeps of it as its inputs."""
    data = {
        "facts": of.facts, "rate": of.rate, "policy_version": of.policy_version,
        "score": of.score, "reasons": of.reasons,
    }  # fmt: skip
    kept: dict[str, Any] = json.loads(to_json(data))
    return kept


def replayed(company_id: int, decision: DecisionRow) -> Recommendation:
    """Return what the policy of a decision makes of its inputs today."""
    facts = _FACTS.validate_python(decision.inputs["facts"])
    rate = decision.inputs["rate"]
    return recommended(
        facts,
        policies.version(company_id, decision.policy_version),
        controls.company(company_id).currency,
        None if rate is None else Decimal(rate),
    )


def _facts(of: ApplicationRow, score: scoring.Score | None, used: CardUsed, on: date) -> Facts:
    equity, revenue = _figures(of, on)
    asks = queries.asks(of.company_id, of.id)
    found = signals.found(of.company_id, application_id=of.id, customer_id=of.customer_id, on=on)
    return Facts(
        requested_minor=of.requested_minor,
        currency=of.currency,
        is_natural_person=of.is_natural_person,
        risk_class=score.grade if score else None,
        segment=of.customer_class,
        equity_minor=equity,
        revenue_minor=revenue,
        monthly_minor=_typed(of, "monthly_purchases"),
        references=tuple(
            _reference(one, of.currency, on)
            for one in asks
            if one.kind == "reference" and one.state == "answered"
        ),
        missing=tuple(code_of(one) for one in queries.missing(of)),
        stops=tuple(one.code for one in found if one.stops_automatic),
        card_stop=used.stop,
        card=used.wanted,
    )


def code_of(one: rules.Missing) -> str:
    """Return something missing as one word."""
    return f"{one.kind}:{one.what}" if one.what else one.kind


def _figures(of: ApplicationRow, on: date) -> tuple[int | None, int | None]:
    """Return equity and a year's revenue of the last statement, or of the form, in its currency."""
    years = finances.statements(of.company_id, of.party_id)
    if not years:
        return None, _typed(of, "annual_revenue")
    last = years[-1].spread
    rates = policies.rates_into(of.currency, on)
    revenue = last.amounts.get("revenue")
    if revenue is not None:
        revenue = revenue * _PERIODS // last.sheet.months
    stated, target = last.sheet.currency, of.currency
    equity = last.amounts.get("equity")
    return (
        None if equity is None else _into(equity, stated, target, rates),
        None if revenue is None else _into(revenue, stated, target, rates),
    )


def _reference(one: AskRow, currency: str, on: date) -> Reference:
    highest = one.answer.get("highest_minor")
    given_in = str(one.answer.get("currency", currency))
    rates = policies.rates_into(currency, on)
    return Reference(
        None if highest is None else _into(int(highest), given_in, currency, rates),
        int(one.answer.get("days_late", 0)),
        bool(one.answer.get("would_again", False)),
    )


def _typed(of: ApplicationRow, name: str) -> int | None:
    amount = rules.amount_of(of.data, name)
    return None if amount is None else int(amount.scaleb(exponent(of.currency)))


def _into(minor: int, source: str, target: str, rates: Mapping[str, Decimal]) -> int | None:
    """Return an amount in minor units of another currency, rounded down; nothing without a rate."""
    if source == target:
        return minor
    return at_rate(minor, source, target, rates[source]) if source in rates else None


def at_rate(minor: int, source: str, target: str, rate: Decimal | None) -> int:
    """Return an amount in minor units of another currency, rounded down; without a rate, as is."""
    if source == target or rate is None:
        return minor
    exact = (from_minor(minor, source) * rate).scaleb(exponent(target))
    return int(exact.to_integral_value(ROUND_FLOOR))


def _reasons(facts: Facts, score: scoring.Score | None, found: Recommendation) -> tuple[str, ...]:
    """Return the reasons that may be given for less than was asked for, the heaviest first."""
    factors = json.loads(to_json(score.factors)) if score else []
    lowest = [
        f"measure:{step.code}"
        for step in found.steps
        if step.code in ("need", "equity", "revenue", "without_figures")
        and int(step.params["minor"] or 0) < facts.requested_minor
    ]
    late = [step.code for step in found.to_person if step.code == "bad_reference"]
    others = [
        *lowest,
        *("reference:slow" for _ in late),
        *(f"missing:{one}" for one in facts.missing),
        # Whichever fact it was, an applicant is told the same of it: once.
        *(f"evidence:{one}" for one in facts.stops[:1]),
    ]
    return rules.principal_reasons(factors, others)
