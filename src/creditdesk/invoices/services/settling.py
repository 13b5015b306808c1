"""Items settled and opened again, guarded: never below zero, never above their total."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import NamedTuple

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
# Of whoever holds the items already, locked in the order of the house.
_SETTLE_HELD = """
    UPDATE invoices_item i
       SET open_minor = i.open_minor - given.minor,
           settled_on = CASE WHEN i.open_minor = given.minor
                             THEN greatest(given.settled_on, i.issued_on) END
      FROM unnest(%(ids)s::bigint[], %(minors)s::bigint[], %(dates)s::date[])
           AS given (id, minor, settled_on)
     WHERE i.id = given.id AND i.company_id = %(company_id)s AND i.open_minor >= given.minor
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


class _Owner(NamedTuple):
    id: int
    customer_id: int
    currency: str


class _After(NamedTuple):
    id: int
    open_minor: int


def settle(
    actor: Actor,
    settlements: Mapping[int, int],
    *,
    on: date | Mapping[int, date],
    owners: Mapping[int, tuple[int, str]] | None = None,
) -> tuple[int, ...]:
    """Lower what is open on each item, all or none; return the items now settled in full.

    `owners` are customer and currency of the items, for a caller who holds them, locked.

    Raises Conflict when less is open than is to be settled. Exposure is locked first, then the
    items. Posting is the caller's, who knows what pays. Not a command of its own.
    """
    with settling(actor, settlements, on=on, owners=owners) as settled:
        pass
    return tuple(settled)


@contextmanager
def settling(
    actor: Actor,
    settlements: Mapping[int, int],
    *,
    on: date | Mapping[int, date],
    owners: Mapping[int, tuple[int, str]] | None = None,
) -> Iterator[list[int]]:
    """As `settle`, for a caller who works something out meanwhile; fills the list at the end.

    Within the block, which asks nothing of the database, the items are being lowered.
    """
    full: list[int] = []
    if not settlements:
        yield full
        return
    held = owners if owners is not None and settlements.keys() <= owners.keys() else None
    theirs = _owners(actor, settlements) if held is None else _held(held, settlements)
    credit_room.lock_exposure(actor, {owner.customer_id for owner in theirs})
    dates = on if isinstance(on, Mapping) else dict.fromkeys(settlements, on)
    statement = _SETTLE if held is None else _SETTLE_HELD
    lowering = _sent(actor, statement, settlements, dates)
    yield full
    changes = _exposure_changes(theirs, settlements, sign=-1)
    after = _changed(lowering, settlements)
    credit_room.change_exposure(actor, changes)
    full += sorted([row.id for row in after if row.open_minor == 0])
    if full:
        announce(actor, [ItemsSettled(item_ids=tuple(full))])


def reopen(actor: Actor, amounts: Mapping[int, int], *, on: Mapping[int, date]) -> None:
    """Raise what is open on each item again from its date on; the inverse of `settle`.

    Raises Conflict when more would be open than the item's total.
    """
    if not amounts:
        return
    owners = _owners(actor, amounts)
    credit_room.lock_exposure(actor, {owner.customer_id for owner in owners})
    _changed(_sent(actor, _REOPEN, amounts, on), amounts)
    credit_room.change_exposure(actor, _exposure_changes(owners, amounts, sign=1))
    announce(actor, [ItemsReopened(item_ids=tuple(sorted(amounts)))])


def _held(owners: Mapping[int, tuple[int, str]], amounts: Mapping[int, int]) -> list[_Owner]:
    _require_positive(amounts)
    return [_Owner(item_id, *owners[item_id]) for item_id in amounts]


def _require_positive(amounts: Mapping[int, int]) -> None:
    if min(amounts.values()) <= 0:
        raise ValueError("an item is settled or reopened by a positive amount")


def _owners(actor: Actor, amounts: Mapping[int, int]) -> list[_Owner]:
    _require_positive(amounts)
    owners = sql.fetch(_Owner, _OWNERS, [actor.company_id, sql.array(sorted(amounts))])
    if len(owners) < len(amounts):
        missing = sorted(amounts.keys() - {owner.id for owner in owners})
        raise NotFound("item_unknown", "There is no such open item", item_ids=tuple(missing))
    return owners


def _sent(
    actor: Actor, statement: str, amounts: Mapping[int, int], dates: Mapping[int, date]
) -> sql.Sent:
    ids = sorted(amounts)
    return sql.send(
        statement,
        {
            "company_id": actor.company_id,
            "ids": sql.array(ids),
            "minors": sql.array([amounts[item_id] for item_id in ids]),
            "dates": sql.array([dates.get(item_id) for item_id in ids]),
        },
    )


def _changed(sent: sql.Sent, amounts: Mapping[int, int]) -> list[_After]:
    after = sent.rows(_After)
    if len(after) < len(amounts):
        missing = tuple(sorted(amounts.keys() - {row.id for row in after}))
        raise Conflict(
            "item_changed", "An item was changed meanwhile; look again", item_ids=missing
        )
    return after


def _exposure_changes(
    owners: Sequence[_Owner], amounts: Mapping[int, int], *, sign: int
) -> list[ExposureChange]:
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for owner in owners:
        sums[owner.customer_id, owner.currency] += sign * amounts[owner.id]
    return [
        ExposureChange(customer_id=customer_id, currency=currency, open_minor=minor)
        for (customer_id, currency), minor in sums.items()
    ]
