"""What invoices charge at which tax, on which terms they were issued, what they give for haste.

A document issued here gives what it says, whatever its terms have become; of one that came from
elsewhere its terms are all that is known.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from creditdesk.controls import queries as controls
from creditdesk.customers import queries as customers
from creditdesk.invoices import issued_queries
from creditdesk.invoices.issued_queries import OfferRow
from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.kernel.errors import Invalid
from creditdesk.kernel.money import multiply, split
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import (
    DiscountSplit,
    Offer,
    Policy,
    TaxLine,
    Terms,
    instalments,
    offers,
    read_terms,
    taxes_within,
)

PERCENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Charged:
    """A document as it was issued, what of it was credited, and when its parts fall due.

    `is_opening`: taken over at going live, so that its tax is not known. `is_issued`: written here.
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
    is_issued: bool
    due_days: Sequence[date]
    taxes_text: str

    @property
    def taxes(self) -> tuple[ChargedTax, ...]:
        """The tax by category and rate, of a document issued here."""
        return tuple(
            ChargedTax(category, None if rate is None else Decimal(rate), net, tax)
            for category, rate, net, tax in json.loads(self.taxes_text)
        )

    @property
    def taxes_left(self) -> tuple[ChargedTax, ...]:
        """The tax lines less what was credited, each by its gross share.

        A document from elsewhere has one line: its net and its tax.
        """
        lines = _as_one(self.taxes) or (ChargedTax("", None, self.net_minor, self.tax_minor),)
        if not self.credited_minor:
            return lines
        left = self.total_minor - self.credited_minor
        plain = _plain(lines)
        grosses = split(left, [line.gross_minor for line in plain])
        within = taxes_within(left, plain)
        return tuple(
            ChargedTax(line.category, line.rate_percent, gross - tax, tax)
            for line, gross, tax in zip(lines, grosses, within, strict=True)
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
           EXISTS (SELECT FROM invoices_issueddocument d WHERE d.invoice_id = v.id),
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
# Written terms that may hold a discount name a percent, or days after a stroke, as in 2/10. Each
# open document is fetched by its id: a join planned for tables not yet counted went through all
# that is open once for every document.
# How the documents are found: each by its id, whatever the planner knows of the tables; or as it
# thinks best, which for thousands is to read them all.
_EACH_BY_ID = """
    CROSS JOIN LATERAL (SELECT * FROM invoices_invoice WHERE id = i.invoice_id OFFSET 0) v
"""
_AS_PLANNED = "JOIN invoices_invoice v ON v.id = i.invoice_id"
_WITH_DISCOUNT = """
    SELECT v.id
      FROM (SELECT DISTINCT invoice_id FROM invoices_item
             WHERE company_id = %(company_id)s AND open_minor > 0
               AND issued_on >= %(since)s
               AND currency = ANY(%(currencies)s::text[])) i
     {documents}
     WHERE v.company_id = %(company_id)s
       AND v.kind = 'invoice' AND v.issued_on >= %(since)s
       AND CASE WHEN EXISTS (SELECT FROM invoices_issueddocument d WHERE d.invoice_id = v.id)
           THEN EXISTS (SELECT FROM invoices_issueddocument d
                          JOIN invoices_issuedoffer f ON f.document_id = d.id
                         WHERE d.invoice_id = v.id)
           ELSE v.terms_code = ANY(%(codes)s::text[]) OR v.terms_code ~ '[%%/]'
                OR (v.terms_code = ''
                    AND (%(by_default)s OR v.customer_id = ANY(%(customers)s::bigint[]))) END
"""


def _as_one(lines: Sequence[ChargedTax]) -> tuple[ChargedTax, ...]:
    """Return the lines; where one took more back than it charged, the whole at the largest."""
    if all(line.net_minor + line.tax_minor >= 0 for line in lines):
        return tuple(lines)
    largest = max(range(len(lines)), key=lambda n: lines[n].net_minor)
    net, tax = sum(line.net_minor for line in lines), sum(line.tax_minor for line in lines)
    return tuple(
        replace(line, net_minor=net, tax_minor=tax) if n == largest
        else replace(line, net_minor=0, tax_minor=0)
        for n, line in enumerate(lines)
    )  # fmt: skip


def _plain(lines: Sequence[ChargedTax]) -> list[TaxLine]:
    return [TaxLine(line.net_minor, line.tax_minor) for line in lines]


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


@dataclass(frozen=True, slots=True)
class Early:
    """What a document gives for paying early, and what that does to its tax."""

    offers: tuple[Offer, ...] = ()
    adjusts_tax: bool = True
    after_part_payment: bool = False


def early(company_id: int, documents: Collection[Charged]) -> dict[int, Early]:
    """Return what documents give for paying early: as issued, or else by their terms.

    What was credited meanwhile earns no discount: the percentage is of what is left.
    """
    terms = agreed_terms(company_id, documents)
    issued: dict[int, list[OfferRow]] = {}
    wanted = [one.invoice_id for one in documents if one.is_issued]
    for row in issued_queries.offers(company_id, wanted) if wanted else ():
        issued.setdefault(row.invoice_id, []).append(row)
    found = {}
    for one in documents:
        agreed = terms.get(one.invoice_id)
        if one.is_issued:
            found[one.invoice_id] = _as_issued(one, issued.get(one.invoice_id, ()), agreed)
        elif agreed is not None:
            found[one.invoice_id] = _by_terms(company_id, one, agreed)
    return found


def _as_issued(one: Charged, rows: Sequence[OfferRow], terms: Terms | None) -> Early:
    return Early(
        offers=tuple(_offer(one, row) for row in rows),
        adjusts_tax=all(row.tax_mode == "adjust_at_payment" for row in rows)
        if rows
        else terms is None or terms.discount_tax == "adjust_at_payment",
        after_part_payment=terms is not None and terms.discount_after_part_payment,
    )


def _offer(one: Charged, row: OfferRow) -> Offer:
    """Return an offer to the letter; of a document partly credited, the percentage of the rest."""
    if not one.credited_minor:
        given = DiscountSplit(row.discount_minor, tuple(row.tax_minors))
        return Offer(row.percent, row.until, row.pay_minor, given)
    lines = _plain(one.taxes_left)
    is_of_net = row.base_minor != one.total_minor
    base_minor = sum(line.net_minor if is_of_net else line.gross_minor for line in lines)
    minor = multiply(base_minor, row.percent * PERCENT)
    adjusts = row.tax_mode == "adjust_at_payment"
    taxes = taxes_within(minor, lines) if adjusts else (0,) * len(lines)
    pay_minor = one.total_minor - one.credited_minor - minor
    return Offer(row.percent, row.until, pay_minor, DiscountSplit(minor, taxes))


def _by_terms(company_id: int, one: Charged, terms: Terms) -> Early:
    found: Sequence[Offer] = ()
    if terms.discounts:
        calendar = calendar_of(company_id, terms, one.issued_on)
        found = offers(terms, one.issued_on, _plain(one.taxes_left), calendar)
    return Early(
        offers=tuple(found),
        adjusts_tax=terms.discount_tax == "adjust_at_payment",
        after_part_payment=terms.discount_after_part_payment,
    )


def open_with_discount(
    company_id: int, *, currencies: Collection[str], since: date, for_many: bool = False
) -> list[int]:
    """Return the open invoices of a time whose terms may give a discount for paying early.

    `for_many` is for who goes through thousands of payments: all documents may be read then.
    """
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
    statement = _WITH_DISCOUNT.format(documents=_AS_PLANNED if for_many else _EACH_BY_ID)
    return [int(one) for one in sql.scalars(statement, params, planned=False)]


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
