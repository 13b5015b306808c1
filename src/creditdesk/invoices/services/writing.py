"""How documents get into their table: once per number, whoever else is writing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from creditdesk.invoices import rules
from creditdesk.invoices.rules import NewCreditNote, NewDocument, NewInvoice, Recorded, Rejected
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql

_COLUMNS: Mapping[str, str] = {
    "customer_id": "bigint",
    "number": "text",
    "number_key": "text",
    "issued_on": "date",
    "currency": "text",
    "net_minor": "bigint",
    "tax_minor": "bigint",
    "total_minor": "bigint",
    "unapplied_minor": "bigint",
    "order_reference": "text",
    "customer_reference": "text",
    "terms_code": "text",
    "corrects_id": "bigint",
    "reason": "text",
}
# In the order of numbers, so that two batches with the same numbers wait, not deadlock.
_INSERT = f"""
    INSERT INTO invoices_invoice
           ({", ".join(_COLUMNS)}, company_id, kind, import_run_id, recorded_at)
    SELECT {", ".join(f"given.{column}" for column in _COLUMNS)},
           %(company_id)s, %(kind)s, %(import_run_id)s, %(at)s
      FROM unnest({", ".join(f"%({c})s::{kind}[]" for c, kind in _COLUMNS.items())})
           AS given ({", ".join(_COLUMNS)})
     ORDER BY given.number
        ON CONFLICT (company_id, number) DO NOTHING
    RETURNING number, id
"""
_RECORDED = """
    SELECT v.number, v.kind, v.customer_id, v.issued_on, v.currency, v.net_minor, v.tax_minor,
           (SELECT min(i.due_on) FROM invoices_item i WHERE i.invoice_id = v.id),
           v.opening_minor IS NOT NULL,
           coalesce((SELECT string_agg(i.due_on || ' ' || i.total_minor, ';' ORDER BY i.instalment)
                       FROM invoices_item i WHERE i.invoice_id = v.id), '')
      FROM invoices_invoice v WHERE v.company_id = %s AND v.number = ANY(%s)
"""


class NumberId(NamedTuple):
    """The id of a document's row, by its number."""

    number: str
    id: int


@dataclass(frozen=True, slots=True)
class Sifted:
    """The documents of a batch that may be written, by position; and what became of the others."""

    fit: Mapping[int, NewDocument]
    known: int
    rejected: tuple[Rejected, ...]


def sift(actor: Actor, documents: Sequence[NewDocument], *, closed: Collection[int] = ()) -> Sifted:
    """Sort out what is faulty, of unknown or `closed` customers, or given twice in the batch."""
    customer_ids = _existing_customers(actor, {document.customer_id for document in documents})
    fit: dict[int, NewDocument] = {}
    first: dict[str, NewDocument] = {}
    rejected: list[Rejected] = []
    known = 0
    for position, document in enumerate(documents):
        code = rules.fault_of(document, today=actor.today)
        if not code and document.customer_id not in customer_ids:
            code = "customer_unknown"
        if not code and document.customer_id in closed:
            code = "customer_closed"
        earlier = first.setdefault(document.number, document)
        if not code and earlier is not document:
            if earlier == document:
                known += 1
                continue
            code = "number_twice"
        if code:
            rejected.append(Rejected(position, document.number, code))
        else:
            fit[position] = document
    return Sifted(fit=fit, known=known, rejected=tuple(rejected))


def _existing_customers(actor: Actor, ids: set[int]) -> set[int]:
    return set(
        sql.scalars(
            "SELECT id FROM customers_customer WHERE company_id = %s AND id = ANY(%s)",
            [actor.company_id, sorted(ids)],
        )
    )


def insert(
    actor: Actor,
    documents: Sequence[NewDocument],
    *,
    kind: str,
    corrects_ids: Mapping[str, int] | None = None,
    unapplied: bool = False,
    import_run_id: int | None = None,
) -> dict[str, int]:
    """Write the documents whose number is free; return number → id of those written."""
    invoices = [d if isinstance(d, NewInvoice) else None for d in documents]
    notes = [d if isinstance(d, NewCreditNote) else None for d in documents]
    totals = [d.net_minor + d.tax_minor for d in documents]
    params: dict[str, object] = {
        "company_id": actor.company_id,
        "kind": kind,
        "import_run_id": import_run_id,
        "at": actor.at,
        "customer_id": sql.array([d.customer_id for d in documents]),
        "number": sql.array([d.number for d in documents]),
        "number_key": sql.array([rules.number_key(d.number) for d in documents]),
        "issued_on": sql.array([d.issued_on for d in documents]),
        "currency": sql.array([d.currency for d in documents]),
        "net_minor": sql.array([d.net_minor for d in documents]),
        "tax_minor": sql.array([d.tax_minor for d in documents]),
        "total_minor": sql.array(totals),
        "unapplied_minor": sql.array(totals if unapplied else [0] * len(documents)),
        "order_reference": sql.array([d.order_reference for d in documents]),
        "customer_reference": sql.array([d.customer_reference for d in documents]),
        "terms_code": sql.array([d.terms_code if d else "" for d in invoices]),
        "corrects_id": sql.array(
            [(corrects_ids or {}).get(d.corrects) if d else None for d in notes]
        ),
        "reason": sql.array([d.reason if d else "" for d in notes]),
    }
    return {row.number: row.id for row in sql.fetch(NumberId, _INSERT, params)}


def compare(actor: Actor, not_written: Mapping[int, NewDocument]) -> tuple[int, list[Rejected]]:
    """Return how many of the documents are known and the same, and those that differ."""
    if not not_written:
        return 0, []
    numbers = [document.number for document in not_written.values()]
    recorded = {
        row.number: row for row in sql.fetch(Recorded, _RECORDED, [actor.company_id, numbers])
    }
    rejected = []
    for position, document in not_written.items():
        fields = rules.differences(document, recorded[document.number])
        if fields:
            rejected.append(
                Rejected(position, document.number, "invoice_differs", ", ".join(fields))
            )
    return len(not_written) - len(rejected), rejected


def numbers_in_books(actor: Actor, numbers: Sequence[str]) -> set[str]:
    """Return those of the numbers that a document of the company has."""
    if not numbers:
        return set()
    return set(
        sql.scalars(
            "SELECT number FROM invoices_invoice WHERE company_id = %s AND number = ANY(%s)",
            [actor.company_id, list(numbers)],
        )
    )


def ids_of(actor: Actor, numbers: Sequence[str]) -> dict[str, int]:
    """Return number → id of documents of the company."""
    found = sql.fetch(
        NumberId,
        "SELECT number, id FROM invoices_invoice WHERE company_id = %s AND number = ANY(%s)",
        [actor.company_id, list(numbers)],
    )
    return {row.number: row.id for row in found}


def item_ids(count: int) -> list[int]:
    """Return so many fresh ids for items, so that they and their postings are written at once."""
    return sql.next_ids("invoices_item", count)


_INSERT_ITEMS = """
    INSERT INTO invoices_item
           (id, company_id, customer_id, invoice_id, instalment, currency, issued_on, due_on,
            total_minor, open_minor, recorded_at)
    SELECT g.id, %(company_id)s, g.customer_id, g.invoice_id, g.instalment, g.currency,
           g.issued_on, g.due_on, g.minor, g.minor, %(at)s
      FROM unnest(%(ids)s::bigint[], %(customer_ids)s::bigint[], %(invoice_ids)s::bigint[],
                  %(instalments)s::int[], %(currencies)s::text[], %(issued)s::date[],
                  %(due)s::date[], %(minors)s::bigint[])
           AS g (id, customer_id, invoice_id, instalment, currency, issued_on, due_on, minor)
"""


@dataclass(frozen=True, slots=True)
class NewItems:
    """Instalments about to be written, as columns of equal length; `taxes` is the tax within."""

    ids: list[int]
    invoice_ids: list[int]
    customer_ids: list[int]
    instalments: list[int]
    currencies: list[str]
    issued: list[date]
    due: list[date]
    minors: list[int]
    taxes: list[int]


def write_items(actor: Actor, items: NewItems) -> None:
    """Write the items, all of them open."""
    columns: dict[str, Sequence[object]] = {
        "ids": items.ids,
        "customer_ids": items.customer_ids,
        "invoice_ids": items.invoice_ids,
        "instalments": items.instalments,
        "currencies": items.currencies,
        "issued": items.issued,
        "due": items.due,
        "minors": items.minors,
    }
    given = {name: sql.array(values) for name, values in columns.items()}
    sql.execute(_INSERT_ITEMS, {**given, "company_id": actor.company_id, "at": actor.at})
