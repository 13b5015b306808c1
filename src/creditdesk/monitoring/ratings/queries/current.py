"""How customers pay as of today: what they did, judged by the policy in force."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from creditdesk.controls import queries as controls
from creditdesk.monitoring.ratings import rules
from creditdesk.monitoring.ratings.queries import behaving
from creditdesk.monitoring.ratings.queries.behaving import PartRow
from creditdesk.monitoring.ratings.rules import Behaviour, Norm, Rating
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy

NOTHING: Final = (Behaviour(), Norm())
PARTS_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Judged:
    """How one customer pays, and what that rests on; amounts in the company's currency."""

    customer_id: int
    behaviour: Behaviour
    norm: Norm
    rating: Rating


def judged(
    company_id: int,
    as_of: date,
    policy: Policy,
    *,
    ids: Collection[int] | None = None,
) -> dict[int, Judged]:
    """Return how customers pay as of a date: all who paid or owe, or each of those given."""
    currency, rates = _money(company_id, as_of)
    found = behaving.behaviours(
        company_id, as_of=as_of, rules=policy.payer_rating, currency=currency, rates=rates, ids=ids
    )
    return {
        customer_id: judge(customer_id, *found.get(customer_id, NOTHING), policy)
        for customer_id in (found if ids is None else ids)
    }


def judge(customer_id: int, behaviour: Behaviour, norm: Norm, policy: Policy) -> Judged:
    """Return a behaviour with what the policy makes of it."""
    return Judged(customer_id, behaviour, norm, rules.rate(behaviour, norm, policy.payer_rating))


def parts(company_id: int, customer_id: int, as_of: date) -> list[PartRow]:
    """Return the documents a customer's rating counts, what weighs most first."""
    currency, rates = _money(company_id, as_of)
    return behaving.parts(
        company_id,
        customer_id,
        as_of=as_of,
        rules=policies.in_force(company_id, as_of).payer_rating,
        currency=currency,
        rates=rates,
        limit=PARTS_MAX,
    )


def _money(company_id: int, as_of: date) -> tuple[str, Mapping[str, Decimal]]:
    currency = controls.company(company_id).currency
    return currency, policies.rates_into(currency, as_of)
