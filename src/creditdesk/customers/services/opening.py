"""Accounts opened with everything checked: identifiers, and whether they are open already."""

from __future__ import annotations

from collections.abc import Sequence

from creditdesk.controls.commands import command
from creditdesk.customers import identifiers, queries, rules
from creditdesk.customers.queries import Likeness, LikeRow
from creditdesk.customers.rules import NewCustomer
from creditdesk.customers.services.accounts import create, unfit
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict


@command("customers.create")
def open_accounts(
    actor: Actor, *, new: Sequence[NewCustomer], despite_likeness: bool = False
) -> list[int]:
    """Open the accounts, every identifier checked, and return their ids; none opens if one cannot.

    Conflict when an open account bears the same VAT number, LEI or D-U-N-S number, unless
    `despite_likeness`. Whom one is merely like, by name or bank account, says `like`.
    """
    for one in new:
        for fault in rules.identifier_faults(one):
            raise unfit(fault.field, fault.value, fault.code, "")
        same = [row.number for row in like(actor, one) if row.by in queries.IDENTIFIERS]
        if same and not despite_likeness:
            raise Conflict(
                "account_open_already",
                f"{one.name!r} bears the same identifier as customer {same[0]}",
                numbers=tuple(same),
            )
    return create(actor, new=new)


def like(actor: Actor, one: NewCustomer) -> list[LikeRow]:
    """Return the open accounts that are like one to be opened, and by what."""
    return queries.likeness(actor.company_id, _like(one))


def _like(one: NewCustomer) -> Likeness:
    return Likeness(
        vat_number=identifiers.compact(one.vat_number),
        lei=identifiers.compact(one.lei),
        duns=identifiers.compact(one.duns),
        name_key=rules.key_of_name(one.name),
        postal_code=one.postal_code,
        accounts=tuple(rules.account_key(account) for account in one.bank_accounts),
    )
