"""Verbs of the tests of payments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from creditdesk.insight import queries as proofs
from creditdesk.kernel.actor import Actor
from creditdesk.payments import gateway
from creditdesk.payments import services as payments
from creditdesk.payments.models import Attempt, Notice
from creditdesk.payments.queries import links
from tests.cash import stage
from tests.support.stripe_server import SECRET, Provider, event, signed

PUBLIC = "https://pay.example.com"


@dataclass(frozen=True)
class Debt:
    """A customer with two invoices, 100.00 and 50.00 euros, and a link that asks for both."""

    customer: int
    first: int
    second: int
    link: int


def token_of(address: str) -> str:
    assert address.startswith(f"{PUBLIC}/pay/")
    return address.removeprefix(f"{PUBLIC}/pay/").strip("/")


def a_debt(actor: Actor, name: str = "Acorn") -> Debt:
    customer = stage.customer(actor, name)
    first = stage.invoice(actor, customer, f"INV-{name}-1", 10_000)
    second = stage.invoice(actor, customer, f"INV-{name}-2", 5_000)
    address = payments.link_for(actor, item_ids=[first, second])
    return Debt(customer, first, second, links.link_of(token_of(address)).id)


def now() -> datetime:
    return datetime.now(UTC)


def begin(
    actor: Actor, debt: Debt, stripe_of: gateway.Stripe, *, at: datetime | None = None
) -> str:
    return payments.begin(actor, debt.link, now=at or now(), provider=stripe_of)


def session_of(address: str) -> str:
    return address.rpartition("/")[2]


def attempt(reference: str = "") -> Attempt:
    """The last attempt, or the one of that reference."""
    every = Attempt.objects.order_by("-id")
    found = every.filter(reference=reference).first() if reference else every.first()
    assert found is not None
    return found


def tell(
    actor: Actor, kind: str, about: dict[str, Any], *, number: str = "", at: int | None = None
) -> int:
    """The provider tells it, signed now."""
    body = event(kind, about, number=number, at=at)
    return payments.hear(actor, body, signed(body), secrets=[SECRET], now=now())


def work_off(actor: Actor, notice_id: int, stripe_of: gateway.Stripe | None = None) -> str:
    return payments.work_off(actor, notice_id, provider=stripe_of)


def told(actor: Actor, kind: str, about: dict[str, Any], **more: Any) -> str:
    """The provider tells it and it is worked off; return what became of it."""
    return work_off(actor, tell(actor, kind, about, **more))


def paid(actor: Actor, debt: Debt, provider: Provider, stripe_of: gateway.Stripe) -> int:
    """The customer pays all of it; return the payment."""
    session = provider.complete(session_of(begin(actor, debt, stripe_of)))
    assert told(actor, "checkout.session.completed", session) == "taken"
    found = attempt().payment_id
    assert found is not None
    return found


def proved(actor: Actor) -> None:
    """The books of the company hold together."""
    assert [str(one) for one in proofs.prove(actor.company_id)] == []
    assert sum(stage.books(actor).values()) == 0


def outcomes() -> list[str]:
    return list(Notice.objects.order_by("id").values_list("outcome", flat=True))
