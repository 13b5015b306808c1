"""Bank details a customer is paid on: what is asked for, what is in force, whom to call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from creditdesk.customers import rules
from creditdesk.customers.rules import banking
from creditdesk.kernel.errors import NotFound
from creditdesk.kernel.references import name_key
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class BankChangeRow:
    """A change of bank details, with who asked and who decided."""

    id: int
    customer_id: int
    customer_number: str
    customer_name: str
    account_key: str
    bank_code: str
    holder: str
    channel: str
    reason: str
    signals: list[str]
    state: str
    asked_at: datetime
    asked_by: str
    asked_by_id: int | None
    decided_at: datetime | None
    decided_by: str
    decided_by_id: int | None
    calls_count: int


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call about a change."""

    person: str
    phone: str
    result: str
    note: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class KnownNumber:
    """A number to call back on: it was known before the change was asked for."""

    phone: str
    person: str


@dataclass(frozen=True, slots=True)
class _Late:
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Account:
    customer_id: int
    account_key: str


_CHANGE = """
    SELECT b.id, b.customer_id, c.number, c.name, b.account_key, b.bank_code, b.holder, b.channel,
           b.reason,
           ARRAY(SELECT jsonb_array_elements_text(b.signals)), b.state,
           b.asked_at, b.asked_by, b.asked_by_id, b.decided_at,
           b.decided_by, b.decided_by_id,
           (SELECT count(*) FROM customers_callback k WHERE k.change_id = b.id)
      FROM customers_bankchange b JOIN customers_customer c ON c.id = b.customer_id
     WHERE b.company_id = %(company_id)s
"""
_LATE = """
    SELECT c.field, coalesce(b.value, ''), coalesce(a.value, '')
      FROM customers_change c
      LEFT JOIN controls_personalvalue b ON b.company_id = c.company_id
           AND c.before LIKE 'personal:%%' AND b.digest = substr(c.before, 10)
      LEFT JOIN controls_personalvalue a ON a.company_id = c.company_id
           AND c.after LIKE 'personal:%%' AND a.digest = substr(c.after, 10)
     WHERE c.company_id = %(company_id)s AND c.customer_id = %(customer_id)s
       AND c.field IN ('contact phone', 'contact email') AND c.recorded_at >= %(since)s
     ORDER BY c.id
"""


def bank_changes(
    company_id: int, *, customer_id: int | None = None, state: str = "", limit: int = 200
) -> list[BankChangeRow]:
    """Return changes of bank details, the latest first."""
    return sql.fetch(
        BankChangeRow,
        f"{_CHANGE} AND (%(customer_id)s::bigint IS NULL OR b.customer_id = %(customer_id)s)"
        " AND (%(state)s = '' OR b.state = %(state)s) ORDER BY b.id DESC LIMIT %(limit)s",
        {"company_id": company_id, "customer_id": customer_id, "state": state, "limit": limit},
    )


def bank_change(company_id: int, change_id: int) -> BankChangeRow:
    """Return one change; NotFound otherwise."""
    row = sql.fetch_one(
        BankChangeRow, f"{_CHANGE} AND b.id = %(id)s", {"company_id": company_id, "id": change_id}
    )
    if row is None:
        raise NotFound("bank_change_unknown", "There is no such change of bank details")
    return row


def calls(company_id: int, change_id: int) -> list[CallRow]:
    """Return the calls about a change, in order."""
    return sql.fetch(
        CallRow,
        "SELECT person, phone, result, note, recorded_at, recorded_by FROM customers_callback"
        " WHERE company_id = %s AND change_id = %s ORDER BY id",
        [company_id, change_id],
    )


def paid_on(company_id: int, customer_id: int) -> BankChangeRow | None:
    """Return the bank details in force: the last that were confirmed by a call-back."""
    return sql.fetch_one(
        BankChangeRow,
        f"{_CHANGE} AND b.customer_id = %(customer_id)s AND b.state = 'confirmed'"
        " AND b.account_key <> '' ORDER BY b.decided_at DESC, b.id DESC LIMIT 1",
        {"company_id": company_id, "customer_id": customer_id},
    )


def unsettled_accounts(company_id: int, pairs: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return those of (customer, account) that wait for a call-back, or were denied in the last.

    An account that was denied and confirmed later is settled.
    """
    given = sorted({(customer_id, rules.account_key(account)) for customer_id, account in pairs})
    rows = sql.fetch(
        _Account,
        """
        SELECT g.customer_id, g.account_key
          FROM unnest(%(customers)s::bigint[], %(accounts)s::text[]) AS g (customer_id, account_key)
         WHERE (SELECT b.state IN ('asked', 'denied') FROM customers_bankchange b
                 WHERE b.company_id = %(company_id)s AND b.customer_id = g.customer_id
                   AND b.account_key = g.account_key AND b.state <> 'withdrawn'
                 ORDER BY b.id DESC LIMIT 1)
        """,
        {
            "company_id": company_id,
            "customers": sql.array(one for one, _ in given),
            "accounts": sql.array(one for _, one in given),
        },
    )
    return [(row.customer_id, row.account_key) for row in rows]


def known_numbers(company_id: int, customer_id: int, asked_at: datetime) -> list[KnownNumber]:
    """Return the numbers of the account's people that stood before a change was asked for.

    What came or changed less than thirty days before counts as part of the change; the number it
    replaced is one to call.
    """
    late = _late(company_id, customer_id, asked_at)
    phones = [row for row in late if row.field == "contact phone"]
    people = sql.fetch(
        KnownNumber,
        "SELECT phone, name FROM customers_contact WHERE company_id = %s AND customer_id = %s"
        " AND is_active AND phone <> '' ORDER BY is_primary DESC, id",
        [company_id, customer_id],
    )
    named = {one.phone: one.person for one in reversed(people)}
    found = banking.settled(
        [one.phone for one in people],
        [row.before for row in phones if row.before],
        [row.after for row in phones if row.after],
    )
    order = {one.phone: position for position, one in enumerate(people)}
    return [
        KnownNumber(phone, named.get(phone, ""))
        for phone in sorted(found, key=lambda one: (order.get(one, len(order)), one))
    ]


def known_of(company_id: int, customer_id: int, account: str, asked_at: datetime) -> banking.Known:
    """Return what speaks for or against a change at the moment it is asked for."""
    late = _late(company_id, customer_id, asked_at)
    fields = {row.field for row in late if row.after}
    names = sql.scalars(
        "SELECT name_key FROM customers_customer WHERE company_id = %(company_id)s AND id = %(id)s"
        " UNION SELECT name_key FROM customers_alias WHERE customer_id = %(id)s",
        {"company_id": company_id, "id": customer_id},
    )
    key = rules.account_key(account)
    of_others = sql.scalar(
        """
        SELECT EXISTS (SELECT 1 FROM customers_bankdetail WHERE company_id = %(company_id)s
                          AND account_key = %(key)s AND customer_id <> %(id)s)
            OR EXISTS (SELECT 1 FROM customers_bankchange WHERE company_id = %(company_id)s
                          AND account_key = %(key)s AND customer_id <> %(id)s)
        """,
        {"company_id": company_id, "id": customer_id, "key": key},
    )
    was_denied = sql.scalar(
        "SELECT EXISTS (SELECT 1 FROM customers_bankchange WHERE company_id = %s"
        " AND account_key = %s AND state = 'denied')",
        [company_id, key],
    )
    country = sql.scalar(
        "SELECT country FROM customers_customer WHERE company_id = %s AND id = %s",
        [company_id, customer_id],
    )
    return banking.Known(
        country=country or "",
        names=frozenset(name_key(one) or one for one in names),
        of_others=bool(of_others),
        phone_changed_lately="contact phone" in fields,
        mail_changed_lately="contact email" in fields,
        was_denied=bool(was_denied),
    )


def _late(company_id: int, customer_id: int, asked_at: datetime) -> list[_Late]:
    since = asked_at - timedelta(days=banking.SETTLED_DAYS)
    return sql.fetch(
        _Late,
        _LATE,
        {"company_id": company_id, "customer_id": customer_id, "since": since},
    )
