"""Which operating-system account runs the server, and how commands are run as it.

PostgreSQL refuses to run as root. Root therefore lends the server an unprivileged account, and
never writes inside a directory of that account itself: it lets the account do it, so that nothing
planted there can lead root's pen elsewhere.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from creditdesk.plumbing.embedded.errors import EmbeddedError

ROOT = "root"
SHELL = "/bin/sh"
# In order of preference; root borrows the first that exists.
UNPRIVILEGED = ("creditdesk", "postgres", "nobody")
# Nothing of the caller's environment may steer the server (PGDATA, PGOPTIONS, LC_ALL, TZ).
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the operating system; `lent` when root runs the server as somebody else."""

    name: str
    uid: int
    gid: int
    lent: bool

    def run(
        self,
        command: Sequence[str | Path],
        *,
        given: str | None = None,
        environment: Mapping[str, str] | None = None,
        new_session: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Return what the command, run as this account from `/`, printed and its exit status."""
        try:
            return subprocess.run(  # noqa: S603 - fixed programs, arguments never reach a shell
                [str(word) for word in command],
                input=given if given is not None else "",
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                check=False,
                cwd="/",
                env={**ENVIRONMENT, **(environment or {})},
                umask=0o077,
                user=self.uid if self.lent else None,
                group=self.gid if self.lent else None,
                extra_groups=[] if self.lent else None,
                start_new_session=new_session,
            )
        except OSError as fault:
            message = f"cannot run {command[0]} as user {self.name}: {fault.strerror}"
            raise EmbeddedError("embedded.cannot_run", message) from fault

    def may(self, what: Literal["-r", "-x"], path: Path) -> bool:
        """Return whether the account may read (`-r`) or enter and execute (`-x`) the path."""
        return self.run([SHELL, "-c", f'test {what} "$0"', path]).returncode == 0

    def write(self, path: Path, text: str) -> None:
        """Make the file hold the text, whole or not at all, readable to its account only."""
        script = 'cat > "$0.new" && mv -f "$0.new" "$0"'
        done = self.run([SHELL, "-c", script, path], given=text)
        if done.returncode:
            raise EmbeddedError("embedded.cannot_write", f"cannot write {path}: {done.stdout}")

    def own(self, directory: Path) -> None:
        """Make sure that the directory exists, belongs to this account and is closed to others.

        An existing one is left as it is and refused where it is somebody else's.
        """
        try:
            directory.mkdir(mode=0o700)
        except FileExistsError:
            self._check(directory)
            return
        if self.lent:
            os.chown(directory, self.uid, self.gid, follow_symlinks=False)

    def _check(self, directory: Path) -> None:
        found = directory.lstat()
        if found.st_uid != self.uid or not directory.is_dir() or directory.is_symlink():
            message = f"{directory} is not a directory of user {self.name}; it is left alone"
            raise EmbeddedError("embedded.not_ours", message)
        if found.st_mode & 0o077:
            message = f"{directory} is open to other users; close it: chmod 700 {directory}"
            raise EmbeddedError("embedded.not_private", message)


def account_for(home: Path | None) -> Account:
    """Return the account that runs the server of this home: its owner where there is one yet."""
    ours = os.geteuid()
    owner = home.stat().st_uid if home is not None and home.exists() else None
    if ours != 0:
        account = _named(ours, lent=False)
        if owner not in (None, ours):
            message = f"{home} belongs to user id {owner}; start it as that user or as root"
            raise EmbeddedError("embedded.not_ours", message)
        return account
    if owner:
        return _named(owner, lent=True)
    return _borrowed()


def connecting_names(account: Account) -> tuple[str, ...]:
    """Return the accounts that may connect: the server's own, and root, who can become anybody."""
    return tuple(dict.fromkeys((account.name, ROOT)))


def _borrowed() -> Account:
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, lent=True)
    message = (
        "PostgreSQL does not run as root and there is none of the accounts "
        f"{', '.join(UNPRIVILEGED)} to lend it: add one (useradd --system creditdesk), "
        "or set DATABASE_URL"
    )
    raise EmbeddedError("embedded.no_account", message)


def _named(uid: int, *, lent: bool) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        message = (
            f"user id {uid} has no name in /etc/passwd and PostgreSQL cannot run without one: "
            "add a line for it there, run as a named user or as root, or set DATABASE_URL"
        )
        raise EmbeddedError("embedded.unnamed_user", message) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, lent=lent)
