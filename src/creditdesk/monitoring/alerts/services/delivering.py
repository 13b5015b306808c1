"""What waits for a subscription is told: kept word for word first, then sent, then noted."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from creditdesk.contact import transport
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError
from creditdesk.monitoring.alerts import hooks, letters
from creditdesk.monitoring.alerts.models import Delivery, Subscription
from creditdesk.monitoring.alerts.queries import people, subscriptions
from creditdesk.monitoring.alerts.queries.subscriptions import SubscriptionRow, WaitingRow
from creditdesk.monitoring.alerts.rules import addresses
from creditdesk.monitoring.alerts.services.subscribing import MAIL, end, key_of
from creditdesk.plumbing import sql

AT_ONCE: Final = 100
FAILURES_MAX: Final = 10
FAILING: Final = "failing"
UNREADABLE: Final = "key_unreadable"
LOCK_SPACE: Final = 1_063


@dataclass(frozen=True, slots=True)
class Sent:
    """How much a subscription was told."""

    told: int = 0
    given_up: int = 0


def tell(actor: Actor, subscription_id: int, *, at: datetime | None = None) -> Sent:
    """Tell a subscription what waits for it; Conflict when that failed, so that it is tried again.

    After so many failures in a row the subscription ends and nothing is tried any more. Two at
    once tell nothing twice: the second is a Conflict. `at` is the machine time that calls bear;
    without it the business moment of the actor.
    """
    with _alone(subscription_id):
        of = subscriptions.subscription(actor.company_id, subscription_id)
        waiting = subscriptions.waiting(actor.company_id, subscription_id, limit=AT_ONCE)
        if of.ended_at is not None or not waiting:
            return Sent()
        member = people.members(actor.company_id).get(of.user_id)
        refused = "" if member is not None else "not_a_member"
        if member is not None and of.channel == MAIL and not member.email:
            refused = "no_address"
        if refused:
            give_up(actor, [one.id for one in waiting], fault=refused)
            return Sent(given_up=len(waiting))
        if of.channel == MAIL and member is not None:
            return _mail(actor, of, waiting, member.email)
        return _call(actor, of, waiting, at=at or actor.at)


@contextmanager
def _alone(subscription_id: int) -> Iterator[None]:
    if not sql.scalar("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, subscription_id]):
        raise Conflict("telling_already", "This subscription is being told already")
    try:
        yield
    finally:
        sql.scalar("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, subscription_id])


def _mail(actor: Actor, of: SubscriptionRow, waiting: Sequence[WaitingRow], recipient: str) -> Sent:
    company = controls.company(actor.company_id)
    found = subscriptions.told(actor.company_id, [one.step_id for one in waiting])
    ids = [one.id for one in waiting]
    subject, text = letters.mail_of([found[one.step_id] for one in waiting], company)
    keep_words(actor, ids, told=f"{subject}\n\n{text}")
    try:
        with transport.connected() as server:
            transport.hand_over(
                server,
                recipient,
                lambda: letters.envelope(subject, text, of=company, recipient=recipient),
            )
    except (OSError, smtplib.SMTPException, DomainError) as error:
        note_failed(actor, of.id, ids, code=None, fault="mail_unsent")
        raise untold(of.id, "mail_unsent") from error
    note_sent(actor, of.id, ids, code=None)
    return Sent(told=len(ids))


def _call(
    actor: Actor, of: SubscriptionRow, waiting: Sequence[WaitingRow], *, at: datetime
) -> Sent:
    company = controls.company(actor.company_id)
    found = subscriptions.told(actor.company_id, [one.step_id for one in waiting])
    key = key_of(actor, of.id)
    if not key:
        give_up(actor, [one.id for one in waiting], fault=UNREADABLE)
        end_unreadable(actor, of.id)
        return Sent(given_up=len(waiting))
    done = 0
    for one in waiting:
        text = one.told or letters.body_of(found[one.step_id], company)
        keep_words(actor, [one.id], told=text)
        answer = hooks.call(of.url, text.encode(), _headers(key, one, text.encode(), at))
        if answer.fault:
            note_failed(actor, of.id, [one.id], code=answer.code, fault=answer.fault)
            raise untold(of.id, answer.fault)
        note_sent(actor, of.id, [one.id], code=answer.code)
        done += 1
    return Sent(told=done)


def _headers(key: str, one: WaitingRow, body: bytes, moment: datetime) -> dict[str, str]:
    """Return what a call carries: who tells, which delivery, when, and the signature of it."""
    at = int(moment.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "creditdesk",
        "X-Creditdesk-Delivery": str(one.id),
        "X-Creditdesk-Timestamp": str(at),
        "X-Creditdesk-Signature": f"sha256={addresses.signature(key, at, body)}",
    }


def untold(subscription_id: int, why: str) -> Conflict:
    """Return the conflict of a subscription that could not be told just now."""
    return Conflict(
        "subscription_untold",
        "A subscriber could not be told of an alert; it is tried again",
        subscription=subscription_id,
        why=why,
    )


@command("monitoring.tell")
def keep_words(actor: Actor, ids: Sequence[int], *, told: str) -> None:
    """Keep what is about to be sent, word for word."""
    _mine(actor, ids).update(told=told)


@command("monitoring.tell")
def note_sent(actor: Actor, subscription_id: int, ids: Sequence[int], *, code: int | None) -> None:
    """Note that the other side took it; failures count from the beginning again."""
    _mine(actor, ids).update(
        state=Delivery.State.SENT, response_code=code, fault="", tried_at=actor.at
    )
    Subscription.objects.filter(company_id=actor.company_id, id=subscription_id).update(failures=0)


@command("monitoring.tell")
def note_failed(
    actor: Actor, subscription_id: int, ids: Sequence[int], *, code: int | None, fault: str
) -> None:
    """Note a failure; after too many in a row the subscription ends."""
    sql.execute(
        "UPDATE monitoring_delivery SET attempts = attempts + 1, response_code = %s, fault = %s,"
        " tried_at = %s WHERE company_id = %s AND id = ANY(%s)",
        [code, fault, actor.at, actor.company_id, list(ids)],
    )
    failures = sql.scalar(
        "UPDATE monitoring_subscription SET failures = failures + 1"
        " WHERE company_id = %s AND id = %s RETURNING failures",
        [actor.company_id, subscription_id],
    )
    if failures >= FAILURES_MAX:
        end(actor, subscription_id, why=FAILING)


@command("monitoring.tell")
def give_up(actor: Actor, ids: Sequence[int], *, fault: str) -> None:
    """Note that something is not told to anybody, and why."""
    _mine(actor, ids).update(state=Delivery.State.GIVEN_UP, fault=fault, tried_at=actor.at)


@command("monitoring.tell")
def end_unreadable(actor: Actor, subscription_id: int) -> None:
    """End a subscription whose key nobody can read: the secret key is another than it was."""
    end(actor, subscription_id, why=UNREADABLE)


def _mine(actor: Actor, ids: Sequence[int]) -> QuerySet[Delivery]:
    return Delivery.objects.filter(company_id=actor.company_id, id__in=list(ids))
