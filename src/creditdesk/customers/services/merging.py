"""A duplicate becomes another account: what is known moves, what is booked runs off where it is.

The books are append-only and a document names its customer, so postings, items and what hangs on
them stay with the duplicate, which belongs to the survivor's group from then on: one shared limit
counts both. Nothing new is booked on it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from creditdesk.controls.commands import acts_on, command
from creditdesk.customers import queries
from creditdesk.customers.events import CustomersStopped
from creditdesk.customers.models import Alias, BankDetail, Contact, Customer, Merge
from creditdesk.customers.rules import Link
from creditdesk.customers.services.accounts import locked, record_changes
from creditdesk.customers.services.families import set_parents
from creditdesk.customers.services.lifecycle import CLOSED, DORMANT, obstacles, require_reason
from creditdesk.customers.services.payers import learn_names
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, NotFound, Refused
from creditdesk.plumbing.events import announce


@dataclass(frozen=True, slots=True)
class Moves:
    """What a merge copies to the survivor, what it moves, and what stays to run off."""

    contacts: int
    bank_accounts: int
    names: int
    children: int
    stays: dict[str, int]


@command("customers.merge")
def merge(actor: Actor, duplicate_id: int, *, survivor_id: int, reason: str) -> Moves:
    """Let a duplicate become the survivor; return what moved and what stays to run off.

    Refused for accounts of other currencies, and Conflict where one of them is closed. People, bank
    accounts and names are copied; whoever belonged to the duplicate belongs to the survivor.
    """
    why = require_reason(reason)
    duplicate, survivor = _pair(actor, duplicate_id, survivor_id)
    _refuse_unlike(duplicate, survivor)
    found = Moves(
        contacts=_copy_contacts(duplicate, survivor),
        bank_accounts=_copy_accounts(actor, duplicate, survivor),
        names=_copy_names(actor, duplicate, survivor),
        children=_adopt(actor, duplicate_id, survivor_id),
        stays={
            one.code: one.count
            for one in obstacles(actor.company_id, [duplicate_id]).get(duplicate_id, [])
        },
    )
    Merge.objects.create(
        company_id=actor.company_id, duplicate=duplicate, survivor=survivor, reason=why,
        moved=asdict(found), recorded_at=actor.at, recorded_by=actor.name,
    )  # fmt: skip
    _stop(actor, duplicate, survivor, why)
    acts_on("customer", [duplicate_id, survivor_id])
    return found


def _pair(actor: Actor, duplicate_id: int, survivor_id: int) -> tuple[Customer, Customer]:
    """Return both accounts, held in the order of their ids."""
    if duplicate_id == survivor_id:
        raise Refused("merge_with_itself", "An account is not merged with itself")
    rows = {one: locked(actor, one) for one in sorted((duplicate_id, survivor_id))}
    return rows[duplicate_id], rows[survivor_id]


def _refuse_unlike(duplicate: Customer, survivor: Customer) -> None:
    if CLOSED in (duplicate.status, survivor.status):
        raise Conflict("merge_of_closed", "One of the accounts is closed; open it again first")
    if duplicate.currency != survivor.currency:
        raise Refused(
            "merge_of_currencies", "The accounts are kept in different currencies; keep both"
        )


def _copy_contacts(duplicate: Customer, survivor: Customer) -> int:
    """Copy the people the survivor does not have; those of the duplicate stay to be written to."""
    there = {
        (one.name, one.email.lower(), one.phone)
        for one in Contact.objects.filter(customer=survivor)
    }
    new = [
        Contact(
            company_id=survivor.company_id, customer=survivor, name=one.name, role=one.role,
            email=one.email, phone=one.phone, language=one.language,
        )
        for one in Contact.objects.filter(customer=duplicate, is_active=True).order_by("id")
        if (one.name, one.email.lower(), one.phone) not in there
    ]  # fmt: skip
    return len(Contact.objects.bulk_create(new))


def _copy_accounts(actor: Actor, duplicate: Customer, survivor: Customer) -> int:
    there = set(BankDetail.objects.filter(customer=survivor).values_list("account_key", flat=True))
    new = [
        BankDetail(
            company_id=actor.company_id, customer=survivor, account_key=one.account_key,
            holder=one.holder, learned=one.learned, recorded_at=actor.at,
        )
        for one in BankDetail.objects.filter(customer=duplicate).order_by("id")
        if one.account_key not in there
    ]  # fmt: skip
    return len(BankDetail.objects.bulk_create(new))


def _copy_names(actor: Actor, duplicate: Customer, survivor: Customer) -> int:
    before = Alias.objects.filter(customer=survivor).count()
    names = [duplicate.name, *queries.aliases(actor.company_id, duplicate.id)]
    learn_names(actor, [(survivor.id, name) for name in names])
    return Alias.objects.filter(customer=survivor).count() - before


def _adopt(actor: Actor, duplicate_id: int, survivor_id: int) -> int:
    """Let the survivor leave the duplicate, its children come to it, and itself belong to it."""
    today = actor.today
    below = [
        row.id
        for row in queries.tree(actor.company_id, duplicate_id, today)
        if row.parent_id == duplicate_id and row.id != survivor_id
    ]
    above = queries.parent_of(actor.company_id, [survivor_id, duplicate_id], today)
    links = [Link(one, survivor_id, today) for one in below]
    if above.get(survivor_id) == duplicate_id:
        links.insert(0, Link(survivor_id, above.get(duplicate_id), today))
    set_parents(actor, [*links, Link(duplicate_id, survivor_id, today)])
    return len(below)


def _stop(actor: Actor, duplicate: Customer, survivor: Customer, why: str) -> None:
    Customer.objects.filter(id=duplicate.id).update(
        status=CLOSED, merged_into=survivor, version=duplicate.version + 1
    )
    told = {
        "status": (duplicate.status, CLOSED),
        "status reason": ("", why),
        "merged into": ("", survivor.number),
    }
    record_changes(actor, duplicate.id, told)
    record_changes(actor, survivor.id, {"merged from": ("", duplicate.number)})
    announce(actor, [CustomersStopped(customer_ids=(duplicate.id,), status=CLOSED)])


@command("customers.merge")
def undo_merge(actor: Actor, duplicate_id: int, *, reason: str) -> None:
    """Let a merged account stand by itself again; it sleeps until its credit was reviewed.

    What was copied to the survivor stays there, and its children stay with the survivor.
    """
    why = require_reason(reason)
    row = locked(actor, duplicate_id)
    live = Merge.objects.select_for_update().filter(duplicate_id=duplicate_id, undone_at=None)
    found = live.first()
    if found is None or row.merged_into_id is None:
        raise NotFound("merge_unknown", "The account was not merged")
    live.update(undone_at=actor.at, undone_by=actor.name)
    Customer.objects.filter(id=duplicate_id).update(
        status=DORMANT, merged_into=None, version=row.version + 1
    )
    set_parents(actor, [Link(duplicate_id, None, actor.today)])
    told = {"status": (CLOSED, DORMANT), "status reason": ("", why)}
    record_changes(actor, duplicate_id, told | {"merged into": (found.survivor.number, "")})
    acts_on("customer", [duplicate_id, found.survivor_id])
