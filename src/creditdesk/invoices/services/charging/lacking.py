"""Which published rates late interest waits for: said before a run, and never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from creditdesk.invoices import charge_queries as reads
from creditdesk.invoices.charge_queries import LateCountry
from creditdesk.kernel.errors import NotFound, Refused
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import InterestRules
from creditdesk.policy.rules import interest as law_rules


@dataclass(frozen=True, slots=True)
class LackingRate:
    """A half-year without a rate, and the countries whose customers it holds up."""

    code: str
    valid_on: date
    countries: tuple[str, ...]


def lacking_rates(company_id: int, through: date) -> list[LackingRate]:
    """Return the rates that charging through a day needs and nobody has entered, oldest first.

    None where the policy charges nothing, or at an agreed rate.
    """
    try:
        policy = policies.in_force(company_id, through)
    except NotFound:
        return []
    rules = policy.interest
    if rules.mode == "off" or rules.agreed_percent is not None:
        return []
    since = rules.since or policy.valid_from
    late = reads.late_countries(company_id, since=since, through=through)
    wanted = {one.country: list(_wanted(one, rules)) for one in late}
    rates = policies.reference_rates().keys()
    every = law_rules.missing_rates(rates, [one for each in wanted.values() for one in each])
    found = [
        LackingRate(
            code,
            valid_on,
            tuple(
                country
                for country, each in wanted.items()
                if (code, valid_on) in law_rules.missing_rates(rates, each)
            ),
        )
        for code, valid_on in every
    ]
    return sorted(found, key=lambda one: (one.valid_on, one.code))


def _wanted(one: LateCountry, rules: InterestRules) -> Iterator[tuple[str, date, date]]:
    """Yield the reference of a country's law, from which day through which it is needed."""
    code = rules.jurisdiction or law_rules.law_of_country(one.country)
    if not code:
        return
    first, last = one.first_due_on + timedelta(days=1), one.last_due_on + timedelta(days=1)
    try:
        law = law_rules.law_of(code, last)
    except Refused:  # before any law that is kept: the run says so
        return
    if law.fixing == "frozen":
        yield law.reference, first, last
    elif law.fixing == "stepped":
        yield law.reference, first, one.last_late_on
