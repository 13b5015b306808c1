"""Payments matched by what their payers advised: the strongest evidence, before the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from creditdesk.cash.models import RemittanceAdvice
from creditdesk.cash.queries import remittances as read
from creditdesk.cash.rules import Finding, Payers, Receipt, build_payers
from creditdesk.cash.rules.advices import Tie, advised, tie
from creditdesk.cash.services.carrying import Applied, carry_findings
from creditdesk.cash.services.receipts import BankSaid
from creditdesk.controls.commands import command
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies

_RECEIPTS = """
    SELECT p.id, p.unapplied_minor, p.currency, p.received_on, l.text, l.structured_references,
           l.counterparty, l.counterparty_account, p.customer_id
      FROM cash_payment p
      JOIN cash_bankline l ON l.id = p.bank_line_id
     WHERE p.company_id = %(company_id)s AND p.unapplied_minor > 0
       AND p.unapplied_minor = p.total_minor AND p.earmarked_minor = 0 AND NOT p.on_account
       AND (%(ids)s::bigint[] IS NULL OR p.id = ANY(%(ids)s))
       AND (p.id = ANY(%(tied)s) OR NOT EXISTS (
            SELECT FROM cash_allocation a WHERE a.payment_id = p.id))
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


@command("cash.match")
def apply_advised(actor: Actor, *, payment_ids: Sequence[int] | None = None) -> Applied:
    """Tie waiting advices to their payments and apply what they say where it is clear.

    Without an advice that waits or was tied by hand nothing is looked at.
    """
    waiting = read.waiting_advices(actor.company_id)
    tied_ids = sql.scalars(_TIED, [actor.company_id])
    if not waiting and not tied_ids:
        return Applied()
    receipts = _receipts(actor, payment_ids, tied_ids)
    by_hand = read.tied_advices(actor.company_id, [one.payment_id for one in receipts])
    free = [one for one in receipts if one.payment_id not in by_hand]
    ties = tie(free, waiting, _payers(actor))
    _keep_ties(actor, ties)
    every = [
        *ties,
        *(Tie(r, tuple(by_hand[r.payment_id])) for r in receipts if r.payment_id in by_hand),
    ]
    findings, opens = found_by(actor, every)
    certain = [one for one in findings if one.is_certain]
    version = policies.in_force(actor.company_id, actor.today).version
    return carry_findings(actor, certain, opens, version)


def found_by(actor: Actor, ties: Sequence[Tie]) -> tuple[list[Finding], dict[int, int]]:
    """Return what the advices say of their payments, and what was open of the items then."""
    keys = {line.number_key for one in ties for each in one.advices for line in each.lines}
    known = read.known_documents(actor.company_id, keys)
    findings = []
    opens: dict[int, int] = {}
    left: dict[int, int] = {}
    for currency in sorted({one.receipt.currency for one in ties}):
        documents = read.documents(actor.company_id, keys, currency)
        opens |= {item.item_id: item.open_minor for each in documents.values() for item in each}
        for one in ties:
            if one.receipt.currency == currency:
                found = advised(one, documents, left, is_known=known.__contains__)
                findings.append(found)
                _lower(left, opens, found)
    return findings, opens


def _lower(left: dict[int, int], opens: Mapping[int, int], found: Finding) -> None:
    for item_id, minor in found.allocations:
        left[item_id] = left.get(item_id, opens[item_id]) - minor


def _receipts(
    actor: Actor, payment_ids: Sequence[int] | None, tied_ids: Sequence[int]
) -> list[Receipt]:
    ids = None if payment_ids is None else sorted(payment_ids)
    params = {"company_id": actor.company_id, "ids": ids, "tied": list(tied_ids)}
    return [row.receipt() for row in sql.fetch(BankSaid, _RECEIPTS, params)]


def _keep_ties(actor: Actor, ties: Iterable[Tie]) -> None:
    for one in ties:
        RemittanceAdvice.objects.filter(
            company_id=actor.company_id,
            id__in=[advice.advice_id for advice in one.advices],
            status="read",
        ).update(payment_id=one.receipt.payment_id, status="tied", tied_at=actor.at)


def _payers(actor: Actor) -> Payers:
    known = customers.payer_index(actor.company_id)
    return build_payers(known.accounts, known.names, known.numbers)
