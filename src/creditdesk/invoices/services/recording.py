"""Invoices recorded: documents, items, postings, exposure and reservations in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.credit import services as credit_room
from creditdesk.credit.rules import ExposureChange
from creditdesk.customers import queries as customers
from creditdesk.invoices import rules
from creditdesk.invoices.events import InvoicesRecorded
from creditdesk.invoices.rules import NewInvoice, RecordResult
from creditdesk.invoices.services import writing
from creditdesk.invoices.services.writing import NewItems
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import RECEIVABLE, REVENUE, VAT_OUTPUT
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policy
from creditdesk.policy.rules import Instalment, Policy, Terms


@command("invoices.record")
def record(
    actor: Actor, invoices: Sequence[NewInvoice], *, import_run_id: int | None = None
) -> RecordResult:
    """Put the invoices into the books, each number of the company once.

    A number known with the same content changes nothing; with other content it is rejected, as
    are faulty invoices; the others of the batch go in.
    """
    sifted = writing.sift(actor, invoices)
    fit = {position: invoices[position] for position in sifted.fit}
    terms = _terms_of(actor, fit.values())
    rejected = list(sifted.rejected)
    for position in sorted(terms.unknown(fit)):
        invoice = fit.pop(position)
        rejected.append(
            rules.Rejected(position, invoice.number, "terms_unknown", invoice.terms_code)
        )
    written = writing.insert(
        actor, list(fit.values()), kind=rules.INVOICE, import_run_id=import_run_id
    )
    known, differing = writing.compare(
        actor, {p: invoice for p, invoice in fit.items() if invoice.number not in written}
    )
    new = [invoice for invoice in fit.values() if invoice.number in written]
    if new:
        _write_books(actor, new, written, terms)
    return RecordResult(
        recorded=len(new),
        known=sifted.known + known,
        rejected=tuple(sorted([*rejected, *differing], key=lambda one: one.position)),
    )


@dataclass(frozen=True, slots=True)
class _TermsBook:
    """Which terms each invoice without a due date has; the policy only where one needs it."""

    policy: Policy | None
    by_customer: Mapping[int, Sequence[customers.TermsRow]]
    calendar: BusinessCalendar

    def unknown(self, invoices: Mapping[int, NewInvoice]) -> set[int]:
        """Return the positions of invoices that name terms the policy does not have."""
        known: Mapping[str, Terms] = self.policy.terms if self.policy else {}
        return {
            position
            for position, invoice in invoices.items()
            if invoice.due_on is None and invoice.terms_code and invoice.terms_code not in known
        }

    def of(self, invoice: NewInvoice) -> Terms | None:
        """Return the terms named, else the customer's on the day of issue, else the default."""
        if invoice.due_on is not None or self.policy is None:
            return None
        records = self.by_customer.get(invoice.customer_id, ())
        code = invoice.terms_code or customers.code_on(records, invoice.issued_on)
        return self.policy.terms_for(code)


def _terms_of(actor: Actor, invoices: Iterable[NewInvoice]) -> _TermsBook:
    undated = [invoice for invoice in invoices if invoice.due_on is None]
    if not undated:
        return _TermsBook(None, {}, BusinessCalendar())
    in_force = policy.in_force(actor.company_id, actor.today)
    by_customer = customers.terms_by_customer(
        actor.company_id, {invoice.customer_id for invoice in undated if not invoice.terms_code}
    )
    calendar = BusinessCalendar()
    if any(terms.roll != "none" for terms in in_force.terms.values()):
        latest = max(invoice.issued_on for invoice in undated)
        country = controls.company(actor.company_id).country
        calendar = policy.calendar(country, latest)
    return _TermsBook(in_force, by_customer, calendar)


def _write_books(
    actor: Actor, new: Sequence[NewInvoice], written: Mapping[str, int], terms: _TermsBook
) -> None:
    """Write items and postings of invoices just written, raise exposure, and say so."""
    items = _items(new, written, terms)
    writing.write_items(actor, items)
    posted_on = ledger.hold_open(actor).each(items.issued)
    nets = [minor - tax_minor for minor, tax_minor in zip(items.minors, items.taxes, strict=True)]
    for account, minors in ((REVENUE, nets), (VAT_OUTPUT, items.taxes)):
        if any(minors):
            ledger.post_items(
                actor,
                debit=RECEIVABLE,
                credit=account,
                source_kind="item",
                item_ids=items.ids,
                customer_ids=items.customer_ids,
                currencies=items.currencies,
                minors=minors,
                effective_on=posted_on,
            )
    _expose(actor, new)
    announce(
        actor,
        [
            InvoicesRecorded(
                customer_ids=tuple(sorted({invoice.customer_id for invoice in new})),
                item_ids=tuple(items.ids),
                count=len(new),
            )
        ],
    )


def _items(new: Sequence[NewInvoice], written: Mapping[str, int], terms: _TermsBook) -> NewItems:
    """Return what each invoice falls due in, with fresh ids."""
    items = NewItems([], [], [], [], [], [], [], [], [])
    for invoice in new:
        if invoice.due_on is not None:
            _add(items, invoice, written[invoice.number], 1, invoice.due_on)
            items.minors.append(invoice.total_minor)
            items.taxes.append(invoice.tax_minor)
            continue
        parts = rules.parts_of(invoice, terms.of(invoice), terms.calendar)
        for part in parts:
            _add(items, invoice, written[invoice.number], part.number, part.due_on)
        items.minors.extend(part.minor for part in parts)
        items.taxes.extend(rules.share_of_tax(invoice.tax_minor, invoice.total_minor, parts))
    items.ids.extend(writing.item_ids(len(items.invoice_ids)))
    return items


def _add(
    items: NewItems, invoice: NewInvoice, invoice_id: int, instalment: int, due_on: date
) -> None:
    items.invoice_ids.append(invoice_id)
    items.customer_ids.append(invoice.customer_id)
    items.instalments.append(instalment)
    items.currencies.append(invoice.currency)
    items.issued.append(invoice.issued_on)
    items.due.append(due_on)


def _expose(actor: Actor, new: Sequence[NewInvoice]) -> None:
    """Raise what customers owe, and lower what was reserved for the orders invoiced."""
    owed: dict[tuple[int, str], int] = defaultdict(int)
    ordered: dict[tuple[int, str], int] = defaultdict(int)
    for invoice in new:
        owed[invoice.customer_id, invoice.currency] += invoice.total_minor
        if invoice.order_reference:
            ordered[invoice.customer_id, invoice.order_reference] += invoice.total_minor
    credit_room.change_exposure(
        actor,
        [
            ExposureChange(customer_id=customer_id, currency=currency, open_minor=minor)
            for (customer_id, currency), minor in owed.items()
        ],
    )
    if ordered:
        credit_room.convert(actor, ordered)


def parts_due(actor: Actor, invoices: Sequence[NewInvoice]) -> list[list[Instalment]]:
    """Return what of each invoice falls due when, as `record` would write it."""
    terms = _terms_of(actor, invoices)
    unknown = terms.unknown(dict(enumerate(invoices)))
    for position in sorted(unknown):
        code = invoices[position].terms_code
        raise Invalid(
            "terms_unknown",
            f"The policy has no terms {code!r}",
            place=Place(field="terms_code"),
            mend="Choose terms the policy has, or give a due date",
        )
    return [rules.parts_of(new, terms.of(new), terms.calendar) for new in invoices]
