"""Which limits one person sets alone, and which need others."""

from __future__ import annotations

from collections.abc import Sequence

from creditdesk.controls.commands import require_approval
from creditdesk.credit import queries
from creditdesk.credit.rules import NewLimit
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing.encoding import digest
from creditdesk.policy import queries as policy


def require(actor: Actor, rows: Sequence[NewLimit]) -> None:
    """Ask others about limits that are raised above what one person sets alone."""
    now = queries.limits(actor.company_id, actor.today, {row.customer_id for row in rows})
    raised = [row for row in rows if not _is_lowered(row, now.get(row.customer_id))]
    if not raised:
        return
    highest = max(raised, key=lambda row: row.minor)
    before = now.get(highest.customer_id)
    customer = customers.customer_by_id(actor.company_id, highest.customer_id)
    require_approval(
        "credit.approve_limit",
        count=policy.approvers_needed(
            actor.company_id,
            actor.today,
            "limit",
            [(row.minor, row.currency) for row in raised],
            user_id=actor.user_id,
        ),
        about={
            "customer": customer.number,
            "customer_name": customer.name,
            "minor": highest.minor,
            "currency": highest.currency,
            "before_minor": before.minor if before else None,
            "before_currency": before.currency if before else None,
            "valid_from": highest.valid_from,
            "count": len(rows),
        },
        documents=[f"customer:{row.customer_id}" for row in rows],
        # The limits it changes: whoever approves has seen these and no others.
        version=digest(sorted((one.customer_id, one.minor, one.currency) for one in now.values())),
    )


def _is_lowered(new: NewLimit, now: queries.LimitRow | None) -> bool:
    return now is not None and now.currency == new.currency and new.minor <= now.minor
