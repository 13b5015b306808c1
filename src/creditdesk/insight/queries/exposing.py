"""What makes up an exposure, item by item, and what of it an insurer answers for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.credit import queries as credit
from creditdesk.credit import rules
from creditdesk.credit.queries import OpenParts
from creditdesk.credit.rules import Answered, Item, ItemCover, Policy
from creditdesk.plumbing import sql

BUCKETS: Final = ("open", "overdue", "returned", "reserved", "unbilled", "unapplied")

# Every document behind the exposure of customers, its amount signed. What of an open item a
# payment had settled that came back is its own line; what is left is late or not.
_RETURNED_OF_ITEM = """
    SELECT a.item_id, SUM(a.minor) AS minor
      FROM cash_allocation a
     WHERE a.company_id = %(company_id)s AND a.undone_at IS NOT NULL
       AND EXISTS (SELECT FROM cash_return r
                    WHERE r.payment_id = a.payment_id AND r.state = 'posted'
                      AND r.settled_at = a.undone_at)
     GROUP BY 1
"""
_MEANT = "(%(ids)s::bigint[] IS NULL OR {of}.customer_id = ANY(%(ids)s))"
_LISTED = f"""
    WITH back AS ({_RETURNED_OF_ITEM}), item AS (
        SELECT i.customer_id, i.currency, i.open_minor, i.due_on, i.instalment, d.number,
               LEAST(i.open_minor, COALESCE(back.minor, 0))::bigint AS returned_minor
          FROM invoices_item i JOIN invoices_invoice d ON d.id = i.invoice_id
          LEFT JOIN back ON back.item_id = i.id
         WHERE i.company_id = %(company_id)s AND i.open_minor > 0 AND {_MEANT.format(of="i")}
    )
    SELECT customer_id, CASE WHEN due_on < %(on)s THEN 'overdue' ELSE 'open' END AS bucket,
           currency, open_minor - returned_minor AS minor, 'invoice' AS kind, number, instalment,
           due_on AS falls_on
      FROM item WHERE open_minor > returned_minor
    UNION ALL
    SELECT customer_id, 'returned', currency, returned_minor, 'invoice', number, instalment, due_on
      FROM item WHERE returned_minor > 0
    UNION ALL
    SELECT r.customer_id, CASE WHEN r.open_minor < r.minor THEN 'unbilled' ELSE 'reserved' END,
           r.currency, r.open_minor, 'order', r.order_reference, 1, r.expires_on
      FROM credit_reservation r
     WHERE r.company_id = %(company_id)s AND r.status = 'held' AND r.open_minor > 0
       AND {_MEANT.format(of="r")}
    UNION ALL
    SELECT p.customer_id, 'unapplied', p.currency, -p.unapplied_minor, 'payment', p.reference, 1,
           p.received_on
      FROM cash_payment p
     WHERE p.company_id = %(company_id)s AND p.unapplied_minor > 0 AND p.customer_id IS NOT NULL
       AND {_MEANT.format(of="p")}
    UNION ALL
    SELECT n.customer_id, 'unapplied', n.currency, -n.unapplied_minor, 'invoice', n.number, 1,
           n.issued_on
      FROM invoices_invoice n
     WHERE n.company_id = %(company_id)s AND n.unapplied_minor > 0 AND {_MEANT.format(of="n")}
"""
_SPLIT = f"""
    SELECT customer_id, currency,
           COALESCE(SUM(minor) FILTER (WHERE bucket = 'overdue'), 0)::bigint,
           COALESCE(SUM(minor) FILTER (WHERE bucket = 'returned'), 0)::bigint
      FROM ({_LISTED}) AS listed WHERE bucket IN ('overdue', 'returned') GROUP BY 1, 2
"""
# What the proof asks: the lines of every customer come to the row that is kept, to the unit. The
# date only says which lines are late, so any will do.
EXPOSURE_LISTED = f"""
    WITH listed AS (
        SELECT customer_id, currency, SUM(minor) AS minor FROM ({_LISTED}) AS line GROUP BY 1, 2
    )
    SELECT 'exposure of customer ' || c.number, COALESCE(listed.currency, e.currency),
           COALESCE(listed.minor, 0), COALESCE(e.minor, 0)
      FROM listed
      FULL JOIN (SELECT customer_id, currency,
                        open_minor - unapplied_minor + reserved_minor AS minor
                   FROM credit_exposure WHERE company_id = %(company_id)s) e
           USING (customer_id, currency)
      LEFT JOIN customers_customer c ON c.id = COALESCE(listed.customer_id, e.customer_id)
     WHERE COALESCE(listed.minor, 0) <> COALESCE(e.minor, 0)
     ORDER BY 1, 2
""".replace("%(ids)s", "NULL").replace("%(on)s", "DATE '2000-01-01'")


@dataclass(frozen=True, slots=True)
class ExposureLine:
    """A document behind an exposure; `minor` is negative for what lowers it.

    `kind` is `invoice`, `payment` or `order`; `falls_on` is when it is due, came in or lapses.
    """

    customer_id: int
    bucket: str
    currency: str
    minor: int
    kind: str
    number: str
    instalment: int
    falls_on: date | None


@dataclass(frozen=True, slots=True)
class InsuredCustomer:
    """What insurers answer for of what one customer owes, item by item."""

    customer_id: int
    items: tuple[ItemCover, ...]
    answered: tuple[Answered, ...]

    @property
    def to_report(self) -> tuple[ItemCover, ...]:
        """The items to report as overdue, or that should have been."""
        return tuple(one for one in self.items if one.report in ("soon", "now", "missed"))


@dataclass(frozen=True, slots=True)
class _OpenItem:
    customer_id: int
    id: int
    number: str
    instalment: int
    issued_on: date
    due_on: date
    currency: str
    open_minor: int


def exposure_lines(
    company_id: int, on: date, ids: Collection[int] | None = None
) -> list[ExposureLine]:
    """Return every document behind the exposure of customers, the oldest first."""
    return sql.fetch(
        ExposureLine,
        f"SELECT * FROM ({_LISTED}) AS listed"
        " ORDER BY customer_id, falls_on, kind, number, instalment, bucket",
        {"company_id": company_id, "on": on, "ids": None if ids is None else list(ids)},
    )


def open_parts(
    company_id: int, on: date, ids: Collection[int] | None = None
) -> Iterable[OpenParts]:
    """Return what of what is open is late or came back, for a policy that tells them apart."""
    return sql.fetch(
        OpenParts,
        _SPLIT,
        {"company_id": company_id, "on": on, "ids": None if ids is None else list(ids)},
    )


def insured(
    company_id: int, on: date, ids: Collection[int] | None = None
) -> dict[int, InsuredCustomer]:
    """Return by customer what insurers answer for; who never had a cover is left out."""
    policies = credit.policies(company_id)
    covers = credit.covers(company_id, ids)
    if not covers:
        return {}
    reported: dict[int, date] = {}
    for told_row in credit.overdue_reports(company_id):
        earlier = reported.get(told_row.item_id, told_row.reported_on)
        reported[told_row.item_id] = min(told_row.reported_on, earlier)
    found = sql.fetch(
        _OpenItem,
        "SELECT i.customer_id, i.id, d.number, i.instalment, d.issued_on, i.due_on, i.currency,"
        " i.open_minor FROM invoices_item i JOIN invoices_invoice d ON d.id = i.invoice_id"
        " WHERE i.company_id = %s AND i.open_minor > 0 AND i.customer_id = ANY(%s) ORDER BY i.id",
        [company_id, sorted(covers)],
    )
    items: dict[int, list[Item]] = defaultdict(list)
    for row in found:
        items[row.customer_id].append(_item(row, reported.get(row.id)))
    rates = credit.rates_on(on)
    answers: dict[int, InsuredCustomer] = {}
    for customer_id, decided in sorted(covers.items()):
        told, answered = rules.covered(
            items[customer_id], decided, policies, on=on, rates_into=rates
        )
        answers[customer_id] = InsuredCustomer(customer_id, tuple(told), tuple(answered))
    return answers


def above_maximum(
    answers: Iterable[InsuredCustomer], policies: dict[int, Policy]
) -> dict[int, int]:
    """Return by policy what its insurer would answer for beyond its maximum liability."""
    return rules.within_maximum((each for one in answers for each in one.answered), policies)


def _item(row: _OpenItem, reported_on: date | None) -> Item:
    return Item(
        id=row.id,
        number=row.number,
        instalment=row.instalment,
        issued_on=row.issued_on,
        due_on=row.due_on,
        currency=row.currency,
        open_minor=row.open_minor,
        reported_on=reported_on,
    )
