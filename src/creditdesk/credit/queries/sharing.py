"""The limit a group shares, and how its members use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.credit import rules
from creditdesk.credit.queries import granted, standings
from creditdesk.credit.rules import Effective
from creditdesk.customers import queries as customers
from creditdesk.policy import queries as policy


@dataclass(frozen=True, slots=True)
class Member:
    """A customer of a group and what counts of what it owes, in the shared limit's currency."""

    number: str
    name: str
    exposure_minor: int


@dataclass(frozen=True, slots=True)
class Shared:
    """The limit a group shares, who shares it, and what is left of it."""

    top_number: str
    top_name: str
    limit: Effective
    members: Sequence[Member]
    exposure_minor: int
    available_minor: int


def shared_limit(company_id: int, customer_id: int, on: date) -> Shared | None:
    """Return the group limit a customer shares on a date; None where there is none."""
    top_id = customers.group_of(company_id, [customer_id], on).get(customer_id, customer_id)
    records = granted.records_kept(company_id, on, groups=[top_id])[(True, top_id)]
    ids = customers.members_of(company_id, [top_id], on).get(top_id, (top_id,))
    rows = customers.customers_by_id(company_id, [*ids, top_id])
    top = rows[top_id]
    counting = policy.exposure_rules(company_id, on)
    rates = granted.rates_on(on)
    limit = rules.effective(
        records, on=on, currency=top.currency, rates_into=rates,
        haircut_percent=counting.haircut_percent,
    )  # fmt: skip
    if limit.minor is None:
        return None
    exposures = standings.exposures(company_id, ids)
    counted = standings.counted(company_id, on, exposures, counting, ids)
    into = rates(limit.currency)
    members = [
        Member(
            rows[one].number, rows[one].name,
            rules.total_in(limit.currency, counted.get(one, ()), into).minor,
        )
        for one in ids
    ]  # fmt: skip
    everything = [each for one in ids for each in counted.get(one, ())]
    used = rules.total_in(limit.currency, everything, into).minor
    return Shared(top.number, top.name, limit, members, used, limit.minor - used)
