"""Accounts put to sleep, woken after a review, closed with nothing left, and opened again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import queries, rules
from creditdesk.customers.events import CustomersStopped
from creditdesk.customers.models import BankChange, Customer
from creditdesk.customers.rules import Obstacle
from creditdesk.customers.services.accounts import locked, record_changes
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policy

Obstacles = Callable[[int, Sequence[int]], list[Obstacle]]
# What rooms above know to stand in the way of a closing; `wiring.py` names them.
OBSTACLES: Final[list[Obstacles]] = []
ACTIVE, DORMANT, CLOSED = "active", "dormant", "closed"
# Nothing was booked on them since, nobody woke them since, and they were there before.
_QUIET = """
    SELECT c.id FROM customers_customer c
     WHERE c.company_id = %(company_id)s AND c.status = 'active'
       AND coalesce(c.woken_on, c.opened_on) < %(since)s AND c.opened_on < %(since)s
       AND NOT EXISTS (SELECT 1 FROM ledger_posting p
                        WHERE p.company_id = %(company_id)s AND p.customer_id = c.id
                          AND p.effective_on >= %(since)s)
     ORDER BY c.id
"""


# The lock a foreign key takes at the end of the transaction, taken before the status is read: a
# closing waits for it, and is waited for. Who only decides about an order does not wait.
_HOLD = """
    SELECT id FROM customers_customer WHERE company_id = %s AND id = ANY(%s::bigint[])
     ORDER BY id FOR KEY SHARE
"""


@dataclass(frozen=True, slots=True)
class SleepResult:
    """How many accounts fell asleep, and how many stay awake for what is open on them."""

    dormant: int
    kept_awake: int


def obstacles(company_id: int, ids: Iterable[int]) -> dict[int, list[Obstacle]]:
    """Return by customer everything that keeps the account from being closed."""
    wanted = sorted(set(ids))
    found: dict[int, list[Obstacle]] = defaultdict(list)
    for ask in (_own, *OBSTACLES):
        for one in ask(company_id, wanted):
            found[one.customer_id].append(one)
    return dict(found)


def _own(company_id: int, ids: Sequence[int]) -> list[Obstacle]:
    waiting = BankChange.objects.filter(
        company_id=company_id, customer_id__in=ids, state="asked"
    ).values_list("customer_id", "id")
    return [
        Obstacle(customer_id=customer_id, code="bank_change_waits", count=1, reference=str(change))
        for customer_id, change in waiting
    ]


@command("customers.close")
def close(actor: Actor, customer_id: int, *, reason: str) -> None:
    """Close an account: nothing new is booked on it. Refused while anything stands in the way."""
    why = require_reason(reason)
    row = _held(actor, customer_id)
    if row.status == CLOSED:
        raise Conflict("customer_closed_already", "The account is closed already")
    _refuse_obstacles(actor, customer_id)
    _refuse_children(actor, customer_id)
    _set_status(actor, [row], CLOSED, why)


def _held(actor: Actor, customer_id: int) -> Customer:
    """Return the account held alone: whoever books on it meanwhile is waited for."""
    locked(actor, customer_id)
    return Customer.objects.select_for_update().get(company_id=actor.company_id, id=customer_id)


def _refuse_obstacles(actor: Actor, customer_id: int) -> None:
    found = obstacles(actor.company_id, [customer_id]).get(customer_id, [])
    if found:
        raise Refused(
            "customer_not_settled",
            f"What stands in the way: {', '.join(one.code for one in found)}",
            obstacles=tuple(one.code for one in found),
        )


def _refuse_children(actor: Actor, customer_id: int) -> None:
    below = queries.members_of(actor.company_id, [customer_id], actor.today)[customer_id]
    others = queries.customers_by_id(actor.company_id, set(below) - {customer_id})
    left = sorted(row.number for row in others.values() if row.status != CLOSED)
    if left:
        raise Refused(
            "customer_heads_a_group",
            f"Others belong to it: {', '.join(left[:5])}; let them belong to somebody else first",
            numbers=tuple(left[:20]),
        )


@command("customers.reopen")
def reopen(actor: Actor, customer_id: int, *, reason: str) -> None:
    """Open a closed account again. It sleeps until somebody reviewed its credit."""
    why = require_reason(reason)
    row = _held(actor, customer_id)
    if row.status != CLOSED:
        raise Conflict("customer_not_closed", "The account is open")
    if row.merged_into_id is not None:
        raise Refused("customer_merged", "The account became another; take the merge back instead")
    _set_status(actor, [row], DORMANT, why)


@command("customers.wake")
def wake(actor: Actor, customer_id: int, *, review: str) -> None:
    """Let a dormant account buy on credit again, by what the review found."""
    why = require_reason(review)
    row = locked(actor, customer_id)
    if row.status != DORMANT:
        raise Conflict("customer_not_dormant", "The account does not sleep", status=row.status)
    Customer.objects.filter(id=customer_id).update(woken_on=actor.today)
    _set_status(actor, [row], ACTIVE, why)


@command("customers.sleep")
def sleep(actor: Actor) -> SleepResult:
    """Put accounts to sleep on which nothing was booked for the months of the policy.

    Who has anything open, on order or mandated stays awake. Harmless to repeat; 0 months: nobody.
    """
    months = policy.in_force(actor.company_id, actor.today).accounts.dormant_months
    if not months:
        return SleepResult(0, 0)
    since = rules.months_before(actor.today, months)
    quiet = sql.scalars(_QUIET, {"company_id": actor.company_id, "since": since})
    if not quiet:
        return SleepResult(0, 0)
    busy = obstacles(actor.company_id, quiet)
    rows = list(
        Customer.objects.select_for_update(no_key=True)
        .filter(company_id=actor.company_id, status=ACTIVE, id__in=set(quiet) - busy.keys())
        .order_by("id")
    )
    _set_status(actor, rows, DORMANT, since.isoformat())
    return SleepResult(len(rows), len(busy))


def _set_status(actor: Actor, rows: Sequence[Customer], status: str, why: str) -> None:
    if not rows:
        return
    ids = [row.id for row in rows]
    sql.execute(
        "UPDATE customers_customer SET status = %s, version = version + 1"
        " WHERE company_id = %s AND id = ANY(%s::bigint[])",
        [status, actor.company_id, sql.array(ids)],
    )
    for row in rows:
        record_changes(actor, row.id, {"status": (row.status, status), "status reason": ("", why)})
    acts_on("customer", ids)
    if status != ACTIVE:
        announce(actor, [CustomersStopped(customer_ids=tuple(ids), status=status)])


def require_reason(reason: str) -> str:
    """Return why something is done, as it was said; Invalid without."""
    said = reason.strip()
    if not said or len(said) > rules.REASON_LENGTH_MAX:
        raise Invalid(
            "reason_missing", "It needs a reason, in a few sentences at most",
            place=Place(field="reason"), mend="Say why.",
        )  # fmt: skip
    return said


def hold_open(actor: Actor, ids: Iterable[int]) -> frozenset[int]:
    """Keep accounts from being closed until the transaction ends; return those closed before."""
    wanted = sorted(set(ids))
    sql.scalars(_HOLD, [actor.company_id, sql.array(wanted)], planned=True)
    return frozenset(queries.closed_among(actor.company_id, wanted))


def require_open(actor: Actor, ids: Iterable[int]) -> None:
    """Refuse to book anything new on a closed account, naming the one that goes on in its place."""
    for row in queries.closed_among(actor.company_id, ids).values():
        if row.successor_number:
            raise Refused(
                "customer_merged_into",
                f"Customer {row.number} became {row.successor_number}; book it there",
                number=row.number,
                successor=row.successor_number,
            )
        raise Refused(
            "customer_closed", f"The account of customer {row.number} is closed", number=row.number
        )
