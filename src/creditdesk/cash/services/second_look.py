"""What the rules left to a person, looked at again with what was learned and is related.

Batch by batch: of payers, habits and open items nothing is in memory but what a batch asks.
"""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from creditdesk.cash.queries import learned as read
from creditdesk.cash.queries.lookups import equal_owners
from creditdesk.cash.queries.remittances import tied_advices
from creditdesk.cash.rules import Finding, OpenItem, Proposal, Receipt, build_payers
from creditdesk.cash.rules.advices import Tie
from creditdesk.cash.rules.learned import Habit, Knowledge, Lessons, Model, second_look
from creditdesk.cash.rules.learned.related import settled_for_others
from creditdesk.cash.rules.learned.sides import sides
from creditdesk.cash.rules.values import Method, Reason
from creditdesk.cash.services import left_short
from creditdesk.cash.services.advising import found_by
from creditdesk.cash.services.bank_said import BANK_SAID, NO_DATE, WIDTH, receipt_of
from creditdesk.cash.services.carrying import Applied, carry_findings, hold_owners
from creditdesk.cash.services.known_lessons import KnownLessons
from creditdesk.cash.services.writing import proposals_json
from creditdesk.controls.commands import command
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import MatchingRules, Policy

BATCH = 2_000
_ANY_TIED = """
    SELECT EXISTS (SELECT FROM cash_remittanceadvice a JOIN cash_payment p ON p.id = a.payment_id
                    WHERE a.company_id = %s AND a.status = 'tied' AND p.unapplied_minor > 0)
"""
# The last answer is picked within a fence: asked for by LIMIT alone, fresh tables are walked whole.
_LEFT_IDS = """
    SELECT p.id
      FROM cash_payment p
     CROSS JOIN LATERAL (
           SELECT is_certain, method
             FROM (SELECT * FROM cash_match WHERE payment_id = p.id OFFSET 0) each
            ORDER BY id DESC LIMIT 1) m
     WHERE p.company_id = %(company_id)s AND p.unapplied_minor > 0
       AND p.unapplied_minor > p.earmarked_minor
       AND p.bank_line_id IS NOT NULL AND NOT p.on_account
       AND NOT m.is_certain AND m.method <> 'by_hand'
       AND (%(ids)s::bigint[] IS NULL OR p.id = ANY(%(ids)s))
     ORDER BY p.received_on, p.id
"""
_LEFT = f"""
    SELECT {BANK_SAID.format(paid_on=NO_DATE)},
           m.id, m.method,
           m.reasons::text, m.proposals::text, coalesce(s.proposals::text, ''),
           coalesce(s.match_id, 0), coalesce(l.value_on, p.received_on)
      FROM cash_payment p
      JOIN cash_bankline l ON l.id = p.bank_line_id
      JOIN LATERAL (
           SELECT id, method, reasons, proposals
             FROM (SELECT * FROM cash_match WHERE payment_id = p.id OFFSET 0) each
            ORDER BY id DESC LIMIT 1) m ON TRUE
      LEFT JOIN cash_secondlook s ON s.payment_id = p.id
     WHERE p.company_id = %(company_id)s AND p.id = ANY(%(ids)s::bigint[])
     ORDER BY p.received_on, p.id
"""


_SAY = """
    INSERT INTO cash_secondlook
           (company_id, payment_id, match_id, model_version, proposals, recorded_at)
    SELECT %(company_id)s, told.payment_id, told.match_id, %(version)s, told.proposals::jsonb,
           %(at)s
      FROM unnest(%(payments)s::bigint[], %(matches)s::bigint[], %(proposals)s::text[])
           AS told (payment_id, match_id, proposals)
        ON CONFLICT (payment_id) DO UPDATE
       SET match_id = EXCLUDED.match_id, model_version = EXCLUDED.model_version,
           proposals = EXCLUDED.proposals, recorded_at = EXCLUDED.recorded_at
"""


@dataclass(frozen=True, slots=True)
class _Left:
    """A payment the rules left, with what they said of it and what was said beyond it."""

    receipt: Receipt
    match_id: int
    method: str
    reasons: str
    proposals: str
    said: str
    said_of: int
    paid_on: date

    def finding(self) -> Finding:
        return Finding(
            payment_id=self.receipt.payment_id,
            method=cast("Method", self.method),
            is_certain=False,
            customer_id=self.receipt.customer_id,
            allocations=(),
            reasons=tuple(_reason(one) for one in json.loads(self.reasons)),
            proposals=tuple(_proposal(one) for one in json.loads(self.proposals)),
        )


def _reason(told: Mapping[str, Any]) -> Reason:
    return Reason(told["code"], told["params"])


def _proposal(told: Mapping[str, Any]) -> Proposal:
    return Proposal(
        method=told["method"],
        customer_id=told["customer_id"],
        allocations=tuple((item_id, minor) for item_id, minor in told["allocations"]),
        reasons=tuple(_reason(one) for one in told["reasons"]),
    )


@command("cash.match")
def look_again(actor: Actor, *, payment_ids: Sequence[int] | None = None) -> Applied:
    """Apply what relations or a trained model make sure of what the rules left; propose the rest.

    Without a model and relations nothing changes. Safe to repeat.
    """
    model = read.model(actor.company_id)
    has_advices = sql.scalar(_ANY_TIED, [actor.company_id])
    if model is None and not has_advices and not read.has_relations(actor.company_id):
        return Applied()
    wanted = None if payment_ids is None else sorted(payment_ids)
    ids = sql.scalars(_LEFT_IDS, {"company_id": actor.company_id, "ids": wanted})
    if not ids:
        return Applied()
    policy = policies.in_force(actor.company_id, actor.today)
    looking = _Looking(actor, model, policy.matching)
    done = Applied()
    for first in range(0, len(ids), BATCH):
        params = {"company_id": actor.company_id, "ids": sql.array(ids[first : first + BATCH])}
        part = [_Left(receipt_of(row), *row[WIDTH:]) for row in sql.fetch(tuple, _LEFT, params)]
        findings = looking.found(part)
        done += _carry(actor, looking, part, findings, policy)
        if model is not None or has_advices:
            told = _advised(actor, part, findings)
            _keep(actor, part, told, model.version if model else 0)
    return done


def _carry(
    actor: Actor,
    looking: _Looking,
    rows: Sequence[_Left],
    findings: Mapping[int, Finding],
    policy: Policy,
) -> Applied:
    """Apply what is certain; what it leaves open is dealt with as if its document were named."""
    certain = [one for one in findings.values() if one.is_certain]
    if not certain:
        return Applied()
    hold_owners(actor, certain)
    paid_on = {row.receipt.payment_id: row.paid_on for row in rows}
    besides = left_short.besides(
        actor, certain, policy, open_minor=looking.open_minor, paid_on=paid_on
    )
    return carry_findings(actor, certain, looking.open_minor, policy.version, besides)


def _advised(
    actor: Actor, rows: Sequence[_Left], findings: Mapping[int, Finding]
) -> dict[int, Finding]:
    """Put what an advice says, where it was not clear enough to apply, before other proposals."""
    left = {row.receipt.payment_id: row.receipt for row in rows}
    tied = tied_advices(actor.company_id, left)
    ties = [Tie(left[payment_id], tuple(found)) for payment_id, found in tied.items()]
    told = dict(findings)
    for one in found_by(actor, ties).findings:
        finding = told[one.payment_id]
        if one.proposals and not finding.is_certain:
            same = one.proposals[0].allocations
            others = tuple(each for each in finding.proposals if each.allocations != same)
            told[one.payment_id] = replace(finding, proposals=(*one.proposals, *others))
    return told


class _Looking:
    """Looks at payments batch by batch; what one settles is not open for the next."""

    def __init__(self, actor: Actor, model: Model | None, rules: MatchingRules) -> None:
        self.open_minor: dict[int, int] = {}
        self._company_id = actor.company_id
        self._rules = rules
        self._model = model
        self._lessons = KnownLessons(actor.company_id, model)
        # Of the batch: what is known of its payers, how they pay, what it settled so far.
        self._knowledge = Knowledge(build_payers({}, {}, {}))
        self._habits: Mapping[int, Habit] = {}
        self._opens: dict[int, int] = {}

    def found(self, rows: Sequence[_Left]) -> dict[int, Finding]:
        """Return the findings of a batch by payment; the batch before was written down."""
        self._opens.clear()
        self.open_minor.clear()
        receipts = [row.receipt for row in rows]
        said = [row.finding() for row in rows]
        self._knowledge = self._lessons.knowledge(receipts)
        equal = equal_owners(self._company_id, {(one.currency, one.minor) for one in receipts})
        concerned = self._concerned(receipts, said, equal)
        self._habits = self._lessons.habits(concerned)
        items = self._items(concerned)
        found = {}
        for finding, receipt in zip(said, receipts, strict=True):
            alike = equal.get((receipt.currency, receipt.minor), ())
            one = self._one(finding, receipt, items, alike)
            for item_id, minor in one.allocations:
                self._opens[item_id] = self._opens.get(item_id, self.open_minor[item_id]) - minor
            found[receipt.payment_id] = one
        return found

    def _one(
        self,
        finding: Finding,
        receipt: Receipt,
        items: Mapping[str, Mapping[int, list[OpenItem]]],
        equal: Sequence[int],
    ) -> Finding:
        opens = ChainMap(self._opens, self.open_minor)
        resolved = settled_for_others(receipt, finding, self._knowledge.relations, opens)
        if resolved is not None:
            return resolved
        if self._model is None:
            return finding
        lessons = Lessons(self._model, self._knowledge, self._habits)
        mine = items.get(receipt.currency, {})
        return second_look(receipt, finding, lessons, self._rules, mine, self._opens, equal)

    def _concerned(
        self,
        receipts: Sequence[Receipt],
        said: Iterable[Finding],
        equal: Mapping[tuple[str, int], Sequence[int]],
    ) -> set[int]:
        """Return everybody who may have paid."""
        concerned: set[int] = set()
        for receipt in receipts:
            alike = equal.get((receipt.currency, receipt.minor), ())
            for side in sides(receipt, self._knowledge, self._rules.name_score_minimum, alike):
                concerned.update(side.customer_ids)
        for finding in said:
            concerned.update(one.customer_id for one in finding.proposals)
        return concerned

    def _items(self, concerned: Collection[int]) -> dict[str, dict[int, list[OpenItem]]]:
        """Return what is open of customers, by currency and customer."""
        found: dict[str, dict[int, list[OpenItem]]] = {}
        for item in invoices.open_items(self._company_id, customer_ids=concerned):
            found.setdefault(item.currency, {}).setdefault(item.customer_id, []).append(item)
            self.open_minor[item.item_id] = item.open_minor
        return found


def _keep(
    actor: Actor, rows: Iterable[_Left], findings: Mapping[int, Finding], version: int
) -> None:
    """Keep what is proposed beside the rules' finding, where that is new."""
    told: list[tuple[int, int, str]] = []
    for row in rows:
        payment_id = row.receipt.payment_id
        finding = findings[payment_id]
        if not finding.is_certain:
            proposals = proposals_json(finding.proposals)
            if not (row.said_of == row.match_id and _is_said(row, proposals)):
                told.append((payment_id, row.match_id, proposals))
    if not told:
        return
    payments, matches, proposed = zip(*told, strict=True)
    sql.execute(
        _SAY,
        {
            "company_id": actor.company_id,
            "payments": sql.array(payments),
            "matches": sql.array(matches),
            "proposals": sql.array(proposed),
            "version": version,
            "at": actor.at,
        },
    )


def _is_said(row: _Left, proposals: str) -> bool:
    return bool(json.loads(row.said or "[]") == json.loads(proposals))
