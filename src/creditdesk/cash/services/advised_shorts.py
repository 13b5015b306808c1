"""What becomes of what advised payments leave open: the named way where policy lets it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from creditdesk.cash.events import DeductionTaken, ShortfallSolved
from creditdesk.cash.queries.standings import invoices_of, standings
from creditdesk.cash.rules import Finding
from creditdesk.cash.rules.discounts import explained
from creditdesk.cash.rules.shortfall import Adjusted, Standing, Step, steps
from creditdesk.cash.rules.values import Reason
from creditdesk.cash.rules.withheld import Withheld, by_itself
from creditdesk.cash.services import allowances
from creditdesk.cash.services.carrying import Besides
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.money import from_minor
from creditdesk.plumbing.events import announce
from creditdesk.policy.rules import Policy, ShortPaymentRules

Held = Mapping[int, Sequence[Withheld]]  # payment → what its advices keep back
WAITS: Final = "advised_waits"


@dataclass(frozen=True, slots=True)
class Decided:
    """The findings with what is said besides, what becomes of the rest, and the ways taken."""

    findings: list[Finding]
    besides: Mapping[int, Besides]
    taken: Held


def decide(
    actor: Actor,
    findings: Sequence[Finding],
    held: Held,
    policy: Policy,
    *,
    open_minor: Mapping[int, int],
    paid_on: Mapping[int, date],
    owners: Mapping[int, int],
) -> Decided:
    """Return what becomes of what certain findings leave open of items, in the order given.

    What an advice names is dealt with as it says if the policy follows advices and its bounds
    allow it; else it waits. Of what nobody named, earned discounts and small differences are given
    as matching gives them.
    """
    last, _ = allowances.towards(findings, open_minor)
    of_item = invoices_of(actor.company_id, last)
    named = {of_item[one.item_id] for every in held.values() for one in every}
    stands = standings(actor.company_id, named)
    _, given = allowances.allow(actor, findings, policy, open_minor=open_minor, paid_on=paid_on)
    told, besides, taken = [], {}, {}
    for found in findings:
        is_own = all(owners[item_id] == found.customer_id for item_id, _ in found.allocations)
        unnamed = tuple(
            one
            for one in given.get(found.payment_id, ())
            if is_own and of_item[one.item_id] not in named
        )
        for invoice_id, mine in allowances.by_invoice(found, of_item, named).items():
            stands[invoice_id] = stands[invoice_id].earlier().paying(mine)
        mine_held = [
            one for one in held.get(found.payment_id, ()) if last[one.item_id] == found.payment_id
        ]
        rules = (
            policy.short_payments
            if is_own
            else replace(policy.short_payments, follow_advices=False)
        )
        ways = _ways(mine_held, stands, of_item, rules, paid_on[found.payment_id])
        done = [one for one, step in ways if step is not None]
        adjusted = tuple(each for _, step in ways if step is not None for each in step.adjusted)
        left_open = frozenset(one.item_id for one in done if one.way == "left_open")
        besides[found.payment_id] = Besides((*unnamed, *adjusted), left_open)
        taken[found.payment_id] = done
        told.append(_told(found, ways, unnamed))
    return Decided(told, besides, taken)


def _ways(
    held: Sequence[Withheld],
    stands: Mapping[int, Standing],
    of_item: Mapping[int, int],
    rules: ShortPaymentRules,
    paid_on: date,
) -> list[tuple[Withheld, Step | None]]:
    """Return each amount kept back with the step that is taken of it, or nothing."""
    found: list[tuple[Withheld, Step | None]] = []
    for one in held:
        standing = stands[of_item[one.item_id]]
        step = by_itself(one, steps(standing, one.item_id, rules, paid_on=paid_on))
        fits = step is not None and step.minor == one.minor and rules.follow_advices
        found.append((one, step if fits else None))
    return found


def _told(
    found: Finding, ways: Sequence[tuple[Withheld, Step | None]], unnamed: Collection[Adjusted]
) -> Finding:
    reasons = [
        Reason(
            WAITS if step is None else f"advised_{one.way}",
            {
                "number": one.number,
                "amount": f"{from_minor(one.minor, one.currency)} {one.currency}",
            },
        )
        for one, step in ways
    ]
    explaining = explained(found, unnamed)
    return replace(explaining, reasons=(*explaining.reasons, *reasons))


def conclude(
    actor: Actor, findings: Sequence[Finding], decided: Decided, applied: Collection[int]
) -> None:
    """Tell the rooms above what was decided of the payments that were applied."""
    facts: list[ShortfallSolved | DeductionTaken] = []
    for found in findings:
        if found.payment_id not in applied or found.customer_id is None:
            continue
        for one in decided.taken.get(found.payment_id, ()):
            if one.way != "deduction":
                facts.append(
                    ShortfallSolved(
                        item_id=one.item_id, payment_id=found.payment_id,
                        customer_id=found.customer_id, way=one.way,
                    )
                )  # fmt: skip
            elif one.reason:
                facts.append(
                    DeductionTaken(
                        item_id=one.item_id, payment_id=found.payment_id,
                        customer_id=found.customer_id, minor=one.minor, reason=one.reason,
                        note=one.note, is_advised=True,
                    )
                )  # fmt: skip
    announce(actor, facts)
