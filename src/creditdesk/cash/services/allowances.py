"""What matching gives without a person: earned discounts and small differences, set-based."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from creditdesk.cash.queries.standings import invoices_of, standings
from creditdesk.cash.rules import Finding
from creditdesk.cash.rules.discounts import NO_PRICES, Prices, explained, priced
from creditdesk.cash.rules.shortfall import Adjusted, automatic
from creditdesk.invoices import terms_queries
from creditdesk.kernel.actor import Actor
from creditdesk.policy.rules import Policy

# Older invoices are matched at their full amounts alone: no discount runs that long.
DISCOUNT_DAYS_MAX = 366


def prices(
    actor: Actor, policy: Policy, *, currencies: Collection[str], since: date, for_many: bool
) -> Prices:
    """Return what the open invoices cost if paid early, for payments from a value date on."""
    if not policy.short_payments.take_earned_discounts:
        return NO_PRICES
    ids = terms_queries.open_with_discount(
        actor.company_id, currencies=currencies, for_many=for_many,
        since=since - timedelta(days=DISCOUNT_DAYS_MAX),
    )  # fmt: skip
    if not ids:
        return NO_PRICES
    found = standings(actor.company_id, ids)
    owners = terms_queries.owners(actor.company_id, found)
    return priced(
        ((owners[invoice_id], one) for invoice_id, one in found.items()), policy.short_payments
    )


def allow(
    actor: Actor,
    findings: Sequence[Finding],
    policy: Policy,
    *,
    open_minor: Mapping[int, int],
    paid_on: Mapping[int, date],
) -> tuple[list[Finding], dict[int, tuple[Adjusted, ...]]]:
    """Return what may be given on what certain findings leave open, by payment; and say so.

    Findings settle in the order they are given; only the last towards an item may complete it.
    """
    last, short = towards(findings, open_minor)
    if not short:
        return list(findings), {}
    of_item = invoices_of(actor.company_id, last)
    stands = standings(actor.company_id, {of_item[item_id] for item_id in short})
    given: dict[int, tuple[Adjusted, ...]] = {}
    for found in findings:
        for invoice_id, mine in by_invoice(found, of_item, stands).items():
            standing = stands[invoice_id].paying(mine)
            if all(last[item_id] == found.payment_id for item_id in mine.keys() & short):
                some = automatic(
                    standing, policy.short_payments, paid_on=paid_on[found.payment_id], items=mine
                )
                given[found.payment_id] = given.get(found.payment_id, ()) + some
            stands[invoice_id] = standing.earlier()
    explaining = [explained(found, given.get(found.payment_id, ())) for found in findings]
    return explaining, {payment_id: some for payment_id, some in given.items() if some}


def towards(
    findings: Sequence[Finding], open_minor: Mapping[int, int]
) -> tuple[dict[int, int], set[int]]:
    """Return the last payment towards each item, and the items they leave open in part."""
    last: dict[int, int] = {}
    left: dict[int, int] = {}
    for found in findings:
        for item_id, minor in found.allocations:
            left[item_id] = left.get(item_id, open_minor[item_id]) - minor
            last[item_id] = found.payment_id
    return last, {item_id for item_id, minor in left.items() if minor > 0}


def by_invoice(
    found: Finding, of_item: Mapping[int, int], concerned: Collection[int]
) -> dict[int, dict[int, int]]:
    """Return what a finding settles of the invoices concerned, item by item."""
    mine: dict[int, dict[int, int]] = defaultdict(dict)
    for item_id, minor in found.allocations:
        if of_item[item_id] in concerned:
            of_invoice = mine[of_item[item_id]]
            of_invoice[item_id] = of_invoice.get(item_id, 0) + minor
    return mine
