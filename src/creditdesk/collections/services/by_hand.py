"""A reminder sent by hand: the one a run would send, with its step and its fee, to one customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from creditdesk.collections import queries
from creditdesk.collections.rules import Planned
from creditdesk.collections.services import pay_links
from creditdesk.collections.services.drafting import Drafting
from creditdesk.collections.services.planning import (
    messages_due,
    take_steps,
    take_turn,
    why_held,
)
from creditdesk.contact import services as contact
from creditdesk.contact.rules import Draft
from creditdesk.controls.commands import command
from creditdesk.customers import queries as customers
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound
from creditdesk.policy import queries as policies
from creditdesk.policy.rules import Policy


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many reminders were queued and how many the gate refused; both 0 if none was due.

    `held_reason` says why nobody is reminded today, if so.
    """

    queued: int = 0
    refused: int = 0
    held_reason: str = ""


def preview_reminder(
    actor: Actor, customer_id: int, *, contact_id: int | None = None
) -> list[contact.Examined]:
    """Return the reminders the ladder has due for a customer, each with the gate's answer."""
    policy = policies.in_force(actor.company_id, actor.today)
    planned = list(messages_due(actor, policy, [customer_id]))
    pay_at = [pay_links.sample(actor)] * len(planned)
    return contact.examine(
        actor,
        _drafts(actor, policy, planned, pay_at, contact_id),
        policy=policy,
        bank=queries.bank_fact(actor.company_id, actor.today),
    )


@command("collections.run")
def remind(actor: Actor, *, customer_id: int, contact_id: int | None = None) -> Reminded:
    """Queue the reminders a run would write to one customer now, to a contact or the primary one.

    They take their steps and name their fees as those of a run do, so that whichever comes first
    is the only one. What holds a run holds them too.
    """
    customers.customer_by_id(actor.company_id, customer_id)
    policy = policies.in_force(actor.company_id, actor.today)
    bank = queries.bank_fact(actor.company_id, actor.today)
    held = why_held(actor, policy, bank)
    if held:
        return Reminded(held_reason=held)
    take_turn(actor)
    planned = list(messages_due(actor, policy, [customer_id]))
    if not planned:
        return Reminded()
    drafts = _drafts(actor, policy, planned, pay_links.of_planned(actor, planned), contact_id)
    [queued] = contact.queue_all(actor, [drafts], policy=policy, bank=bank)
    take_steps(actor, drafts, queued, policy)
    return Reminded(queued.queued, queued.refused)


def _drafts(
    actor: Actor,
    policy: Policy,
    planned: Sequence[Planned],
    pay_at: Sequence[str],
    contact_id: int | None,
) -> list[Draft]:
    drafts = Drafting(actor, policy).drafts(planned, pay_at)
    if contact_id is None or not drafts:
        return drafts
    known = customers.contacts(actor.company_id, drafts[0].customer_id)
    person = next((one for one in known if one.id == contact_id and one.is_active), None)
    if person is None:
        raise NotFound("contact_unknown", "There is no such contact", contact_id=contact_id)
    return [
        replace(
            draft,
            recipient=person.email,
            recipient_name=person.name,
            contact_id=person.id,
            language=person.language or draft.language,
        )
        for draft in drafts
    ]
