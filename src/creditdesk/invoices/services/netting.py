"""Unapplied credit set against open items of the same customer, and taken back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.credit import services as credit_room
from creditdesk.credit.rules import ExposureChange
from creditdesk.invoices import rules
from creditdesk.invoices.events import InvoicesCredited
from creditdesk.invoices.rules import Application, NewCreditNote
from creditdesk.invoices.services.crediting import apply_notes
from creditdesk.invoices.services.settling import reopen
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.ledger import services as ledger
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

_NOTE = """
    SELECT id, number, customer_id, currency, issued_on, unapplied_minor FROM invoices_invoice
     WHERE company_id = %s AND number = %s AND kind = 'credit_note'
"""
_ITEMS = """
    SELECT id, customer_id, currency, greatest(issued_on, reopened_on), open_minor
      FROM invoices_item
     WHERE company_id = %s AND id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE
"""
_APPLIED = """
    SELECT a.id, a.item_id, a.minor, a.applied_on FROM invoices_creditapplication a
      JOIN invoices_item i ON i.id = a.item_id
      JOIN invoices_invoice n ON n.id = a.credit_note_id
     WHERE a.company_id = %(company_id)s AND a.credit_note_id = %(note_id)s
       AND a.undone_at IS NULL AND i.invoice_id IS DISTINCT FROM n.corrects_id
       AND (%(ids)s::bigint[] IS NULL OR a.id = ANY(%(ids)s::bigint[]))
     ORDER BY a.id FOR UPDATE OF a
"""


@dataclass(frozen=True, slots=True)
class _Note:
    id: int
    number: str
    customer_id: int
    currency: str
    issued_on: date
    unapplied_minor: int


@dataclass(frozen=True, slots=True)
class _Item:
    id: int
    customer_id: int
    currency: str
    open_since: date
    open_minor: int


@dataclass(frozen=True, slots=True)
class _Applied:
    id: int
    item_id: int
    minor: int
    applied_on: date


def set_off(actor: Actor, number: str, settlements: Mapping[int, int]) -> int:
    """Lower open items (id to minor) by the unapplied credit of a note; return what is left of it.

    Refused for items of another customer or currency; Conflict where note or item have less.
    Not a command of its own.
    """
    if not settlements or min(settlements.values()) <= 0:
        raise Invalid(
            "set_off_not_positive", "Name items, each with an amount above zero",
            place=Place(field="amount"),
        )  # fmt: skip
    note = _locked(actor, number)
    items = {
        row.id: row
        for row in sql.fetch(_Item, _ITEMS, [actor.company_id, sql.array(sorted(settlements))])
    }
    if len(items) < len(settlements):
        raise NotFound("item_unknown", "There is no such open item")
    _check(note, items, settlements)
    dates = ledger.hold_open(actor)
    new = NewCreditNote(
        customer_id=note.customer_id, number=note.number, issued_on=note.issued_on,
        currency=note.currency, net_minor=note.unapplied_minor,
    )  # fmt: skip
    apply_notes(
        actor,
        [
            (
                new,
                note.id,
                Application(
                    item_id,
                    minor,
                    dates.earliest(max(actor.today, note.issued_on, items[item_id].open_since)),
                    minor == items[item_id].open_minor,
                ),
            )
            for item_id, minor in sorted(settlements.items())
        ],
    )
    announce(
        actor,
        [
            InvoicesCredited(
                credit_note_ids=(note.id,),
                customer_ids=(note.customer_id,),
                item_ids=tuple(sorted(settlements)),
            )
        ],
    )
    return note.unapplied_minor - sum(settlements.values())


def take_back_credit(
    actor: Actor, number: str, *, application_ids: Collection[int] | None = None
) -> int:
    """Take back what a note was set off against, from today, all or the named; return how much.

    Items and credit are open again; what the note took of the invoice it was written for stays.
    Conflict where nothing is set off, or a named part no more. Not a command of its own.
    """
    note = _locked(actor, number)
    ids = None if application_ids is None else sorted(set(application_ids))
    live = sql.fetch(
        _Applied, _APPLIED, {"company_id": actor.company_id, "note_id": note.id, "ids": ids}
    )
    if not live or (ids is not None and len(live) < len(ids)):
        raise Conflict("nothing_to_undo", "Nothing of this credit note is applied")
    minor = _reverse(actor, note, live)
    change = ExposureChange(
        customer_id=note.customer_id, currency=note.currency, unapplied_minor=minor
    )
    credit_room.change_exposure(actor, [change])
    return minor


def _reverse(actor: Actor, note: _Note, live: Sequence[_Applied]) -> int:
    """Mark and post the parts as taken back, open their items; return what is credit again."""
    dates = ledger.hold_open(actor)
    undone_on = {one.id: dates.earliest(max(actor.today, one.applied_on)) for one in live}
    sql.execute(
        "UPDATE invoices_creditapplication SET undone_at = %s WHERE id = ANY(%s)",
        [actor.at, list(undone_on)],
    )
    minor = sum(one.minor for one in live)
    sql.execute(
        "UPDATE invoices_invoice SET unapplied_minor = unapplied_minor + %s WHERE id = %s",
        [minor, note.id],
    )
    ledger.post(
        actor,
        [
            rules.application_posting(
                one.id, Application(one.item_id, one.minor, one.applied_on, settles=False),
                customer_id=note.customer_id, currency=note.currency,
            ).reversed(on=undone_on[one.id])
            for one in live
        ],
    )  # fmt: skip
    minors: dict[int, int] = {}
    for one in live:
        minors[one.item_id] = minors.get(one.item_id, 0) + one.minor
    reopen(actor, minors, on={one.item_id: undone_on[one.id] for one in live})
    return minor


def _locked(actor: Actor, number: str) -> _Note:
    """Return the note, its customer's exposure locked first, then the note."""
    seen = sql.fetch_one(_Note, _NOTE, [actor.company_id, number])
    if seen is None:
        raise NotFound("credit_note_unknown", f"There is no credit note {number!r}")
    credit_room.lock_exposure(actor, [seen.customer_id])
    note = sql.fetch_one(_Note, f"{_NOTE} FOR UPDATE", [actor.company_id, number])
    if note is None:
        raise NotFound("credit_note_unknown", f"There is no credit note {number!r}")
    return note


def _check(note: _Note, items: Mapping[int, _Item], settlements: Mapping[int, int]) -> None:
    if {row.customer_id for row in items.values()} != {note.customer_id}:
        raise Refused("item_of_another", "The items do not belong to this customer")
    if {row.currency for row in items.values()} != {note.currency}:
        raise Refused("currency_differs", f"The credit is in {note.currency}, an item is not")
    if sum(settlements.values()) > note.unapplied_minor:
        raise Conflict("credit_changed", "Less of this credit note is unapplied now; look again")
    changed = tuple(i for i, minor in settlements.items() if items[i].open_minor < minor)
    if changed:
        raise Conflict("item_changed", "Less is open on an item now; look again", item_ids=changed)
