"""Invoices issued: proved valid first, numbered without a gap, in the books in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from creditdesk.controls import services as controls
from creditdesk.controls.commands import acts_on, command
from creditdesk.credit import services as credit_room
from creditdesk.customers import queries as customers
from creditdesk.customers import services as customer_services
from creditdesk.invoices import issued_queries
from creditdesk.invoices.documents.drafts import Draft
from creditdesk.invoices.documents.values import Kind, PartDue, Preceding
from creditdesk.invoices.events import InvoicesIssued
from creditdesk.invoices.rules import NewInvoice
from creditdesk.invoices.services import papers
from creditdesk.invoices.services.delivering import deliver_issued
from creditdesk.invoices.services.papers import Paper
from creditdesk.invoices.services.recording import offered, parts_due, record
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.services import take_numbers
from creditdesk.policy.rules import TaxLine

PREFIX: Final = "INV"
BATCH_MAX: Final = 100
_TAKEN = "SELECT 1 FROM invoices_invoice WHERE company_id = %s AND number = %s"
_IDS = "SELECT id FROM invoices_invoice WHERE company_id = %s AND number = %s"


@command("invoices.issue")
def issue(actor: Actor, drafts: Sequence[Draft], *, equal_minutes: int = 0) -> list[str]:
    """Issue the invoices, all of them or none, and return their numbers in order.

    Each is checked and proved valid before a number is taken; then numbers, documents, open items,
    postings and exposure stand together, and they are on their way as their customers prefer.
    Refused where the ERP is the book. With `equal_minutes`, Conflict where an equal one was issued
    within so many minutes: people fill in the same form twice.
    """
    controls.require_issuing(actor)
    if not 0 < len(drafts) <= BATCH_MAX:
        raise Invalid(
            "batch_size_invalid",
            f"1 to {BATCH_MAX} invoices are issued at once, not {len(drafts)}",
            place=Place(field="invoices"),
            mend="Issue several batches",
        )
    proved = [_proved(actor, draft, position) for position, draft in enumerate(drafts)]
    if equal_minutes:
        _refuse_equal(actor, proved, timedelta(minutes=equal_minutes))
    return issue_proved(actor, proved)


def _refuse_equal(actor: Actor, proved: Sequence[Paper], within: timedelta) -> None:
    """Refuse what was just issued, asked behind the lock that its issuing takes."""
    wanted = [(paper.draft.customer_id, paper.draft.currency) for paper in proved]
    credit_room.hold_exposure(actor, wanted)
    for paper in proved:
        number = issued_queries.equal_issued(
            actor.company_id, paper.draft.customer_id, issued_on=paper.issued_on,
            currency=paper.draft.currency, total_minor=paper.totals.gross_minor,
            since=actor.at - within,
        )  # fmt: skip
        if number:
            raise Conflict(
                "equal_issued",
                f"{number} was issued to this customer a moment ago, of the same day and total",
                number=number,
            )


def issue_proved(
    actor: Actor, proved: Sequence[Paper], *, converts_minor: int | None = None
) -> list[str]:
    """Give documents found valid numbers, books and files; return the numbers in order.

    `converts_minor` is what each takes of its order's credit, where that is not all of it.
    """
    drafts = [paper.draft for paper in proved]
    credit_room.hold_exposure(actor, ((draft.customer_id, draft.currency) for draft in drafts))
    numbered = [paper.numbered(_next_number(actor, paper.issued_on)) for paper in proved]
    _write_books(actor, numbered, converts_minor)
    numbers = [paper.document.number for paper in numbered]
    acts_on("invoice", numbers)
    ids = []
    for paper in numbered:
        invoice_id = int(sql.scalar(_IDS, [actor.company_id, paper.document.number]))
        papers.keep(actor, paper, invoice_id)
        ids.append(invoice_id)
    announce(actor, [InvoicesIssued(invoice_ids=tuple(ids))])
    deliver_issued(actor, numbers)
    return numbers


def _proved(actor: Actor, draft: Draft, position: int) -> Paper:
    """Return the draft's document, found valid; what is refused is told with its place."""
    try:
        return papers.proved(outline(actor, draft))
    except Invalid as error:
        field = ".".join(filter(None, ("invoices", str(position), error.place.field)))
        raise Invalid(
            error.code, error.message, place=Place(field=field), mend=error.mend, **error.context
        ) from error


def outline(
    actor: Actor,
    draft: Draft,
    *,
    kind: Kind = Kind.INVOICE,
    preceding: Sequence[Preceding] = (),
) -> Paper:
    """Return what issuing the draft would say and come to, in our own checks; writes nothing."""
    customers.customer_by_id(actor.company_id, draft.customer_id)
    if kind is Kind.INVOICE:
        customer_services.require_open(actor, [draft.customer_id])
    papers.refuse_closed(actor, draft.issued_on or actor.today)
    someday = [PartDue(draft.issued_on or actor.today, 0)]
    bare = papers.drawn_up(actor, draft, kind=kind, prefix=PREFIX, due=someday, preceding=preceding)
    _refuse_amount(bare)
    new = _new(bare)
    [parts] = parts_due(actor, [new])
    due = [PartDue(part.due_on, part.minor) for part in parts]
    if due[0].on < bare.issued_on:
        raise Invalid(
            "due_before_issued",
            "It would be due before it is issued",
            place=Place(field="due_on"),
            mend="Give a later due date",
        )
    return papers.drawn_up(
        actor, draft, kind=kind, prefix=PREFIX, due=due, preceding=preceding,
        offered=offered(actor, new, _taxed(bare)),
    )  # fmt: skip


def _taxed(paper: Paper) -> list[TaxLine]:
    """Return what the document charges at each tax; as one where something is taken back.

    That one stands where the largest tax does, with nothing at the others.
    """
    groups = paper.totals.taxes
    if all(group.taxable_minor >= 0 for group in groups):
        return [TaxLine(group.taxable_minor, group.tax_minor) for group in groups]
    largest = max(range(len(groups)), key=lambda n: groups[n].taxable_minor)
    whole = TaxLine(paper.totals.net_minor, paper.totals.tax_minor)
    return [whole if n == largest else TaxLine(0, 0) for n in range(len(groups))]


def _refuse_amount(paper: Paper) -> None:
    if paper.totals.due_minor <= 0 or paper.totals.net_minor <= 0 or paper.totals.tax_minor < 0:
        raise Invalid(
            "amount_not_positive",
            "The invoice comes to nothing, or less",
            place=Place(field=_at_fault(paper)),
            mend="Correct quantities and prices; what takes back is a credit note",
        )


def _at_fault(paper: Paper) -> str:
    """Return the first line that adds nothing, by its quantity or price."""
    for position, minor in enumerate(paper.totals.of_lines, 1):
        if minor <= 0:
            name = "price" if paper.draft.lines[position - 1].quantity > 0 else "quantity"
            return f"lines[{position}].{name}"
    return "lines"


def _next_number(actor: Actor, issued_on: date) -> str:
    """Return the next number of the year; one that came in from elsewhere counts as taken."""
    while True:
        [ordinal] = take_numbers(actor.company_id, f"{PREFIX}-{issued_on.year}", 1)
        number = papers.number_of(PREFIX, issued_on.year, ordinal)
        if not sql.scalars(_TAKEN, [actor.company_id, number]):
            return number


def _new(paper: Paper, converts_minor: int | None = None) -> NewInvoice:
    draft, totals = paper.draft, paper.totals
    return NewInvoice(
        customer_id=draft.customer_id,
        number=paper.document.number,
        issued_on=paper.issued_on,
        currency=draft.currency,
        net_minor=totals.net_minor,
        tax_minor=totals.tax_minor,
        due_on=draft.due_on,
        terms_code=draft.terms_code,
        order_reference=draft.order_reference,
        customer_reference=draft.buyer_reference,
        converts_minor=converts_minor,
    )


def _write_books(actor: Actor, numbered: Sequence[Paper], converts_minor: int | None) -> None:
    result = record(actor, [_new(paper, converts_minor) for paper in numbered])
    for why in result.rejected:
        raise Invalid(
            why.code,
            f"The invoice cannot be put into the books: {why.code}",
            place=Place(field=why.detail or None),
            mend="Correct it and try again",
        )
    if result.known:
        raise AssertionError("a number just taken was in the books")
