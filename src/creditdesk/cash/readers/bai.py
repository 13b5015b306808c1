"""BAI2: cash-management reports of North American (and British) banks, proved by their own totals.

Every account, group and file states a control total and a count of records; all must fit. A group
that names no currency is in US dollars, as the specification says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from creditdesk.cash.readers.statement import (
    NO_BALANCES,
    PROVED,
    Line,
    Statement,
    distinct,
    is_currency,
    reason_in,
    reference_of,
    refusal,
    squeezed,
)
from creditdesk.kernel.errors import Invalid
from creditdesk.kernel.money import MINOR_MAX

# Detail type codes of returns and reversals. Source: BAI2 specification, uniform reporting codes.
RETURN_CODES = frozenset({"252", "255", "257", "258", "266", "552", "555", "557", "558", "566"})
OPENING_LEDGER, CLOSING_LEDGER = "010", "015"
DEFAULT_CURRENCY = "USD"

_AMOUNT = re.compile(r"([+-]?)(\d{1,18})")
_ORIGINATOR = re.compile(r"(?:ORIG(?:INATOR)? (?:CO )?NAME|BO1|ORDERING CUST):\s*([^:]{1,140})")
_NEXT_LABEL = re.compile(r"\s+[A-Z0-9]+(?: [A-Z]+)?$")
_CONTINUED = {"03", "16", "88"}
_TRAILERS = {"49", "98", "99"}


@dataclass(slots=True)
class _Record:
    """One logical record: its type, first line, and the physical lines without their type."""

    kind: str
    line: int
    parts: list[str]

    def fields(self) -> list[str]:
        """Return the comma-separated fields of all lines, without the closing slashes."""
        return [each for part in self.parts for each in part.removesuffix("/").split(",")]


@dataclass(slots=True)
class _Account:
    record: _Record
    total: int = 0
    records: int = 0
    balances: dict[str, int] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    record: _Record
    as_of: date
    total: int = 0
    records: int = 0
    accounts: int = 0


@dataclass(slots=True)
class _Reader:
    """Walks the records and keeps the running totals of file, group and account."""

    file: str
    statements: list[Statement] = field(default_factory=list)
    account: _Account | None = None
    group: _Group | None = None
    total: int = 0
    groups: int = 0
    records: int = 0
    ended: bool = False


def read(text: str, file: str) -> list[Statement]:
    """Return one statement per account and day; refuse wrong totals and counts."""
    reader = _Reader(file)
    for record in _records(text, file):
        _take(reader, record)
    if not reader.ended:
        raise refusal(
            "statement_unproved",
            "the file trailer (99) is missing",
            file=file,
            field="99",
            mend="The file is cut off: fetch it from the bank again",
        )
    return reader.statements


def _records(text: str, file: str) -> Iterator[_Record]:
    current: _Record | None = None
    for line_no, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if not stripped:
            continue
        kind, comma, rest = stripped.partition(",")
        if kind == "88" and comma:
            if current is None or current.kind not in _CONTINUED:
                raise _unreadable("a continuation (88) follows nothing", file, line_no, "88")
            current.parts.append(rest)
            continue
        if current:
            yield current
        if not comma or kind not in {"01", "02", "03", "16", *_TRAILERS}:
            raise _unreadable("the line begins with no BAI2 record type", file, line_no, None)
        current = _Record(kind, line_no, [rest])
    if current:
        yield current


def _unreadable(message: str, file: str, line: int, where: str | None) -> Invalid:
    return refusal("statement_unreadable", message, file=file, line=line, field=where)


def _take(reader: _Reader, record: _Record) -> None:
    """Put one record in its place; refuse it where it does not belong there."""
    reader.records += len(record.parts)
    steps = {
        "01": _begin_file,
        "02": _begin_group,
        "03": _begin_account,
        "16": _add_movement,
        "49": _end_account,
        "98": _end_group,
        "99": _end_file,
    }
    if reader.ended or (record.kind == "01") != (reader.records == len(record.parts)):
        raise _misplaced(reader, record)
    steps[record.kind](reader, record)


def _misplaced(reader: _Reader, record: _Record) -> Invalid:
    return _unreadable(
        f"record {record.kind} stands where it does not belong",
        reader.file,
        record.line,
        record.kind,
    )


def _begin_file(reader: _Reader, record: _Record) -> None:
    version = [each.strip() for each in record.fields() if each.strip()][-1:]
    if version != ["2"]:
        raise _unreadable("this is not version 2 of BAI", reader.file, record.line, "version")


def _begin_group(reader: _Reader, record: _Record) -> None:
    if reader.group is not None:
        raise _misplaced(reader, record)
    fields = record.fields()
    if len(fields) < 4:  # noqa: PLR2004 - receiver, originator, status, as-of date
        raise _unreadable("the group has no as-of date", reader.file, record.line, "as-of date")
    as_of = _date(fields[3], reader.file, record.line, "as-of date")
    reader.group = _Group(record, as_of, records=1)
    reader.groups += 1


def _begin_account(reader: _Reader, record: _Record) -> None:
    if reader.group is None or reader.account is not None:
        raise _misplaced(reader, record)
    account = _Account(record, records=len(record.parts))
    reader.group.accounts += 1
    reader.account = account
    for i, part in enumerate(record.parts):
        fields = part.removesuffix("/").split(",")
        for code, amount in _summaries(fields[2:] if i == 0 else fields):
            minor = _integer(amount, reader.file, record.line + i, f"type {code[:3]}")
            account.total += minor
            account.balances.setdefault(code, minor)


def _summaries(fields: list[str]) -> Iterator[tuple[str, str]]:
    """Yield type code and amount of each summary: code, amount, item count, funds type (…)."""
    i = 0
    while i < len(fields):
        code, amount = fields[i].strip(), fields[i + 1].strip() if i + 1 < len(fields) else ""
        funds = fields[i + 3].strip() if i + 3 < len(fields) else ""
        if code and amount:
            yield code, amount
        i += 4 + _extra_fields(funds, fields[i + 4 :])


def _extra_fields(funds: str, after: list[str]) -> int:
    """Return how many fields a funds type brings: V two, S three, D one and two per entry."""
    if funds == "D":
        entries = after[0].strip() if after else ""
        return 1 + 2 * int(entries) if re.fullmatch(r"[0-9]{1,3}", entries) else 1
    return {"V": 2, "S": 3}.get(funds, 0)


def _add_movement(reader: _Reader, record: _Record) -> None:
    account, group = reader.account, reader.group
    if account is None or group is None:
        raise _misplaced(reader, record)
    account.records += len(record.parts)
    first = record.parts[0].removesuffix("/").split(",")
    code, amount = first[0].strip(), first[1].strip() if len(first) > 1 else ""
    funds = first[2].strip() if len(first) > 2 else ""  # noqa: PLR2004 - third field
    minor = _integer(amount, reader.file, record.line, "amount") if amount else 0
    account.total += minor
    sign = _sign(code)
    if sign is None:
        raise _unreadable(
            f"type {code[:10]!r} is neither a credit nor a debit", reader.file, record.line, "type"
        )
    extra = 3 + _extra_fields(funds, first[3:])
    rest = [*first[extra:], "", ""]
    text = squeezed(",".join(rest[2:]).rstrip(","), *record.parts[1:])
    value_on = (
        _date(first[3], reader.file, record.line, "value date")
        if funds == "V" and len(first) > 3 and first[3].strip()  # noqa: PLR2004 - fourth field
        else None
    )
    account.lines.append(
        Line(
            line_no=record.line,
            booked_on=group.as_of,
            value_on=value_on,
            minor=sign * minor,
            currency=_currency(reader, account),
            reference=reference_of(rest[0], rest[1]),
            counterparty=_originator(text),
            counterparty_account="",
            text=text.removesuffix("/"),
            structured_references=distinct([rest[1]]),
            is_reversal=code in RETURN_CODES,
            code=code,
            return_reason=reason_in(text) if code in RETURN_CODES else "",
        )
    )


def _sign(code: str) -> int | None:
    """Return +1 for codes 100–399 and 920–959, -1 for 400–699 and 960–999, as BAI2 lays down."""
    number = int(code) if len(code) == 3 and code.isascii() and code.isdecimal() else 0  # noqa: PLR2004
    if 100 <= number < 400 or 920 <= number < 960:  # noqa: PLR2004 - the ranges named above
        return 1
    if 400 <= number < 700 or 960 <= number < 1000:  # noqa: PLR2004 - the ranges named above
        return -1
    return None


def _originator(text: str) -> str:
    match = _ORIGINATOR.search(text)
    if match is None:
        return ""
    name = match[1]
    if match.end() < len(text):  # another label follows: its first words are not the name
        name = _NEXT_LABEL.sub("", name)
    return squeezed(name)


def _currency(reader: _Reader, account: _Account) -> str:
    """Return the account's currency, else the group's, else US dollars."""
    fields = account.record.fields()
    group = reader.group.record.fields() if reader.group else []
    stated = (fields[1] if len(fields) > 1 else "", group[5] if len(group) > 5 else "")  # noqa: PLR2004
    currency = next((each.strip() for each in stated if each.strip()), DEFAULT_CURRENCY)
    if not is_currency(currency):
        raise _unreadable(
            f"{currency[:10]!r} is not a currency", reader.file, account.record.line, "currency"
        )
    return currency


# Trailers


def _end_account(reader: _Reader, record: _Record) -> None:
    account, group = reader.account, reader.group
    if account is None or group is None:
        raise _misplaced(reader, record)
    fields = [*record.fields(), ""]
    account.records += 1
    proved = _checked(reader, record, fields[0], account.total)
    _check_count(reader, record, fields[1], account.records, "records")
    group.total += account.total
    group.records += account.records
    reader.account = None
    reader.statements.append(
        Statement(
            format="bai2",
            account=account.record.fields()[0].strip(),
            currency=_currency(reader, account),
            statement_id=f"{group.as_of.isoformat()}",
            from_date=group.as_of,
            to_date=group.as_of,
            opening_minor=account.balances.get(OPENING_LEDGER),
            closing_minor=account.balances.get(CLOSING_LEDGER),
            proof=PROVED if proved else NO_BALANCES,
            lines=tuple(account.lines),
        )
    )


def _end_group(reader: _Reader, record: _Record) -> None:
    group = reader.group
    if group is None or reader.account is not None:
        raise _misplaced(reader, record)
    fields = [*record.fields(), "", ""]
    group.records += 1
    _checked(reader, record, fields[0], group.total)
    _check_count(reader, record, fields[1], group.accounts, "accounts")
    _check_count(reader, record, fields[2], group.records, "records")
    reader.total += group.total
    reader.group = None


def _end_file(reader: _Reader, record: _Record) -> None:
    if reader.group is not None:
        raise _misplaced(reader, record)
    fields = [*record.fields(), "", ""]
    _checked(reader, record, fields[0], reader.total)
    _check_count(reader, record, fields[1], reader.groups, "groups")
    _check_count(reader, record, fields[2], reader.records, "records")
    reader.ended = True


def _checked(reader: _Reader, record: _Record, stated: str, total: int) -> bool:
    """Return whether a control total is stated; refuse one that does not fit."""
    if not stated.strip():
        return False
    if _integer(stated, reader.file, record.line, "control total") != total:
        raise refusal(
            "statement_unproved",
            f"the control total says {stated.strip()}, the amounts make {total}",
            file=reader.file,
            line=record.line,
            field=f"{record.kind} control total",
        )
    return True


def _check_count(reader: _Reader, record: _Record, stated: str, count: int, what: str) -> None:
    if stated.strip() and stated.strip().lstrip("0") != str(count).lstrip("0"):
        raise refusal(
            "statement_unproved",
            f"the trailer counts {stated.strip()[:20]} {what}, there are {count}",
            file=reader.file,
            line=record.line,
            field=f"{record.kind} number of {what}",
        )


def _integer(text: str, file: str, line: int, where: str) -> int:
    match = _AMOUNT.fullmatch(text.strip())
    if match is None or not match[2].isascii() or int(match[2]) > MINOR_MAX:
        raise refusal(
            "statement_amount_unreadable",
            f"{text[:40]!r} is not an amount in minor units",
            file=file,
            line=line,
            field=where,
        )
    return -int(match[2]) if match[1] == "-" else int(match[2])


def _date(text: str, file: str, line: int, where: str) -> date:
    digits = text.strip()
    try:
        pattern = "%y%m%d" if len(digits) == 6 else "%Y%m%d"  # noqa: PLR2004 - YYMMDD
        return datetime.strptime(digits.encode("ascii").decode(), pattern).date()  # noqa: DTZ007 - a day, not an instant
    except ValueError as error:
        raise refusal(
            "statement_date_unreadable",
            f"{digits[:40]!r} is not a date (YYMMDD)",
            file=file,
            line=line,
            field=where,
        ) from error
