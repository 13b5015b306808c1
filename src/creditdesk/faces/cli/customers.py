"""Commands for accounts: show, close, merge, and whom they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import replace

from creditdesk.controls.commands import preview
from creditdesk.credit import queries as credit
from creditdesk.customers import queries, services
from creditdesk.customers.queries import CustomerRow
from creditdesk.customers.rules import Obstacle
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.dates import day_of
from creditdesk.faces.cli.tongue import gettext
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.kernel.money import from_minor


def show(*, number: str, company: str) -> int:
    """Print an account and what keeps it from being closed."""
    actor = companies.actor(companies.the_one(company))
    row = queries.customer(actor.company_id, number)
    print(f"{row.number}  {row.name}  {row.status}")
    for line in _about(actor, row):
        print(" ", line)
    _tell(services.obstacles(actor.company_id, [row.id]).get(row.id, []))
    return 0


def _about(actor: Actor, row: CustomerRow) -> Iterator[str]:
    company_id = actor.company_id
    place = " ".join(filter(None, (row.postal_code, row.city)))
    told = {
        gettext("address"): ", ".join(filter(None, (row.street, place, row.country))),
        gettext("VAT number"): row.vat_number,
        "LEI": row.lei,
        "D-U-N-S": row.duns,
        gettext("terms"): queries.code_on(queries.terms_history(company_id, row.id), actor.today),
    }
    yield gettext("open since %(day)s, in %(currency)s", day=row.opened_on, currency=row.currency)
    for name, value in told.items():
        if value:
            yield f"{name}: {value}"
    tree = queries.tree(company_id, row.id, actor.today)
    if len(tree) > 1:
        yield gettext("group of %(number)s, members: %(count)d", number=tree[0].number,
                      count=len(tree))  # fmt: skip
    for one in queries.contacts(company_id, row.id):
        if one.is_active:
            yield "  ".join(filter(None, (one.name, one.role, one.email, one.phone)))
    if block := credit.blocks(company_id, [row.id]).get(row.id):
        yield gettext("blocked since %(day)s: %(reason)s", day=block.placed_at.date(),
                      reason=block.reason)  # fmt: skip
    if row.merged_into_id is not None:
        into = queries.customer_by_id(company_id, row.merged_into_id)
        yield gettext("merged into %(number)s", number=into.number)


def close(*, number: str, reason: str, company: str) -> int:
    """Close an account, or print what stands in the way and return 1."""
    actor = replace(companies.actor(companies.the_one(company)), reason=reason)
    row = queries.customer(actor.company_id, number)
    try:
        services.close(actor, row.id, reason=reason)
    except Refused as error:
        if error.code != "customer_not_settled":
            raise
        _tell(services.obstacles(actor.company_id, [row.id]).get(row.id, []))
        return 1
    print(gettext("%(number)s is closed", number=row.number))
    return 0


def merge(*, number: str, survivor: str, reason: str, company: str, is_preview: bool) -> int:
    """Let a duplicate become another account, or print what that would do."""
    actor = replace(companies.actor(companies.the_one(company)), reason=reason)
    row = queries.customer(actor.company_id, number)
    into = queries.customer(actor.company_id, survivor)
    with preview() if is_preview else nullcontext():
        done = services.merge(actor, row.id, survivor_id=into.id, reason=reason)
    print(
        gettext(
            "%(number)s becomes %(survivor)s; people copied: %(contacts)d, bank accounts:"
            " %(accounts)d, names: %(names)d, members moved: %(members)d",
            number=row.number, survivor=into.number, contacts=done.contacts,
            accounts=done.bank_accounts, names=done.names, members=done.children,
        )
    )  # fmt: skip
    for code, count in done.stays.items():
        print(" ", gettext("runs off where it is, %(code)s: %(count)d", code=code, count=count))
    return 0


def _tell(found: Iterable[Obstacle]) -> None:
    """Print what keeps an account from being closed."""
    for one in found:
        amount = f"  {from_minor(one.minor, one.currency)} {one.currency}" if one.currency else ""
        what = gettext("stands in the way of closing, %(code)s: %(count)d", code=one.code,
                       count=one.count)  # fmt: skip
        print(f"  {what}{amount}  {one.reference}".rstrip())


def group(*, number: str, on: str, company: str) -> int:
    """Print everybody of a group on a day, each below whom it belongs to."""
    actor = companies.actor(companies.the_one(company))
    row = queries.customer(actor.company_id, number)
    day = day_of(on, "--date") if on else actor.today
    for one in queries.tree(actor.company_id, row.id, day):
        print(f"{'  ' * one.depth}{one.number}  {one.name}  {one.status}")
    return 0


def belong(*, number: str, parent: str, valid_from: str, company: str) -> int:
    """Let a customer belong to another from a day on, or to nobody."""
    actor = companies.actor(companies.the_one(company))
    row = queries.customer(actor.company_id, number)
    above = queries.customer(actor.company_id, parent) if parent else None
    day = day_of(valid_from, "--from") if valid_from else actor.today
    services.set_parent(
        actor, row.id, parent_id=None if above is None else above.id, valid_from=day
    )
    told = above.number if above else gettext("nobody")
    print(gettext("from %(day)s %(number)s belongs to %(parent)s", day=day, number=row.number,
                  parent=told))  # fmt: skip
    return 0
