"""Postings written, only to dates that are open."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import compress
from typing import NamedTuple, TypeVar

from creditdesk.controls.commands import name_at_work
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused
from creditdesk.ledger.models import Account, Book
from creditdesk.ledger.queries import LAST_ACT, BoundaryRow
from creditdesk.ledger.rules import POST_CLOSED, SOFT_CLOSED, Boundary, OpenDates, Posting
from creditdesk.plumbing import sql

T = TypeVar("T")

COLUMNS = (
    "company_id", "debit_id", "credit_id", "currency", "minor", "customer_id", "item_id",
    "effective_on", "recorded_at", "source_kind", "source_id",
)  # fmt: skip
# The book's row is shared by everybody who posts and taken alone by a closing. Who had to wait for
# one gets the row as the closing left it, but the last act and the accounts as they were before:
# the acts counted then differ from the number of the last.
_SHARE_BOOK = f"""
    SELECT b.acts, last.number, last.closed_through, last.soft_closed_through, a.code, a.id
      FROM ledger_book b
      LEFT JOIN LATERAL ({LAST_ACT}) AS last ON true
      LEFT JOIN ledger_account a
        ON a.company_id = b.company_id AND a.code = ANY(%(codes)s::text[])
     WHERE b.company_id = %(company_id)s
       FOR SHARE OF b
"""
# Good in this transaction alone, for postings of this moment from this day on.
_TAKE_LEAVE = """
    INSERT INTO ledger_softclosedpass
           (company_id, transaction, first_on, command, recorded_at, recorded_by)
    VALUES (%(company_id)s, pg_current_xact_id()::text::bigint, %(first_on)s, %(command)s,
            %(at)s, %(by)s)
        ON CONFLICT DO NOTHING
"""


class _BookRow(NamedTuple):
    """Acts on the book, the last one's number and boundary, and one of the accounts asked for."""

    acts: int
    number: int | None
    closed_through: date | None
    soft_closed_through: date | None
    code: str | None
    id: int | None

    def is_of_one_moment(self) -> bool:
        return self.acts == (self.number or 0)

    def boundary(self) -> Boundary:
        if self.number is None:
            return Boundary()
        return BoundaryRow(self.number, self.closed_through, self.soft_closed_through).boundary()


@dataclass(frozen=True, slots=True)
class _Book:
    """The book of a company as it stays until the transaction ends."""

    boundary: Boundary
    accounts: dict[str, int]

    def first_open(self, actor: Actor) -> date | None:
        return self.boundary.first_open(may_post_closed=actor.may(POST_CLOSED))


@sql.in_transaction()
def hold_open(actor: Actor) -> OpenDates:
    """Return the dates the actor may post to; no closing comes between until the caller commits.

    To be asked once per batch, by whoever must know the accounting date of a late fact.
    """
    book = _book(actor.company_id, ())
    return OpenDates(book.first_open(actor), has_moved=book.boundary.acts > 0)


@sql.in_transaction()
def post(actor: Actor, postings: Sequence[Posting]) -> int:
    """Write the postings of the actor's company, opening accounts on first use; return how many.

    The same source posted to the same accounts again violates a unique constraint and fails.
    Refused with a date that is closed.
    """
    if not postings:
        return 0
    book = _book(
        actor.company_id, {code for posting in postings for code in (posting.debit, posting.credit)}
    )
    _require_open(actor, book, [posting.effective_on for posting in postings])
    return sql.copy_rows("ledger_posting", COLUMNS, _rows(actor, postings, book.accounts))


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingColumns:
    """Postings between two accounts, as columns of equal length.

    For loads of many thousand, where a value per posting would cost more than the writing.
    """

    debit: str
    credit: str
    source_kind: str
    source_ids: Sequence[int]
    currencies: Sequence[str]
    minors: Sequence[int]
    effective_on: Sequence[date]
    customer_ids: Sequence[int | None] = ()
    item_ids: Sequence[int | None] = ()

    def without_zeros(self) -> PostingColumns:
        """Return the columns without the postings that would move nothing."""
        if 0 not in self.minors:
            return self

        def kept(column: Sequence[T]) -> list[T]:
            return list(compress(column, self.minors))

        return replace(
            self,
            source_ids=kept(self.source_ids),
            currencies=kept(self.currencies),
            minors=kept(self.minors),
            effective_on=kept(self.effective_on),
            customer_ids=kept(self.customer_ids),
            item_ids=kept(self.item_ids),
        )


@sql.in_transaction()
def post_columns(actor: Actor, batches: Sequence[PostingColumns]) -> int:
    """Write postings given as columns, zero amounts left out; return how many.

    Otherwise as `post`: refused with a date that is closed, a ValueError with a negative amount.
    """
    batches = [full for batch in batches if (full := batch.without_zeros()).source_ids]
    if not batches:
        return 0
    if min(min(batch.minors) for batch in batches) < 0:
        raise ValueError("a posting moves a positive amount; swap the accounts instead")
    if any(batch.debit == batch.credit for batch in batches):
        raise ValueError("a posting needs two different accounts")
    book = _book(
        actor.company_id, {code for batch in batches for code in (batch.debit, batch.credit)}
    )
    _require_open(actor, book, [min(batch.effective_on) for batch in batches])
    return sum(_copy(actor, batch, book.accounts) for batch in batches)


def _copy(actor: Actor, batch: PostingColumns, accounts: dict[str, int]) -> int:
    columns: dict[str, Sequence[object]] = {
        "currency": batch.currencies,
        "minor": batch.minors,
        "effective_on": batch.effective_on,
        "source_id": batch.source_ids,
    }
    if batch.customer_ids:
        columns["customer_id"] = batch.customer_ids
    if batch.item_ids:
        columns["item_id"] = batch.item_ids
    return sql.copy_columns(
        "ledger_posting",
        columns,
        {
            "company_id": actor.company_id,
            "debit_id": accounts[batch.debit],
            "credit_id": accounts[batch.credit],
            "recorded_at": actor.at,
            "source_kind": batch.source_kind,
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


def _require_open(actor: Actor, book: _Book, days: Sequence[date]) -> None:
    """Refuse closed days; for soft-closed ones leave the pass that the database asks for."""
    first_open, earliest = book.first_open(actor), min(days)
    if first_open is not None and earliest < first_open:
        raise Refused(
            "period_closed",
            f"The books are closed up to {first_open}; nothing is posted to {earliest}",
            first_open=first_open.isoformat(),
        )
    if book.boundary.status_on(earliest) == SOFT_CLOSED:
        sql.execute(
            _TAKE_LEAVE,
            {
                "company_id": actor.company_id,
                "first_on": earliest,
                "command": name_at_work(),
                "at": actor.at,
                "by": actor.name,
            },
        )


def _book(company_id: int, codes: Collection[str]) -> _Book:
    """Return the book, shared until the transaction ends, with the accounts; opened if missing."""
    found = _share(company_id, codes)
    if found is None or set(codes) - found.accounts.keys():
        _open_missing(company_id, codes)
        found = _share(company_id, codes)
    if found is None:  # the row was written just now, and rows of this table are never deleted
        raise RuntimeError(f"company {company_id} has no book")
    return found


def _share(company_id: int, codes: Collection[str]) -> _Book | None:
    asked = {"company_id": company_id, "codes": sql.array(sorted(codes))}
    rows = sql.fetch(_BookRow, _SHARE_BOOK, asked, planned=True)
    if rows and not rows[0].is_of_one_moment():  # a closing was waited for; it is over now
        rows = sql.fetch(_BookRow, _SHARE_BOOK, asked, planned=True)
    if not rows:
        return None
    accounts = {row.code: row.id for row in rows if row.code is not None and row.id is not None}
    return _Book(rows[0].boundary(), accounts)


def _open_missing(company_id: int, codes: Collection[str]) -> None:
    Book.objects.bulk_create([Book(company_id=company_id)], ignore_conflicts=True)
    known = set(
        Account.objects.filter(company_id=company_id, code__in=codes).values_list("code", flat=True)
    )
    Account.objects.bulk_create(
        [Account(company_id=company_id, code=code) for code in sorted(set(codes) - known)],
        ignore_conflicts=True,
    )
