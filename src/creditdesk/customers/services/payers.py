"""How payers are recognised: bank accounts and other names, given or learned."""

from __future__ import annotations

from collections.abc import Sequence

from creditdesk.controls.commands import command
from creditdesk.customers import rules
from creditdesk.customers.models import BankDetail
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql

_KNOWN = "SELECT id FROM customers_customer WHERE company_id = %s AND id = ANY(%s)"
_OWN_NAMES = "SELECT id, name_key FROM customers_customer WHERE company_id = %s AND id = ANY(%s)"
_ADD_NAMES = """
    INSERT INTO customers_alias (company_id, recorded_at, customer_id, name_key, name)
    SELECT %s, %s, given.* FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS given
        ON CONFLICT DO NOTHING
"""


@command("customers.learn_payer")
def learn_payer(actor: Actor, *, rows: Sequence[tuple[int, str, str]]) -> int:
    """Remember that a customer pays from an account under a name: (customer, account, holder).

    Either may be empty; what is known stays as it is. Returns how many rows were given.
    """
    _require_customers(actor, {customer_id for customer_id, _, _ in rows})
    add_bank_accounts(
        actor,
        [(customer_id, account) for customer_id, account, _ in rows if account],
        holders=[holder for _, account, holder in rows if account],
        learned=True,
    )
    learn_names(actor, [(customer_id, holder) for customer_id, _, holder in rows if holder])
    return len(rows)


def _require_customers(actor: Actor, ids: set[int]) -> None:
    known = sql.scalars(_KNOWN, [actor.company_id, list(ids)])
    if len(known) < len(ids):
        raise NotFound("customer_unknown", "There is no such customer")


def add_bank_accounts(
    actor: Actor,
    accounts: Sequence[tuple[int, str]],
    *,
    holders: Sequence[str] | None = None,
    learned: bool = False,
) -> None:
    """Keep (customer id, account) as bank details of the customers; known ones stay."""
    named = holders or [""] * len(accounts)
    BankDetail.objects.bulk_create(
        [
            BankDetail(
                company_id=actor.company_id,
                customer_id=customer_id,
                account_key=rules.account_key(account),
                holder=holder,
                learned=learned,
                recorded_at=actor.at,
            )
            for (customer_id, account), holder in zip(accounts, named, strict=True)
            if rules.account_key(account)
        ],
        ignore_conflicts=True,
        batch_size=5000,
    )


def learn_names(actor: Actor, names: Sequence[tuple[int, str]]) -> None:
    """Keep (customer id, name) as other names of the customers; one spelling per key."""
    unique = {
        (customer_id, key): name.strip()
        for customer_id, name in reversed(names)
        if (key := rules.key_of_name(name))
    }
    ids = list({customer_id for customer_id, _ in unique})
    known: set[tuple[int, str]] = set(sql.fetch(tuple, _OWN_NAMES, [actor.company_id, ids]))
    new = sorted((of, key, name) for (of, key), name in unique.items() if (of, key) not in known)
    if new:
        columns = [sql.array(column) for column in zip(*new, strict=True)]
        sql.execute(_ADD_NAMES, [actor.company_id, actor.at, *columns])
