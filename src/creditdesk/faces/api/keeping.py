"""Accounts kept over HTTP: changed, grouped, put on other bank details, merged and closed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from django.http import HttpRequest, HttpResponse
from ninja import Router

from creditdesk.controls.commands import preview
from creditdesk.customers import queries as customers
from creditdesk.customers import services
from creditdesk.customers.queries import CustomerRow
from creditdesk.customers.rules import NewContact
from creditdesk.faces.api.accounts import bank_change, group_of, obstacles_of
from creditdesk.faces.api.accounts import ending_of as _ending
from creditdesk.faces.api.examples import example
from creditdesk.faces.api.keeping_schemas import (
    AccountChangeGiven,
    AddedAnswer,
    BankChangeAnswer,
    BankDetailsAnswer,
    BankDetailsGiven,
    BecauseGiven,
    BelongingGiven,
    ChangedAnswer,
    EndingAnswer,
    GroupAnswer,
    MergeAnswer,
    MergeGiven,
    PersonChangeGiven,
    PersonGiven,
)
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES, problem
from creditdesk.faces.api.schemas import Day
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound, Refused

router = Router(tags=["customers"])
CHANGES_MAX = 50
ID_MAX = 2**63 - 1


def _customer(actor: Actor, number: str) -> CustomerRow:
    return customers.customer(actor.company_id, number)


@router.post(
    "/customers/{path:number}/contacts",
    response={200: AddedAnswer, **RESPONSES},
    operation_id="add_contact",
    summary="Add somebody to write to or to call",
    openapi_extra=example("add_contact"),
)
def add_person(request: HttpRequest, number: str, given: PersonGiven) -> AddedAnswer:
    """Add a person to an account; a new primary one takes the place of the old."""
    actor = writer(request)
    new = NewContact(**given.model_dump())
    of = _customer(actor, number)
    return AddedAnswer(id=services.add_contact(actor, of.id, contact=new))


@router.post(
    "/customers/{path:number}/contacts/{int:contact_id}/change",
    response={200: ChangedAnswer, **RESPONSES},
    operation_id="change_contact",
    summary="Change a person of an account",
    openapi_extra=example("change_contact"),
)
def change_person(
    request: HttpRequest, number: str, contact_id: int, given: PersonChangeGiven
) -> ChangedAnswer:
    """Change what is given of a person of this account, with history."""
    actor = writer(request)
    of = _customer(actor, number)
    if contact_id not in {one.id for one in customers.contacts(actor.company_id, of.id)}:
        raise NotFound("contact_unknown", "There is no such contact", contact_id=contact_id)
    fields = given.model_dump(exclude={"version"}, exclude_none=True)
    count = services.edit_contact(actor, contact_id, changes=fields, version=given.version)
    return ChangedAnswer(
        changed=count, version=customers.contact(actor.company_id, contact_id).version
    )


# After that of people, whose address ends alike.
@router.post(
    "/customers/{path:number}/change",
    response={200: ChangedAnswer, **RESPONSES},
    operation_id="change_customer",
    summary="Change an account's name, address or identifiers",
    openapi_extra=example("change_customer"),
)
def change(request: HttpRequest, number: str, given: AccountChangeGiven) -> ChangedAnswer:
    """Change what is given, each field with its history; a changed VAT number is checked."""
    actor = writer(request)
    of = _customer(actor, number)
    fields = given.model_dump(exclude={"version"}, exclude_none=True)
    count = services.edit(actor, of.id, changes=fields, version=given.version)
    return ChangedAnswer(changed=count, version=_customer(actor, number).version)


@router.get(
    "/customers/{path:number}/bank-details",
    response={200: BankDetailsAnswer, **RESPONSES},
    operation_id="get_bank_details",
    summary="What is a customer paid on?",
)
def bank_details(request: HttpRequest, number: str) -> BankDetailsAnswer:
    """Return the bank details in force and the last changes asked for, each with its state."""
    actor = reader(request)
    customer = customers.customer(actor.company_id, number)
    in_force = customers.paid_on(actor.company_id, customer.id)
    asked = customers.bank_changes(actor.company_id, customer_id=customer.id, limit=CHANGES_MAX)
    return BankDetailsAnswer(
        customer_number=customer.number,
        in_force=None if in_force is None else bank_change(in_force),
        changes=[bank_change(one) for one in asked],
    )


@router.post(
    "/customers/{path:number}/bank-details",
    response={200: BankChangeAnswer, **RESPONSES},
    operation_id="propose_bank_details",
    summary="Ask that a customer be paid on other bank details",
    openapi_extra=example("propose_bank_details"),
)
def propose_bank(request: HttpRequest, number: str, given: BankDetailsGiven) -> BankChangeAnswer:
    """Ask for a change; it is in force only after a second person called the customer back."""
    actor = writer(request)
    done = services.ask_bank_change(actor, _customer(actor, number).id, **given.model_dump())
    return bank_change(customers.bank_change(actor.company_id, done.change_id))


@router.post(
    "/customers/{path:number}/bank-details/{int:change_id}/withdraw",
    response={200: BankChangeAnswer, **RESPONSES},
    operation_id="withdraw_bank_details",
    summary="Take back a change of bank details that waits for its call-back",
)
def withdraw_bank(
    request: HttpRequest, number: str, change_id: int, given: BecauseGiven
) -> BankChangeAnswer:
    """Take a change back with a reason; the call-back itself is a person's, on the desk."""
    actor = writer(request)
    known = min(change_id, ID_MAX)
    row = customers.bank_change(actor.company_id, known)
    if row.customer_id != _customer(actor, number).id:
        raise NotFound("bank_change_unknown", "There is no such change of bank details")
    services.withdraw_bank_change(actor, known, reason=given.reason)
    return bank_change(customers.bank_change(actor.company_id, known))


@router.get(
    "/customers/{path:number}/group",
    response={200: GroupAnswer, **RESPONSES},
    operation_id="get_group",
    summary="Who belongs to a customer's group on a day?",
)
def group(request: HttpRequest, number: str, on: Day | None = None) -> GroupAnswer:
    """Return everybody of the group on a day, today without one, the head first."""
    actor = reader(request)
    return group_of(actor, customers.customer(actor.company_id, number), on or actor.today)


@router.post(
    "/customers/{path:number}/group",
    response={200: GroupAnswer, **RESPONSES},
    operation_id="set_group",
    summary="Let a customer belong to another from a day on",
    openapi_extra=example("set_group"),
)
def belong(request: HttpRequest, number: str, given: BelongingGiven) -> GroupAnswer:
    """Set whom a customer belongs to, and return the group of that day."""
    actor = writer(request)
    of = _customer(actor, number)
    above = _customer(actor, given.belongs_to).id if given.belongs_to else None
    services.set_parent(actor, of.id, parent_id=above, valid_from=given.valid_from)
    return group_of(actor, of, given.valid_from)


@router.post(
    "/customers/{path:number}/close",
    response={200: EndingAnswer, **RESPONSES},
    operation_id="close_customer",
    summary="Close an account",
    openapi_extra=example("close_customer"),
)
def close(request: HttpRequest, number: str, given: BecauseGiven) -> EndingAnswer | HttpResponse:
    """Close an account nothing stands in the way of; refused, `errors` lists what does."""
    actor = writer(request)
    of = _customer(actor, number)
    found = obstacles_of(actor, of)
    try:
        services.close(actor, of.id, reason=given.reason)
    except Refused as error:
        if error.code not in ("customer_not_settled", "customer_heads_a_group"):
            raise
        return problem(
            403, error.code, error.message, errors=[one.model_dump(mode="json") for one in found]
        )
    return _ending(actor, _customer(actor, number))


@router.post(
    "/customers/{path:number}/reopen",
    response={200: EndingAnswer, **RESPONSES},
    operation_id="reopen_customer",
    summary="Open a closed account again",
    openapi_extra=example("reopen_customer"),
)
def reopen(request: HttpRequest, number: str, given: BecauseGiven) -> EndingAnswer:
    """Open a closed account again; it sleeps until somebody reviewed its credit."""
    return _acted(
        request, number, lambda actor, of: services.reopen(actor, of, reason=given.reason)
    )


@router.post(
    "/customers/{path:number}/wake",
    response={200: EndingAnswer, **RESPONSES},
    operation_id="wake_customer",
    summary="Let a dormant account buy on credit again",
    openapi_extra=example("wake_customer"),
)
def wake(request: HttpRequest, number: str, given: BecauseGiven) -> EndingAnswer:
    """Wake a sleeping account by what the review of its credit found."""
    return _acted(request, number, lambda actor, of: services.wake(actor, of, review=given.reason))


@router.post(
    "/customers/{path:number}/merge",
    response={200: MergeAnswer, **RESPONSES},
    operation_id="merge_customer",
    summary="Let a duplicate become another account",
    openapi_extra=example("merge_customer"),
)
def merge(request: HttpRequest, number: str, given: MergeGiven) -> MergeAnswer:
    """Close the duplicate in favour of the survivor; what is open on it runs off where it is."""
    actor = writer(request)
    of, survivor = _customer(actor, number), _customer(actor, given.survivor)
    stays = obstacles_of(actor, of)
    with preview() if given.preview else nullcontext():
        done = services.merge(
            actor.keyed(None) if given.preview else actor, of.id, survivor_id=survivor.id,
            reason=given.reason,
        )  # fmt: skip
    return MergeAnswer(
        customer_number=of.number,
        survivor=survivor.number,
        contacts=done.contacts,
        bank_accounts=done.bank_accounts,
        names=done.names,
        members=done.children,
        stays=[one for one in stays if one.code in done.stays],
    )


@router.post(
    "/customers/{path:number}/unmerge",
    response={200: EndingAnswer, **RESPONSES},
    operation_id="unmerge_customer",
    summary="Let a merged account stand by itself again",
    openapi_extra=example("unmerge_customer"),
)
def unmerge(request: HttpRequest, number: str, given: BecauseGiven) -> EndingAnswer:
    """Take a merge back; the account sleeps until its credit was reviewed."""
    return _acted(
        request, number, lambda actor, of: services.undo_merge(actor, of, reason=given.reason)
    )


def _acted(request: HttpRequest, number: str, act: Callable[[Actor, int], object]) -> EndingAnswer:
    """Do something to an account and return how it stands after it."""
    actor = writer(request)
    act(actor, _customer(actor, number).id)
    return _ending(actor, _customer(actor, number))
