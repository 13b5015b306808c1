"""A person decides a held order one of several ways, each weighed in money; conditions are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, get_args

from creditdesk.controls.commands import acts_on, command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place
from creditdesk.orders import condition_queries
from creditdesk.orders.queries import Circumstances, OrderRow
from creditdesk.orders.rules import Option, Way, Weighed, options
from creditdesk.orders.services import notes, waits
from creditdesk.orders.services.decisions import (
    CheckResult,
    Judged,
    asked_of,
    decided_again,
    in_turn,
    judge,
)
from creditdesk.plumbing import sql

DAYS_AHEAD_MAX: Final = 365
PUT_DOWN = """
    INSERT INTO orders_condition
        (company_id, order_id, customer_id, decision_id, currency, minor, since, pay_by, status)
    VALUES (%(company_id)s, %(order_id)s, %(customer_id)s, %(decision_id)s, %(currency)s, %(minor)s,
            %(at)s, %(pay_by)s, 'open')
"""
SETTLE = """
    UPDATE orders_condition SET status = %(status)s, settled_at = %(at)s,
           received_minor = %(received)s
    WHERE company_id = %(company_id)s AND id = ANY(%(ids)s) AND status = 'open'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How a person decides and why.

    `minor` is what must be paid first, in the currency of the limit, or which part ships, in the
    order's; `pay_by` is the last day the payment may come.
    """

    way: Way
    reason: str
    minor: int | None = None
    pay_by: date | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a person looks at to decide an order: what would hold it now, and what can be done."""

    order: OrderRow
    judged: Judged
    weighed: Weighed
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """The orders released because what they waited for was paid, and those it came too late for."""

    released: tuple[str, ...]
    lapsed: tuple[str, ...]


def outlook(actor: Actor, reference: str) -> Outlook:
    """Return how an order would be judged now and which ways are open; writes nothing.

    It takes the customer's turn for as long as the caller's transaction lasts.
    """
    order, seen = in_turn(actor, reference)
    return _outlook(actor, order, seen)


def _outlook(actor: Actor, order: OrderRow, seen: Circumstances) -> Outlook:
    judged = judge(actor, seen, asked_of(order))
    facts = judged.facts
    weighed = Weighed(
        facts=facts,
        left_minor=facts.with_order_minor - facts.exposure_minor,
        margin_minor=condition_queries.margin_in(facts.currency, order, actor.today),
        covered_minor=None,
    )
    found = options(weighed, judged.rules)
    if order.currency != facts.currency:
        found = tuple(one for one in found if one.way != "ship_part")
    return Outlook(order, judged, weighed, found)


@command("orders.release")
def choose(actor: Actor, reference: str, choice: Choice) -> CheckResult:
    """Decide a held order as a person chose, with reason and what was weighed.

    Against part payment it stays held, its clock stopped, until that much came in; a part of it
    reserves that part alone. Choosing anew takes back what was still to be paid. Conflict for an
    order not held.
    """
    reason = notes.required(choice.reason, "reason")
    order, seen = in_turn(actor, reference)
    if order.status != "held":
        raise Conflict(
            f"order_{order.status}",
            f"Order {order.reference} is {order.status} and cannot be decided",
            order_reference=order.reference,
        )
    acts_on("customer", [order.customer_id])
    seen_now = _outlook(actor, order, seen)
    _check(actor, choice, seen_now)
    judged = replace(seen_now.judged, noted=_noted(choice, seen_now))
    _withdraw(actor, order.id)
    if choice.way == "part_payment":
        return _against_payment(actor, order, judged, choice, reason)
    if choice.way == "refuse":
        return decided_again(actor, order, judged, "refused", reason=reason)
    if choice.way == "ship_part" and choice.minor:
        return _in_part(actor, order, seen, judged, choice.minor, reason)
    return decided_again(actor, order, judged, "released", reason=reason)


def _noted(choice: Choice, seen: Outlook) -> dict[str, object]:
    """Return what is kept of a choice, and what there was to choose from."""
    return {
        "chosen": {
            "way": choice.way,
            "minor": choice.minor,
            "pay_by": choice.pay_by.isoformat() if choice.pay_by else None,
        },
        "weighed": {
            "left_minor": seen.weighed.left_minor,
            "margin_minor": seen.weighed.margin_minor,
            "covered_minor": seen.weighed.covered_minor,
        },
        "options": [one.way for one in seen.options],
    }


def _check(actor: Actor, choice: Choice, seen: Outlook) -> None:
    if choice.way not in get_args(Way):
        raise choice_fault("order_way_unknown", "That is no way to decide an order", "way")
    if choice.way == "part_payment":
        if not choice.minor or choice.minor <= 0:
            raise choice_fault(
                "order_amount_missing", "It is not said how much must be paid", "minor"
            )
        last = choice.pay_by
        if last is None or not 0 <= (last - actor.today).days <= DAYS_AHEAD_MAX:
            raise choice_fault("order_pay_by_invalid", "That day is past or too far away", "pay_by")
    if choice.way == "ship_part" and not (
        choice.minor and 0 < choice.minor < seen.order.total_minor
    ):
        raise choice_fault("order_part_invalid", "That is no part of the order", "minor")


def choice_fault(code: str, message: str, field: str) -> Invalid:
    """Return the fault of a choice that makes no sense, at its field."""
    return Invalid(code, message, place=Place(field=field), mend="Correct it.")


def _against_payment(
    actor: Actor, order: OrderRow, judged: Judged, choice: Choice, reason: str
) -> CheckResult:
    result = decided_again(actor, order, judged, "held", reason=reason)
    sql.execute(
        PUT_DOWN,
        {
            "company_id": actor.company_id,
            "order_id": order.id,
            "customer_id": order.customer_id,
            "decision_id": result.decision_id,
            "currency": judged.facts.currency,
            "minor": choice.minor,
            "at": actor.at,
            "pay_by": choice.pay_by,
        },
    )
    waits.stop(actor, order.id, "")
    return result


def _in_part(
    actor: Actor, order: OrderRow, seen: Circumstances, judged: Judged, minor: int, reason: str
) -> CheckResult:
    """Release a part: it is judged, and set aside for, as if it were the order."""
    part = judge(actor, seen, replace(asked_of(order), minor=minor))
    part = replace(part, noted={**judged.noted, "reserved_minor": minor})
    return decided_again(actor, order, part, "released", reason=reason, reserve_minor=minor)


def _withdraw(actor: Actor, order_id: int) -> None:
    sql.execute(
        "UPDATE orders_condition SET status = 'withdrawn', settled_at = %s"
        " WHERE company_id = %s AND order_id = %s AND status = 'open'",
        [actor.at, actor.company_id, order_id],
    )


@command("orders.recheck")
def settle_conditions(actor: Actor, customer_ids: Sequence[int] | None = None) -> Settled:
    """Release the orders whose part payment came in, and end the conditions that ran out.

    What is counted is money of the customer recorded after the condition was made, less what went
    back. An order whose payment came too late stays held, and says so.
    """
    released, lapsed = [], []
    for one in condition_queries.open_conditions(actor.company_id, customer_ids):
        order, seen = in_turn(actor, condition_queries.reference_of(one.order_id))
        received = condition_queries.received_minor(one, actor.today)
        if received >= one.minor and order.status == "held":
            judged = judge(actor, seen, asked_of(order))
            _settle(actor, one.id, "met", received)
            noted = {"condition": {"id": one.id, "minor": one.minor, "received_minor": received}}
            decided_again(actor, order, replace(judged, noted=noted), "released", reason="")
            released.append(order.reference)
        elif one.pay_by < actor.today:
            _settle(actor, one.id, "lapsed", received)
            waits.let_run(actor, order.id, seen.policy.orders)
            notes.write(actor, order.id, "lapsed", "")
            lapsed.append(order.reference)
    return Settled(tuple(released), tuple(lapsed))


def _settle(actor: Actor, condition_id: int, status: str, received: int) -> None:
    sql.execute(
        SETTLE,
        {
            "company_id": actor.company_id,
            "ids": [condition_id],
            "status": status,
            "at": actor.at,
            "received": received,
        },
    )
