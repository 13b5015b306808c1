"""A payment that the provider says is made becomes a payment of ours, once, applied at once."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from creditdesk.cash import services as cash
from creditdesk.cash.services import OnlineReceipt
from creditdesk.controls import queries as controls
from creditdesk.controls.commands import command
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.payments.events import OnlineFailed, PaidOnline
from creditdesk.payments.models import Attempt
from creditdesk.payments.queries import links
from creditdesk.payments.rules.amounts import applicable
from creditdesk.payments.rules.cases import WRONG_AMOUNT, NewCase
from creditdesk.payments.rules.notices import Session
from creditdesk.payments.services.cases import open_cases
from creditdesk.plumbing.encoding import to_json
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.services import keep_file

PROVIDER = "Stripe"
TRIES = 3


def account_of(actor: Actor) -> str:
    """Return the name of the provider's clearing account of a company."""
    return f"STRIPE{controls.company(actor.company_id).code.upper()}"


def attempt_for(actor: Actor, told: Session) -> Attempt | None:
    """Return the attempt something told is about, locked; None where it is none of ours."""
    mine = Attempt.objects.select_for_update(of=("self",)).filter(company_id=actor.company_id)
    for found in (
        mine.filter(reference=told.attempt) if told.attempt else mine.none(),
        mine.filter(session=told.id) if told.id else mine.none(),
        mine.filter(intent=told.intent) if told.intent else mine.none(),
    ):
        first = found.first()
        if first is not None:
            return first
    return None


@command("payments.take")
def take(actor: Actor, told: Session, *, on: date, notice_id: int | None = None) -> str:
    """Take a payment the provider says is made; return what became of it, as a code.

    However often and in whatever order it is told, the money is taken once.
    """
    attempt = attempt_for(actor, told)
    if attempt is None:
        return "not_ours"
    if attempt.payment_id is not None:
        return "known"
    payment_id = cash.receive_online(
        actor,
        OnlineReceipt(
            provider=PROVIDER,
            account=account_of(actor),
            reference=attempt.reference,
            received_on=min(on, actor.today),
            currency=told.currency,
            minor=told.minor,
            text=" ".join(filter(None, (links.link(actor.company_id, attempt.link_id).label,
                                        told.intent or told.id))),
            file_id=keep_file(actor, f"{attempt.reference}.json", _voucher(told)),
        ),
    )  # fmt: skip
    customer_id = links.link(actor.company_id, attempt.link_id).customer_id
    _apply(actor, attempt, payment_id, customer_id, told)
    Attempt.objects.filter(company_id=actor.company_id, id=attempt.id).update(
        state="paid",
        payment_id=payment_id,
        intent=told.intent,
        session=attempt.session or told.id,
        settled_at=actor.at,
    )
    paid = PaidOnline(
        attempt=attempt.reference,
        payment_id=payment_id,
        customer_id=customer_id,
        currency=told.currency,
        minor=told.minor,
    )
    announce(actor, [paid])
    if (told.minor, told.currency) != (attempt.minor, attempt.currency):
        asked = NewCase(
            kind=WRONG_AMOUNT,
            customer_id=customer_id,
            payment_id=payment_id,
            currency=told.currency,
            minor=told.minor,
            notice_id=notice_id,
        )
        open_cases(actor, [asked])
        return "taken_of_another_amount"
    return "taken"


def _apply(
    actor: Actor, attempt: Attempt, payment_id: int, customer_id: int, told: Session
) -> None:
    """Settle what was chosen as far as it is still open; the rest waits with its payer."""
    is_alike = told.currency == attempt.currency
    asked = links.shares(actor.company_id, attempt.id) if is_alike else []
    for left in reversed(range(TRIES)):
        rows = invoices.items_by_id(actor.company_id, [one.item_id for one in asked])
        open_now = {item_id: row.open_minor for item_id, row in rows.items()}
        wanted = applicable(asked, open_now, told.minor)
        if not wanted:
            break
        try:
            with transaction.atomic():
                cash.apply(actor, payment_id, allocations=wanted, customer_id=customer_id)
        except Conflict:  # somebody else settled some of it since it was looked at
            if not left:
                raise
            continue
        return
    cash.assign_payer(actor, payment_id, customer_id)


@command("payments.take")
def note_end(actor: Actor, told: Session, *, state: str) -> str:
    """Write down that an attempt ended without money, or waits for it; never over a payment."""
    attempt = attempt_for(actor, told)
    if attempt is None:
        return "not_ours"
    mine = Attempt.objects.filter(company_id=actor.company_id, id=attempt.id)
    before = ("prepared", "open", "processing") if state == "failed" else ("prepared", "open")
    changed = mine.filter(state__in=before).update(
        state=state,
        session=attempt.session or told.id,
        intent=attempt.intent or told.intent,
        settled_at=None if state == "processing" else actor.at,
    )
    if changed and state == "failed":
        customer_id = links.link(actor.company_id, attempt.link_id).customer_id
        announce(actor, [OnlineFailed(attempt=attempt.reference, customer_id=customer_id)])
    return state if changed else "known"


def _voucher(told: Session) -> bytes:
    """Return what the payment rests on, without a word about a person."""
    return to_json({"provider": PROVIDER, "told": told}).encode()
