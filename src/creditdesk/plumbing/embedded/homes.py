"""Where a server lives.

The directory that was asked for holds `postgres/`, the home of the server. Where root asks and
the server's account cannot get there, the home lies below `/var/lib/creditdesk` and the file
`postgres.location` says where. No directory that we did not make changes owner or mode.

    home/cluster          PostgreSQL's own files
    home/log              its log, rotated by size
    home/startup.log      what it said before its log was open
    home/kind             durable or throw-away
    home/.s.PGSQL.5432    its socket, unless the path is too long for one
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from creditdesk.plumbing.embedded.accounts import Account, account_for
from creditdesk.plumbing.embedded.errors import EmbeddedError

STATE = Path("/var/lib/creditdesk")
SHORT = Path("/tmp")  # noqa: S108 - a directory of our own, closed to others, is made below it
PORT = 5432
# The kernel allows 107 bytes, macOS 103.
SOCKET_PATH_BYTES = 100


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of one server."""

    path: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own files."""
        return self.path / "cluster"

    @property
    def log(self) -> Path:
        """Its log files, rotated by size."""
        return self.path / "log"

    @property
    def startup_log(self) -> Path:
        """What the server said before its log was open."""
        return self.path / "startup.log"

    @property
    def kind(self) -> Path:
        """Whether the server was made to keep data or to be thrown away."""
        return self.path / "kind"

    @property
    def title(self) -> str:
        """The name that every process of this server shows in its title."""
        return f"creditdesk_{digest(self.cluster)}"


def digest(path: Path) -> str:
    """Return a short name for a path, the same in every process."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def lock_file(asked: Path) -> Path:
    """Return the file that starters lock, so that one at a time prepares the server."""
    return asked / "postgres.lock"


def find_home(asked: Path) -> Home | None:
    """Return the home that is known for the directory asked for, `None` before the first start."""
    location = _location(asked)
    if location.exists():
        place, owner = _pointed(location)
        # A copied directory does not share the server of its original; a moved one keeps it.
        copied = owner != asked and _location(owner).exists()
        return None if copied else Home(place)
    inside = Home(asked / "postgres")
    return inside if inside.path.exists() else None


def choose_home(asked: Path) -> tuple[Home, Account]:
    """Return where the server lives or will live, and the account that runs it."""
    found = find_home(asked)
    if found:
        return found, account_for(found.path)
    account = account_for(None)
    if not account.lent or account.may("-x", asked):
        return Home(asked / "postgres"), account
    # The same name each time: data on a kept /var/lib is found again when `asked` is made anew.
    apart = Home(STATE / f"{asked.name}-{digest(asked)}")
    return apart, account_for(apart.path)


def prepare_home(asked: Path, home: Home, account: Account, *, throw_away: bool) -> None:
    """Make the home exist, belong to the account and be found from the directory asked for."""
    if home.path.parent == STATE:
        make_state()
        _point(_location(asked), home, asked)
    account.own(home.path)
    if account.lent and not account.may("-x", home.path):
        message = f"user {account.name} cannot get to {home.path}"
        raise EmbeddedError("embedded.unreachable", message)
    check_kind(home, throw_away=throw_away)
    if not home.kind.exists():
        account.write(home.kind, f"{_kind(throw_away=throw_away)}\n")


def check_kind(home: Home, *, throw_away: bool) -> None:
    """Refuse to run a server made to keep data as throw-away, and the other way round."""
    asked = _kind(throw_away=throw_away)
    made = home.kind.read_text(encoding="utf-8").strip() if home.kind.exists() else asked
    if made != asked:
        message = f"the database in {home.path} was made {made}; it is not run {asked}"
        raise EmbeddedError("embedded.other_kind", message)


def socket_directory(home: Home, account: Account) -> Path:
    """Return the directory for the socket, made where needed: the home, or a short path."""
    if _fits(home.path):
        return home.path
    usable = [
        place
        for place in _short_places(home)
        if _fits(place) and (place.parent == SHORT or not account.lent)
    ]
    account.own(usable[0])
    return usable[0]


def remove_home(asked: Path, home: Home) -> None:
    """Leave nothing of the server, nor the word about where it was; the lock file stays."""
    for short in _short_places(home):
        if short.exists() and short.lstat().st_uid == home.path.stat().st_uid:
            shutil.rmtree(short)
    delete(home.path)
    _location(asked).unlink(missing_ok=True)


def delete(directory: Path) -> None:
    """Delete the directory even while the `initdb` of a killed starter still writes there."""
    for _ in range(100):
        shutil.rmtree(directory, ignore_errors=True)
        if not directory.exists():
            return
        time.sleep(0.05)
    shutil.rmtree(directory)


def _short_places(home: Home) -> list[Path]:
    name = f"creditdesk-{digest(home.cluster)}"
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    own = [Path(runtime)] if runtime and os.access(runtime, os.W_OK) else []
    return [place / name for place in (*own, SHORT)]


def _location(asked: Path) -> Path:
    return asked / "postgres.location"


def _pointed(location: Path) -> tuple[Path, Path]:
    lines = location.read_text(encoding="utf-8").splitlines()
    if len(lines) != 2:  # noqa: PLR2004 - the home, and the directory that it was made for
        message = f"{location} does not say where the database is; restore it from a backup"
        raise EmbeddedError("embedded.bad_location", message)
    return Path(lines[0]), Path(lines[1])


def _point(location: Path, home: Home, asked: Path) -> None:
    if location.exists() and _pointed(location) == (home.path, asked):
        return
    # Renamed into place: others read it without the lock.
    unfinished = location.with_suffix(".new")
    unfinished.write_text(f"{home.path}\n{asked}\n", encoding="utf-8")
    unfinished.replace(location)


def make_state() -> Path:
    """Our own directory for servers and programs exists and is returned; others may enter it."""
    if not STATE.exists():
        STATE.mkdir(parents=True, exist_ok=True)
        STATE.chmod(0o755)
    return STATE


def _kind(*, throw_away: bool) -> str:
    return "throw-away" if throw_away else "durable"


def _fits(directory: Path) -> bool:
    return len(os.fsencode(directory / f".s.PGSQL.{PORT}.lock")) <= SOCKET_PATH_BYTES
