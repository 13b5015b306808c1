"""What is read from a report, whoever made it: one form for every bureau and register. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from rapidfuzz import fuzz

from creditdesk.assessment.evidence.rules.signals import Raised
from creditdesk.kernel.references import name_key

Outcome = Literal["found", "not_found"]
# Registers write names in many ways: below so much likeness it is another name.
SAME_NAME_PERCENT: Final = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a report says; empty or None where it does not.

    `asked_name` and `asked_country` are what we knew when asking. `score` and `limit_minor` are
    the bureau's own, on its own scale and in `currency`. `is_consumer` says that the report is one
    on a natural person as such: whoever decides against somebody by it tells them whose it is
    (`agency_address`, `agency_phone`), and of its score the range and the factors, apart by `;`.
    """

    source: str
    outcome: Outcome = "found"
    name: str = ""
    status: str = ""
    is_active: bool | None = None
    is_insolvent: bool | None = None
    accounts_overdue: bool | None = None
    country: str = ""
    address: str = ""
    founded_on: date | None = None
    score: Decimal | None = None
    grade: str = ""
    limit_minor: int | None = None
    currency: str = ""
    is_consumer: bool = False
    agency_address: str = ""
    agency_phone: str = ""
    score_low: Decimal | None = None
    score_high: Decimal | None = None
    score_factors: str = ""
    asked_name: str = ""
    asked_country: str = ""


def signals_of(facts: Facts) -> Iterator[Raised]:
    """Yield what a report says against somebody."""
    source = facts.source
    if facts.outcome == "not_found":
        yield Raised("not_registered", {"source": source})
        return
    if facts.is_insolvent:
        yield Raised("insolvent", {"source": source})
    if facts.is_active is False:
        yield Raised("not_active", {"source": source, "status": facts.status})
    if facts.accounts_overdue:
        yield Raised("accounts_overdue", {"source": source})
    if facts.name and facts.asked_name and not is_same_name(facts.name, facts.asked_name):
        yield Raised("name_differs", {"source": source, "name": facts.name})
    if facts.country and facts.asked_country and facts.country != facts.asked_country:
        yield Raised("country_differs", {"source": source, "country": facts.country})


def is_same_name(one: str, other: str) -> bool:
    """Whether two names may be of one business: legal forms, order and accents aside."""
    keys = name_key(one), name_key(other)
    if not all(keys):
        return one.casefold() == other.casefold()
    return fuzz.token_set_ratio(*keys) >= SAME_NAME_PERCENT


def as_data(facts: Facts) -> dict[str, str | int | bool | None]:
    """Return facts as they are kept."""
    return {
        name: str(value) if isinstance(value, date | Decimal) else value
        for name in Facts.__slots__
        if (value := getattr(facts, name)) not in (None, "")
    }


def from_data(data: Mapping[str, object], *, source: str) -> Facts:
    """Return kept facts; empty ones where they were erased by rule."""
    if "erased" in data:
        return Facts(source=source)
    given = dict(data)
    if "founded_on" in given:
        given["founded_on"] = date.fromisoformat(str(given["founded_on"]))
    for name in ("score", "score_low", "score_high"):
        if name in given:
            given[name] = Decimal(str(given[name]))
    return Facts(**given)  # type: ignore[arg-type] # written by as_data
