"""Acts on write-offs as they are written down and posted, each kind with its two accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.invoices import write_off_rules as rules
from creditdesk.invoices.models import WriteOff
from creditdesk.kernel.actor import Actor
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import (
    BAD_DEBT,
    BAD_DEBT_RECOVERED,
    RECEIVABLE,
    VAT_OUTPUT,
    Posting,
)
from creditdesk.policy import queries as policies

# Debit and credit of each act.
ACCOUNTS: Final[Mapping[str, tuple[str, str]]] = {
    rules.WRITE_OFF: (BAD_DEBT, RECEIVABLE),
    rules.RECOVERY: (RECEIVABLE, BAD_DEBT_RECOVERED),
    rules.CORRECTION: (RECEIVABLE, BAD_DEBT),
    rules.RELIEF: (VAT_OUTPUT, BAD_DEBT),
    rules.RELIEF_BACK: (BAD_DEBT, VAT_OUTPUT),
}
# What the source of a posting is called, by act.
SOURCES: Final[Mapping[str, str]] = {
    rules.WRITE_OFF: "write_off",
    rules.RECOVERY: "write_off_recovery",
    rules.CORRECTION: "write_off_correction",
    rules.RELIEF: "tax_relief",
    rules.RELIEF_BACK: "tax_relief_back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act on an instalment; `of_id` is the write-off it takes back or takes tax back for."""

    act: str
    reference: str
    customer_id: int
    item_id: int
    currency: str
    minor: int
    because: str
    on: date
    of_id: int | None = None
    approval: str = ""
    approved_by: str = ""
    reason: str = ""


def book(actor: Actor, acts: Sequence[Act]) -> list[int]:
    """Write the acts down and post each, in their order; return their ids."""
    if not acts:
        return []
    version = policies.in_force(actor.company_id, actor.today).version
    rows = WriteOff.objects.bulk_create(
        WriteOff(
            company_id=actor.company_id, reference=one.reference, customer_id=one.customer_id,
            item_id=one.item_id, act=one.act, of_id=one.of_id, because=one.because,
            currency=one.currency, minor=one.minor, effective_on=one.on, approval=one.approval,
            approved_by=one.approved_by, policy_version=version, reason=one.reason,
            recorded_at=actor.at, recorded_by=actor.name,
        )
        for one in acts
    )  # fmt: skip
    ledger.post(
        actor,
        [_posting(row.id, one) for row, one in zip(rows, acts, strict=True)],
    )
    return [row.id for row in rows]


def _posting(row_id: int, one: Act) -> Posting:
    debit, credit = ACCOUNTS[one.act]
    return Posting(
        debit=debit, credit=credit, currency=one.currency, minor=one.minor, effective_on=one.on,
        source_kind=SOURCES[one.act], source_id=row_id, customer_id=one.customer_id,
        item_id=one.item_id,
    )  # fmt: skip
