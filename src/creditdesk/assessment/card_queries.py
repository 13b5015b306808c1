"""Which scorecard the policy uses for whom, and what it makes of a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from creditdesk.assessment import queries, rules, shipped
from creditdesk.kernel.errors import NotFound, Refused
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import CardUse, ScorecardRules

Stop = Literal["", "card_not_named", "card_missing"]
NAMES_NONE: Final = ScorecardRules()


@dataclass(frozen=True, slots=True)
class CardUsed:
    """The card somebody is scored with, and what keeps it from deciding by itself.

    `card_not_named`: the policy names cards, but none for these customers; the one approved last
    is used. `card_missing`: it names one that is not approved, `wanted`; then there is no card.
    """

    card: rules.Card | None
    stop: Stop = ""
    wanted: str = ""


def card_used(company_id: int, on: date, segment: str) -> CardUsed:
    """Return the card that the policy in force uses for customers of a segment."""
    try:
        named = policies.in_force(company_id, on).scorecards
    except NotFound:
        named = NAMES_NONE
    use = named.use_for(segment)
    if use is None:
        stop: Stop = "card_not_named" if named.uses else ""
        return CardUsed(queries.card_for(company_id, on), stop)
    wanted = use.card if use.card_version is None else f"{use.card} {use.card_version}"
    found = _approved(company_id, on, use)
    return CardUsed(found, "" if found else "card_missing", wanted)


def scored(company_id: int, customer_id: int, *, segment: str, on: date) -> rules.Score | None:
    """Return what the card of the policy makes of a customer; nothing where it may not score."""
    used = card_used(company_id, on, segment)
    if used.card is None:
        return None
    years = queries.statements(company_id, customer_id)
    try:
        return rules.score(used.card, queries.points(company_id, customer_id, on=on, years=years))
    except Refused:
        return None


def _approved(company_id: int, on: date, use: CardUse) -> rules.Card | None:
    """Return the version named, or the one approved last; the shipped card is always approved."""
    cards = [
        one
        for one in queries.cards(company_id)
        if one.valid_from is not None and one.valid_from <= on and one.card.key == use.card
        and use.card_version in (None, one.card.version)
    ]  # fmt: skip
    if cards:
        return max(cards, key=lambda one: (one.valid_from or date.min, one.id)).card
    expert = shipped.expert_card()
    is_expert = expert.key == use.card and use.card_version in (None, expert.version)
    return expert if is_expert else None
