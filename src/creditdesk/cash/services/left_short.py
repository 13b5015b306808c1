"""What becomes of what a learned match leaves open: the same as if its document were named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Final

from creditdesk.cash.rules import Finding
from creditdesk.cash.rules.discounts import given_for
from creditdesk.cash.rules.shortfall import Adjusted
from creditdesk.cash.rules.values import Reason
from creditdesk.cash.services import allowances
from creditdesk.cash.services.carrying import Besides
from creditdesk.kernel.actor import Actor
from creditdesk.policy.rules import Policy

STAYS_OPEN: Final = Reason("short_stays_open")


def besides(
    actor: Actor,
    findings: Sequence[Finding],
    policy: Policy,
    *,
    open_minor: Mapping[int, int],
    paid_on: Mapping[int, date],
) -> dict[int, Besides]:
    """Return what is given on what certain findings leave open, by payment, and what is not.

    An earned discount and a small difference are given as the policy says; a habit alone gives
    nothing.
    """
    last, short = allowances.towards(findings, open_minor)
    if not short:
        return {}
    _, given = allowances.allow(actor, findings, policy, open_minor=open_minor, paid_on=paid_on)
    left = dict(open_minor)
    found: dict[int, Besides] = {}
    for one in findings:
        for item_id, minor in one.allocations:
            left[item_id] -= minor
        mine = {item_id for item_id, _ in one.allocations if last[item_id] == one.payment_id}
        if mine & short:
            some = given.get(one.payment_id, ())
            found[one.payment_id] = Besides(some, reasons=_told(some, mine & short, left))
    return found


def _told(
    given: Sequence[Adjusted], short: Collection[int], left: Mapping[int, int]
) -> tuple[Reason, ...]:
    """Say what was given, and that the rest of these items stays open if there is any."""
    covered: Counter[int] = Counter()
    for one in given:
        covered[one.item_id] += one.minor
    stays = any(left[item_id] > covered[item_id] for item_id in short)
    return (*given_for(given), STAYS_OPEN) if stays else given_for(given)
