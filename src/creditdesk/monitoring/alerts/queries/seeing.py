"""What the day sees of every customer: the signals that reach the lowest row of the policy."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final, NamedTuple

from creditdesk.credit import queries as credit
from creditdesk.credit.queries import Standing
from creditdesk.kernel.money import exponent
from creditdesk.monitoring.alerts.rules import Kept, Seen, fell_by, slower_by
from creditdesk.monitoring.alerts.rules.news import CHANGED, INSOLVENCY_ENDED, INSOLVENT
from creditdesk.monitoring.ratings import queries as ratings
from creditdesk.monitoring.ratings.rules import GRADES
from creditdesk.plumbing import sql
from creditdesk.policy.rules.alerts import FALLING, AlertRule

HUNDRED: Final = 100
# More than this is said as this: a limit of nothing is used beyond all percents.
PERCENT_MAX: Final = 9_999
NEWS_SIGNALS: Final = ("insolvency", "bureau_change")
_SOME: Final = " AND (%(ids)s::bigint[] IS NULL OR {customer} = ANY(%(ids)s))"

_PROMISES: Final = f"""
    SELECT 'broken_promises' AS signal, p.customer_id, count(*) AS value,
           max(p.judged_on) AS event_on,
           json_build_object('promises', json_agg(p.reference ORDER BY p.id))::text AS facts
      FROM collections_promise p
     WHERE p.company_id = %(company_id)s AND p.status = 'broken'
       AND p.judged_on > %(on)s - %(broken_promises)s::int AND p.judged_on <= %(on)s
       {_SOME.format(customer="p.customer_id")}
     GROUP BY p.customer_id
"""
_RETURNS: Final = f"""
    SELECT 'returned_payments', p.customer_id, count(*), max(r.returned_on),
           json_build_object('payments', json_agg(p.reference ORDER BY r.id))::text
      FROM cash_return r JOIN cash_payment p ON p.id = r.payment_id
     WHERE r.company_id = %(company_id)s AND r.state = 'posted' AND p.customer_id IS NOT NULL
       AND r.returned_on > %(on)s - %(returned_payments)s::int AND r.returned_on <= %(on)s
       {_SOME.format(customer="p.customer_id")}
     GROUP BY p.customer_id
"""
# News of an end take back what was told of an insolvency before.
_INSOLVENCY: Final = f"""
    SELECT 'insolvency', n.customer_id, count(*), max(n.told_on),
           json_build_object('news', json_agg(n.id ORDER BY n.id))::text
      FROM monitoring_news n
     WHERE n.company_id = %(company_id)s AND n.state = 'tied' AND n.kind = ANY(%(insolvent)s)
       AND n.told_on > %(on)s - %(insolvency)s::int
       AND NOT EXISTS (SELECT FROM monitoring_news e
                        WHERE e.company_id = n.company_id AND e.customer_id = n.customer_id
                          AND e.state = 'tied' AND e.kind = '{INSOLVENCY_ENDED}'
                          AND (e.told_on, e.id) > (n.told_on, n.id))
       {_SOME.format(customer="n.customer_id")}
     GROUP BY n.customer_id
"""
_CHANGES: Final = f"""
    SELECT 'bureau_change', n.customer_id, count(*), max(n.told_on),
           json_build_object('news', json_agg(n.id ORDER BY n.id))::text
      FROM monitoring_news n
     WHERE n.company_id = %(company_id)s AND n.state = 'tied' AND n.kind = ANY(%(changed)s)
       AND n.told_on > %(on)s - %(bureau_change)s::int
       {_SOME.format(customer="n.customer_id")}
     GROUP BY n.customer_id
"""
# The decision of an insurer that counts on the day, where no later one stands already.
_COVERS: Final = f"""
    SELECT 'cover_expiring', b.customer_id, min(b.valid_to - %(on)s::date), NULL::date,
           json_build_object('until', min(b.valid_to), 'what', min(b.what))::text
      FROM (SELECT DISTINCT ON (c.customer_id, c.policy_id) c.customer_id, c.minor, c.valid_from,
                   c.valid_to, 'cover' AS what
              FROM credit_cover c WHERE c.company_id = %(company_id)s
             ORDER BY c.customer_id, c.policy_id, c.valid_from DESC, c.id DESC) AS b
     WHERE b.minor > 0 AND b.valid_from <= %(on)s AND b.valid_to >= %(on)s
       AND b.valid_to - %(on)s::date <= %(cover_expiring)s
       {_SOME.format(customer="b.customer_id")}
     GROUP BY b.customer_id
    UNION ALL
    SELECT 'cover_expiring', g.customer_id, min(g.valid_to - %(on)s::date), NULL::date,
           json_build_object('until', min(g.valid_to), 'what', 'guarantee')::text
      FROM credit_guarantee g
     WHERE g.company_id = %(company_id)s AND g.valid_from <= %(on)s AND g.valid_to >= %(on)s
       AND (g.ended_from IS NULL OR g.ended_from > %(on)s)
       AND g.valid_to - %(on)s::date <= %(cover_expiring)s
       {_SOME.format(customer="g.customer_id")}
     GROUP BY g.customer_id
"""
_COUNTED: Final[Mapping[str, str]] = {
    "broken_promises": _PROMISES,
    "returned_payments": _RETURNS,
    "insolvency": _INSOLVENCY,
    "bureau_change": _CHANGES,
    "cover_expiring": _COVERS,
}
_LATE: Final = f"""
    SELECT i.customer_id, i.currency, sum(i.open_minor)::bigint AS open_minor,
           sum(i.open_minor) FILTER (WHERE i.due_on < %(on)s)::bigint AS late_minor,
           %(on)s::date - min(i.due_on) AS days
      FROM invoices_item i
     WHERE i.company_id = %(company_id)s AND i.open_minor > 0
       {_SOME.format(customer="i.customer_id")}
     GROUP BY i.customer_id, i.currency
    HAVING min(i.due_on) < %(on)s OR %(all_currencies)s
"""
_KEPT: Final = f"""
    SELECT DISTINCT ON (a.customer_id, a.signal)
           a.id, a.customer_id, a.signal, a.severity, a.state, a.snoozed_until, a.outcome,
           a.value, a.threshold, a.event_on, a.closed_on
      FROM monitoring_alert a
     WHERE a.company_id = %(company_id)s AND a.signal = ANY(%(signals)s)
       AND (a.closed_on IS NULL OR a.closed_on > %(on)s - %(days)s::int)
       {_SOME.format(customer="a.customer_id")}
     ORDER BY a.customer_id, a.signal, a.id DESC
"""


@dataclass(frozen=True, slots=True)
class _Counted:
    signal: str
    customer_id: int
    value: int
    event_on: date | None
    facts: str


class _Late(NamedTuple):
    customer_id: int
    currency: str
    open_minor: int
    late_minor: int | None
    days: int


@dataclass(frozen=True, slots=True)
class RatingChange:
    """How a customer pays now beside what was usual, and two ratings; the best grade is 1."""

    customer_id: int
    grade_before: int | None
    grade_now: int | None
    days_usual: Decimal | None
    days_now: Decimal | None
    changed_on: date | None


def rating_changes(company_id: int, as_of: date) -> Sequence[RatingChange]:
    """Return how ratings and ways of paying changed, by customer."""
    return [
        RatingChange(
            customer_id=one.customer_id,
            grade_before=_rank(one.grade_before),
            grade_now=_rank(one.grade_now),
            days_usual=one.days_usual,
            days_now=one.days_now,
            changed_on=one.changed_on,
        )
        for one in ratings.changes(company_id, as_of)
    ]


def _rank(grade: str) -> int | None:
    return [*map(str, GRADES)].index(grade) + 1 if grade else None


def kept(
    company_id: int,
    on: date,
    signals: Collection[str],
    rows: Sequence[AlertRule],
    ids: Collection[int] | None = None,
) -> list[Kept]:
    """Return the last alert of each customer and signal, as far as it still says something.

    A closed one does as long as it keeps a repeat quiet, or its events are still counted.
    """
    days = max((max(row.quiet_days, row.look_back_days) for row in rows), default=0)
    params = {"company_id": company_id, "on": on, "days": days + 1, "signals": list(signals),
              "ids": None if ids is None else sorted(ids)}  # fmt: skip
    return sql.fetch(Kept, _KEPT, params)


def seen(
    company_id: int,
    on: date,
    rows: Sequence[AlertRule],
    signals: Collection[str],
    ids: Collection[int] | None = None,
) -> list[Seen]:
    """Return what of these signals reaches the lowest row of the policy, by customer."""
    lowest = _lowest(rows)
    asked = [one for one in lowest if one in signals]
    params: dict[str, Any] = {
        "company_id": company_id, "on": on, "ids": None if ids is None else sorted(ids),
        "insolvent": list(INSOLVENT), "changed": list(CHANGED), "all_currencies": False,
    }  # fmt: skip
    for row in rows:
        params[row.signal] = row.threshold if row.signal in FALLING else row.look_back_days
    params["cover_expiring"] = lowest.get("cover_expiring", 0)
    found = [
        *_counted(params, asked),
        *_of_items(params, asked, on),
        *_of_limits(company_id, on, asked, lowest, ids),
        *_of_ratings(company_id, on, asked),
    ]
    return [
        one
        for one in found
        if (one.value <= lowest[one.signal])
        or (one.signal not in FALLING and one.value >= lowest[one.signal])
    ]


def _lowest(rows: Sequence[AlertRule]) -> dict[str, int]:
    """Return the threshold of each signal that is reached first."""
    by_signal: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        by_signal[row.signal].append(row.threshold)
    return {key: max(all_) if key in FALLING else min(all_) for key, all_ in by_signal.items()}


def _counted(params: Mapping[str, Any], asked: Collection[str]) -> list[Seen]:
    parts = [statement for signal, statement in _COUNTED.items() if signal in asked]
    if not parts:
        return []
    rows = sql.fetch(_Counted, " UNION ALL ".join(parts), params)
    best: dict[tuple[str, int], Seen] = {}
    for row in rows:
        one = Seen(row.signal, row.customer_id, row.value, row.event_on, json.loads(row.facts))
        other = best.get((one.signal, one.customer_id))
        if other is None or one.value < other.value:  # of two covers the one that ends first
            best[(one.signal, one.customer_id)] = one
    return list(best.values())


def _of_items(params: Mapping[str, Any], asked: Collection[str], on: date) -> list[Seen]:
    wanted = [one for one in ("oldest_overdue", "overdue_share") if one in asked]
    if not wanted:
        return []
    by_customer: dict[int, list[_Late]] = defaultdict(list)
    for row in sql.fetch(_Late, _LATE, {**params, "all_currencies": "overdue_share" in wanted}):
        by_customer[row.customer_id].append(row)
    rates = credit.rates_on(on)
    found = []
    for customer_id, rows in by_customer.items():
        days = max(row.days for row in rows)
        if days <= 0:
            continue
        if "oldest_overdue" in wanted:
            found.append(Seen("oldest_overdue", customer_id, days, None, _amounts(rows)))
        if "overdue_share" in wanted:
            share = _share(rows, rates)
            found.append(Seen("overdue_share", customer_id, share, None, _amounts(rows)))
    return found


def _share(rows: Sequence[_Late], rates: Any) -> int:  # noqa: ANN401 - rates by currency
    """Return the percent that is late, rounded down; what has no rate is left out."""
    into = max(rows, key=lambda row: row.open_minor).currency
    worth = rates(into) if len(rows) > 1 else {}
    late = whole = Decimal(0)
    for row in rows:
        rate = Decimal(1) if row.currency == into else worth.get(row.currency)
        if rate is not None:
            scale = rate.scaleb(exponent(into) - exponent(row.currency))
            late += (row.late_minor or 0) * scale
            whole += row.open_minor * scale
    return int((late * HUNDRED / whole).to_integral_value(ROUND_DOWN)) if whole else 0


def _amounts(rows: Sequence[_Late]) -> dict[str, Any]:
    return {
        "late": [[row.currency, row.late_minor] for row in rows if row.late_minor],
        "open": [[row.currency, row.open_minor] for row in rows],
    }


def _of_limits(
    company_id: int,
    on: date,
    asked: Collection[str],
    lowest: Mapping[str, int],
    ids: Collection[int] | None,
) -> list[Seen]:
    wanted = [one for one in ("utilisation", "over_limit") if one in asked]
    if not wanted:
        return []
    found = []
    for one in credit.standings(company_id, on, ids).values():
        if one.limit_minor is None or one.exposure_minor <= 0:
            continue
        used = _percent(one.exposure_minor, one.limit_minor)
        if "utilisation" in wanted and used >= lowest["utilisation"]:
            found.append(Seen("utilisation", one.customer_id, used, None, _limit(one)))
        over = one.exposure_minor - one.limit_minor
        if "over_limit" in wanted and over > 0:
            # However little it is, it is over: what is below one percent counts as one.
            percent = max(_percent(over, one.limit_minor), 1)
            found.append(Seen("over_limit", one.customer_id, percent, None, _limit(one)))
    return found


def _percent(part: int, whole: int) -> int:
    """Return the percent, rounded down."""
    return min(part * HUNDRED // whole, PERCENT_MAX) if whole > 0 else PERCENT_MAX


def _limit(one: Standing) -> dict[str, Any]:
    return {
        "exposure": [one.currency, one.exposure_minor], "limit": [one.currency, one.limit_minor],
    }  # fmt: skip


def _of_ratings(company_id: int, on: date, asked: Collection[str]) -> list[Seen]:
    wanted = [one for one in ("slower_than_usual", "rating_fell") if one in asked]
    if not wanted:
        return []
    found = []
    for one in rating_changes(company_id, on):
        days = slower_by(one.days_now, one.days_usual)
        if "slower_than_usual" in wanted and days:
            told = {"usual_days": str(one.days_usual), "days": str(one.days_now)}
            found.append(Seen("slower_than_usual", one.customer_id, days, None, told))
        grades = fell_by(one.grade_before, one.grade_now)
        if "rating_fell" in wanted and grades:
            facts = {"before": one.grade_before, "now": one.grade_now}
            found.append(Seen("rating_fell", one.customer_id, grades, one.changed_on, facts))
    return found
