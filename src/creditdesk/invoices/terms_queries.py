"""What invoices charge at which tax, and on which terms they were issued."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditdesk.controls import queries as controls
from creditdesk.customers import queries as customers
from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy, Terms, instalments, read_terms


@dataclass(frozen=True, slots=True)
class Charged:
    """A document as it was issued, what of it was credited, and when its parts fall due.

    `is_opening`: taken over at going live, so that its tax is not known.
    """

    invoice_id: int
    number: str
    kind: str
    customer_id: int
    currency: str
    issued_on: date
    terms_code: str
    net_minor: int
    tax_minor: int
    total_minor: int
    credited_minor: int
    is_opening: bool
    due_days: Sequence[date]
    taxes_text: str

    @property
    def taxes(self) -> tuple[ChargedTax, ...]:
        """The tax by category and rate, of a document issued here."""
        return tuple(
            ChargedTax(category, None if rate is None else Decimal(rate), net, tax)
            for category, rate, net, tax in json.loads(self.taxes_text)
        )


@dataclass(frozen=True, slots=True)
class ChargedTax:
    """The tax of one category at one rate on a document issued here."""

    category: str
    rate_percent: Decimal | None
    net_minor: int
    tax_minor: int


_CHARGED = """
    SELECT v.id, v.number, v.kind, v.customer_id, v.currency, v.issued_on, v.terms_code,
           v.net_minor, v.tax_minor, v.total_minor, coalesce(sum(c.minor), 0)::bigint,
           v.opening_minor IS NOT NULL,
           ARRAY(SELECT due_on FROM invoices_item d WHERE d.invoice_id = v.id ORDER BY instalment),
           coalesce((SELECT jsonb_agg(jsonb_build_array(t.category, t.rate_percent::text,
                                                        t.taxable_minor, t.tax_minor)
                                      ORDER BY t.position)
                       FROM invoices_issueddocument d JOIN invoices_issuedtax t
                         ON t.document_id = d.id WHERE d.invoice_id = v.id), '[]')::text
      FROM invoices_invoice v
      JOIN invoices_item i ON i.invoice_id = v.id
      LEFT JOIN LATERAL (SELECT sum(minor) AS minor FROM invoices_creditapplication a
                          WHERE a.item_id = i.id AND a.undone_at IS NULL) c ON TRUE
     WHERE v.company_id = %(company_id)s AND v.id = ANY(%(ids)s::bigint[])
     GROUP BY v.id ORDER BY v.id
"""
# Written terms that may hold a discount name a percent, or days after a stroke, as in 2/10.
_WITH_DISCOUNT = """
    SELECT v.id
      FROM (SELECT DISTINCT invoice_id FROM invoices_item
             WHERE company_id = %(company_id)s AND open_minor > 0
               AND currency = ANY(%(currencies)s::text[]) OFFSET 0) i
      JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE v.company_id = %(company_id)s
       AND v.kind = 'invoice' AND v.issued_on >= %(since)s
       AND (v.terms_code = ANY(%(codes)s::text[]) OR v.terms_code ~ '[%%/]'
            OR (v.terms_code = ''
                AND (%(by_default)s OR v.customer_id = ANY(%(customers)s::bigint[]))))
"""


def charged(company_id: int, invoice_ids: Collection[int]) -> dict[int, Charged]:
    """Return the documents by id; credit notes, which nothing pays, are left out."""
    params = {"company_id": company_id, "ids": sql.array(sorted(invoice_ids))}
    return {row.invoice_id: row for row in sql.fetch(Charged, _CHARGED, params)}


@dataclass(frozen=True, slots=True)
class _Owner:
    invoice_id: int
    customer_id: int


def owners(company_id: int, invoice_ids: Collection[int]) -> dict[int, int]:
    """Return whose the documents are."""
    rows = sql.fetch(
        _Owner,
        "SELECT id, customer_id FROM invoices_invoice"
        " WHERE company_id = %s AND id = ANY(%s::bigint[])",
        [company_id, sql.array(sorted(invoice_ids))],
    )
    return {row.invoice_id: row.customer_id for row in rows}


def calendar_of(company_id: int, terms: Terms, issued_on: date) -> BusinessCalendar:
    """Return the business days that terms count by, which most do not."""
    if terms.roll == "none" and terms.discount_roll == "none":
        return BusinessCalendar()
    return policies.calendar(controls.company(company_id).country, issued_on)


def agreed_terms(company_id: int, documents: Iterable[Charged]) -> dict[int, Terms]:
    """Return the terms of documents, by the rules of their day; unknown ones are left out.

    A document that names none has its customer's, if these lead to its very due dates.
    """
    given = [one for one in documents if one.kind == "invoice"]
    if not given:
        return {}
    versions = policies.versions(company_id)
    unnamed = {one.customer_id for one in given if not one.terms_code}
    by_customer = customers.terms_by_customer(company_id, unnamed) if unnamed else {}
    found = {}
    for one in given:
        policy = _on(versions, one.issued_on)
        if policy is None:
            continue
        terms = _terms_of(one, policy, by_customer)
        if terms is not None and (one.terms_code or _leads_to(company_id, terms, one)):
            found[one.invoice_id] = terms
    return found


def _on(versions: Sequence[Policy], day: date) -> Policy | None:
    """Return the version in force on a day; before the first one, the first one."""
    past = [one for one in versions if one.valid_from <= day]
    return past[-1] if past else next(iter(versions), None)


def _terms_of(
    one: Charged, policy: Policy, by_customer: Mapping[int, Sequence[customers.TermsRow]]
) -> Terms | None:
    if one.terms_code and one.terms_code not in policy.terms:
        try:
            return read_terms(one.terms_code)
        except Invalid:
            return None
    code = one.terms_code or customers.code_on(by_customer.get(one.customer_id, ()), one.issued_on)
    return policy.terms_for(code)


def _leads_to(company_id: int, terms: Terms, one: Charged) -> bool:
    parts = instalments(
        terms, one.issued_on, one.total_minor, calendar_of(company_id, terms, one.issued_on)
    )
    return [part.due_on for part in parts] == list(one.due_days)


def open_with_discount(company_id: int, *, currencies: Collection[str], since: date) -> list[int]:
    """Return the open invoices of a time whose terms may give a discount for paying early."""
    versions = policies.versions(company_id)
    codes = {code for policy in versions for code, terms in policy.terms.items() if terms.discounts}
    params: dict[str, object] = {
        "company_id": company_id,
        "currencies": sql.array(sorted(currencies)),
        "since": since,
        "codes": sql.array(sorted(codes)),
        "by_default": any(policy.default_terms in codes for policy in versions),
        "customers": sql.array(_customers_with(company_id, codes)),
    }
    return [int(one) for one in sql.scalars(_WITH_DISCOUNT, params)]


def _customers_with(company_id: int, codes: Collection[str]) -> list[int]:
    """Return who has, or had, terms of these codes."""
    if not codes:
        return []
    return [
        int(one)
        for one in sql.scalars(
            "SELECT DISTINCT customer_id FROM customers_terms"
            " WHERE company_id = %s AND terms_code = ANY(%s)",
            [company_id, sorted(codes)],
        )
    ]
