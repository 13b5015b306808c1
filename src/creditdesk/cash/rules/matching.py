"""Matching: whose money a payment is, what it settles, and why one may be sure of it.

Documents named come first, for the whole batch; then what is left is told by payer and amount.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from creditdesk.cash.rules.by_amount import match_by_amount
from creditdesk.cash.rules.by_document import match_by_document
from creditdesk.cash.rules.discounts import NO_PRICES, Prices, reconsider
from creditdesk.cash.rules.index import Index
from creditdesk.cash.rules.payers import Payers
from creditdesk.cash.rules.values import Finding, Receipt
from creditdesk.policy.rules import MatchingRules

# Each decides of all payments, oldest first, before the next sees those it left.
Phase = Callable[[Receipt, Index, Payers, MatchingRules, Mapping[int, int]], Finding | None]
BY_DOCUMENT: Final[Phase] = match_by_document
PHASES: Final[tuple[Phase, ...]] = (BY_DOCUMENT, match_by_amount)


def match(
    receipt: Receipt,
    index: Index,
    payers: Payers,
    rules: MatchingRules,
    opens: Mapping[int, int] | None = None,
) -> Finding:
    """Return what a payment settles, if that is certain, and what it may settle otherwise.

    `opens` says what is still open of each item, where that is less than the index says.
    """
    still_open = {} if opens is None else opens
    return match_by_document(receipt, index, payers, rules, still_open) or match_by_amount(
        receipt, index, payers, rules, still_open
    )


def match_all(
    receipts: Iterable[Receipt],
    index: Index,
    payers: Payers,
    rules: MatchingRules,
    prices: Prices = NO_PRICES,
) -> list[Finding]:
    """Match a batch, oldest payment first: no item is settled beyond what is open of it.

    `prices` are what items cost if paid early.
    """
    opens: dict[int, int] = {}
    findings: list[Finding] = []
    left = sorted(receipts, key=lambda receipt: (receipt.received_on, receipt.payment_id))
    for decide in PHASES:
        waiting, left = left, []
        for receipt in waiting:
            found = decided(decide, receipt, index, payers, rules, opens, prices)
            if found is None:
                left.append(receipt)
            else:
                findings.append(found)
                lower(opens, found, index)
    return findings


def decided(
    decide: Phase,
    receipt: Receipt,
    index: Index,
    payers: Payers,
    rules: MatchingRules,
    opens: Mapping[int, int],
    prices: Prices,
) -> Finding | None:
    """Return what a phase says of a payment, what items cost if paid early considered."""
    found = decide(receipt, index, payers, rules, opens)
    if found is None or not prices.by_customer:
        return found
    return reconsider(
        found, receipt, lambda at: match(receipt, index, payers, rules, at), prices, opens
    )


def lower(opens: dict[int, int], finding: Finding, index: Index) -> tuple[int, ...]:
    """Take what a finding settles from what is open; return what was open of each item before."""
    before = []
    for item_id, minor in finding.allocations:
        still_open = opens.get(item_id, index.open_minor[item_id])
        before.append(still_open)
        opens[item_id] = still_open - minor
    return tuple(before)
