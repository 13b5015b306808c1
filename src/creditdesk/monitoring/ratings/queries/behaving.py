"""What customers paid and did not pay, in sums: one statement for all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from creditdesk.kernel.calendars import add_months
from creditdesk.kernel.money import exponent
from creditdesk.monitoring.ratings.rules import BANDS, Behaviour, Norm, Seen, norm_of
from creditdesk.monitoring.ratings.rules.grading import latest_first
from creditdesk.plumbing import sql
from creditdesk.policy.rules.rating import PayerRatingRules

LOST: Final = ("bad_debt", "insolvency", "limitation")
_DISCOUNTED: Final = """
    SELECT d.payment_id, d.item_id FROM cash_adjustment d
     WHERE d.company_id = %(company_id)s AND d.kind = 'discount_earned' AND d.undone_at IS NULL
"""
# Every part of an item by what became of it. Money counts from the day it came in, not from when
# it was applied. What an ERP says it settled counts likewise; what it wrote off is lost.
_PARTS: Final = f"""
    SELECT i.customer_id, i.id AS item_id, i.currency, i.issued_on, i.due_on, a.minor,
           p.received_on AS ended_on, 'paid' AS how,
           (a.payment_id, a.item_id) IN ({_DISCOUNTED}) AS is_discounted
      FROM cash_payment p
      JOIN cash_allocation a ON a.payment_id = p.id AND a.undone_at IS NULL
      JOIN invoices_item i ON i.id = a.item_id
     WHERE p.company_id = %(company_id)s
       AND p.received_on > %(since)s AND p.received_on <= %(as_of)s {{some}}
    UNION ALL
    SELECT i.customer_id, i.id, i.currency, i.issued_on, i.due_on, c.minor, c.closed_on,
           CASE c.how WHEN 'paid' THEN 'paid' ELSE 'lost' END, FALSE
      FROM invoices_closure c
      JOIN invoices_item i ON i.id = c.item_id
     WHERE c.company_id = %(company_id)s AND c.how IN ('paid', 'written_off')
       AND c.closed_on > %(since)s AND c.closed_on <= %(as_of)s {{some}}
       AND NOT EXISTS (SELECT 1 FROM ledger_posting back
                        WHERE back.source_id = c.id AND back.company_id = c.company_id
                          AND back.source_kind = 'undo_closure_' || c.how)
    UNION ALL
    SELECT i.customer_id, i.id, i.currency, i.issued_on, i.due_on,
           w.minor - (SELECT coalesce(sum(b.minor), 0)::bigint FROM invoices_writeoff b
                       WHERE b.of_id = w.id AND b.act IN ('recovery', 'correction')),
           w.effective_on, 'lost', FALSE
      FROM invoices_writeoff w
      JOIN invoices_item i ON i.id = w.item_id
     WHERE w.company_id = %(company_id)s AND w.act = 'write_off' AND w.because = ANY(%(lost)s)
       AND w.effective_on > %(since)s AND w.effective_on <= %(as_of)s {{some}}
    UNION ALL
    SELECT i.customer_id, i.id, i.currency, i.issued_on, i.due_on,
           i.open_minor - least(coalesce(d.disputed_minor, 0), i.open_minor), NULL, 'open', FALSE
      FROM invoices_item i
      LEFT JOIN disputes_dispute d ON d.item_id = i.id AND d.status = 'open'
     WHERE i.company_id = %(company_id)s AND i.open_minor > 0 {{some}}
    UNION ALL
    SELECT i.customer_id, i.id, i.currency, i.issued_on, i.due_on,
           least(d.disputed_minor, i.open_minor), NULL, 'disputed', FALSE
      FROM disputes_dispute d
      JOIN invoices_item i ON i.id = d.item_id AND i.open_minor > 0
     WHERE d.company_id = %(company_id)s AND d.status = 'open' {{some}}
"""
ALL: Final = ""
SOME: Final = "AND i.customer_id = ANY(%(ids)s::bigint[])"
# In the company's currency at the rates of the day; a currency without a rate says nothing.
WORTH: Final = """
    CASE part.currency WHEN %(currency)s THEN part.minor
    ELSE round(part.minor * (SELECT w.factor
                               FROM unnest(%(currencies)s::text[], %(factors)s::numeric[])
                                    AS w (currency, factor)
                              WHERE w.currency = part.currency)) END
"""
_IS_LATE: Final = "(how = 'paid' OR (how IN ('open', 'lost') AND late > 0))"
_BANDED: Final = ", ".join(
    f"coalesce(sum(minor * least(greatest(late - {start}, 0), {width}))"
    f" FILTER (WHERE late > {start} AND how <> 'disputed' AND NOT is_discounted"
    " AND NOT is_anticipated), 0)"
    for start, width, _ in BANDS
)
_SEEN: Final = f"""
        SELECT part.customer_id, part.item_id, part.how, {WORTH}::bigint AS minor,
               CASE part.how WHEN 'paid' THEN part.ended_on ELSE %(as_of)s::date END
               - part.due_on AS late,
               %(as_of)s::date - part.due_on AS age,
               part.how = 'paid' AND part.ended_on <= part.issued_on AS is_anticipated,
               part.is_discounted, part.due_on, part.ended_on, part.currency AS own_currency,
               part.minor AS own_minor
          FROM part WHERE part.minor > 0
"""
_SUMS: Final = f"""
    WITH part AS ({_PARTS}),
    seen AS MATERIALIZED ({_SEEN})
    SELECT customer_id,
           count(*) FILTER (WHERE how = 'paid'),
           coalesce(sum(minor) FILTER (WHERE how = 'paid'), 0),
           coalesce(sum(minor * late) FILTER (WHERE how = 'paid' AND late > 0), 0),
           coalesce(sum(minor) FILTER (WHERE is_anticipated), 0),
           coalesce(sum(minor) FILTER (WHERE is_discounted AND NOT is_anticipated), 0),
           coalesce(sum(minor) FILTER (WHERE how = 'open' AND late <= 0), 0),
           coalesce(sum(minor) FILTER (WHERE how = 'disputed'), 0),
           coalesce(sum(minor) FILTER (WHERE how = 'lost'), 0),
           ARRAY[{_BANDED}]::bigint[],
           array_agg(late) FILTER (WHERE how IN ('open', 'lost') AND late > 0),
           array_agg(minor) FILTER (WHERE how IN ('open', 'lost') AND late > 0),
           array_agg(late) FILTER (WHERE age >= %(recent_days)s AND {_IS_LATE}),
           array_agg(late) FILTER (WHERE age < %(recent_days)s AND {_IS_LATE}),
           array_agg(age) FILTER (WHERE age < %(recent_days)s AND {_IS_LATE})
      FROM seen WHERE minor > 0
     GROUP BY customer_id
"""
_LISTED: Final = f"""
    WITH part AS ({_PARTS}),
    seen AS MATERIALIZED ({_SEEN})
    SELECT v.number, v.kind, seen.how, seen.own_currency, seen.own_minor, seen.minor, seen.due_on,
           seen.ended_on, seen.late, seen.is_anticipated, seen.is_discounted
      FROM seen
      JOIN invoices_item i ON i.id = seen.item_id
      JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE seen.minor > 0
     ORDER BY seen.minor * greatest(seen.late, 0) DESC, seen.due_on, seen.item_id, seen.ended_on
     LIMIT %(most)s
"""


class _Sums(NamedTuple):
    customer_id: int
    paid_count: int
    paid_minor: Decimal
    paid_days: Decimal
    anticipated_minor: Decimal
    discounted_minor: Decimal
    not_due_minor: Decimal
    disputed_minor: Decimal
    lost_minor: Decimal
    banded: list[int]
    unpaid_late: list[int] | None
    unpaid_minor: list[int] | None
    earlier_late: list[int] | None
    recent_late: list[int] | None
    recent_age: list[int] | None


@dataclass(frozen=True, slots=True)
class PartRow:
    """A payment of a document, or what of it is open, contested or lost.

    `own_minor` is in the document's currency, `minor` what it weighs in the company's; `ended_on`
    is when it was paid or lost.
    """

    number: str
    kind: str
    how: str
    own_currency: str
    own_minor: int
    minor: int
    due_on: date
    ended_on: date | None
    late: int
    is_anticipated: bool
    is_discounted: bool


def behaviours(
    company_id: int,
    *,
    as_of: date,
    rules: PayerRatingRules,
    currency: str,
    rates: Mapping[str, Decimal],
    ids: Collection[int] | None = None,
) -> dict[int, tuple[Behaviour, Norm]]:
    """Return by customer what was paid in the window and is unpaid, and the norm beside it.

    `rates` says what one unit of each currency is worth in `currency`. What is open is so now;
    `as_of` says until when days count.
    """
    asked = _asked(company_id, as_of, rules, currency, rates, ids)
    statement = _SUMS.replace("{some}", ALL if ids is None else SOME)
    rows = sql.fetch(_Sums, statement, asked, planned=ids is None)
    return {one.customer_id: _behaved(one) for one in rows}


def parts(
    company_id: int,
    customer_id: int,
    *,
    as_of: date,
    rules: PayerRatingRules,
    currency: str,
    rates: Mapping[str, Decimal],
    limit: int,
) -> list[PartRow]:
    """Return what the rating of one customer counts, what weighs most first."""
    asked = _asked(company_id, as_of, rules, currency, rates, [customer_id])
    statement = _LISTED.replace("{some}", SOME)
    return sql.fetch(PartRow, statement, {**asked, "most": limit})


def _asked(
    company_id: int,
    as_of: date,
    rules: PayerRatingRules,
    currency: str,
    rates: Mapping[str, Decimal],
    ids: Collection[int] | None,
) -> dict[str, Any]:
    foreign = [one for one in sorted(rates) if one != currency]
    return {
        "company_id": company_id,
        "as_of": as_of,
        "recent_days": rules.recent_days,
        "since": add_months(as_of, -rules.window_months),
        "lost": list(LOST),
        "currency": currency,
        "currencies": foreign,
        "factors": [rates[one].scaleb(exponent(currency) - exponent(one)) for one in foreign],
        "ids": None if ids is None else sorted(ids),
    }


def _behaved(one: _Sums) -> tuple[Behaviour, Norm]:
    late, minors = one.unpaid_late or [], one.unpaid_minor or []
    behaviour = Behaviour(
        paid_count=one.paid_count,
        paid_minor=int(one.paid_minor),
        paid_days=int(one.paid_days),
        anticipated_minor=int(one.anticipated_minor),
        discounted_minor=int(one.discounted_minor),
        overdue_count=len(late),
        unpaid=latest_first(zip(late, minors, strict=True)),
        banded=tuple(one.banded),
        not_due_minor=int(one.not_due_minor),
        disputed_minor=int(one.disputed_minor),
        lost_minor=int(one.lost_minor),
    )
    recent = map(Seen, one.recent_age or [], one.recent_late or [])
    return behaviour, norm_of(one.earlier_late or [], list(recent))
