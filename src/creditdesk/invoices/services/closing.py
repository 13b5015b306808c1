"""Items the ERP says were settled there: lowered here, each posting naming the closure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.contact import services as contact
from creditdesk.controls.commands import command
from creditdesk.credit import services as credit_room
from creditdesk.invoices.events import ItemsClosedElsewhere
from creditdesk.invoices.models import Closure
from creditdesk.invoices.rules import Rejected
from creditdesk.invoices.services.settling import settle
from creditdesk.kernel.actor import Actor
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import (
    ERP_CREDITED,
    ERP_PAID,
    ERP_WRITTEN_OFF,
    RECEIVABLE,
    Posting,
)
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

ACCOUNTS: Final[Mapping[str, str]] = {
    "paid": ERP_PAID,
    "credited": ERP_CREDITED,
    "written_off": ERP_WRITTEN_OFF,
}
_PARTS = """
    SELECT v.number, i.customer_id, i.currency, i.id, greatest(i.issued_on, i.reopened_on),
           i.open_minor
      FROM invoices_item i JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE i.company_id = %(company_id)s AND v.number = ANY(%(numbers)s)
     ORDER BY v.number, i.due_on, i.id FOR UPDATE OF i
"""
_KNOWN = """
    SELECT DISTINCT v.number, c.source_key,
           EXISTS (SELECT FROM ledger_posting p
                    WHERE p.source_id = c.id AND p.source_kind = 'undo_closure_' || c.how)
      FROM invoices_closure c JOIN invoices_item i ON i.id = c.item_id
      JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE c.company_id = %(company_id)s AND v.number = ANY(%(numbers)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClosure:
    """What the ERP says of a document: how it was settled, when, and of how much.

    Without an amount everything still open is closed. `customer_id` and `currency`, if given,
    must agree.
    """

    number: str
    how: str
    closed_on: date
    minor: int | None = None
    customer_id: int | None = None
    currency: str = ""
    reference: str = ""

    @property
    def source_key(self) -> str:
        """What makes a repeated line the same."""
        amount = "all" if self.minor is None else str(self.minor)
        return f"{self.how}|{self.closed_on}|{self.reference}|{amount}"


@dataclass(frozen=True, slots=True)
class ClosedResult:
    """How many closures were booked, how many were known, which were refused."""

    closed: int
    known: int
    rejected: tuple[Rejected, ...] = ()


@dataclass(slots=True)
class _Part:
    number: str
    customer_id: int
    currency: str
    item_id: int
    open_since: date
    open_minor: int


@dataclass(frozen=True, slots=True)
class _KnownClosure:
    number: str
    source_key: str
    is_undone: bool


@dataclass(frozen=True, slots=True)
class _Share:
    closure: NewClosure
    part: _Part
    minor: int
    on: date


@command("invoices.close")
def close(
    actor: Actor, closures: Sequence[NewClosure], *, import_run_id: int | None = None
) -> ClosedResult:
    """Settle what the ERP settled, oldest instalment first; the same line again changes nothing.

    Refused one by one: an unknown document, another customer or currency, more than is open, a
    line that was undone here.
    """
    numbers = {closure.number for closure in closures}
    parts = _locked_parts(actor, numbers)
    known = {
        (row.number, row.source_key): row.is_undone
        for row in sql.fetch(
            _KnownClosure, _KNOWN, {"company_id": actor.company_id, "numbers": sorted(numbers)}
        )
    }
    rejected, shares, repeated, closed = [], list[_Share](), 0, 0
    for position, closure in enumerate(closures):
        key = (closure.number, closure.source_key)
        if key in known:
            repeated += not known[key]
            if known[key]:
                rejected.append(Rejected(position, closure.number, "closure_undone"))
            continue
        known[key] = False
        code = _fault(closure, parts.get(closure.number, ()))
        if code:
            rejected.append(Rejected(position, closure.number, code, _left(parts, closure)))
        else:
            shares += _shared(closure, parts[closure.number])
            closed += 1
    _book(actor, shares, import_run_id)
    return ClosedResult(closed, repeated, tuple(rejected))


def _locked_parts(actor: Actor, numbers: set[str]) -> dict[str, list[_Part]]:
    params = {"company_id": actor.company_id, "numbers": sorted(numbers)}
    owners = sql.scalars(
        "SELECT DISTINCT customer_id FROM invoices_invoice"
        " WHERE company_id = %(company_id)s AND number = ANY(%(numbers)s)",
        params,
    )
    credit_room.lock_exposure(actor, owners)
    found: dict[str, list[_Part]] = defaultdict(list)
    for part in sql.fetch(_Part, _PARTS, params):
        found[part.number].append(part)
    return dict(found)


def _left(parts: Mapping[str, Sequence[_Part]], closure: NewClosure) -> str:
    of_one = parts.get(closure.number, ())
    return str(sum(part.open_minor for part in of_one)) if of_one else closure.number


def _fault(closure: NewClosure, parts: Sequence[_Part]) -> str:
    """Return why the closure cannot be booked, or an empty text."""
    if closure.how not in ACCOUNTS:
        return "how_unknown"
    if not parts:
        return "invoice_unknown"
    if closure.customer_id not in (None, parts[0].customer_id):
        return "invoice_of_another"
    if closure.currency not in ("", parts[0].currency):
        return "currency_differs"
    return _amount_fault(closure.minor, sum(part.open_minor for part in parts))


def _amount_fault(minor: int | None, still_open: int) -> str:
    if still_open == 0:
        return "closed_here_already"
    return "" if minor is None or 0 < minor <= still_open else "closure_above_open"


def _shared(closure: NewClosure, parts: Sequence[_Part]) -> list[_Share]:
    left = sum(part.open_minor for part in parts) if closure.minor is None else closure.minor
    found = []
    for part in parts:
        minor = min(left, part.open_minor)
        if minor > 0:
            left -= minor
            part.open_minor -= minor
            found.append(_Share(closure, part, minor, max(closure.closed_on, part.open_since)))
    return found


def _book(actor: Actor, shares: Sequence[_Share], import_run_id: int | None) -> None:
    if not shares:
        return
    minors: dict[int, int] = defaultdict(int)
    dates: dict[int, date] = {}
    for share in shares:
        item_id = share.part.item_id
        minors[item_id] += share.minor
        dates[item_id] = max(share.on, dates.get(item_id, share.on))
    rows = Closure.objects.bulk_create(
        Closure(
            company_id=actor.company_id, item_id=share.part.item_id, how=share.closure.how,
            minor=share.minor, closed_on=share.on, reference=share.closure.reference,
            source_key=share.closure.source_key, import_run_id=import_run_id,
            recorded_at=actor.at, recorded_by=actor.name,
        )
        for share in shares
    )  # fmt: skip
    ledger.post(
        actor,
        [_posting(row.id, share) for row, share in zip(rows, shares, strict=True)],
    )
    settled = settle(actor, minors, on=dates)
    contact.withdraw_for_items(actor, settled)
    announce(actor, [ItemsClosedElsewhere(item_ids=tuple(sorted(minors)), count=len(rows))])


def _posting(closure_id: int, share: _Share) -> Posting:
    return Posting(
        debit=ACCOUNTS[share.closure.how],
        credit=RECEIVABLE,
        currency=share.part.currency,
        minor=share.minor,
        effective_on=share.on,
        source_kind=f"closure_{share.closure.how}",
        source_id=closure_id,
        customer_id=share.part.customer_id,
        item_id=share.part.item_id,
    )
