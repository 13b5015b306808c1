"""Payments that name documents of others: settled where the payer is known to pay for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from creditdesk.cash.rules.learned.sides import Relations
from creditdesk.cash.rules.values import Allocations, Finding, Proposal, Reason, Receipt

# What the rules stop at although the documents are named beyond doubt.
ANOTHER = "payer_is_another"
SEVERAL = "several_customers"
# Short of what is named, or beyond it: then a person looks, whoever pays for whom.
DOUBTFUL = frozenset({"part_paid", "paid_too_much"})


def settled_for_others(
    receipt: Receipt, finding: Finding, relations: Relations, opens: Mapping[int, int]
) -> Finding | None:
    """Return the finding as certain where the payer pays for those whose documents are named.

    None where nothing of the kind is known, or the amount does not fall on what is named.
    """
    chosen = _chosen(finding) if receipt.customer_id is None else ()
    if not chosen or not {one.customer_id for one in chosen} <= set(relations.of(receipt)):
        return None
    allocations = _together(chosen)
    if allocations is None or sum(minor for _, minor in allocations) != receipt.minor:
        return None
    if any(opens.get(item_id, 0) < minor for item_id, minor in allocations):
        return None
    count = len({one.customer_id for one in chosen})
    return replace(
        finding,
        is_certain=True,
        customer_id=_owner(chosen),
        allocations=allocations,
        reasons=(finding.reasons[0], Reason("payer_by_relation", {"count": count})),
        proposals=(),
    )


def _chosen(finding: Finding) -> tuple[Proposal, ...]:
    """Return the proposals that only wait because somebody else paid, or for several."""
    codes = {reason.code for reason in finding.reasons}
    if SEVERAL in codes:
        return finding.proposals
    if ANOTHER not in codes or len(finding.proposals) != 1:
        return ()
    told = {reason.code for reason in finding.proposals[0].reasons}
    return () if told & DOUBTFUL else finding.proposals


def _together(chosen: tuple[Proposal, ...]) -> Allocations | None:
    """Return the allocations of all proposals; None where two of them want the same item."""
    found: dict[int, int] = {}
    for proposal in chosen:
        for item_id, minor in proposal.allocations:
            if item_id in found:
                return None
            found[item_id] = minor
    return tuple(sorted(found.items()))


def _owner(chosen: tuple[Proposal, ...]) -> int:
    """Return the customer who gets the largest part, the lowest id among equals."""
    shares: dict[int, int] = {}
    for one in chosen:
        paid = sum(minor for _, minor in one.allocations)
        shares[one.customer_id] = shares.get(one.customer_id, 0) + paid
    return min(shares, key=lambda customer_id: (-shares[customer_id], customer_id))
