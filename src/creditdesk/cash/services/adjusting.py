"""What nobody has to pay of an item: written with its tax, posted, and taken back.

Everything happens in the caller's transaction, who holds exposure, payment and items, locked.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.cash.rules.shortfall import Adjusted, TaxShare
from creditdesk.cash.services.writing import next_ids
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import (
    BANK_FEES,
    DISCOUNT,
    DISCOUNT_UNEARNED,
    RECEIVABLE,
    TOLERANCE,
    VAT_OUTPUT,
    Posting,
)
from creditdesk.plumbing import sql

ACCOUNTS: Final[Mapping[str, str]] = {
    "discount_earned": DISCOUNT,
    "discount_unearned": DISCOUNT_UNEARNED,
    "tolerance": TOLERANCE,
    "bank_fee": BANK_FEES,
}
SOURCE: Final = "adjustment"

_LIVE = """
    SELECT a.id, a.payment_id, a.item_id, i.customer_id, i.currency, a.kind, a.minor, a.tax_minor,
           a.adjusted_on
      FROM cash_adjustment a JOIN invoices_item i ON i.id = a.item_id
     WHERE a.company_id = %(company_id)s AND a.payment_id = %(payment_id)s AND a.undone_at IS NULL
       AND (%(ids)s::bigint[] IS NULL OR a.id = ANY(%(ids)s))
       AND (%(items)s::bigint[] IS NULL OR a.item_id = ANY(%(items)s))
     ORDER BY a.id
"""
_MARK_UNDONE = """
    UPDATE cash_adjustment SET undone_on = d.undone_on, undone_at = %(at)s, undone_by = %(by)s
      FROM unnest(%(ids)s::bigint[], %(dates)s::date[]) AS d (id, undone_on)
     WHERE cash_adjustment.id = d.id AND company_id = %(company_id)s AND undone_at IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAdjustment:
    """An adjustment about to be written: by which payment, whose item, from when."""

    payment_id: int
    customer_id: int
    currency: str
    adjusted_on: date
    given: Adjusted
    policy_version: int
    is_automatic: bool


@dataclass(frozen=True, slots=True)
class WrittenAdjustment:
    """An adjustment as it stands in the books."""

    id: int
    payment_id: int
    item_id: int
    customer_id: int
    currency: str
    kind: str
    minor: int
    tax_minor: int
    adjusted_on: date

    def postings(self) -> list[Posting]:
        """Return what stands in the books for it: what we bear, and the tax no longer owed."""
        return [
            Posting(
                debit=account,
                credit=RECEIVABLE,
                currency=self.currency,
                minor=minor,
                effective_on=self.adjusted_on,
                source_kind=SOURCE,
                source_id=self.id,
                customer_id=self.customer_id,
                item_id=self.item_id,
            )
            for account, minor in (
                (ACCOUNTS[self.kind], self.minor - self.tax_minor),
                (VAT_OUTPUT, self.tax_minor),
            )
            if minor
        ]


def write(actor: Actor, new: Sequence[NewAdjustment]) -> tuple[WrittenAdjustment, ...]:
    """Write the adjustments and post them; the items are lowered by the caller."""
    if not new:
        return ()
    ids = next_ids("cash_adjustment", len(new))
    sql.copy_columns(
        "cash_adjustment",
        {
            "id": ids,
            "payment_id": [one.payment_id for one in new],
            "item_id": [one.given.item_id for one in new],
            "kind": [one.given.kind for one in new],
            "minor": [one.given.minor for one in new],
            "tax_minor": [one.given.tax_minor for one in new],
            "taxes": [taxes_json(one.given.taxes) for one in new],
            "is_tax_known": [one.given.is_tax_known for one in new],
            "percent": [one.given.percent for one in new],
            "until": [one.given.until for one in new],
            "policy_version": [one.policy_version for one in new],
            "is_automatic": [one.is_automatic for one in new],
            "adjusted_on": [one.adjusted_on for one in new],
        },
        {
            "company_id": actor.company_id,
            "recorded_at": actor.at,
            "recorded_by": actor.name,
            "undone_by": "",
        },
    )
    written = tuple(
        WrittenAdjustment(
            adjustment_id, one.payment_id, one.given.item_id, one.customer_id, one.currency,
            one.given.kind, one.given.minor, one.given.tax_minor, one.adjusted_on,
        )
        for adjustment_id, one in zip(ids, new, strict=True)
    )  # fmt: skip
    ledger.post(actor, [posting for one in written for posting in one.postings()])
    return written


def live(
    actor: Actor,
    payment_id: int,
    *,
    ids: Collection[int] | None = None,
    item_ids: Collection[int] | None = None,
) -> list[WrittenAdjustment]:
    """Return what a payment left to nobody and was not taken back, all or the named."""
    return sql.fetch(
        WrittenAdjustment,
        _LIVE,
        {
            "company_id": actor.company_id,
            "payment_id": payment_id,
            "ids": None if ids is None else sorted(ids),
            "items": None if item_ids is None else sorted(item_ids),
        },
    )


def mark_undone(actor: Actor, undone_on: Mapping[int, date]) -> None:
    """Mark adjustments as taken back from their dates; Conflict if one was meanwhile."""
    marked = sql.execute(
        _MARK_UNDONE,
        {
            "company_id": actor.company_id,
            "ids": list(undone_on),
            "dates": list(undone_on.values()),
            "at": actor.at,
            "by": actor.name,
        },
    )
    if marked != len(undone_on):
        raise Conflict("nothing_to_undo", "This was undone meanwhile")


def reversals(live: Sequence[WrittenAdjustment], undone_on: Mapping[int, date]) -> list[Posting]:
    """Return the postings that take adjustments back."""
    return [posting.reversed(on=undone_on[one.id]) for one in live for posting in one.postings()]


def taxes_json(taxes: Sequence[TaxShare]) -> str:
    """Return the tax within an amount as it is kept."""
    return json.dumps(
        [
            {
                "category": one.category,
                "rate": None if one.rate_percent is None else f"{one.rate_percent.normalize():f}",
                "net_minor": one.net_minor,
                "tax_minor": one.tax_minor,
            }
            for one in taxes
        ]
    )
