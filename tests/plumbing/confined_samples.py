"""What the tests run in a confined child, kept apart so that the child imports no test tools."""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import socket
import sys
import threading
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


def exiting_at(places: tuple[int, int]) -> int:
    own, exits = places
    if own == exits:
        os._exit(3)
    return own


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


# What a child taken over by its file would try


def attempts(target: str) -> dict[str, str]:
    """Return for each way out of the cage what stopped it; "done" where nothing did."""
    parent = os.getppid()
    libc = ctypes.CDLL(None, use_errno=True)

    def called(function: str, *arguments: object) -> None:
        if getattr(libc, function)(*arguments) < 0:
            raise OSError(ctypes.get_errno(), "refused")

    ways = {
        "read a file": lambda: os.open("/etc/passwd", os.O_RDONLY),
        "read secrets of the parent": lambda: os.open(f"/proc/{parent}/environ", os.O_RDONLY),
        "read memory of the parent": lambda: os.open(f"/proc/{parent}/mem", os.O_RDONLY),
        "trace the parent": lambda: called("ptrace", 16, parent, 0, 0),
        "copy memory of the parent": lambda: called("process_vm_readv", parent, 0, 0, 0, 0, 0),
        "write a file": lambda: os.open(target, os.O_WRONLY | os.O_CREAT),
        "remove a file": lambda: os.unlink(target),  # noqa: PTH108
        "rename a file": lambda: os.rename(target, target + ".x"),  # noqa: PTH104
        "link a file": lambda: os.symlink(target, target + ".y"),  # noqa: PTH211
        "make a directory": lambda: os.mkdir(target + ".d"),  # noqa: PTH102
        "list a directory": lambda: os.listdir("/"),  # noqa: PTH208
        "open a socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        "open a pair": socket.socketpair,
        "fork": os.fork,
        "start a thread": lambda: threading.Thread(target=int).start(),
        "run a program": lambda: os.execv("/bin/true", ["true"]),
        "kill the parent": lambda: os.kill(parent, signal.SIGKILL),
        "kill the user's processes": lambda: os.kill(-1, 0),
        "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)),
        "outlive its time": lambda: resource.setrlimit(resource.RLIMIT_CPU, (-1, -1)),
        "keep memory in a file": lambda: os.memfd_create("x"),
        "change directory": lambda: os.chdir("/tmp"),
    }
    found = {}
    for name, way in ways.items():
        try:
            way()
            found[name] = "done"
        except (OSError, ValueError, RuntimeError) as error:
            found[name] = type(error).__name__
    return found


def descriptors(_: object) -> list[int]:
    """Return the numbers of all open descriptors, without asking for more than a child may."""
    kept = []
    for number in range(4096):
        poll = select.poll()
        poll.register(number)
        if not any(event & select.POLLNVAL for _, event in poll.poll(0)):
            kept.append(number)
    return kept


_seen: list[str] = []


def remembering(text: str) -> list[str]:
    _seen.append(text)
    return list(_seen)


def processes(_: object) -> list[int]:
    return [os.getpid(), os.getppid()]


def asleep_then_named(seconds: float) -> list[int]:
    time.sleep(seconds)
    return processes(None)


class _Sneaking:
    def __reduce__(self) -> tuple[object, ...]:
        return (os.system, ("true",))


def sneaking(_: object) -> object:
    return _Sneaking()


def unsendable(_: object) -> object:
    return lambda: None


def answering(content: bytes) -> None:
    """Put bytes of its own where the answer belongs, and end well."""
    os.write(3, content)
    os._exit(0)
