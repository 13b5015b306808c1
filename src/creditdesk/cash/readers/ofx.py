"""OFX and QFX, both generations: the SGML of version 1, whose leaves stay open, and XML.

One tolerant pass serves both: what banks send as version 2 is often version 1 with another header.
An OFX file has a closing balance but no opening one, so it cannot prove itself.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from creditdesk.cash.readers.originals import NONE, Original, Quoted, original
from creditdesk.cash.readers.statement import (
    NO_BALANCES,
    Line,
    Statement,
    distinct,
    is_currency,
    reference_of,
    refusal,
    squeezed,
    to_minor,
)
from creditdesk.kernel.calendars import plausible
from creditdesk.kernel.errors import Invalid

STATEMENTS = frozenset({"STMTRS", "CCSTMTRS"})
# Elements that hold others, of those we read; everything else is a leaf of the one around it.
_HOLDERS = STATEMENTS | {
    "OFX",
    "SONRS",
    "STATUS",
    "STMTTRNRS",
    "CCSTMTTRNRS",
    "INVSTMTRS",
    "BANKACCTFROM",
    "CCACCTFROM",
    "BANKTRANLIST",
    "STMTTRN",
    "LEDGERBAL",
    "AVAILBAL",
    "BANKACCTTO",
    "CCACCTTO",
    "PAYEE",
    "CURRENCY",
    "ORIGCURRENCY",
    "FI",
    "BALLIST",
    "BAL",
    "IMAGEDATA",
    "BANKTRANLISTP",
    "STMTTRNP",
}
_TAG = re.compile(r"(/?)([A-Za-z][A-Za-z0-9_.]*)[^<>]*>")
_AMOUNT = re.compile(r"([+-]?)(\d{1,24}(?:[.,]\d{0,12})?|[.,]\d{1,12})")
_GROUPED = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+(?:\.\d{0,12})?)")
_DEPTH_MAX = 100


@dataclass(slots=True)
class _Holder:
    name: str
    line: int
    leaves: dict[str, str] = field(default_factory=dict)
    holders: list[_Holder] = field(default_factory=list)

    def first(self, *names: str) -> _Holder | None:
        """Return the first holder directly inside that bears one of the names."""
        return next((each for each in self.holders if each.name in names), None)

    def value(self, *names: str) -> str:
        """Return the first of the leaves that says anything."""
        return next((text for name in names if (text := self.leaves.get(name, ""))), "")


def read(text: str, file: str) -> list[Statement]:
    """Return one statement per bank or card account; refuse errors, and files without any."""
    if "<!DOCTYPE" in text:
        raise refusal(
            "statement_entities_forbidden",
            "the file declares a DOCTYPE, which no bank does",
            file=file,
        )
    root = _tree(text, file)
    _refuse_errors(root, file)
    found = [each for each in _walk(root) if each.name in STATEMENTS]
    if not found and any(each.name == "INVSTMTRS" for each in _walk(root)):
        raise refusal(
            "statement_kind_unsupported",
            "the file holds an investment account, not a bank account",
            file=file,
            field="INVSTMTRS",
            mend="Export the bank account instead",
        )
    if not found:
        raise refusal("statement_empty", "the file holds no statement", file=file)
    return [_statement(each, file) for each in found]


# The tree


def _tree(text: str, file: str) -> _Holder:
    """Return the holders and their leaves; refuse a file that ends before its `</OFX>`."""
    root = _Holder("", 1)
    stack = [root]
    for closing, name, value, line in _tokens(text, file):
        if not closing:
            _open(stack, name, value, line)
        elif name in _HOLDERS:
            _close(stack, name)
        if len(stack) > _DEPTH_MAX:
            raise _unreadable("elements are nested too deeply", file, line, name)
    ofx = root.first("OFX")
    if ofx is None or any(each.name == "OFX" for each in stack):
        raise refusal(
            "statement_unreadable",
            "the file does not end as OFX must",
            file=file,
            field="</OFX>",
            mend="The file is cut off: fetch it from the bank again",
        )
    return root


def _open(stack: list[_Holder], name: str, value: str, line: int) -> None:
    if name in _HOLDERS:
        if name == "STMTTRN":
            _close(stack, name)  # some banks leave movements open
        holder = _Holder(name, line)
        stack[-1].holders.append(holder)
        stack.append(holder)
    elif value:
        stack[-1].leaves.setdefault(name, value)


def _close(stack: list[_Holder], name: str) -> None:
    for i in range(len(stack) - 1, 0, -1):
        if stack[i].name == name:
            del stack[i:]
            return


def _tokens(text: str, file: str) -> Iterator[tuple[bool, str, str, int]]:
    """Yield whether a tag closes, its name, the text after it, and its line."""
    line = 1
    for chunk in _without_cdata(text, file).split("<"):
        match = _TAG.match(chunk)
        if match:
            value = squeezed(html.unescape(chunk[match.end() :]).replace("\0", " "))
            yield bool(match[1]), match[2].upper(), value, line
        line += chunk.count("\n")


def _without_cdata(text: str, file: str) -> str:
    """Return the text with every CDATA section as escaped text."""
    opened, *sections = text.split("<![CDATA[")
    parts = [opened]
    for section in sections:
        inside, end, after = section.partition("]]>")
        if not end:
            raise _unreadable("a CDATA section does not end", file, text.count("\n") + 1, None)
        parts += [html.escape(inside), after]
    return "".join(parts)


def _walk(holder: _Holder) -> Iterator[_Holder]:
    for each in holder.holders:
        yield each
        yield from _walk(each)


def _unreadable(message: str, file: str, line: int, where: str | None) -> Invalid:
    return refusal("statement_unreadable", message, file=file, line=line, field=where)


def _refuse_errors(root: _Holder, file: str) -> None:
    for status in _walk(root):
        if status.name == "STATUS" and status.value("SEVERITY").upper() == "ERROR":
            message = status.value("MESSAGE") or "no reason given"
            raise refusal(
                "statement_refused_by_bank",
                f"the bank answered with error {status.value('CODE')[:20]}: {message[:200]}",
                file=file,
                line=status.line,
                field="STATUS",
                mend="Fetch the statement again, with valid access data",
            )


# Statements


def _statement(holder: _Holder, file: str) -> Statement:
    account = holder.first("BANKACCTFROM", "CCACCTFROM")
    movements_list = holder.first("BANKTRANLIST") or _Holder("BANKTRANLIST", holder.line)
    movements = [each for each in movements_list.holders if each.name == "STMTTRN"]
    currency = _currency(holder, movements, file)
    ledger = holder.first("LEDGERBAL") or _Holder("LEDGERBAL", holder.line)
    balance = ledger.value("BALAMT")
    ends_on = _optional_date(movements_list, "DTEND", file)
    return Statement(
        format="ofx",
        account=account.value("ACCTID") if account else "",
        currency=currency,
        statement_id="",
        from_date=_optional_date(movements_list, "DTSTART", file),
        to_date=ends_on or _optional_date(ledger, "DTASOF", file),
        opening_minor=None,
        closing_minor=_minor(balance, currency, ledger.line, "BALAMT", file) if balance else None,
        proof=NO_BALANCES,
        lines=tuple(_line(each, currency, file) for each in movements),
    )


def _currency(holder: _Holder, movements: list[_Holder], file: str) -> str:
    """Return the statement's currency, else the one its first movement names."""
    stated = holder.value("CURDEF").upper()
    if not stated and movements and (own := movements[0].first("CURRENCY")):
        stated = own.value("CURSYM").upper()
    if not is_currency(stated):
        raise refusal(
            "statement_currency_missing",
            "the statement names no currency",
            file=file,
            line=holder.line,
            field="CURDEF",
        )
    return stated


def _line(movement: _Holder, currency: str, file: str) -> Line:
    own = movement.first("CURRENCY")
    if own and own.value("CURSYM").upper() not in {"", currency}:
        raise refusal(
            "statement_currency_mixed",
            f"the movement is in {own.value('CURSYM')[:10]}, the account in {currency}",
            file=file,
            line=own.line,
            field="CURSYM",
        )
    booked_on = _optional_date(movement, "DTPOSTED", file)
    if booked_on is None:
        raise refusal(
            "statement_date_missing",
            "the movement has no date",
            file=file,
            line=movement.line,
            field="DTPOSTED",
        )
    payee = movement.first("PAYEE")
    other = movement.first("BANKACCTTO", "CCACCTTO")
    name = movement.value("NAME") or (payee.value("NAME") if payee else "")
    minor = _minor(movement.value("TRNAMT"), currency, movement.line, "TRNAMT", file)
    paid = _original(movement, minor, currency)
    return Line(
        line_no=movement.line,
        booked_on=booked_on,
        value_on=_optional_date(movement, "DTAVAIL", file),
        minor=minor,
        currency=currency,
        reference=reference_of(movement.value("FITID"), movement.value("REFNUM")),
        counterparty=name,
        counterparty_account=other.value("ACCTID") if other else "",
        text=movement.value("MEMO") or name,
        structured_references=distinct(
            [movement.value("REFNUM"), movement.value("CHECKNUM").strip("0")]
        ),
        is_reversal=bool(movement.value("CORRECTFITID")),
        code=movement.value("TRNTYPE").upper(),
        original_currency=paid.currency,
        original_minor=paid.minor,
        exchange_rate=paid.rate,
    )


def _original(movement: _Holder, minor: int, currency: str) -> Original:
    """Return what was exchanged: its currency, and what a unit of it was worth in the account's.

    OFX 2.2, 5.2: CURRATE is the account's currency over that of CURSYM; no amount is told.
    """
    told = movement.first("ORIGCURRENCY")
    if told is None:
        return NONE
    source = told.value("CURSYM").upper()
    quoted = Quoted(rate=told.value("CURRATE"), source=source, target=currency, unit=source)
    return original(minor, currency, other_currency=source, quoted=quoted)


def _minor(text: str, currency: str, line: int, where: str, file: str) -> int:
    """Return a signed OFX amount, with a point or a comma as its decimal mark."""
    grouped = _GROUPED.fullmatch(text)
    plain = None if grouped and "." in text else _AMOUNT.fullmatch(text)
    match = plain or grouped
    try:
        if match is None:
            raise ValueError(f"{text[:40]!r} is not an amount")  # noqa: TRY301 - one way out
        digits = match[2].replace(",", "" if match is grouped else ".")
        minor = to_minor(digits, currency)
    except ValueError as error:
        raise refusal(
            "statement_amount_unreadable", str(error), file=file, line=line, field=where
        ) from error
    return -minor if match[1] == "-" else minor


def _optional_date(holder: _Holder, name: str, file: str) -> date | None:
    """Return the day of an OFX time (YYYYMMDD…) as written, in the bank's own zone."""
    text = holder.value(name)
    if not text:
        return None
    digits = text[:8]
    try:
        if not (digits.isascii() and digits.isdecimal()):
            raise ValueError(digits)  # noqa: TRY301 - one way out
        return plausible(date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])))
    except ValueError as error:
        raise refusal(
            "statement_date_unreadable",
            f"{text[:40]!r} is not a date (YYYYMMDD)",
            file=file,
            line=holder.line,
            field=name,
        ) from error
