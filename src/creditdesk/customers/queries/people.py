"""What belongs to an account: people, terms, history, and how its payments are recognised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from creditdesk.customers.queries.accounts import Keyed, by_number
from creditdesk.kernel.errors import NotFound
from creditdesk.kernel.references import reference_key
from creditdesk.plumbing import sql


class ContactRow(NamedTuple):
    """A person to write to or to call."""

    id: int
    customer_id: int
    name: str
    role: str
    email: str
    phone: str
    language: str
    is_primary: bool
    is_active: bool
    version: int = 1


@dataclass(frozen=True, slots=True)
class TermsRow:
    """Terms of a customer from a date until the next record."""

    terms_code: str
    valid_from: date
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One field before and after."""

    field: str
    before: str
    after: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class BankDetailRow:
    """An account a customer pays from."""

    account_key: str
    holder: str
    learned: bool


@dataclass(frozen=True, slots=True)
class PayerIndex:
    """How a payer is recognised: account, name (with aliases) and customer number, by key."""

    accounts: dict[str, set[int]]
    names: dict[str, set[int]]
    numbers: dict[str, int]


class _TermsOf(NamedTuple):
    customer_id: int
    terms_code: str
    valid_from: date
    recorded_at: datetime
    recorded_by: str


# Stands where a value was erased by rule.
ERASED_MARK = "—"
_CONTACT = """
    SELECT id, customer_id, name, role, email, phone, language, is_primary, is_active,
           version
      FROM customers_contact WHERE company_id = %(company_id)s
"""


def contacts(company_id: int, customer_id: int) -> list[ContactRow]:
    """Return the people of an account: the primary first, inactive last."""
    return sql.fetch(
        ContactRow,
        f"{_CONTACT} AND customer_id = %(id)s ORDER BY is_active DESC, is_primary DESC, id",
        {"company_id": company_id, "id": customer_id},
    )


def contact(company_id: int, contact_id: int) -> ContactRow:
    """Return one person; NotFound otherwise."""
    row = sql.fetch_one(
        ContactRow, f"{_CONTACT} AND id = %(id)s", {"company_id": company_id, "id": contact_id}
    )
    if row is None:
        raise NotFound("contact_unknown", "There is no such contact", contact_id=contact_id)
    return row


def contacts_reached_by(company_id: int, email: str) -> list[int]:
    """Return the ids of the contacts with this e-mail address; NotFound if there is none."""
    found = sql.scalars(
        "SELECT id FROM customers_contact WHERE company_id = %s AND lower(email) = lower(%s)"
        " ORDER BY id",
        [company_id, email],
    )
    if not email or not found:
        raise NotFound("contact_unknown", "There is no contact with this address")
    return found


def primary_contacts(company_id: int, ids: Iterable[int] | None = None) -> dict[int, ContactRow]:
    """Return whom to write to, per customer: the primary contact, else the first active one."""
    rows = sql.fetch(
        ContactRow,
        """
        SELECT DISTINCT ON (customer_id)
               id, customer_id, name, role, email, phone, language, is_primary, is_active,
               version
          FROM customers_contact
         WHERE company_id = %(company_id)s AND is_active
           AND (%(ids)s::bigint[] IS NULL OR customer_id = ANY(%(ids)s::bigint[]))
         ORDER BY customer_id, is_primary DESC, (email <> '') DESC, id
        """,
        {"company_id": company_id, "ids": None if ids is None else sql.array(sorted(set(ids)))},
    )
    return {row.customer_id: row for row in rows}


def terms_codes(company_id: int, on: date, ids: Iterable[int] | None = None) -> dict[int, str]:
    """Return customer id → terms code in force on a date; customers without terms are left out."""
    records = terms_by_customer(company_id, ids)
    found = {customer_id: code_on(rows, on) for customer_id, rows in records.items()}
    return {customer_id: code for customer_id, code in found.items() if code}


def terms_by_customer(
    company_id: int, ids: Iterable[int] | None = None
) -> dict[int, list[TermsRow]]:
    """Return the terms records per customer, latest first."""
    rows = sql.fetch(
        _TermsOf,
        """
        SELECT customer_id, terms_code, valid_from, recorded_at, recorded_by FROM customers_terms
         WHERE company_id = %(company_id)s
           AND (%(ids)s::bigint[] IS NULL OR customer_id = ANY(%(ids)s))
         ORDER BY customer_id, valid_from DESC, id DESC
        """,
        {"company_id": company_id, "ids": None if ids is None else sorted(set(ids))},
    )
    found: dict[int, list[TermsRow]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(
            TermsRow(row.terms_code, row.valid_from, row.recorded_at, row.recorded_by)
        )
    return found


def code_on(records: Sequence[TermsRow], on: date) -> str:
    """Return the terms code in force on a date from records, latest first; empty if none.

    Before the first record the first one counts: older invoices may come after the account.
    """
    in_force = next((record for record in records if record.valid_from <= on), None)
    first = in_force or (records[-1] if records else None)
    return first.terms_code if first else ""


def terms_history(company_id: int, customer_id: int) -> list[TermsRow]:
    """Return the terms records of one customer, latest first."""
    return terms_by_customer(company_id, [customer_id]).get(customer_id, [])


def history(company_id: int, customer_id: int) -> list[ChangeRow]:
    """Return what was changed on an account and its people, latest first."""
    return sql.fetch(
        ChangeRow,
        """
        SELECT c.field, CASE WHEN b.id IS NULL THEN c.before ELSE coalesce(b.value, %(gone)s) END,
               CASE WHEN a.id IS NULL THEN c.after ELSE coalesce(a.value, %(gone)s) END,
               c.recorded_at, c.recorded_by
          FROM customers_change c
          LEFT JOIN controls_personalvalue b ON b.company_id = c.company_id
               AND c.before LIKE 'personal:%%' AND b.digest = substr(c.before, 10)
          LEFT JOIN controls_personalvalue a ON a.company_id = c.company_id
               AND c.after LIKE 'personal:%%' AND a.digest = substr(c.after, 10)
         WHERE c.company_id = %(company_id)s AND c.customer_id = %(id)s ORDER BY c.id DESC
        """,
        {"company_id": company_id, "id": customer_id, "gone": ERASED_MARK},
    )


def bank_details(company_id: int, customer_id: int) -> list[BankDetailRow]:
    """Return the accounts a customer pays from."""
    return sql.fetch(
        BankDetailRow,
        """
        SELECT account_key, holder, learned FROM customers_bankdetail
         WHERE company_id = %(company_id)s AND customer_id = %(id)s ORDER BY id
        """,
        {"company_id": company_id, "id": customer_id},
    )


def aliases(company_id: int, customer_id: int) -> list[str]:
    """Return the other names of a customer."""
    return sql.scalars(
        "SELECT name FROM customers_alias WHERE company_id = %s AND customer_id = %s ORDER BY id",
        [company_id, customer_id],
    )


def payer_index(company_id: int) -> PayerIndex:
    """Return every way a payer of the company is recognised; closed accounts too."""
    of_company = {"company_id": company_id}
    accounts: dict[str, set[int]] = defaultdict(set)
    for row in sql.fetch(
        Keyed,
        "SELECT account_key, customer_id FROM customers_bankdetail"
        " WHERE company_id = %(company_id)s",
        of_company,
    ):
        accounts[row.key].add(row.customer_id)
    names: dict[str, set[int]] = defaultdict(set)
    for row in sql.fetch(
        Keyed,
        """
        SELECT name_key, id FROM customers_customer WHERE company_id = %(company_id)s
        UNION ALL
        SELECT name_key, customer_id FROM customers_alias WHERE company_id = %(company_id)s
        """,
        of_company,
    ):
        names[row.key].add(row.customer_id)
    numbers = {
        reference_key(number) or number: customer_id
        for number, customer_id in by_number(company_id).items()
    }
    return PayerIndex(accounts=dict(accounts), names=dict(names), numbers=numbers)
