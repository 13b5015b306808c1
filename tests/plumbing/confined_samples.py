"""What the tests run in a confined child, kept apart so that the child imports no test tools."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from pathlib import Path

from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.kernel.money import Money


def doubled(number: int) -> int:
    return number * 2


def priced(minor: int) -> list[Money]:
    sys.stdout.write("noise on standard output\n")
    sys.stdout.flush()
    os.write(1, b"more noise")
    sys.stderr.write("noise on standard error\n")
    return [Money("EUR", minor)]


def swollen(_: object) -> int:
    return len(bytearray(8 * 2**30))


def swollen_slowly(_: object) -> int:
    kept: list[str] = []
    while True:
        kept.append("x" * 100_000 + str(len(kept)))


def endless(_: object) -> None:
    while True:
        pass


def asleep(seconds: float) -> None:
    time.sleep(seconds)


def segfaulting(_: object) -> None:
    ctypes.string_at(0)


def exiting(_: object) -> None:
    os._exit(3)


def lying(_: object) -> None:
    sys.exit(0)


def recursing(depth: int) -> int:
    return recursing(depth + 1) + 1


def refusing(kind: str) -> None:
    match kind:
        case "invalid":
            raise Invalid(
                "bad_line",
                "no amount",
                place=Place("a.csv", 7, "amount"),
                mend="Add it",
                seen="x",
            )
        case "refused":
            raise Refused("no", "a rule", limit=3)
        case "conflict":
            raise Conflict("late", "someone was first")
        case _:
            raise NotFound("gone", "no such thing")


def buggy(_: object) -> None:
    raise ZeroDivisionError("secret text of the file")


def writing(path: str) -> None:
    Path(path).write_text("x" * 100)


def modules(_: object) -> list[str]:
    return sorted(sys.modules)


def environment(_: object) -> list[str]:
    return sorted(os.environ)


def open_many_files(_: object) -> int:
    kept: list[int] = []
    try:
        while len(kept) < 10_000:
            kept.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        return len(kept)
    return len(kept)


def callable_answer(_: object) -> object:
    return os.system
