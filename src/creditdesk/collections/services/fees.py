"""Fees of reminders: named by the letter, charged once it is sent, never for one that was not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from creditdesk.collections.rules.ladder import PlacedLine
from creditdesk.contact.rules import Draft
from creditdesk.contact.services import QueueResult
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.controls.rules import BOOK_ERP
from creditdesk.invoices import charge_queries as charges
from creditdesk.invoices import services as invoices
from creditdesk.invoices.services import DunningFeeDue
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy, fee_law

COLUMNS: Final = (
    "company_id", "message_id", "customer_id", "item_id", "step", "currency", "minor",
    "policy_version", "named_on", "recorded_at",
)  # fmt: skip
# A reminder that somebody found to be sent only later is charged for so many days.
FOUND_LATER_DAYS: Final = 60
_SENT = """
    SELECT f.message_id, m.reference, f.customer_id, f.item_id, f.step, f.currency, f.minor,
           f.policy_version
      FROM collections_namedfee f JOIN contact_message m ON m.id = f.message_id
     WHERE f.company_id = %(company_id)s AND f.named_on >= %(since)s AND m.status = 'sent'
       AND NOT EXISTS (SELECT FROM invoices_charge g
                        WHERE g.item_id = f.item_id AND g.step = f.step
                          AND g.kind = 'dunning_fee' AND g.act = 'charge')
     ORDER BY f.customer_id, f.message_id, f.item_id
"""
_IS_ANY = """
    SELECT EXISTS (SELECT FROM collections_namedfee
                    WHERE company_id = %(company_id)s AND named_on >= %(since)s)
"""


@dataclass(frozen=True, slots=True)
class Tariff:
    """What reminders of a run cost by policy; `is_on` where anything does."""

    policy: Policy
    is_on: bool

    def fees(self, company_id: int, taken: Sequence[tuple[PlacedLine, str]]) -> Mapping[int, int]:
        """Return the fee of each item that takes a step; `taken` are lines and their countries.

        Asks the database only where a step that is taken costs something. Charges bear no fee.
        """
        if not self.is_on:
            return {}
        wanted = {}
        for (line, _, step), country in taken:
            fee = (
                fee_law.lawful_fee(self.policy, step.code, line.currency, country) if step else None
            )
            if fee is not None:
                wanted[line.item_id] = fee
        if not wanted:
            return {}
        known = {row.item_id: row for row in charges.fees_so_far(company_id, wanted)}
        charged = {row.invoice_id: row.charged_minor for row in known.values()}
        found = {}
        for item_id, fee in sorted(wanted.items()):
            if item_id not in known:
                continue
            invoice_id = known[item_id].invoice_id
            room = fee.invoice_max_minor - charged[invoice_id] if fee.invoice_max_minor else None
            minor = fee.minor if room is None else min(fee.minor, room)
            if minor > 0:
                found[item_id] = minor
                charged[invoice_id] += minor
        return found


def tariff(actor: Actor, policy: Policy) -> Tariff:
    """Return what reminders cost by policy; nothing where the ERP issues the documents."""
    is_on = bool(policy.dunning_fees.fees) and controls.company(actor.company_id).book != BOOK_ERP
    return Tariff(policy, is_on)


def name_fees(actor: Actor, drafts: Sequence[Draft], queued: QueueResult, policy: Policy) -> None:
    """Write down the fees that the letters of a batch name."""
    if not policy.dunning_fees.fees:
        return
    rows = list(_named(actor, drafts, queued, policy))
    if rows:
        sql.copy_rows("collections_namedfee", COLUMNS, rows)


def _named(
    actor: Actor, drafts: Sequence[Draft], queued: QueueResult, policy: Policy
) -> Iterable[tuple[object, ...]]:
    for draft, outcome in zip(drafts, queued.outcomes, strict=True):
        if outcome.message_id is None:
            continue
        kept = set(outcome.item_ids)
        for item in draft.items:
            if item.fee_minor and item.item_id in kept:
                yield (
                    actor.company_id, outcome.message_id, draft.customer_id, item.item_id,
                    item.step, draft.currency, item.fee_minor, policy.version, actor.today,
                    actor.at,
                )  # fmt: skip


def is_any_sent(actor: Actor) -> bool:
    """Return whether a reminder that was sent named a fee not charged yet."""
    params = _recent(actor)
    return bool(sql.scalar(_IS_ANY, params, planned=True)) and bool(
        sql.fetch(DunningFeeDue, _SENT, params)
    )


@command("collections.charge_reminders")
def charge_reminders(actor: Actor) -> int:
    """Charge the fees of reminders that were sent, each once; return how many.

    Harmless to repeat. What is withdrawn or fails is never charged.
    """
    params = _recent(actor)
    within = policies.in_force(actor.company_id, actor.today).dunning_fees.within_days
    return invoices.charge_dunning_fees(
        actor, lambda: sql.fetch(DunningFeeDue, _SENT, params), within_days=within
    )


def _recent(actor: Actor) -> dict[str, object]:
    return {
        "company_id": actor.company_id,
        "since": actor.today - timedelta(days=FOUND_LATER_DAYS),
    }
