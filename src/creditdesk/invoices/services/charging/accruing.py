"""What has accrued on late items by a day without being charged: shown, never written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.invoices import charge_queries as reads
from creditdesk.invoices.services.charging.deciding import (
    AT_ONCE,
    COMPENSATION,
    INTEREST,
    by_item,
    claim_of,
    dated,
    law_holds,
)
from creditdesk.kernel.errors import Refused
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import InterestRules
from creditdesk.policy.rules import interest as law_rules

NOTHING: Final[frozenset[int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Accrued:
    """Late interest and compensation of an item, in its own currency, less what was waived."""

    interest_minor: int
    compensation_minor: int


def accrued(
    company_id: int,
    rules: InterestRules,
    item_ids: Collection[int],
    *,
    since: date,
    through: date,
    contested: frozenset[int] = NOTHING,
) -> Mapping[int, Accrued]:
    """Return what accrued on items through a day, as a run of that day would find; writes nothing.

    Left out: contested items, those of no known law, and whatever lacks a reference rate. The law's
    compensation in another currency than the item's is not told.
    """
    rates = policies.reference_rates()
    ids = sorted(item_ids)
    found: dict[int, Accrued] = {}
    for start in range(0, len(ids), AT_ONCE):
        items = reads.late_items(
            company_id, since=since, through=through,
            item_ids=ids[start : start + AT_ONCE],
        )  # fmt: skip
        of_part = [item.item_id for item in items]
        moved = by_item(dated(company_id, reads.movements(company_id, of_part)))
        charged = by_item(reads.charged(company_id, item_ids=of_part))
        for item in items:
            code = rules.jurisdiction or law_rules.law_of_country(item.country)
            if item.item_id in contested or not code or not law_holds(item, rules, code):
                continue
            with suppress(Refused):  # a missing rate is said by the run that charges
                claim = claim_of(item, moved[item.item_id], rules, code=code, through=through)
                answer = law_rules.claimed(claim, rates)
                is_same = answer.compensation_currency == item.currency
                found[item.item_id] = Accrued(
                    _less_waived(INTEREST, answer.interest_minor, charged[item.item_id]),
                    _less_waived(COMPENSATION, answer.compensation_minor, charged[item.item_id])
                    if is_same
                    else 0,
                )
    return found


def _less_waived(kind: str, minor: int, charged: Collection[reads.Charged]) -> int:
    return max(0, minor - sum(one.waived_minor for one in charged if one.kind == kind))
