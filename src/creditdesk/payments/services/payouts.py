"""What the provider pays out, takes from our bank, or fails to: kept, with its fees booked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import ONLINE, PAYMENT_FEES, Posting
from creditdesk.payments.models import Payout, PayoutPart
from creditdesk.payments.rules import payouts as rules
from creditdesk.payments.rules.notices import PaidOut
from creditdesk.payments.rules.payouts import Movement
from creditdesk.payments.services.clearing import clear_awaited
from creditdesk.plumbing import sql

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('payments.payout', %s))"


@command("payments.record_payout")
def record(actor: Actor, told: PaidOut, movements: Sequence[Movement]) -> str:
    """Keep a payout and what it sums up, book the fees, and look for it among the bank's lines.

    A negative one is money taken from our bank. Of one that somebody asked for by hand the
    provider does not say what it sums up: the movements until then are kept with it. Refused where
    the parts of another do not make it; a payout known already changes nothing.
    """
    sql.scalar(LOCK, [actor.company_id])
    if Payout.objects.filter(company_id=actor.company_id, payout=told.id).exists():
        return "known"
    if not told.minor:
        return "of_no_interest"
    if not told.is_manual and sum(one.net_minor for one in movements) != told.minor:
        raise Refused(
            "payout_does_not_add_up",
            "What the payout sums up does not make its amount",
            payout=told.id,
        )
    parts = _unknown(actor, movements)
    found = Payout.objects.create(
        company_id=actor.company_id,
        payout=told.id,
        currency=told.currency,
        minor=told.minor,
        fee_minor=sum(one.fee_minor for one in (parts if told.is_manual else movements)),
        is_manual=told.is_manual,
        arrives_on=told.arrives_on,
        recorded_at=actor.at,
    )
    _keep_parts(found, parts)
    _book_fees(actor, found, sum(one.fee_minor for one in parts if one.is_fee_unknown))
    return "cleared" if found.id in clear_awaited(actor) else "awaited"


def _unknown(actor: Actor, movements: Sequence[Movement]) -> list[Movement]:
    """Return the movements that no payout before brought: each is booked once."""
    ids = [one.id for one in movements]
    known = set(
        PayoutPart.objects.filter(company_id=actor.company_id, movement__in=ids).values_list(
            "movement", flat=True
        )
    )
    return [one for one in movements if one.id not in known]


def _keep_parts(found: Payout, movements: Sequence[Movement]) -> None:
    PayoutPart.objects.bulk_create(
        PayoutPart(
            company_id=found.company_id,
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


@command("payments.record_payout")
def fail(actor: Actor, told: PaidOut) -> str:
    """Note that a payout never arrived: the money is with the provider again, nothing is awaited.

    One that the bank brought already stays cleared: that it went back is a line of the bank.
    """
    sql.scalar(LOCK, [actor.company_id])
    waiting = Payout.objects.filter(
        company_id=actor.company_id, payout=told.id, payment_id=None, bank_line_id=None
    )
    if waiting.filter(failed_on=None).update(failed_on=actor.today):
        return "failed"
    known = Payout.objects.filter(company_id=actor.company_id, payout=told.id).exists()
    return "known" if known else "of_no_interest"


def parsed(movements: Iterable[Mapping[str, Any]], told: PaidOut) -> list[Movement]:
    """Return the movements of a payout but for payouts themselves, in its currency.

    Of one asked for by hand those in other currencies are of other payouts, and left out.
    """
    mine = (
        given
        for given in movements
        if not told.is_manual or str(given.get("currency", "")).upper() == told.currency
    )
    return [
        one
        for given in mine
        if (one := rules.movement(given, told.currency)).kind not in rules.PAYOUT_ITSELF
    ]
