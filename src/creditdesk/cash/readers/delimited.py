"""CSV and XLSX exports of banks: dialect, columns and formats are found out, then checked.

Nothing is guessed where two readings are possible: an unclear date or amount refuses the file and
says which setting mends it. A column of running balances proves the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from creditdesk.cash.readers.columns import (
    currency_in,
    date_patterns,
    decimal_mark,
    split_amount,
    to_date,
)
from creditdesk.cash.readers.originals import Original, Quoted, original, other_minor
from creditdesk.cash.readers.statement import (
    NO_BALANCES,
    PROVED,
    Line,
    Statement,
    is_currency,
    reason_in,
    reference_of,
    refusal,
    says_returned,
    squeezed,
    to_minor,
)
from creditdesk.cash.readers.table import Known, Row, Table, sheet_of, table_of
from creditdesk.plumbing.tables.values import Limits
from creditdesk.plumbing.tables.workbooks import read_xlsx

_NO_LETTERS = re.compile(r"[^A-Z]")


@dataclass(frozen=True, slots=True)
class _Movement:
    line: Line
    balance_minor: int | None
    account: str


def read(
    text: str, file: str, mapping: Mapping[str, str] | None = None, known: Known | None = None
) -> list[Statement]:
    """Return one statement per own account named in the file.

    `mapping` says which heading holds a role ("amount": "Betrag") where the headings do not tell;
    a value after "=" is a constant ("currency": "=EUR", "date_format": "=%d/%m/%Y",
    "decimal_mark": "=,"). `known` are mappings of files read before, by `table.heading_key`.
    """
    return _statements(table_of(text, file, mapping or {}, known or {}), "csv")


def read_workbook(
    data: bytes, file: str, mapping: Mapping[str, str] | None = None, known: Known | None = None
) -> list[Statement]:
    """Return what `read` returns, from the first visible sheet with anything in it.

    Lines are named by the rows of the sheet.
    """
    raw = read_xlsx(data, file, Limits())
    rows = [Row(line, list(cells)) for line, cells in zip(raw.lines, raw.rows, strict=True)]
    return _statements(sheet_of(rows, file, mapping or {}, known or {}), "xlsx")


def _statements(table: Table, form: str) -> list[Statement]:
    mark = _decimal_mark(table)
    pattern = _date_pattern(table, mark)
    movements = [_movement(table, row, pattern, mark) for row in table.rows]
    if not movements:
        raise refusal("statement_empty", "there is no movement under the headings", file=table.file)
    by_account: dict[str, list[_Movement]] = {}
    for movement in movements:
        by_account.setdefault(movement.account, []).append(movement)
    return [_statement(table.file, form, account, found) for account, found in by_account.items()]


# Formats


def _date_pattern(table: Table, mark: str) -> str:
    """Return the one pattern all dates fit; order of the rows decides between day and month.

    Who writes a decimal comma writes the day first.
    """
    if "date_format" in table.constants:
        return table.constants["date_format"]
    patterns = date_patterns(table.column("date", "value_date"))
    if mark == ",":
        patterns = [each for each in patterns if not each.startswith("%m")] or patterns
    if not patterns:
        return "%Y-%m-%d"  # the first cell that does not fit is named when it is read
    ordered = [pattern for pattern in patterns if _in_order(table, pattern)]
    same = {tuple(to_date(text, each) for text in table.column("date")) for each in patterns}
    if len(same) == 1:
        return patterns[0]
    if len(ordered) == 1:
        return ordered[0]
    raise table.cell_refusal(
        "statement_date_ambiguous",
        "day and month cannot be told apart",
        table.rows[0],
        "date",
        'Say the format, for example "date_format": "=%d/%m/%Y"',
    )


def _in_order(table: Table, pattern: str) -> bool:
    days = [to_date(text, pattern) for text in table.column("date")]
    return days in (sorted(days), sorted(days, reverse=True))


def _decimal_mark(table: Table) -> str:
    if "decimal_mark" in table.constants:
        return table.constants["decimal_mark"]
    mark = decimal_mark(table.column("amount", "debit", "credit", "balance"))
    if mark is None:
        raise table.cell_refusal(
            "statement_amount_ambiguous",
            "decimal and thousands marks cannot be told apart",
            table.rows[0] if table.rows else None,
            "amount",
            'Say the mark, for example "decimal_mark": "=,"',
        )
    return mark


# Movements


def _movement(table: Table, row: Row, pattern: str, mark: str) -> _Movement:
    currency = _currency(table, row)
    balance = table.cell(row, "balance")
    value_date = table.cell(row, "value_date")
    minor, text = _amount(table, row, currency, mark), squeezed(table.cell(row, "text"))
    is_returned = minor < 0 and says_returned(text)
    paid = _original(table, row, minor, currency, mark)
    line = Line(
        line_no=row.line,
        booked_on=_date(table, row, "date", pattern),
        value_on=_date(table, row, "value_date", pattern) if value_date else None,
        minor=minor,
        currency=currency,
        reference=reference_of(table.cell(row, "reference")),
        counterparty=squeezed(table.cell(row, "counterparty")),
        counterparty_account="".join(table.cell(row, "counterparty_account").split()),
        text=text,
        structured_references=(),
        is_reversal=is_returned,
        code=squeezed(table.cell(row, "code")),
        return_reason=reason_in(text) if is_returned else "",
        original_currency=paid.currency,
        original_minor=paid.minor,
        exchange_rate=paid.rate,
    )
    return _Movement(
        line=line,
        balance_minor=_minor(table, row, "balance", currency, mark) if balance else None,
        account=_account(table, row),
    )


def _original(table: Table, row: Row, minor: int, currency: str, mark: str) -> Original:
    """Return what was paid in another currency; cells that say nothing usable prove nothing."""
    other = table.cell(row, "original_currency").upper()
    try:
        _, digits = split_amount(table.cell(row, "original_amount"), mark)
    except ValueError:
        digits = ""
    rate = table.cell(row, "exchange_rate")
    return original(
        minor, currency, other_minor=other_minor(digits, other), other_currency=other,
        quoted=Quoted(rate=rate) if rate else None,
    )  # fmt: skip


def _account(table: Table, row: Row) -> str:
    return "".join(table.cell(row, "account").split()) or table.account_above


def _currency(table: Table, row: Row) -> str:
    """Return the row's currency, else the one named in a heading or above the table."""
    stated = table.cell(row, "currency").upper()
    if stated:
        if is_currency(stated):
            return stated
        raise table.cell_refusal(
            "statement_currency_missing", f"{stated[:10]!r} is not a currency", row, "currency"
        )
    in_headings = [
        currency_in(table.headings[table.columns[role]])
        for role in ("amount", "credit", "debit", "balance")
        if role in table.columns
    ]
    currency = next((each for each in in_headings if each), table.currency_above)
    if currency:
        return currency
    raise table.cell_refusal(
        "statement_currency_missing",
        "the file names no currency",
        row,
        "currency",
        'Say which currency all rows are in (in a mapping: "currency": "=EUR")',
    )


def _date(table: Table, row: Row, role: str, pattern: str) -> date:
    text = table.cell(row, role)
    if not text:
        raise table.cell_refusal("statement_date_missing", "the row has no date", row, role)
    try:
        return to_date(text, pattern)
    except ValueError as error:
        raise table.cell_refusal(
            "statement_date_unreadable", f"{text[:40]!r} is not a date", row, role
        ) from error


def _amount(table: Table, row: Row, currency: str, mark: str) -> int:
    """Return the signed amount, from one column or from those for debit and credit."""
    if "amount" in table.columns:
        minor = _minor(table, row, "amount", currency, mark)
        direction = _NO_LETTERS.sub("", table.cell(row, "direction").upper())
        if not direction:
            return minor
        if direction[0] in "DS" and direction != "DEPOSIT":
            return -abs(minor)
        if direction[0] in "CH":
            return abs(minor)
        raise table.cell_refusal(
            "statement_unreadable", "it is neither a debit nor a credit", row, "direction"
        )
    sides = [role for role in ("debit", "credit") if table.cell(row, role)]
    minors = {role: _minor(table, row, role, currency, mark) for role in sides}
    filled = {role: minor for role, minor in minors.items() if minor} or minors
    if len(filled) != 1 and any(filled.values()):
        raise table.cell_refusal(
            "statement_unreadable", "the row has both a debit and a credit", row, "debit"
        )
    if not filled:
        raise table.cell_refusal("statement_amount_missing", "the row has no amount", row, "credit")
    role, minor = next(iter(filled.items()))
    return minor if role == "credit" else -abs(minor)


def _minor(table: Table, row: Row, role: str, currency: str, mark: str) -> int:
    text = table.cell(row, role)
    if not text:
        raise table.cell_refusal("statement_amount_missing", "the row has no amount", row, role)
    try:
        sign, digits = split_amount(text, mark)
        return sign * to_minor(digits, currency)
    except ValueError as error:
        raise table.cell_refusal("statement_amount_unreadable", str(error), row, role) from error


# Statements


def _statement(file: str, form: str, account: str, movements: list[_Movement]) -> Statement:
    lines = tuple(movement.line for movement in movements)
    currencies = {line.currency for line in lines}
    if len(currencies) > 1:
        stranger = next(line for line in lines if line.currency != lines[0].currency)
        raise refusal(
            "statement_currency_mixed",
            f"the account has movements in {lines[0].currency} and in {stranger.currency}",
            file=file,
            line=stranger.line_no,
            field="currency",
        )
    opening, closing = _balances(file, movements)
    return Statement(
        format=form,
        account=account,
        currency=lines[0].currency,
        statement_id="",
        from_date=min(line.booked_on for line in lines),
        to_date=max(line.booked_on for line in lines),
        opening_minor=opening,
        closing_minor=closing,
        proof=PROVED if opening is not None and len(lines) > 1 else NO_BALANCES,
        lines=lines,
    )


def _balances(file: str, movements: list[_Movement]) -> tuple[int | None, int | None]:
    """Return opening and closing balance where every row has a balance, oldest or newest first.

    Refuses rows whose balances do not follow from each other in either order.
    """
    balances = [each.balance_minor for each in movements if each.balance_minor is not None]
    if len(balances) < len(movements):
        return None, None
    minors = [movement.line.minor for movement in movements]
    falls = _first_break(balances, minors)
    if falls is None:
        return balances[0] - minors[0], balances[-1]
    rises = _first_break(balances[::-1], minors[::-1])
    if rises is None:
        return balances[-1] - minors[-1], balances[0]
    newest_first = movements[0].line.booked_on > movements[-1].line.booked_on
    at = len(movements) - 1 - rises if newest_first else falls
    raise refusal(
        "statement_unproved",
        "the running balance does not follow from the row before and this row's amount",
        file=file,
        line=movements[at].line.line_no,
        field="balance",
        mend="A row is missing, doubled or altered: export the complete statement again",
    )


def _first_break(balances: Iterable[int], minors: Sequence[int]) -> int | None:
    """Return the first position where the balance is not the one before plus the movement."""
    before: int | None = None
    for i, balance in enumerate(balances):
        if before is not None and before + minors[i] != balance:
            return i
        before = balance
    return None
