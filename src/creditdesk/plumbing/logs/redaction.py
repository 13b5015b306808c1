"""What may stand in a log line, and what is left out of it. Pure.

A line of ours carries codes, numbers and routes; what does not look like one of these is left
out. A line of a library keeps its template and its numbers, never the texts put into it. An error
is its kind and where it happened: its words quote what somebody typed.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final

LEFT_OUT: Final = "…"
TEXT_LENGTH_MAX: Final = 300
FRAMES_MAX: Final = 12
_PLAIN = re.compile(r"[A-Za-z0-9_./:<>\[\]()*+-]{1,120}")
_IBAN = re.compile(
    r"\b[A-Z]{2}\d{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?)\b", re.IGNORECASE
)
# A date, or the number of a request.
_HARMLESS = re.compile(r"\d{4}-\d{2}-\d{2}|[0-9a-f]{32}")
_MAIL = re.compile(r"\S*@\S*")
_QUOTED = re.compile(r"(['\"]).*?(?<!\\)\1|[“„‚‘«].*?[”“‘’»]", re.DOTALL)
_LONG_NUMBER = re.compile(r"\d[\d ./-]{6,}\d")
_PLACEHOLDER = re.compile(r"%(?:\([^)]*\))?[-#0 +]*[\d*]*(?:\.[\d*]+)?[a-zA-Z]")
_ROOTS = re.compile(r".*/(?=(?:creditdesk|site-packages|python3\.\d+)/)")


def value(given: object) -> object:
    """Return a value of a line of ours if it may stand there: numbers, truths, codes, routes."""
    if given is None or isinstance(given, bool | int | float):
        return given
    if isinstance(given, list | tuple | set | frozenset):
        return [value(one) for one in given]
    if isinstance(given, Mapping):
        return {str(key): value(one) for key, one in given.items()}
    text = str(given)
    if _HARMLESS.fullmatch(text):
        return text
    is_code = _PLAIN.fullmatch(text) and not _IBAN.search(text) and not _LONG_NUMBER.search(text)
    return text if is_code else LEFT_OUT


def text(said: str) -> str:
    """Return a library's words without addresses, account numbers and anything in quotes."""
    for pattern in (_MAIL, _QUOTED, _IBAN, _LONG_NUMBER):
        said = pattern.sub(LEFT_OUT, said)
    line = " ".join(said.split())
    return line[:TEXT_LENGTH_MAX]


def filled(template: str, arguments: Any) -> str:  # noqa: ANN401 - logging's own
    """Return a library's template with its numbers filled in and its texts left out."""
    given = arguments.values() if isinstance(arguments, Mapping) else arguments
    if not isinstance(arguments, Mapping | tuple):
        given = (arguments,)
    numbers = iter([one if isinstance(one, int | float) else LEFT_OUT for one in given])
    return text(_PLACEHOLDER.sub(lambda _: str(next(numbers, LEFT_OUT)), template))


def frames(trace: TracebackType | None) -> list[str]:
    """Return where an error happened, the innermost last: file, line and function, no source."""
    found = traceback.extract_tb(trace)[-FRAMES_MAX:]
    return [f"{_short(one.filename)}:{one.lineno} {one.name}" for one in found]


def _short(file: str) -> str:
    return _ROOTS.sub("", Path(file).as_posix())


def kinds(error: BaseException) -> list[str]:
    """Return the kinds of an error and of what caused it, without a word of theirs."""
    found: list[str] = []
    one = error
    while len(found) < FRAMES_MAX:
        found.append(f"{type(one).__module__}.{type(one).__qualname__}")
        cause = one.__cause__ or one.__context__
        if cause is None:
            break
        one = cause
    return found
