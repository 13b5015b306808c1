"""Payments: what waits for a person and why, one payment's page, what came in."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from creditdesk.cash.rules.values import Allocations
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """Why: a code, and what is put into its sentence."""

    code: str
    params: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """What matching proposed: (item, minor) each; `confidence_bp` in basis points, if known."""

    method: str
    customer_id: int
    allocations: Allocations
    reasons: tuple[ReasonRow, ...]
    confidence_bp: int | None = None


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment with what the bank said of it and what matching last said.

    `method` is empty where nothing was matched yet; `paid_on` is the value date. Of money exchanged
    on the way, `original_minor` was paid in `original_currency`, of which one unit came to
    `exchange_rate`, as far as the bank says.
    """

    id: int
    reference: str
    customer_id: int | None
    customer_number: str
    customer_name: str
    received_on: date
    currency: str
    total_minor: int
    unapplied_minor: int
    on_account: bool
    text: str
    counterparty: str
    counterparty_account: str
    bank_reference: str
    account: str
    method: str
    is_certain: bool
    reasons: tuple[ReasonRow, ...]
    proposals: tuple[ProposalRow, ...]
    paid_on: date
    original_currency: str = ""
    original_minor: int | None = None
    exchange_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """A part of a payment that settled an item; `undone_on` if it was taken back."""

    id: int
    payment_id: int
    payment_reference: str
    received_on: date
    item_id: int
    invoice_number: str
    customer_id: int
    currency: str
    minor: int
    applied_on: date
    recorded_at: datetime
    recorded_by: str
    undone_on: date | None
    undone_by: str


@dataclass(frozen=True, slots=True)
class MatchRow:
    """What matching, or a person, said of a payment at one moment."""

    id: int
    method: str
    is_certain: bool
    reasons: tuple[ReasonRow, ...]
    policy_version: int
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """One payment with everything that became of it."""

    payment: PaymentRow
    allocations: tuple[AllocationRow, ...]
    matches: tuple[MatchRow, ...]


@dataclass(frozen=True, slots=True)
class Received:
    """Money received in a currency over some days; known customers apart from unknown payers."""

    customer_id: int | None
    currency: str
    minor: int
    count: int


@dataclass(frozen=True, slots=True)
class Unapplied:
    """What of a customer's payments is not applied; on account: left so on purpose."""

    customer_id: int
    currency: str
    unapplied_minor: int
    on_account_minor: int
    count: int


_PAYMENT = """
    SELECT p.id, p.reference, p.customer_id, coalesce(c.number, ''), coalesce(c.name, ''),
           p.received_on, p.currency, p.total_minor, p.unapplied_minor, p.on_account, l.text,
           l.counterparty, l.counterparty_account, l.reference, b.identifier,
           coalesce(m.method, ''), coalesce(m.is_certain, FALSE), coalesce(m.reasons, '[]')::text,
           coalesce(s.proposals, m.proposals, '[]')::text, coalesce(l.value_on, p.received_on),
           l.original_currency, CASE WHEN p.total_minor = l.minor THEN l.original_minor END,
           l.exchange_rate
      FROM cash_payment p
      JOIN cash_bankline l ON l.id = p.bank_line_id
      JOIN cash_bankaccount b ON b.id = l.account_id
      LEFT JOIN customers_customer c ON c.id = p.customer_id
      LEFT JOIN LATERAL (SELECT id, method, is_certain, reasons, proposals FROM cash_match
                          WHERE payment_id = p.id ORDER BY id DESC LIMIT 1) m ON TRUE
      LEFT JOIN cash_secondlook s ON s.payment_id = p.id AND s.match_id = m.id
     WHERE p.company_id = %(company_id)s
"""
_ALLOCATION = """
    SELECT a.id, p.id, p.reference, p.received_on, a.item_id, v.number, i.customer_id, i.currency,
           a.minor, a.applied_on, a.recorded_at, a.recorded_by, a.undone_on, a.undone_by
      FROM cash_allocation a
      JOIN cash_payment p ON p.id = a.payment_id
      JOIN invoices_item i ON i.id = a.item_id
      JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE a.company_id = %(company_id)s
"""


def exceptions(company_id: int, *, limit: int | None = None, offset: int = 0) -> list[PaymentRow]:
    """Return the payments with money a person must still deal with, the oldest first."""
    return _payments(
        f"{_PAYMENT} AND p.unapplied_minor > 0 AND NOT p.on_account"
        " ORDER BY p.received_on, p.id LIMIT %(limit)s OFFSET %(offset)s",
        {"company_id": company_id, "limit": limit, "offset": offset},
    )


def exceptions_count(company_id: int) -> int:
    """Return how many payments wait for a person."""
    return int(
        sql.scalar(
            "SELECT count(*) FROM cash_payment"
            " WHERE company_id = %s AND unapplied_minor > 0 AND NOT on_account",
            [company_id],
        )
    )


def payments_by_id(company_id: int, ids: Collection[int]) -> dict[int, PaymentRow]:
    """Return payment id → payment, of those that are the company's."""
    found = _payments(
        f"{_PAYMENT} AND p.id = ANY(%(ids)s)", {"company_id": company_id, "ids": list(ids)}
    )
    return {row.id: row for row in found}


def payments(
    company_id: int,
    *,
    customer_id: int | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[PaymentRow]:
    """Return payments, of one customer or of all, the newest first."""
    return _payments(
        f"{_PAYMENT} AND (%(customer_id)s::bigint IS NULL OR p.customer_id = %(customer_id)s)"
        " ORDER BY p.received_on DESC, p.id DESC LIMIT %(limit)s OFFSET %(offset)s",
        {
            "company_id": company_id,
            "customer_id": customer_id,
            "limit": limit,
            "offset": offset,
        },
    )


def payment(company_id: int, reference: str) -> PaymentPage:
    """Return one payment by its reference with its history; NotFound otherwise."""
    found = _payments(
        f"{_PAYMENT} AND p.reference = %(reference)s",
        {"company_id": company_id, "reference": reference},
    )
    if not found:
        raise NotFound("payment_unknown", f"There is no payment {reference!r}")
    allocations = sql.fetch(
        AllocationRow,
        f"{_ALLOCATION} AND a.payment_id = %(payment_id)s ORDER BY a.id",
        {"company_id": company_id, "payment_id": found[0].id},
    )
    return PaymentPage(found[0], tuple(allocations), tuple(_matches(company_id, found[0].id)))


def allocations_of_customer(company_id: int, customer_id: int) -> list[AllocationRow]:
    """Return what payments settled of a customer's items, undone ones too, the newest first."""
    return sql.fetch(
        AllocationRow,
        f"{_ALLOCATION} AND i.customer_id = %(customer_id)s ORDER BY a.id DESC",
        {"company_id": company_id, "customer_id": customer_id},
    )


def allocations_of_items(company_id: int, item_ids: Collection[int]) -> list[AllocationRow]:
    """Return what settled the items, undone allocations too, in their order."""
    return sql.fetch(
        AllocationRow,
        f"{_ALLOCATION} AND a.item_id = ANY(%(item_ids)s) ORDER BY a.id",
        {"company_id": company_id, "item_ids": sorted(item_ids)},
    )


def received_between(company_id: int, first: date, last: date) -> list[Received]:
    """Return the money received from `first` through `last`, by customer and currency."""
    return sql.fetch(
        Received,
        """
        SELECT customer_id, currency, sum(total_minor)::bigint, count(*)
          FROM cash_payment
         WHERE company_id = %s AND received_on BETWEEN %s AND %s
         GROUP BY 1, 2 ORDER BY 1 NULLS LAST, 2
        """,
        [company_id, first, last],
    )


def unapplied_by_customer(company_id: int) -> list[Unapplied]:
    """Return what is unapplied of the payments of known customers."""
    return sql.fetch(
        Unapplied,
        """
        SELECT customer_id, currency, sum(unapplied_minor)::bigint,
               coalesce(sum(unapplied_minor) FILTER (WHERE on_account), 0)::bigint, count(*)
          FROM cash_payment
         WHERE company_id = %s AND unapplied_minor > 0 AND customer_id IS NOT NULL
         GROUP BY 1, 2 ORDER BY 1, 2
        """,
        [company_id],
    )


def _payments(statement: str, params: dict[str, Any]) -> list[PaymentRow]:
    return [_payment_row(row) for row in sql.fetch(_Fetched, statement, params)]


@dataclass(frozen=True, slots=True)
class _Fetched:
    """A payment as fetched: its fields in the order of `PaymentRow`, two of them still JSON."""

    id: int
    reference: str
    customer_id: int | None
    customer_number: str
    customer_name: str
    received_on: date
    currency: str
    total_minor: int
    unapplied_minor: int
    on_account: bool
    text: str
    counterparty: str
    counterparty_account: str
    bank_reference: str
    account: str
    method: str
    is_certain: bool
    reasons: str
    proposals: str
    paid_on: date
    original_currency: str
    original_minor: int | None
    exchange_rate: Decimal | None


@dataclass(frozen=True, slots=True)
class _FetchedMatch:
    id: int
    method: str
    is_certain: bool
    reasons: str
    policy_version: int
    recorded_at: datetime
    recorded_by: str


def _payment_row(row: _Fetched) -> PaymentRow:
    told = {each.name: getattr(row, each.name) for each in fields(row)}
    told["reasons"] = _reasons(json.loads(row.reasons))
    told["proposals"] = tuple(_proposal(given) for given in json.loads(row.proposals))
    return PaymentRow(**told)


def _proposal(given: dict[str, Any]) -> ProposalRow:
    return ProposalRow(
        method=given["method"],
        customer_id=given["customer_id"],
        allocations=tuple((item_id, minor) for item_id, minor in given["allocations"]),
        reasons=_reasons(given["reasons"]),
        confidence_bp=given.get("confidence_bp"),
    )


def _reasons(given: Sequence[dict[str, Any]]) -> tuple[ReasonRow, ...]:
    return tuple(ReasonRow(each["code"], each["params"]) for each in given)


def _matches(company_id: int, payment_id: int) -> Iterator[MatchRow]:
    for row in sql.fetch(
        _FetchedMatch,
        """
        SELECT id, method, is_certain, reasons::text, policy_version, recorded_at, recorded_by
          FROM cash_match WHERE company_id = %s AND payment_id = %s ORDER BY id
        """,
        [company_id, payment_id],
    ):
        yield MatchRow(
            row.id, row.method, row.is_certain, _reasons(json.loads(row.reasons)),
            row.policy_version, row.recorded_at, row.recorded_by,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _ReceivedOn:
    id: int
    received_on: date


def adjusted_by(company_id: int, adjustment_ids: Sequence[int]) -> dict[int, date]:
    """Return when the money came in that each adjustment completed."""
    rows = sql.fetch(
        _ReceivedOn,
        "SELECT a.id, p.received_on FROM cash_adjustment a JOIN cash_payment p"
        " ON p.id = a.payment_id WHERE a.company_id = %s AND a.id = ANY(%s)",
        [company_id, list(adjustment_ids)],
    )
    return {row.id: row.received_on for row in rows}


def received_on(company_id: int, allocation_ids: Sequence[int]) -> dict[int, date]:
    """Return when the money of each allocation came in; it may have been applied later."""
    rows = sql.fetch(
        _ReceivedOn,
        "SELECT a.id, p.received_on FROM cash_allocation a JOIN cash_payment p"
        " ON p.id = a.payment_id WHERE a.company_id = %s AND a.id = ANY(%s)",
        [company_id, list(allocation_ids)],
    )
    return {row.id: row.received_on for row in rows}
