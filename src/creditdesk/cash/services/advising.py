"""Payments matched by what their payers advised: the strongest evidence, before the rules."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from creditdesk.cash.models import RemittanceAdvice
from creditdesk.cash.queries import remittances as read
from creditdesk.cash.rules import Finding, Payers, Receipt
from creditdesk.cash.rules.advices import Announced, Tie, advised, announced, tie
from creditdesk.cash.rules.withheld import Withheld, withheld
from creditdesk.cash.services import advised_shorts
from creditdesk.cash.services.bank_said import BANK_SAID, PAID_ON, receipt_of
from creditdesk.cash.services.carrying import Applied, carry_findings
from creditdesk.cash.services.known_payers import KnownPayers
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies

_RECEIPTS = f"""
    SELECT {BANK_SAID.format(paid_on=PAID_ON)}
      FROM cash_payment p
      JOIN cash_bankline l ON l.id = p.bank_line_id
     WHERE p.company_id = %(company_id)s AND p.unapplied_minor > 0
       AND p.unapplied_minor = p.total_minor AND p.earmarked_minor = 0 AND NOT p.on_account
       AND (%(ids)s::bigint[] IS NULL OR p.id = ANY(%(ids)s))
       AND (p.id = ANY(%(tied)s)
            OR (p.received_on BETWEEN %(since)s AND %(until)s
                AND EXISTS (SELECT FROM unnest(%(currencies)s::text[], %(least)s::bigint[],
                                               %(most)s::bigint[]) AS w (currency, least, most)
                             WHERE w.currency = p.currency
                               AND p.unapplied_minor BETWEEN w.least AND w.most)
                AND NOT EXISTS (SELECT FROM cash_allocation a WHERE a.payment_id = p.id)))
     ORDER BY p.received_on, p.id
"""
# Tied by a person since the payment was last undone: what is undone is not applied by itself.
_TIED = """
    SELECT payment_id FROM cash_remittanceadvice r
     WHERE company_id = %s AND status = 'tied'
       AND (tied_by <> '' AND NOT EXISTS (
                SELECT FROM cash_allocation a
                 WHERE a.payment_id = r.payment_id AND a.undone_at >= r.tied_at)
            OR NOT EXISTS (SELECT FROM cash_allocation a WHERE a.payment_id = r.payment_id))
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What advices say: findings; what was open of the items then, what is kept back, whose."""

    findings: list[Finding]
    open_minor: dict[int, int]
    held: dict[int, tuple[Withheld, ...]]
    owners: dict[int, int]


@command("cash.match")
def apply_advised(actor: Actor, *, payment_ids: Sequence[int] | None = None) -> Applied:
    """Tie waiting advices to their payments and apply what they say where it is clear.

    Without an advice that waits or was tied by hand nothing is looked at.
    """
    waiting = read.waiting_advices(actor.company_id)
    tied_ids = sql.scalars(_TIED, [actor.company_id])
    if not waiting and not tied_ids:
        return Applied()
    receipts = _receipts(actor, payment_ids, tied_ids, announced(waiting))
    by_hand = read.tied_advices(actor.company_id, [one.payment_id for one in receipts])
    free = [one for one in receipts if one.payment_id not in by_hand]
    ties = tie(free, waiting, _payers(actor, free))
    _keep_ties(actor, ties)
    every = [
        *ties,
        *(Tie(r, tuple(by_hand[r.payment_id])) for r in receipts if r.payment_id in by_hand),
    ]
    return _carry(actor, every, found_by(actor, every))


def _carry(actor: Actor, ties: Sequence[Tie], said: Said) -> Applied:
    """Apply what is certain, with what becomes of what it leaves open."""
    certain = [one for one in said.findings if one.is_certain]
    if not certain:
        return Applied()
    policy = policies.in_force(actor.company_id, actor.today)
    paid_on = {
        one.receipt.payment_id: one.receipt.paid_on or one.receipt.received_on for one in ties
    }
    decided = advised_shorts.decide(
        actor,
        certain,
        said.held,
        policy,
        open_minor=said.open_minor,
        paid_on=paid_on,
        owners=said.owners,
    )
    done = carry_findings(actor, decided.findings, said.open_minor, policy.version, decided.besides)
    if not done.overtaken:
        advised_shorts.conclude(actor, certain, decided, done.payment_ids)
    return done


def found_by(actor: Actor, ties: Sequence[Tie]) -> Said:
    """Return what the advices say of their payments, each after what those before it take."""
    keys = {line.number_key for one in ties for each in one.advices for line in each.lines}
    known = read.known_documents(actor.company_id, keys)
    said = Said([], {}, {}, {})
    left: dict[int, int] = {}
    for currency in sorted({one.receipt.currency for one in ties}):
        documents = read.documents(actor.company_id, keys, currency)
        opens = {item.item_id: item.open_minor for each in documents.values() for item in each}
        said.open_minor.update(opens)
        said.owners.update(
            (item.item_id, item.customer_id) for each in documents.values() for item in each
        )
        for one in ties:
            if one.receipt.currency == currency:
                found = advised(one, documents, left, is_known=known.__contains__)
                said.findings.append(found)
                said.held[found.payment_id] = withheld(
                    (line for advice in one.advices for line in advice.lines),
                    documents, found.allocations, ChainMap(left, opens),
                )  # fmt: skip
                _lower(left, said.open_minor, found)
    return said


def _lower(left: dict[int, int], opens: Mapping[int, int], found: Finding) -> None:
    for item_id, minor in found.allocations:
        left[item_id] = left.get(item_id, opens[item_id]) - minor


def _receipts(
    actor: Actor,
    payment_ids: Sequence[int] | None,
    tied_ids: Sequence[int],
    asked: Announced,
) -> list[Receipt]:
    """Return the payments an advice may be about, and those somebody tied; nothing of the rest."""
    params = {
        "company_id": actor.company_id,
        "ids": None if payment_ids is None else sorted(payment_ids),
        "tied": sql.array(tied_ids),
        "since": asked.since,
        "until": asked.until,
        "currencies": [one.currency for one in asked.amounts],
        "least": [one.least_minor for one in asked.amounts],
        "most": [one.most_minor for one in asked.amounts],
    }
    return [receipt_of(row) for row in sql.fetch(tuple, _RECEIPTS, params)]


def _keep_ties(actor: Actor, ties: Iterable[Tie]) -> None:
    for one in ties:
        RemittanceAdvice.objects.filter(
            company_id=actor.company_id,
            id__in=[advice.advice_id for advice in one.advices],
            status="read",
        ).update(payment_id=one.receipt.payment_id, status="tied", tied_at=actor.at)


def _payers(actor: Actor, receipts: Sequence[Receipt]) -> Payers:
    """Return who may have sent these payments."""
    known = KnownPayers(actor.company_id)
    known.foresee(receipts)
    known.foresee_texts(receipts)
    return known.payers
