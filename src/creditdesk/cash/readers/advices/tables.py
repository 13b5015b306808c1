"""Remittance advices as a table: a column of numbers, one of amounts, and what else there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from creditdesk.cash.readers.advices.values import (
    AMOUNT_MAX,
    CURRENCIES,
    LINES_MAX,
    REASON_CHARACTERS_MAX,
    ToldAdvice,
    ToldLine,
    advice_refusal,
)
from creditdesk.cash.readers.columns import currency_in, decimal_mark, plain, split_amount
from creditdesk.kernel import currencies
from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing.tables import Table

# What the columns of an advice are called, the surest name first.
HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": (
        "invoice number", "invoice no", "invoice", "document number", "document no", "document",
        "rechnungsnummer", "rechnungsnr", "rechnung", "belegnummer", "beleg", "numero facture",
        "facture", "reference", "referenz", "number", "nummer",
    ),
    "paid": (
        "amount paid", "paid amount", "paid", "payment amount", "net amount", "net",
        "zahlbetrag", "bezahlt", "gezahlt", "montant paye", "amount", "betrag", "montant",
    ),
    "owed": ("gross amount", "gross", "invoice amount", "rechnungsbetrag", "brutto", "open amount"),
    "deduction": (
        "deduction", "deductions", "discount", "cash discount", "abzug", "skonto", "kurzung",
        "kuerzung", "escompte",
    ),
    "reason": (
        "deduction reason", "reason", "grund", "abzugsgrund", "comment", "remark", "bemerkung",
        "text", "note", "description",
    ),
    "currency": ("currency", "wahrung", "waehrung", "devise"),
}  # fmt: skip
_TOTALS: Final = ("total", "sum", "summe", "gesamt", "totale")


def columns_of(table: Table) -> dict[str, int]:
    """Return which column is what, as far as the headings tell."""
    names = [plain(heading) for heading in table.headers]
    found: dict[str, int] = {}
    for role, known in HEADINGS.items():
        for name in known:
            if name in names and names.index(name) not in found.values():
                found[role] = names.index(name)
                break
    return found


def read_table(table: Table, file: str, form: str) -> ToldAdvice:
    """Return the advice a table holds; Invalid, naming line and field, where it cannot be read."""
    columns = columns_of(table)
    if "number" not in columns or not {"paid", "owed"} & columns.keys():
        raise advice_refusal(
            "advice_columns_unknown",
            "no column of the table is called like a document's number, or like an amount paid",
            file=file,
            line=table.first_line or None,
            mend="Call the columns 'Invoice number' and 'Amount paid', and load it again",
        )
    if len(table.rows) > LINES_MAX:
        raise advice_refusal(
            "advice_too_long", f"the advice has more than {LINES_MAX} lines", file=file,
            mend="Split it, one file for each payment",
        )  # fmt: skip
    reading = _Reading(table, columns, file)
    lines = [one for place in range(len(table.rows)) if (one := reading.line(place)) is not None]
    if not lines:
        raise advice_refusal("advice_empty", "no line of the table names a document", file=file)
    return ToldAdvice(
        format=form, lines=tuple(lines), total=reading.total, currency=reading.currency()
    )


class _Reading:
    """Reads rows of one table."""

    def __init__(self, table: Table, columns: Mapping[str, int], file: str) -> None:
        self.table, self.columns, self.file = table, columns, file
        self.total: Decimal | None = None
        amounts = [
            row[columns[role]]
            for row in table.rows
            for role in ("paid", "owed", "deduction")
            if role in columns
        ]
        mark = decimal_mark([text for text in amounts if text])
        if mark is None:
            raise advice_refusal(
                "advice_amounts_unclear",
                "it cannot be told whether a point or a comma marks the decimals",
                file=file,
                field=table.headers[columns.get("paid", columns.get("owed", 0))],
                mend="Write every amount with two decimals",
            )
        self.mark = mark

    def line(self, place: int) -> ToldLine | None:
        """Return the line of a row; None for empty rows and the total."""
        row, line_no = self.table.rows[place], self.table.lines[place]
        number = row[self.columns["number"]].strip()
        paid, owed, kept = (self._amount(row, line_no, r) for r in ("paid", "owed", "deduction"))
        kept = abs(kept) if kept is not None else None
        if paid is None and owed is not None:
            paid = owed - (kept or 0)
        if not number or plain(number) in _TOTALS:
            self.total = paid if paid is not None and self._is_total(row) else self.total
            return None
        if paid is None:
            raise self._fault("advice_amount_missing", "the line has no amount", line_no, "paid")
        if kept is None:
            kept = max(owed - paid, Decimal(0)) if owed is not None else Decimal(0)
        reason = row[self.columns["reason"]] if "reason" in self.columns else ""
        return ToldLine(line_no, (number,), paid, kept, reason.strip()[:REASON_CHARACTERS_MAX])

    def _is_total(self, row: Sequence[str]) -> bool:
        return any(plain(cell) in _TOTALS for cell in row if cell)

    def _amount(self, row: Sequence[str], line_no: int, role: str) -> Decimal | None:
        text = row[self.columns[role]].strip() if role in self.columns else ""
        text = text.removesuffix(text[-3:] if text[-3:] in CURRENCIES else "").strip()
        text = text.removeprefix(text[:3] if text[:3] in CURRENCIES else "").strip()
        if not text:
            return None
        try:
            sign, digits = split_amount(text, self.mark)
            value = sign * Decimal(digits)
        except (ValueError, ArithmeticError):
            raise self._fault(
                "advice_amount_unreadable", f"{text[:40]!r} is no amount", line_no, role
            ) from None
        if abs(value) >= AMOUNT_MAX:
            raise self._fault(
                "advice_amount_unreadable", f"{text[:40]!r} is too large", line_no, role
            )
        return value

    def _fault(self, code: str, said: str, line_no: int, role: str) -> Invalid:
        place = self.columns.get(role, self.columns["number"])
        return advice_refusal(
            code, said, file=self.file, line=line_no, field=self.table.headers[place],
            mend="Correct the cell and load the file again",
        )  # fmt: skip

    def currency(self) -> str:
        """Return the one currency column or headings name, or ""."""
        if "currency" in self.columns:
            told = {row[self.columns["currency"]].strip().upper() for row in self.table.rows} - {""}
        else:
            told = {currency_in(heading) for heading in self.table.headers} - {""}
        for one in sorted(told - currencies.CURRENCIES) if "currency" in self.columns else ():
            line_no = next(
                line
                for row, line in zip(self.table.rows, self.table.lines, strict=True)
                if row[self.columns["currency"]].strip().upper() == one
            )
            raise self._fault(
                "advice_currency_unknown", f"{one[:10]!r} is not a currency", line_no, "currency"
            )
        found = told.pop() if len(told) == 1 else ""
        return found if found in currencies.CURRENCIES else ""
