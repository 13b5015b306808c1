"""JSON documents as rows of text: a list of flat objects, or an object that holds one such list.

Anything a document could hide in depth, size or doubt is refused: nested values, a name given
twice, NaN. Figures keep the very digits they were written with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from creditdesk.plumbing.tables.values import (
    CELL_LENGTH_MAX,
    Limits,
    Measure,
    Table,
    fault,
)

# What opens: the document, its list, an object of the list. Nothing opens within that.
DEPTH_MAX: Final = 3
DIGITS_MAX: Final = 100
_SUFFIX: Final = ".json"
# Strings whole, so that what stands in them opens nothing, the last to the end if it does not
# close; then what opens and closes.
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_STEPS: Final = {"[": 1, "{": 1, "]": -1, "}": -1}
_SHAPE: Final = 'Send [{"field": "value"}, …], or one object that holds such a list'


def is_document(data: bytes, filename: str) -> bool:
    """Whether a file is called a JSON document and begins as one; any other is read as a table."""
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return filename.lower().endswith(_SUFFIX) and head[:1] in (b"{", b"[")


def read_json(data: bytes, filename: str, limits: Limits) -> Table:
    """Return the objects of a document as rows, every name any of them gives as a column.

    `lines` count the objects from 1. A name an object leaves out, and null, is an empty cell.
    """
    text = _decoded(data, filename)
    _check_depth(text, filename)
    objects = _listed(_parsed(text, filename), filename)
    measure = Measure(filename, limits)
    headers: dict[str, None] = {}
    for line, one in enumerate(objects, 1):
        if not isinstance(one, Mapping):
            raise fault(filename, "json_not_objects", "the list holds no objects", _SHAPE, line)
        headers |= dict.fromkeys(one)
        measure.add(len(headers), line)
    _check_headers(headers, filename)
    rows, lines = [], []
    for line, one in enumerate(objects, 1):
        row = tuple(_cell(one.get(name), filename, line) for name in headers)
        if any(row):
            rows.append(row)
            lines.append(line)
    if not rows:
        raise fault(filename, "table_empty", "there is nothing in the file", "Choose another file")
    return Table(tuple(headers), rows, lines, 0, "utf-8", ",")


def _decoded(data: bytes, filename: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise fault(
            filename, "encoding_unknown", "the document is not UTF-8 text", "Save it in UTF-8"
        ) from error


def _check_depth(text: str, filename: str) -> None:
    """Refuse a document that nests deeper than rows need, before anything is built of it."""
    depth = 0
    for found in _TOKENS.finditer(text):
        depth += _STEPS.get(found.group(), 0)
        if depth > DEPTH_MAX:
            line = text.count("\n", 0, found.start()) + 1
            raise fault(filename, "json_too_deep", "a value nests within a value", _SHAPE, line)


def _parsed(text: str, filename: str) -> Any:  # noqa: ANN401 - whatever the document holds
    def figure(digits: str) -> str:
        if len(digits) > DIGITS_MAX:
            raise fault(filename, "json_figure_too_long", "a figure has too many digits", _SHAPE)
        return digits

    def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise fault(filename, "json_name_twice", "an object gives a name twice", _SHAPE)
        return found

    def no_figure(_: str) -> str:
        raise fault(filename, "json_no_figure", "NaN and Infinity are no figures of JSON", _SHAPE)

    try:
        return json.loads(
            text, parse_int=figure, parse_float=figure, parse_constant=no_figure,
            object_pairs_hook=once,
        )  # fmt: skip
    except json.JSONDecodeError as error:
        raise fault(
            filename, "json_malformed", "the document is no JSON", _SHAPE, error.lineno
        ) from error


def _listed(document: Any, filename: str) -> Sequence[Any]:  # noqa: ANN401 - just parsed
    if isinstance(document, Mapping):
        lists = [value for value in document.values() if isinstance(value, list)]
        if len(lists) != 1:
            raise fault(filename, "json_without_rows", "the document holds no single list", _SHAPE)
        return lists[0]
    return document if isinstance(document, list) else []


def _check_headers(headers: Mapping[str, None], filename: str) -> None:
    for name in headers:
        if not name.strip() or len(name) > CELL_LENGTH_MAX or "\0" in name:
            raise fault(filename, "json_name_unfit", "a name is empty or no text", _SHAPE)


def _cell(value: Any, filename: str, line: int) -> str:  # noqa: ANN401 - as the document has it
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise fault(filename, "json_too_deep", "a value nests within a value", _SHAPE, line)
    if "\0" in value or any("\ud800" <= one <= "\udfff" for one in value):
        raise fault(filename, "json_text_unfit", "a text holds what is no character", _SHAPE, line)
    if len(value) > CELL_LENGTH_MAX:
        raise fault(filename, "cell_too_long", "a text is longer than a cell may be", _SHAPE, line)
    return value.strip()
