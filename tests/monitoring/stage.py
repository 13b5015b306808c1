"""What tests of ratings say: invoices by how late they are, and money that came for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from creditdesk.cash import services as cash
from creditdesk.invoices import queries as invoices
from creditdesk.invoices import services as invoicing
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.calendars import add_months
from creditdesk.kernel.money import convert
from creditdesk.monitoring.ratings.rules import (
    Behaviour,
    Norm,
    Part,
    Seen,
    behaviour_of,
    norm_of,
)
from creditdesk.plumbing import sql
from creditdesk.policy.rules.rating import PayerRatingRules
from tests.cash.stage import paid


def billed(
    actor: Actor, customer_id: int, *, late: int, minor: int = 10_000, currency: str = "EUR"
) -> int:
    """Record an invoice of thirty days that fell due so many days ago; return its item."""
    due_on = actor.today - timedelta(days=late)
    count = sql.scalar("SELECT count(*) FROM invoices_invoice")
    number = f"R-{count}"
    new = NewInvoice(
        customer_id=customer_id, number=number, issued_on=due_on - timedelta(days=30),
        due_on=due_on, currency=currency, net_minor=minor,
    )  # fmt: skip
    invoicing.record(actor, [new])
    found = invoices.open_items(actor.company_id, customer_ids=[customer_id])
    return next(row.item_id for row in found if row.number == number)


def paid_on(actor: Actor, customer_id: int, item_id: int, minor: int, day: date) -> int:
    """Money for an item came in on a day, and is applied today; return the payment."""
    payment_id = paid(actor, minor, on=day)
    cash.apply(actor, payment_id, allocations={item_id: minor}, customer_id=customer_id)
    return payment_id


def settled(actor: Actor, customer_id: int, *, due_ago: int, late: int, minor: int = 10_000) -> int:
    """An invoice that fell due so many days ago and was paid `late` days after; return its item."""
    item_id = billed(actor, customer_id, late=due_ago, minor=minor)
    paid_on(actor, customer_id, item_id, minor, actor.today - timedelta(days=due_ago - late))
    return item_id


@dataclass(frozen=True, slots=True)
class _Item:
    id: int
    currency: str
    issued_on: date
    due_on: date
    open_minor: int


@dataclass(frozen=True, slots=True)
class _Ended:
    item_id: int
    payment_id: int
    minor: int
    on: date
    how: str


_ENDED = """
    SELECT a.item_id, a.payment_id, a.minor, p.received_on, 'paid'
      FROM cash_allocation a, cash_payment p
     WHERE p.id = a.payment_id AND a.undone_at IS NULL AND a.company_id = %(company)s
     UNION ALL
    SELECT item_id, 0, minor, closed_on, CASE how WHEN 'paid' THEN 'paid' ELSE 'lost' END
      FROM invoices_closure c WHERE how <> 'credited' AND company_id = %(company)s
       AND id NOT IN (SELECT source_id FROM ledger_posting WHERE source_kind LIKE 'undo_clo%%')
     UNION ALL
    SELECT item_id, 0, CASE act WHEN 'write_off' THEN minor ELSE -minor END, effective_on, act
      FROM invoices_writeoff WHERE company_id = %(company)s AND act NOT LIKE 'relief%%'
       AND because IN ('bad_debt', 'insolvency', 'limitation')
"""


def by_hand(  # noqa: C901 - told in one go beside the statement it judges
    actor: Actor, customer_id: int, rules: PayerRatingRules, rates: dict[str, str]
) -> tuple[Behaviour, Norm]:
    """Work out a customer's behaviour item by item, in plain Python from the tables."""
    today = actor.today
    since = add_months(today, -rules.window_months)
    asked = {"company": actor.company_id}
    items = {
        one.id: one
        for one in sql.fetch(
            _Item,
            "SELECT id, currency, issued_on, due_on, open_minor FROM invoices_item"
            " WHERE customer_id = %s",
            [customer_id],
        )
    }
    disputed = dict(_pairs("SELECT item_id, disputed_minor FROM disputes_dispute"
                           " WHERE status = 'open'"))  # fmt: skip
    discounts = set(_pairs("SELECT item_id, payment_id FROM cash_adjustment"
                           " WHERE kind = 'discount_earned' AND undone_at IS NULL"))  # fmt: skip

    def worth(minor: int, currency: str) -> int:
        return convert(minor, source=currency, target="EUR", rate=Decimal(rates[currency]))

    parts: list[Part] = []
    earlier: list[int] = []
    recent: list[Seen] = []
    contested = 0

    def take(item: _Item, part: Part) -> None:
        parts.append(part)
        if part.is_paid or part.late > 0:
            age = (today - item.due_on).days
            if age >= rules.recent_days:
                earlier.append(part.late)
            else:
                recent.append(Seen(age, part.late))

    lost: dict[int, int] = {}
    for one in sql.fetch(_Ended, _ENDED, asked):
        if one.item_id not in items or not since < one.on <= today:
            continue
        item = items[one.item_id]
        if one.how == "paid":
            take(item, Part(
                minor=worth(one.minor, item.currency), late=(one.on - item.due_on).days,
                is_paid=True, is_anticipated=one.on <= item.issued_on,
                is_discounted=(item.id, one.payment_id) in discounts,
            ))  # fmt: skip
        else:
            lost[item.id] = lost.get(item.id, 0) + one.minor
    for item_id, minor in lost.items():
        if minor > 0:
            item = items[item_id]
            late = (today - item.due_on).days
            take(item, Part(minor=worth(minor, item.currency), late=late, is_paid=False))
    for item in items.values():
        apart = min(disputed.get(item.id, 0), item.open_minor)
        contested += worth(apart, item.currency)
        if item.open_minor > apart:
            rest = worth(item.open_minor - apart, item.currency)
            take(item, Part(minor=rest, late=(today - item.due_on).days, is_paid=False))
    return behaviour_of(parts, disputed_minor=contested), norm_of(earlier, recent)


@dataclass(frozen=True, slots=True)
class _Pair:
    one: int
    other: int


def _pairs(statement: str) -> list[tuple[int, int]]:
    return [(pair.one, pair.other) for pair in sql.fetch(_Pair, statement)]
