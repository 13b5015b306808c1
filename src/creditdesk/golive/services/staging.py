"""Bring rows over, as often as needed, until going live is signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from creditdesk.collections import services as collections
from creditdesk.contact import services as contact
from creditdesk.controls.commands import command
from creditdesk.golive import queries
from creditdesk.golive.models import GoLive
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import to_json

CUT_OVER_BACK_DAYS_MAX: Final = 92
# Columns of an opening item that a corrected file may change.
_CONTENT = {
    "kind": "text",
    "customer_number": "text",
    "issued_on": "date",
    "due_on": "date",
    "currency": "text",
    "total_minor": "bigint",
    "open_minor": "bigint",
    "tax_minor": "bigint",
    "is_delivered": "boolean",
    "dunning_level": "smallint",
    "last_dunned_on": "date",
    "terms_code": "text",
    "order_reference": "text",
    "customer_reference": "text",
}
_ITEMS = {"number": "text", **_CONTENT, "line": "integer"}
_GIVEN_ITEMS = f"""
    unnest({", ".join(f"%({c})s::{kind}[]" for c, kind in _ITEMS.items())})
        AS g ({", ".join(_ITEMS)})
"""
_KNOWN_ITEMS = f"""
    SELECT COUNT(*) FROM {_GIVEN_ITEMS}
      JOIN golive_openingitem o ON o.company_id = %(company_id)s AND o.number = g.number
     WHERE ({", ".join(f"o.{c}" for c in _CONTENT)})
           IS NOT DISTINCT FROM ({", ".join(f"g.{c}" for c in _CONTENT)})
"""
_PUT_ITEMS = f"""
    INSERT INTO golive_openingitem (company_id, source, run_id, {", ".join(_ITEMS)})
    SELECT %(company_id)s, %(source)s, %(run_id)s, {", ".join(f"g.{c}" for c in _ITEMS)}
      FROM {_GIVEN_ITEMS} ORDER BY g.number
    ON CONFLICT (company_id, number) DO UPDATE SET
           source = EXCLUDED.source, run_id = EXCLUDED.run_id, line = EXCLUDED.line,
           {", ".join(f"{c} = EXCLUDED.{c}" for c in _CONTENT)}
"""
_GIVEN_FACTS = """
    unnest(%(keys)s::text[], %(customers)s::text[], %(data)s::jsonb[], %(lines)s::integer[])
        AS g (key, customer_number, data, line)
"""
_KNOWN_FACTS = f"""
    SELECT COUNT(*) FROM {_GIVEN_FACTS}
      JOIN golive_openingfact f
        ON f.company_id = %(company_id)s AND f.kind = %(kind)s AND f.key = g.key
     WHERE (f.customer_number, f.data) = (g.customer_number, g.data)
"""
_PUT_FACTS = f"""
    INSERT INTO golive_openingfact
           (company_id, kind, key, customer_number, data, run_id, line)
    SELECT %(company_id)s, %(kind)s, g.key, g.customer_number, g.data, %(run_id)s, g.line
      FROM {_GIVEN_FACTS} ORDER BY g.key
    ON CONFLICT (company_id, kind, key) DO UPDATE SET
           customer_number = EXCLUDED.customer_number, data = EXCLUDED.data,
           run_id = EXCLUDED.run_id, line = EXCLUDED.line
"""
_DROP_ITEMS = """
    DELETE FROM golive_openingitem o
     WHERE o.company_id = %(company_id)s AND (o.source, o.run_id) NOT IN (
           SELECT n.source, MAX(n.run_id) FROM golive_openingitem n
            WHERE n.company_id = %(company_id)s GROUP BY n.source)
"""
_DROP_FACTS = """
    DELETE FROM golive_openingfact f
     WHERE f.company_id = %(company_id)s AND (f.kind, f.run_id) NOT IN (
           SELECT n.kind, MAX(n.run_id) FROM golive_openingfact n
            WHERE n.company_id = %(company_id)s GROUP BY n.kind)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedItem:
    """A document as a file says it is to be taken over."""

    number: str
    kind: str
    customer_number: str
    issued_on: date
    due_on: date
    currency: str
    total_minor: int
    open_minor: int
    tax_minor: int = 0
    is_delivered: bool = True
    dunning_level: int = 0
    last_dunned_on: date | None = None
    terms_code: str = ""
    order_reference: str = ""
    customer_reference: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedFact:
    """Something else as a file says it is to be taken over."""

    key: str
    customer_number: str
    data: dict[str, Any]
    line: int = 0


@command("golive.begin")
def begin(actor: Actor, *, cut_over_on: date) -> date:
    """Begin going live, or move the cut-over date of one not yet signed; return the date.

    From now on no dunning run writes to a customer until its shadow is signed. Refused when the
    date lies ahead or far back, when the company went live before, or when its books run already.
    """
    earliest = actor.today - timedelta(days=CUT_OVER_BACK_DAYS_MAX)
    if not earliest <= cut_over_on <= actor.today:
        raise Invalid(
            "cut_over_out_of_range",
            f"The cut-over lies between {earliest} and today",
            place=Place(field="cut_over_on"),
            mend="Give the date whose closing balances are brought over",
        )
    _require_empty_books(actor)
    row, is_new = GoLive.objects.select_for_update().get_or_create(
        company_id=actor.company_id,
        defaults={"cut_over_on": cut_over_on, "begun_at": actor.at, "begun_by": actor.name},
    )
    if row.signed_at is not None:
        raise Refused("golive_signed", f"{row.signed_by} signed going live already")
    if not is_new:
        row.cut_over_on = cut_over_on
        row.save(update_fields=["cut_over_on"])
    collections.require_shadow(actor)
    return cut_over_on


def _require_empty_books(actor: Actor) -> None:
    """Refuse to begin in books that run: their reminders would stop for a report nobody can sign.

    One begun before goes on: its report says what stands in the way.
    """
    if queries.going_live(actor.company_id) is not None:
        return
    standing = queries.standing(actor.company_id)
    if standing.documents:
        raise Refused(
            "books_not_empty",
            f"These books are live since {standing.first_on} and hold {standing.documents}"
            " documents; opening balances come into empty books only",
        )


def locked(actor: Actor) -> GoLive:
    """Return going live, locked; Refused when it was not begun or is signed."""
    row = GoLive.objects.select_for_update().filter(company_id=actor.company_id).first()
    if row is None:
        raise Refused(
            "golive_not_begun", "Begin going live with its cut-over date: creditdesk go-live"
        )
    if row.signed_at is not None:
        raise Refused("golive_signed", f"{row.signed_by} signed going live; it changes no more")
    return row


def _note_loader(actor: Actor, row: GoLive) -> None:
    who = [actor.user_id, actor.name]
    if who not in row.loaders:
        row.loaders = [*row.loaders, who]
        row.save(update_fields=["loaders"])


def put_items(actor: Actor, staged: Sequence[StagedItem], *, source: str, run_id: int) -> int:
    """Bring documents over, changing only what differs; return how many were known the same.

    Not a command of its own: a file's batch is one.
    """
    _note_loader(actor, locked(actor))
    if not staged:
        return 0
    params: dict[str, object] = {
        name: sql.array([_sql_value(getattr(one, name)) for one in staged]) for name in _ITEMS
    }
    params |= {"company_id": actor.company_id, "source": source, "run_id": run_id}
    known = int(sql.scalar(_KNOWN_ITEMS, params))
    sql.execute(_PUT_ITEMS, params)
    return known


def _sql_value(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def put_facts(actor: Actor, kind: str, staged: Sequence[StagedFact], *, run_id: int) -> int:
    """Bring other things over, changing only what differs; return how many were known the same.

    Not a command of its own: a file's batch is one.
    """
    _note_loader(actor, locked(actor))
    if not staged:
        return 0
    params: dict[str, object] = {
        "company_id": actor.company_id,
        "kind": kind,
        "run_id": run_id,
        "keys": [one.key for one in staged],
        "customers": [one.customer_number for one in staged],
        "data": [to_json(one.data) for one in staged],
        "lines": [one.line for one in staged],
    }
    known = int(sql.scalar(_KNOWN_FACTS, params))
    sql.execute(_PUT_FACTS, params)
    return known


@command("golive.remove_outdated")
def remove_outdated(actor: Actor) -> int:
    """Remove the rows that the latest file of their kind no longer has; return how many."""
    _note_loader(actor, locked(actor))
    params = {"company_id": actor.company_id}
    return sql.execute(_DROP_ITEMS, params) + sql.execute(_DROP_FACTS, params)


def delivery_source(number: str) -> str:
    """Return the source under which an undelivered document holds its reminders."""
    return f"delivery:{number}"


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many documents are chased again, and which of those named were not held."""

    released: int
    not_held: tuple[str, ...] = ()


@command("golive.confirm_delivery")
def confirm_delivery(
    actor: Actor, numbers: Sequence[str] | None, *, reason: str, expected: int | None = None
) -> Delivered:
    """Say that documents taken over as not delivered have arrived; `None` is all that wait.

    Their reminders may go on from now. Named ones that are not held are returned, not refused.
    `expected` is how many a preview showed; Conflict when they are no longer as many.
    """
    if queries.going_live(actor.company_id) is None:
        raise Refused("golive_not_begun", "The company did not go live by files")
    if not reason.strip():
        raise Invalid(
            "reason_missing",
            "Confirming a delivery needs a reason",
            place=Place(field="reason"),
            mend="Say how it is known that the goods arrived",
        )
    waiting = set(queries.undelivered_numbers(actor.company_id))
    meant = waiting if numbers is None else set(numbers)
    chosen = sorted(meant & waiting)
    if expected not in (None, len(chosen)):
        raise Conflict("list_changed", "The list changed since it was shown; look again")
    contact.lift_holds(actor, [delivery_source(number) for number in chosen])
    return Delivered(len(chosen), tuple(sorted(meant - waiting)))
