"""What a payment leaves open, dealt with in one step: given with its tax, disputed, or kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.cash.events import DeductionTaken, ShortfallSolved
from creditdesk.cash.queries.standings import invoices_of, standings
from creditdesk.cash.rules.shortfall import WAYS, Adjusted, Standing, Step, Way, steps
from creditdesk.cash.rules.values import Reason
from creditdesk.cash.services import adjusting
from creditdesk.cash.services.adjusting import NewAdjustment
from creditdesk.cash.services.realising import realise
from creditdesk.cash.services.writing import PaymentState, items, payments, say
from creditdesk.contact import services as contact
from creditdesk.controls.commands import acts_on, command
from creditdesk.credit import services as credit
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place, Refused
from creditdesk.ledger import services as ledger
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy

_WHY_NOT: Mapping[str, str] = {
    "above_tolerance": "More is open than the policy writes off as a small difference",
    "above_bank_fee": "More is open than the policy takes as a charge of a bank",
    "above_discount": "More is open than any discount that was offered",
    "nothing_open": "Nothing is open any more",
}
# Since when an item stands open for good, and the day of the payment's latest part of it.
_SINCE = """
    SELECT i.id, greatest(i.issued_on, i.reopened_on,
           (SELECT max(applied_on) FROM cash_allocation a
             WHERE a.item_id = i.id AND a.payment_id = %(payment_id)s AND a.undone_at IS NULL))
      FROM invoices_item i WHERE i.company_id = %(company_id)s AND i.id = ANY(%(ids)s::bigint[])
"""


@dataclass(frozen=True, slots=True)
class Solution:
    """How to deal with what stays open of an item; a deduction has a reason, and maybe a note."""

    way: Way
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SolvedResult:
    """What was given on an item by which way, and what of it is still open."""

    item_id: int
    way: Way
    given_minor: int
    tax_minor: int
    open_minor: int
    adjustment_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Since:
    item_id: int
    on: date


def solution(way: str, *, reason: str = "", note: str = "") -> Solution:
    """Return a solution as somebody wrote it; Invalid if there is no such way."""
    if way not in WAYS:
        raise Invalid(
            "way_unknown",
            f"{way!r} is no way to deal with a short payment",
            place=Place(field="way"),
            mend=f"Use one of {', '.join(WAYS)}",
        )
    if way == "deduction" and not reason:
        raise Invalid(
            "deduction_reason_missing",
            "A deduction becomes a dispute and needs its reason",
            place=Place(field="reason"),
            mend="Say why the customer held it back",
        )
    return Solution(way, reason, note)


@command("cash.apply")
def solve_short(
    actor: Actor, payment_id: int, item_id: int, how: Solution, *, expected_minor: int | None = None
) -> SolvedResult:
    """Deal with what a payment left open of an item that it pays in part.

    A discount closes the whole invoice, anything else the item. Refused where the policy does not
    allow it or the payment pays nothing of the item; Conflict when it changed since it was shown
    as `expected_minor`.
    """
    seen = payments(actor, {payment_id})[payment_id]
    if seen.customer_id is None:
        raise Refused("payer_unknown", "Say first whose money this is", payment=seen.reference)
    credit.lock_exposure(actor, {seen.customer_id})
    payment = payments(actor, {payment_id}, lock=True)[payment_id]
    invoice_id = invoices_of(actor.company_id, {item_id}).get(item_id)
    standing = _standing(actor, payment, invoice_id)
    items(actor, {part.item_id for part in standing.parts}, lock=True)
    standing = _standing(actor, payment, invoice_id)
    if not standing.paid_minor:
        raise Refused("pays_nothing_of_it", "The payment pays nothing of this invoice")
    acts_on("item", [item_id])
    policy = policies.in_force(actor.company_id, actor.today)
    step = chosen(standing, item_id, how, policy, paid_on=payment.paid_on)
    if expected_minor not in (None, step.minor):
        raise Conflict("item_changed", "What is open has changed; look again", item_ids=(item_id,))
    written = _give(actor, payment, seen.customer_id, step, policy)
    _told(actor, payment_id, item_id, how, step)
    conclude(actor, payment, seen.customer_id, {item_id: how}, {item_id: step.minor})
    given = sum(one.minor for one in step.adjusted)
    return SolvedResult(
        item_id=item_id,
        way=how.way,
        given_minor=given,
        tax_minor=step.tax_minor,
        open_minor=standing.short_minor - given,
        adjustment_ids=written,
    )


def _standing(actor: Actor, payment: PaymentState, invoice_id: int | None) -> Standing:
    found = standings(
        actor.company_id, [] if invoice_id is None else [invoice_id], payment_id=payment.id
    )
    if invoice_id not in found or found[invoice_id].currency != payment.currency:
        raise Refused("pays_nothing_of_it", "The payment pays nothing of this invoice")
    return found[invoice_id]


def chosen(
    standing: Standing, item_id: int, how: Solution, policy: Policy, *, paid_on: date
) -> Step:
    """Return the step somebody chose; Refused where the policy or the terms do not allow it."""
    found = {
        step.way: step for step in steps(standing, item_id, policy.short_payments, paid_on=paid_on)
    }
    step = found.get(how.way)
    if step is None:
        raise Refused("no_discount_offered", f"{standing.number} was issued without a discount")
    if not step.minor:
        raise Conflict("nothing_open", _WHY_NOT["nothing_open"])
    if step.why_not:
        raise Refused(step.why_not, _WHY_NOT[step.why_not], invoice=standing.number)
    return step


def planned(
    actor: Actor,
    payment: PaymentState,
    allocations: Mapping[int, int],
    ways: Mapping[int, Solution],
    policy: Policy,
) -> tuple[tuple[Adjusted, ...], dict[int, int]]:
    """Return what is given once a payment pays so much of items, and what each way is about."""
    if not ways:
        return (), {}
    unpaid = sorted(ways.keys() - allocations.keys())
    if unpaid:
        raise Refused("pays_nothing_of_it", "The payment pays nothing of this invoice")
    of_item = invoices_of(actor.company_id, ways)
    found = standings(actor.company_id, set(of_item.values()), payment_id=payment.id)
    given: list[Adjusted] = []
    about: dict[int, int] = {}
    for item_id, how in sorted(ways.items()):
        standing = found[of_item[item_id]].paying(allocations)
        step = chosen(standing, item_id, how, policy, paid_on=payment.paid_on)
        given += step.adjusted
        about[item_id] = step.minor
    return tuple(given), about


def conclude(
    actor: Actor,
    payment: PaymentState,
    customer_id: int,
    ways: Mapping[int, Solution],
    minors: Mapping[int, int],
) -> None:
    """Tell the rooms above what was decided of each item: a deduction becomes a dispute there."""
    facts: list[ShortfallSolved | DeductionTaken] = [
        DeductionTaken(
            item_id=item_id,
            payment_id=payment.id,
            customer_id=customer_id,
            minor=minors[item_id],
            reason=how.reason,
            note=how.note,
        )
        if how.way == "deduction"
        else ShortfallSolved(
            item_id=item_id, payment_id=payment.id, customer_id=customer_id, way=how.way
        )
        for item_id, how in sorted(ways.items())
    ]
    announce(actor, facts)


def _give(
    actor: Actor, payment: PaymentState, customer_id: int, step: Step, policy: Policy
) -> tuple[int, ...]:
    """Write what is given, effective with the payment it completes, and lower the items."""
    if not step.adjusted:
        return ()
    dates = ledger.hold_open(actor)
    since = _since(actor, payment.id, {one.item_id for one in step.adjusted})
    written = adjusting.write(
        actor,
        [
            NewAdjustment(
                payment_id=payment.id,
                customer_id=customer_id,
                currency=payment.currency,
                adjusted_on=dates.earliest(max(since[one.item_id], payment.received_on)),
                given=one,
                policy_version=policy.version,
                is_automatic=False,
            )
            for one in step.adjusted
        ],
    )
    minors: dict[int, int] = {}
    on: dict[int, date] = {}
    for one in written:
        minors[one.item_id] = minors.get(one.item_id, 0) + one.minor
        on[one.item_id] = max(one.adjusted_on, on.get(one.item_id, date.min))
    settled = invoices.settle(actor, minors, on=on)
    realise(actor, [], [one.id for one in written])
    contact.withdraw_for_items(actor, settled)
    return tuple(one.id for one in written)


def _since(actor: Actor, payment_id: int, item_ids: Collection[int]) -> dict[int, date]:
    rows = sql.fetch(
        _Since,
        _SINCE,
        {"company_id": actor.company_id, "payment_id": payment_id, "ids": sql.array(item_ids)},
    )
    return {row.item_id: row.on for row in rows}


def _told(actor: Actor, payment_id: int, item_id: int, how: Solution, step: Step) -> None:
    """Write down what somebody decided of what was open."""
    params: dict[str, str | int] = {"by": actor.name, "item_id": item_id, "minor": step.minor}
    say(actor, payment_id, Reason(f"short_{how.way}_by_hand", params))


@command("cash.undo")
def undo_given(actor: Actor, payment_id: int, adjustment_ids: Sequence[int]) -> int:
    """Take back what was given on items, from today; it is open again. Return how much.

    Conflict when one of them was taken back before; then none is.
    """
    ids = sorted(set(adjustment_ids))
    seen = payments(actor, {payment_id})[payment_id]
    if seen.customer_id is None or not ids:
        raise Conflict("nothing_to_undo", "Nothing of this payment is given")
    credit.lock_exposure(actor, {seen.customer_id})
    payments(actor, {payment_id}, lock=True)
    live = adjusting.live(actor, payment_id, ids=ids)
    if len(live) < len(ids):
        raise Conflict("nothing_to_undo", "This is not given, or was undone meanwhile")
    dates = ledger.hold_open(actor)
    undone_on = {one.id: dates.earliest(max(actor.today, one.adjusted_on)) for one in live}
    adjusting.mark_undone(actor, undone_on)
    ledger.post(actor, adjusting.reversals(live, undone_on))
    minors: dict[int, int] = {}
    for one in live:
        minors[one.item_id] = minors.get(one.item_id, 0) + one.minor
    invoices.reopen(actor, minors, on={one.item_id: undone_on[one.id] for one in live})
    say(actor, payment_id, Reason("given_undone_by_hand", {"by": actor.name}))
    return sum(minors.values())
