"""What the gate is asked with: holds, consent, earlier messages and steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from creditdesk.contact.rules import Facts, HoldFact, Intent, IntentItem
from creditdesk.plumbing import sql


class HoldRow(NamedTuple):
    """A live hold."""

    id: int
    customer_id: int
    item_id: int | None
    kind: str
    source: str
    until: date | None
    note: str
    placed_at: datetime
    placed_by: str


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """The consent that counts for one customer, channel and purpose."""

    customer_id: int
    channel: str
    purpose: str
    allowed: bool


class _Last(NamedTuple):
    customer_id: int
    on: date


class _Taken(NamedTuple):
    item_id: int
    step: str


class _ItemOf(NamedTuple):
    message_id: int
    item_id: int
    open_minor: int
    step: str


_HOLD = """
    SELECT id, customer_id, item_id, kind, source, until, note, placed_at, placed_by
      FROM contact_hold
     WHERE company_id = %(company_id)s AND lifted_at IS NULL
       AND (%(customers)s::bigint[] IS NULL OR customer_id = ANY(%(customers)s::bigint[]))
       AND (%(on)s::date IS NULL OR until IS NULL OR until >= %(on)s)
     ORDER BY customer_id, id
"""


_CONSENT = """
    SELECT DISTINCT ON (customer_id, channel, purpose) customer_id, channel, purpose, allowed
      FROM contact_consent
     WHERE company_id = %(company_id)s AND customer_id = ANY(%(customers)s::bigint[])
     ORDER BY customer_id, channel, purpose, id DESC
"""


# Messages that ask for money and went out, or are about to.
_CHASING = """
    m.status IN ('queued', 'handed_over', 'sent')
    AND (m.purpose = 'collection' OR (m.purpose = 'service' AND m.step <> ''))
    AND (%(before)s::timestamptz IS NULL OR m.queued_at < %(before)s)
"""
# Customer by customer down an index of such messages, whatever the planner knows: in a long run the
# table grows by thousands it was never told of, and each batch would read all of those before it.
_LAST = f"""
      CROSS JOIN LATERAL (
          SELECT greatest(
              (SELECT (m.queued_at AT TIME ZONE 'UTC')::date FROM contact_message m
                WHERE m.customer_id = asked.id AND {_CHASING}
                ORDER BY m.customer_id DESC, m.queued_at DESC LIMIT 1),
              (SELECT max(contacted_on) FROM contact_priorcontact
                WHERE company_id = %(company_id)s AND customer_id = asked.id)) AS at OFFSET 0
      ) last
     WHERE last.at IS NOT NULL
"""
_CHASED = f"""
    SELECT asked.id, last.at
      FROM (SELECT id FROM customers_customer WHERE company_id = %(company_id)s) asked {_LAST}
"""
_CHASED_OF = f"""
    SELECT asked.id, last.at
      FROM unnest(%(customers)s::bigint[]) AS given (id)
      JOIN customers_customer asked ON asked.id = given.id AND asked.company_id = %(company_id)s
      {_LAST}
"""
# Item by item for the same reason.
_TAKEN = """
    SELECT taken.item_id, taken.step
      FROM unnest(%(items)s::bigint[]) AS asked (id)
      CROSS JOIN LATERAL (
          SELECT i.message_id, i.item_id, i.step FROM contact_messageitem i
           WHERE i.item_id = asked.id AND i.company_id = %(company_id)s AND i.step <> '' OFFSET 0
      ) taken
     WHERE EXISTS (SELECT FROM contact_message m
                    WHERE m.id = taken.message_id AND m.id <> ALL(%(but)s::bigint[])
                      AND m.status IN ('queued', 'handed_over', 'sent') OFFSET 0)
"""


def live_holds(
    company_id: int, customer_ids: Iterable[int] | None = None, *, on: date | None = None
) -> list[HoldRow]:
    """Return the holds not lifted, by customer; with `on` without those that ran out before."""
    customers = None if customer_ids is None else sql.array(sorted(set(customer_ids)))
    return sql.fetch(HoldRow, _HOLD, {"company_id": company_id, "customers": customers, "on": on})


def last_contacted(
    company_id: int,
    customer_ids: Iterable[int] | None = None,
    *,
    before: datetime | None = None,
) -> dict[int, date]:
    """Return when each customer was last written to about money, here or before (UTC date)."""
    params: dict[str, object] = {"company_id": company_id, "before": before}
    if customer_ids is None:
        rows = sql.fetch(_Last, _CHASED, params)
    else:
        params["customers"] = sql.array(sorted(set(customer_ids)))
        rows = sql.fetch(_Last, _CHASED_OF, params)
    return {row.customer_id: row.on for row in rows}


def consents(company_id: int, customer_ids: Iterable[int]) -> list[ConsentRow]:
    """Return the latest consent per customer, channel and purpose."""
    return sql.fetch(
        ConsentRow,
        _CONSENT,
        {"company_id": company_id, "customers": sql.array(sorted(set(customer_ids)))},
    )


def gate_facts(
    company_id: int,
    intents: Sequence[Intent],
    *,
    on: date,
    base: Facts,
    before: datetime | None = None,
    but_messages: Sequence[int] = (),
) -> list[Facts]:
    """Return what is known for each intent, in order, in four queries whatever their number.

    `base` brings what rooms above know (bank, open amounts). `before` and `but_messages` leave
    a message's own batch and the message itself out of the looking back.
    """
    customers = {intent.customer_id for intent in intents}
    holds: dict[int, list[HoldFact]] = defaultdict(list)
    for row in live_holds(company_id, customers, on=on):
        holds[row.customer_id].append(HoldFact(row.kind, row.source, row.item_id, row.until))
    opted = {
        (c.customer_id, c.channel, c.purpose): c.allowed for c in consents(company_id, customers)
    }
    last = last_contacted(company_id, customers, before=before)
    taken = _steps_taken(company_id, intents, but_messages)
    return [
        Facts(
            opted_in=opted.get((intent.customer_id, intent.channel, intent.purpose)),
            holds=tuple(holds.get(intent.customer_id, ())),
            open_minor=base.open_minor,
            steps_taken=taken,
            last_message_on=last.get(intent.customer_id),
            bank=base.bank,
        )
        for intent in intents
    ]


def _steps_taken(
    company_id: int, intents: Sequence[Intent], but_messages: Sequence[int]
) -> frozenset[tuple[int, str]]:
    wanted = [item.item_id for intent in intents for item in intent.items if item.step]
    if not wanted:
        return frozenset()
    rows = sql.fetch(
        _Taken,
        _TAKEN,
        {"company_id": company_id, "items": sql.array(wanted), "but": sql.array(but_messages)},
    )
    return frozenset((row.item_id, row.step) for row in rows)


def items_of(company_id: int, message_ids: Sequence[int]) -> dict[int, tuple[IntentItem, ...]]:
    """Return the items of each message, as the gate sees them."""
    found: dict[int, list[IntentItem]] = defaultdict(list)
    for row in sql.fetch(
        _ItemOf,
        "SELECT message_id, item_id, open_minor, step FROM contact_messageitem"
        " WHERE company_id = %s AND message_id = ANY(%s::bigint[]) ORDER BY id",
        [company_id, sql.array(message_ids)],
    ):
        found[row.message_id].append(IntentItem(row.item_id, row.open_minor, row.step))
    return {message_id: tuple(items) for message_id, items in found.items()}
