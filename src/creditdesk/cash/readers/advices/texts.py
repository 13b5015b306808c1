"""Remittance advices in running text: lines with a document's number and amounts to the cent.

Three amounts are what was owed, what is kept back and what is paid, where they add up; two are
owed and paid. An amount below zero, or a line that says that something is kept back, is taken off
the document it names, or off the one above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from creditdesk.cash.readers.advices.values import (
    AMOUNT_MAX,
    CURRENCIES,
    LINES_MAX,
    REASON_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
    ToldAdvice,
    ToldLine,
    advice_refusal,
)

LINE_CHARACTERS_MAX: Final = 1_000
NUMBERS_MAX: Final = 5
DIGITS_MIN: Final = 3
SIGNS_MIN: Final = 4
LETTERS_MAX: Final = 5
TWO: Final = 2
THREE: Final = 3

_AMOUNT = re.compile(
    r"(?<![\w.,/])(?P<before>[-\u2212(])?\s?"
    r"(?P<number>\d{1,3}(?:[.,'\u2019\u00a0 ]\d{3})+[.,]\d{2}|\d{1,12}[.,]\d{2})"
    r"(?P<after>\s?[-\u2212)])?(?![\w,/]|[.]\d)"
)
_DATE = re.compile(
    r"\b(?:(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<d2>\d{1,2})[./](?P<m2>\d{1,2})[./](?P<y2>\d{4}))\b"
)
_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9/_.\-]*[A-Za-z0-9])?")
_PAID_WORDS = (
    r"total paid|amount paid|total payment|payment amount|total amount|total|zahlbetrag|"
    r"gesamtbetrag|gesamt|summe|überweisungsbetrag|uberweisungsbetrag|montant total|importe total|"
    r"totale"
)
_TOTAL = re.compile(rf"^\W*(?:{_PAID_WORDS})\b", re.IGNORECASE)
_KEPT_BACK = re.compile(
    r"\b(?:less|minus|deduct\w*|discount|skonto|abzug|abzüge|kürzung|kuerzung|escompte|"
    r"credit note|gutschrift|returned?|short)\b",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"(?:payment|remittance|advice|avis|zahlung\w*|transfer)\s*"
    r"(?:advice\s*)?(?:reference|ref|number|no|nr|nummer|id)\b\W{0,4}(?P<told>[A-Za-z0-9][\w/.\-]{3,30})",
    re.IGNORECASE,
)
_PAYER = re.compile(
    r"^\W*(?:payer|from|paid by|absender|auftraggeber|zahler)\s*:\s*(?P<told>\S.{2,80})$",
    re.IGNORECASE | re.MULTILINE,
)
_CURRENCIES = re.compile(r"(?<![\w-])[A-Z]{3}(?![\w-])|[€£]")
_SIGNS = {"€": "EUR", "£": "GBP"}


@dataclass(slots=True)
class _Reading:
    """What was found so far."""

    lines: list[ToldLine] = field(default_factory=list)
    total: Decimal | None = None


def read_text(text: str, form: str = "text") -> ToldAdvice:
    """Return what a text says was paid; no lines where it says nothing of the kind."""
    shown = text[:TEXT_CHARACTERS_MAX]
    reading = _Reading()
    for line_no, line in enumerate(shown.splitlines(), 1):
        if len(reading.lines) >= LINES_MAX:
            break
        _take(reading, line_no, line[:LINE_CHARACTERS_MAX])
    reference, payer = _REFERENCE.search(shown), _PAYER.search(shown)
    return ToldAdvice(
        format=form,
        lines=tuple(reading.lines),
        total=reading.total,
        currency=_currency(shown),
        paid_on=_day(shown),
        payer=payer["told"].strip() if payer else "",
        reference=reference["told"].rstrip(".") if reference else "",
    )


def _take(reading: _Reading, line_no: int, line: str) -> None:
    amounts = list(_amounts(line))
    if not amounts:
        return
    rest = _DATE.sub(" ", _AMOUNT.sub(" ", line))
    if _TOTAL.match(line):
        reading.total = amounts[-1]
        return
    numbers = tuple(_numbers(rest))
    reason = _reason(rest, numbers)
    if numbers:
        one = _line(line_no, numbers, amounts, reason, is_kept_back=bool(_KEPT_BACK.search(rest)))
        known = next((n for n, each in enumerate(reading.lines) if each.numbers == numbers), None)
        if one.paid < 0 and known is not None:
            _take_off(reading, known, -one.paid, reason)
        elif one.paid >= 0:
            reading.lines.append(one)
    elif reading.lines and (amounts[-1] < 0 or _KEPT_BACK.search(rest)):
        _take_off(reading, len(reading.lines) - 1, abs(amounts[-1]), reason)


def _take_off(reading: _Reading, place: int, deduction: Decimal, reason: str) -> None:
    """Keep a deduction with the line it belongs to; what is paid on it is less by as much."""
    line = reading.lines[place]
    told = "; ".join(part for part in (line.reason, reason) if part)[:REASON_CHARACTERS_MAX]
    reading.lines[place] = replace(
        line,
        paid=max(line.paid - deduction, Decimal(0)),
        deduction=line.deduction + deduction,
        reason=told,
    )


def _line(
    line_no: int,
    numbers: tuple[str, ...],
    amounts: list[Decimal],
    reason: str,
    *,
    is_kept_back: bool,
) -> ToldLine:
    if len(amounts) >= THREE:
        owed, kept, paid = amounts[-3], abs(amounts[-2]), amounts[-1]
        if owed - kept == paid:
            return ToldLine(line_no, numbers, paid, kept, reason if kept else "")
    if len(amounts) == TWO:
        owed, second = amounts
        if second < 0 or (is_kept_back and second * 2 < owed):
            return ToldLine(line_no, numbers, owed - abs(second), abs(second), reason)
        if second <= owed:
            return ToldLine(line_no, numbers, second, owed - second, reason)
    return ToldLine(line_no, numbers, amounts[-1])


def _amounts(line: str) -> Iterator[Decimal]:
    for found in _AMOUNT.finditer(line):
        digits = re.sub(r"\D", "", found["number"])
        value = Decimal(int(digits)).scaleb(-2)
        if value < AMOUNT_MAX:
            is_negative = found["before"] is not None or found["after"] is not None
            yield -value if is_negative else value


def _numbers(rest: str) -> Iterator[str]:
    """Yield what may be a document's number: four signs or more, of them three digits or more.

    Letters that stand alone before it may be part of it.
    """
    found, before = 0, ""
    for word in _WORD.findall(rest):
        digits = sum(sign.isdecimal() for sign in word)
        if digits >= DIGITS_MIN and len(word) >= SIGNS_MIN and found < NUMBERS_MAX:
            found += 1
            yield word
            if before.isalpha() and len(before) <= LETTERS_MAX:
                yield before + word
        before = word


def _reason(rest: str, numbers: tuple[str, ...]) -> str:
    for number in numbers:
        rest = rest.replace(number, " ")
    kept = _CURRENCIES.sub(lambda one: " " if one[0] in CURRENCIES else one[0], rest)
    return " ".join(re.sub(r"[|;:\t]+", " ", kept).split()).strip(" -–,.")[:REASON_CHARACTERS_MAX]


def _currency(text: str) -> str:
    """Return the one currency the text names, or ""."""
    told = {_SIGNS.get(one, one) for one in _CURRENCIES.findall(text)}
    found = {one for one in told if one in CURRENCIES}
    return found.pop() if len(found) == 1 else ""


def _day(text: str) -> date | None:
    """Return the first date of the text that is one."""
    for found in _DATE.finditer(text):
        year, month, day = (
            (found["y"], found["m"], found["d"])
            if found["y"]
            else (found["y2"], found["m2"], found["d2"])
        )
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None


def said(told: ToldAdvice, filename: str) -> ToldAdvice:
    """Return the advice of a file; Invalid where no line of it says anything."""
    if not told.lines:
        raise advice_refusal(
            "advice_empty",
            "no line of it names a document with an amount to the cent",
            file=filename,
        )
    return told
