"""Take bank statements in: every line once, every receipt a payment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from creditdesk.cash.events import PaymentsReceived, StatementsTakenIn
from creditdesk.cash.queries.refused import known_columns
from creditdesk.cash.readers import Statement, read_confined
from creditdesk.cash.rules.lines import Occurrence, distinct, occurrences
from creditdesk.cash.services.accounts import AccountRow, only_account, opened_and_locked
from creditdesk.cash.services.returned_lines import keep_returned
from creditdesk.cash.services.taken import StatementResult, TakeInResult, Warned
from creditdesk.cash.services.writing import next_ids
from creditdesk.controls.commands import acts_on, command
from creditdesk.customers.rules import account_key
from creditdesk.kernel.actor import Actor
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import BANK, UNIDENTIFIED
from creditdesk.plumbing import sql
from creditdesk.plumbing.batches import uncollected
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.services import keep_file, take_references

_KNOWN_LINES = """
    SELECT fingerprint, ordinal FROM cash_bankline
     WHERE account_id = %s AND booked_on BETWEEN %s AND %s
"""
_KNOWN_STATEMENTS = """
    SELECT statement_id, from_date, to_date, opening_minor, closing_minor, lines_total
      FROM cash_statement WHERE account_id = %s
"""
_STATEMENT_COLUMNS = (
    "id", "company_id", "account_id", "file_id", "format", "statement_id", "from_date", "to_date",
    "opening_minor", "closing_minor", "proof", "lines_total", "lines_new", "recorded_at",
    "recorded_by",
)  # fmt: skip
_LINE_COLUMNS = (
    "line_no", "booked_on", "value_on", "currency", "minor", "reference", "counterparty",
    "counterparty_account", "text", "code", "is_reversal", "return_reason", "original_currency",
    "original_minor", "exchange_rate",
)  # fmt: skip


class _KnownStatement(NamedTuple):
    statement_id: str
    from_date: date | None
    to_date: date | None
    opening_minor: int | None
    closing_minor: int | None
    lines_total: int


class _KnownLine(NamedTuple):
    fingerprint: str
    ordinal: int


@dataclass(frozen=True, slots=True)
class _Taken:
    """One statement of the file with the lines not known before."""

    statement: Statement
    account: AccountRow
    fresh: Sequence[Occurrence]
    is_known: bool
    warnings: tuple[Warned, ...]


@command("cash.take_in")
@uncollected
def take_in(actor: Actor, *, filename: str, content: bytes, account: str = "") -> TakeInResult:
    """Take in a file of bank statements: new lines once, and a payment for each receipt.

    The same or an overlapping file adds only what is new. `account` is for files that name none.
    Raises Invalid where the file cannot be read or does not add up; nothing of it goes in then.
    """
    known = known_columns(actor.company_id)
    statements = distinct(read_confined(content, filename, known=known))
    accounts = _accounts(actor, statements, filename, account)
    with sql.ahead():  # the file is stored while its lines are told apart
        file_id = keep_file(actor, filename, content)
        taken = _told_apart(statements, accounts)
    return _entered(actor, file_id, taken, against=BANK)


def enter(
    actor: Actor,
    file_id: int,
    statements: Sequence[Statement],
    accounts: Sequence[AccountRow],
    *,
    against: str = BANK,
) -> TakeInResult:
    """Write down what statements bring to accounts, locked; receipts are debited `against`."""
    return _entered(actor, file_id, _told_apart(statements, accounts), against=against)


def _entered(actor: Actor, file_id: int, taken: Sequence[_Taken], *, against: str) -> TakeInResult:
    """Write down what is new, and return what it was."""
    statement_ids = _keep_statements(actor, file_id, taken)
    acts_on("statement", (one for one in statement_ids if one is not None))
    with sql.ahead():
        lines = _keep_lines(actor, taken, statement_ids)
        payment_ids = _receive(actor, lines, against)
    keep_returned(actor, lines)
    result = _result(file_id, taken, len(payment_ids))
    _announce(actor, result, taken, payment_ids)
    return result


def _accounts(
    actor: Actor, statements: Sequence[Statement], filename: str, account: str
) -> list[AccountRow]:
    """Return the account of each statement, all locked, so that files queue per account."""
    named = [
        (
            account_key(each.account)
            or account_key(account)
            or only_account(actor, each.currency, filename),
            each.currency,
        )
        for each in statements
    ]
    rows = opened_and_locked(actor, set(named))
    return [rows[key] for key in named]


def _told_apart(statements: Sequence[Statement], accounts: Sequence[AccountRow]) -> list[_Taken]:
    """Return the statements, each with the lines that were not known before."""
    return [each for one in _by_account(statements, accounts) for each in _take(*one)]


def _by_account(
    statements: Sequence[Statement], accounts: Sequence[AccountRow]
) -> list[tuple[AccountRow, list[Statement]]]:
    grouped: dict[AccountRow, list[Statement]] = {}
    for statement, account in zip(statements, accounts, strict=True):
        grouped.setdefault(account, []).append(statement)
    return list(grouped.items())


def _take(account: AccountRow, statements: Sequence[Statement]) -> list[_Taken]:
    """Tell what of the statements of one account is new."""
    numbered = occurrences([statement.lines for statement in statements])
    known_statements = sql.fetch(_KnownStatement, _KNOWN_STATEMENTS, [account.id])
    known_lines = _known_lines(account, statements)
    taken: list[_Taken] = []
    for statement, found in zip(statements, numbered, strict=True):
        identity = _identity(statement)
        is_known = identity in known_statements
        fresh = [each for each in found if (each.fingerprint, each.ordinal) not in known_lines]
        warnings = () if is_known else _warnings(account, identity, known_statements, fresh)
        taken.append(_Taken(statement, account, fresh, is_known, warnings))
        known_statements.append(identity)
    return taken


def _known_lines(account: AccountRow, statements: Sequence[Statement]) -> set[tuple[str, int]]:
    days = [line.booked_on for statement in statements for line in statement.lines]
    if not days:
        return set()
    rows = sql.fetch(_KnownLine, _KNOWN_LINES, [account.id, min(days), max(days)])
    return {(row.fingerprint, row.ordinal) for row in rows}


def _identity(statement: Statement) -> _KnownStatement:
    return _KnownStatement(
        statement.statement_id,
        statement.from_date,
        statement.to_date,
        statement.opening_minor,
        statement.closing_minor,
        len(statement.lines),
    )


def _warnings(
    account: AccountRow,
    statement: _KnownStatement,
    known: Sequence[_KnownStatement],
    fresh: Sequence[Occurrence],
) -> tuple[Warned, ...]:
    """Say when this statement does not begin where the one before it ended."""
    first_day = statement.from_date or statement.to_date
    if first_day is None or statement.opening_minor is None:
        return ()
    before = [
        (each.to_date, each.closing_minor)
        for each in known
        if each.to_date is not None and each.closing_minor is not None
    ]
    same_day = {closing for to_date, closing in before if to_date == first_day}
    known_here = statement.lines_total - len(fresh)
    if statement.opening_minor in same_day and known_here:
        return (Warned("lines_known_in_next_statement", {"count": known_here}),)
    earlier = [each for each in before if each[0] < first_day]
    if not earlier or same_day:
        return ()
    latest_day = max(to_date for to_date, _ in earlier)
    closings = {closing for to_date, closing in earlier if to_date == latest_day}
    if statement.opening_minor in closings:
        return ()
    return (
        Warned(
            "balance_gap",
            {
                "account": account.identifier,
                "currency": account.currency,
                "previous_on": latest_day.isoformat(),
                "previous_closing_minor": max(closings),
                "opening_minor": statement.opening_minor,
            },
        ),
    )


def _keep_statements(actor: Actor, file_id: int, taken: Sequence[_Taken]) -> list[int | None]:
    """Write down the statements that are new or bring something; return the id of each."""
    kept = [bool(each.fresh) or not each.is_known for each in taken]
    fresh_ids = iter(next_ids("cash_statement", sum(kept)))
    ids = [next(fresh_ids) if keep else None for keep in kept]
    sql.copy_rows(
        "cash_statement",
        _STATEMENT_COLUMNS,
        (
            (
                statement_id, actor.company_id, each.account.id, file_id, each.statement.format,
                each.statement.statement_id, each.statement.from_date, each.statement.to_date,
                each.statement.opening_minor, each.statement.closing_minor, each.statement.proof,
                len(each.statement.lines), len(each.fresh), actor.at, actor.name,
            )
            for each, statement_id in zip(taken, ids, strict=True)
            if statement_id is not None
        ),
    )  # fmt: skip
    return ids


def _keep_lines(
    actor: Actor, taken: Sequence[_Taken], statement_ids: Sequence[int | None]
) -> dict[int, Occurrence]:
    """Write down the new lines and return them by id."""
    flat = [
        (each.account.id, statement_id, occurrence)
        for each, statement_id in zip(taken, statement_ids, strict=True)
        for occurrence in each.fresh
    ]
    if not flat:
        return {}
    ids = next_ids("cash_bankline", len(flat))
    lines = [found.line for _, _, found in flat]
    columns: dict[str, Sequence[object]] = {
        "id": ids,
        "account_id": [account_id for account_id, _, _ in flat],
        "statement_id": [statement_id for _, statement_id, _ in flat],
        "fingerprint": [found.fingerprint for _, _, found in flat],
        "ordinal": [found.ordinal for _, _, found in flat],
    }
    columns |= {name: list(map(attrgetter(name), lines)) for name in _LINE_COLUMNS}
    columns["structured_references"] = [list(line.structured_references) for line in lines]
    sql.copy_columns(
        "cash_bankline", columns, {"company_id": actor.company_id, "recorded_at": actor.at}
    )
    return {line_id: found for line_id, (_, _, found) in zip(ids, flat, strict=True)}


def _receive(actor: Actor, lines: Mapping[int, Occurrence], against: str) -> list[int]:
    """Make a payment of each receipt, in the books as money of somebody not yet known."""
    receipts = [
        (line_id, found.line)
        for line_id, found in lines.items()
        if found.line.minor > 0 and not found.line.is_reversal
    ]
    if not receipts:
        return []
    ids = next_ids("cash_payment", len(receipts))
    dates = ledger.hold_open(actor)
    references = take_references(actor, "PAY", len(receipts))
    lines_received = [line for _, line in receipts]
    minors = [line.minor for line in lines_received]
    currencies = [line.currency for line in lines_received]
    sql.copy_columns(
        "cash_payment",
        {
            "id": ids,
            "reference": references,
            "bank_line_id": [line_id for line_id, _ in receipts],
            "received_on": [line.booked_on for line in lines_received],
            "currency": currencies,
            "total_minor": minors,
            "unapplied_minor": minors,
        },
        {"company_id": actor.company_id, "on_account": False, "recorded_at": actor.at},
    )
    ledger.post_columns(
        actor,
        [
            ledger.PostingColumns(
                debit=against,
                credit=UNIDENTIFIED,
                source_kind="payment",
                source_ids=ids,
                currencies=currencies,
                minors=minors,
                effective_on=dates.each([line.booked_on for line in lines_received]),
            )
        ],
    )
    return ids


def _result(file_id: int, taken: Sequence[_Taken], payments: int) -> TakeInResult:
    kinds = Counter(
        "returned" if found.line.is_reversal else "outgoing"
        for each in taken
        for found in each.fresh
        if found.line.is_reversal or found.line.minor <= 0
    )
    return TakeInResult(
        file_id=file_id,
        statements=tuple(_statement_result(each) for each in taken),
        lines_total=sum(len(each.statement.lines) for each in taken),
        lines_new=sum(len(each.fresh) for each in taken),
        payments=payments,
        outgoing=kinds["outgoing"],
        returned=kinds["returned"],
    )


def _statement_result(taken: _Taken) -> StatementResult:
    statement = taken.statement
    return StatementResult(
        account=taken.account.identifier,
        currency=taken.account.currency,
        format=statement.format,
        statement_id=statement.statement_id,
        to_date=statement.to_date,
        opening_minor=statement.opening_minor,
        closing_minor=statement.closing_minor,
        proof=statement.proof,
        lines_total=len(statement.lines),
        lines_new=len(taken.fresh),
        is_known=taken.is_known,
        warnings=taken.warnings,
    )


def _announce(
    actor: Actor, result: TakeInResult, taken: Sequence[_Taken], payment_ids: Sequence[int]
) -> None:
    announce(
        actor,
        [
            StatementsTakenIn(
                file_id=result.file_id,
                account_ids=tuple(sorted({each.account.id for each in taken})),
                lines_total=result.lines_total,
                lines_new=result.lines_new,
            )
        ],
    )
    if payment_ids:
        announce(actor, [PaymentsReceived(payment_ids=tuple(payment_ids))])
