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
from creditdesk.customers import services as customer_services
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
from creditdesk.policy.rules import Instalment, Offer, Policy, TaxLine, Terms, offers, read_terms


@command("invoices.record")
def record(
    actor: Actor, invoices: Sequence[NewInvoice], *, import_run_id: int | None = None
) -> RecordResult:
    """Put the invoices into the books, each number of the company once.

    A number known with the same content changes nothing; with other content it is rejected, as
    are faulty invoices; the others of the batch go in.
    """
    closed = customer_services.hold_open(actor, {one.customer_id for one in invoices})
    sifted = writing.sift(actor, invoices, closed=closed)
    fit = {position: invoices[position] for position in sifted.fit}
    terms = _terms_of(actor, fit.values())
    rejected = list(sifted.rejected)
    faults = terms.faults(fit)
    in_books = writing.numbers_in_books(actor, [fit[position].number for position in faults])
    for position, code in sorted(faults.items()):
        if fit[position].number in in_books:
            continue  # a repeat needs no terms: it is compared with what stands in the books
        invoice = fit.pop(position)
        rejected.append(rules.Rejected(position, invoice.number, code, invoice.terms_code))
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
    written: Mapping[str, Terms | None]
    country: str = ""

    def faults(self, invoices: Mapping[int, NewInvoice]) -> dict[int, str]:
        """Return why an invoice cannot have the terms it names, or would have, by position."""
        found = {}
        for position, invoice in invoices.items():
            if invoice.due_on is not None or invoice.instalments:
                continue
            terms = self.of(invoice)
            if terms is None:
                found[position] = "terms_unknown"
            elif any(part.currency not in ("", invoice.currency) for part in terms.parts):
                found[position] = "terms_of_other_currency"
        return found

    def of(self, invoice: NewInvoice) -> Terms | None:
        """Return the terms named, else the customer's on the day of issue, else the default.

        A code the policy does not have counts where it is a usual way to write terms.
        """
        if invoice.due_on is not None or invoice.instalments or self.policy is None:
            return None
        if invoice.terms_code and invoice.terms_code not in self.policy.terms:
            return self.written.get(invoice.terms_code)
        records = self.by_customer.get(invoice.customer_id, ())
        code = invoice.terms_code or customers.code_on(records, invoice.issued_on)
        return self.policy.terms_for(code)

    def parts_of(self, invoice: NewInvoice) -> list[Instalment]:
        """Return what of an invoice falls due when, by the business days of the company."""
        terms = self.of(invoice)
        calendar = BusinessCalendar()
        if terms is not None and terms.roll != "none":
            calendar = policy.calendar(self.country, invoice.issued_on)
        return rules.parts_of(invoice, terms, calendar)


def _terms_of(actor: Actor, invoices: Iterable[NewInvoice]) -> _TermsBook:
    undated = [one for one in invoices if one.due_on is None and not one.instalments]
    if not undated:
        return _TermsBook(None, {}, {})
    in_force = policy.in_force(actor.company_id, actor.today)
    by_customer = customers.terms_by_customer(
        actor.company_id, {invoice.customer_id for invoice in undated if not invoice.terms_code}
    )
    codes = {invoice.terms_code for invoice in undated} - in_force.terms.keys() - {""}
    return _TermsBook(
        in_force,
        by_customer,
        {code: _written(code) for code in codes},
        controls.company(actor.company_id).country,
    )


def _written(code: str) -> Terms | None:
    """Return terms as they are usually written; nothing where the code is none of these."""
    try:
        return read_terms(code)
    except Invalid:
        return None


def _write_books(
    actor: Actor, new: Sequence[NewInvoice], written: Mapping[str, int], terms: _TermsBook
) -> None:
    """Write items and postings of invoices just written, raise exposure, and say so."""
    items = _items(new, written, terms)
    writing.write_items(actor, items)
    posted_on = ledger.hold_open(actor).each(items.issued)
    nets = [minor - tax_minor for minor, tax_minor in zip(items.minors, items.taxes, strict=True)]
    ledger.post_columns(
        actor,
        [
            ledger.PostingColumns(
                debit=RECEIVABLE,
                credit=account,
                source_kind="item",
                source_ids=items.ids,
                item_ids=items.ids,
                customer_ids=items.customer_ids,
                currencies=items.currencies,
                minors=minors,
                effective_on=posted_on,
            )
            for account, minors in ((REVENUE, nets), (VAT_OUTPUT, items.taxes))
        ],
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
        if invoice.due_on is not None and not invoice.instalments:
            _add(items, invoice, written[invoice.number], 1, invoice.due_on)
            items.minors.append(invoice.total_minor)
            items.taxes.append(invoice.tax_minor)
            continue
        parts = terms.parts_of(invoice)
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
            taken = invoice.converts_minor
            ordered[invoice.customer_id, invoice.order_reference] += (
                invoice.total_minor if taken is None else taken
            )
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
    faults = terms.faults(dict(enumerate(invoices)))
    for position, fault in sorted(faults.items()):
        code = invoices[position].terms_code
        if fault == "terms_unknown":
            raise Invalid(
                "terms_unknown",
                f"The policy has no terms {code!r}",
                place=Place(field="terms_code"),
                mend="Choose terms the policy has, or give a due date",
            )
        raise Invalid(
            "terms_of_other_currency",
            f"The terms {code!r} have parts in another currency than the invoice",
            place=Place(field="terms_code"),
            mend="Choose terms in percents, or give a due date",
        )
    return [terms.parts_of(new) for new in invoices]


@dataclass(frozen=True, slots=True)
class Offered:
    """What an invoice gives for paying early, and what that does to its tax."""

    offers: tuple[Offer, ...] = ()
    discount_tax: str = ""
    base_minor: int = 0


def offered(actor: Actor, invoice: NewInvoice, lines: Sequence[TaxLine]) -> Offered:
    """Return the discounts of an invoice's terms, over its taxes; none with a due date of its own.

    A discount whose last day would be before the invoice is none.
    """
    terms = _terms_of(actor, [invoice]).of(invoice)
    if terms is None or not terms.discounts:
        return Offered()
    country = controls.company(actor.company_id).country
    found = offers(terms, invoice.issued_on, lines, policy.calendar(country, invoice.issued_on))
    from_net = terms.discount_tax == "discounted_from_start" or terms.discount_base == "without_tax"
    return Offered(
        tuple(one for one in found if one.until >= invoice.issued_on),
        terms.discount_tax,
        invoice.net_minor if from_net else invoice.total_minor,
    )
