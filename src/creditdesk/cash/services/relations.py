"""Whom payers pay for, said by a person; and one payment split over items of several customers."""

from __future__ import annotations

from collections.abc import Mapping

from creditdesk.cash.models import PayerRelation
from creditdesk.cash.rules.values import Reason
from creditdesk.cash.services.application import ApplyResult
from creditdesk.cash.services.settlement import Plan, carry_out
from creditdesk.cash.services.writing import (
    ItemState,
    NewMatch,
    PaymentState,
    items,
    keep_matches,
    next_ids,
    payments,
)
from creditdesk.controls.commands import acts_on, command
from creditdesk.credit import services as credit
from creditdesk.customers import queries as customers
from creditdesk.customers.rules import account_key
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.kernel.references import name_key
from creditdesk.policy import queries as policies

KINDS = ("parent", "factor", "group", "other")
NAME_CHARACTERS_MAX = 200


@command("cash.relate_payer")
def relate_payer(
    actor: Actor,
    *,
    payer_account: str = "",
    payer_name: str = "",
    customer_number: str,
    kind: str = "other",
) -> int:
    """Say that a payer, by account or name, pays for a customer; what is said again stays once.

    Returns the relation's id. Matching rests on it from now on.
    """
    key = payer_key(payer_account, payer_name)
    found = customers.by_number(actor.company_id, {customer_number})
    if customer_number not in found:
        raise NotFound("customer_unknown", "There is no such customer")
    if kind not in KINDS:
        raise Invalid(
            "relation_kind_unknown",
            f"{kind[:40]!r} is no kind of relation",
            place=Place(field="kind"),
            mend=f"Give one of {', '.join(KINDS)}",
        )
    row, is_new = PayerRelation.objects.select_for_update().get_or_create(
        company_id=actor.company_id,
        payer_key=key,
        customer_id=found[customer_number],
        ended_at=None,
        defaults={
            "payer_name": (payer_name.strip() or key[2:])[:NAME_CHARACTERS_MAX],
            "kind": kind,
            "is_explicit": True,
            "recorded_at": actor.at,
            "recorded_by": actor.name,
        },
    )
    if not is_new:
        row.kind, row.is_explicit = kind, True
        row.recorded_at, row.recorded_by = actor.at, actor.name
        row.save(update_fields=["kind", "is_explicit", "recorded_at", "recorded_by"])
    return row.id


def payer_key(account: str, name: str) -> str:
    """Return the key of a payer: by account, else by name; Invalid where neither says anything."""
    if key := account_key(account):
        return f"a:{key}"
    if key := name_key(name):
        return f"n:{key}"
    raise Invalid(
        "payer_key_missing",
        "A payer needs an account or a name",
        place=Place(field="payer"),
        mend="Give the account, or the name as the bank writes it",
    )


@command("cash.relate_payer")
def end_relation(actor: Actor, relation_id: int) -> None:
    """Say that a payer no longer pays for a customer; the row stays, ended."""
    ended = PayerRelation.objects.filter(
        company_id=actor.company_id, id=relation_id, ended_at=None
    ).update(ended_at=actor.at, ended_by=actor.name)
    if not ended:
        raise NotFound("relation_unknown", "There is no such relation")


@command("cash.apply")
def apply_for_several(
    actor: Actor, payment_id: int, *, allocations: Mapping[int, int], payer_id: int | None = None
) -> ApplyResult:
    """Settle items (id to minor) of several customers by one payment; the rest is its payer's.

    The payer is the one known, the one named, or whose items get most. Raises Conflict when payment
    or items changed meanwhile, Refused in another currency or where another payer is known.
    """
    if not allocations or min(allocations.values()) <= 0:
        raise Invalid(
            "allocation_not_positive",
            "Name at least one item, each with a positive amount",
            place=Place(field="allocations"),
            mend="Leave out items that get nothing",
        )
    seen = payments(actor, {payment_id})[payment_id]
    owners = {item.customer_id for item in items(actor, allocations).values()}
    known = {one for one in (seen.customer_id, payer_id) if one is not None}
    credit.lock_exposure(actor, owners | known)
    payment = payments(actor, {payment_id}, lock=True)[payment_id]
    if payment.customer_id != seen.customer_id:
        raise Conflict("payment_changed", "The payer was changed meanwhile; look again")
    open_now = items(actor, allocations, lock=True)
    _check(payment, allocations, open_now)
    payer = payment.customer_id or payer_id or _largest(allocations, open_now)
    if payer not in customers.customers_by_id(actor.company_id, [payer]):
        raise NotFound("customer_unknown", "There is no such customer")
    acts_on("item", allocations)
    plan = Plan(
        payment=payment,
        customer_id=payer,
        match_id=_say(actor, payment_id, len(owners)),
        allocations=tuple(sorted(allocations.items())),
    )
    allocated = carry_out(actor, [plan], open_now)
    return ApplyResult(
        payment_id=payment.id,
        reference=payment.reference,
        customer_id=payer,
        currency=payment.currency,
        applied_minor=plan.applied_minor,
        unapplied_minor=payment.unapplied_minor - plan.applied_minor,
        allocation_ids=tuple(one.id for one in allocated),
    )


def _check(
    payment: PaymentState, allocations: Mapping[int, int], open_now: Mapping[int, ItemState]
) -> None:
    if {item.currency for item in open_now.values()} != {payment.currency}:
        raise Refused("currency_differs", f"The payment is in {payment.currency}, an item is not")
    if sum(allocations.values()) > payment.free_minor:
        raise Conflict(
            "payment_changed", f"Less of {payment.reference} is unapplied now; look again"
        )
    changed = tuple(i for i, minor in allocations.items() if open_now[i].open_minor < minor)
    if changed:
        raise Conflict("item_changed", "Less is open on an item now; look again", item_ids=changed)


def _largest(allocations: Mapping[int, int], open_now: Mapping[int, ItemState]) -> int:
    shares: dict[int, int] = {}
    for item_id, minor in allocations.items():
        owner = open_now[item_id].customer_id
        shares[owner] = shares.get(owner, 0) + minor
    return min(shares, key=lambda one: (-shares[one], one))


def _say(actor: Actor, payment_id: int, count: int) -> int:
    match_id = next_ids("cash_match", 1)[0]
    said = NewMatch(
        id=match_id, payment_id=payment_id, method="by_hand", is_certain=True,
        reasons=(
            Reason("applied_by_hand", {"by": actor.name}),
            Reason("payer_by_relation", {"count": count}),
        ),
    )  # fmt: skip
    version = policies.in_force(actor.company_id, actor.today).version
    keep_matches(actor, [said], version)
    return match_id
