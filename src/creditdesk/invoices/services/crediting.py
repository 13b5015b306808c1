"""Credit notes: they lower the invoice they correct at once; the rest stays unapplied credit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from creditdesk.contact import services as contact
from creditdesk.controls import services as controls
from creditdesk.controls.commands import (
    acts_on,
    command,
    may_need_approval,
    require_approval,
)
from creditdesk.credit import services as credit_room
from creditdesk.credit.rules import ExposureChange
from creditdesk.customers import queries as customers
from creditdesk.invoices import queries, rules
from creditdesk.invoices.events import InvoicesCredited
from creditdesk.invoices.models import CreditApplication
from creditdesk.invoices.rules import Application, NewCreditNote, RecordResult, Rejected
from creditdesk.invoices.services import writing
from creditdesk.invoices.services.settling import settle
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place
from creditdesk.ledger import queries as books
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import OpenDates
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.services import take_references
from creditdesk.policy import queries as policy

_OPEN_OF = """
    SELECT v.number, v.kind, v.id, v.customer_id, v.currency, i.id,
           greatest(i.issued_on, i.reopened_on), i.due_on, i.open_minor
      FROM invoices_invoice v JOIN invoices_item i ON i.invoice_id = v.id
     WHERE v.company_id = %s AND v.kind <> 'credit_note' AND v.number = ANY(%s) ORDER BY i.id
"""
_LOWER_UNAPPLIED = """
    UPDATE invoices_invoice v SET unapplied_minor = v.unapplied_minor - g.minor
      FROM unnest(%s::bigint[], %s::bigint[]) AS g (id, minor) WHERE v.id = g.id
"""


@dataclass(frozen=True, slots=True)
class _Part:
    number: str
    kind: str
    invoice_id: int
    customer_id: int
    currency: str
    item_id: int
    open_since: date
    due_on: date
    open_minor: int


@command("invoices.credit")
def credit(
    actor: Actor,
    invoice_number: str,
    *,
    number: str = "",
    issued_on: date,
    net_minor: int,
    tax_minor: int = 0,
    reason: str,
) -> int:
    """Credit an invoice and return the credit note's id; without a number the next one is taken.

    The invoice's items due first are lowered first; what is left stays unapplied credit. Refused
    where the ERP is the book: its credit notes arrive by file or API.
    """
    controls.require_issuing(actor)
    customer_id = queries.invoice(actor.company_id, invoice_number).customer_id
    credit_room.lock_exposure(actor, [customer_id])
    invoice = queries.invoice(actor.company_id, invoice_number)
    if not number:
        number = take_references(actor, "CN", 1)[0]
    if net_minor + tax_minor > invoice.total_minor - invoice.credited_minor:
        raise Invalid(
            "credit_above_invoice",
            f"Invoice {invoice_number} cannot be credited above its total",
            place=Place(field="net_minor"),
            mend="Lower the amount, or record a credit note without an invoice",
        )
    new = NewCreditNote(
        customer_id=invoice.customer_id,
        number=number,
        issued_on=issued_on,
        currency=invoice.currency,
        net_minor=net_minor,
        tax_minor=tax_minor,
        corrects=invoice_number,
        reason=reason,
    )
    result = record_credit_notes(actor, [new])
    if result.rejected:
        why = result.rejected[0]
        raise Invalid(
            why.code,
            f"The credit note {number} cannot be recorded: {why.code}",
            place=Place(field=why.detail or None),
            mend="Correct it and try again",
        )
    if result.known:
        raise Conflict("number_taken", f"There is already a document {number!r}", number=number)
    return queries.invoice(actor.company_id, number).id


@command("invoices.credit")
def record_credit_notes(
    actor: Actor, notes: Sequence[NewCreditNote], *, import_run_id: int | None = None
) -> RecordResult:
    """Put credit notes into the books, each number once, and apply them to what they correct.

    As with invoices: a repeat changes nothing, a changed repeat or a faulty one is rejected.
    """
    acts_on("invoice", {note.corrects or note.number for note in notes})
    if may_need_approval():
        _require_authority(actor, notes)
    return take_back(actor, notes, import_run_id=import_run_id)


def take_back(
    actor: Actor, notes: Sequence[NewCreditNote], *, import_run_id: int | None = None
) -> RecordResult:
    """Record credit notes without asking who may grant them; for what follows from the facts."""
    sifted = writing.sift(actor, notes)
    fit = {position: notes[position] for position in sifted.fit}
    credit_room.lock_exposure(actor, {note.customer_id for note in fit.values()})
    parts = _open_parts(actor, {note.corrects for note in fit.values() if note.corrects})
    rejected = [*sifted.rejected, *_misdirected(fit, parts)]
    for one in rejected:
        fit.pop(one.position, None)
    corrects_ids = {number: of_one[0].invoice_id for number, of_one in parts.items()}
    written = writing.insert(
        actor, list(fit.values()), kind=rules.CREDIT_NOTE, corrects_ids=corrects_ids,
        unapplied=True, import_run_id=import_run_id,
    )  # fmt: skip
    known, differing = writing.compare(
        actor, {p: note for p, note in fit.items() if note.number not in written}
    )
    new = [note for note in fit.values() if note.number in written]
    if new:
        _write_books(actor, new, written, parts)
    return RecordResult(
        recorded=len(new),
        known=sifted.known + known,
        rejected=tuple(sorted([*rejected, *differing], key=lambda one: one.position)),
    )


def _require_authority(actor: Actor, notes: Sequence[NewCreditNote]) -> None:
    """Ask others about credit above what one person grants alone, by the invoice's whole credit."""
    totals: dict[str, int] = defaultdict(int)
    for note in notes:
        totals[note.corrects or note.number] += note.net_minor + note.tax_minor
    for number in {note.corrects for note in notes if note.corrects}:
        with suppress(NotFound):  # a note about no invoice of ours is rejected by its row
            totals[number] += queries.invoice(actor.company_id, number).credited_minor
    highest = max(notes, key=lambda note: totals[note.corrects or note.number], default=None)
    if highest is None:
        return
    customer = customers.customer_by_id(actor.company_id, highest.customer_id)
    require_approval(
        "invoices.approve_credit",
        count=policy.approvers_needed(
            actor.company_id,
            actor.today,
            "credit_note",
            [(totals[note.corrects or note.number], note.currency) for note in notes],
            user_id=actor.user_id,
        ),
        about={
            "invoice": highest.corrects,
            "customer": customer.number,
            "customer_name": customer.name,
            "minor": highest.net_minor + highest.tax_minor,
            "currency": highest.currency,
            "credited_minor": totals[highest.corrects or highest.number],
            "count": len(notes),
        },
        documents=sorted({f"invoice:{note.corrects or note.number}" for note in notes}),
    )


def _open_parts(actor: Actor, numbers: set[str]) -> dict[str, list[_Part]]:
    """Return the items of the invoices corrected, by invoice number."""
    found: dict[str, list[_Part]] = defaultdict(list)
    if numbers:
        for part in sql.fetch(_Part, _OPEN_OF, [actor.company_id, sorted(numbers)]):
            found[part.number].append(part)
    return dict(found)


def _misdirected(
    notes: Mapping[int, NewCreditNote], parts: Mapping[str, Sequence[_Part]]
) -> list[Rejected]:
    """Return the notes that correct an unknown invoice, or one of another customer or currency."""
    found = []
    for position, note in notes.items():
        if not note.corrects:
            continue
        of_invoice = parts.get(note.corrects)
        if not of_invoice:
            found.append(Rejected(position, note.number, "invoice_unknown", "corrects"))
        elif of_invoice[0].customer_id != note.customer_id:
            found.append(Rejected(position, note.number, "invoice_of_another", "customer_number"))
        elif of_invoice[0].kind == rules.CHARGE and not note.takes_back:
            found.append(Rejected(position, note.number, "charge_is_waived", "corrects"))
        elif of_invoice[0].currency != note.currency:
            found.append(Rejected(position, note.number, "currency_differs", "currency"))
    return found


def _write_books(
    actor: Actor,
    new: Sequence[NewCreditNote],
    written: Mapping[str, int],
    parts: Mapping[str, Sequence[_Part]],
) -> None:
    """Post the credit, apply what can be applied, and move exposure by both."""
    dates = ledger.hold_open(actor)
    ledger.post(
        actor,
        [
            posting
            for note in new
            for posting in rules.credit_note_postings(
                written[note.number], note, on=dates.earliest(note.issued_on)
            )
        ],
    )
    credit_room.change_exposure(
        actor,
        [
            ExposureChange(
                customer_id=note.customer_id,
                currency=note.currency,
                unapplied_minor=note.total_minor,
            )
            for note in new
        ],
    )
    applied = _allocated(new, _in_the_books(actor, parts, dates), dates)
    apply_notes(actor, [(note, written[note.number], one) for note, one in applied])
    announce(
        actor,
        [
            InvoicesCredited(
                credit_note_ids=tuple(written[note.number] for note in new),
                customer_ids=tuple(sorted({note.customer_id for note in new})),
                item_ids=tuple(sorted({one.item_id for _, one in applied})),
            )
        ],
    )


def _in_the_books(
    actor: Actor, parts: Mapping[str, Sequence[_Part]], dates: OpenDates
) -> Mapping[str, Sequence[_Part]]:
    """Return the items, open no earlier than they stand in the books."""
    if not dates.has_moved:
        return parts
    ids = {part.item_id for of_one in parts.values() for part in of_one}
    since = books.posted_on(actor.company_id, "item", ids)
    return {
        number: [
            replace(part, open_since=max(part.open_since, since.get(part.item_id, date.min)))
            for part in of_one
        ]
        for number, of_one in parts.items()
    }


def _allocated(
    new: Sequence[NewCreditNote], parts: Mapping[str, Sequence[_Part]], dates: OpenDates
) -> list[tuple[NewCreditNote, Application]]:
    """Share the notes out over the items of their invoices, first note first."""
    left = {part.item_id: part.open_minor for of_one in parts.values() for part in of_one}
    found = []
    for note in new:
        open_parts = [
            rules.OpenPart(part.item_id, part.open_since, part.due_on, left[part.item_id])
            for part in parts.get(note.corrects, ())
        ]
        on = dates.earliest(note.issued_on)
        for one in rules.apply_credit(note.total_minor, open_parts, on=on):
            left[one.item_id] -= one.minor
            found.append((note, one))
    return found


def lower_by_note(actor: Actor, note_number: str, invoice_number: str) -> int:
    """Let what is left of a credit note lower another invoice's items; return how much did.

    Both are the customer's own, in one currency; the caller holds the customer's exposure.
    """
    row = queries.invoice(actor.company_id, note_number)
    dates = ledger.hold_open(actor)
    parts = _in_the_books(actor, _open_parts(actor, {invoice_number}), dates)
    open_parts = [
        rules.OpenPart(part.item_id, part.open_since, part.due_on, part.open_minor)
        for part in parts.get(invoice_number, ())
    ]
    note = NewCreditNote(
        customer_id=row.customer_id, number=row.number, issued_on=row.issued_on,
        currency=row.currency, net_minor=row.net_minor, tax_minor=row.tax_minor,
    )  # fmt: skip
    on = dates.earliest(actor.today)
    applied = rules.apply_credit(row.unapplied_minor, open_parts, on=on)
    apply_notes(actor, [(note, row.id, one) for one in applied])
    return sum(one.minor for one in applied)


def apply_notes(actor: Actor, applied: Sequence[tuple[NewCreditNote, int, Application]]) -> None:
    """Lower items and unapplied credit by the applications, and post each."""
    if not applied:
        return
    by_item: dict[int, int] = defaultdict(int)
    by_note: dict[int, int] = defaultdict(int)
    exposed: dict[tuple[int, str], int] = defaultdict(int)
    dates: dict[int, date] = {}
    for note, note_id, one in applied:
        by_item[one.item_id] += one.minor
        by_note[note_id] += one.minor
        exposed[note.customer_id, note.currency] += one.minor
        dates[one.item_id] = max(one.on, dates.get(one.item_id, one.on))
    settled = settle(actor, by_item, on=dates)
    sql.execute(_LOWER_UNAPPLIED, [list(by_note), list(by_note.values())])
    rows = CreditApplication.objects.bulk_create(
        CreditApplication(
            company_id=actor.company_id, credit_note_id=note_id, item_id=one.item_id,
            minor=one.minor, applied_on=one.on, recorded_at=actor.at,
        )
        for _, note_id, one in applied
    )  # fmt: skip
    ledger.post(
        actor,
        [
            rules.application_posting(
                row.id, one, customer_id=note.customer_id, currency=note.currency
            )
            for row, (note, _, one) in zip(rows, applied, strict=True)
        ],
    )
    credit_room.change_exposure(
        actor,
        [
            ExposureChange(customer_id=customer_id, currency=currency, unapplied_minor=-minor)
            for (customer_id, currency), minor in exposed.items()
        ],
    )
    if settled:
        contact.withdraw_for_items(actor, settled, reason="credited")
