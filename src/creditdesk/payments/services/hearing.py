"""What the provider tells: proved to come from it, kept once, worked off by a job."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from procrastinate.contrib.django import app

from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.payments.gateway import ProviderFault, Stripe
from creditdesk.payments.models import Notice
from creditdesk.payments.rules import notices, signatures
from creditdesk.payments.rules.notices import Session, Told
from creditdesk.payments.rules.payouts import Movement
from creditdesk.payments.services import chargebacks, payouts, taking

TASK = "payments.work_off"
BYTES_MAX = 512 * 1024
WAITING, DONE, IGNORED = "waiting", "done", "ignored"


def hear(actor: Actor, body: bytes, header: str, *, secrets: Iterable[str], now: datetime) -> int:
    """Keep what the provider told, once, for a job to work off; return its number.

    Refused, and nothing is kept, where none of the secrets signed it within the last minutes.
    """
    fault = signatures.fault(body, header, secrets, now=int(now.timestamp()))
    if fault:
        raise unsigned(fault, "This was not signed by the payment provider just now")
    if len(body) > BYTES_MAX:
        raise Refused("notice_too_large", "The notice is larger than any of the provider's")
    told = notices.told(body)
    return keep(actor, told.event_id, kind=told.kind, about=told.about, told_at=told.at, body=body)


def unsigned(code: str, message: str) -> Refused:
    """Return the refusal of what was not signed, or not lately."""
    return Refused(code, message)


@command("payments.hear")
def keep(
    actor: Actor, event_id: str, *, kind: str, about: str, told_at: datetime, body: bytes
) -> int:
    """Keep a notice once by the provider's id of it, with a job to work it off; return its id."""
    found, is_new = Notice.objects.get_or_create(
        company_id=actor.company_id,
        event_id=event_id,
        defaults={
            "kind": kind,
            "about": about,
            "told_at": told_at,
            "body": body,
            "state": WAITING,
            "recorded_at": actor.at,
        },
    )
    if is_new:
        job = app.configure_task(TASK, allow_unknown=True)
        job.defer(company_id=actor.company_id, notice_id=found.id)
    return found.id


def work_off(actor: Actor, notice_id: int, *, provider: Stripe | None) -> str:
    """Do what a notice asks for, once; return what became of it, as a code."""
    found = Notice.objects.filter(company_id=actor.company_id, id=notice_id).first()
    if found is None:
        raise NotFound("notice_unknown", "There is no such notice")
    movements: Sequence[Movement] = ()
    if found.state == WAITING and found.kind == notices.PAYOUT_PAID:
        movements = _movements(bytes(found.body), provider)
    return settle(actor, notice_id, movements=movements)


def _movements(body: bytes, provider: Stripe | None) -> list[Movement]:
    """Ask the provider what a payout sums up, before anything is locked."""
    if provider is None:
        raise Refused("online_not_set_up", "The company takes no payments online yet")
    told = notices.paid_out(notices.told(body).body)
    try:
        if told.is_manual:
            return payouts.parsed(provider.movements_until(told.asked_at), told)
        return payouts.parsed(provider.movements(told.id), told)
    except ProviderFault as fault:
        raise Conflict(
            "provider_silent", "The payment provider does not answer; try again shortly"
        ) from fault


@command("payments.settle_notice")
def settle(actor: Actor, notice_id: int, *, movements: Sequence[Movement] = ()) -> str:
    """Bring books, attempts and cases to what a notice says, in one transaction; its outcome.

    What cannot be understood is kept, marked so, and changes nothing.
    """
    found = Notice.objects.select_for_update().get(company_id=actor.company_id, id=notice_id)
    if found.state != WAITING:
        return found.outcome
    try:
        told = notices.told(bytes(found.body))
        with transaction.atomic():
            outcome = _done(actor, found, told, movements)
    except Invalid as error:
        outcome = error.code
    is_done = outcome not in ("not_ours", "of_no_interest", "notice_malformed")
    Notice.objects.filter(company_id=actor.company_id, id=notice_id).update(
        state=DONE if is_done else IGNORED, outcome=outcome, settled_at=actor.at
    )
    return outcome


def _done(actor: Actor, found: Notice, told: Told, movements: Sequence[Movement]) -> str:
    if told.kind.startswith(notices.SESSIONS):
        return _session(actor, found, told, notices.session(told.body))
    if told.kind in (notices.INTENT_SUCCEEDED, notices.INTENT_FAILED):
        return _session(actor, found, told, notices.intent(told.body))
    if told.kind.startswith(notices.DISPUTES):
        contested = notices.contested(told.body)
        return chargebacks.contest(actor, contested, at=told.at, notice_id=found.id)
    if told.kind == notices.CHARGE_REFUNDED:
        refunded = notices.refunded(told.body)
        return chargebacks.refund_elsewhere(actor, refunded, on=told.at.date(), notice_id=found.id)
    if told.kind in (notices.PAYOUT_PAID, notices.PAYOUT_FAILED):
        return _payout(actor, told, movements)
    return "of_no_interest"


def _payout(actor: Actor, told: Told, movements: Sequence[Movement]) -> str:
    """Keep what the provider paid out, or that it could not."""
    paid_out = notices.paid_out(told.body)
    if told.kind == notices.PAYOUT_FAILED:
        return payouts.fail(actor, paid_out)
    return payouts.record(actor, paid_out, movements)


def _session(actor: Actor, found: Notice, told: Told, session: Session) -> str:
    """Take the money where it is there; else only note how the attempt stands."""
    if session.is_paid and told.kind != notices.SESSION_FAILED:
        return taking.take(actor, session, on=told.at.date(), notice_id=found.id)
    states = {
        notices.SESSION_DONE: "processing",
        notices.SESSION_FAILED: "failed",
        notices.SESSION_EXPIRED: "expired",
    }
    if told.kind not in states:
        return "of_no_interest"  # a card was declined: the session stays open for another
    return taking.note_end(actor, session, state=states[told.kind])
