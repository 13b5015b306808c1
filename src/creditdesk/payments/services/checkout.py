"""From a link to the provider's page: the attempt written first, then asked for, then opened.

Whatever stops in between, the same attempt is asked for again with the same key, so that the
provider makes one session. A session whose address nobody was given can be paid by nobody.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from creditdesk.controls.commands import command
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Refused
from creditdesk.payments import tokens
from creditdesk.payments.gateway import ProviderFault, ProviderSession, Stripe
from creditdesk.payments.models import Attempt, AttemptItem, Link
from creditdesk.payments.queries import links
from creditdesk.payments.queries.links import LinkRow, Payable
from creditdesk.payments.rules.amounts import Share, to_provider
from creditdesk.payments.rules.notices import ATTEMPT
from creditdesk.plumbing.services import take_references

# The provider keeps a session open for half an hour to a day.
SESSION_HOURS = 2
# So close to its end a session is not given out again.
SPARE = timedelta(minutes=10)
# For so long an unanswered call is repeated with its key; the provider keeps keys for a day.
REPEATED_FOR = timedelta(hours=1)
TRIES = 3
NAMED = 5
LIVE = ("prepared", "open")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be done to let a customer pay: end what is in the way, or ask, or just go on."""

    in_the_way: tuple[int, ...]
    attempt_id: int | None = None
    idempotency_key: str = ""
    request: Mapping[str, Any] | None = None
    url: str = ""


def begin(actor: Actor, link_id: int, *, now: datetime, provider: Stripe) -> str:
    """Return the address of the provider's page at which the customer pays what is open now.

    `now` is machine time. Refused where nothing is open, or is being paid; Conflict where the
    provider does not answer: ask again.
    """
    for _again in range(TRIES):
        ready = prepare(actor, link_id, now=now)
        for attempt_id in ready.in_the_way:
            end(actor, attempt_id, provider=provider)
        if ready.url:
            return ready.url
        if ready.attempt_id is not None:
            return _asked(actor, ready, provider)
    raise Conflict("payment_changed", "What is open changed meanwhile; look again")


def _asked(actor: Actor, ready: Prepared, provider: Stripe) -> str:
    attempt_id = ready.attempt_id or 0
    try:
        made = provider.create_session(ready.request or {}, ready.idempotency_key)
        _check_address(made)
    except ProviderFault as fault:
        if fault.is_certain or fault.is_kept:
            fail(actor, attempt_id, fault.code)
        raise _told(fault) from fault
    return open_attempt(actor, attempt_id, session=made.id, url=made.url)


def _check_address(made: ProviderSession) -> None:
    """Refuse to send a customer on to anywhere but the provider's own pages."""
    if not made.url.startswith(f"{settings.STRIPE_CHECKOUT}/"):
        raise ProviderFault("answer_malformed", is_certain=True)


def _told(fault: ProviderFault) -> Refused | Conflict:
    if fault.is_certain:
        return Refused(
            "online_refused", "The payment provider does not accept this payment", why=fault.code
        )
    return Conflict("provider_silent", "The payment provider does not answer; try again shortly")


@command("payments.prepare")
def prepare(actor: Actor, link_id: int, *, now: datetime) -> Prepared:
    """Write down an attempt to pay what is open now, or return the one there is.

    Whoever goes on to pay has seen what for: that is evidence. Looking at the page is none, as
    programs follow links too.
    """
    Link.objects.select_for_update().get(id=link_id, company_id=actor.company_id)
    of = links.link(actor.company_id, link_id)
    if of.expires_at <= actor.at:
        raise Refused("link_expired", "This address is no longer good; ask for a new one")
    items = links.payable(of)
    if not items:
        raise Refused("nothing_to_pay", "Nothing is open any more")
    if links.is_under_way(actor.company_id, [one.item_id for one in items]):
        raise Refused("payment_under_way", "A payment of this is under way already")
    live = Attempt.objects.filter(company_id=actor.company_id, link_id=link_id, state__in=LIVE)
    found = live.first()
    if found is not None and _is_good(found, items, now):
        return _of(found)
    in_the_way = _in_the_way(actor, link_id, items)
    if in_the_way:
        return Prepared(in_the_way)
    written = _written(actor, of, items, now)
    invoices.note_seen(actor, sorted({one.number for one in items}))
    return _of(written)


def _is_good(attempt: Attempt, items: Sequence[Payable], now: datetime) -> bool:
    """Whether an attempt still asks for what is open, and will for a while."""
    asked = links.shares(attempt.company_id, attempt.id)
    if asked != [Share(one.item_id, one.open_minor) for one in _by_id(items)]:
        return False
    if attempt.state == "open":
        return attempt.expires_at > now + SPARE
    return attempt.expires_at > now + timedelta(hours=SESSION_HOURS) - REPEATED_FOR


def _by_id(items: Sequence[Payable]) -> list[Payable]:
    return sorted(items, key=lambda one: one.item_id)


def _of(attempt: Attempt) -> Prepared:
    if attempt.state == "open":
        return Prepared((), attempt.id, url=attempt.url)
    return Prepared((), attempt.id, str(attempt.idempotency_key), attempt.request)


def _in_the_way(actor: Actor, link_id: int, items: Sequence[Payable]) -> tuple[int, ...]:
    """Return the attempts that must end first: this link's, and others that pay the same."""
    ids = [one.item_id for one in items]
    found = (
        Attempt.objects.filter(company_id=actor.company_id, state__in=LIVE)
        .filter(Q(link_id=link_id) | Q(items__item_id__in=ids))
        .distinct()
    )
    return tuple(found.order_by("id").values_list("id", flat=True))


def _written(actor: Actor, of: LinkRow, items: Sequence[Payable], now: datetime) -> Attempt:
    minor = sum(one.open_minor for one in items)
    reference = take_references(actor, "ONL", 1)[0]
    expires_at = now + timedelta(hours=SESSION_HOURS)
    attempt = Attempt.objects.create(
        company_id=actor.company_id,
        reference=reference,
        link_id=of.id,
        idempotency_key=uuid.uuid4(),
        state="prepared",
        currency=of.currency,
        minor=minor,
        request=_request(of, items, minor, reference, expires_at),
        expires_at=expires_at,
        recorded_at=actor.at,
    )
    AttemptItem.objects.bulk_create(
        AttemptItem(
            company_id=actor.company_id,
            attempt_id=attempt.id,
            item_id=one.item_id,
            minor=one.open_minor,
        )
        for one in items
    )
    return attempt


def _request(
    of: LinkRow, items: Sequence[Payable], minor: int, reference: str, expires_at: datetime
) -> dict[str, Any]:
    """Return what is asked of the provider: nothing of a person but what they are to pay."""
    numbers = list(dict.fromkeys(one.number for one in items))
    named = ", ".join(numbers[:NAMED]) + (" …" if len(numbers) > NAMED else "")
    address = tokens.address_of(of.key)
    return {
        "mode": "payment",
        "client_reference_id": reference,
        "metadata": {ATTEMPT: reference},
        "payment_intent_data": {"metadata": {ATTEMPT: reference}, "description": named},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": of.currency.lower(),
                    "unit_amount": to_provider(minor, of.currency),
                    "product_data": {"name": named},
                },
            }
        ],
        "success_url": f"{address}done",
        "cancel_url": address,
        "expires_at": int(expires_at.timestamp()),
    }


@command("payments.open")
def open_attempt(actor: Actor, attempt_id: int, *, session: str, url: str) -> str:
    """Keep the address at which the customer may pay, and return it; Conflict if it ended."""
    mine = Attempt.objects.filter(company_id=actor.company_id, id=attempt_id)
    if mine.filter(state="prepared").update(state="open", session=session, url=url):
        return url
    found = mine.filter(state="open", session=session).first()
    if found is None:
        raise Conflict("payment_changed", "What is open changed meanwhile; look again")
    return found.url


@command("payments.fail")
def fail(actor: Actor, attempt_id: int, code: str) -> None:
    """End an attempt the provider refused; a new one has a new key."""
    Attempt.objects.filter(company_id=actor.company_id, id=attempt_id, state="prepared").update(
        state="failed", fault=code, settled_at=actor.at
    )


def end(actor: Actor, attempt_id: int, *, provider: Stripe) -> str:
    """End an attempt at the provider, so that it cannot be paid; return its state then.

    One that was completed there a moment ago is left to what the provider will tell of it.
    """
    found = Attempt.objects.get(company_id=actor.company_id, id=attempt_id)
    if found.state == "prepared":
        return ended(actor, attempt_id, state="dropped")
    if found.state != "open" or not found.session:
        return found.state
    try:
        provider.expire_session(found.session)
    except ProviderFault as fault:
        if not fault.is_certain:
            raise _told(fault) from fault
        try:
            stands = provider.session(found.session).state
        except ProviderFault as again:
            raise _told(again) from again
        return ended(actor, attempt_id, state="expired" if stands == "expired" else "processing")
    return ended(actor, attempt_id, state="expired")


@command("payments.end")
def ended(actor: Actor, attempt_id: int, *, state: str) -> str:
    """Write down that an attempt ended, or is no longer ours to end; return its state."""
    mine = Attempt.objects.filter(company_id=actor.company_id, id=attempt_id)
    mine.filter(state__in=LIVE).update(
        state=state, settled_at=None if state == "processing" else actor.at
    )
    return str(mine.values_list("state", flat=True).get())
