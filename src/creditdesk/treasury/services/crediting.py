"""What the bank says of collections: credited, whole or one by one; and debits that came back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from creditdesk.cash.events import PaymentsReturned, StatementsTakenIn
from creditdesk.cash.rules.values import Reason
from creditdesk.cash.services.splitting import Part, apply_parts
from creditdesk.contact import services as contact
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policies
from creditdesk.treasury.events import DebitsCollected, DebitsReturned
from creditdesk.treasury.models import Mandate, Run, RunLine
from creditdesk.treasury.rules import debit_returns
from creditdesk.treasury.services.collecting import hold_source
from creditdesk.treasury.services.mandates import end

_LIVE = """
    SELECT d.id, d.run_id, r.reference, f.message_id, d.sequence, d.end_to_end, d.customer_id,
           d.item_id, d.minor, f.account
      FROM treasury_runline d
      JOIN treasury_run r ON r.id = d.run_id
      JOIN treasury_paymentfile f ON f.id = r.file_id
     WHERE d.company_id = %(company_id)s AND d.state = 'live' AND r.state = 'handed_over'
     ORDER BY d.id FOR UPDATE OF d
"""
_SETTLED = """
    UPDATE treasury_runline d SET state = 'settled', payment_id = given.payment_id
      FROM unnest(%s::bigint[], %s::bigint[]) AS given (id, payment_id)
     WHERE d.company_id = %s AND d.id = given.id
"""
_RECEIPTS = """
    SELECT p.id, p.total_minor, b.identifier,
           concat_ws(' ', l.reference, l.text, array_to_string(l.structured_references, ' '))
      FROM cash_bankline l
      JOIN cash_statement s ON s.id = l.statement_id
      JOIN cash_bankaccount b ON b.id = l.account_id
      JOIN cash_payment p ON p.bank_line_id = l.id
     WHERE l.company_id = %(company_id)s AND s.file_id = ANY(%(files)s::bigint[])
       AND l.recorded_at = %(at)s AND p.currency = 'EUR' AND p.customer_id IS NULL
     ORDER BY l.booked_on, p.id
"""


@dataclass(frozen=True, slots=True)
class _Live:
    id: int
    run_id: int
    run: str
    message_id: str
    sequence: str
    end_to_end: str
    customer_id: int
    item_id: int
    minor: int
    account: str


class _Receipt(NamedTuple):
    payment_id: int
    minor: int
    account: str
    text: str


def settle_collections(actor: Actor, events: Sequence[StatementsTakenIn]) -> None:
    """Settle the items of collections that new bank lines credit, beyond doubt or not at all.

    A line credits a debit by its end-to-end id, a block by its payment information id, a run by
    its message id; the amount must fit to the cent.
    """
    live = {one.id: one for one in sql.fetch(_Live, _LIVE, {"company_id": actor.company_id})}
    if not live:
        return
    receipts = sql.fetch(
        _Receipt,
        _RECEIPTS,
        {
            "company_id": actor.company_id,
            "files": [event.file_id for event in events],
            "at": actor.at,
        },
    )
    for receipt in receipts:
        credited = _credited(receipt, list(live.values()))
        if credited:
            _settle(actor, receipt, credited)
            for one in credited:
                del live[one.id]


def _credited(receipt: _Receipt, live: Sequence[_Live]) -> list[_Live]:
    """Return the debits a receipt credits: none, unless name and sum both fit."""
    mine = [one for one in live if one.account == receipt.account]
    words = set(receipt.text.replace(",", " ").split())
    groups: dict[str, list[_Live]] = defaultdict(list)
    for one in mine:
        for name in (one.end_to_end, f"{one.message_id}-{one.sequence}", one.message_id):
            groups[name].append(one)
    for name, of in groups.items():
        if name in words and sum(one.minor for one in of) == receipt.minor:
            return of
    return []


def _settle(actor: Actor, receipt: _Receipt, credited: Sequence[_Live]) -> None:
    paid = apply_parts(
        actor,
        receipt.payment_id,
        [
            Part(
                reference=one.end_to_end, customer_id=one.customer_id, item_id=one.item_id,
                minor=one.minor,
            )
            for one in credited
        ],
        why=Reason("collected_by_debit", {"run": credited[0].run}),
    )  # fmt: skip
    ids, payments = [one.id for one in credited], [paid[one.end_to_end] for one in credited]
    sql.execute(_SETTLED, [ids, payments, actor.company_id])
    contact.lift_holds(actor, [hold_source(one.end_to_end) for one in credited])
    for run_id in sorted({one.run_id for one in credited}):
        left = RunLine.objects.filter(run_id=run_id, state="live").exists()
        if not left:
            Run.objects.filter(id=run_id).update(state="credited")
    announce(
        actor,
        [
            DebitsCollected(
                run_id=credited[0].run_id, item_ids=tuple(one.item_id for one in credited)
            )
        ],
    )


def debits_returned(actor: Actor, events: Sequence[PaymentsReturned]) -> None:
    """Mark debits that came back, stop mandates that are not good, say when to try again."""
    reasons = {
        payment_id: code
        for event in events
        for payment_id, code in zip(event.payment_ids, event.reason_codes, strict=True)
    }
    rows = list(
        RunLine.objects.select_for_update(of=("self",))
        .filter(company_id=actor.company_id, payment_id__in=reasons, state="settled")
        .select_related("mandate")
        .order_by("id")
    )
    if not rows:
        return
    rules = policies.in_force(actor.company_id, actor.today).direct_debit
    stopped: set[int] = set()
    for row in rows:
        code = reasons[row.payment_id or 0]
        step = debit_returns.next_step(code, attempt=row.attempt, retries_max=rules.retries_max)
        row.state, row.reason_code = "returned", code
        row.retry_on = _retry_on(actor.today, step, rules.retry_days)
        row.save(update_fields=["state", "reason_code", "retry_on"])
        if step == debit_returns.STOP and row.mandate_id not in stopped:
            stopped.add(row.mandate_id)
            _stop(actor, row.mandate_id, code)
    announce(
        actor,
        [
            DebitsReturned(
                line_ids=tuple(row.id for row in rows), stopped_mandate_ids=tuple(sorted(stopped))
            )
        ],
    )


def _retry_on(today: date, step: str, days: int) -> date | None:
    """Return from when the item may be collected again; None where a person must look first."""
    return debit_returns.retry_on(today, days=days) if step == debit_returns.RETRY else None


def _stop(actor: Actor, mandate_id: int, code: str) -> None:
    mandate = Mandate.objects.select_for_update(of=("self",)).get(
        id=mandate_id, company_id=actor.company_id
    )
    if mandate.state == "live":
        end(actor, mandate, "stopped", code)
