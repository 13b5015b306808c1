"""Invoices from files: how a batch of rows becomes documents."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.controls.rules import BOOK_OWN
from creditdesk.customers import queries as customers_read
from creditdesk.customers import rules as customer_rules
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.invoices.rules import NewCreditNote, NewInvoice, RecordResult, read_instalments
from creditdesk.invoices.services.crediting import record_credit_notes
from creditdesk.invoices.services.import_fields import FIELD_OF, FIELDS, WORDS
from creditdesk.invoices.services.recording import record
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.kernel.money import to_minor
from creditdesk.plumbing.imports.kinds import (
    Batch,
    Cells,
    Kind,
    Manifest,
    Options,
    Outcome,
    RowFault,
)
from creditdesk.policy.rules import Instalment


@dataclass(frozen=True, slots=True)
class _Amounts:
    """Net and tax of a row in minor units, or why there are none."""

    net_minor: int = 0
    tax_minor: int = 0
    field: str = ""
    code: str = ""
    detail: str = ""


def load_invoices(actor: Actor, batch: Batch) -> Outcome:
    """Record the documents of a batch; negative ones become credit notes, not yet applied."""

    @command("imports.load")
    def load(actor: Actor, *, manifest: Manifest) -> Outcome:  # noqa: ARG001 - for the audit
        return _load(actor, batch)

    return load(actor, manifest=batch.manifest)


def _require_open_door(actor: Actor) -> None:
    """Refuse invoices from files where they are issued here and going live is over."""
    company = controls.company(actor.company_id)
    if company.book == BOOK_OWN and company.live_since is not None:
        raise Refused(
            "book_is_own",
            f"{company.name} issues its documents here since {company.live_since}; invoices come"
            " from files only at going live, or where an ERP is the book",
        )


def _load(actor: Actor, batch: Batch) -> Outcome:
    _require_open_door(actor)
    customer_ids, faults = _customers(actor, batch)
    invoices: dict[int, NewInvoice] = {}
    notes: dict[int, NewCreditNote] = {}
    for position, customer_number, amounts, row in batch.prepared:
        if position in faults:
            continue
        if amounts.code:
            faults[position] = RowFault(position, amounts.field, amounts.code, amounts.detail)
            continue
        parts = _parts(row, amounts)
        if isinstance(parts, str):
            faults[position] = RowFault(position, "instalments", parts, row.instalments)
        elif amounts.net_minor + amounts.tax_minor < 0:
            notes[position] = _note(row, customer_ids[customer_number], amounts)
        else:
            invoices[position] = _invoice(row, customer_ids[customer_number], amounts, parts)
    results = [
        (list(invoices), record(actor, list(invoices.values()), import_run_id=batch.run_id)),
    ]
    if notes:
        result = record_credit_notes(actor, list(notes.values()), import_run_id=batch.run_id)
        results.append((list(notes), result))
    for positions, result in results:
        faults |= _faults_of(positions, result)
    return Outcome(
        accepted=sum(result.recorded for _, result in results),
        known=sum(result.known for _, result in results),
        faults=tuple(faults.values()),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row says beside its customer and amounts."""

    number: str
    issued_on: date
    due_on: date | None
    currency: str
    order_reference: str
    customer_reference: str
    terms_code: str
    instalments: str


def _rows(cells: Cells, options: Options) -> list[tuple[int, str, _Amounts, _Row]]:
    """Return position, customer number, amounts and the rest of each row."""
    totals, opens = cells.amounts("total"), cells.amounts("open_amount")
    nets, taxes = cells.amounts("net"), cells.amounts("tax")
    currencies = [currency or options.currency for currency in cells.texts("currency")]
    amounts = [
        _amounts(total, net, tax, still_open, currency)
        for total, net, tax, still_open, currency in zip(
            totals, nets, taxes, opens, currencies, strict=True
        )
    ]
    rows = [
        _Row(*said)
        for said in zip(
            cells.texts("number"),
            (on or date.min for on in cells.dates("issued_on")),
            cells.dates("due_on"),
            currencies,
            cells.texts("order_reference"),
            cells.texts("customer_reference"),
            cells.texts("terms"),
            cells.texts("instalments"),
            strict=True,
        )
    ]
    numbers = cells.texts("customer_number")
    return list(zip(range(cells.count), numbers, amounts, rows, strict=True))


def _parts(row: _Row, amounts: _Amounts) -> tuple[Instalment, ...] | str:
    """Return the instalments a row names, none where it names none, or why they are none."""
    if not row.instalments:
        return ()
    total_minor = amounts.net_minor + amounts.tax_minor
    if total_minor < 0:
        return "instalments_of_credit"
    try:
        return read_instalments(row.instalments, total_minor, row.currency)
    except ValueError:
        return "instalments_malformed"


def _invoice(
    row: _Row, customer_id: int, amounts: _Amounts, parts: tuple[Instalment, ...]
) -> NewInvoice:
    return NewInvoice(
        customer_id=customer_id,
        number=row.number,
        issued_on=row.issued_on,
        currency=row.currency,
        net_minor=amounts.net_minor,
        tax_minor=amounts.tax_minor,
        due_on=row.due_on,
        terms_code=row.terms_code,
        order_reference=row.order_reference,
        customer_reference=row.customer_reference,
        instalments=parts,
    )


def _note(row: _Row, customer_id: int, amounts: _Amounts) -> NewCreditNote:
    return NewCreditNote(
        customer_id=customer_id,
        number=row.number,
        issued_on=row.issued_on,
        currency=row.currency,
        net_minor=-amounts.net_minor,
        tax_minor=-amounts.tax_minor,
        order_reference=row.order_reference,
        customer_reference=row.customer_reference,
    )


def _amounts(
    total: Decimal | None,
    net: Decimal | None,
    tax: Decimal | None,
    still_open: Decimal | None,
    currency: str,
) -> _Amounts:
    """Return net and tax; what is not said follows from the others, no tax from a total alone."""
    if total is None:
        if net is None:
            return _Amounts(field="total", code="amount_missing")
        total = net + (tax or 0)
    if net is None:
        net = total - (tax or 0)
    if tax is None:
        tax = total - net
    if net + tax != total:
        return _Amounts(field="total", code="amounts_disagree", detail=str(total))
    if still_open is not None and still_open != total:
        return _Amounts(field="open_amount", code="partly_paid", detail=str(still_open))
    try:
        return _Amounts(to_minor(net, currency), to_minor(tax, currency) if tax else 0)
    except ValueError:
        return _Amounts(field="total", code="amount_too_fine", detail=f"{total} {currency}")


def _faults_of(positions: Sequence[int], result: RecordResult) -> dict[int, RowFault]:
    return {
        positions[one.position]: RowFault(
            positions[one.position], FIELD_OF.get(one.code, "number"), one.code, one.detail
        )
        for one in result.rejected
    }


def _customers(actor: Actor, batch: Batch) -> tuple[dict[str, int], dict[int, RowFault]]:
    """Return customer number → id, and faults of rows whose customer is not known.

    If the file's options say so, customers not yet known are opened under the name spelt most
    often. Other spellings of a number's name are kept as aliases, by which payers are recognised.
    """
    numbers, names = batch.texts("customer_number"), batch.texts("customer_name")
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for (number, name), count in Counter(zip(numbers, names, strict=True)).items():
        spellings[number][name] += count
    known = customers_read.named_by_number(actor.company_id, spellings)
    unknown = spellings.keys() - known.keys()
    codes = dict.fromkeys(unknown, "customer_unknown")
    new = _new_customers(actor, batch, unknown, spellings) if batch.options.create_customers else {}
    codes |= {number: code for number, code in new.items() if isinstance(code, str)}
    opened = [customer for customer in new.values() if isinstance(customer, NewCustomer)]
    if opened:
        customers.ensure(actor, opened)
        known |= customers_read.named_by_number(actor.company_id, [one.number for one in opened])
    other_names = [
        (one.id, name)
        for number, one in known.items()
        for name in spellings[number]
        if name and customer_rules.key_of_name(name) != one.name_key
    ]
    if other_names:
        customers.learn_names(actor, other_names)
    ids = {number: one.id for number, one in known.items()}
    if spellings.keys() <= ids.keys():
        return ids, {}
    return ids, {
        position: RowFault(position, "customer_number", codes[number], number)
        for position, number in enumerate(numbers)
        if number not in ids
    }


def _settled(actor: Actor, options: Options) -> Options:
    """Read amounts in the company's own currency where neither row nor options name one."""
    if options.currency:
        return options
    return replace(options, currency=controls.company(actor.company_id).currency)


def _new_customers(
    actor: Actor, batch: Batch, unknown: AbstractSet[str], spellings: Mapping[str, Counter[str]]
) -> dict[str, NewCustomer | str]:
    """Return the customer to open for each number, or the code why none is."""
    company = controls.company(actor.company_id)
    default = batch.options.currency or company.currency
    pairs = zip(batch.texts("customer_number"), batch.texts("currency"), strict=True)
    currencies = {number: currency for number, currency in pairs if currency}
    found: dict[str, NewCustomer | str] = {}
    for number in unknown:
        named = [(count, name) for name, count in spellings[number].items() if name]
        if not named:
            found[number] = "customer_unnamed"
            continue
        customer = NewCustomer(
            number=number,
            name=max(named)[1],
            currency=currencies.get(number, default),
            language=company.language,
        )
        found[number] = "customer_malformed" if customer_rules.faults(customer) else customer
    return found


INVOICES = Kind(
    name="invoices",
    fields=FIELDS,
    load=load_invoices,
    one_of=(("total", "net"),),
    words=WORDS,
    prepare=_rows,
    settled=_settled,
)
