"""Matching by the documents a payment names: in full, in part, several, too much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice
from typing import Final, NamedTuple

from creditdesk.cash.rules.documents import Named, named_documents
from creditdesk.cash.rules.index import Document, Index, equal_items
from creditdesk.cash.rules.misspelt import misspelt
from creditdesk.cash.rules.payers import Payer, Payers, recognise
from creditdesk.cash.rules.values import (
    Allocations,
    Finding,
    Method,
    OpenItem,
    Proposal,
    Reason,
    Receipt,
)
from creditdesk.kernel.money import exponent
from creditdesk.policy.rules import MatchingRules

Opens = Mapping[int, int]
Part = tuple[OpenItem, int]  # an item and what is still open of it

SUBSET_DOCUMENTS_MAX: Final = 12
# So documents named may be settled that were not meant: another number may have been.
DOUBTFUL: Final = frozenset({"part_paid", "paid_too_much"})
NUMBERS_SHOWN_MAX: Final = 10


class _Fit(NamedTuple):
    """How a payment falls on the documents it names; `is_exact`: the amount agrees as well."""

    allocations: Allocations
    code: str
    is_exact: bool
    is_clear: bool = True


class _Payment(NamedTuple):
    """A receipt with who its payer may be."""

    receipt: Receipt
    payer: Payer | None
    possible: tuple[int, ...]

    def contradicts(self, customer_id: int) -> bool:
        """Whether account or name say that somebody else paid."""
        return bool(self.possible) and customer_id not in self.possible

    def agrees(self, customer_id: int) -> bool:
        """Whether account, name or customer number say that this customer paid."""
        strong = self.payer is not None and self.payer.is_strong
        return strong and self.payer is not None and self.payer.customer_id == customer_id


def match_by_document(
    receipt: Receipt, index: Index, payers: Payers, rules: MatchingRules, opens: Opens
) -> Finding | None:
    """Return what the named documents say of a payment; None if it names none.

    Numbers that may be there by chance and fit nothing say nothing about a payer who is known.
    """
    named = named_documents(receipt, index)
    if not named:
        return None
    is_strong = any(each.is_strong for each in named)
    payer, possible = recognise(receipt, payers, in_text=not is_strong)
    payment = _Payment(receipt, payer, possible)
    found = _judged(payment, named, index, opens, rules)
    if found is None or not found.is_certain or found.reasons[-1].code in DOUBTFUL:
        equal = equal_items(index, receipt.currency, receipt.minor, opens, possible)
        meant = misspelt(receipt, equal, possible) if equal else None
        if meant is not None:
            return _slip_or_named(payment, named, found, meant)
    if found is None or found.is_certain or is_strong or not (payer or possible):
        return found
    return None


def _slip_or_named(
    payment: _Payment, named: tuple[Named, ...], found: Finding | None, meant: OpenItem
) -> Finding:
    """Decide between an open document named and another whose number is a slip away, and exact.

    An amount to the cent is no chance; a round one may as well be a part of the document named.
    """
    one_unit = 10 ** exponent(payment.receipt.currency)
    if found is None or not found.is_certain or payment.receipt.minor % one_unit:
        return slip_of(payment.receipt, meant)
    of_named = Proposal(
        method=found.method, customer_id=named[0].document.customer_id,
        allocations=found.allocations, reasons=found.reasons,
    )  # fmt: skip
    of_slip = Proposal(
        method="document_number", customer_id=meant.customer_id,
        allocations=((meant.item_id, payment.receipt.minor),),
        reasons=(Reason("number_misspelt", {"number": meant.number}),),
    )  # fmt: skip
    known = meant.customer_id if meant.customer_id == of_named.customer_id else None
    return _not_sure(payment, named, "another_number_fits", (of_named, of_slip), known)


def slip_of(receipt: Receipt, meant: OpenItem) -> Finding:
    """Return that the payment settles an item whose number it names with a slip of the hand."""
    reasons = (Reason("number_misspelt", {"number": meant.number}), Reason("amount_exact"))
    return Finding(
        payment_id=receipt.payment_id, method="document_number", is_certain=True,
        customer_id=meant.customer_id, allocations=((meant.item_id, receipt.minor),),
        reasons=reasons,
    )  # fmt: skip


def _judged(
    payment: _Payment, named: tuple[Named, ...], index: Index, opens: Opens, rules: MatchingRules
) -> Finding | None:
    """Return what the documents named say of a payment whose payer was looked for."""
    receipt = payment.receipt
    usable = tuple([each for each in named if each.document.currency == receipt.currency])
    if not usable:
        return _not_sure(payment, named, "currency_differs", ())
    narrowed = _of_one_customer(payment, usable, opens)
    if narrowed is None:
        return _not_sure(payment, usable, "several_customers", _each_apart(receipt, usable, opens))
    return _for_customer(payment, narrowed, index, opens, rules)


def _for_customer(
    payment: _Payment, named: tuple[Named, ...], index: Index, opens: Opens, rules: MatchingRules
) -> Finding | None:
    """Judge documents of one customer, strongest sign first."""
    receipt, customer_id = payment.receipt, named[0].document.customer_id
    is_strong = all(each.is_strong for each in named)
    fit = _fit(receipt, [each.document for each in named], index, opens, rules)
    if fit is None:
        return _settled(payment, named, customer_id) if is_strong else None
    method = _method(named)
    reasons = (_numbers(named), Reason(fit.code))
    corroborated = is_strong or fit.is_exact or payment.agrees(customer_id)
    contradicted = payment.contradicts(customer_id)
    if fit.is_clear and corroborated and not contradicted:
        return Finding(
            payment_id=receipt.payment_id, method=method, is_certain=True, customer_id=customer_id,
            allocations=fit.allocations, reasons=reasons,
        )  # fmt: skip
    proposal = Proposal(
        method=method, customer_id=customer_id, allocations=fit.allocations, reasons=reasons
    )
    if contradicted:
        return _not_sure(payment, named, "payer_is_another", (proposal,))
    code = "documents_not_covered" if corroborated else "number_may_be_chance"
    known = customer_id if is_strong or payment.agrees(customer_id) else None
    return _not_sure(payment, named, code, (proposal,), known)


def _fit(
    receipt: Receipt,
    documents: Sequence[Document],
    index: Index,
    opens: Opens,
    rules: MatchingRules,
) -> _Fit | None:
    """Return how the amount falls on the documents; None if nothing of them is open."""
    parts = [part for document in documents for part in open_parts(document.items, opens)]
    total = sum([minor for _, minor in parts])
    if not parts:
        return None
    if total == receipt.minor:
        code = "amount_exact" if len(documents) == 1 else "sum_exact"
        return _Fit(_fill(parts, receipt.minor), code, is_exact=True)
    some = _some_of(receipt, documents, parts, opens)
    if some is not None:
        return some
    if abs(total - receipt.minor) <= _cents(receipt, documents, rules):
        return _Fit(_fill(parts, receipt.minor), "cents_differ", is_exact=True)
    if receipt.minor > total:
        return _too_much(receipt, documents[0], index, parts, opens)
    return _Fit(
        _fill(parts, receipt.minor), "part_paid", is_exact=False, is_clear=len(documents) == 1
    )


def _some_of(
    receipt: Receipt, documents: Sequence[Document], parts: Sequence[Part], opens: Opens
) -> _Fit | None:
    """Return the one instalment, or the only choice of documents, that the amount pays exactly."""
    if len(documents) == 1:
        exact = [part for part in parts if part[1] == receipt.minor]
        if exact:
            return _Fit(_fill(exact[:1], receipt.minor), "instalment_exact", is_exact=True)
        return None
    if len(documents) > SUBSET_DOCUMENTS_MAX:
        return None
    choices = list(islice(_choices(documents, receipt.minor, opens), 2))
    if len(choices) != 1:
        return None
    return _Fit(_fill(choices[0], receipt.minor), "some_exact", is_exact=True)


def _choices(documents: Sequence[Document], target: int, opens: Opens) -> Iterator[list[Part]]:
    whole = [open_parts(document.items, opens) for document in documents]
    for size in range(1, len(whole)):
        for chosen in combinations(whole, size):
            parts = [part for document in chosen for part in document]
            if parts and sum(minor for _, minor in parts) == target:
                yield parts


def _cents(receipt: Receipt, documents: Sequence[Document], rules: MatchingRules) -> int:
    """Return by how much the amount may differ: of several documents, by less than one unit."""
    if len(documents) == 1:
        return rules.tolerance_minor
    one_unit: int = 10 ** exponent(receipt.currency)
    return max(rules.tolerance_minor, one_unit - 1)


def _too_much(
    receipt: Receipt, document: Document, index: Index, parts: Sequence[Part], opens: Opens
) -> _Fit:
    """Settle what is named, or all that is open if that is what was paid; the rest stays."""
    of_customer = index.by_customer[document.customer_id, document.currency]
    every = open_parts(of_customer, opens)
    if sum(minor for _, minor in every) == receipt.minor:
        return _Fit(_fill(every, receipt.minor), "balance_exact", is_exact=True)
    return _Fit(_fill(parts, receipt.minor), "paid_too_much", is_exact=False)


def open_parts(items: Sequence[OpenItem], opens: Opens) -> list[Part]:
    """Return the items still open, each with what is open of it."""
    return [
        (item, minor) for item in items if (minor := opens.get(item.item_id, item.open_minor)) > 0
    ]


def _fill(parts: Sequence[Part], minor: int) -> Allocations:
    """Settle the parts in their order until the money runs out."""
    allocations = []
    for item, still_open in parts:
        if minor <= 0:
            break
        allocations.append((item.item_id, min(minor, still_open)))
        minor -= still_open
    return tuple(allocations)


def _of_one_customer(
    payment: _Payment, named: tuple[Named, ...], opens: Opens
) -> tuple[Named, ...] | None:
    """Return the documents of the one customer who is meant, or None if that is open.

    Where several are named, the payer decides, or the only document with that very amount.
    """
    if len(named) == 1 or len({each.document.customer_id for each in named}) == 1:
        return named
    if payment.payer is not None and payment.payer.is_strong:
        own = tuple(e for e in named if e.document.customer_id == payment.payer.customer_id)
        if own:
            return own
    if all(each.is_strong for each in named):
        return None
    exact = tuple(each for each in named if _total(each, opens) == payment.receipt.minor)
    return exact if len(exact) == 1 else None


def _total(named: Named, opens: Opens) -> int:
    return sum(minor for _, minor in open_parts(named.document.items, opens))


def _each_apart(receipt: Receipt, named: tuple[Named, ...], opens: Opens) -> tuple[Proposal, ...]:
    """Propose each named document by itself."""
    proposals = []
    for each in named:
        parts = open_parts(each.document.items, opens)
        if parts:
            proposals.append(
                Proposal(
                    method=_method((each,)),
                    customer_id=each.document.customer_id,
                    allocations=_fill(parts, receipt.minor),
                    reasons=(_numbers((each,)),),
                )
            )
    return tuple(proposals)


def _settled(payment: _Payment, named: tuple[Named, ...], customer_id: int) -> Finding:
    """Say that the document is settled already: the payer is known, the money waits."""
    known = None if payment.contradicts(customer_id) else customer_id
    return _not_sure(payment, named, "document_settled", (), known)


def _not_sure(
    payment: _Payment,
    named: tuple[Named, ...],
    code: str,
    proposals: tuple[Proposal, ...],
    customer_id: int | None = None,
) -> Finding:
    return Finding(
        payment_id=payment.receipt.payment_id, method=_method(named), is_certain=False,
        customer_id=payment.receipt.customer_id or customer_id, allocations=(),
        reasons=(_numbers(named), Reason(code)), proposals=proposals,
    )  # fmt: skip


def _method(named: Sequence[Named]) -> Method:
    structured = any(each.is_structured for each in named)
    return "structured_reference" if structured else "document_number"


def _numbers(named: Sequence[Named]) -> Reason:
    if len(named) == 1:
        return Reason("documents_named", {"numbers": named[0].document.number, "count": 1})
    shown = ", ".join(each.document.number for each in named[:NUMBERS_SHOWN_MAX])
    return Reason("documents_named", {"numbers": shown, "count": len(named)})
