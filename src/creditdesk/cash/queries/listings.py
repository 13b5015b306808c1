"""Lists of the cash desk: one page at a time, filtered and sorted by the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from creditdesk.cash.queries.payments import PaymentRow, payments_by_id
from creditdesk.cash.queries.statements import (
    STATEMENT_COUNTS,
    STATEMENT_FIELDS,
    StatementRow,
)
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.kernel.money import EXPONENTS
from creditdesk.plumbing import sql
from creditdesk.plumbing.listing import like

WaitingKind = Literal["proposed", "known", "unknown"]


def _both_ways(expressions: Mapping[str, str], last: str) -> dict[str, str]:
    """Return the ORDER BY of each sort and of its reverse (`-key`); empty cells stand last."""
    return {
        f"{sign}{key}": f"{expression}{way} NULLS LAST, {last}{way}"
        for key, expression in expressions.items()
        for sign, way in (("", ""), ("-", " DESC"))
    }


_COUNTED_SORTS = {"received": "k.minor", "payments": "k.payments", "waiting": "k.waiting"}
_STATEMENT_ORDERS = _both_ways(
    {
        "account": "lower(b.identifier)",
        "to_date": "s.to_date",
        "statement": "lower(s.statement_id)",
        "format": "s.format",
        "currency": "b.currency",
        "opening": "s.opening_minor",
        "closing": "s.closing_minor",
        "lines": "s.lines_total",
        "new": "s.lines_new",
        "recorded_at": "s.recorded_at",
        **_COUNTED_SORTS,
    },
    "s.id",
)
STATEMENT_SORTS: frozenset[str] = frozenset(_STATEMENT_ORDERS)

_STATEMENTS_WANTED = """
      FROM cash_statement s JOIN cash_bankaccount b ON b.id = s.account_id
     {counts}
     WHERE s.company_id = %(company_id)s AND s.format <> 'counter'
       AND (%(like)s = '%%' OR b.identifier ILIKE %(like)s OR b.name ILIKE %(like)s
            OR s.statement_id ILIKE %(like)s)
"""
_STATEMENTS_SHOWN = """
    WITH chosen AS (
        SELECT s.id, row_number() OVER (ORDER BY {order}) AS place {wanted}
         ORDER BY place LIMIT %(size)s OFFSET %(offset)s)
    SELECT {fields}
      FROM chosen JOIN cash_statement s ON s.id = chosen.id
      JOIN cash_bankaccount b ON b.id = s.account_id
      {counts}
     ORDER BY chosen.place
"""

# Proposed by matching comes before a known payer alone, and that before nothing known.
_KIND = """CASE WHEN jsonb_array_length(coalesce(s.proposals, m.proposals, '[]'::jsonb)) > 0
                THEN 'proposed'
                WHEN p.customer_id IS NOT NULL THEN 'known' ELSE 'unknown' END"""
_WAITING_ORDERS = _both_ways(
    {
        "reference": "p.reference",
        "received_on": "p.received_on",
        "who": "lower(coalesce(c.name, nullif(l.counterparty, '')))",
        "number": "c.number",
        "iban": "nullif(l.counterparty_account, '')",
        "text": "lower(l.text)",
        "currency": "p.currency",
        "total": "p.total_minor",
        "left": "p.unapplied_minor",
    },
    "p.id",
) | {"": "array_position(ARRAY['proposed', 'known', 'unknown'], kind), p.received_on, p.id"}
WAITING_SORTS: frozenset[str] = frozenset(_WAITING_ORDERS)

_WAITING = f"""
      FROM cash_payment p
      JOIN cash_bankline l ON l.id = p.bank_line_id
      LEFT JOIN customers_customer c ON c.id = p.customer_id
      LEFT JOIN LATERAL (SELECT id, proposals FROM cash_match
                          WHERE payment_id = p.id ORDER BY id DESC LIMIT 1) m ON TRUE
      LEFT JOIN cash_secondlook s ON s.payment_id = p.id AND s.match_id = m.id
      LEFT JOIN unnest(%(currencies)s::text[], %(exponents)s::int[]) AS x (currency, exponent)
             ON x.currency = p.currency
      CROSS JOIN LATERAL (SELECT {_KIND} AS kind, coalesce(x.exponent, 2) AS decimals) w
     WHERE p.company_id = %(company_id)s AND p.unapplied_minor > 0 AND NOT p.on_account
"""
_WAITING_FILTERS = """
       AND (%(kind)s = '' OR w.kind = %(kind)s)
       AND (%(like)s = '%%' OR c.name ILIKE %(like)s OR p.reference ILIKE %(like)s
            OR l.counterparty ILIKE %(like)s OR l.counterparty_account ILIKE %(like)s
            OR l.text ILIKE %(like)s
            OR round(p.unapplied_minor / 10::numeric ^ w.decimals, w.decimals)::text
               LIKE %(like)s)
"""


@dataclass(frozen=True, slots=True)
class StatementPage:
    """One page of a list of statements, and how many there are in all."""

    rows: tuple[StatementRow, ...]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """One page of the payments that wait, and how many wait in all."""

    rows: tuple[PaymentRow, ...]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class _Kind:
    kind: WaitingKind
    count: int


def statement_listing(
    company_id: int,
    *,
    text: str = "",
    sort: str = "-recorded_at",
    page: int = 1,
    size: int = 50,
) -> StatementPage:
    """Return a page of statements whose account or number holds `text`; past the end the last.

    An unknown sort is Invalid.
    """
    order = _order(_STATEMENT_ORDERS, sort)
    is_counted = sort.removeprefix("-") in _COUNTED_SORTS
    wanted = _STATEMENTS_WANTED.format(counts=STATEMENT_COUNTS if is_counted else "")
    params: dict[str, object] = {"company_id": company_id, "like": like(text)}
    total = int(sql.scalar(f"SELECT count(*) {_STATEMENTS_WANTED.format(counts='')}", params))
    number = _within(page, total, size)
    rows = sql.fetch(
        StatementRow,
        _STATEMENTS_SHOWN.format(
            order=order, wanted=wanted, fields=STATEMENT_FIELDS, counts=STATEMENT_COUNTS
        ),
        {**params, "size": size, "offset": (number - 1) * size},
    )
    return StatementPage(tuple(rows), total, number, size)


def waiting_listing(
    company_id: int,
    *,
    text: str = "",
    kind: WaitingKind | Literal[""] = "",
    sort: str = "",
    page: int = 1,
    size: int = 50,
) -> WaitingPage:
    """Return a page of the payments a person must deal with; past the end the last.

    Without a sort those with a proposal come first, then those whose payer is known, the oldest
    first. `text` is found in names, accounts, texts and the unapplied amount.
    """
    order = _order(_WAITING_ORDERS, sort)
    params = _waiting_params(company_id) | {"kind": kind, "like": like(text)}
    wanted = f"{_WAITING} {_WAITING_FILTERS}"
    total = int(sql.scalar(f"SELECT count(*) {wanted}", params))
    number = _within(page, total, size)
    ids = sql.scalars(
        f"SELECT p.id {wanted} ORDER BY {order} LIMIT %(size)s OFFSET %(offset)s",
        {**params, "size": size, "offset": (number - 1) * size},
    )
    found = payments_by_id(company_id, ids)
    return WaitingPage(tuple(found[one] for one in ids), total, number, size)


def waiting_kinds(company_id: int) -> dict[WaitingKind, int]:
    """Return how many payments wait with a proposal, with a known payer, and with neither."""
    rows = sql.fetch(
        _Kind, f"SELECT w.kind, count(*) {_WAITING} GROUP BY 1", _waiting_params(company_id)
    )
    return {row.kind: row.count for row in rows}


def _waiting_params(company_id: int) -> dict[str, object]:
    return {
        "company_id": company_id,
        "currencies": list(EXPONENTS),
        "exponents": list(EXPONENTS.values()),
    }


def _within(page: int, total: int, size: int) -> int:
    """Return the number of the page asked for, or of the last one."""
    return min(max(page, 1), max(-(-total // size), 1))


def _order(orders: Mapping[str, str], sort: str) -> str:
    if sort not in orders:
        raise Invalid(
            "sort_unknown",
            f"The list has no sort {sort!r}",
            place=Place(field="sort"),
            mend=f"Use one of {_named(orders)}",
        )
    return orders[sort]


def _named(sorts: Iterable[str]) -> str:
    return ", ".join(filter(None, sorts))
