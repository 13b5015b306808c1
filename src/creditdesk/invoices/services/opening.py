"""Documents taken over at going live: what is left open of them, from the cut-over date on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.credit import services as credit_room
from creditdesk.credit.rules import ExposureChange
from creditdesk.invoices import rules
from creditdesk.invoices.events import InvoicesRecorded
from creditdesk.invoices.services import writing
from creditdesk.invoices.services.writing import NewItems, NumberId
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import OPENING, RECEIVABLE, UNAPPLIED, Posting
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

_COLUMNS = {
    "customer_id": "bigint",
    "kind": "text",
    "number": "text",
    "issued_on": "date",
    "currency": "text",
    "total_minor": "bigint",
    "tax_minor": "bigint",
    "open_minor": "bigint",
    "order_reference": "text",
    "customer_reference": "text",
    "terms_code": "text",
}
_INSERT = f"""
    INSERT INTO invoices_invoice
           (company_id, customer_id, kind, number, number_key, issued_on, currency, net_minor,
            tax_minor, total_minor, unapplied_minor, opening_minor, order_reference,
            customer_reference, terms_code, reason, recorded_at)
    SELECT %(company_id)s, g.customer_id, g.kind, g.number, g.number_key, g.issued_on, g.currency,
           g.total_minor - g.tax_minor, g.tax_minor, g.total_minor,
           CASE g.kind WHEN 'credit_note' THEN g.open_minor ELSE 0 END, g.open_minor,
           g.order_reference, g.customer_reference, g.terms_code, '', %(at)s
      FROM unnest({", ".join(f"%({c})s::{kind}[]" for c, kind in _COLUMNS.items())},
                  %(number_key)s::text[]) AS g ({", ".join(_COLUMNS)}, number_key)
     ORDER BY g.number
        ON CONFLICT (company_id, number) DO NOTHING
    RETURNING number, id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningDocument:
    """A document with what is left open of it; amounts positive, `kind` invoice or credit_note."""

    customer_id: int
    kind: str
    number: str
    issued_on: date
    due_on: date
    currency: str
    total_minor: int
    open_minor: int
    tax_minor: int = 0
    order_reference: str = ""
    customer_reference: str = ""
    terms_code: str = ""


def take_over(
    actor: Actor, documents: Sequence[OpeningDocument], *, cut_over_on: date
) -> dict[str, int]:
    """Open the documents in these books as of the cut-over date; return number → item id.

    What is open of invoices is owed, what is left of credits is unapplied; both against the
    opening account. Conflict, and nothing written, when a number stands in the books already. Not
    a command of its own.
    """
    if not documents:
        return {}
    credit_room.lock_exposure(actor, {document.customer_id for document in documents})
    ids = {row.number: row.id for row in sql.fetch(NumberId, _INSERT, _params(actor, documents))}
    if len(ids) < len(documents):
        taken = sorted({document.number for document in documents} - ids.keys())
        raise Conflict("number_taken", f"In the books already: {', '.join(taken[:5])}")
    invoices = [document for document in documents if document.kind == rules.INVOICE]
    item_ids = writing.item_ids(len(invoices)) if invoices else []
    _owe(actor, invoices, ids, item_ids, cut_over_on)
    _hold_credit(actor, [d for d in documents if d.kind != rules.INVOICE], ids, cut_over_on)
    _expose(actor, documents)
    return {document.number: item for document, item in zip(invoices, item_ids, strict=True)}


def _params(actor: Actor, documents: Sequence[OpeningDocument]) -> dict[str, object]:
    columns: dict[str, object] = {
        name: sql.array([getattr(document, name) for document in documents]) for name in _COLUMNS
    }
    keys = sql.array([rules.number_key(document.number) for document in documents])
    return {**columns, "number_key": keys, "company_id": actor.company_id, "at": actor.at}


def _owe(
    actor: Actor,
    invoices: Sequence[OpeningDocument],
    ids: dict[str, int],
    item_ids: list[int],
    cut_over_on: date,
) -> None:
    if not invoices:
        return
    items = NewItems(
        ids=item_ids,
        invoice_ids=[ids[one.number] for one in invoices],
        customer_ids=[one.customer_id for one in invoices],
        instalments=[1] * len(invoices),
        currencies=[one.currency for one in invoices],
        issued=[cut_over_on] * len(invoices),
        due=[one.due_on for one in invoices],
        minors=[one.open_minor for one in invoices],
        taxes=[0] * len(invoices),
    )
    writing.write_items(actor, items)
    ledger.post_columns(
        actor,
        [
            ledger.PostingColumns(
                debit=RECEIVABLE,
                credit=OPENING,
                source_kind="item",
                source_ids=items.ids,
                item_ids=items.ids,
                customer_ids=items.customer_ids,
                currencies=items.currencies,
                minors=items.minors,
                effective_on=items.issued,
            )
        ],
    )
    announce(
        actor,
        [
            InvoicesRecorded(
                customer_ids=tuple(sorted(set(items.customer_ids))),
                item_ids=tuple(items.ids),
                count=len(invoices),
            )
        ],
    )


def _hold_credit(
    actor: Actor, notes: Sequence[OpeningDocument], ids: dict[str, int], cut_over_on: date
) -> None:
    ledger.post(
        actor,
        [
            Posting(
                debit=OPENING,
                credit=UNAPPLIED,
                currency=one.currency,
                minor=one.open_minor,
                effective_on=cut_over_on,
                source_kind=rules.CREDIT_NOTE,
                source_id=ids[one.number],
                customer_id=one.customer_id,
            )
            for one in notes
        ],
    )


def _expose(actor: Actor, documents: Sequence[OpeningDocument]) -> None:
    owed: dict[tuple[int, str], int] = defaultdict(int)
    held: dict[tuple[int, str], int] = defaultdict(int)
    for one in documents:
        sums = owed if one.kind == rules.INVOICE else held
        sums[one.customer_id, one.currency] += one.open_minor
    credit_room.change_exposure(
        actor,
        [
            ExposureChange(
                customer_id=customer_id,
                currency=currency,
                open_minor=owed[customer_id, currency],
                unapplied_minor=held[customer_id, currency],
            )
            for customer_id, currency in sorted({*owed, *held})
        ],
    )
