"""CODA version 2: Belgium's fixed-width statements of 128 characters a record.

The records are taken apart by febelfin-coda (Febelfin, "Coded statement of account (CODA)",
version 2.6); it stops at what does not add up, and this module says which record that was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

import coda

from creditdesk.cash.readers.originals import NONE, Original, Quoted, original, other_minor
from creditdesk.cash.readers.statement import (
    Line,
    Statement,
    distinct,
    is_currency,
    proved,
    reference_of,
    refusal,
    squeezed,
    to_minor,
)
from creditdesk.kernel.calendars import plausible

RECORD_LENGTH = 128
HEADER = re.compile(r"\A\s*00000\d{6}\d{3}0[05][D ] {7}")

_DETAILED = frozenset("567")  # amounts that make up the movement above them
_R_TRANSACTIONS = frozenset("12345")  # reject, return, refund, reversal, cancellation
# Before version 2.3 other things stood there: only a reason of ISO 20022 beside it tells.
_R_REASON = re.compile(r"[A-Z]{2}[A-Z0-9]{2}")
_OGM = re.compile(r"\d{12}")
_OGM_MODULUS = 97
_DIRECT_DEBIT = "127"
_EXCHANGED = "105"
_STRUCTURED = {"101", "102", "103"}
_CREDITOR_REFERENCE = "100"
_NO_DAY = "000000"
_BROKEN = (
    AssertionError, ArithmeticError, AttributeError, IndexError, InvalidOperation, KeyError,
    TypeError, ValueError,
)  # fmt: skip


@dataclass(slots=True)
class _Records:
    """The records of a file, and which of them is being read."""

    text: str
    file: str
    line: int = 0
    record: str = ""
    statement: int = -1
    ended: bool = True
    lines: dict[tuple[int, str], int] = field(default_factory=dict)

    def __iter__(self) -> Iterator[str]:
        for line, written in enumerate(self.text.split("\n"), start=1):
            if not written.strip():
                continue
            self.line = line
            self.record = written.rstrip().ljust(RECORD_LENGTH)
            self._keep_place()
            yield self.record
        if not self.ended:
            raise refusal(
                "statement_unreadable",
                "the file ends in the middle of a statement: its trailer record is missing",
                file=self.file,
                line=self.line,
            )

    def _keep_place(self) -> None:
        """Follow header and trailer, and note where each movement begins."""
        kind = self.record[0]
        if len(self.record) > RECORD_LENGTH:
            raise refusal(
                "statement_unreadable",
                "the record has more than 128 characters",
                file=self.file,
                line=self.line,
            )
        if self.ended != (kind == "0"):
            raise refusal(
                "statement_unreadable",
                "a statement must begin with a header and end with a trailer",
                file=self.file,
                line=self.line,
            )
        if kind == "0":
            self.statement += 1
        self.ended = kind == "9"
        if self.record.startswith("21"):
            self._date_of_booking_for_none()
            self.lines[self.statement, self.record[2:10]] = self.line

    def _date_of_booking_for_none(self) -> None:
        """Banks may leave the value date open; the reader of records knows no such day."""
        if self.record[47:53] == _NO_DAY:
            self.record = self.record[:47] + self.record[115:121] + self.record[53:]


def read(text: str, file: str) -> list[Statement]:
    """Return the statements of a CODA file; refuse what is cut off or does not add up."""
    records = _Records(text, file)
    try:
        found = coda.CODA(records, encoding=None).statements
    except _BROKEN as error:
        if records.record.startswith("9"):
            raise refusal(
                "statement_unproved",
                "balances, movements and the number of records do not fit the trailer",
                file=file,
                line=records.line,
            ) from error
        raise refusal(
            "statement_unreadable",
            "a field of the record does not fit",
            file=file,
            line=records.line or None,
        ) from error
    return [_statement(one, at, records) for at, one in enumerate(found)]


def _statement(found: coda.Statement, at: int, records: _Records) -> Statement:
    currency = _currency(found, records)
    lines = tuple(
        _line(
            found, move, currency, records, records.lines[at, move.sequence + move.detail_sequence]
        )
        for top in found.moves
        for move in _payments(top)
    )
    opening = _minor(found.old_balance, currency, records)
    closing = _minor(found.new_balance, currency, records)
    proof = proved(records.file, currency, (opening, closing), lines)
    return Statement(
        format="coda",
        account="".join(found.account.split()),
        currency=currency,
        statement_id=f"{found.new_balance_date:%Y}/{found.new_sequence}",
        from_date=plausible(found.old_balance_date),
        to_date=plausible(found.new_balance_date),
        opening_minor=opening,
        closing_minor=closing,
        proof=proof,
        lines=lines,
    )


def _currency(found: coda.Statement, records: _Records) -> str:
    try:
        currency = str(found.account_currency)
    except KeyError as error:
        raise refusal(
            "statement_unreadable",
            "the structure of the account number is unknown",
            file=records.file,
            field="old balance, account",
        ) from error
    if not is_currency(currency):
        raise refusal(
            "statement_currency_missing",
            f"{currency!r} is not a currency",
            file=records.file,
            field="old balance, currency",
        )
    return currency


def _payments(move: coda.Move) -> list[coda.Move]:
    """Return the payments a movement is the sum of, or the movement where they are not said."""
    parts = [each for each in move.moves if each.transaction_type in _DETAILED]
    is_whole = parts and sum(each.amount for each in parts) == move.amount
    return parts if is_whole else [move]


def _line(
    found: coda.Statement, move: coda.Move, currency: str, records: _Records, line_no: int
) -> Line:
    said = _said(found, move)
    minor = _minor(move.amount, currency, records, line_no)
    paid = _original(move, minor, currency)
    return Line(
        line_no=line_no,
        booked_on=_day(move.entry_date, records, line_no),
        value_on=_day(move.value_date, records, line_no),
        minor=minor,
        currency=currency,
        reference=reference_of(move.bank_reference or "", move.customer_reference or ""),
        counterparty=squeezed(move.counterparty_name or "") or said.name,
        counterparty_account=_account(move.counterparty_account or ""),
        text=said.text,
        structured_references=distinct(
            each for each in (*said.references, move.customer_reference or "") if each.strip("0 ")
        ),
        is_reversal=_is_returned(move),
        code=str(move.transaction_code),
        return_reason=(move.r_reason or "") if _is_returned(move) else "",
        original_currency=paid.currency,
        original_minor=paid.minor,
        exchange_rate=paid.rate,
    )


def _original(move: coda.Move, minor: int, currency: str) -> Original:
    """Return what a movement, or a detail of it, says of money exchanged.

    Structured communication 105: amount in the account's currency, amount exchanged (both to a
    thousandth), rate (four places and eight), its currency, then a structured communication.
    """
    for one in (move, *move.moves):
        if one.communication_type == _EXCHANGED:
            content = str(one._communication or "")[4:]  # noqa: SLF001 - it takes no amounts apart
            amount, rate, other = content[15:30], content[30:42], content[42:45]
            return original(
                minor, currency,
                other_minor=other_minor(f"{amount[:12]}.{amount[12:]}", other),
                other_currency=other,
                quoted=Quoted(rate=f"{rate[:4]}.{rate[4:]}"),
            )  # fmt: skip
    return NONE


def _day(day: date, records: _Records, line_no: int) -> date:
    try:
        return plausible(day)
    except ValueError as error:
        raise refusal(
            "statement_date_unreadable", str(error), file=records.file, line=line_no
        ) from error


def _minor(amount: Decimal, currency: str, records: _Records, line_no: int | None = None) -> int:
    """Return the amount, stated to a thousandth, in minor units."""
    try:
        minor = to_minor(f"{abs(amount):f}", currency)
    except ValueError as error:
        raise refusal(
            "statement_amount_unreadable",
            str(error),
            file=records.file,
            line=line_no,
            field="amount",
        ) from error
    return -minor if amount < 0 else minor


def _is_returned(move: coda.Move) -> bool:
    return bool(move.r_transaction in _R_TRANSACTIONS and _R_REASON.fullmatch(move.r_reason or ""))


def _account(text: str) -> str:
    """Return the counterparty's account without the currency the bank puts behind it."""
    account, *_ = (*text[:34].split(), "")
    return account if account.strip("0") else ""


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    name: str
    references: tuple[str, ...]


def _said(found: coda.Statement, move: coda.Move) -> _Said:
    """Return the communication of a movement with what the records of information add."""
    structured, text = _communication(move)
    name = ""
    for each in found.informations.get(move.bank_reference, ()):
        if each.sequence != move.sequence:
            continue
        kind = each.communication_type
        if kind in {"001", "008", "009"}:
            name = name or squeezed(each.name)
        elif kind is None:
            text = f"{text} {each._communication[1:]}"  # noqa: SLF001 - it names no free text
    return _Said(squeezed(text), name, structured)


def _communication(move: coda.Move) -> tuple[tuple[str, ...], str]:
    """Return the references in fields of their own, and the text as a person reads it."""
    kind = move.communication_type
    content = str(move._communication or "")  # noqa: SLF001 - types it does not take apart
    if kind is None:
        return (), content[1:]
    said = content[4:]
    if kind in _STRUCTURED:
        digits = said[:12]
        return (digits,) if _is_ogm(digits) else (), f"{_written(digits)} {said[12:]}"
    if kind == _EXCHANGED:
        digits = said[45:57]
        return ((digits,), _written(digits)) if _is_ogm(digits) else ((), "")
    if kind == _CREDITOR_REFERENCE:
        return (said.strip(),), said
    if kind == _DIRECT_DEBIT:
        # Settlement day, kind, scheme, paid or why not; then creditor, mandate, communication.
        return (said[44:79].strip(),), said[79:141]
    return (), said


def _is_ogm(digits: str) -> bool:
    """Return whether the check digits fit (remainder of the first ten by 97, 97 for none)."""
    if not _OGM.fullmatch(digits):
        return False
    return (int(digits[:10]) % _OGM_MODULUS or _OGM_MODULUS) == int(digits[10:])


def _written(digits: str) -> str:
    """Return a structured communication as it is printed on an invoice."""
    if not _OGM.fullmatch(digits):
        return digits
    return f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"
