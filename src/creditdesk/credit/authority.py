"""Which limits one person sets alone, and which need others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from creditdesk.controls.commands import require_approval
from creditdesk.credit import queries, rules
from creditdesk.credit.rules import LimitRecord, NewLimit, Raised
from creditdesk.customers import queries as customers
from creditdesk.customers.queries import CustomerRow
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing.encoding import digest
from creditdesk.policy import queries as policy

Kept = Mapping[tuple[bool, int], tuple[LimitRecord, ...]]


def require(actor: Actor, rows: Sequence[NewLimit]) -> None:
    """Ask others about limits that are raised above what one person sets alone."""
    kept = queries.records_kept(
        actor.company_id,
        actor.today,
        customers={row.customer_id for row in rows if row.customer_id is not None},
        groups={row.group_id for row in rows if row.group_id is not None},
    )
    found = [_raised(actor, row, kept) for row in rows]
    raised = [one for one in found if one is not None]
    if not raised:
        return
    highest = max(raised, key=lambda one: one.amount[0])
    customer = customers.customer_by_id(actor.company_id, highest.row.subject_id)
    row = highest.row
    require_approval(
        "credit.approve_limit",
        count=policy.approvers_needed(
            actor.company_id,
            actor.today,
            "limit",
            [one.amount for one in raised],
            user_id=actor.user_id,
        ),
        about={
            **_about(customer, row),
            "before_minor": highest.before.minor,
            "before_currency": highest.before.currency if highest.before.minor else None,
            "count": len(rows),
        },
        documents=[f"customer:{one.subject_id}" for one in rows],
        version=_version(kept),
    )


def require_to_unbind(actor: Actor, row: NewLimit) -> None:
    """Ask others before a limit that only bounds is taken away: that frees credit."""
    customer = customers.customer_by_id(actor.company_id, row.subject_id)
    needed = policy.approvers_needed(
        actor.company_id, actor.today, "limit", [(row.minor, row.currency)]
    )
    require_approval(
        "credit.approve_limit",
        count=max(1, needed),
        about={**_about(customer, row), "before_minor": row.minor, "before_currency": row.currency,
               "count": 1},
        documents=[f"customer:{row.subject_id}"],
    )  # fmt: skip


def _about(customer: CustomerRow, row: NewLimit) -> dict[str, object]:
    return {
        "customer": customer.number,
        "customer_name": customer.name,
        "minor": row.minor,
        "currency": row.currency,
        "valid_from": row.valid_from,
        "kind": row.kind,
        "is_group": row.group_id is not None,
    }


def _version(kept: Kept) -> str:
    """Return which limits there were: whoever approves has seen these and no others."""
    return digest(
        sorted((key[1], key[0], one.id) for key, records in kept.items() for one in records)
    )


def _raised(actor: Actor, row: NewLimit, kept: Kept) -> Raised | None:
    records = kept.get((row.group_id is not None, row.subject_id), ())
    rates = queries.rates_on(actor.today)
    return rules.raised(row, records, today=actor.today, rates_into=rates)
