"""What nobody else looks after: attempts whose items were settled meanwhile, or that ran out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from procrastinate.contrib.django import app

from creditdesk.cash.events import PaymentsApplied
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.payments.gateway import ProviderFault, Stripe
from creditdesk.payments.models import Attempt
from creditdesk.payments.queries import links
from creditdesk.payments.rules import notices
from creditdesk.payments.rules.amounts import still_payable
from creditdesk.payments.services import checkout, taking
from creditdesk.payments.services.checkout import LIVE

TASK = "payments.sweep"
# So long after its end a session of which nothing was told is looked at.
UNTOLD_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep ended, dropped, took after all, and could not reach."""

    ended: int = 0
    dropped: int = 0
    taken: int = 0
    silent: int = 0


def settled_elsewhere(actor: Actor, events: Sequence[PaymentsApplied]) -> None:
    """Let a job end open attempts at items that were paid another way; reacts at once.

    It only looks: locking attempts here would wait for who applies one and waits for our items.
    """
    if links.are_tried(actor.company_id, (each for one in events for each in one.item_ids)):
        app.configure_task(TASK, allow_unknown=True).defer(company_id=actor.company_id)


def sweep(actor: Actor, *, now: datetime, provider: Stripe) -> Swept:
    """End every attempt that asks for more than is open now, or whose time is over; repeatable.

    Of one that waits for a notice which does not come, the provider itself is asked.
    """
    found: Counter[str] = Counter()
    watched = Attempt.objects.filter(company_id=actor.company_id, state__in=(*LIVE, "processing"))
    for attempt in list(watched.order_by("id")):
        try:
            found[_swept(actor, attempt, now=now, provider=provider)] += 1
        except (Conflict, ProviderFault):
            found["silent"] += 1
    return Swept(found["expired"], found["dropped"], found["taken"], found["silent"])


def _untold(actor: Actor, attempt: Attempt, *, now: datetime, provider: Stripe) -> str:
    """Ask the provider about an attempt of which nothing was told in time; what it says counts."""
    if attempt.expires_at + UNTOLD_AFTER > now:
        return ""
    stands = provider.session(attempt.session)
    told = notices.session(stands.body)
    if told.is_paid:
        return taking.take(actor, told, on=now.date())
    return taking.note_end(actor, told, state="failed") if stands.state == "expired" else ""


def _swept(actor: Actor, attempt: Attempt, *, now: datetime, provider: Stripe) -> str:
    if attempt.state == "processing":
        return _untold(actor, attempt, now=now, provider=provider)
    if attempt.state == "prepared":
        is_over = attempt.expires_at <= now
        return checkout.ended(actor, attempt.id, state="dropped") if is_over else ""
    shares = links.shares(actor.company_id, attempt.id)
    rows = invoices.items_by_id(actor.company_id, [one.item_id for one in shares])
    open_now = {item_id: row.open_minor for item_id, row in rows.items()}
    is_over = attempt.expires_at + UNTOLD_AFTER <= now
    if still_payable(shares, open_now) and not is_over:
        return ""
    return checkout.end(actor, attempt.id, provider=provider)
