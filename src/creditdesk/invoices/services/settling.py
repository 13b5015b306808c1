"""Items settled and opened again, guarded: never below zero, never above their total."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.credit import services as credit_room
from creditdesk.credit.rules import ExposureChange
from creditdesk.invoices.events import ItemsReopened, ItemsSettled
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

_OWNERS = """
    SELECT id, customer_id, currency FROM invoices_item
     WHERE company_id = %s AND id = ANY(%s::bigint[])
"""
_LOCKED = """
    WITH given AS (
        SELECT i.id, g.minor, g.settled_on
          FROM unnest(%(ids)s::bigint[], %(minors)s::bigint[], %(dates)s::date[])
               AS g (id, minor, settled_on)
          JOIN invoices_item i ON i.id = g.id AND i.company_id = %(company_id)s
         ORDER BY i.id FOR UPDATE OF i)
"""
_SETTLE = f"""
    {_LOCKED}
    UPDATE invoices_item i
       SET open_minor = i.open_minor - given.minor,
           settled_on = CASE WHEN i.open_minor = given.minor
                             THEN greatest(given.settled_on, i.issued_on) END
      FROM given WHERE i.id = given.id AND i.open_minor >= given.minor
    RETURNING i.id, i.open_minor
"""
_REOPEN = f"""
    {_LOCKED}
    UPDATE invoices_item i
       SET open_minor = i.open_minor + given.minor, settled_on = NULL,
           reopened_on = greatest(i.reopened_on, given.settled_on)
      FROM given WHERE i.id = given.id AND i.open_minor + given.minor <= i.total_minor
    RETURNING i.id, i.open_minor
"""


@dataclass(frozen=True, slots=True)
class _Owner:
    id: int
    customer_id: int
    currency: str


@dataclass(frozen=True, slots=True)
class _After:
    id: int
    open_minor: int


def settle(
    actor: Actor, settlements: Mapping[int, int], *, on: date | Mapping[int, date]
) -> tuple[int, ...]:
    """Lower what is open on each item, all or none; return the items now settled in full.

    Raises Conflict when less is open than is to be settled. Exposure is locked first, then the
    items. Posting is the caller's, who knows what pays. Not a command of its own.
    """
    if not settlements:
        return ()
    owners = _owners(actor, settlements)
    credit_room.lock_exposure(actor, {owner.customer_id for owner in owners})
    dates = on if isinstance(on, Mapping) else dict.fromkeys(settlements, on)
    after = _changed(actor, _SETTLE, settlements, dates)
    _shift_exposure(actor, owners, settlements, sign=-1)
    settled = tuple(sorted(row.id for row in after if row.open_minor == 0))
    if settled:
        announce(actor, [ItemsSettled(item_ids=settled)])
    return settled


def reopen(actor: Actor, amounts: Mapping[int, int], *, on: Mapping[int, date]) -> None:
    """Raise what is open on each item again from its date on; the inverse of `settle`.

    Raises Conflict when more would be open than the item's total.
    """
    if not amounts:
        return
    owners = _owners(actor, amounts)
    credit_room.lock_exposure(actor, {owner.customer_id for owner in owners})
    _changed(actor, _REOPEN, amounts, on)
    _shift_exposure(actor, owners, amounts, sign=1)
    announce(actor, [ItemsReopened(item_ids=tuple(sorted(amounts)))])


def _owners(actor: Actor, amounts: Mapping[int, int]) -> list[_Owner]:
    if min(amounts.values()) <= 0:
        raise ValueError("an item is settled or reopened by a positive amount")
    owners = sql.fetch(_Owner, _OWNERS, [actor.company_id, sql.array(sorted(amounts))])
    if len(owners) < len(amounts):
        missing = sorted(amounts.keys() - {owner.id for owner in owners})
        raise NotFound("item_unknown", "There is no such open item", item_ids=tuple(missing))
    return owners


def _changed(
    actor: Actor, statement: str, amounts: Mapping[int, int], dates: Mapping[int, date]
) -> list[_After]:
    ids = sorted(amounts)
    after = sql.fetch(
        _After,
        statement,
        {
            "company_id": actor.company_id,
            "ids": sql.array(ids),
            "minors": sql.array([amounts[item_id] for item_id in ids]),
            "dates": sql.array([dates.get(item_id) for item_id in ids]),
        },
    )
    if len(after) < len(ids):
        missing = tuple(sorted(amounts.keys() - {row.id for row in after}))
        raise Conflict(
            "item_changed", "An item was changed meanwhile; look again", item_ids=missing
        )
    return after


def _shift_exposure(
    actor: Actor, owners: Sequence[_Owner], amounts: Mapping[int, int], *, sign: int
) -> None:
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for owner in owners:
        sums[owner.customer_id, owner.currency] += sign * amounts[owner.id]
    credit_room.change_exposure(
        actor,
        [
            ExposureChange(customer_id=customer_id, currency=currency, open_minor=minor)
            for (customer_id, currency), minor in sums.items()
        ],
    )
