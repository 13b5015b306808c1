"""What is written when payments came back: payments, allocations, returns, holds, fees, blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from creditdesk.cash.rules.values import Reason
from creditdesk.cash.services import adjusting
from creditdesk.cash.services.adjusting import WrittenAdjustment
from creditdesk.cash.services.settlement import Allocated, hold_source, unapplied_hold
from creditdesk.cash.services.writing import NewMatch, PaymentState, keep_matches, next_ids
from creditdesk.contact import services as contact
from creditdesk.credit import services as credit
from creditdesk.invoices import services as invoices
from creditdesk.invoices.services import ReturnFee
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place
from creditdesk.ledger.rules import BANK
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import ReturnRules

_MARK_UNDONE = """
    UPDATE cash_allocation SET undone_on = d.undone_on, undone_at = %(at)s, undone_by = %(by)s
      FROM unnest(%(ids)s::bigint[], %(dates)s::date[]) AS d (id, undone_on)
     WHERE cash_allocation.id = d.id AND company_id = %(company_id)s AND undone_at IS NULL
"""
# What was set apart to be paid out is no longer there once the money itself went back.
_TAKE_BACK = """
    UPDATE cash_payment p
       SET unapplied_minor = p.unapplied_minor + d.undone - d.gone,
           returned_minor = p.returned_minor + d.gone,
           earmarked_minor = CASE WHEN p.unapplied_minor + d.undone - d.gone >= p.earmarked_minor
                                  THEN p.earmarked_minor ELSE 0 END,
           on_account = p.on_account AND p.unapplied_minor + d.undone > d.gone
      FROM unnest(%(ids)s::bigint[], %(undone)s::bigint[], %(gone)s::bigint[])
           AS d (id, undone, gone)
     WHERE p.id = d.id AND p.company_id = %(company_id)s
"""
_KEEP = """
    INSERT INTO cash_return (id, company_id, payment_id, returned_on, currency, minor,
                             charges_minor, reason_code, state, why, candidates, recorded_at,
                             settled_at, settled_by)
    SELECT d.id, %(company_id)s, d.payment_id, d.returned_on, d.currency, d.minor, d.charges,
           d.reason, 'posted', d.why, '{}', %(at)s, %(at)s, %(by)s
      FROM unnest(%(ids)s::bigint[], %(payments)s::bigint[], %(dates)s::date[],
                  %(currencies)s::text[], %(minors)s::bigint[], %(charges)s::bigint[],
                  %(reasons)s::text[], %(whys)s::text[])
           AS d (id, payment_id, returned_on, currency, minor, charges, reason, why)
"""
_SETTLE = """
    UPDATE cash_return r
       SET state = 'posted', why = d.why, payment_id = d.payment_id, charges_minor = d.charges,
           candidates = '{}', settled_at = %(at)s, settled_by = %(by)s
      FROM unnest(%(ids)s::bigint[], %(payments)s::bigint[], %(charges)s::bigint[],
                  %(whys)s::text[]) AS d (id, payment_id, charges, why)
     WHERE r.id = d.id AND r.company_id = %(company_id)s AND r.state = 'waiting'
"""
_FEES = """
    UPDATE cash_return r SET fee_item_id = d.item_id
      FROM unnest(%(ids)s::bigint[], %(items)s::bigint[]) AS d (id, item_id)
     WHERE r.id = d.id AND r.company_id = %(company_id)s
"""
_OFTEN = """
    SELECT p.customer_id, count(*)
      FROM cash_return r JOIN cash_payment p ON p.id = r.payment_id
     WHERE r.company_id = %(company_id)s AND r.state = 'posted' AND r.returned_on >= %(since)s
       AND p.customer_id = ANY(%(customers)s::bigint[]) AND r.why <> ALL(%(no_fault)s)
     GROUP BY 1 HAVING count(*) >= %(count)s
"""


# How a return is known: told by hand, by a card holder's bank, or paid back elsewhere by ourselves.
BY_HAND, CHARGED_BACK, REFUNDED_ELSEWHERE = "by_hand", "charged_back", "refunded_elsewhere"
# What became of a return whose money was given back.
GIVEN_BACK = "given_back"
# Says nothing of who pays badly.
NO_FAULT = (REFUNDED_ELSEWHERE, GIVEN_BACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A payment that came back. `minor` is all that is left of it unless told, less charges.

    `fee_minor` is what policy says unless told; `charges_minor` is what the bank took for itself.
    What was refunded elsewhere was our own doing: it costs no fee and tells nothing of the payer.
    """

    payment_id: int
    on: date
    reason_code: str = ""
    fee_minor: int | None = None
    minor: int | None = None
    charges_minor: int = 0
    why: str = BY_HAND


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A return of which the payment is known: the row that says so, and what to write into it.

    `is_new` has no row yet.
    """

    return_id: int
    returned: Returned
    why: str = BY_HAND
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class ReturnAct:
    """One return under lock: what gives way, from which day, and what account the money leaves."""

    known: Known
    payment: PaymentState
    gone_minor: int
    undone: tuple[Allocated, ...]
    on: date
    given: tuple[WrittenAdjustment, ...] = ()
    account: str = BANK

    @property
    def undone_minor(self) -> int:
        """How much of the payment is open on items again."""
        return sum(each.taken_minor for each in self.undone)

    @property
    def left_minor(self) -> int:
        """What of the payment stays, unapplied."""
        return self.payment.unapplied_minor + self.undone_minor - self.gone_minor

    @property
    def free_minor(self) -> int:
        """What of the payment stays and is not set apart; see `_TAKE_BACK`."""
        apart = self.payment.earmarked_minor
        return self.left_minor - (apart if self.left_minor >= apart else 0)


def write_returns(actor: Actor, acts: Sequence[ReturnAct]) -> None:
    """Write payments, allocations, returns and holds as they are by now."""
    undone = [(each.id, act.on) for act in acts for each in act.undone]
    shared = {"company_id": actor.company_id, "at": actor.at, "by": actor.name}
    marked = sql.execute(
        _MARK_UNDONE,
        shared | {"ids": [one for one, _ in undone], "dates": [on for _, on in undone]},
    )
    if marked != len(undone):
        raise Conflict("payment_changed", "A payment was changed meanwhile; look again")
    given = {one.id: act.on for act in acts for one in act.given}
    if given:
        adjusting.mark_undone(actor, given)
    sql.execute(
        _TAKE_BACK,
        {
            "company_id": actor.company_id,
            "ids": [act.payment.id for act in acts],
            "undone": [act.undone_minor for act in acts],
            "gone": [act.gone_minor for act in acts],
        },
    )
    _write_rows([act for act in acts if act.known.is_new], _KEEP, shared)
    _write_rows([act for act in acts if not act.known.is_new], _SETTLE, shared)
    _say(actor, acts)
    contact.lift_holds(actor, [hold_source(act.payment.id) for act in acts if not act.left_minor])
    contact.place_holds(
        actor,
        [
            unapplied_hold(act.payment.customer_id, act.payment.id)
            for act in acts
            if act.left_minor and act.payment.customer_id is not None and not act.payment.on_account
        ],
    )


def _write_rows(acts: Sequence[ReturnAct], statement: str, shared: Mapping[str, object]) -> None:
    if not acts:
        return
    told = [act.known.returned for act in acts]
    written = sql.execute(
        statement,
        {
            **shared,
            "ids": [act.known.return_id for act in acts],
            "payments": [act.payment.id for act in acts],
            "whys": [act.known.why for act in acts],
            "dates": [one.on for one in told],
            "currencies": [act.payment.currency for act in acts],
            "minors": [
                act.gone_minor + one.charges_minor for act, one in zip(acts, told, strict=True)
            ],
            "charges": [one.charges_minor for one in told],
            "reasons": [one.reason_code for one in told],
        },
    )
    if written != len(acts):
        raise Conflict("return_settled", "Somebody dealt with this return meanwhile; look again")


def _say(actor: Actor, acts: Sequence[ReturnAct]) -> None:
    """Write down of each payment that it came back; matching leaves it alone from now on."""
    version = policies.in_force(actor.company_id, actor.today).version
    ids = next_ids("cash_match", len(acts))
    keep_matches(
        actor,
        [
            NewMatch(
                id=match_id, payment_id=act.payment.id, method="returned", is_certain=True,
                reasons=(
                    Reason(
                        "payment_returned",
                        {"on": act.on.isoformat(), "code": act.known.returned.reason_code},
                    ),
                ),
            )
            for match_id, act in zip(ids, acts, strict=True)
        ],
        version,
    )  # fmt: skip


def charge_fees(actor: Actor, acts: Sequence[ReturnAct], rules: ReturnRules) -> tuple[int, ...]:
    """Charge each payer the fee, as told or as policy says; return the items."""
    wanted = []
    for act in acts:
        told = act.known.returned.fee_minor
        by_policy = 0 if act.known.why in NO_FAULT else rules.fee_minor
        minor = by_policy if told is None else told
        if minor < 0:
            raise Invalid(
                "fee_negative", "A fee cannot be negative", place=Place(field="fee_minor"),
                mend="Give 0 for none.",
            )  # fmt: skip
        if minor and act.payment.customer_id is not None:
            fee = ReturnFee(
                act.payment.customer_id, act.payment.currency, minor, act.payment.reference
            )
            wanted.append((act.known.return_id, fee))
    items = invoices.charge_return_fees(
        actor, [fee for _, fee in wanted], within_days=rules.fee_within_days
    )
    if items:
        ids = [return_id for return_id, _ in wanted]
        sql.execute(_FEES, {"company_id": actor.company_id, "ids": ids, "items": list(items)})
    return items


def block_often(actor: Actor, acts: Sequence[ReturnAct], rules: ReturnRules) -> tuple[int, ...]:
    """Block the credit of those whose payments come back as often as policy bears."""
    owners = {act.payment.customer_id for act in acts if act.known.why not in NO_FAULT} - {None}
    if not owners or not rules.block_at_count:
        return ()
    often = sql.fetch(
        _Often,
        _OFTEN,
        {
            "company_id": actor.company_id,
            "since": actor.today - timedelta(days=rules.block_within_days),
            "customers": sorted(one for one in owners if one is not None),
            "count": rules.block_at_count,
            "no_fault": list(NO_FAULT),
        },
    )
    credit.take_over_blocks(actor, {one.customer_id: block_reason(one.count) for one in often})
    return tuple(sorted(one.customer_id for one in often))


def block_reason(count: int) -> str:
    """Return for what so many returns block the credit."""
    return f"{count} payments came back"


@dataclass(frozen=True, slots=True)
class _Often:
    customer_id: int
    count: int
