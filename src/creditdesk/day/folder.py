"""The drop folder: finished files taken in by the same doors, with what became of each beside it.

A file is claimed by nothing but its place: it is moved away last, so that whatever stops in
between, the next look takes it up again, finds what was done, and goes on.
"""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from creditdesk.cash import services as cash
from creditdesk.contact import services as contact
from creditdesk.day import rules
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, DomainError, Invalid, Place, Refused
from creditdesk.plumbing import sql, whole_files
from creditdesk.plumbing.imports import kinds as import_kinds
from creditdesk.plumbing.imports import queries as imports_read
from creditdesk.plumbing.imports import services as imports
from creditdesk.plumbing.imports.queries import RunRow
from creditdesk.plumbing.imports.recognition import kind_of_table
from creditdesk.plumbing.tables import read_table
from creditdesk.reconciliation import services as reconciliation
from creditdesk.reconciliation.queries import FIGURES_KIND, ITEMS_KIND

LOCK_SPACE: Final = 1_002
# A file nobody wrote to for so long, by the folder's own clock, is finished.
SETTLED_SECONDS: Final = 5.0
MARKER: Final = ".creditdesk-looked"
FAULTS_NAMED_MAX: Final = 200
ERP_KINDS: Final = (ITEMS_KIND, FIGURES_KIND)
# What says of a file that it cannot be read, not that the machine has its troubles.
UNREADABLE: Final = frozenset(
    {errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.EISDIR}
)
NANOSECONDS: Final = 1_000_000_000
# What to do about refusals that say nothing of it themselves.
MENDS: Final = {
    "mapping_incomplete": "Load the first file of a kind by hand: its columns are then remembered",
}
# The delimiter of a file of rejected rows shows in what is added to its header.
_ADDED = re.compile(r"line(.)field\1why\1mend")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: loaded, known (loaded before), or refused; and why."""

    name: str
    kind: str
    outcome: str
    told: Mapping[str, Any] = field(default_factory=dict)
    rejected: bytes = b""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A finished file in the folder, or in a subfolder named after a kind.

    `given_name` is what it is called in its directory; a maildir puts flags after a colon.
    """

    directory: Path
    given_name: str
    kind: str
    is_maildir: bool = False

    @property
    def name(self) -> str:
        return self.given_name.replace(":", "_") if self.is_maildir else self.given_name

    @property
    def path(self) -> Path:
        return self.directory / self.given_name


def take_up(
    actor: Actor, folder: Path, *, bytes_max: int, settled_seconds: float = SETTLED_SECONDS
) -> list[Taken]:
    """Take every finished file in, and move it to `done` or `refused` with a result beside it.

    Conflict while another process looks after the same company's folder. Where the folder refuses
    something, the files it is about stay and are taken up by the next look, which knows what went
    in; Refused says so, after the others were taken.
    """
    with _explained(folder), _alone(actor.company_id):
        folder.mkdir(parents=True, exist_ok=True)
        taken, faults = [], list[Exception]()
        for waiting in _finished(folder, settled_seconds):
            try:
                one = _take(actor, waiting, bytes_max)
                if one is not None:
                    with suppress(FileNotFoundError):  # taken back; what it held is in
                        _put_away(folder, waiting, one)
                    taken.append(one)
            except (OSError, Refused) as stopped:
                faults.append(stopped)
        # One that is known may have been loaded by a look that was stopped before this.
        if any(one.kind in ERP_KINDS and one.outcome != "refused" for one in taken):
            reconciliation.reconcile_new(actor)
        for fault in faults:
            raise fault
        return taken


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Say in one clear sentence what the file system refuses."""
    try:
        yield
    except OSError as fault:
        raise Refused(
            "folder_unusable",
            f"The drop folder {folder} cannot be worked: {fault.strerror or fault}",
        ) from fault


@contextmanager
def _alone(company_id: int) -> Iterator[None]:
    if not sql.scalar("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, company_id]):
        raise Conflict("folder_watched", "Another process looks after this company's folder")
    try:
        yield
    finally:
        sql.scalar("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, company_id])


def _finished(folder: Path, settled_seconds: float) -> list[_Waiting]:
    """Return the files to take, masters first; hidden and growing ones are passed over."""
    now_ns = _folder_clock(folder)
    known = frozenset(import_kinds.KINDS)
    found = []
    for directory, kind in _places(folder, known):
        is_maildir = kind == rules.MAIL and directory.name in rules.MAILDIR
        for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
            if rules.is_passed_over(entry.name) or entry.is_dir(follow_symlinks=False):
                continue
            try:
                age_ns = now_ns - entry.stat(follow_symlinks=False).st_mtime_ns
            except FileNotFoundError:
                continue
            if age_ns >= settled_seconds * NANOSECONDS:
                named = kind or rules.kind_of_name(entry.name, known)
                found.append(_Waiting(directory, entry.name, named, is_maildir))
    return sorted(found, key=lambda one: (rules.turn_of(one.kind), one.name))


def _places(folder: Path, known: frozenset[str]) -> Iterator[tuple[Path, str]]:
    """Return the folder and its subfolders named after kinds, never one that is a link."""
    yield folder, ""
    for kind in sorted({*known, rules.BANK, rules.MAIL}):
        inner = [folder / kind]
        if kind == rules.MAIL:
            inner += [folder / kind / name for name in rules.MAILDIR]
        for place in inner:
            if inner[0].is_symlink() or place.is_symlink() or not place.is_dir():
                continue
            yield place, kind


def _folder_clock(folder: Path) -> int:
    """Return the moment as the file system that keeps the folder stamps it."""
    marker = folder / MARKER
    marker.unlink(missing_ok=True)
    marker.touch(exist_ok=False)
    return marker.stat().st_mtime_ns


def _take(actor: Actor, waiting: _Waiting, bytes_max: int) -> Taken | None:
    """Take one file in; `None` when it changed while it was read and must wait."""
    try:
        content = _content(waiting, bytes_max)
        if content is None:
            return None
        kind = waiting.kind or _recognised(actor, waiting.name, content)
        if kind == rules.BANK:
            return _bank(actor, waiting.name, content)
        if kind == rules.MAIL:
            return _mail(actor, waiting.name, content)
        return _table(actor, waiting.name, kind, content)
    except DomainError as error:
        return Taken(waiting.name, waiting.kind, "refused", {"errors": [_told(waiting, error)]})


def _content(waiting: _Waiting, bytes_max: int) -> bytes | None:
    """Return the bytes of a plain file of sane name and size; never of what a link points to."""
    name = rules.harmless_name(waiting.name)
    if rules.is_hostile(waiting.name):
        raise _refusal(name, "name_hostile", "The name of the file is not acceptable",
                       "Use letters, digits, dots and dashes")  # fmt: skip
    try:
        handle = os.open(waiting.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno not in UNREADABLE:
            raise  # the file may be sound: it waits for the next look
        raise _refusal(name, "file_unreadable", f"The file cannot be read: {error.strerror}",
                       "Drop a plain file, no link, that may be read") from error  # fmt: skip
    with os.fdopen(handle, "rb") as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise _refusal(name, "file_not_plain", "This is not a plain file", "Drop a plain file")
        if before.st_size > bytes_max:
            raise _refusal(name, "file_too_large", f"The file is larger than {bytes_max} bytes",
                           "Split it, or load it on the command line")  # fmt: skip
        content = file.read(bytes_max + 1)
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return None
    return content


def _refusal(name: str, code: str, message: str, mend: str) -> Invalid:
    return Invalid(code, message, place=Place(file=name), mend=mend)


def _recognised(actor: Actor, name: str, content: bytes) -> str:
    """Return the kind by the content: as such headers were loaded before, or as they fit best."""
    kind = kind_of_table(actor.company_id, read_table(content, name))
    if not kind:
        raise _refusal(
            name, "kind_not_recognised", "Neither name nor headings say what is in the file",
            f"Put it into a subfolder named {', '.join(sorted(import_kinds.KINDS))}, bank or mail",
        )  # fmt: skip
    return kind


def _bank(actor: Actor, name: str, content: bytes) -> Taken:
    taken = cash.take_in(actor, filename=name, content=content)
    matched = cash.match(actor)
    told = {"lines": taken.lines_total, "new": taken.lines_new, "applied": matched.applied}
    is_known = taken.lines_total > 0 and taken.lines_new == 0
    return Taken(name, rules.BANK, "known" if is_known else "loaded", told)


def _mail(actor: Actor, name: str, content: bytes) -> Taken:
    taken = contact.take_in_mail(actor, filename=name, content=content, door="folder")
    told = {"mail": taken.mail_id, "status": taken.status}
    return Taken(name, rules.MAIL, "known" if taken.is_known else "loaded", told)


def _table(actor: Actor, name: str, kind: str, content: bytes) -> Taken:
    """Load rows; an import of the same bytes is gone on with, or known when it was finished."""
    sha256 = hashlib.sha256(content).hexdigest()
    earlier = imports_read.run_of_file(actor.company_id, kind=kind, sha256=sha256)
    is_known = earlier is not None and earlier.status == "done"
    if earlier is not None and is_known and import_kinds.kind_of(kind).daily:
        is_known = earlier.recorded_at.date() == actor.at.date()
        earlier = earlier if is_known else None
    if earlier is None:
        reference = imports.open_run(actor, kind=kind, filename=name, content=content)
    else:
        reference = earlier.reference
    run = imports.load(actor, reference)
    rejected = b""
    if run.rejected_file_id is not None:
        rejected = imports_read.rejected_file(actor.company_id, reference).content
    nothing_went_in = bool(run.rows_rejected) and not run.rows_accepted + run.rows_known
    outcome = "refused" if nothing_went_in else "known" if is_known else "loaded"
    return Taken(name, kind, outcome, _rows_told(run, name, rejected), rejected)


def _rows_told(run: RunRow, name: str, rejected: bytes) -> dict[str, Any]:
    errors: list[dict[str, Any]] = []
    text = rejected.decode("utf-8-sig")
    headed = _ADDED.search(text)
    rows = csv.DictReader(io.StringIO(text), delimiter=headed[1]) if headed else ()
    for row in rows:
        if len(errors) == FAULTS_NAMED_MAX:
            break
        errors.append(
            {"file": name} | {key: row.get(key) for key in ("line", "field", "why", "mend")}
        )
    return {
        "import": run.reference,
        "rows": run.rows_total,
        "taken_in": run.rows_accepted,
        "known_already": run.rows_known,
        "rejected": run.rows_rejected,
        "errors": errors,
    }


def _told(waiting: _Waiting, error: DomainError) -> dict[str, Any]:
    place = error.place if isinstance(error, Invalid) else Place()
    return {
        "file": rules.harmless_name(waiting.name),
        "line": place.line,
        "field": place.field,
        "code": error.code,
        "why": error.message,
        "mend": error.mend if isinstance(error, Invalid) else MENDS.get(error.code, ""),
    }


def _put_away(folder: Path, waiting: _Waiting, taken: Taken) -> None:
    """Write what became of the file, then move it: the move is what ends it."""
    target = folder / (rules.REFUSED if taken.outcome == "refused" else rules.DONE)
    target.mkdir(exist_ok=True)
    if target.is_symlink():
        raise NotADirectoryError(f"{target} is a link; nothing is put where it leads")
    name = _free_name(target, rules.harmless_name(waiting.name))
    result = {"file": name, "kind": taken.kind, "outcome": taken.outcome, **taken.told}
    text = json.dumps(result, indent=2, ensure_ascii=False, default=str) + "\n"
    whole_files.write(target / f"{name}.result.json", [text.encode()])
    if taken.rejected:
        whole_files.write(target / f"{name}.rejected.csv", [taken.rejected])
    waiting.path.rename(target / name)
    whole_files.sync_folder(target)


def _free_name(target: Path, name: str) -> str:
    """Return the name, or with a number before its ending when a file of that name is there."""
    stem, dot, ending = name.rpartition(".")
    stem, tail = (stem, f".{ending}") if dot and stem else (name, "")
    candidate, count = name, 1
    while os.path.lexists(target / candidate):
        count += 1
        candidate = f"{stem}-{count}{tail}"
    return candidate
