"""Links and attempts as pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from creditdesk.invoices import queries as invoices
from creditdesk.kernel.errors import NotFound
from creditdesk.payments import tokens
from creditdesk.payments.rules.amounts import Share
from creditdesk.plumbing import sql

# Few attempts are live at a time; of items there may be thousands.
_TRIED = """
    SELECT EXISTS (
           SELECT FROM payments_attempt a JOIN payments_attemptitem i ON i.attempt_id = a.id
            WHERE a.company_id = %(company_id)s AND a.state IN ('prepared', 'open')
              AND i.item_id = ANY(%(items)s::bigint[]))
"""


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link as it was made."""

    id: int
    company_id: int
    key: str
    customer_id: int
    kind: str
    currency: str
    item_ids: list[int]
    label: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One try to pay."""

    id: int
    reference: str
    link_id: int
    customer_id: int
    state: str
    currency: str
    minor: int
    session: str
    url: str
    payment_id: int | None
    payment_reference: str
    fault: str
    expires_at: datetime
    recorded_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Payable:
    """One item as the pay page shows it."""

    item_id: int
    number: str
    currency: str
    open_minor: int


@dataclass(frozen=True, slots=True)
class PayPage:
    """What a link asks for now; `state` is "payable", "settled", "under_way" or "expired"."""

    link: LinkRow
    state: str
    items: tuple[Payable, ...]
    total_minor: int


_LINK = """
    SELECT id, company_id, key, customer_id, kind, currency, item_ids, label, expires_at
      FROM payments_link
"""
_ATTEMPT = """
    SELECT a.id, a.reference, a.link_id, l.customer_id, a.state, a.currency, a.minor, a.session,
           a.url, a.payment_id, coalesce(p.reference, ''), a.fault, a.expires_at, a.recorded_at,
           a.settled_at
      FROM payments_attempt a
      JOIN payments_link l ON l.id = a.link_id
      LEFT JOIN cash_payment p ON p.id = a.payment_id
     WHERE a.company_id = %(company_id)s
"""
_UNDER_WAY = """
    SELECT count(*) FROM payments_attempt a
     WHERE a.company_id = %(company_id)s AND a.state = 'processing'
       AND EXISTS (SELECT FROM payments_attemptitem i
                    WHERE i.attempt_id = a.id AND i.item_id = ANY(%(items)s::bigint[]))
"""
_ITEMS = """
    SELECT item_id, minor FROM payments_attemptitem
     WHERE company_id = %s AND attempt_id = %s ORDER BY item_id
"""


def link_of(token: str) -> LinkRow:
    """Return the link of an address; NotFound where nobody here signed it."""
    key = tokens.key_of(token)
    row = sql.fetch_one(LinkRow, f"{_LINK} WHERE key = %s", [key]) if key else None
    if row is None:
        raise NotFound("link_unknown", "There is nothing to pay at this address")
    return row


def link(company_id: int, link_id: int) -> LinkRow:
    """Return a link of the company; NotFound otherwise."""
    asked = [company_id, link_id]
    row = sql.fetch_one(LinkRow, f"{_LINK} WHERE company_id = %s AND id = %s", asked)
    if row is None:
        raise NotFound("link_unknown", "There is nothing to pay at this address")
    return row


def payable(of: LinkRow) -> list[Payable]:
    """Return what is open now of what a link asks for, in its order by due date."""
    rows = invoices.open_items(of.company_id, customer_ids=[of.customer_id], currency=of.currency)
    wanted = set(of.item_ids)
    return [
        Payable(row.item_id, row.number, row.currency, row.open_minor)
        for row in rows
        if of.kind == "account" or row.item_id in wanted
    ]


def pay_page(of: LinkRow, *, at: datetime) -> PayPage:
    """Return what a link asks for, and whether it can be paid."""
    items = tuple(payable(of))
    ids = [one.item_id for one in items]
    if of.expires_at <= at:
        state = "expired"
    elif not items:
        state = "settled"
    elif is_under_way(of.company_id, ids):
        state = "under_way"
    else:
        state = "payable"
    return PayPage(of, state, items, sum(one.open_minor for one in items))


def is_under_way(company_id: int, item_ids: Iterable[int]) -> bool:
    """Whether the provider waits for money that is to settle one of the items."""
    asked = {"company_id": company_id, "items": sql.array(sorted(item_ids))}
    return bool(sql.scalar(_UNDER_WAY, asked))


def shares(company_id: int, attempt_id: int) -> list[Share]:
    """Return what an attempt pays of which item."""
    return sql.fetch(Share, _ITEMS, [company_id, attempt_id])


def attempt(company_id: int, reference: str) -> AttemptRow:
    """Return an attempt by its reference; NotFound otherwise."""
    row = sql.fetch_one(
        AttemptRow,
        f"{_ATTEMPT} AND a.reference = %(reference)s",
        {"company_id": company_id, "reference": reference},
    )
    if row is None:
        raise NotFound("attempt_unknown", f"There is no attempt {reference!r}")
    return row


def attempts(
    company_id: int, *, states: Iterable[str] = (), customer_id: int | None = None
) -> list[AttemptRow]:
    """Return the attempts in those states, or in any, the oldest first."""
    return sql.fetch(
        AttemptRow,
        f"""{_ATTEMPT} AND (%(states)s::text[] = '{{}}' OR a.state = ANY(%(states)s::text[]))
            AND (%(customer_id)s::bigint IS NULL OR l.customer_id = %(customer_id)s)
            ORDER BY a.id""",
        {"company_id": company_id, "states": list(states), "customer_id": customer_id},
    )


def are_tried(company_id: int, item_ids: Iterable[int]) -> bool:
    """Return whether somebody is about to pay any of these items online."""
    items = sql.array(set(item_ids))
    return bool(sql.scalar(_TRIED, {"company_id": company_id, "items": items}))
