"""Who is told of alerts, and how: subscriptions begun and ended."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from creditdesk.controls.commands import command
from creditdesk.credit.services.blocks import require_customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Place, Refused
from creditdesk.monitoring.alerts.events import SubscriptionEnded
from creditdesk.monitoring.alerts.models import Delivery, Subscription
from creditdesk.monitoring.alerts.rules import addresses
from creditdesk.plumbing.encrypting import decrypted, encrypted
from creditdesk.plumbing.events import announce
from creditdesk.policy.rules.alerts import SEVERITIES, SIGNALS

MAIL, HOOK = "mail", "hook"
BY_PERSON: Final = "by_person"
KEY_BYTES: Final = 32
# Under which key of the installation the keys of calls are kept.
PURPOSE: Final = "alert calls"


@dataclass(frozen=True, slots=True)
class Begun:
    """A subscription that was begun. Its key stands in no answer that is kept: see `key_of`."""

    id: int


@command("monitoring.subscribe")
def subscribe(
    actor: Actor,
    *,
    channel: str,
    severity: str = SEVERITIES[0],
    signals: Sequence[str] = (),
    customer_ids: Sequence[int] = (),
    url: str = "",
) -> Begun:
    """Let the person who asks be told of alerts, by mail or by a call of a web address."""
    if actor.user_id is None:
        raise Refused("subscriber_missing", "Only a person can subscribe")
    _known("channel", channel, (MAIL, HOOK))
    _known("severity", severity, SEVERITIES)
    for one in signals:
        _known("signals", one, SIGNALS)
    if channel == HOOK:
        addresses.target_of(url)
    require_customers(actor, set(customer_ids))
    key = secrets.token_urlsafe(KEY_BYTES) if channel == HOOK else ""
    made = Subscription.objects.create(
        company_id=actor.company_id,
        user_id=actor.user_id,
        channel=channel,
        signals=list(dict.fromkeys(signals)),
        severity=severity,
        rank=SEVERITIES.index(severity),
        customer_ids=sorted(set(customer_ids)),
        url=url if channel == HOOK else "",
        key=encrypted(key, purpose=PURPOSE) if key else "",
        recorded_at=actor.at,
        recorded_by=actor.name,
    )
    return Begun(made.id)


def key_of(actor: Actor, subscription_id: int) -> str | None:
    """Return the key that signs the calls of a subscription; nothing once it cannot be read.

    It is no command: what commands answer is kept in the audit trail for good.
    """
    found = Subscription.objects.filter(company_id=actor.company_id, id=subscription_id).first()
    if found is None:
        raise NotFound("subscription_unknown", "There is no such subscription")
    return decrypted(found.key, purpose=PURPOSE) if found.key else ""


@command("monitoring.subscribe")
def unsubscribe(actor: Actor, subscription_id: int) -> None:
    """End one of the person's own subscriptions; what still waits is not told."""
    end(actor, subscription_id, why=BY_PERSON, user_id=actor.user_id)


def end(actor: Actor, subscription_id: int, *, why: str, user_id: int | None = None) -> None:
    """End a subscription, of that user if one is named; one that ended stays so. No command."""
    mine = Subscription.objects.filter(company_id=actor.company_id, id=subscription_id)
    if user_id is not None:
        mine = mine.filter(user_id=user_id)
    found = mine.select_for_update().first()
    if found is None:
        raise NotFound("subscription_unknown", "There is no such subscription")
    if found.ended_at is not None:
        return
    found.ended_at, found.ended_why = actor.at, why
    found.save(update_fields=["ended_at", "ended_why"])
    Delivery.objects.filter(subscription=found, state=Delivery.State.WAITING).update(
        state=Delivery.State.GIVEN_UP, fault="ended"
    )
    announce(actor, [SubscriptionEnded(subscription_id=found.id, why=why)])


def _known(name: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        raise Invalid(
            "subscription_unfit",
            "A subscription cannot be like that",
            place=Place(field=name),
            mend=f"Give one of {', '.join(known)}",
        )
