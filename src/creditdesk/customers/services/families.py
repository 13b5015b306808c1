"""Whom customers belong to: set from a date, with no circle on any date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import queries, rules
from creditdesk.customers.events import ParentsSet
from creditdesk.customers.models import Parent
from creditdesk.customers.rules import Link
from creditdesk.customers.services.accounts import record_changes
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

# One change of the structure at a time in a company: a circle may be closed by two.
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('customers.families', %s))"
# The order of the house: groups before customers, each by id; what checks an order does the same.
_LOCK = """
    SELECT id FROM customers_customer WHERE company_id = %s AND id = ANY(%s::bigint[])
     ORDER BY id FOR NO KEY UPDATE
"""


@command("customers.put_in_group")
def set_parent(actor: Actor, customer_id: int, *, parent_id: int | None, valid_from: date) -> bool:
    """Let a customer belong to another from a date on, or to nobody; return whether it differs."""
    return set_parents(actor, [Link(customer_id, parent_id, valid_from)]) == 1


@command("customers.put_in_group")
def set_parents(actor: Actor, links: Sequence[Link]) -> int:
    """Let customers belong to others from dates on; return how many links were new.

    Refused, and nothing changes, when on any date somebody would stand above itself.
    """
    sql.scalar(_TURN, [actor.company_id])
    names = _named(actor, links)
    known = queries.links(actor.company_id)
    new = _differing(known, links)
    if not new:
        return 0
    _refuse_circle(rules.circle(known, new), names)
    _hold(actor, new)
    Parent.objects.bulk_create(
        [
            Parent(
                company_id=actor.company_id,
                customer_id=link.customer_id,
                parent_id=link.parent_id,
                valid_from=link.valid_from,
                recorded_at=actor.at,
                recorded_by=actor.name,
            )
            for link in new
        ],
        batch_size=5000,
    )
    for link in new:
        before = rules.parents_on(known, link.valid_from).get(link.customer_id)
        told = names[link.parent_id] if link.parent_id else "—"
        record_changes(
            actor,
            link.customer_id,
            {"parent": (names.get(before, "") if before else "", f"{told} {link.valid_from}")},
        )
    ids = sorted({link.customer_id for link in new})
    acts_on("customer", ids)
    first = min(link.valid_from for link in new)
    announce(actor, [ParentsSet(customer_ids=tuple(ids), valid_from=first.isoformat())])
    return len(new)


def _named(actor: Actor, links: Sequence[Link]) -> dict[int | None, str]:
    """Return id → number of all who are meant; NotFound for who is not the company's."""
    wanted = {link.customer_id for link in links} | {
        link.parent_id for link in links if link.parent_id is not None
    }
    earlier = {link.parent_id for link in queries.links(actor.company_id) if link.parent_id}
    rows = queries.customers_by_id(actor.company_id, wanted | earlier)
    if wanted - rows.keys():
        raise NotFound("customer_unknown", "There is no such customer")
    return {customer_id: row.number for customer_id, row in rows.items()}


def _differing(known: Sequence[Link], links: Sequence[Link]) -> list[Link]:
    """Return the links that say something else than what holds on their date already."""
    found: list[Link] = []
    for link in links:
        holds = rules.parents_on((*known, *found), link.valid_from).get(link.customer_id)
        if holds != link.parent_id:
            found.append(link)
    return found


def _refuse_circle(found: rules.Circle | None, names: dict[int | None, str]) -> None:
    if found is None:
        return
    number = names.get(found.customer_id, str(found.customer_id))
    if found.is_too_deep:
        raise Refused(
            "group_too_deep",
            f"From {found.on} {number} would stand more than {rules.DEPTH_MAX} generations down",
            number=number,
        )
    raise Refused(
        "group_circle",
        f"From {found.on} {number} would belong to itself",
        number=number,
        on=found.on.isoformat(),
    )


def _hold(actor: Actor, new: Sequence[Link]) -> None:
    """Hold the customers and the tops of the groups they leave and join."""
    moved = {link.customer_id for link in new} | {
        link.parent_id for link in new if link.parent_id is not None
    }
    tops = {
        top
        for on in {link.valid_from for link in new} | {actor.today}
        for top in queries.group_of(actor.company_id, moved, on).values()
    }
    sql.scalars(_LOCK, [actor.company_id, sql.array(sorted(tops))])
    sql.scalars(_LOCK, [actor.company_id, sql.array(sorted(moved))])
