"""Money that a payment provider took for us: a line of its own account, and a payment of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditdesk.cash.readers.statement import NO_BALANCES, Line, Statement
from creditdesk.cash.services.accounts import opened_and_locked
from creditdesk.cash.services.statements import enter
from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.ledger.rules import ONLINE
from creditdesk.plumbing import sql

_KNOWN = """
    SELECT p.id FROM cash_payment p JOIN cash_bankline l ON l.id = p.bank_line_id
     WHERE p.company_id = %s AND l.account_id = %s AND l.reference = %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineReceipt:
    """What a provider says it took; `reference` is its own name of it, `account` ours of it.

    `file_id` is the kept file that says so.
    """

    provider: str
    account: str
    reference: str
    received_on: date
    currency: str
    minor: int
    text: str
    file_id: int


@command("cash.receive_online")
def receive_online(actor: Actor, receipt: OnlineReceipt) -> int:
    """Write down a receipt once by its reference, and return its payment, of nobody known yet.

    It stands against the provider's clearing account until the provider pays it out.
    """
    if receipt.minor <= 0:
        raise Invalid(
            "receipt_not_positive", "A receipt brings a positive amount", place=Place(field="minor")
        )
    key = (receipt.account, receipt.currency)
    account = opened_and_locked(actor, {key}, name=receipt.provider, is_collecting=False)[key]
    asked = [actor.company_id, account.id, receipt.reference]
    known = sql.scalars(_KNOWN, asked)
    if known:
        return int(known[0])
    enter(actor, receipt.file_id, [_statement(receipt)], [account], against=ONLINE)
    return int(sql.scalar(_KNOWN, asked))


def _statement(receipt: OnlineReceipt) -> Statement:
    line = Line(
        line_no=1,
        booked_on=receipt.received_on,
        value_on=None,
        minor=receipt.minor,
        currency=receipt.currency,
        reference=receipt.reference,
        counterparty="",
        counterparty_account="",
        text=receipt.text,
        structured_references=(),
        is_reversal=False,
        code="online",
    )
    return Statement(
        format="online",
        account=receipt.account,
        currency=receipt.currency,
        statement_id=receipt.reference,
        from_date=receipt.received_on,
        to_date=receipt.received_on,
        opening_minor=None,
        closing_minor=None,
        proof=NO_BALANCES,
        lines=(line,),
    )
