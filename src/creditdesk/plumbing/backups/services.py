"""Make, check and restore backups: two files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from creditdesk.kernel.errors import NotFound, Refused
from creditdesk.plumbing.backups import manifest, programs
from creditdesk.plumbing.backups.manifest import Content, Manifest
from creditdesk.plumbing.operation import queries as operation

_PIECE_BYTES = 1024 * 1024


def manifest_of(file: Path) -> Path:
    """Return where the manifest of a dump stands: beside it."""
    return file.with_name(f"{file.name}.manifest.json")


def check_free(file: Path) -> None:
    """Refuse to write over a backup that is there."""
    for path in (file, manifest_of(file)):
        if path.exists():
            raise Refused("backup_exists", f"{path} is there already; name another file")


def make(
    file: Path, address: str, *, snapshot: str, postgres: int, product: str, made_at: str,
    content: Content,
) -> Manifest:  # fmt: skip
    """Dump the moment of the snapshot, and write dump and manifest, readable to nobody else."""
    check_free(file)
    folder = programs.folder_for(postgres // 10_000)
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.unfinished")
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        programs.run(
            folder / "pg_dump",
            ["--format=custom", f"--snapshot={snapshot}", f"--file={unfinished}"],
            address,
            code="backup_failed",
        )
        size, sha256 = measured(unfinished)
        made = Manifest(product, made_at, postgres, size, sha256, content)
        _write(manifest_of(file), manifest.written(made))
        _keep(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)
    return made


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


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    _keep(unfinished, path)


def _keep(unfinished: Path, path: Path) -> None:
    """Give a finished file its name, once the disk has it."""
    for place in (unfinished, path.parent):
        opened = os.open(place, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
    unfinished.rename(path)
