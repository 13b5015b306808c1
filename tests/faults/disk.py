"""Let the n-th thing a use case asks of the file system fail, for every n until it runs clean.

What fails in turn below a folder: opening a file, writing to it, letting the disk have it, giving
it another name, making, listing and removing files and folders, and starting a program. Each of
them as a full disk, as a broken one, as a disk that fills up in the middle of a write, and as the
end of the process, after which not even cleaning up happens.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from creditdesk.faces.cli.entering import system_fault
from creditdesk.kernel.errors import DomainError
from tests.faults.harness import IS_DEEP

FULL, BROKEN, SHORT, KILLED = "full", "broken", "short", "killed"
WAYS = (FULL, BROKEN, SHORT, KILLED)
# Events the interpreter announces before it does them, and which of their arguments are paths.
EVENTS = {
    "open": (0,), "os.rename": (0, 1), "os.link": (0, 1), "os.remove": (0,), "os.mkdir": (0,),
    "os.rmdir": (0,), "os.scandir": (0,), "os.listdir": (0,), "os.chmod": (0,), "os.utime": (0,),
    "os.truncate": (0,), "shutil.rmtree": (0,), "tempfile.mkdtemp": (0,),
}  # fmt: skip


class Killed(BaseException):
    """The process is gone: nothing after this happens."""


@dataclass
class Disk:
    """The file system below a folder; the place to fail counts from 1, 0 only counts."""

    folder: Path
    chosen: int
    way: str
    with_programs: bool = False
    places: int = 0
    has_struck: bool = False
    is_full: bool = False

    def meet(self, *paths: Any) -> None:
        """Count a place if one of the paths is below the folder, and fail if it is the one."""
        if any(self._is_below(path) for path in paths):
            self.reach()

    def reach(self) -> None:
        """Count a place, and fail if it is the one."""
        if self.has_struck:
            if self.way == KILLED:
                raise Killed
            return
        self.places += 1
        if self.places == self.chosen:
            self.has_struck = True
            self._fail()

    def write(self, write: Callable[[int, Any], int], handle: int, content: Any) -> int:
        """Write, or fail; a disk that fills up takes half of it and nothing more."""
        if not self._is_below(_path_of(handle)):
            return write(handle, content)
        if self.is_full:
            self._fail()
        if self.way == SHORT and self.places + 1 == self.chosen and not self.has_struck:
            self.places += 1
            self.has_struck = self.is_full = True
            return write(handle, content[: max(1, len(content) // 2)])
        self.reach()
        return write(handle, content)

    def _fail(self) -> None:
        self.is_full = False
        if self.way == KILLED:
            raise Killed
        number = errno.EIO if self.way == BROKEN else errno.ENOSPC
        raise OSError(number, os.strerror(number))

    def _is_below(self, path: Any) -> bool:
        if isinstance(path, int):
            path = _path_of(path)
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        named = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - nothing may be opened here
        return named.startswith(f"{self.folder}{os.sep}") or named == str(self.folder)


_current: list[Disk] = []


def _announced(event: str, args: tuple[Any, ...]) -> None:
    """What the interpreter calls before each thing it does; it stays for good, and does nothing."""
    if not _current:
        return
    if event == "subprocess.Popen" and _current[-1].with_programs:
        _current[-1].reach()
    elif event in EVENTS:
        _current[-1].meet(*(args[place] for place in EVENTS[event]))


sys.addaudithook(_announced)


def _path_of(handle: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{handle}")  # noqa: PTH115 - no object needed
    except OSError:
        return ""


@contextmanager
def failing(disk: Disk) -> Iterator[None]:
    """Within the block that disk fails at its place."""
    write, sync = os.write, os.fsync

    def on_write(handle: int, content: Any) -> int:
        return disk.write(write, handle, content)

    def on_sync(handle: int) -> None:
        disk.meet(_path_of(handle))
        sync(handle)

    _current.append(disk)
    try:
        with patch.object(os, "write", on_write), patch.object(os, "fsync", on_sync):
            yield
    finally:
        _current.remove(disk)


def disturbed(act: Callable[[], object], disk: Disk, *, as_command: bool = False) -> str:
    """Run the use case on that disk; return the code of what it raises, empty for nothing.

    A command of the command line says of itself what the system refuses.
    """
    with failing(disk):
        try:
            act()
        except Killed:
            return KILLED
        except DomainError as error:
            return error.code
        except OSError as fault:
            if not as_command:
                raise
            return system_fault(fault).code
    return ""


def fails_clearly(
    prepare: Callable[[], tuple[Path, Callable[[], object]]],
    *,
    after_fault: Callable[[Path, str], None],
    at_last: Callable[[Path], None],
    ways: Sequence[str] = WAYS,
    samples: int = 6,
    with_programs: bool = False,
    as_command: bool = False,
) -> int:
    """Disturb a use case at every place (a sample, unless deep) in every way, and repeat it.

    `prepare` makes a new folder and returns it with what to do. After each fault the code of the
    error, or that it was killed, is judged with the folder; after the repetition the folder alone.
    Return how many places there were.
    """
    folder, act = prepare()
    counting = Disk(folder, 0, FULL, with_programs)
    assert disturbed(act, counting, as_command=as_command) == ""
    at_last(folder)
    for way in ways:
        for at in chosen(counting.places, samples):
            folder, act = prepare()
            disk = Disk(folder, at, way, with_programs)
            code = disturbed(act, disk, as_command=as_command)
            assert disk.has_struck, f"{way} at place {at} of {counting.places} was never reached"
            assert (code == KILLED) == (way == KILLED), f"{way} at place {at} came out as {code!r}"
            if code:
                after_fault(folder, code)
                act()
            at_last(folder)  # who says nothing has done it all the same
    return counting.places


def chosen(places: int, samples: int) -> Sequence[int]:
    """Return the places to fail at: all of them, or a sample spread evenly, first and last too."""
    if IS_DEEP or places <= samples:
        return range(1, places + 1)
    return sorted({1 + n * (places - 1) // (samples - 1) for n in range(samples)})
