"""Match payments against what is open, and apply what is certain."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NamedTuple

from creditdesk.cash.rules import Finding, Receipt
from creditdesk.cash.rules.matching import BY_DOCUMENT, PHASES, Phase
from creditdesk.cash.services.known_payers import KnownPayers
from creditdesk.cash.services.open_ledger import OpenLedger, key_length_max
from creditdesk.cash.services.settlement import Plan, carry_out
from creditdesk.cash.services.spool import Spool
from creditdesk.cash.services.writing import (
    ItemState,
    PaymentState,
    items,
    keep_match_columns,
    next_ids,
    payments,
    proposals_json,
    reasons_json,
)
from creditdesk.controls.commands import command
from creditdesk.credit import services as credit
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.plumbing.batches import uncollected
from creditdesk.policy import queries as policies

# So many payments are in memory at a time, with the open items that they may mean.
BATCH: Final = 5_000
# So many are written at a time: a customer's exposure moves once in each.
WRITTEN: Final = 25_000

# Payments that somebody has dealt with stay as they are, until somebody asks for them by id.
_WAITING = """
    SELECT p.id, p.currency
      FROM cash_payment p
      LEFT JOIN LATERAL (SELECT is_certain FROM cash_match
                          WHERE payment_id = p.id ORDER BY id DESC LIMIT 1) m ON TRUE
     WHERE p.company_id = %(company_id)s AND p.unapplied_minor > 0
       AND CASE WHEN %(ids)s::bigint[] IS NULL
                THEN NOT p.on_account AND m.is_certain IS NOT TRUE
                ELSE p.id = ANY(%(ids)s) END
     ORDER BY p.received_on, p.id
"""
_RECEIPTS = """
    SELECT p.id, p.unapplied_minor, p.currency, p.received_on, l.text, l.structured_references,
           l.counterparty, l.counterparty_account, p.customer_id,
           coalesce(m.reasons::text, ''), coalesce(m.proposals::text, '')
      FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS asked (id, place)
     CROSS JOIN LATERAL (SELECT * FROM cash_payment WHERE id = asked.id OFFSET 0) p
      JOIN cash_bankline l ON l.id = p.bank_line_id
      LEFT JOIN LATERAL (SELECT reasons, proposals FROM cash_match
                          WHERE payment_id = p.id ORDER BY id DESC LIMIT 1) m ON TRUE
     WHERE p.company_id = %(company_id)s
     ORDER BY asked.place
"""
# One matching of a company at a time; whoever applies by hand meanwhile is met by the row locks.
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('cash.match', %s))"


@dataclass(frozen=True, slots=True)
class MatchResult:
    """What matching did; `applied_minor` by currency. `overtaken` were changed meanwhile."""

    matched: int
    applied: int
    identified: int
    left: int
    overtaken: int
    applied_minor: dict[str, int]


class _Waiting(NamedTuple):
    payment_id: int
    currency: str


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


class _Decided(NamedTuple):
    """What is to become of a payment, and how payment and items stood when that was decided."""

    payment_id: int
    minor: int
    known_customer_id: int | None
    customer_id: int | None
    method: str
    is_certain: bool
    reasons: str
    proposals: str
    allocations: tuple[tuple[int, int], ...]
    open_before: tuple[int, ...]

    @property
    def moves(self) -> bool:
        """Whether this changes more than what is known of the payment."""
        return bool(self.allocations) or self.customer_id not in (None, self.known_customer_id)


@command("cash.match")
@uncollected
def match(actor: Actor, *, payment_ids: Sequence[int] | None = None) -> MatchResult:
    """Match the given payments, or all that nobody has dealt with; apply what is certain.

    What is not certain is kept with its reasons and proposals for a person. Safe to repeat. Memory
    is bounded by a batch of payments: first all is decided, batch by batch, then all is written.
    """
    sql.scalar(_TURN, [actor.company_id])
    ids = None if payment_ids is None else sorted(payment_ids)
    waiting, currencies = _waiting(actor, ids)
    if not waiting:
        return MatchResult(0, 0, 0, 0, 0, {})
    deciding = _Deciding(actor, currencies, len(waiting))
    with Spool() as decided:
        for phase in PHASES:
            waiting = deciding.run(phase, waiting, decided)
        credit.lock_exposure(actor, deciding.concerned)
        done = _Done()
        for part in decided.batches(WRITTEN):
            _keep(actor, [_Decided._make(each) for each in part], deciding.policy_version, done)
    return done.result(deciding.matched)


def _waiting(actor: Actor, ids: Sequence[int] | None) -> tuple[Sequence[int], set[str]]:
    """Return the payments to be matched, the oldest first, and the currencies they came in."""
    found = array("q")
    currencies: set[str] = set()
    for row in sql.fetch_in_parts(_Waiting, _WAITING, {"company_id": actor.company_id, "ids": ids}):
        found.append(row.payment_id)
        currencies.add(row.currency)
    return found, currencies


class _Deciding:
    """Decides batch by batch, in memory bounded by the batch."""

    def __init__(self, actor: Actor, currencies: set[str], count: int) -> None:
        company_id = actor.company_id
        policy = policies.in_force(company_id, actor.today)
        self.policy_version = policy.version
        self.matched = 0
        self.concerned: set[int] = set()
        self._actor = actor
        self._rules = policy.matching
        self._known = KnownPayers(company_id)
        longest = key_length_max(company_id, count)
        self._ledger = OpenLedger(company_id, currencies, key_length_max=longest)

    def run(self, phase: Phase, waiting: Sequence[int], decided: Spool) -> Sequence[int]:
        """Decide, batch by batch, what a phase can; return the payments it leaves."""
        left = array("q")
        ledger, payers, rules = self._ledger, self._known.payers, self._rules
        for first in range(0, len(waiting), BATCH):
            rows = self._rows(waiting[first : first + BATCH])
            receipts = [row.receipt() for row in rows]
            self._foresee(phase, receipts)
            kept = []
            for row, receipt in zip(rows, receipts, strict=True):
                found = phase(receipt, ledger.index, payers, rules, ledger.opens)
                if found is None:
                    left.append(row.payment_id)
                else:
                    kept += self._noted(found, row)
            decided.add(kept)
        return left

    def _foresee(self, phase: Phase, receipts: Sequence[Receipt]) -> None:
        """Know what the phase will ask of payers and open items, and nothing of those before."""
        self._known.foresee(receipts)
        if phase is BY_DOCUMENT:
            self._ledger.foresee_documents(receipts)
            self._known.foresee_texts(self._ledger.weakly_named())
        else:
            self._known.foresee_texts(receipts)
            self._ledger.foresee_amounts(receipts, self._known.payers, self._rules)

    def _rows(self, ids: Sequence[int]) -> list[_ReceiptRow]:
        params = {"company_id": self._actor.company_id, "ids": sql.array(ids)}
        return sql.fetch(_ReceiptRow, _RECEIPTS, params)

    def _noted(self, found: Finding, row: _ReceiptRow) -> list[_Decided]:
        """Lower what is open; return what is to be written down, nothing if it was said before."""
        self.matched += 1
        one = _Decided(
            payment_id=row.payment_id,
            minor=row.minor,
            known_customer_id=row.customer_id,
            customer_id=found.customer_id,
            method=found.method,
            is_certain=found.is_certain,
            reasons=reasons_json(found.reasons),
            proposals=proposals_json(found.proposals),
            allocations=found.allocations,
            open_before=self._ledger.settle(found),
        )
        if one.moves:
            self.concerned.update(
                each for each in (one.customer_id, row.customer_id) if each is not None
            )
            return [one]
        return [one] if _says_something_new(one, row) else []


@dataclass(slots=True)
class _Done:
    """What has been written so far."""

    applied: int = 0
    identified: int = 0
    overtaken: int = 0
    applied_minor: Counter[str] = field(default_factory=Counter)

    def add(self, plans: Sequence[Plan], overtaken: int) -> None:
        """Count what was carried out."""
        for plan in plans:
            self.applied_minor[plan.payment.currency] += plan.applied_minor
        self.applied += sum(1 for plan in plans if plan.allocations)
        self.identified += sum(1 for plan in plans if plan.is_identified_now)
        self.overtaken += overtaken

    def result(self, matched: int) -> MatchResult:
        """Return what became of so many payments."""
        return MatchResult(
            matched=matched,
            applied=self.applied,
            identified=self.identified,
            left=matched - self.applied,
            overtaken=self.overtaken,
            applied_minor={c: minor for c, minor in self.applied_minor.items() if minor},
        )


def _keep(actor: Actor, decided: Sequence[_Decided], policy_version: int, done: _Done) -> None:
    """Apply what still holds under lock; write down every new finding."""
    moving = [one for one in decided if one.moves]
    states, open_now = _locked(actor, moving)
    overtaken = _overtaken(moving, states, open_now)
    kept = [one for one in decided if one.payment_id not in overtaken]
    ids = next_ids("cash_match", len(kept))
    keep_match_columns(
        actor,
        {
            "id": ids,
            "payment_id": [one.payment_id for one in kept],
            "method": [one.method for one in kept],
            "is_certain": [one.is_certain for one in kept],
            "reasons": [one.reasons for one in kept],
            "proposals": [one.proposals for one in kept],
        },
        policy_version,
    )
    plans = [
        Plan(
            payment=states[one.payment_id],
            customer_id=one.customer_id,
            match_id=match_id,
            allocations=one.allocations,
        )
        for one, match_id in zip(kept, ids, strict=True)
        if one.moves and one.customer_id is not None
    ]
    carry_out(actor, plans, open_now)
    done.add(plans, len(overtaken))


def _locked(
    actor: Actor, moving: Sequence[_Decided]
) -> tuple[dict[int, PaymentState], dict[int, ItemState]]:
    """Hold payments and items, in this order, after exposure; return how they stand."""
    if not moving:
        return {}, {}
    states = payments(actor, {one.payment_id for one in moving}, lock=True)
    item_ids = {item_id for one in moving for item_id, _ in one.allocations}
    return states, items(actor, item_ids, lock=True) if item_ids else {}


def _overtaken(
    moving: Sequence[_Decided],
    states: Mapping[int, PaymentState],
    open_now: Mapping[int, ItemState],
) -> set[int]:
    """Return the payments that are not as they were decided on, or whose items are not."""
    found: set[int] = set()
    still_open = {item_id: item.open_minor for item_id, item in open_now.items()}
    for one in moving:
        state = states[one.payment_id]
        parts = list(zip(one.allocations, one.open_before, strict=True))
        is_same = (state.unapplied_minor, state.customer_id) == (one.minor, one.known_customer_id)
        if is_same and all(still_open[item_id] == before for (item_id, _), before in parts):
            for (item_id, minor), _ in parts:
                still_open[item_id] -= minor
        else:
            found.add(one.payment_id)
    return found


def _says_something_new(one: _Decided, row: _ReceiptRow) -> bool:
    if not row.last_reasons:
        return True
    said = json.loads(row.last_reasons), json.loads(row.last_proposals)
    return said != (json.loads(one.reasons), json.loads(one.proposals))
