"""Cells of text as dates, amounts, currencies and countries, and how a column is written. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Final, Literal

from babel import Locale
from babel.numbers import list_currencies

from creditdesk.kernel.calendars import plausible
from creditdesk.kernel.references import fold

DateOrder = Literal["dmy", "mdy"]
DecimalMark = Literal["point", "comma"]

AMOUNT_LENGTH_MAX: Final = 40
INTEGER_LENGTH_MAX: Final = 18
CENTURY_PIVOT: Final = 80
_SERIAL_DAY_ONE: Final = date(1899, 12, 30)
_SERIAL_RANGE: Final = range(20_000, 80_000)  # 1954 to 2119
_LANGUAGES: Final = ("en", "de", "fr", "es", "it", "nl")
# After white space too, and in the wide forms that spreadsheets of East Asia accept.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")

_TIME = re.compile(r"[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[AaPp][Mm]|[+-]\d{2}:?\d{2})?$")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_YEAR_LAST = re.compile(r"(\d{1,2})\s?[-/. ]\s?(\d{1,2})\s?[-/. ]\s?(\d{4}|\d{2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DAY_MONTH_NAME = re.compile(r"(\d{1,2})[.\s-]*([A-Z]{3,10})[.,\s-]*(\d{4}|\d{2})")
_MONTH_NAME_DAY = re.compile(r"([A-Z]{3,10})[.\s-]*(\d{1,2})(?:ST|ND|RD|TH)?[,\s-]+(\d{4}|\d{2})")
_SERIAL = re.compile(r"(\d{5})(?:\.0+)?")

_SYMBOLS = re.compile(r"[€$£¥]|CHF|Fr\.")
_CODE = re.compile(r"^([A-Z]{3})\s*|\s*([A-Z]{3})$")
_SPACES = re.compile(r"[\s'’\u00a0\u202f]")
_PLAIN_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_PLAIN_POINT = re.compile(r"[-+]?\d+\.\d{1,2}")  # proves the point without another look
_POINT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+")
_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?|,\d+")
_SPACED_GROUPS = re.compile(r"[-+(]?\d{1,3}(?:[\s'’\u00a0\u202f]\d{3})+(?:[.,]\d+)?\)?-?")


@dataclass(frozen=True, slots=True)
class Detected:
    """How a column is written; without proof, the usual way, which a person should confirm.

    `proof` and `against` are cells that show one way and the other.
    """

    value: str
    is_certain: bool
    proof: str = ""
    against: str = ""


def unneutralised(cell: str) -> str:
    """Return a cell without the apostrophe that kept a spreadsheet from taking it as a formula."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell, 1) else cell


def neutralised(cell: str) -> str:
    """Return a cell that no spreadsheet takes as a formula; plain numbers stay as they are."""
    if _FORMULA.match(cell) and not _PLAIN_NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


# Dates


def date_order(cells: Iterable[str], *, usual: DateOrder = "dmy") -> Detected:
    """Return whether day or month comes first, proven by a part above 12 anywhere in the column.

    With points the day comes first by custom. Cells that prove both ways leave it uncertain.
    """
    proofs: dict[str, str] = {}
    ambiguous = ""
    for cell in cells:
        found = _YEAR_LAST.fullmatch(_TIME.sub("", cell))
        if not found:
            continue
        first, second = int(found[1]), int(found[2])
        if first > 12 or ("." in cell and second <= 12):  # noqa: PLR2004 - months of a year
            proofs.setdefault("dmy", cell)
        elif second > 12:  # noqa: PLR2004 - months of a year
            proofs.setdefault("mdy", cell)
        elif first != second:
            ambiguous = ambiguous or cell
    if len(proofs) == 1:
        ((order, proof),) = proofs.items()
        return Detected(order, is_certain=True, proof=proof)
    if proofs:
        return Detected(usual, is_certain=False, proof=proofs["dmy"], against=proofs["mdy"])
    return Detected(usual, is_certain=not ambiguous, proof=ambiguous)


def parse_date(cell: str, order: str) -> date | None:
    """Return the date a cell says, in figures, month names (EN, DE, FR, …) or as a serial day."""
    text = _TIME.sub("", cell.strip())
    for form, places in (
        (_YEAR_FIRST, (0, 1, 2)),
        (_COMPACT, (0, 1, 2)),
        (_YEAR_LAST, (2, 1, 0) if order == "dmy" else (2, 0, 1)),
    ):
        found = form.fullmatch(text)
        if found:
            year, month, day = (found.groups()[place] for place in places)
            return _date(year, int(month), int(day))
    serial = _SERIAL.fullmatch(text)
    if serial and int(serial[1]) in _SERIAL_RANGE:
        return _SERIAL_DAY_ONE + timedelta(days=int(serial[1]))
    return _date_in_words(fold(text))


def _date_in_words(text: str) -> date | None:
    found = _DAY_MONTH_NAME.fullmatch(text)
    if found:
        day, name, year = found.groups()
    else:
        found = _MONTH_NAME_DAY.fullmatch(text)
        if not found:
            return None
        name, day, year = found.groups()
    month = _months().get(name)
    return _date(year, month, int(day)) if month else None


def _date(year: str, month: int, day: int) -> date | None:
    whole = int(year)
    if len(year) == len("26"):
        whole += 2000 if whole < CENTURY_PIVOT else 1900
    try:
        return plausible(date(whole, month, day))
    except ValueError:
        return None


@cache
def _months() -> dict[str, int]:
    found: dict[str, int] = {}
    for language in _LANGUAGES:
        for width in ("wide", "abbreviated"):
            for number, name in Locale(language).months["format"][width].items():
                found.setdefault(fold(name).rstrip("."), number)
    # Umlauts written out (MAERZ) and dropped (MARZ), and common short forms.
    found |= {"MAERZ": 3, "MARZ": 3, "MRZ": 3, "SEPT": 9, "FEVR": 2, "AOUT": 8, "DECE": 12}
    return found


# Amounts


def decimal_mark(cells: Iterable[str], *, usual: DecimalMark = "point") -> Detected:
    """Return whether point or comma is the decimal mark, proven by any cell of the column."""
    proofs: dict[str, str] = {}
    ambiguous = ""
    for cell in cells:
        if _PLAIN_POINT.fullmatch(cell):
            proofs.setdefault("point", cell)
            continue
        if "," not in cell and "." not in cell:
            continue
        mark = _mark_of(cell)
        if mark:
            proofs.setdefault(mark, cell)
        else:
            ambiguous = ambiguous or cell
    if len(proofs) == 1:
        ((mark, proof),) = proofs.items()
        return Detected(mark, is_certain=True, proof=proof)
    if proofs:
        return Detected(usual, is_certain=False, proof=proofs["point"], against=proofs["comma"])
    return Detected(usual, is_certain=not ambiguous, proof=ambiguous)


def _mark_of(cell: str) -> str:
    """Return the decimal mark a single cell proves, or an empty text (1,234 proves nothing)."""
    last_comma, last_point = cell.rfind(","), cell.rfind(".")
    if last_comma >= 0 and last_point >= 0:
        return "comma" if last_comma > last_point else "point"
    mark, name, other = (",", "comma", "point") if last_comma >= 0 else (".", "point", "comma")
    if cell.count(mark) > 1:
        return other
    digits_after = len(re.match(r"\d*", cell[cell.rfind(mark) + 1 :])[0])  # type: ignore[index]
    digits_before = re.sub(r"\D", "", cell[: cell.rfind(mark)])
    group = 3
    if digits_after != group or len(digits_before) > group or digits_before in ("", "0"):
        return name
    return name if _SPACES.search(cell[: cell.rfind(mark)].strip()) else ""


def parse_amount(cell: str, mark: str, *, code: str = "") -> Decimal | None:
    """Return the amount a cell says; None when it is none, or in another currency than `code`.

    Negative: a sign before or after, or parentheses. Thousands must be grouped by three.
    """
    if mark == "point" and _PLAIN_NUMBER.fullmatch(cell) and len(cell) <= AMOUNT_LENGTH_MAX:
        return Decimal(cell)
    text = _SYMBOLS.sub("", cell).strip()
    named = _CODE.search(text)
    if named:
        if (named[1] or named[2]) != code:
            return None
        text = _CODE.sub("", text).strip()
    text, is_negative = _unsigned(text)
    if _SPACES.search(text):
        if not _SPACED_GROUPS.fullmatch(text):
            return None
        text = _SPACES.sub("", text)
    if len(text) > AMOUNT_LENGTH_MAX or not (_POINT if mark == "point" else _COMMA).fullmatch(text):
        return None
    text = text.replace(",", "") if mark == "point" else text.replace(".", "").replace(",", ".")
    return -Decimal(text) if is_negative else Decimal(text)


def _unsigned(text: str) -> tuple[str, bool]:
    """Return the text without its sign, and whether that was negative."""
    text = text.replace("−", "-")
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if text.startswith(("-", "+")):
        return text[1:].strip(), text[0] == "-"
    if text.endswith(("-", "+")):
        return text[:-1].strip(), text[-1] == "-"
    return text, False


def parse_integer(cell: str) -> int | None:
    """Return a whole number without sign, as long as a table of ours can hold."""
    return int(cell) if cell.isdecimal() and len(cell) <= INTEGER_LENGTH_MAX else None


# Codes


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


def parse_currency(cell: str) -> str | None:
    """Return the ISO 4217 code a cell says, in letters of any case or as an unambiguous symbol."""
    code = {"€": "EUR", "£": "GBP", "EURO": "EUR"}.get(cell.upper(), cell.upper())
    return code if code in _currencies() else None


@cache
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == len("DE") and code.isalpha() and code not in ("EU", "EZ", "UN", "ZZ"):
                found.setdefault(fold(name), code)
                found.setdefault(code, code)
    return found | {
        "UK": "GB", "USA": "US", "U.S.A.": "US", "UNITED STATES OF AMERICA": "US",
        "GREAT BRITAIN": "GB", "ENGLAND": "GB", "SCOTLAND": "GB", "WALES": "GB", "HOLLAND": "NL",
        "THE NETHERLANDS": "NL", "CZECH REPUBLIC": "CZ", "KOREA": "KR", "RUSSIA": "RU",
    }  # fmt: skip


def parse_country(cell: str) -> str | None:
    """Return the ISO 3166 code of a country named by code or name (EN, DE, FR, ES, IT, NL)."""
    return _countries().get(fold(cell).strip())


def share_of(cells: Sequence[str], kind: str) -> float:
    """Return which share of the cells can be read as that kind of value."""
    if not cells:
        return 0.0
    return sum(_reads_as(cell, kind) for cell in cells) / len(cells)


def _reads_as(cell: str, kind: str) -> bool:
    if kind == "date":
        return any(parse_date(cell, order) is not None for order in ("dmy", "mdy"))
    if kind == "amount":
        return any(parse_amount(cell, mark) is not None for mark in ("point", "comma"))
    if kind == "currency":
        return parse_currency(cell) is not None
    if kind == "country":
        return parse_country(cell) is not None
    if kind == "integer":
        return parse_integer(cell) is not None
    return True
