"""What arrived late: money replayed in the order of its dates, differences realised by late rates.

One question tells whether there is anything to do; where there is not, nothing else is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from creditdesk.cash.services.ordering import Moved, replay
from creditdesk.cash.services.realising import realise_missing
from creditdesk.controls import queries as controls
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies

# Money no older than this is looked at every day. Older money waits for an old rate, and is looked
# at while one is there that was loaded after newer ones, or the policy changed; and when a month
# begins, whatever happened.
LATE_RATES_DAYS: Final = 100
FIRST_DAYS: Final = 3
# Customers with money that paid by order, of which some is left while something is open; and
# whether a part of a foreign item waits for nothing but to be realised. Whether anybody owes or
# pays in another currency is asked first: the exposure has a row for each customer and currency.
# Ids rise as rates are loaded: an old rate with a higher one than any of late days came late.
# A part is foreign by its payment, or took so much of a payment in another currency.
_WAITING = """
    WITH since AS (
        SELECT CASE WHEN %(is_whole)s OR EXISTS (
                    SELECT FROM policy_exchangerate
                     WHERE valid_on <= %(since)s AND id > coalesce(
                           (SELECT min(id) FROM policy_exchangerate WHERE valid_on > %(since)s),
                           0)) OR EXISTS (
                    SELECT FROM policy_policy
                     WHERE company_id = %(company_id)s AND version > 1
                       AND greatest(recorded_at::date, valid_from) > %(since)s)
               THEN '-infinity' ELSE %(since)s END::date AS day
    )
    SELECT ARRAY(
        SELECT DISTINCT p.customer_id FROM cash_payment p
          JOIN LATERAL (SELECT method FROM cash_match WHERE payment_id = p.id
                         ORDER BY id DESC LIMIT 1) m ON m.method = 'by_order'
         WHERE p.company_id = %(company_id)s AND p.unapplied_minor > 0
           AND p.unapplied_minor > p.earmarked_minor AND NOT p.on_account
           AND p.customer_id IS NOT NULL
           AND EXISTS (SELECT FROM invoices_item i
                        WHERE i.company_id = p.company_id AND i.customer_id = p.customer_id
                          AND i.currency = p.currency AND i.open_minor > 0)
         ORDER BY 1),
    CASE WHEN EXISTS (SELECT FROM credit_exposure
                       WHERE company_id = %(company_id)s AND currency <> %(base)s)
         THEN EXISTS (
        SELECT FROM (
            SELECT a.id, a.item_id, p.currency, p.received_on, p.bank_line_id
              FROM since
              JOIN cash_payment p ON p.received_on > since.day
              JOIN cash_allocation a ON a.payment_id = p.id AND a.undone_at IS NULL
             WHERE p.company_id = %(company_id)s AND p.currency <> %(base)s
            UNION ALL
            SELECT a.id, a.item_id, p.currency, p.received_on, p.bank_line_id
              FROM since
             CROSS JOIN cash_allocation a
              JOIN cash_payment p ON p.id = a.payment_id AND p.received_on > since.day
             WHERE a.company_id = %(company_id)s AND a.undone_at IS NULL
               AND a.payment_minor IS NOT NULL AND p.currency = %(base)s) p
          JOIN cash_bankline l ON l.id = p.bank_line_id
          JOIN invoices_item i ON i.id = p.item_id
         WHERE NOT EXISTS (SELECT FROM cash_realised r WHERE r.allocation_id = p.id)
           AND (i.currency = %(base)s OR EXISTS (
                SELECT FROM policy_exchangerate r
                 WHERE i.currency IN (r.base, r.quote) AND r.valid_on <= i.issued_on))
           AND (p.currency = %(base)s OR EXISTS (
                SELECT FROM policy_exchangerate r
                 WHERE p.currency IN (r.base, r.quote)
                   AND r.valid_on <= coalesce(l.value_on, p.received_on))))
         ELSE FALSE END
"""


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What a replay changed, and how many parts of foreign items were realised."""

    moved: tuple[Moved, ...] = ()
    realised: int = 0


@dataclass(frozen=True, slots=True)
class _Waiting:
    customer_ids: list[int]
    has_parts: bool


def catch_up(actor: Actor) -> CaughtUp:
    """Replay what the order of allocation decided where that is due, and realise what waited.

    Replays only while the policy lets the order decide by itself. A repeat does nothing.
    """
    base = controls.company(actor.company_id).currency
    params = {
        "company_id": actor.company_id,
        "base": base,
        "is_whole": actor.today.day <= FIRST_DAYS,
        "since": actor.today - timedelta(days=LATE_RATES_DAYS),
    }
    found = sql.fetch_one(_Waiting, _WAITING, params)
    if found is None:
        return CaughtUp()
    moved: tuple[Moved, ...] = ()
    if found.customer_ids and _is_automatic(actor):
        moved = replay(actor.keyed(None), customer_ids=found.customer_ids)
    realised = realise_missing(actor.keyed(None)) if found.has_parts else 0
    return CaughtUp(moved, realised)


def _is_automatic(actor: Actor) -> bool:
    return policies.in_force(actor.company_id, actor.today).allocation.automatic
