"""Writers of limits: granted by somebody, taken over when a company goes live, or stated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from creditdesk.controls.commands import acts_on, approvers, command, may_need_approval
from creditdesk.credit import authority, queries
from creditdesk.credit.events import LimitsSet
from creditdesk.credit.queries import GroupLimitRow, LimitRow
from creditdesk.credit.rules import NewLimit
from creditdesk.credit.services.blocks import require_customers
from creditdesk.customers.events import LimitsStated
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policy

LIMIT_COLUMNS = (
    "company_id", "customer_id", "group_id", "kind", "only_currency", "currency", "minor",
    "valid_from", "valid_to", "reason", "recorded_at", "recorded_by", "approved_by",
    "policy_version",
)  # fmt: skip


@command("credit.set_limit")
def set_limits(actor: Actor, rows: Sequence[NewLimit]) -> int:
    """Record limits from their dates on; return how many. An earlier record stays as history.

    A group is named by the customer at its top.
    """
    ids = {row.subject_id for row in rows}
    require_customers(actor, ids)
    acts_on("customer", ids)
    if may_need_approval():
        authority.require(actor, rows)
    by = policy.version_in_force(actor.company_id, actor.today) if rows else None
    count = _write_limits(actor, rows, policy_version=by)
    if ids:
        announce(actor, [LimitsSet(customer_ids=tuple(sorted(ids)))])
    return count


def take_over_limits(
    actor: Actor, rows: Sequence[NewLimit], *, policy_version: int | None = None
) -> int:
    """Record limits granted elsewhere: before going live, or by the decision of an application.

    Not a command of its own; who granted them stands for them, by the version they name, if any.
    """
    require_customers(actor, {row.subject_id for row in rows})
    return _write_limits(actor, rows, policy_version=policy_version)


def _write_limits(actor: Actor, rows: Sequence[NewLimit], *, policy_version: int | None) -> int:
    approved_by = ", ".join(one.name for one in approvers())
    return sql.copy_rows(
        "credit_limit",
        LIMIT_COLUMNS,
        (
            (
                actor.company_id, row.customer_id, row.group_id, row.kind, row.only_currency,
                row.currency, row.minor, row.valid_from, row.valid_to, row.reason, actor.at,
                actor.name, approved_by, policy_version,
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
    kind: str = "internal",
    only_currency: bool = False,
) -> None:
    """Let a customer owe so much from a date on, until the next record or through `valid_to`."""
    new = NewLimit(
        customer_id=customer_id,
        minor=minor,
        currency=currency,
        valid_from=valid_from,
        valid_to=valid_to,
        reason=reason,
        kind=kind,
        only_currency=only_currency,
    )
    set_limits(actor, [new])


@command("credit.set_limit")
def withdraw_limit(actor: Actor, limit_id: int, *, on: date, reason: str) -> None:
    """Let a limit count no more from a day on; the record stays, with who withdrew it and why.

    Taking away what only bounds, a group's limit or that of one currency, waits for somebody else.
    Again, or of one that has ended, Conflict.
    """
    if not reason.strip():
        raise Invalid(
            "reason_missing",
            "Withdrawing a limit needs a reason",
            place=Place(field="reason"),
            mend="Say why it no longer counts.",
        )
    row = queries.limit(actor.company_id, limit_id)
    new = _as_new(row)
    acts_on("customer", [new.subject_id])
    if may_need_approval() and (row.only_currency or new.group_id is not None):
        authority.require_to_unbind(actor, new)
    withdrawn = sql.execute(
        "UPDATE credit_limit SET withdrawn_from = %(on)s, withdrawn_by = %(by)s"
        " WHERE company_id = %(company_id)s AND id = %(id)s AND withdrawn_from IS NULL"
        "   AND (valid_to IS NULL OR valid_to >= %(on)s)",
        {
            "on": on,
            "by": f"{actor.name}: {reason.strip()}",
            "company_id": actor.company_id,
            "id": limit_id,
        },
    )
    if not withdrawn:
        raise Conflict("limit_ended", "The limit has ended or was withdrawn before")


def _as_new(row: LimitRow | GroupLimitRow) -> NewLimit:
    return NewLimit(
        customer_id=None if isinstance(row, GroupLimitRow) else row.customer_id,
        group_id=row.group_id if isinstance(row, GroupLimitRow) else None,
        minor=row.minor,
        currency=row.currency,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        kind=row.kind,
        only_currency=row.only_currency,
    )


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
