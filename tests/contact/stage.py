"""What the tests of contact and of the rooms above it build on."""

from __future__ import annotations

from datetime import date
from typing import Any

from creditdesk.contact import services as contact
from creditdesk.contact.rules import BankFact, Draft, DraftItem
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewContact, NewCustomer
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import services as policies

FRESH = BankFact(date(2026, 3, 13))


def policy(actor: Actor) -> None:
    policies.ensure_default(actor, valid_from=date(2020, 1, 1))


def a_customer(actor: Actor, number: str = "C1", **known: Any) -> int:
    policy(actor)
    email = known.pop("email", f"{number.lower()}@example.com")
    given: dict[str, Any] = {
        "name": f"{number} Trading Ltd",
        "currency": "EUR",
        "country": "DE",
        "contacts": (NewContact(name=f"Ann {number}", email=email, is_primary=True),),
    }
    [customer_id] = customers.create(actor, new=[NewCustomer(number=number, **given | known)])
    return customer_id


def a_draft(customer_id: int, *items: tuple[int, int], **known: Any) -> Draft:
    """Make a reminder about items given as (item id, open minor)."""
    given: dict[str, Any] = {
        "customer_id": customer_id,
        "customer_name": "Acorn <b>& Sons",
        "recipient": "ann@example.com",
        "recipient_name": "Ann Acorn",
        "purpose": "collection",
        "step": "reminder",
        "country": "DE",
        "currency": "EUR",
        "pay_by": date(2026, 3, 23),
        "items": tuple(
            DraftItem(item_id, f"INV-{item_id}", date(2026, 3, 1), 15, minor, "reminder")
            for item_id, minor in items
        ),
    }
    return Draft(**given | known)


def queued(actor: Actor, *drafts: Draft) -> contact.QueueResult:
    return contact.queue(actor, drafts, bank=FRESH)


def statuses(actor: Actor) -> list[tuple[str, str]]:
    """Return every message's status and its reason, oldest first."""
    rows = sql.scalars(
        "SELECT status || ':' || status_reason FROM contact_message WHERE company_id = %s"
        " ORDER BY id",
        [actor.company_id],
    )
    return [(row.partition(":")[0], row.partition(":")[2]) for row in rows]


def verdicts(actor: Actor) -> list[tuple[str, bool]]:
    rows = sql.scalars(
        "SELECT stage || ':' || allowed FROM contact_verdict WHERE company_id = %s ORDER BY id",
        [actor.company_id],
    )
    return [(row.partition(":")[0], row.endswith("true")) for row in rows]
