"""Money that names nothing pays by the order of the policy, and is replayed by date.

A replay moves only what this order alone decided; what a document, an amount or a person decided
stays. What moves is reversed and applied anew, as postings of today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from creditdesk.cash.rules.order import Debt, Money, changes, components, dated, fold
from creditdesk.cash.rules.values import Finding, Reason
from creditdesk.cash.services import reversing
from creditdesk.cash.services.settlement import Plan, carry_out
from creditdesk.cash.services.writing import (
    NewMatch,
    PaymentState,
    items,
    keep_matches,
    next_ids,
    payments,
)
from creditdesk.controls.commands import command
from creditdesk.credit import services as credit
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy
from creditdesk.policy.rules.allocation_law import country_of
from creditdesk.policy.rules.allocation_law import order_of as allocation_order

# What may be moved: the payments of which the order of allocation was the last word.
_MOVABLE = """
    SELECT p.id, p.customer_id, l.fingerprint || ':' || l.ordinal
      FROM cash_payment p JOIN cash_bankline l ON l.id = p.bank_line_id
      JOIN LATERAL (SELECT method FROM cash_match WHERE payment_id = p.id
                     ORDER BY id DESC LIMIT 1) m ON m.method = 'by_order'
     WHERE p.company_id = %(company_id)s AND NOT p.on_account
       AND (%(customers)s::bigint[] IS NULL OR p.customer_id = ANY(%(customers)s))
    UNION
    SELECT p.id, p.customer_id, l.fingerprint || ':' || l.ordinal
      FROM cash_payment p JOIN cash_bankline l ON l.id = p.bank_line_id
     WHERE p.company_id = %(company_id)s AND p.id = ANY(%(new)s::bigint[])
     ORDER BY 1
"""
_ALLOCATED = """
    SELECT a.id, a.payment_id, a.item_id, a.minor FROM cash_allocation a
     WHERE a.company_id = %(company_id)s AND a.undone_at IS NULL AND a.is_by_order
       AND a.payment_id = ANY(%(payments)s::bigint[])
     ORDER BY a.id
"""
_OVERTAKEN = """
    SELECT p.id FROM cash_payment p
     WHERE p.company_id = %(company_id)s AND p.id = ANY(%(ids)s::bigint[]) AND EXISTS (
           SELECT FROM cash_payment q JOIN cash_allocation a ON a.payment_id = q.id
            WHERE q.company_id = p.company_id AND q.customer_id = p.customer_id
              AND q.currency = p.currency AND q.received_on >= p.received_on AND q.id <> p.id
              AND a.is_by_order AND a.undone_at IS NULL)
"""
# Items open, or paid by what may be moved, with the costs and interest they were charged for.
_DEBTS = """
    SELECT i.id, v.number, i.customer_id, i.currency, i.issued_on, i.due_on, i.total_minor,
           i.open_minor, coalesce(c.costs, 0)::bigint, coalesce(c.interest, 0)::bigint
      FROM invoices_item i JOIN invoices_invoice v ON v.id = i.invoice_id
      LEFT JOIN LATERAL (
           SELECT sum(p.minor) FILTER (WHERE a.code IN ('compensation', 'dunning_fees',
                                                           'return_fees'))
                      AS costs,
                  sum(p.minor) FILTER (WHERE a.code = 'interest') AS interest
             FROM ledger_posting p JOIN ledger_account a ON a.id = p.credit_id
            WHERE v.kind = 'charge' AND p.source_kind = 'item' AND p.source_id = i.id) c ON TRUE
     WHERE i.company_id = %(company_id)s AND i.customer_id = ANY(%(customers)s::bigint[])
       AND (i.open_minor > 0 OR i.id = ANY(%(items)s::bigint[]))
     ORDER BY i.id
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a replay changed: how much a payment pays of an invoice, before and after."""

    payment_id: int
    payment_reference: str
    customer_id: int
    invoice_number: str
    currency: str
    before_minor: int
    after_minor: int


@dataclass(frozen=True, slots=True)
class _Payment:
    id: int
    customer_id: int | None
    mark: str


@dataclass(frozen=True, slots=True)
class _Allocated:
    id: int
    payment_id: int
    item_id: int
    minor: int


@dataclass(frozen=True, slots=True)
class _Item:
    id: int
    number: str
    customer_id: int
    currency: str
    issued_on: date
    due_on: date
    total_minor: int
    open_minor: int
    costs_minor: int
    interest_minor: int

    def debts(self, moving_minor: int) -> list[Debt]:
        """Return what is owed on it once what may be moved is taken away."""
        parts = components(
            self.open_minor + moving_minor, self.total_minor,
            costs_minor=self.costs_minor, interest_minor=self.interest_minor,
        )  # fmt: skip
        return [
            Debt(
                item_id=self.id, number=self.number, component=component,
                issued_on=self.issued_on, due_on=self.due_on, open_minor=minor,
            )
            for component, minor in parts
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Held:
    """The payments that may be moved, what they pay now, and the items, all of them locked."""

    states: Mapping[int, PaymentState]
    marks: Mapping[int, str]
    movable: Sequence[_Allocated]
    items: Mapping[int, _Item]

    def pays(self) -> dict[int, dict[int, int]]:
        """Return what each payment pays now."""
        found: dict[int, dict[int, int]] = {payment_id: {} for payment_id in self.states}
        for one in self.movable:
            of_payment = found[one.payment_id]
            of_payment[one.item_id] = of_payment.get(one.item_id, 0) + one.minor
        return found

    def wanted(
        self, order_of: Callable[[int | None], Callable[[date], Sequence[str]]]
    ) -> dict[int, dict[int, int]]:
        """Return what each payment pays if all of them had come in the order of their days.

        `order_of` a customer says in which order its money paid on a day.
        """
        moving: dict[int, int] = defaultdict(int)
        freed: dict[int, int] = defaultdict(int)
        for one in self.movable:
            moving[one.item_id] += one.minor
            freed[one.payment_id] += one.minor
        money: dict[tuple[int | None, str], list[Money]] = defaultdict(list)
        for state in self.states.values():
            money[state.customer_id, state.currency].append(
                Money(
                    payment_id=state.id, on=state.received_on, mark=self.marks[state.id],
                    minor=state.free_minor + freed[state.id],
                )
            )  # fmt: skip
        debts: dict[tuple[int | None, str], list[Debt]] = defaultdict(list)
        for item in self.items.values():
            debts[item.customer_id, item.currency] += item.debts(moving[item.id])
        found: dict[int, dict[int, int]] = {}
        for group, of_group in money.items():
            found |= fold(of_group, debts[group], order_of(group[0]))
        return found


@command("cash.match")
def replay(actor: Actor, *, customer_ids: Collection[int] | None = None) -> tuple[Moved, ...]:
    """Replay what the order of allocation decided, of some customers or all; say what changed.

    Afterwards every such payment pays what it would have, had all come in on their days. A repeat
    changes nothing.
    """
    policy = policies.in_force(actor.company_id, actor.today)
    return settle_in_order(actor, policy, customer_ids=customer_ids)


def apply_by_order(
    actor: Actor, findings: Iterable[Finding], policy: Policy
) -> tuple[set[int], tuple[Moved, ...]]:
    """Let money that names nothing and fits nothing pay by the order, where policy says so.

    Return the payments that did, and what changed: what of their payers came later is replayed.
    """
    if not policy.allocation.automatic:
        return set(), ()
    unnamed = {
        found.payment_id: found
        for found in findings
        if not found.is_certain and found.customer_id is not None
    }
    idle = [one.payment_id for one in unnamed.values() if one.reasons[-1].code == "nothing_open"]
    overtaken = _overtaken(actor, idle)
    for payment_id in set(idle) - overtaken:
        del unnamed[payment_id]
    if not unnamed:
        return set(), ()
    owners = {one.customer_id for one in unnamed.values() if one.customer_id is not None}
    moved = settle_in_order(
        actor, policy, customer_ids=owners, new=unnamed.keys(), only_moving=overtaken
    )
    idle_still = overtaken - {one.payment_id for one in moved}
    return unnamed.keys() - idle_still, moved


def _overtaken(actor: Actor, payment_ids: Collection[int]) -> set[int]:
    """Return the payments that found nothing open because later money had paid it by order."""
    if not payment_ids:
        return set()
    params = {"company_id": actor.company_id, "ids": sql.array(sorted(payment_ids))}
    return set(sql.scalars(_OVERTAKEN, params))


def settle_in_order(
    actor: Actor,
    policy: Policy,
    *,
    customer_ids: Collection[int] | None,
    new: Collection[int] = (),
    only_moving: Collection[int] = (),
) -> tuple[Moved, ...]:
    """Bring payments to what the order wants of them, new ones and those that may be moved.

    Of new ones that are `only_moving` nothing is said where the order gives them nothing.
    """
    held = _hold(actor, customer_ids, new)
    if not held.states:
        return ()
    before, after = held.pays(), held.wanted(_orders(actor, held))
    differing = changes(before, after)
    pairs = {(payment_id, item_id) for payment_id, item_id, _, _ in differing}
    _take_back(actor, held, pairs)
    said = set(new) - set(only_moving)
    _apply(actor, policy, pairs, after, frozenset(said) & held.states.keys())
    return tuple(
        Moved(
            payment_id, held.states[payment_id].reference, held.items[item_id].customer_id,
            held.items[item_id].number, held.items[item_id].currency, was, becomes,
        )
        for payment_id, item_id, was, becomes in differing
    )  # fmt: skip


def _orders(actor: Actor, held: _Held) -> Callable[[int | None], Callable[[date], Sequence[str]]]:
    """Return how to ask for the order in force on a day, by customer: of the policy, or the law."""
    versions = [(one.valid_from, one) for one in policies.versions(actor.company_id)]
    owners = {state.customer_id for state in held.states.values()}
    places = customers.places(actor.company_id, {one for one in owners if one is not None})

    def order_of(customer_id: int | None) -> Callable[[date], Sequence[str]]:
        place = places.get(customer_id or 0)
        country, is_consumer = (place.country, place.is_consumer) if place else ("", False)

        def on(day: date) -> Sequence[str]:
            policy = dated(versions, day)
            of = country_of(policy.interest.jurisdiction, country)
            return allocation_order(policy.allocation, of, day, is_consumer=is_consumer)

        return cache(on)

    return order_of


def _hold(actor: Actor, customer_ids: Collection[int] | None, new: Collection[int]) -> _Held:
    """Lock exposure, payments and items of the customers, in this order, and read them."""
    params = {
        "company_id": actor.company_id,
        "customers": None if customer_ids is None else sorted(customer_ids),
        "new": sql.array(sorted(new)),
    }
    seen = sql.fetch(_Payment, _MOVABLE, params)
    owners = {one.customer_id for one in seen if one.customer_id is not None}
    if not owners:
        return _Held({}, {}, (), {})
    credit.lock_exposure(actor, owners)
    locked = payments(actor, {one.id for one in seen}, lock=True)
    still = {one.id: one.mark for one in sql.fetch(_Payment, _MOVABLE, params)}
    states = {
        payment_id: one
        for payment_id, one in locked.items()
        if one.customer_id in owners and payment_id in still
    }
    movable = sql.fetch(
        _Allocated,
        _ALLOCATED,
        {"company_id": actor.company_id, "payments": sql.array(sorted(states))},
    )
    of_items = {
        "company_id": actor.company_id,
        "customers": sql.array(sorted(owners)),
        "items": sql.array(sorted({one.item_id for one in movable})),
    }
    items(actor, {one.id for one in sql.fetch(_Item, _DEBTS, of_items)}, lock=True)
    found = sql.fetch(_Item, _DEBTS, of_items)
    return _Held(states, still, movable, {one.id: one for one in found})


def _take_back(actor: Actor, held: _Held, pairs: Collection[tuple[int, int]]) -> None:
    """Reverse what is to become different, payment by payment."""
    ids: dict[int, list[int]] = defaultdict(list)
    for one in held.movable:
        if (one.payment_id, one.item_id) in pairs:
            ids[one.payment_id].append(one.id)
    for payment_id, of_payment in sorted(ids.items()):
        live = reversing.live(actor, payment_id, of_payment)
        reversing.take_back(actor, held.states[payment_id], live)


def _apply(
    actor: Actor,
    policy: Policy,
    pairs: Collection[tuple[int, int]],
    after: Mapping[int, Mapping[int, int]],
    new: Collection[int],
) -> None:
    """Write down why, and apply what is to be different."""
    touched = sorted({payment_id for payment_id, _ in pairs} | set(new))
    if not touched:
        return
    ids = dict(zip(touched, next_ids("cash_match", len(touched)), strict=True))
    keep_matches(
        actor,
        [
            NewMatch(
                id=match_id, payment_id=payment_id, method="by_order", is_certain=True,
                reasons=(Reason("in_order" if payment_id in new else "replayed"),),
            )
            for payment_id, match_id in ids.items()
        ],
        policy.version,
    )  # fmt: skip
    states = payments(actor, touched, lock=True)
    plans = [
        Plan(
            payment=states[payment_id],
            customer_id=owner,
            match_id=match_id,
            allocations=tuple(
                (item_id, minor)
                for item_id, minor in sorted(after[payment_id].items())
                if (payment_id, item_id) in pairs
            ),
            is_by_order=True,
        )
        for payment_id, match_id in ids.items()
        if (owner := states[payment_id].customer_id) is not None
    ]
    wanted = {item_id for plan in plans for item_id, _ in plan.allocations}
    carry_out(actor, plans, items(actor, wanted))
