"""Start, stop and look at the embedded PostgreSQL."""

from __future__ import annotations

import contextlib
import enum
import fcntl
import os
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psutil

from creditdesk.plumbing.embedded.accounts import SHELL, Account, connecting_names
from creditdesk.plumbing.embedded.binaries import programs_for
from creditdesk.plumbing.embedded.configuration import (
    SUPERUSER,
    access_rules,
    account_map,
    server_settings,
)
from creditdesk.plumbing.embedded.errors import EmbeddedError
from creditdesk.plumbing.embedded.homes import (
    PORT,
    STATE,
    Home,
    check_kind,
    choose_home,
    delete,
    find_home,
    lock_file,
    make_state,
    prepare_home,
    remove_home,
    socket_directory,
)
from creditdesk.plumbing.embedded.processes import (
    Answer,
    is_alive,
    knock,
    members,
    read_note,
    without_pid,
)

PAUSE_SECONDS = 0.03
# Orphans of a killed server leave by themselves once idle; a busy one is told after this long.
ORPHAN_GRACE_SECONDS = 10
KEPT_LOGS = 10
Mode = Literal["smart", "fast", "immediate"]
SIGNALS: Mapping[Mode, signal.Signals] = {
    "smart": signal.SIGTERM,
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,
}


@dataclass(frozen=True)
class Server:
    """A server that accepts connections on its socket; `data` is the directory asked for."""

    data: Path
    socket_dir: Path
    port: int

    def url(self, database: str, user: str) -> str:
        """Return the address of a database for one of our roles."""
        host = quote(str(self.socket_dir), safe="")
        return f"postgresql://{quote(user)}@/{quote(database)}?host={host}&port={self.port}"


class State(enum.Enum):
    """What a server is doing."""

    ABSENT = "absent"  # never started here
    STOPPED = "stopped"
    UNREADY = "unready"  # it starts, recovers from a crash, or stops
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of the server of a directory; `server` only when it accepts connections."""

    state: State
    home: Path | None = None
    pid: int | None = None
    server: Server | None = None


def start(
    data: Path,
    *,
    throw_away: bool = False,
    settings: Mapping[str, str] | None = None,
    start_timeout_seconds: int = 900,
) -> Server:
    """Return the server of the directory, which accepts connections; made and started if needed.

    Safe to repeat and to race: one server runs in the end. A running one keeps its settings. The
    timeout is long since recovery after a crash may be; after it the server goes on recovering.
    """
    deadline = time.monotonic() + start_timeout_seconds
    asked = data.resolve()
    with _explained(asked):
        running = _running(asked)
        if running is None:
            asked.mkdir(parents=True, exist_ok=True)
            with _one_at_a_time(asked, deadline):
                running = _start(
                    asked, throw_away=throw_away, extra=settings or {}, deadline=deadline
                )
        home = find_home(asked)
        if home is not None:
            check_kind(home, throw_away=throw_away)
    return running


def stop(
    data: Path,
    mode: Mode = "fast",
    *,
    stop_timeout_seconds: int = 300,
) -> bool:
    """Bring the server down, every process of it; return whether it had been running."""
    asked = data.resolve()
    with _explained(asked):
        home = find_home(asked)
        return home is not None and _stop(home, mode, time.monotonic() + stop_timeout_seconds)


def status(data: Path) -> Status:
    """Return what the server of the directory is doing."""
    asked = data.resolve()
    home = find_home(asked)
    if home is None or not home.cluster.exists():
        return Status(State.ABSENT)
    note = read_note(home)
    answer = knock(note.sockets, note.port) if note else Answer.SILENT
    if note and answer is Answer.ACCEPTS:
        server = Server(data=asked, socket_dir=note.sockets, port=note.port)
        return Status(State.RUNNING, home.path, note.pid, server)
    alive = {process.pid for process in members(home)}
    if note and (note.pid in alive or answer is Answer.NOT_YET):
        return Status(State.UNREADY, home.path, note.pid)
    return Status(State.UNREADY if alive else State.STOPPED, home.path)


def remove(data: Path) -> None:
    """Stop the server of the directory and leave nothing of it; there is no way back."""
    asked = data.resolve()
    if not asked.exists():
        return
    with _explained(asked), _one_at_a_time(asked, time.monotonic() + 60):
        home = find_home(asked)
        if home is not None:
            _stop(home, "immediate", time.monotonic() + 60)
            remove_home(asked, home)


def _running(asked: Path) -> Server | None:
    home = find_home(asked)
    note = read_note(home) if home else None
    if note and knock(note.sockets, note.port) is Answer.ACCEPTS:
        return Server(data=asked, socket_dir=note.sockets, port=note.port)
    return None


def _start(asked: Path, *, throw_away: bool, extra: Mapping[str, str], deadline: float) -> Server:
    home, account = choose_home(asked)
    if throw_away and home.path.exists() and find_home(asked) is None:
        _discard(asked, home)  # its directory was deleted: nobody wants it back
    prepare_home(asked, home, account, throw_away=throw_away)
    running = _wait_for_the_previous(asked, home, deadline)
    if running is not None:
        return running
    programs = programs_for(account, make_state() if account.lent else STATE)
    sockets = socket_directory(home, account)
    _forget_the_previous(home, account, sockets)
    for unfinished in home.path.glob("cluster.new-*"):
        delete(unfinished)
    if not home.cluster.exists():
        _make_cluster(home, account, programs, throw_away=throw_away)
    account.own(home.log)
    _drop_old_logs(home)
    account.write(
        home.cluster / "postgresql.conf",
        server_settings(home, sockets, throw_away=throw_away, extra=extra),
    )
    account.write(home.cluster / "pg_hba.conf", access_rules())
    account.write(home.cluster / "pg_ident.conf", account_map(connecting_names(account)))
    process = _launch(home, account, programs)
    return _wait_until_it_accepts(asked, home, sockets, process, deadline)


def _stop(home: Home, mode: Mode, deadline: float) -> bool:
    present = members(home)
    note = read_note(home)
    # A stale note must not be believed: its pid may be anybody's by now.
    if note and note.pid in {process.pid for process in present}:
        with contextlib.suppress(ProcessLookupError):
            os.kill(note.pid, SIGNALS[mode])
    else:
        _dismiss(present)
    # A process on its way out has no title any more; it is waited for all the same.
    while members(home) or any(is_alive(process) for process in present):
        if time.monotonic() > deadline:
            message = f"the server in {home.path} has not stopped in the time given"
            raise EmbeddedError("embedded.stop_timeout", message)
        time.sleep(PAUSE_SECONDS)
    return bool(present)


def _discard(asked: Path, home: Home) -> None:
    check_kind(home, throw_away=True)
    _stop(home, "immediate", time.monotonic() + 60)
    remove_home(asked, home)


def _wait_for_the_previous(asked: Path, home: Home, deadline: float) -> Server | None:
    """Return the server if one accepts in the end; `None` once no process of it is left."""
    patience = time.monotonic() + ORPHAN_GRACE_SECONDS
    present: list[psutil.Process] = []
    while True:
        note = read_note(home)
        answer = knock(note.sockets, note.port) if note else Answer.SILENT
        if note and answer is Answer.ACCEPTS:
            return Server(data=asked, socket_dir=note.sockets, port=note.port)
        # A process on its way out has no title any more; it is waited for all the same.
        leaving = [process for process in present if is_alive(process)]
        present = list({process.pid: process for process in members(home) + leaving}.values())
        if not present and answer is Answer.SILENT:
            return None
        orphaned = answer is Answer.SILENT and (
            note is None or note.pid not in {process.pid for process in present}
        )
        if orphaned and time.monotonic() > patience:
            _dismiss(present)
        if time.monotonic() > deadline:
            raise _too_late(home)
        time.sleep(PAUSE_SECONDS)


def _dismiss(orphans: list[psutil.Process]) -> None:
    """End backends that are too busy to notice that their server is gone; nothing is lost."""
    for orphan in orphans:
        with contextlib.suppress(psutil.NoSuchProcess):
            orphan.send_signal(signal.SIGQUIT)


def _forget_the_previous(home: Home, account: Account, sockets: Path) -> None:
    """Take away what a dead server left in the way; the caller made sure that none is alive.

    One that answers all the same runs where we cannot see it: in another container.
    """
    if knock(sockets, PORT) is not Answer.SILENT:
        message = f"another server, perhaps in another container, uses {home.path}; stop it first"
        raise EmbeddedError("embedded.in_use", message)
    note = home.cluster / "postmaster.pid"
    if note.exists():
        account.write(note, without_pid(note.read_text(encoding="utf-8")))
    (sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)


def _make_cluster(home: Home, account: Account, programs: Path, *, throw_away: bool) -> None:
    """Make the cluster under another name and rename it: it stands whole or not at all."""
    made = home.path / f"cluster.new-{os.getpid()}-{time.monotonic_ns()}"
    done = account.run(
        [
            programs / "initdb",
            f"--pgdata={made}",
            f"--username={SUPERUSER}",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth=peer",
            "--data-checksums",
            "--no-instructions",
            *(["--no-sync"] if throw_away else []),
        ]
    )
    if done.returncode:
        raise EmbeddedError("embedded.cannot_make", f"initdb failed: {done.stdout.strip()}")
    made.rename(home.cluster)
    directory = os.open(home.path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _drop_old_logs(home: Home) -> None:
    for old in sorted(home.log.glob("server-*.log"))[:-KEPT_LOGS]:
        old.unlink()


def _launch(home: Home, account: Account, programs: Path) -> psutil.Process | None:
    """Return the started process, `None` if it is gone already.

    The shell goes at once and leaves the server to itself: it survives us, in its own session.
    """
    done = account.run(
        [
            SHELL,
            "-c",
            '"$0" "$@" </dev/null >"$STARTUP_LOG" 2>&1 & echo $!',
            programs / "postgres",
            "-D",
            home.cluster,
        ],
        environment={"STARTUP_LOG": str(home.startup_log)},
        new_session=True,
    )
    try:
        return psutil.Process(int(done.stdout))
    except psutil.NoSuchProcess:
        return None
    except ValueError:
        raise EmbeddedError("embedded.start_failed", f"no start: {done.stdout}") from None


def _wait_until_it_accepts(
    asked: Path, home: Home, sockets: Path, process: psutil.Process | None, deadline: float
) -> Server:
    while knock(sockets, PORT) is not Answer.ACCEPTS:
        if process is None or not is_alive(process):
            message = f"the database in {home.path} did not start: {_last_words(home)}"
            raise EmbeddedError("embedded.start_failed", message)
        if time.monotonic() > deadline:
            raise _too_late(home)
        time.sleep(PAUSE_SECONDS)
    return Server(data=asked, socket_dir=sockets, port=PORT)


def _last_words(home: Home) -> str:
    logs = [home.startup_log, *sorted(home.log.glob("server-*.log"))[-1:]]
    texts = [log.read_text(encoding="utf-8", errors="replace") for log in logs if log.exists()]
    return "\n".join(text[-2000:] for text in texts).strip()


def _too_late(home: Home) -> EmbeddedError:
    message = (
        f"the database in {home.path} is not ready yet: it may be recovering after a crash; "
        f"it goes on by itself, try again later; its log is in {home.log}"
    )
    return EmbeddedError("embedded.start_timeout", message)


@contextlib.contextmanager
def _one_at_a_time(asked: Path, deadline: float) -> Iterator[None]:
    """Let others that start or remove the same server wait; a killed holder lets go by dying."""
    with lock_file(asked).open("a") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    message = f"another process has been starting the database in {asked} too long"
                    raise EmbeddedError("embedded.start_timeout", message) from None
                time.sleep(PAUSE_SECONDS)
        yield


@contextlib.contextmanager
def _explained(place: Path) -> Iterator[None]:
    """Say in one clear sentence what the file system refuses."""
    try:
        yield
    except OSError as fault:
        what = f"{fault.strerror}: {fault.filename}" if fault.filename else str(fault)
        message = f"the embedded database in {place} cannot be used: {what}"
        raise EmbeddedError("embedded.directory", message) from fault
