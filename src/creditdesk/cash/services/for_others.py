"""Money of one payer that settles items of other customers, in the books and by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from creditdesk.customers import services as customers
from creditdesk.customers.rules import account_key
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.references import name_key
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import UNAPPLIED, UNIDENTIFIED, Posting
from creditdesk.plumbing import sql

if TYPE_CHECKING:
    from creditdesk.cash.services.settlement import Allocated
    from creditdesk.cash.services.writing import PaymentState

FROM_KIND = "for_other_from"
TO_KIND = "for_other_to"
_OWNERS = """
    SELECT DISTINCT i.customer_id FROM cash_allocation a JOIN invoices_item i ON i.id = a.item_id
     WHERE a.company_id = %s AND a.payment_id = %s AND a.undone_at IS NULL
"""
_KNOWN_OF_ANOTHER = """
    SELECT EXISTS (SELECT FROM customers_bankdetail
                    WHERE company_id = %(company_id)s AND account_key = %(account)s
                      AND account_key <> '' AND customer_id <> %(customer_id)s)
        OR EXISTS (SELECT FROM customers_customer
                    WHERE company_id = %(company_id)s AND name_key = %(name)s
                      AND name_key <> '' AND id <> %(customer_id)s)
"""


def postings(
    payers: Mapping[int, int], allocated: Sequence[Allocated]
) -> list[ledger.PostingColumns]:
    """Return what moves the unapplied money of each payer to the customer whose item it settles.

    `payers` says whose each payment is. As a posting has one customer, the way leads over money
    of nobody and leaves nothing there.
    """
    moving = [one for one in allocated if payers[one.payment_id] != one.customer_id]
    if not moving:
        return []
    return [
        ledger.PostingColumns(
            debit=debit,
            credit=credit,
            source_kind=kind,
            source_ids=[one.id for one in moving],
            currencies=[one.payment_currency or one.currency for one in moving],
            minors=[one.taken_minor for one in moving],
            effective_on=[one.applied_on for one in moving],
            customer_ids=customer_ids,
        )
        for debit, credit, kind, customer_ids in (
            (UNAPPLIED, UNIDENTIFIED, FROM_KIND, [payers[one.payment_id] for one in moving]),
            (UNIDENTIFIED, UNAPPLIED, TO_KIND, [one.customer_id for one in moving]),
        )
    ]


def reversals(
    payer_id: int, live: Sequence[Allocated], undone_on: Mapping[int, date]
) -> list[Posting]:
    """Return what takes the money back to its payer, for allocations that are undone."""
    return [
        Posting(
            debit=debit, credit=credit, currency=one.payment_currency or one.currency,
            minor=one.taken_minor, effective_on=one.applied_on, source_kind=kind,
            source_id=one.id, customer_id=owner,
        ).reversed(on=undone_on[one.id])
        for one in live
        if one.customer_id != payer_id
        for debit, credit, kind, owner in (
            (UNAPPLIED, UNIDENTIFIED, FROM_KIND, payer_id),
            (UNIDENTIFIED, UNAPPLIED, TO_KIND, one.customer_id),
        )
    ]  # fmt: skip


def owners(actor: Actor, payment_id: int) -> set[int]:
    """Return whose items a payment settles at present."""
    return set(sql.scalars(_OWNERS, [actor.company_id, payment_id]))


def remember_payer(actor: Actor, customer_id: int, payment: PaymentState) -> None:
    """Remember account and name of a payment as the customer's, unless they are another's.

    Then somebody else pays for this customer: training makes a relation of it once that was
    confirmed often enough, and the other's own payments stay theirs.
    """
    account = account_key(payment.counterparty_account)
    name = name_key(payment.counterparty)
    is_anothers = sql.scalar(
        _KNOWN_OF_ANOTHER,
        {
            "company_id": actor.company_id,
            "customer_id": customer_id,
            "account": account,
            "name": name,
        },
    )
    if not is_anothers:
        customers.learn_payer(
            actor, rows=[(customer_id, payment.counterparty_account, payment.counterparty)]
        )
