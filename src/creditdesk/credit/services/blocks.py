"""Writers of blocks: a customer is delivered nothing more, and again something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from creditdesk.controls.commands import command
from creditdesk.credit.events import (
    CustomerBlocked,
    CustomerUnblocked,
)
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Place
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce


@command("credit.block")
def block(actor: Actor, customer_id: int, *, reason: str) -> None:
    """Give a customer no further credit until unblocked; an existing block is kept."""
    if not reason.strip():
        raise Invalid(
            "reason_missing",
            "A block needs a reason",
            place=Place(field="reason"),
            mend="Say why the customer is blocked.",
        )
    take_over_blocks(actor, {customer_id: reason.strip()})


def take_over_blocks(actor: Actor, reasons: Mapping[int, str]) -> None:
    """Block these customers, each for its reason; existing blocks are kept. Not a command."""
    require_customers(actor, set(reasons))
    placed = sql.scalars(
        "INSERT INTO credit_block"
        " (company_id, customer_id, reason, placed_at, placed_by, lifted_by)"
        " SELECT %s, g.customer_id, g.reason, %s, %s, ''"
        "   FROM unnest(%s::bigint[], %s::text[]) AS g (customer_id, reason) ORDER BY 1"
        " ON CONFLICT (customer_id) WHERE lifted_at IS NULL DO NOTHING RETURNING customer_id",
        [actor.company_id, actor.at, actor.name, list(reasons), list(reasons.values())],
    )
    announce(actor, [CustomerBlocked(customer_id=one, reason=reasons[one]) for one in placed])


@command("credit.unblock")
def unblock(actor: Actor, customer_id: int) -> None:
    """Lift the block of a customer; without one nothing changes."""
    require_customers(actor, {customer_id})
    lifted = sql.execute(
        "UPDATE credit_block SET lifted_at = %s, lifted_by = %s"
        " WHERE company_id = %s AND customer_id = %s AND lifted_at IS NULL",
        [actor.at, actor.name, actor.company_id, customer_id],
    )
    if lifted:
        announce(actor, [CustomerUnblocked(customer_id=customer_id)])


def hand_back_blocks(actor: Actor, reasons: Mapping[int, Sequence[str]]) -> list[int]:
    """Lift the blocks of these customers that stand for one of the reasons; return whose.

    For who placed them by a rule whose grounds are gone. Any other block is kept. Not a command.
    """
    pairs = [(one, reason) for one, several in sorted(reasons.items()) for reason in several]
    lifted = sql.scalars(
        "UPDATE credit_block b SET lifted_at = %s, lifted_by = %s"
        "  FROM unnest(%s::bigint[], %s::text[]) AS g (customer_id, reason)"
        " WHERE b.company_id = %s AND b.customer_id = g.customer_id AND b.reason = g.reason"
        "   AND b.lifted_at IS NULL RETURNING b.customer_id",
        [
            actor.at, actor.name, sql.array(one for one, _ in pairs),
            sql.array(reason for _, reason in pairs), actor.company_id,
        ],
    )  # fmt: skip
    announce(actor, [CustomerUnblocked(customer_id=one) for one in sorted(lifted)])
    return sorted(lifted)


def require_customers(actor: Actor, ids: set[int]) -> None:
    """Refuse numbers that are no customers of the company."""
    known = sql.scalar(
        "SELECT count(*) FROM customers_customer WHERE company_id = %s AND id = ANY(%s::bigint[])",
        [actor.company_id, sql.array(ids)],
    )
    if known != len(ids):
        raise NotFound("customer_unknown", "There is no such customer")
