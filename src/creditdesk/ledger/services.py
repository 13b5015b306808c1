"""The only writer of the books."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

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


_POST_COLUMNS = """
    INSERT INTO ledger_posting
           (company_id, debit_id, credit_id, currency, minor, customer_id, item_id, effective_on,
            recorded_at, source_kind, source_id)
    SELECT %(company_id)s, %(debit)s, %(credit)s, g.currency, g.minor, g.customer_id, g.item_id,
           g.effective_on, %(at)s, %(source_kind)s, g.item_id
      FROM unnest(%(currencies)s::text[], %(minors)s::bigint[], %(customer_ids)s::bigint[],
                  %(item_ids)s::bigint[], %(effective_on)s::date[])
           AS g (currency, minor, customer_id, item_id, effective_on)
     WHERE g.minor <> 0
"""


@transaction.atomic
def post_items(
    actor: Actor,
    *,
    debit: str,
    credit: str,
    source_kind: str,
    item_ids: Sequence[int],
    customer_ids: Sequence[int],
    currencies: Sequence[str],
    minors: Sequence[int],
    effective_on: Sequence[date],
) -> int:
    """Write postings given as columns, each caused by its item; zero amounts are left out.

    For loads of many thousand, where a value per posting would cost more than the writing.
    """
    accounts = _account_ids(actor.company_id, {debit, credit})
    return sql.execute(
        _POST_COLUMNS,
        {
            "company_id": actor.company_id,
            "debit": accounts[debit],
            "credit": accounts[credit],
            "source_kind": source_kind,
            "at": actor.at,
            "currencies": sql.array(currencies),
            "minors": sql.array(minors),
            "customer_ids": sql.array(customer_ids),
            "item_ids": sql.array(item_ids),
            "effective_on": sql.array(effective_on),
        },
    )


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
