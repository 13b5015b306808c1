"""A person decides a held order one of several ways, each weighed in money; conditions are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, get_args

from creditdesk.controls.commands import acts_on, command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place
from creditdesk.orders import condition_queries, cover_queries, queries, wait_queries
from creditdesk.orders.cover_queries import CoverSeen
from creditdesk.orders.queries import Circumstances, DecisionRow, OrderRow
from creditdesk.orders.rules import (
    PARTS,
    PARTS_MAX,
    Instalment,
    Option,
    Way,
    Weighed,
    instalments,
    options,
)
from creditdesk.orders.services import authority, notes, waits
from creditdesk.orders.services.decisions import (
    CheckResult,
    Judged,
    asked_of,
    decided_again,
    in_turn,
    judge,
)
from creditdesk.plumbing import sql
from creditdesk.plumbing.encoding import to_json
from creditdesk.policy.rules import OrderRules

DAYS_AHEAD_MAX: Final = 365
PUT_DOWN = """
    INSERT INTO orders_condition
        (company_id, order_id, customer_id, decision_id, currency, minor, since, pay_by, status,
         plan)
    VALUES (%(company_id)s, %(order_id)s, %(customer_id)s, %(decision_id)s, %(currency)s, %(minor)s,
            %(at)s, %(pay_by)s, 'open', %(plan)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How a person decides and why.

    `minor` is what must be paid first, or by the plan, in the currency of the limit, or which part
    ships, in the order's; `pay_by` is the last day the payment, or the first of `parts` of a plan,
    may come. `seen_decision_id` is the decision by which the order stood when it was looked at.
    """

    way: Way
    reason: str
    minor: int | None = None
    pay_by: date | None = None
    parts: int = PARTS
    seen_decision_id: int | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a person looks at to decide an order: what would hold it now, and what can be done.

    `others` says for each way how many other people must approve it.
    """

    order: OrderRow
    judged: Judged
    weighed: Weighed
    options: tuple[Option, ...]
    cover: CoverSeen | None
    decision: DecisionRow
    others: Mapping[Way, int]


def outlook(actor: Actor, reference: str) -> Outlook:
    """Return how an order would be judged now and which ways are open; writes nothing.

    It takes the customer's turn for as long as the caller's transaction lasts.
    """
    order, seen = in_turn(actor, reference)
    found = _outlook(actor, order, seen)
    others: dict[Way, int] = {
        one.way: authority.others_needed(
            actor, order, minor=_ships_minor(order, one.way, one.ship_minor), way=one.way
        )
        for one in found.options
        if one.way != "refuse"
    }
    return replace(found, others=others)


def _outlook(actor: Actor, order: OrderRow, seen: Circumstances) -> Outlook:
    judged = judge(actor, seen, asked_of(order))
    facts = judged.facts
    cover = cover_queries.cover_of(actor.company_id, order, facts, actor.today)
    weighed = Weighed(
        facts=facts,
        left_minor=facts.with_order_minor - facts.exposure_minor,
        margin_minor=condition_queries.margin_in(facts.currency, order, actor.today),
        covered_minor=cover.covered_minor if cover else None,
        covered_order_minor=cover.order_minor if cover else 0,
    )
    found = options(weighed, judged.rules)
    if order.currency != facts.currency:
        found = tuple(one for one in found if one.way != "ship_part")
    return Outlook(order, judged, weighed, found, cover, queries.latest_decision(order.id), {})


@command("orders.release")
def choose(actor: Actor, reference: str, choice: Choice) -> CheckResult:
    """Decide a held order as a person chose, with reason and what was weighed.

    Against part payment it stays held, its clock stopped, until that much came in; a part of it
    reserves that part alone; against instalments it ships, and is held anew if one is missed before
    it was billed. Choosing anew takes back what was still to be paid. Above what the policy lets
    one person release, others approve it first. Conflict for an order not held, or decided since
    it was looked at.
    """
    reason = notes.required(choice.reason, "reason")
    order, seen = in_turn(actor, reference)
    _require_undecided(order, choice)
    acts_on("customer", [order.customer_id])
    seen_now = _outlook(actor, order, seen)
    _check(actor, choice, seen_now)
    if choice.way != "refuse":
        ships = _ships_minor(order, choice.way, choice.minor)
        authority.require(actor, order, minor=ships, way=choice.way)
    judged = replace(seen_now.judged, noted=_noted(choice, seen_now))
    waits.withdraw(actor, [order.id])
    if choice.way == "part_payment":
        return _against_payment(actor, order, judged, choice, reason)
    if choice.way == "plan":
        return _against_plan(actor, order, judged, choice, reason)
    if choice.way == "refuse":
        return decided_again(actor, order, judged, "refused", reason=reason)
    if choice.way == "ship_part" and choice.minor:
        return _in_part(actor, order, seen, judged, choice.minor, reason)
    return decided_again(actor, order, judged, "released", reason=reason)


def _ships_minor(order: OrderRow, way: str, part_minor: int | None) -> int:
    """Return the amount that others are asked about: the part that ships, or the order."""
    return part_minor if way == "ship_part" and part_minor else order.total_minor


def _require_undecided(order: OrderRow, choice: Choice) -> None:
    """Refuse to decide what is decided, saying how if the person could not have seen it."""
    latest = queries.latest_decision(order.id)
    if choice.seen_decision_id not in (None, latest.id):
        chosen = latest.inputs.get("chosen") or {}
        raise Conflict(
            "order_decided_meanwhile",
            f"Order {order.reference} was decided meanwhile by {latest.decided_by}",
            order_reference=order.reference,
            decided_by=latest.decided_by,
            outcome=latest.outcome,
            way=chosen.get("way", ""),
        )
    if order.status != "held":
        raise Conflict(
            f"order_{order.status}",
            f"Order {order.reference} is {order.status} and cannot be decided",
            order_reference=order.reference,
        )


def _noted(choice: Choice, seen: Outlook) -> dict[str, object]:
    """Return what is kept of a choice, and what there was to choose from."""
    weighed: dict[str, object] = {
        "left_minor": seen.weighed.left_minor,
        "margin_minor": seen.weighed.margin_minor,
        "covered_minor": seen.weighed.covered_minor,
    }
    if seen.cover is not None:
        weighed |= {
            "covered_order_minor": seen.cover.order_minor,
            "not_covered_because": seen.cover.because,
        }
    return {
        "chosen": {
            "way": choice.way,
            "minor": choice.minor,
            "pay_by": choice.pay_by.isoformat() if choice.pay_by else None,
            **({"parts": choice.parts} if choice.way == "plan" else {}),
        },
        "weighed": weighed,
        "options": [one.way for one in seen.options],
    }


def _check(actor: Actor, choice: Choice, seen: Outlook) -> None:
    if choice.way not in get_args(Way):
        raise choice_fault("order_way_unknown", "That is no way to decide an order", "way")
    if choice.way in ("part_payment", "plan"):
        if not choice.minor or choice.minor <= 0:
            raise choice_fault(
                "order_amount_missing", "It is not said how much must be paid", "minor"
            )
        last = choice.pay_by
        if last is None or not 0 <= (last - actor.today).days <= DAYS_AHEAD_MAX:
            raise choice_fault("order_pay_by_invalid", "That day is past or too far away", "pay_by")
    if choice.way == "plan" and not 1 <= choice.parts <= PARTS_MAX:
        raise choice_fault("order_parts_invalid", "A plan has 1 to 12 instalments", "parts")
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
    _put_down(actor, order, judged, result.decision_id, choice, ())
    waits.stop(actor, order.id, "")
    return result


def _against_plan(
    actor: Actor, order: OrderRow, judged: Judged, choice: Choice, reason: str
) -> CheckResult:
    plan = proposed_plan(actor, choice, judged.rules)
    result = decided_again(actor, order, judged, "released", reason=reason)
    _put_down(actor, order, judged, result.decision_id, choice, plan)
    return result


def proposed_plan(actor: Actor, choice: Choice, rules: OrderRules) -> tuple[Instalment, ...]:
    """Return the instalments of a choice, on the days the desk of the company works."""
    if not choice.minor or choice.pay_by is None:
        return ()
    calendar = wait_queries.hours(actor.company_id, rules, actor.today).calendar
    return instalments(choice.minor, first_on=choice.pay_by, parts=choice.parts, calendar=calendar)


def _put_down(
    actor: Actor,
    order: OrderRow,
    judged: Judged,
    decision_id: int,
    choice: Choice,
    plan: Sequence[Instalment],
) -> None:
    sql.execute(
        PUT_DOWN,
        {
            "company_id": actor.company_id,
            "order_id": order.id,
            "customer_id": order.customer_id,
            "decision_id": decision_id,
            "currency": judged.facts.currency,
            "minor": choice.minor,
            "at": actor.at,
            "pay_by": plan[-1].due_on if plan else choice.pay_by,
            "plan": to_json(plan) if plan else None,
        },
    )


def _in_part(
    actor: Actor, order: OrderRow, seen: Circumstances, judged: Judged, minor: int, reason: str
) -> CheckResult:
    """Release a part: it is judged, and set aside for, as if it were the order."""
    part = judge(actor, seen, replace(asked_of(order), minor=minor))
    part = replace(part, noted={**judged.noted, "reserved_minor": minor})
    return decided_again(actor, order, part, "released", reason=reason, reserve_minor=minor)
