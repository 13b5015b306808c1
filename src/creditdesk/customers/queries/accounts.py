"""Accounts: by number, by id, searched, listed; their groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from creditdesk.customers import rules
from creditdesk.kernel.errors import Invalid, NotFound, Place
from creditdesk.plumbing import sql


class NameRow(NamedTuple):
    """The name of an account."""

    id: int
    name: str


class CustomerRow(NamedTuple):
    """An account as other rooms and the screens know it."""

    id: int
    number: str
    name: str
    name_key: str
    group_id: int | None
    group_number: str
    group_name: str
    status: str
    currency: str
    language: str
    country: str
    street: str
    postal_code: str
    city: str
    vat_number: str
    buys_as: str
    segment: str
    note: str
    opened_on: date
    lei: str
    duns: str
    version: int
    woken_on: date | None
    merged_into_id: int | None


@dataclass(frozen=True, slots=True)
class StoppedRow:
    """An account that buys nothing: closed, or merged into the account of that number."""

    id: int
    number: str
    status: str
    successor_number: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Customers that belong together."""

    id: int
    number: str
    name: str
    member_count: int


@dataclass(frozen=True, slots=True)
class Found:
    """A hit of the search."""

    id: int
    number: str
    name: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class NamedCustomer:
    """An account by its number, with the key of its name."""

    number: str
    id: int
    name_key: str


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """One page of a list, and how many there are in all."""

    rows: tuple[CustomerRow, ...]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class Keyed:
    """A key and the customer it belongs to."""

    key: str
    customer_id: int


_CUSTOMER = """
    SELECT c.id, c.number, c.name, c.name_key, c.group_id, coalesce(g.number, ''),
           coalesce(g.name, ''), c.status, c.currency, c.language, c.country, c.street,
           c.postal_code, c.city, c.vat_number, c.buys_as, c.segment, c.note, c.opened_on,
           c.lei, c.duns, c.version, c.woken_on, c.merged_into_id
      FROM customers_customer c LEFT JOIN customers_group g ON g.id = c.group_id
     WHERE c.company_id = %(company_id)s
"""


_LIKE_ESCAPES = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def customer(company_id: int, number: str) -> CustomerRow:
    """Return the account of that number; NotFound otherwise."""
    row = sql.fetch_one(
        CustomerRow,
        f"{_CUSTOMER} AND c.number = %(number)s",
        {"company_id": company_id, "number": number},
    )
    if row is None:
        raise NotFound("customer_unknown", f"There is no customer {number!r}", number=number)
    return row


def customer_by_id(company_id: int, customer_id: int) -> CustomerRow:
    """Return the account of that id; NotFound otherwise."""
    row = customers_by_id(company_id, [customer_id]).get(customer_id)
    if row is None:
        raise NotFound("customer_unknown", "There is no such customer", customer_id=customer_id)
    return row


def customers_by_id(company_id: int, ids: Iterable[int]) -> dict[int, CustomerRow]:
    """Return the accounts among the ids; ids of other companies are left out."""
    rows = sql.fetch(
        CustomerRow,
        f"{_CUSTOMER} AND c.id = ANY(%(ids)s::bigint[])",
        {"company_id": company_id, "ids": sql.array(sorted(set(ids)))},
    )
    return {row.id: row for row in rows}


def closed_among(company_id: int, ids: Iterable[int]) -> dict[int, StoppedRow]:
    """Return those of the accounts that are closed; nothing new is booked on them."""
    rows = sql.fetch(
        StoppedRow,
        """
        SELECT c.id, c.number, c.status, coalesce(s.number, '')
          FROM customers_customer c LEFT JOIN customers_customer s ON s.id = c.merged_into_id
         WHERE c.company_id = %s AND c.status = 'closed' AND c.id = ANY(%s::bigint[])
        """,
        [company_id, sql.array(sorted(set(ids)))],
        planned=True,
    )
    return {row.id: row for row in rows}


def reserve_id() -> int:
    """Return an id that no account has and none will get, for who is known before one opens."""
    return sql.next_ids("customers_customer", 1)[0]


def names(company_id: int) -> dict[int, str]:
    """Return the name of every customer by id."""
    rows = sql.fetch(
        NameRow, "SELECT id, name FROM customers_customer WHERE company_id = %s", [company_id]
    )
    return {row.id: row.name for row in rows}


def by_number(company_id: int, numbers: Iterable[str] | None = None) -> dict[str, int]:
    """Return customer number → id, of all or of the given numbers."""
    wanted = None if numbers is None else sorted(set(numbers))
    rows = sql.fetch(
        Keyed,
        """
        SELECT number, id FROM customers_customer
         WHERE company_id = %(company_id)s
           AND (%(numbers)s::text[] IS NULL OR number = ANY(%(numbers)s))
        """,
        {"company_id": company_id, "numbers": wanted},
    )
    return {row.key: row.customer_id for row in rows}


def named_by_number(company_id: int, numbers: Iterable[str]) -> dict[str, NamedCustomer]:
    """Return customer number → id and key of the name, of those of the numbers that are known."""
    rows = sql.fetch(
        NamedCustomer,
        "SELECT number, id, name_key FROM customers_customer"
        " WHERE company_id = %s AND number = ANY(%s::text[])",
        [company_id, sql.array(sorted(set(numbers)))],
    )
    return {row.number: row for row in rows}


def search(company_id: int, text: str, limit: int = 10) -> list[Found]:
    """Return the best hits by number, name, alias, city or contact; numbers that begin so first."""
    text = text.strip()
    if not text:
        return []
    like = text.translate(_LIKE_ESCAPES)
    found_sql = """
        SELECT c.id, c.number, c.name, c.city, c.country FROM customers_customer c
         WHERE c.company_id = %(company_id)s
           AND (c.number ILIKE %(begins)s OR c.name ILIKE %(within)s OR c.city ILIKE %(begins)s
                OR (%(key)s <> '' AND c.name_key LIKE %(key_within)s)
                OR EXISTS (SELECT 1 FROM customers_alias a
                            WHERE a.customer_id = c.id AND a.name ILIKE %(within)s)
                OR EXISTS (SELECT 1 FROM customers_contact p WHERE p.customer_id = c.id
                              AND (p.name ILIKE %(within)s OR p.email ILIKE %(begins)s)))
         ORDER BY c.number ILIKE %(begins)s DESC, c.name ILIKE %(begins)s DESC, c.name, c.id
         LIMIT %(limit)s
    """
    key = rules.key_of_name(text)
    return sql.fetch(
        Found,
        found_sql,
        {
            "company_id": company_id,
            "begins": f"{like}%",
            "within": f"%{like}%",
            "key": key,
            "key_within": f"%{key.translate(_LIKE_ESCAPES)}%",
            "limit": limit,
        },
    )


SORTS: Mapping[str, str] = {
    "name": "c.name, c.id",
    "-name": "c.name DESC, c.id",
    "number": "c.number, c.id",
    "-number": "c.number DESC, c.id",
    "city": "c.city, c.name, c.id",
    "-city": "c.city DESC, c.name, c.id",
    "country": "c.country, c.name, c.id",
    "-country": "c.country DESC, c.name, c.id",
    "opened_on": "c.opened_on, c.id",
    "-opened_on": "c.opened_on DESC, c.id",
}


def listing(
    company_id: int,
    *,
    text: str = "",
    status: str = "",
    country: str = "",
    segment: str = "",
    group_number: str = "",
    sort: str = "name",
    page: int = 1,
    size: int = 50,
) -> CustomerPage:
    """Return a page of accounts, filtered and sorted; an unknown sort is Invalid."""
    if sort not in SORTS:
        raise Invalid(
            "sort_unknown",
            f"The list cannot be sorted by {sort!r}",
            place=Place(field="sort"),
            mend=f"Use one of {', '.join(SORTS)}",
        )
    filters = """
        AND (%(text)s = '' OR c.name ILIKE %(like)s OR c.number ILIKE %(like)s
             OR c.city ILIKE %(like)s)
        AND (%(status)s = '' OR c.status = %(status)s)
        AND (%(country)s = '' OR c.country = %(country)s)
        AND (%(segment)s = '' OR c.segment = %(segment)s)
        AND (%(group_number)s = '' OR g.number = %(group_number)s)
    """
    params = {
        "company_id": company_id,
        "text": text.strip(),
        "like": f"%{text.strip().translate(_LIKE_ESCAPES)}%",
        "status": status,
        "country": country,
        "segment": segment,
        "group_number": group_number,
        "size": size,
        "offset": (max(page, 1) - 1) * size,
    }
    total = sql.scalar(f"SELECT count(*) FROM ({_CUSTOMER} {filters}) found", params)
    rows = sql.fetch(
        CustomerRow,
        f"{_CUSTOMER} {filters} ORDER BY {SORTS[sort]} LIMIT %(size)s OFFSET %(offset)s",
        params,
    )
    return CustomerPage(rows=tuple(rows), total=total, page=max(page, 1), size=size)


def groups(company_id: int) -> list[GroupRow]:
    """Return the groups by number, with how many accounts each has."""
    return sql.fetch(
        GroupRow,
        """
        SELECT g.id, g.number, g.name, count(c.id)
          FROM customers_group g LEFT JOIN customers_customer c ON c.group_id = g.id
         WHERE g.company_id = %(company_id)s GROUP BY g.id ORDER BY g.number
        """,
        {"company_id": company_id},
    )


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """Where a customer is, and whether as a consumer: whose law meets it."""

    id: int
    country: str
    is_consumer: bool


def places(company_id: int, ids: Collection[int]) -> dict[int, PlaceRow]:
    """Return by id where customers are and whether they buy as consumers."""
    rows = sql.fetch(
        PlaceRow,
        "SELECT id, country, buys_as = 'consumer' FROM customers_customer"
        " WHERE company_id = %s AND id = ANY(%s::bigint[])",
        [company_id, sql.array(sorted(ids))],
    )
    return {row.id: row for row in rows}


@dataclass(frozen=True, slots=True)
class CountryRow:
    """How many customers are in a country."""

    country: str
    customers: int


def countries(company_id: int) -> list[CountryRow]:
    """Return the countries of the customers that are not closed, the most first."""
    return sql.fetch(
        CountryRow,
        "SELECT country, count(*) FROM customers_customer"
        " WHERE company_id = %s AND status <> 'closed' GROUP BY 1 ORDER BY 2 DESC, 1",
        [company_id],
    )


def in_countries(company_id: int, codes: Collection[str]) -> dict[int, str]:
    """Return the country by id of the customers in some countries."""
    rows = sql.fetch(
        PlaceRow,
        "SELECT id, country, buys_as = 'consumer' FROM customers_customer"
        " WHERE company_id = %s AND country = ANY(%s::text[])",
        [company_id, sql.array(sorted(codes))],
    )
    return {row.id: row.country for row in rows}
