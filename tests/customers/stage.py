"""People and accounts the tests of keeping accounts share."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from creditdesk.customers import services
from creditdesk.customers.rules import NewContact, NewCustomer
from creditdesk.kernel.actor import Actor

OLD, NEW = "DE89370400440532013000", "FR1420041010050500013M02606"
PHONE = "+49 221 5550101"


def as_person(actor: Actor, user_id: int, name: str, *, days: int = 0) -> Actor:
    """The actor as somebody with a name of their own, so many days later."""
    return replace(
        actor,
        user_id=user_id,
        name=name,
        at=actor.at + timedelta(days=days),
        today=actor.today + timedelta(days=days),
    )


def acorn(actor: Actor, number: str = "C1", **given: object) -> int:
    """Open an account with one person who has a telephone."""
    told: dict[str, object] = {
        "number": number,
        "name": f"Acorn {number} GmbH",
        "currency": "EUR",
        "country": "DE",
        "contacts": (NewContact(name="Anna", phone=PHONE, email="anna@example.com"),),
    }
    [customer_id] = services.create(actor, new=[NewCustomer(**(told | given))])  # type: ignore[arg-type]
    return customer_id
