"""Bank accounts of the company: opened by hand, or by the first statement that names them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from creditdesk.cash.events import BankAccountOpened
from creditdesk.controls.commands import command
from creditdesk.customers.rules import account_key
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place, Refused
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

_OPEN = """
    INSERT INTO cash_bankaccount (company_id, identifier, name, currency, is_collecting)
    SELECT %(company_id)s, identifier, %(name)s, currency, %(is_collecting)s
      FROM unnest(%(identifiers)s::text[], %(currencies)s::text[]) AS g (identifier, currency)
     ORDER BY identifier, currency
    ON CONFLICT (company_id, identifier, currency) DO NOTHING
    RETURNING id, identifier, currency
"""
_ELSEWHERE = """
    SELECT identifier FROM cash_bankaccount
     WHERE company_id <> %s AND identifier = ANY(%s) ORDER BY identifier LIMIT 1
"""
_LOCKED = """
    SELECT id, identifier, currency FROM cash_bankaccount
     WHERE company_id = %s AND identifier = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
_ONLY_ONE = """
    SELECT identifier FROM cash_bankaccount
     WHERE company_id = %s AND currency = %s AND is_collecting
"""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as cash writes to it."""

    id: int
    identifier: str
    currency: str


@command("cash.open_account")
def open_account(actor: Actor, identifier: str, currency: str, name: str = "") -> int:
    """Open a collecting account and return its id; an account already open stays as it is."""
    key = account_key(identifier)
    if not key:
        raise Invalid(
            "account_missing",
            "The account has no number",
            place=Place(field="identifier"),
            mend="Give the IBAN or account number",
        )
    return opened_and_locked(actor, {(key, currency)}, name=name)[key, currency].id


def opened_and_locked(
    actor: Actor,
    wanted: Collection[tuple[str, str]],
    *,
    name: str = "",
    is_collecting: bool = True,
) -> dict[tuple[str, str], AccountRow]:
    """Return accounts by (identifier, currency), locked, opening those not known yet.

    Refused when another company collects on one of them.
    """
    identifiers = sorted({identifier for identifier, _ in wanted})
    elsewhere = sql.scalar(_ELSEWHERE, [actor.company_id, identifiers])
    if elsewhere is not None:
        raise Refused(
            "account_of_another_company",
            f"Account {elsewhere} belongs to another company",
            account=elsewhere,
        )
    opened = sql.fetch(
        AccountRow,
        _OPEN,
        {
            "company_id": actor.company_id,
            "name": name,
            "is_collecting": is_collecting,
            "identifiers": [identifier for identifier, _ in sorted(wanted)],
            "currencies": [currency for _, currency in sorted(wanted)],
        },
    )
    announce(
        actor,
        [
            BankAccountOpened(account_id=row.id, identifier=row.identifier, currency=row.currency)
            for row in opened
        ],
    )
    rows = sql.fetch(AccountRow, _LOCKED, [actor.company_id, identifiers])
    return {(row.identifier, row.currency): row for row in rows}


def only_account(actor: Actor, currency: str, filename: str) -> str:
    """Return the one collecting account of a currency, for statements that name none."""
    found = sql.scalars(_ONLY_ONE, [actor.company_id, currency])
    if len(found) != 1:
        raise Invalid(
            "statement_account_missing",
            f"the file does not say which account it is about, and there are {len(found)}"
            f" collecting accounts in {currency}",
            place=Place(file=filename, field="account"),
            mend="Say which account the file is about",
        )
    return str(found[0])
