"""Matching by payer and amount, where no document is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from creditdesk.cash.rules.by_document import Opens, Part, open_parts, slip_of
from creditdesk.cash.rules.index import Index, equal_items
from creditdesk.cash.rules.misspelt import misspelt
from creditdesk.cash.rules.payers import Payer, Payers, most_like, name_scores, recognise
from creditdesk.cash.rules.sums import combination
from creditdesk.cash.rules.values import (
    Allocations,
    Finding,
    Method,
    OpenItem,
    Proposal,
    Reason,
    Receipt,
)
from creditdesk.policy.rules import MatchingRules

PROPOSALS_MAX: Final = 5


def match_by_amount(
    receipt: Receipt, index: Index, payers: Payers, rules: MatchingRules, opens: Opens
) -> Finding:
    """Return what payer and amount say: certain only where exactly one answer fits."""
    payer, possible = recognise(receipt, payers)
    of = (payer.customer_id,) if payer else possible
    equal = equal_items(index, receipt.currency, receipt.minor, opens, of)
    meant = misspelt(receipt, equal, of)
    if meant is not None:
        return slip_of(receipt, meant)
    if payer is not None:
        return _of_payer(receipt, payer, index, rules, opens)
    if possible:
        return _of_several(receipt, possible, equal)
    like = _like(receipt, index, payers, rules, opens)
    if like is not None:
        return _of_payer(receipt, like, index, rules, opens)
    return _amount_only(receipt, equal, index)


def _like(
    receipt: Receipt, index: Index, payers: Payers, rules: MatchingRules, opens: Opens
) -> Payer | None:
    """Return the payer by a similar name: of those with that very amount open, else of all."""
    scores = name_scores(receipt, payers, rules.name_score_minimum)
    if not scores:
        return None
    equal = equal_items(index, receipt.currency, receipt.minor, opens, scores)
    return most_like(scores, {item.customer_id for item in equal}) or most_like(scores)


def _of_payer(
    receipt: Receipt, payer: Payer, index: Index, rules: MatchingRules, opens: Opens
) -> Finding:
    """Try the amount on the payer's open items: one, all, a combination; else the oldest."""
    who = Reason(f"payer_by_{payer.how}", {"score": payer.score} if payer.how == "similar" else {})
    items = index.by_customer.get((payer.customer_id, receipt.currency), ())
    parts = open_parts(items, opens)
    if not parts:
        return _waiting(receipt, payer, "none", (who, Reason("nothing_open")), ())
    exact = [part for part in parts if part[1] == receipt.minor]
    if len(exact) == 1:
        return _certain(receipt, payer, "amount", exact, (who, Reason("amount_exact")))
    if exact:
        reason = Reason("amount_fits_several", {"count": len(exact)})
        shown = tuple(_proposal(payer, "amount", [part]) for part in exact[:PROPOSALS_MAX])
        return _waiting(receipt, payer, "amount", (who, reason), shown)
    if sum(minor for _, minor in parts) == receipt.minor:
        reasons = (who, Reason("balance_exact", {"count": len(parts)}))
        if payer.is_strong:
            return _certain(receipt, payer, "balance", parts, reasons)
        return _waiting(receipt, payer, "balance", reasons, (_proposal(payer, "balance", parts),))
    return _combined(receipt, payer, parts, rules, who)


def _combined(
    receipt: Receipt, payer: Payer, parts: Sequence[Part], rules: MatchingRules, who: Reason
) -> Finding:
    """Accept the only combination that adds up, unless so many exist that chance could do it."""
    found = combination([minor for _, minor in parts], receipt.minor, rules.combine_items_max)
    if found is None:
        reasons = (who, Reason("amount_fits_nothing"))
        oldest = _oldest_first(receipt, payer, parts)
        return _waiting(receipt, payer, "oldest_first", reasons, (oldest,))
    chosen = [parts[position] for position in found.positions]
    reasons = (who, Reason("combination_exact", {"count": len(chosen)}))
    if found.is_unique and found.is_telling and payer.is_strong:
        return _certain(receipt, payer, "combination", chosen, reasons)
    doubt = Reason("combination_may_be_chance" if found.is_unique else "combinations_several")
    shown = (_proposal(payer, "combination", chosen), _oldest_first(receipt, payer, parts))
    return _waiting(receipt, payer, "combination", (*reasons, doubt), shown)


def _of_several(receipt: Receipt, possible: Sequence[int], equal: Sequence[OpenItem]) -> Finding:
    """Account or name belong to several customers: the only equal amount among them decides."""
    fitting = [item for item in equal if item.customer_id in possible]
    reason = Reason("payer_is_one_of", {"count": len(possible)})
    shown = tuple(_amount_proposal(item, receipt) for item in fitting[:PROPOSALS_MAX])
    return _unknown(receipt, "payer", (reason,), shown)


def _amount_only(receipt: Receipt, equal: Sequence[OpenItem], index: Index) -> Finding:
    """Nobody is recognised: what is open with that very amount is only proposed."""
    if not equal:
        return _unknown(receipt, "none", (Reason("nothing_recognised"),), ())
    count = index.many.get((receipt.currency, receipt.minor), len(equal))
    reason = Reason("amount_alone", {"count": count})
    shown = tuple(_amount_proposal(item, receipt) for item in equal[:PROPOSALS_MAX])
    return _unknown(receipt, "amount_only", (reason,), shown)


def _certain(
    receipt: Receipt,
    payer: Payer,
    method: Method,
    parts: Sequence[Part],
    reasons: tuple[Reason, ...],
) -> Finding:
    return Finding(
        payment_id=receipt.payment_id, method=method, is_certain=True,
        customer_id=payer.customer_id, allocations=_whole(parts), reasons=reasons,
    )  # fmt: skip


def _waiting(
    receipt: Receipt,
    payer: Payer,
    method: Method,
    reasons: tuple[Reason, ...],
    proposals: tuple[Proposal, ...],
) -> Finding:
    """Not certain what is settled; a strong payer is known all the same."""
    return Finding(
        payment_id=receipt.payment_id, method=method, is_certain=False,
        customer_id=payer.customer_id if payer.is_strong else None, allocations=(),
        reasons=reasons, proposals=proposals,
    )  # fmt: skip


def _unknown(
    receipt: Receipt,
    method: Method,
    reasons: tuple[Reason, ...],
    proposals: tuple[Proposal, ...],
) -> Finding:
    return Finding(
        payment_id=receipt.payment_id, method=method, is_certain=False, customer_id=None,
        allocations=(), reasons=reasons, proposals=proposals,
    )  # fmt: skip


def _proposal(payer: Payer, method: Method, parts: Sequence[Part]) -> Proposal:
    return Proposal(method=method, customer_id=payer.customer_id, allocations=_whole(parts))


def _amount_proposal(item: OpenItem, receipt: Receipt) -> Proposal:
    return Proposal(
        method="amount_only",
        customer_id=item.customer_id,
        allocations=((item.item_id, receipt.minor),),
        reasons=(Reason("document", {"number": item.number}),),
    )


def _oldest_first(receipt: Receipt, payer: Payer, parts: Sequence[Part]) -> Proposal:
    left = receipt.minor
    allocations = []
    for item, minor in parts:
        if left <= 0:
            break
        allocations.append((item.item_id, min(left, minor)))
        left -= minor
    return Proposal(
        method="oldest_first", customer_id=payer.customer_id, allocations=tuple(allocations)
    )


def _whole(parts: Sequence[Part]) -> Allocations:
    return tuple((item.item_id, minor) for item, minor in parts)
