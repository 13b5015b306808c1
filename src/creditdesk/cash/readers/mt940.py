"""MT940 and MT942: SWIFT's line-tagged statements, as banks really write them.

Opening balance, movements and closing balance must add up (MT940); stated sums of entries must fit
(MT942). What the banks hide in field :86: is taken apart in `mt940_details`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from creditdesk.cash.readers.mt940_details import (
    Details,
    account_of,
    details_of,
    details_of_non_swift,
    original_of,
    references_of,
)
from creditdesk.cash.readers.statement import (
    NO_BALANCES,
    PROVED,
    Line,
    Statement,
    distinct,
    is_currency,
    proved,
    reason_in,
    reference_of,
    refusal,
    says_returned,
    squeezed,
    to_minor,
)

# Only these begin a field: a wrapped time of day (":26:37") inside free text does not.
_TAG = re.compile(
    r":(13D?|20|21|25P?|28C?|34F|60[FM]|61|62[FM]|64|65|86|90[CD]|NS|94[02]):(.*)", re.DOTALL
)
_BALANCE = re.compile(r"(C|D)(\d{6})([A-Z]{3})?([\d,.]+)\s*")
_MOVEMENT = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4}|[ ]{4})?[ ]*"
    r"(?P<mark>RC|RD|EC|ED|C|D)(?P<funds>[A-Z])?[ ]?"
    r"(?P<amount>\d[\d,.]*)"
    r"(?P<kind>[A-Z][A-Z0-9 ]{0,3})?(?P<rest>.*)",
    re.DOTALL,
)
_SUM = re.compile(r"(\d*)([A-Z]{3})([\d,.]+)\s*")
_CENTURY_TURNS = 80


@dataclass(frozen=True, slots=True)
class _Field:
    tag: str
    line: int
    text: list[str]


@dataclass(frozen=True, slots=True)
class _Balance:
    on: date
    currency: str
    amount: str
    sign: int
    line: int


@dataclass(slots=True)
class _Message:
    """One statement's fields, sorted out; movements carry their :86: or :NS: with them."""

    line: int
    header: dict[str, str] = field(default_factory=dict)
    opening: _Balance | None = None
    closing: _Balance | None = None
    movements: list[tuple[_Field, list[_Field]]] = field(default_factory=list)
    is_interim: bool = False


def read(text: str, file: str) -> list[Statement]:
    """Return the statements of an MT940 or MT942 file; refuse what is cut off or unbalanced."""
    return [_statement(message, file) for message in _messages(text, file)]


# Fields and messages


def _fields(text: str) -> Iterator[_Field]:
    """Yield the tagged fields; an empty tag marks the end of a message."""
    current: _Field | None = None
    for line_no, line in enumerate(text.split("\n"), start=1):
        if line.startswith(":") and (match := _TAG.match(line)):
            if current:
                yield current
            current = _Field(match[1], line_no, [match[2]])
        elif _ends_message(line, current):
            if current:
                yield current
            yield _Field("", line_no, [])
            current = None
        elif current:
            current.text.append(line)
    if current:
        yield current


def _ends_message(line: str, current: _Field | None) -> bool:
    if not line.startswith(("-", "{1:")):
        return False
    in_free_text = current is not None and current.tag in {"86", "NS", "61"}
    return line.rstrip() == "-" or line.startswith(("-}", "{1:")) or not in_free_text


def _messages(text: str, file: str) -> list[_Message]:
    messages: list[_Message] = []
    message: _Message | None = None
    for each in _fields(text):
        if each.tag == "":
            message = None
            continue
        if each.tag in {"940", "942"}:
            continue
        if message is None or (each.tag == "20" and "20" in message.header):
            message = _Message(each.line)
            messages.append(message)
        _add(message, each, file)
    return messages


def _add(message: _Message, each: _Field, file: str) -> None:
    """File the field under its message."""
    if each.tag == "61":
        message.movements.append((each, []))
    elif each.tag in {"86", "NS"}:
        # After the closing balance :86: speaks about the statement, not about a movement.
        if message.movements and message.closing is None:
            message.movements[-1][1].append(each)
    elif each.tag in {"60F", "60M", "62F", "62M"}:
        _add_balance(message, each, file)
    else:
        message.is_interim = message.is_interim or each.tag in {"34F", "13D", "90C", "90D"}
        message.header.setdefault(each.tag, squeezed(*each.text))


def _add_balance(message: _Message, each: _Field, file: str) -> None:
    match = _BALANCE.fullmatch("".join(each.text))
    if match is None:
        raise refusal(
            "statement_unreadable",
            "the balance is not in the form C/D, date, currency, amount",
            file=file,
            line=each.line,
            field=f":{each.tag}:",
        )
    balance = _Balance(
        on=_date(match[2], each.line, file),
        currency=match[3] or "",
        amount=match[4],
        sign=1 if match[1] == "C" else -1,
        line=each.line,
    )
    if each.tag in {"60F", "60M"}:
        if message.opening is not None:
            raise refusal(
                "statement_unreadable",
                "the statement has two opening balances",
                file=file,
                line=each.line,
                field=f":{each.tag}:",
            )
        message.opening = balance
    else:
        message.closing = balance


# Statements


def _statement(message: _Message, file: str) -> Statement:
    account = message.header.get("25") or message.header.get("25P", "")
    if not account:
        raise refusal(
            "statement_account_missing",
            "the statement names no account",
            file=file,
            line=message.line,
            field=":25:",
        )
    currency = _currency(message, account, file)
    lines = tuple(
        line
        for movement, notes in message.movements
        if (line := _line(movement, notes, currency, file)) is not None
    )
    opening, closing = message.opening, message.closing
    _refuse_incomplete(message, file)
    opening_minor = _balance_minor(opening, currency, file)
    closing_minor = _balance_minor(closing, currency, file)
    proof = proved(
        file,
        currency,
        (opening_minor, closing_minor),
        lines,
        line=closing.line if closing else None,
    )
    if message.is_interim and proof == NO_BALANCES:
        proof = _proved_by_sums(message, lines, currency, file)
    return Statement(
        format="mt942" if message.is_interim else "mt940",
        account=account_of(account, currency),
        currency=currency,
        statement_id=message.header.get("28C") or message.header.get("28", ""),
        from_date=opening.on if opening else None,
        to_date=closing.on if closing else None,
        opening_minor=opening_minor,
        closing_minor=closing_minor,
        proof=proof,
        lines=lines,
    )


def _currency(message: _Message, account: str, file: str) -> str:
    """Return the currency of the balances, else of the floor limit, the sums or the account."""
    stated = {each.currency for each in (message.opening, message.closing) if each} - {""}
    if len(stated) > 1:
        raise refusal(
            "statement_currency_mixed",
            "opening and closing balance are in different currencies",
            file=file,
            line=message.line,
            field=":62F:",
        )
    sums = [message.header.get(tag, "").lstrip("0123456789") for tag in ("34F", "90D", "90C")]
    candidates = (*stated, *(each[:3] for each in sums), account[-3:])
    currency = next((each for each in candidates if is_currency(each)), "")
    if not currency:
        raise refusal(
            "statement_currency_missing",
            "neither a balance nor the account names a currency",
            file=file,
            line=message.line,
            field=":60F:",
        )
    return currency


def _refuse_incomplete(message: _Message, file: str) -> None:
    """Refuse an MT940 message without both balances: it is no statement, or cut off."""
    if message.is_interim or (message.opening and message.closing):
        return
    if not message.movements and not message.opening and not message.closing:
        raise refusal(
            "statement_empty",
            "the statement has neither balances nor movements",
            file=file,
            line=message.line,
        )
    missing = ("opening", ":60F:") if message.opening is None else ("closing", ":62F:")
    raise refusal(
        "statement_unproved",
        f"the {missing[0]} balance is missing",
        file=file,
        line=message.line,
        field=missing[1],
        mend="The file is cut off: fetch the complete statement from the bank",
    )


def _balance_minor(balance: _Balance | None, currency: str, file: str) -> int | None:
    if balance is None:
        return None
    return balance.sign * _minor(balance.amount, currency, balance.line, "balance", file)


def _proved_by_sums(message: _Message, lines: tuple[Line, ...], currency: str, file: str) -> str:
    """Return "proved" where :90C: and :90D: count and sum the movements; refuse other sums."""
    proof = NO_BALANCES
    for tag, sign in (("90C", 1), ("90D", -1)):
        match = _SUM.fullmatch(message.header.get(tag, ""))
        if match is None:
            continue
        minors = [line.minor * sign for line in lines if line.minor * sign > 0]
        stated = _minor(match[3], currency, message.line, f":{tag}:", file)
        if (match[1] and int(match[1][:9]) != len(minors)) or stated != sum(minors):
            raise refusal(
                "statement_unproved",
                "the sum of entries does not fit the entries",
                file=file,
                line=message.line,
                field=f":{tag}:",
            )
        proof = PROVED
    return proof


# Movements


def _line(movement: _Field, notes: list[_Field], currency: str, file: str) -> Line | None:
    """Return the movement; None for one that the bank only expects (marks EC, ED)."""
    match, supplement = _parsed(movement, file)
    mark = match["mark"]
    if mark in {"EC", "ED"}:
        return None
    minor = _minor(match["amount"], currency, movement.line, ":61:", file)
    value_on = _date(match["value"], movement.line, file)
    details = _details(notes)
    payer_reference, bank_reference, name, account = references_of(match["rest"], supplement)
    text = details.text or squeezed(supplement)
    paid = original_of(minor, currency, supplement, details)
    is_out = mark in {"D", "RC"}
    is_returned = mark in {"RC", "RD"} or details.is_return or (is_out and says_returned(text))
    return Line(
        line_no=movement.line,
        booked_on=_entry_date(match["entry"], value_on, movement.line, file),
        value_on=value_on,
        minor=-minor if is_out else minor,
        currency=currency,
        reference=reference_of(bank_reference, payer_reference, *details.references),
        counterparty=squeezed(details.name or name),
        counterparty_account="".join((details.account or account).split()),
        text=text,
        structured_references=distinct(details.references),
        is_reversal=is_returned,
        code=(match["kind"] or "").strip(),
        return_reason=reason_in(text) if is_returned else "",
        original_currency=paid.currency,
        original_minor=paid.minor,
        exchange_rate=paid.rate,
    )


def _parsed(movement: _Field, file: str) -> tuple[re.Match[str], str]:
    """Return the parts of field :61: and its supplementary details (the lines below it)."""
    first, *others = movement.text
    match = _MOVEMENT.fullmatch(first)
    if match is not None:
        return match, "\n".join(others).strip()
    match = _MOVEMENT.fullmatch("".join(movement.text))  # some banks break the line anywhere
    if match is None:
        raise refusal(
            "statement_unreadable",
            "the movement is not in the form date, C/D, amount, type, reference",
            file=file,
            line=movement.line,
            field=":61:",
        )
    return match, ""


def _details(notes: list[_Field]) -> Details:
    own = [line for note in notes if note.tag == "NS" for line in note.text]
    if own:
        return details_of_non_swift(own)
    return details_of([line for note in notes for line in note.text])


def _minor(text: str, currency: str, line: int, where: str, file: str) -> int:
    mark = "." if "." in text and "," not in text else ","
    try:
        return to_minor(text, currency, mark)
    except ValueError as error:
        raise refusal(
            "statement_amount_unreadable", str(error), file=file, line=line, field=where
        ) from error


def _date(digits: str, line: int, file: str) -> date:
    """Return the date of YYMMDD; 30 February, which 30/360 value dating knows, is the last day."""
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    year += 1900 if year >= _CENTURY_TURNS else 2000
    days = monthrange(year, month)[1] if 1 <= month <= 12 else 0  # noqa: PLR2004 - a calendar
    if not 1 <= day <= (max(days, 30) if month == 2 else days):  # noqa: PLR2004 - 30/360
        raise refusal(
            "statement_date_unreadable",
            f"{digits!r} is not a date (YYMMDD)",
            file=file,
            line=line,
            field=":61:",
        )
    return date(year, month, min(day, days))


def _entry_date(digits: str | None, value_on: date, line: int, file: str) -> date:
    """Return the booking date of MMDD in the year that brings it nearest to the value date."""
    if not digits or not digits.strip():
        return value_on
    years = (value_on.year - 1, value_on.year, value_on.year + 1)
    dates = [_date(f"{year % 100:02}{digits}", line, file) for year in years]
    return min(dates, key=lambda each: abs((each - value_on).days))
