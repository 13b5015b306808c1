"""Accounts over HTTP: listed, read, and what would keep one from being closed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Literal, cast

from django.http import HttpRequest
from ninja import Router

from creditdesk.credit import queries as credit
from creditdesk.customers import queries as customers
from creditdesk.customers import services
from creditdesk.customers.queries import BankChangeRow, ContactRow, CustomerRow
from creditdesk.customers.rules import Obstacle
from creditdesk.faces.api.keeping_schemas import (
    AccountAnswer,
    AccountLine,
    AccountsAnswer,
    BankChangeAnswer,
    BelongingAnswer,
    BlockAnswer,
    EndingAnswer,
    GroupAnswer,
    MemberAnswer,
    ObstacleAnswer,
    PersonAnswer,
    TermsAnswer,
)
from creditdesk.faces.api.keys import reader
from creditdesk.faces.api.paging import SIZE, PageNumber, PageSize
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import money
from creditdesk.kernel.actor import Actor

router = Router(tags=["customers"])


@router.get(
    "/customers",
    response={200: AccountsAnswer, **RESPONSES},
    operation_id="list_customers",
    summary="List accounts",
)
def listing(
    request: HttpRequest,
    text: str = "",
    state: Literal["", "active", "dormant", "closed"] = "",
    page: PageNumber = 1,
    size: PageSize = SIZE,
) -> AccountsAnswer:
    """Return accounts by name, of one state or whose name, number or city holds the text."""
    actor = reader(request)
    found = customers.listing(
        actor.company_id, text=text.replace("\0", "")[:100], status=state, page=page, size=size
    )
    return AccountsAnswer(
        customers=[
            AccountLine(
                customer_number=row.number, name=row.name, state=row.status, country=row.country,
                city=row.city, currency=row.currency, segment=row.segment, opened_on=row.opened_on,
            )
            for row in found.rows
        ],
        total=found.total,
        page=found.page,
    )  # fmt: skip


def bank_change(row: BankChangeRow) -> BankChangeAnswer:
    """Return a change of bank details as the API says it."""
    return BankChangeAnswer(
        id=row.id, account=row.account_key, bank_code=row.bank_code, holder=row.holder,
        channel=row.channel, state=row.state, signals=row.signals, asked_at=row.asked_at,
        asked_by=row.asked_by, decided_at=row.decided_at, decided_by=row.decided_by,
        calls=row.calls_count,
    )  # fmt: skip


def group_of(actor: Actor, customer: CustomerRow, on: date) -> GroupAnswer:
    """Return the group a customer belongs to on a day; alone, it is its own head."""
    tree = customers.tree(actor.company_id, customer.id, on)
    return GroupAnswer(
        customer_number=customer.number,
        on=on,
        head=tree[0].number if tree else customer.number,
        members=[
            MemberAnswer(
                customer_number=row.number, name=row.name, state=row.status, depth=row.depth,
                belongs_to=row.parent_number,
            )
            for row in tree
        ],
        history=[
            BelongingAnswer(
                belongs_to=row.parent_number, valid_from=row.valid_from,
                recorded_at=row.recorded_at, recorded_by=row.recorded_by,
            )
            for row in customers.parent_history(actor.company_id, customer.id)
        ],
    )  # fmt: skip


@router.get(
    "/customers/{path:number}/closing",
    response={200: EndingAnswer, **RESPONSES},
    operation_id="get_closing",
    summary="What keeps an account from being closed?",
)
def closing(request: HttpRequest, number: str) -> EndingAnswer:
    """Return everything that is to be settled before the account can be closed."""
    actor = reader(request)
    return ending_of(actor, customers.customer(actor.company_id, number))


def ending_of(actor: Actor, customer: CustomerRow) -> EndingAnswer:
    """Return whether an account can be closed."""
    found = obstacles_of(actor, customer)
    return EndingAnswer(
        customer_number=customer.number,
        state=customer.status,
        may_close=customer.status != "closed" and not found,
        obstacles=found,
    )


def obstacles_of(actor: Actor, customer: CustomerRow) -> list[ObstacleAnswer]:
    """Return what stands in the way of closing an account; nothing where it is closed."""
    if customer.status == "closed":
        return []
    found = services.obstacles(actor.company_id, [customer.id]).get(customer.id, [])
    below = customers.members_of(actor.company_id, [customer.id], actor.today)[customer.id]
    rows = customers.customers_by_id(actor.company_id, set(below) - {customer.id})
    open_below = sorted(row.number for row in rows.values() if row.status != "closed")
    heads = (
        [ObstacleAnswer(code="heads_a_group", count=len(open_below), amount=None,
                        reference=open_below[0])]
        if open_below
        else []
    )  # fmt: skip
    return [*told(found), *heads]


def told(found: Iterable[Obstacle]) -> list[ObstacleAnswer]:
    """Return obstacles as the API says them."""
    return [
        ObstacleAnswer(
            code=one.code, count=one.count, reference=one.reference,
            amount=money(one.minor, one.currency) if one.currency else None,
        )
        for one in found
    ]  # fmt: skip


# Last, since its address begins like those of everything else about a customer.
@router.get(
    "/customers/{path:number}",
    response={200: AccountAnswer, **RESPONSES},
    operation_id="get_customer",
    summary="How is an account kept?",
)
def account(request: HttpRequest, number: str) -> AccountAnswer:
    """Return an account with its identifiers, people, terms, group and block."""
    actor = reader(request)
    return account_of(actor, number)


def account_of(actor: Actor, number: str) -> AccountAnswer:
    """Return an account as it stands today."""
    company_id, today = actor.company_id, actor.today
    row = customers.customer(company_id, number)
    terms = customers.terms_history(company_id, row.id)
    waiting = customers.bank_changes(company_id, customer_id=row.id, state="asked", limit=1)
    merged = customers.customers_by_id(
        company_id, [] if row.merged_into_id is None else [row.merged_into_id]
    )
    tree = {one.id: one for one in customers.tree(company_id, row.id, today)}
    block = credit.blocks(company_id, [row.id]).get(row.id)
    return AccountAnswer(
        customer_number=row.number, name=row.name, state=cast("Any", row.status),
        merged_into=next((one.number for one in merged.values()), ""),
        opened_on=row.opened_on, version=row.version, currency=row.currency,
        language=row.language, country=row.country, street=row.street,
        postal_code=row.postal_code, city=row.city, vat_number=row.vat_number, lei=row.lei,
        duns=row.duns, buys_as=row.buys_as, segment=row.segment, note=row.note,
        terms=customers.code_on(terms, today),
        terms_history=[TermsAnswer(terms=one.terms_code, valid_from=one.valid_from)
                       for one in terms],
        belongs_to=tree[row.id].parent_number if row.id in tree else "",
        group_head=next((one.number for one in tree.values()), row.number),
        block=None if block is None else BlockAnswer(
            reason=block.reason, placed_at=block.placed_at, placed_by=block.placed_by),
        contacts=[_person(one) for one in customers.contacts(company_id, row.id)],
        bank_change_waits=bool(waiting),
    )  # fmt: skip


def _person(row: ContactRow) -> PersonAnswer:
    return PersonAnswer(
        id=row.id, name=row.name, role=row.role, email=row.email, phone=row.phone,
        language=row.language, is_primary=row.is_primary, is_active=row.is_active,
        version=row.version,
    )  # fmt: skip
