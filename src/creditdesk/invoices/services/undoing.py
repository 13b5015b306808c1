"""Closures that were a mistake: taken back by new postings, the closure itself stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.controls.commands import command
from creditdesk.credit import services as credit_room
from creditdesk.invoices.events import ClosuresUndone
from creditdesk.invoices.services.closing import ACCOUNTS
from creditdesk.invoices.services.settling import reopen
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import RECEIVABLE, Posting
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

_OWNERS = """
    SELECT DISTINCT i.customer_id FROM invoices_closure c JOIN invoices_item i ON i.id = c.item_id
     WHERE c.company_id = %(company_id)s AND c.id = ANY(%(ids)s)
"""
# The reversal is the mark: a closure is undone when its posting has been reversed.
_LOCKED = """
    SELECT c.id, c.item_id, i.customer_id, i.currency, c.how, c.minor, c.closed_on,
           EXISTS (SELECT FROM ledger_posting p
                    WHERE p.source_id = c.id AND p.source_kind = 'undo_closure_' || c.how)
      FROM invoices_closure c JOIN invoices_item i ON i.id = c.item_id
     WHERE c.company_id = %(company_id)s AND c.id = ANY(%(ids)s)
     ORDER BY i.id, c.id FOR UPDATE OF i
"""


@dataclass(frozen=True, slots=True)
class UndoneClosures:
    """How many closures were taken back, how many had been before."""

    undone: int
    known: int


@dataclass(frozen=True, slots=True)
class _Closure:
    id: int
    item_id: int
    customer_id: int
    currency: str
    how: str
    minor: int
    closed_on: date
    is_undone: bool

    def reversal(self, on: date) -> Posting:
        return Posting(
            debit=ACCOUNTS[self.how],
            credit=RECEIVABLE,
            currency=self.currency,
            minor=self.minor,
            effective_on=self.closed_on,
            source_kind=f"closure_{self.how}",
            source_id=self.id,
            customer_id=self.customer_id,
            item_id=self.item_id,
        ).reversed(on=on)


@command("invoices.undo_closures")
def undo_closures(
    actor: Actor, closure_ids: Sequence[int], *, reason: str, expected: int | None = None
) -> UndoneClosures:
    """Open again what these closures settled, from today; undone before changes nothing.

    The books keep both: what was posted, and its reversal. The same line of a later file is
    refused and named. NotFound, and nothing undone, if one is not of this company. `expected` is
    how many a preview showed; Conflict when they are no longer as many.
    """
    if not reason.strip():
        raise Invalid(
            "reason_missing",
            "Undoing a closure needs a reason",
            place=Place(field="reason"),
            mend="Say what was wrong with it",
        )
    ids = sorted(set(closure_ids))
    params = {"company_id": actor.company_id, "ids": ids}
    credit_room.lock_exposure(actor, sql.scalars(_OWNERS, params))
    # Asked behind the lock on exposure: a rival that held it may have undone them.
    found = sql.fetch(_Closure, _LOCKED, params)
    if len(found) < len(ids):
        raise NotFound("closure_unknown", "There is no such closure")
    live = [one for one in found if not one.is_undone]
    if expected not in (None, len(live)):
        raise Conflict("list_changed", "The list changed since it was shown; look again")
    _reverse(actor, live)
    return UndoneClosures(len(live), len(found) - len(live))


def _reverse(actor: Actor, live: Sequence[_Closure]) -> None:
    if not live:
        return
    dates = ledger.hold_open(actor)
    minors: dict[int, int] = defaultdict(int)
    again_on: dict[int, date] = {}
    postings = []
    for one in live:
        on = dates.earliest(max(actor.today, one.closed_on))
        postings.append(one.reversal(on))
        minors[one.item_id] += one.minor
        again_on[one.item_id] = max(on, again_on.get(one.item_id, on))
    ledger.post(actor, postings)
    reopen(actor, minors, on=again_on)
    announce(actor, [ClosuresUndone(closure_ids=tuple(one.id for one in live), count=len(live))])
