"""Make, check and restore backups: two files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from creditdesk.kernel.errors import NotFound, Refused
from creditdesk.plumbing import whole_files
from creditdesk.plumbing.backups import manifest, programs
from creditdesk.plumbing.backups.manifest import Content, Manifest
from creditdesk.plumbing.operation import queries as operation

_PIECE_BYTES = 1024 * 1024


def manifest_of(file: Path) -> Path:
    """Return where the manifest of a dump stands: beside it."""
    return file.with_name(f"{file.name}.manifest.json")


def check_free(file: Path) -> None:
    """Refuse to write over a backup that is there; a manifest alone is none.

    It was written before its dump got its name, by somebody who was stopped in between.
    """
    if file.exists():
        raise Refused("backup_exists", f"{file} is there already; name another file")


def make(
    file: Path, address: str, *, snapshot: str, postgres: int, product: str, made_at: str,
    content: Content,
) -> Manifest:  # fmt: skip
    """Dump the moment of the snapshot, and write dump and manifest, readable to nobody else."""
    check_free(file)
    folder = programs.folder_for(postgres // 10_000)
    unfinished = file.with_name(whole_files.unfinished_name())
    with _explained(file):
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, whole_files.SECRET))
    try:
        programs.run(
            folder / "pg_dump",
            ["--format=custom", f"--snapshot={snapshot}", f"--file={unfinished}"],
            address,
            code="backup_failed",
        )
        with _explained(file):
            size, sha256 = measured(unfinished)
            made = Manifest(product, made_at, postgres, size, sha256, content)
            whole_files.sync_file(unfinished)
            _name_both(unfinished, file, manifest.written(made))
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return made


def _name_both(unfinished: Path, file: Path, about: bytes) -> None:
    """Let both files have their names; the dump gets its own last, and alone none of them stays."""
    try:
        whole_files.write(manifest_of(file), [about], mode=whole_files.SECRET)
        unfinished.rename(file)
    except (OSError, Refused):  # the manifest may have its name though its folder was refused
        with suppress(OSError):
            manifest_of(file).unlink(missing_ok=True)
        raise
    whole_files.sync_folder(file.parent)


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    """Say in one clear sentence what the file system refuses."""
    try:
        yield
    except OSError as fault:
        raise Refused("backup_failed", f"{file} cannot be written: {fault.strerror}") from fault


def measured(file: Path) -> tuple[int, str]:
    """Return size and SHA-256 of a file, read piece by piece."""
    size, sums = 0, hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE_BYTES):
            size += len(piece)
            sums.update(piece)
    return size, sums.hexdigest()


def checked(file: Path, programs_version: int) -> Manifest:
    """Return the manifest of a backup that is whole and can be read by this version."""
    for path in (file, manifest_of(file)):
        if not path.is_file():
            raise NotFound("backup_missing", f"{path} is not there; a backup is two files")
    found = manifest.read(manifest_of(file).read_bytes())
    manifest.check_dump(found, *measured(file))
    manifest.check_version(found, operation.migrations_known(), programs_version)
    return found


def restore(file: Path, address: str, folder: Path) -> None:
    """Bring a dump into an empty database as its owner, whole or not at all."""
    programs.run(
        folder / "pg_restore",
        ["--exit-on-error", "--single-transaction", "--no-owner", str(file)],
        address,
        code="restore_failed",
    )
