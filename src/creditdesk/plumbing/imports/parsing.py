"""Rows of text brought to typed columns, every unreadable cell a fault of its row. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from creditdesk.plumbing.imports import values
from creditdesk.plumbing.imports.kinds import FieldSpec, Options, RowFault

Parse = Callable[[str], Any]
_UNREADABLE = object()
KNOWN_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class Parsed:
    """Typed columns of the rows that can be read, by their positions; faults of the others."""

    positions: tuple[int, ...]
    columns: Mapping[str, Sequence[Any]]
    faults: tuple[RowFault, ...]


class Parser:
    """Reads rows of one file; keeps what cells mean, as files repeat themselves."""

    def __init__(
        self, specs: Sequence[FieldSpec], mapped: Mapping[str, int], options: Options, width: int
    ) -> None:
        self._width = width
        self._readers = [
            (spec, mapped[spec.name], _parser_of(spec, options), dict[str, Any]())
            for spec in specs
            if spec.name in mapped
        ]

    def parse(self, rows: Sequence[Sequence[str]]) -> Parsed:
        """Return the readable rows as columns; the first fault of a row names it."""
        faults = {
            position: RowFault(position, "", "row_too_wide", str(len(row) - self._width))
            for position, row in enumerate(rows)
            if len(row) != self._width
        }
        columns: dict[str, list[Any]] = {}
        for spec, column, parse, known in self._readers:
            read = _read([row[column] for row in rows], parse, known)
            columns[spec.name] = read
            if spec.required or spec.kind != "text" or _is_identifier(spec):
                for fault in _faults(spec, read, rows, column):
                    faults.setdefault(fault.position, fault)
        if not faults:
            return Parsed(tuple(range(len(rows))), columns, ())
        positions = tuple(n for n in range(len(rows)) if n not in faults)
        kept = {name: [read[n] for n in positions] for name, read in columns.items()}
        return Parsed(positions, kept, tuple(faults[n] for n in sorted(faults)))


def _read(cells: Sequence[str], parse: Parse, known: dict[str, Any]) -> list[Any]:
    if len(known) > KNOWN_MAX:  # cells that hardly repeat are not worth their memory
        known.clear()
    read = []
    for cell in cells:
        try:
            read.append(known[cell])
        except KeyError:
            read.append(known.setdefault(cell, parse(values.unneutralised(cell))))
    return read


def _faults(
    spec: FieldSpec, read: Sequence[Any], rows: Sequence[Sequence[str]], column: int
) -> list[RowFault]:
    found = []
    for position, value in enumerate(read):
        if value is _UNREADABLE:
            code, detail = f"{spec.kind}_unreadable", rows[position][column][:60]
            found.append(RowFault(position, spec.name, code, detail))
        elif spec.required and value in (None, ""):
            found.append(RowFault(position, spec.name, "value_missing"))
        elif spec.kind == "text" and _is_identifier(spec) and value.startswith("="):
            found.append(RowFault(position, spec.name, "formula_given", value[:60]))
    return found


def _is_identifier(spec: FieldSpec) -> bool:
    """Whether a field names something for good, so that a formula in it is surely a slip."""
    return spec.required or spec.name.endswith("number")


def _parser_of(spec: FieldSpec, options: Options) -> Parse:
    """Return the reader of a field's cells; what it cannot read is `_UNREADABLE`."""
    empty: Any = "" if spec.kind in ("text", "currency", "country") else None
    readers: Mapping[str, Parse] = {
        "text": lambda cell: cell,
        "date": lambda cell: values.parse_date(cell, options.date_order),
        "amount": lambda cell: values.parse_amount(cell, options.decimal, code=options.currency),
        "currency": values.parse_currency,
        "country": values.parse_country,
        "integer": values.parse_integer,
    }
    reader = readers[spec.kind]

    def parse(cell: str) -> Any:  # noqa: ANN401 - the type is the field's
        if not cell:
            return empty
        value = reader(cell)
        return _UNREADABLE if value is None else value

    return parse
