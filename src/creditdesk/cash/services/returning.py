"""Payments that came back: their items are open again, the money is gone, the customer pays a fee.

Several at once, each its own payment. What a payment had settled is undone as a new posting; then
the money leaves by the bank. The fee, the block of credit and the facts follow from policy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.cash.events import PaymentsReturned
from creditdesk.cash.services import adjusting, for_others, realising
from creditdesk.cash.services.adjusting import WrittenAdjustment
from creditdesk.cash.services.returned_writing import (
    Known,
    ReturnAct,
    Returned,
    block_often,
    charge_fees,
    write_returns,
)
from creditdesk.cash.services.settlement import Allocated
from creditdesk.cash.services.writing import PaymentState, next_ids, payments
from creditdesk.controls.commands import acts_on, command
from creditdesk.credit import services as credit
from creditdesk.credit.rules import ExposureChange
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place, Refused
from creditdesk.ledger import queries as books
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import BANK, BANK_FEES, ONLINE, UNAPPLIED, UNIDENTIFIED, Posting
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policies

# The latest allocations give way first: of a return in part, the older ones stay settled.
_LIVE = """
    SELECT a.id, a.payment_id, a.item_id, i.customer_id, i.currency, a.minor, a.applied_on,
           a.payment_minor, p.currency
      FROM cash_allocation a JOIN invoices_item i ON i.id = a.item_id
      JOIN cash_payment p ON p.id = a.payment_id
     WHERE a.company_id = %(company_id)s AND a.payment_id = ANY(%(payments)s::bigint[])
       AND a.undone_at IS NULL
     ORDER BY a.payment_id, a.id DESC
"""
# What a payment provider took for us, and not a bank.
_ONLINE = """
    SELECT p.id FROM cash_payment p
      JOIN cash_bankline l ON l.id = p.bank_line_id
      JOIN cash_statement s ON s.id = l.statement_id
     WHERE p.company_id = %s AND p.id = ANY(%s::bigint[]) AND s.format = 'online'
"""


@dataclass(frozen=True, slots=True)
class ReturnResult:
    """What came of returns: items open again, what is gone, what fees were charged.

    `free_minor` is what of each payment stays, unapplied and not set apart to be paid out.
    """

    return_ids: tuple[int, ...]
    payment_ids: tuple[int, ...]
    item_ids: tuple[int, ...]
    returned_minor: dict[str, int]
    fee_item_ids: tuple[int, ...]
    blocked_customer_ids: tuple[int, ...]
    free_minor: tuple[int, ...] = ()


@command("cash.return_payments")
def return_payments(actor: Actor, returned: Sequence[Returned]) -> ReturnResult:
    """Take payments back as told, all or none; their items are open again.

    Money that a payment provider took for us leaves its clearing account, any other the bank.
    Raises Refused where more would go back than is left of a payment, Invalid where a payment is
    named twice or the day is before it was received.
    """
    if not returned:
        raise _nothing_named()
    ids = next_ids("cash_return", len(returned))
    known = [
        Known(return_id=return_id, returned=one, why=one.why, is_new=True)
        for return_id, one in zip(ids, returned, strict=True)
    ]
    return take_back(actor, known)


def take_back(actor: Actor, known: Sequence[Known]) -> ReturnResult:
    """Take back the payments of these returns, in one go; not a command of its own."""
    wanted = {one.returned.payment_id for one in known}
    if len(wanted) < len(known):
        raise Invalid(
            "payment_named_twice", "A payment is named twice", place=Place(field="payment_id"),
            mend="Name each payment once.",
        )  # fmt: skip
    locked = _locked(actor, wanted)
    acts = _acts(actor, known, locked)
    acts_on("payment", sorted(wanted))
    _post(actor, acts)
    _open_again(actor, acts)
    write_returns(actor, acts)
    rules = policies.in_force(actor.company_id, actor.today).returns
    fees = charge_fees(actor, acts, rules)
    blocked = block_often(actor, acts, rules)
    return _told(actor, acts, fees, blocked)


def _locked(actor: Actor, ids: Collection[int]) -> dict[int, PaymentState]:
    """Hold the exposure of the payers, then the payments; Conflict where a payer changed."""
    seen = payments(actor, ids)
    owners = {one.customer_id for one in seen.values() if one.customer_id is not None}
    for payment_id in seen:
        owners |= for_others.owners(actor, payment_id)
    if owners:
        credit.lock_exposure(actor, owners)
    locked = payments(actor, ids, lock=True)
    if any(locked[one.id].customer_id != one.customer_id for one in seen.values()):
        raise Conflict("payment_changed", "The payer was changed meanwhile; look again")
    return locked


def _acts(
    actor: Actor, known: Sequence[Known], locked: Mapping[int, PaymentState]
) -> list[ReturnAct]:
    live: dict[int, list[Allocated]] = defaultdict(list)
    for each in sql.fetch(
        Allocated, _LIVE, {"company_id": actor.company_id, "payments": sorted(locked)}
    ):
        live[each.payment_id].append(each)
    dates = ledger.hold_open(actor)
    posted = books.posted_on(actor.company_id, "payment", set(locked)) if dates.has_moved else {}
    accounts = _accounts(actor, locked)
    found = []
    for one in known:
        payment = locked[one.returned.payment_id]
        gone = _gone(one.returned, payment, sum(each.taken_minor for each in live[payment.id]))
        undone = _undone(live[payment.id], gone - payment.unapplied_minor)
        on = max(
            one.returned.on,
            payment.identified_on or payment.received_on,
            posted.get(payment.id, payment.received_on),
            *(each.applied_on for each in undone),
        )
        given = _given(actor, payment.id, undone)
        on = max([on, *(each.adjusted_on for each in given)])
        found.append(
            ReturnAct(one, payment, gone, undone, dates.earliest(on), given, accounts[payment.id])
        )
    return found


def _accounts(actor: Actor, ids: Collection[int]) -> dict[int, str]:
    """Return the account of the books that each payment came in on."""
    online = set(sql.scalars(_ONLINE, [actor.company_id, sorted(ids)]))
    return {one: ONLINE if one in online else BANK for one in ids}


def account_of(actor: Actor, payment_id: int) -> str:
    """Return the account of the books that a payment came in on."""
    return _accounts(actor, [payment_id])[payment_id]


def _given(
    actor: Actor, payment_id: int, undone: Sequence[Allocated]
) -> tuple[WrittenAdjustment, ...]:
    """Return what was given away beside the allocations that give way: it was not earned."""
    if not undone:
        return ()
    return tuple(adjusting.live(actor, payment_id, item_ids={each.item_id for each in undone}))


def _gone(returned: Returned, payment: PaymentState, applied_minor: int) -> int:
    """Return how much of the payment goes back; refuse what cannot be."""
    left = payment.unapplied_minor + applied_minor
    gone = left if returned.minor is None else returned.minor
    if returned.on < payment.received_on:
        raise Invalid(
            "returned_before_received", f"{payment.reference} came in after that day",
            place=Place(field="on"), mend="Give the day on which the bank took it back.",
        )  # fmt: skip
    if gone <= 0 or gone > left:
        raise Refused(
            "return_exceeds_payment",
            f"Less is left of {payment.reference} than is to go back",
            payment=payment.reference,
        )
    return gone


def _undone(live: Sequence[Allocated], wanted_minor: int) -> tuple[Allocated, ...]:
    """Return the allocations that give way so that so much is unapplied."""
    found: list[Allocated] = []
    for each in live:
        if wanted_minor <= 0:
            break
        found.append(each)
        wanted_minor -= each.taken_minor
    return tuple(found)


def _post(actor: Actor, acts: Sequence[ReturnAct]) -> None:
    """Post the undone allocations reversed, the money that left, and what the bank took."""
    postings: list[Posting] = []
    for act in acts:
        postings += _reversed(actor, act)
        postings.append(
            left(act.known.return_id, act.payment, act.gone_minor, account=act.account, on=act.on)
        )
        if act.known.returned.charges_minor:
            postings.append(
                Posting(
                    debit=BANK_FEES,
                    credit=BANK,
                    currency=act.payment.currency,
                    minor=act.known.returned.charges_minor,
                    effective_on=act.on,
                    source_kind="return",
                    source_id=act.known.return_id,
                )
            )
    ledger.post(actor, postings)


def left(return_id: int, payment: PaymentState, minor: int, *, account: str, on: date) -> Posting:
    """Return the posting by which a return takes money out of a payment."""
    return Posting(
        debit=UNIDENTIFIED if payment.customer_id is None else UNAPPLIED,
        credit=account,
        currency=payment.currency,
        minor=minor,
        effective_on=on,
        source_kind="return",
        source_id=return_id,
        customer_id=payment.customer_id,
    )


def _reversed(actor: Actor, act: ReturnAct) -> list[Posting]:
    """Return what takes back what the payment had settled, and what was given beside it."""
    undone_on = {each.id: act.on for each in act.undone}
    found = [posting.reversed(on=act.on) for each in act.undone for posting in each.postings()]
    if act.payment.customer_id is not None:
        found += for_others.reversals(act.payment.customer_id, act.undone, undone_on)
    if undone_on:
        found += realising.reversals(actor, undone_on)
    given_undone = {one.id: act.on for one in act.given}
    return found + adjusting.reversals(act.given, given_undone)


def _open_again(actor: Actor, acts: Sequence[ReturnAct]) -> None:
    """Open the items, and give exposure what it is by now."""
    minors: dict[int, int] = defaultdict(int)
    dates: dict[int, date] = {}
    changes: dict[tuple[int, str], int] = defaultdict(int)
    for act in acts:
        for each in act.undone:
            minors[each.item_id] += each.minor
            dates[each.item_id] = max(act.on, dates.get(each.item_id, date.min))
        for one in act.given:
            minors[one.item_id] += one.minor
        if act.payment.customer_id is not None:
            key = (act.payment.customer_id, act.payment.currency)
            changes[key] += act.undone_minor - act.gone_minor
    invoices.reopen(actor, dict(minors), on=dates)
    credit.change_exposure(
        actor,
        [
            ExposureChange(customer_id=customer_id, currency=currency, unapplied_minor=minor)
            for (customer_id, currency), minor in sorted(changes.items())
        ],
    )


def _told(
    actor: Actor, acts: Sequence[ReturnAct], fees: tuple[int, ...], blocked: tuple[int, ...]
) -> ReturnResult:
    """Announce what came back, and return it."""
    minor: dict[str, int] = defaultdict(int)
    for act in acts:
        minor[act.payment.currency] += act.gone_minor
    items = tuple(sorted({each.item_id for act in acts for each in act.undone}))
    result = ReturnResult(
        return_ids=tuple(act.known.return_id for act in acts),
        payment_ids=tuple(act.payment.id for act in acts),
        item_ids=items,
        returned_minor=dict(minor),
        fee_item_ids=fees,
        blocked_customer_ids=blocked,
        free_minor=tuple(act.free_minor for act in acts),
    )
    announce(
        actor,
        [
            PaymentsReturned(
                return_ids=result.return_ids,
                payment_ids=result.payment_ids,
                customer_ids=tuple(
                    sorted({a.payment.customer_id for a in acts if a.payment.customer_id})
                ),
                item_ids=items,
                reason_codes=tuple(act.known.returned.reason_code for act in acts),
            )
        ],
    )
    return result


def _nothing_named() -> Invalid:
    return Invalid(
        "nothing_returned", "No payment is named", place=Place(field="returned"),
        mend="Name the payment that came back.",
    )  # fmt: skip
