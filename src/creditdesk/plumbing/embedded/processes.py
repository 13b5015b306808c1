"""Which processes belong to a server, and what its own note of itself says."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

import psutil
from psycopg import pq
from psycopg.conninfo import make_conninfo

from creditdesk.plumbing.embedded.homes import Home

# The first five lines of postmaster.pid: pid, data directory, start time, port, socket directory.
_NOTED_LINES = 5
# Above what any system gives (Linux: below 2**22).
_NO_PID = 99_999_999


class Answer(enum.Enum):
    """What a server says when one knocks at its socket."""

    ACCEPTS = "accepts"
    NOT_YET = "not yet"  # it starts, recovers or stops
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Note:
    """What a running server wrote down about itself (`postmaster.pid`); it may be stale."""

    pid: int
    port: int
    sockets: Path


def read_note(home: Home) -> Note | None:
    """Return the server's note, `None` where there is none or it is not whole yet."""
    try:
        lines = (home.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        # A copied directory brings along a note that speaks of its original.
        if len(lines) < _NOTED_LINES or lines[1] != str(home.cluster) or not lines[4].strip():
            return None
        return Note(pid=int(lines[0]), port=int(lines[3]), sockets=Path(lines[4]))
    except (OSError, ValueError):
        return None


def without_pid(note: str) -> str:
    """Return the note of a dead server with a pid that no process can have.

    PostgreSQL takes a stale note seriously when the pid in it by now belongs to any other process,
    as after each restart of a container, or to a zombie. The rest is kept: by it PostgreSQL
    itself makes sure that no orphan still uses the shared memory.
    """
    return "\n".join([str(_NO_PID), *note.splitlines()[1:], ""])


def knock(sockets: Path, port: int) -> Answer:
    """Return what the server behind the socket answers; needs no right to log in."""
    where = make_conninfo(
        host=str(sockets), port=port, user="postgres", dbname="postgres", connect_timeout=3
    )
    ping = pq.PGconn.ping(where.encode())
    if ping == pq.Ping.OK:
        return Answer.ACCEPTS
    return Answer.NOT_YET if ping == pq.Ping.REJECT else Answer.SILENT


def members(home: Home) -> list[psutil.Process]:
    """Return every live process of this home's server, the orphans of a killed one included.

    A pid alone proves nothing: it may have been given to another program, or be a zombie. The main
    process shows its directory, all others the server's title; both are readable without any
    special right, which root in a container lacks for the working directory of a process.
    """
    return [process for process in psutil.process_iter() if _is_member(process, home)]


def is_alive(process: psutil.Process) -> bool:
    """Return whether the process still runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _is_member(process: psutil.Process, home: Home) -> bool:
    try:
        if not process.name().startswith("postgres") or not is_alive(process):
            return False
        words = process.cmdline()
    except psutil.Error:
        return False
    if words[1:3] == ["-D", str(home.cluster)]:
        return True
    return " ".join(words).startswith(f"postgres: {home.title}:")
