"""What speaks for or against a customer's paying: one row of signals each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from creditdesk.credit import queries as credit
from creditdesk.monitoring.ratings.queries.kept import RatingRow, ratings
from creditdesk.plumbing import sql

WITHIN_DAYS: Final = 180
_COUNTED: Final = """
    SELECT customer_id, sum(broken)::int, sum(broken_minor)::bigint, sum(returned)::int,
           sum(returned_minor)::bigint
      FROM (SELECT customer_id, 1 AS broken, minor - received_minor AS broken_minor,
                   0 AS returned, 0::bigint AS returned_minor
              FROM collections_promise
             WHERE company_id = %(company_id)s AND status IN ('broken', 'part_kept')
               AND judged_on > %(since)s AND judged_on <= %(as_of)s
            UNION ALL
            SELECT p.customer_id, 0, 0, 1, r.minor
              FROM cash_return r JOIN cash_payment p ON p.id = r.payment_id
             WHERE r.company_id = %(company_id)s AND r.state = 'posted'
               AND r.returned_on > %(since)s AND r.returned_on <= %(as_of)s) happened
     WHERE %(ids)s::bigint[] IS NULL OR customer_id = ANY(%(ids)s)
     GROUP BY customer_id
"""


@dataclass(frozen=True, slots=True)
class Signals:
    """How a customer pays and stands: `percent_used` of the limit, None without one.

    Broken promises count those kept in part; they and returned payments are of the last
    `WITHIN_DAYS`, their amounts summed over currencies as they are. `exposure_minor` and
    `limit_minor` are in `currency`.
    """

    customer_id: int
    grade: str
    days: Decimal | None
    paydex: int | None
    drift: str
    rated_on: date | None
    currency: str
    exposure_minor: int
    limit_minor: int | None
    percent_used: Decimal | None
    broken_promises: int
    broken_minor: int
    returned_payments: int
    returned_minor: int


@dataclass(frozen=True, slots=True)
class _Counted:
    customer_id: int
    broken: int
    broken_minor: int
    returned: int
    returned_minor: int


def signals(company_id: int, as_of: date, ids: Collection[int] | None = None) -> dict[int, Signals]:
    """Return the signals of all customers, or of those given, on a date."""
    rated = ratings(company_id, ids)
    asked = {
        "company_id": company_id,
        "as_of": as_of,
        "since": as_of - timedelta(days=WITHIN_DAYS),
        "ids": None if ids is None else sorted(ids),
    }
    happened = {one.customer_id: one for one in sql.fetch(_Counted, _COUNTED, asked)}
    nothing = _Counted(0, 0, 0, 0, 0)
    return {
        customer_id: _signals(standing, rated.get(customer_id), happened.get(customer_id, nothing))
        for customer_id, standing in credit.standings(company_id, as_of, ids).items()
    }


def _signals(standing: credit.Standing, rated: RatingRow | None, happened: _Counted) -> Signals:
    return Signals(
        customer_id=standing.customer_id,
        grade=rated.grade if rated else "",
        days=rated.days if rated else None,
        paydex=rated.paydex if rated else None,
        drift=rated.drift if rated else "",
        rated_on=rated.as_of if rated else None,
        currency=standing.currency,
        exposure_minor=standing.exposure_minor,
        limit_minor=standing.limit_minor,
        percent_used=standing.percent_used,
        broken_promises=happened.broken,
        broken_minor=happened.broken_minor,
        returned_payments=happened.returned,
        returned_minor=happened.returned_minor,
    )
