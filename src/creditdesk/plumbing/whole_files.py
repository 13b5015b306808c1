"""Files that have their name only once everything in them is on the disk, and whole lines.

Whatever stops the writer, what stood under the name before stands there still, or what was to be
written stands there complete.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from creditdesk.kernel.errors import Refused

# The bits of a new file, less the umask; what is secret is for its owner alone.
COMMON: Final = 0o666
SECRET: Final = 0o600
BLOCK_BYTES: Final = 1024 * 1024
# How every file that is being written ends; who looks into a folder passes it over.
UNFINISHED: Final = ".writing"


def write(path: Path, pieces: Iterable[bytes], *, mode: int = COMMON) -> None:
    """Let the file hold the pieces; Refused, and nothing changed, where it cannot be written.

    What stood under the name is replaced and never written into, a link just as a file.
    """
    with _explained(path):
        unfinished = path.with_name(unfinished_name())
        try:
            with _opened(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode) as handle:
                _write_all(handle, pieces)
                os.fsync(handle)
            unfinished.replace(path)
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
        sync_folder(path.parent)


def write_where_told(path: Path, pieces: Iterable[bytes]) -> None:
    """Do the same where a person named the place: behind a link, or into a pipe or a device."""
    with _explained(path):
        target = path.resolve()
        if not path.exists() or target.is_file():
            mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else COMMON
            write(target, pieces, mode=mode)
        else:
            with _opened(path, os.O_WRONLY, COMMON) as handle:
                _write_all(handle, pieces)


def write_once(path: Path, content: bytes, *, mode: int = COMMON) -> None:
    """Let the file hold the content unless it is there already, whoever else writes it just now."""
    made = path.with_name(unfinished_name())
    try:
        write(made, [content], mode=mode)
        with _explained(path), suppress(FileExistsError):
            try:
                os.link(made, path)
            except FileExistsError:
                raise
            except OSError as fault:
                if fault.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
                    raise
                made.replace(path)  # a file system without links
            sync_folder(path.parent)
    finally:
        with suppress(OSError):
            made.unlink(missing_ok=True)


def append_line(path: Path, line: str, *, is_whole: Callable[[str], bool]) -> None:
    """Let the line end the file, behind whole lines only, and let the disk have it.

    What a writer that died left of its line is cut off; a last line that is whole and only lacks
    its end keeps standing.
    """
    with (
        _explained(path),
        _opened(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, COMMON) as handle,
    ):
        fcntl.flock(handle, fcntl.LOCK_EX)
        content = path.read_bytes()
        before, whole = len(content), content.rfind(b"\n") + 1
        rest = content[whole:]
        missing_end = "\n" if rest and is_whole(rest.decode(errors="replace")) else ""
        if rest and not missing_end:
            os.ftruncate(handle, whole)
            before = whole
        try:
            _write_all(handle, [f"{missing_end}{line}\n".encode()])
            os.fsync(handle)
        except OSError:
            with suppress(OSError):
                os.ftruncate(handle, before)
            raise


def unfinished_name() -> str:
    """Return a name for a file being written; hidden, and nobody else's."""
    return f".{os.getpid()}-{secrets.token_hex(4)}{UNFINISHED}"


def sync_file(path: Path) -> None:
    """Let the disk have what was written to the file."""
    with _opened(path, os.O_RDONLY, COMMON) as handle:
        os.fsync(handle)


def sync_folder(path: Path) -> None:
    """Let the disk have the names of the folder, where its file system can be asked for that."""
    with _opened(path, os.O_RDONLY, COMMON) as handle:
        try:
            os.fsync(handle)
        except OSError as fault:
            if fault.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                raise


def _write_all(handle: int, pieces: Iterable[bytes]) -> None:
    for block in _blocks(pieces):
        left = memoryview(block)
        while left:
            left = left[os.write(handle, left) :]


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Return the same bytes in pieces worth a call each."""
    gathered = bytearray()
    for piece in pieces:
        gathered += piece
        if len(gathered) >= BLOCK_BYTES:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


@contextmanager
def _opened(path: Path, flags: int, mode: int) -> Iterator[int]:
    handle = os.open(path, flags | os.O_CLOEXEC, mode)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say in one clear sentence what the file system refuses."""
    try:
        yield
    except OSError as fault:
        raise Refused(
            "file_not_written",
            f"{path} cannot be written: {fault.strerror or fault}; make room or mend its folder,"
            " and do the same again",
        ) from fault
