"""Match payments against what is open, and apply what is certain."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from creditdesk.cash.rules import (
    Finding,
    OpenItem,
    Payers,
    Receipt,
    build_index,
    build_payers,
    match_all,
)
from creditdesk.cash.services.returned_lines import tie_returns
from creditdesk.cash.services.settlement import Plan, carry_out
from creditdesk.cash.services.writing import (
    ItemState,
    NewMatch,
    PaymentState,
    items,
    keep_matches,
    next_ids,
    payments,
    proposals_json,
    reasons_json,
)
from creditdesk.controls.commands import command
from creditdesk.credit import services as credit
from creditdesk.customers import queries as customers
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.plumbing.batches import uncollected
from creditdesk.policy import queries as policies

# Payments that somebody has dealt with stay as they are, until somebody asks for them by id.
_RECEIPTS = """
    SELECT p.id, p.unapplied_minor - p.earmarked_minor, p.currency, p.received_on, l.text,
           l.structured_references, l.counterparty, l.counterparty_account, p.customer_id,
           coalesce(m.reasons::text, ''), coalesce(m.proposals::text, '')
      FROM cash_payment p
      JOIN cash_bankline l ON l.id = p.bank_line_id
      LEFT JOIN LATERAL (SELECT is_certain, reasons, proposals FROM cash_match
                          WHERE payment_id = p.id ORDER BY id DESC LIMIT 1) m ON TRUE
     WHERE p.company_id = %(company_id)s AND p.unapplied_minor > p.earmarked_minor
       AND CASE WHEN %(ids)s::bigint[] IS NULL
                THEN NOT p.on_account AND m.is_certain IS NOT TRUE
                ELSE p.id = ANY(%(ids)s) END
     ORDER BY p.id
"""
# One matching of a company at a time; whoever applies by hand meanwhile is met by the row locks.
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('cash.match', %s))"


@dataclass(frozen=True, slots=True)
class MatchResult:
    """What matching did; `applied_minor` by currency. `overtaken` were changed meanwhile.

    `returned` payments went back by the bank; `returns_waiting` name none beyond doubt.
    """

    matched: int
    applied: int
    identified: int
    left: int
    overtaken: int
    applied_minor: dict[str, int]
    returned: int = 0
    returns_waiting: int = 0


@dataclass(frozen=True, slots=True)
class _ReceiptRow:
    payment_id: int
    minor: int
    currency: str
    received_on: date
    text: str
    structured_references: list[str]
    counterparty: str
    counterparty_account: str
    customer_id: int | None
    last_reasons: str
    last_proposals: str

    def receipt(self) -> Receipt:
        return Receipt(
            payment_id=self.payment_id,
            minor=self.minor,
            currency=self.currency,
            received_on=self.received_on,
            text=self.text,
            structured_references=tuple(self.structured_references),
            counterparty=self.counterparty,
            counterparty_account=self.counterparty_account,
            customer_id=self.customer_id,
        )


@command("cash.match")
@uncollected
def match(actor: Actor, *, payment_ids: Sequence[int] | None = None) -> MatchResult:
    """Match the given payments, or all that nobody has dealt with; apply what is certain.

    What is not certain is kept with its reasons and proposals for a person. Then payments that
    the bank took back are returned, those of the same file too. Safe to repeat.
    """
    sql.scalar(_TURN, [actor.company_id])
    matched = _match(actor, payment_ids)
    tied = tie_returns(actor)
    return replace(matched, returned=tied.tied, returns_waiting=tied.waiting)


def _match(actor: Actor, payment_ids: Sequence[int] | None) -> MatchResult:
    ids = None if payment_ids is None else sorted(payment_ids)
    found = sql.fetch(_ReceiptRow, _RECEIPTS, {"company_id": actor.company_id, "ids": ids})
    if not found:
        return MatchResult(0, 0, 0, 0, 0, {})
    rows = {row.payment_id: row for row in found}
    policy = policies.in_force(actor.company_id, actor.today)
    index = build_index(_open_items(actor, {row.currency for row in found}))
    payers = _payers(actor)
    findings = match_all((row.receipt() for row in found), index, payers, policy.matching)
    return _keep(actor, _Batch(rows, findings, index.open_minor), policy.version)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Payments as they were read, what matching found, and what was open then."""

    rows: Mapping[int, _ReceiptRow]
    findings: Sequence[Finding]
    open_minor: Mapping[int, int]

    def moves(self, found: Finding) -> bool:
        """Whether the finding changes more than what is known of the payment."""
        known = self.rows[found.payment_id].customer_id
        return bool(found.allocations) or found.customer_id not in (None, known)


def _keep(actor: Actor, batch: _Batch, policy_version: int) -> MatchResult:
    """Apply the findings that still hold under lock; write down every new finding."""
    moving = [found for found in batch.findings if batch.moves(found)]
    states, open_now = _locked(actor, moving, batch)
    overtaken = {
        found.payment_id
        for found in moving
        if not _still_holds(found, states[found.payment_id], open_now, batch)
    }
    kept = [
        found
        for found in batch.findings
        if found.payment_id not in overtaken
        and (batch.moves(found) or _says_something_new(found, batch.rows[found.payment_id]))
    ]
    ids = {
        found.payment_id: match_id
        for found, match_id in zip(kept, next_ids("cash_match", len(kept)), strict=True)
    }
    keep_matches(
        actor, [_new_match(found, ids[found.payment_id]) for found in kept], policy_version
    )
    plans = [
        Plan(
            payment=states[found.payment_id],
            customer_id=found.customer_id,
            match_id=ids[found.payment_id],
            allocations=found.allocations,
        )
        for found in moving
        if found.customer_id is not None and found.payment_id not in overtaken
    ]
    carry_out(actor, plans, open_now)
    return _result(batch, plans, len(overtaken))


def _locked(
    actor: Actor, moving: Sequence[Finding], batch: _Batch
) -> tuple[dict[int, PaymentState], dict[int, ItemState]]:
    """Hold exposure, payments and items, in this order, and return how they stand."""
    if not moving:
        return {}, {}
    concerned = {found.customer_id for found in moving} | {
        batch.rows[found.payment_id].customer_id for found in moving
    }
    credit.lock_exposure(actor, {each for each in concerned if each is not None})
    states = payments(actor, {found.payment_id for found in moving}, lock=True)
    item_ids = {item_id for found in moving for item_id, _ in found.allocations}
    return states, items(actor, item_ids, lock=True) if item_ids else {}


def _still_holds(
    found: Finding, state: PaymentState, open_now: Mapping[int, ItemState], batch: _Batch
) -> bool:
    """Whether payment and items are as they were when they were matched."""
    row = batch.rows[found.payment_id]
    return (state.free_minor, state.customer_id) == (row.minor, row.customer_id) and all(
        open_now[item_id].open_minor == batch.open_minor[item_id]
        for item_id, _ in found.allocations
    )


def _says_something_new(found: Finding, row: _ReceiptRow) -> bool:
    if not row.last_reasons:
        return True
    said = json.loads(row.last_reasons), json.loads(row.last_proposals)
    return said != (
        json.loads(reasons_json(found.reasons)),
        json.loads(proposals_json(found.proposals)),
    )


def _new_match(found: Finding, match_id: int) -> NewMatch:
    return NewMatch(
        id=match_id,
        payment_id=found.payment_id,
        method=found.method,
        is_certain=found.is_certain,
        reasons=found.reasons,
        proposals=found.proposals,
    )


def _result(batch: _Batch, plans: Sequence[Plan], overtaken: int) -> MatchResult:
    applied_minor: Counter[str] = Counter()
    for plan in plans:
        applied_minor[plan.payment.currency] += plan.applied_minor
    applied = sum(1 for plan in plans if plan.allocations)
    return MatchResult(
        matched=len(batch.findings),
        applied=applied,
        identified=sum(1 for plan in plans if plan.is_identified_now),
        left=len(batch.findings) - applied,
        overtaken=overtaken,
        applied_minor={currency: minor for currency, minor in applied_minor.items() if minor},
    )


def _open_items(actor: Actor, currencies: Collection[str]) -> Iterator[OpenItem]:
    """Yield the open items in the currencies the payments came in."""
    for currency in sorted(currencies):
        yield from invoices.open_items(actor.company_id, currency=currency)


def _payers(actor: Actor) -> Payers:
    known = customers.payer_index(actor.company_id)
    return build_payers(known.accounts, known.names, known.numbers)
