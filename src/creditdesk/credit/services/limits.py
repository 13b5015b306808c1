"""Writers of limits: granted by somebody, taken over when a company goes live, or stated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from creditdesk.controls.commands import acts_on, command, may_need_approval
from creditdesk.credit import authority
from creditdesk.credit.events import LimitsSet
from creditdesk.credit.rules import NewLimit
from creditdesk.credit.services.blocks import require_customers
from creditdesk.customers.events import LimitsStated
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

LIMIT_COLUMNS = (
    "company_id", "customer_id", "currency", "minor", "valid_from", "valid_to", "reason",
    "recorded_at", "recorded_by",
)  # fmt: skip


@command("credit.set_limit")
def set_limits(actor: Actor, rows: Sequence[NewLimit]) -> int:
    """Record limits from their dates on; return how many. An earlier record stays as history."""
    ids = {row.customer_id for row in rows}
    require_customers(actor, ids)
    acts_on("customer", ids)
    if may_need_approval():
        authority.require(actor, rows)
    count = _write_limits(actor, rows)
    if ids:
        announce(actor, [LimitsSet(customer_ids=tuple(sorted(ids)))])
    return count


def take_over_limits(actor: Actor, rows: Sequence[NewLimit]) -> int:
    """Record limits granted before going live; the two people of its report stand for them.

    Not a command of its own.
    """
    require_customers(actor, {row.customer_id for row in rows})
    return _write_limits(actor, rows)


def _write_limits(actor: Actor, rows: Sequence[NewLimit]) -> int:
    return sql.copy_rows(
        "credit_limit",
        LIMIT_COLUMNS,
        (
            (
                actor.company_id, row.customer_id, row.currency, row.minor, row.valid_from,
                row.valid_to, row.reason, actor.at, actor.name,
            )
            for row in rows
        ),
    )  # fmt: skip


@command("credit.set_limit")
def set_limit(
    actor: Actor,
    customer_id: int,
    *,
    minor: int,
    currency: str,
    valid_from: date,
    valid_to: date | None = None,
    reason: str = "",
) -> None:
    """Let a customer owe so much from a date on, until the next record or through `valid_to`."""
    new = NewLimit(
        customer_id=customer_id,
        minor=minor,
        currency=currency,
        valid_from=valid_from,
        valid_to=valid_to,
        reason=reason,
    )
    set_limits(actor, [new])


def record_stated_limits(actor: Actor, events: Sequence[LimitsStated]) -> None:
    """Record the limits an import of customers stated, from the date it names."""
    set_limits(
        actor,
        [
            NewLimit(
                customer_id=customer_id,
                minor=minor,
                currency=currency,
                valid_from=date.fromisoformat(event.valid_from),
                valid_to=None,
                reason="",
            )
            for event in events
            for customer_id, minor, currency in event.limits
        ],
    )
