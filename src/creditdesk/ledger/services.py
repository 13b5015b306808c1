"""The only writer of the books."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import transaction

from creditdesk.kernel.actor import Actor
from creditdesk.ledger.models import Account
from creditdesk.ledger.rules import Posting
from creditdesk.plumbing import sql

COLUMNS = (
    "company_id", "debit_id", "credit_id", "currency", "minor", "customer_id", "item_id",
    "effective_on", "recorded_at", "source_kind", "source_id",
)  # fmt: skip


@transaction.atomic
def post(actor: Actor, postings: Sequence[Posting]) -> int:
    """Write the postings of the actor's company, opening accounts on first use; return how many.

    The same source posted to the same accounts again violates a unique constraint and fails.
    """
    if not postings:
        return 0
    accounts = _account_ids(
        actor.company_id, {code for posting in postings for code in (posting.debit, posting.credit)}
    )
    return sql.copy_rows("ledger_posting", COLUMNS, _rows(actor, postings, accounts))


def _rows(
    actor: Actor, postings: Sequence[Posting], accounts: dict[str, int]
) -> Iterator[tuple[object, ...]]:
    for p in postings:
        yield (
            actor.company_id, accounts[p.debit], accounts[p.credit], p.currency, p.minor,
            p.customer_id, p.item_id, p.effective_on, actor.at, p.source_kind, p.source_id,
        )  # fmt: skip


def _account_ids(company_id: int, codes: set[str]) -> dict[str, int]:
    known = dict(
        Account.objects.filter(company_id=company_id, code__in=codes).values_list("code", "id")
    )
    missing = sorted(codes - known.keys())
    if missing:
        Account.objects.bulk_create(
            [Account(company_id=company_id, code=code) for code in missing], ignore_conflicts=True
        )
        known = dict(
            Account.objects.filter(company_id=company_id, code__in=codes).values_list("code", "id")
        )
    return known
