"""What the provider pays out: its fees booked, and the bank's receipt known for what it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from creditdesk.cash import services as cash
from creditdesk.cash.events import PaymentsReceived
from creditdesk.cash.services import Move
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound, Refused
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import ONLINE, PAYMENT_FEES, Posting
from creditdesk.payments.events import PayoutCleared
from creditdesk.payments.models import Payout, PayoutPart
from creditdesk.payments.rules import payouts as rules
from creditdesk.payments.rules.notices import PaidOut
from creditdesk.payments.rules.payouts import Movement
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

WHY = "payout"
# A receipt of the bank that may be a payout: of nobody known yet, all of it unapplied, about when
# it was due, and saying whose it is.
_RECEIPTS = """
    SELECT p.id, p.total_minor, p.currency, p.received_on,
           upper(l.text || ' ' || l.reference || ' ' || l.counterparty) AS words
      FROM cash_payment p
      JOIN cash_bankline l ON l.id = p.bank_line_id
      JOIN cash_bankaccount b ON b.id = l.account_id
     WHERE p.company_id = %(company_id)s AND p.customer_id IS NULL AND b.is_collecting
       AND p.unapplied_minor = p.total_minor AND p.total_minor = ANY(%(minors)s::bigint[])
       AND p.received_on >= %(since)s
     ORDER BY p.id
"""


@dataclass(frozen=True, slots=True)
class _Receipt:
    id: int
    minor: int
    currency: str
    received_on: date
    words: str


@command("payments.record_payout")
def record(actor: Actor, told: PaidOut, movements: Sequence[Movement]) -> str:
    """Keep a payout and what it sums up, book the fees, and look for it among the bank's receipts.

    Refused where its parts do not make it; a payout known already changes nothing.
    """
    if Payout.objects.filter(company_id=actor.company_id, payout=told.id).exists():
        return "known"
    if told.minor <= 0:
        return "not_paid_to_us"
    if sum(one.net_minor for one in movements) != told.minor:
        raise Refused(
            "payout_does_not_add_up",
            "What the payout sums up does not make its amount",
            payout=told.id,
        )
    fee_minor = sum(one.fee_minor for one in movements)
    found = Payout.objects.create(
        company_id=actor.company_id,
        payout=told.id,
        currency=told.currency,
        minor=told.minor,
        fee_minor=fee_minor,
        arrives_on=told.arrives_on,
        recorded_at=actor.at,
    )
    PayoutPart.objects.bulk_create(
        PayoutPart(
            company_id=actor.company_id,
            payout_id=found.id,
            movement=one.id,
            kind=one.kind,
            source=one.source,
            gross_minor=one.gross_minor,
            fee_minor=one.fee_minor,
            net_minor=one.net_minor,
        )
        for one in movements
    )
    _book_fees(actor, found, sum(one.fee_minor for one in movements if one.is_fee_unknown))
    return "cleared" if clear_awaited(actor) else "awaited"


def _book_fees(actor: Actor, found: Payout, fee_minor: int) -> None:
    """Post the fees of a payout; the provider may also give some back."""
    if not fee_minor:
        return
    on = ledger.hold_open(actor).earliest(min(found.arrives_on, actor.today))
    ledger.post(
        actor,
        [
            Posting(
                debit=PAYMENT_FEES if fee_minor > 0 else ONLINE,
                credit=ONLINE if fee_minor > 0 else PAYMENT_FEES,
                currency=found.currency,
                minor=abs(fee_minor),
                effective_on=on,
                source_kind="payout_fee",
                source_id=found.id,
            )
        ],
    )


def parsed(movements: Iterable[Mapping[str, Any]], told: PaidOut) -> list[Movement]:
    """Return the movements of a payout but for the payout itself, in its currency."""
    return [
        one
        for given in movements
        if (one := rules.movement(given, told.currency)).kind not in rules.PAYOUT_ITSELF
    ]


def clear_received(actor: Actor, events: Sequence[PaymentsReceived]) -> None:
    """Know payouts among what the bank brought, before matching looks at it; reacts at once."""
    if any(event.payment_ids for event in events):
        clear_awaited(actor)


def clear_awaited(actor: Actor) -> int:
    """Clear each awaited payout by the one receipt that can be it; return how many.

    Between equals nothing is decided: a person says which is which.
    """
    awaited = list(
        Payout.objects.filter(company_id=actor.company_id, payment_id=None).order_by("id")
    )
    if not awaited:
        return 0
    receipts = _receipts(actor, awaited)
    candidates = [
        rules.Candidate(one.id, one.minor, one.currency, one.received_on, one.words)
        for one in receipts
    ]
    asked = [
        rules.Awaited(one.id, one.payout, one.minor, one.currency, one.arrives_on)
        for one in awaited
    ]
    pairs = rules.pairs(asked, candidates)
    for payout_id, payment_id in pairs:
        _clear(actor, payout_id, payment_id)
    return len(pairs)


def _receipts(actor: Actor, awaited: Sequence[Payout]) -> list[_Receipt]:
    since = min(one.arrives_on for one in awaited) - timedelta(days=rules.DAYS_EARLY)
    return sql.fetch(
        _Receipt,
        _RECEIPTS,
        {
            "company_id": actor.company_id,
            "minors": sql.array(sorted({one.minor for one in awaited})),
            "since": since,
        },
    )


@command("payments.clear_payout")
def clear(actor: Actor, payout: str, payment_id: int) -> None:
    """Say which receipt of the bank a payout is; Refused where the amounts differ."""
    found = Payout.objects.filter(company_id=actor.company_id, payout=payout).first()
    if found is None:
        raise NotFound("payout_unknown", f"There is no payout {payout[:60]!r}")
    if found.payment_id is not None:
        raise Conflict("payout_cleared", "The payout is cleared already")
    asked = [one for one in _receipts(actor, [found]) if one.id == payment_id]
    if not asked or asked[0].currency != found.currency:
        raise Refused(
            "payout_differs", "The receipt is of another amount or currency, or somebody's"
        )
    _clear(actor, found.id, payment_id)


def _clear(actor: Actor, payout_id: int, payment_id: int) -> None:
    marked = Payout.objects.filter(
        company_id=actor.company_id, id=payout_id, payment_id=None
    ).update(payment_id=payment_id, cleared_at=actor.at)
    if not marked:
        raise Conflict("payout_cleared", "The payout is cleared already")
    found = Payout.objects.get(company_id=actor.company_id, id=payout_id)
    cash.move(actor, [Move(payment_id, found.minor, ONLINE, WHY, actor.today)])
    announce(
        actor,
        [
            PayoutCleared(
                payout=found.payout,
                payment_id=payment_id,
                currency=found.currency,
                minor=found.minor,
                fee_minor=found.fee_minor,
            )
        ],
    )
