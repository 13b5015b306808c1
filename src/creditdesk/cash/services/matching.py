"""Match payments against what is open, and apply what is certain."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, NamedTuple

from creditdesk.cash.rules import Finding, Receipt
from creditdesk.cash.rules.matching import BY_DOCUMENT, PHASES, Phase
from creditdesk.cash.rules.matching import decided as decided_by
from creditdesk.cash.services import allowances, ordering
from creditdesk.cash.services.bank_said import BANK_SAID, PAID_ON, WIDTH, receipt_of
from creditdesk.cash.services.keeping import Decided, Done, MatchResult, keep
from creditdesk.cash.services.known_payers import KnownPayers
from creditdesk.cash.services.open_ledger import LARGE, OpenLedger, key_length_max
from creditdesk.cash.services.returned_lines import tie_returns
from creditdesk.cash.services.spool import Spool
from creditdesk.cash.services.writing import (
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

# What says that money names nothing: it may pay by the order of the policy.
UNNAMED: Final = frozenset({"amount_fits_nothing", "nothing_open"})

# Payments that somebody has dealt with stay as they are, until somebody asks for them by id.
_WAITING = """
    SELECT p.id, p.currency, coalesce(l.value_on, p.received_on)
      FROM cash_payment p
      JOIN cash_bankline l ON l.id = p.bank_line_id
      LEFT JOIN LATERAL (SELECT is_certain FROM cash_match
                          WHERE payment_id = p.id ORDER BY id DESC LIMIT 1) m ON TRUE
     WHERE p.company_id = %(company_id)s AND p.unapplied_minor > 0
       AND p.unapplied_minor > p.earmarked_minor
       AND CASE WHEN %(ids)s::bigint[] IS NULL
                THEN NOT p.on_account AND m.is_certain IS NOT TRUE
                ELSE p.id = ANY(%(ids)s) END
     ORDER BY p.received_on, p.id
"""
# With the reasons and proposals that were written down before.
_RECEIPTS = f"""
    SELECT {BANK_SAID.format(paid_on=PAID_ON)},
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


_Said = tuple[str, str]  # reasons and proposals as they were kept, both empty where nothing was


class _WaitingRow(NamedTuple):
    payment_id: int
    currency: str
    paid_on: date


@dataclass(slots=True)
class _Waiting:
    """The payments to be matched, the oldest first, their currencies and first value date."""

    ids: Sequence[int]
    currencies: set[str]
    since: date


@command("cash.match")
@uncollected
def match(actor: Actor, *, payment_ids: Sequence[int] | None = None) -> MatchResult:
    """Match the given payments, or all that nobody has dealt with; apply what is certain.

    What is not certain is kept with its reasons and proposals for a person. Then payments that the
    bank took back are returned, those of the same file too. Safe to repeat. Memory is bounded by a
    batch of payments: first all is decided, batch by batch, then all is written.
    """
    sql.scalar(_TURN, [actor.company_id])
    matched = _match(actor, payment_ids)
    tied = tie_returns(actor)
    return replace(matched, returned=tied.tied, returns_waiting=tied.waiting)


def _match(actor: Actor, payment_ids: Sequence[int] | None) -> MatchResult:
    ids = None if payment_ids is None else sorted(payment_ids)
    waiting = _waiting(actor, ids)
    if not waiting.ids:
        return MatchResult(0, 0, 0, 0, 0, {})
    deciding = _Deciding(actor, waiting)
    left = waiting.ids
    with sql.ahead(), Spool() as decided:
        for phase in PHASES:
            left = deciding.run(phase, left, decided)
        credit.lock_exposure(actor, deciding.concerned)
        done = deciding.allowed()
        for part in decided.batches(WRITTEN):
            keep(actor, [Decided._make(each) for each in part], deciding.policy.version, done)
    in_order, moved = ordering.apply_by_order(actor, deciding.unnamed, deciding.policy)
    result = done.result(deciding.matched)
    return replace(
        result,
        applied=result.applied + len(in_order),
        left=result.left - len(in_order),
        moved=moved,
    )


def _waiting(actor: Actor, ids: Sequence[int] | None) -> _Waiting:
    found = array("q")
    currencies: set[str] = set()
    since = date.max
    params = {"company_id": actor.company_id, "ids": ids}
    for row in sql.fetch_in_parts(_WaitingRow, _WAITING, params):
        found.append(row.payment_id)
        currencies.add(row.currency)
        since = min(since, row.paid_on)
    return _Waiting(found, currencies, since)


class _Deciding:
    """Decides batch by batch, in memory bounded by the batch."""

    def __init__(self, actor: Actor, waiting: _Waiting) -> None:
        company_id = actor.company_id
        self.policy = policies.in_force(company_id, actor.today)
        self.unnamed: list[Finding] = []
        self.matched = 0
        self.concerned: set[int] = set()
        self._actor = actor
        self._rules = self.policy.matching
        self._prices = allowances.prices(
            actor, self.policy, currencies=waiting.currencies, since=waiting.since,
            for_many=len(waiting.ids) >= LARGE,
        )  # fmt: skip
        # What a small difference or a discount may be given on: by payment, with its value date.
        self._short: list[Finding] = []
        self._paid_on: dict[int, date] = {}
        self._open_before: dict[int, int] = {}
        self._known = KnownPayers(company_id)
        longest = key_length_max(company_id, len(waiting.ids))
        self._ledger = OpenLedger(company_id, waiting.currencies, key_length_max=longest)

    def run(self, phase: Phase, waiting: Sequence[int], decided: Spool) -> Sequence[int]:
        """Decide, batch by batch, what a phase can; return the payments it leaves."""
        left = array("q")
        ledger, payers, rules = self._ledger, self._known.payers, self._rules
        asked = self._asked(waiting, 0)
        for first in range(0, len(waiting), BATCH):
            rows = asked.rows(tuple)
            receipts = [receipt_of(row) for row in rows]
            self._foresee(phase, receipts)
            if first + BATCH < len(waiting):
                asked = self._asked(waiting, first + BATCH)
            kept = []
            for row, receipt in zip(rows, receipts, strict=True):
                found = decided_by(
                    phase, receipt, ledger.index, payers, rules, ledger.opens, self._prices
                )
                if found is None:
                    left.append(receipt.payment_id)
                else:
                    kept += self._noted(found, receipt, row[WIDTH:])
            decided.add(kept)
        return left

    def _foresee(self, phase: Phase, receipts: Sequence[Receipt]) -> None:
        """Know what the phase will ask of payers and open items, and nothing of those before."""
        self._known.foresee(receipts)
        if phase is BY_DOCUMENT:
            self._ledger.foresee_documents(receipts, self._known.payers)
            self._known.foresee_texts(self._ledger.weakly_named())
        else:
            self._known.foresee_texts(receipts)
            self._ledger.foresee_amounts(receipts, self._known.payers, self._rules)

    def _asked(self, waiting: Sequence[int], first: int) -> sql.Sent:
        """Ask for a batch of payments; its rows come while the one before is decided."""
        ids = sql.array(waiting[first : first + BATCH])
        return sql.send(_RECEIPTS, {"company_id": self._actor.company_id, "ids": ids})

    def _noted(self, found: Finding, receipt: Receipt, before: _Said) -> list[Decided]:
        """Lower what is open; return what is to be written down, nothing if it was said before."""
        self.matched += 1
        self._retain(found, receipt)
        one = Decided(
            payment_id=receipt.payment_id,
            minor=receipt.minor,
            known_customer_id=receipt.customer_id,
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
                each for each in (one.customer_id, receipt.customer_id) if each is not None
            )
            return [one]
        return [one] if _says_something_new(one, before) else []

    def _retain(self, found: Finding, receipt: Receipt) -> None:
        """Keep what is looked at again once all is decided: of most payments, nothing."""
        if found.reasons[-1].code in UNNAMED and found.customer_id is not None:
            self.unnamed.append(replace(found, proposals=()))
        item_of, opens = self._ledger.item, self._ledger.opens
        for item_id, minor in found.allocations:
            item = item_of(item_id)
            if not item.is_whole or item_id in opens or item.open_minor > minor:
                break
        else:
            return
        self._short.append(found)
        self._paid_on[found.payment_id] = receipt.paid_on or receipt.received_on
        for item_id, _ in found.allocations:
            self._open_before.setdefault(item_id, item_of(item_id).open_minor)

    def allowed(self) -> Done:
        """Return what is given besides, before anything is written."""
        findings, given = allowances.allow(
            self._actor, self._short, self.policy,
            open_minor=self._open_before, paid_on=self._paid_on,
        )  # fmt: skip
        reasons = {
            one.payment_id: reasons_json(one.reasons) for one in findings if one.payment_id in given
        }
        return Done(given=given, reasons=reasons)


def _says_something_new(one: Decided, before: _Said) -> bool:
    reasons, proposals = before
    if not reasons:
        return True
    said = json.loads(reasons), json.loads(proposals)
    return said != (json.loads(one.reasons), json.loads(one.proposals))
