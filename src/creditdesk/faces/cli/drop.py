"""`creditdesk import --watch`: a drop folder, looked at every few seconds."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from creditdesk.controls.queries import CompanyRow
from creditdesk.day import folder as drops
from creditdesk.day.folder import Taken
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext, said, sentence
from creditdesk.kernel.errors import DomainError

LOOK_SECONDS = 5.0
STEP_SECONDS = 0.2
SOME_REFUSED = 3


def watch(*, folder: Path, company: str, once: bool) -> int:
    """Take in what lies in the folder, and go on until told to stop; `once` looks once.

    A folder that goes away, a disk that is full or a database that restarts is waited for.

    Looking once ends with status 3 when a file was refused.
    """
    of = companies.the_one(company)
    if once:
        taken = _look(of, folder)
        return SOME_REFUSED if any(one.outcome == "refused" for one in taken) else 0
    asked: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        asked.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    told = {"folder": folder, "name": of.name}
    print(gettext("Watching %(folder)s for %(name)s (Ctrl-C stops it)", **told), flush=True)
    while not asked:
        try:
            _look(of, folder)
        except (DomainError, OSError) as error:
            _complain(sentence(error) if isinstance(error, DomainError) else str(error))
        except DatabaseError as error:
            close_old_connections()
            why = type(error).__name__
            _complain(gettext("the database does not answer (%(why)s)", why=why))
        _wait(asked)
    return 0


def _complain(told: str) -> None:
    print(f"creditdesk: {told}", file=sys.stderr, flush=True)


def _look(of: CompanyRow, folder: Path) -> list[Taken]:
    taken = drops.take_up(companies.actor(of), folder, bytes_max=settings.UPLOAD_BYTES_MAX)
    for one in taken:
        _tell(one)
    return taken


def _wait(asked: list[int]) -> None:
    until = time.monotonic() + LOOK_SECONDS
    while not asked and time.monotonic() < until:
        time.sleep(STEP_SECONDS)


def _tell(one: Taken) -> None:
    told = ", ".join(f"{key} {value}" for key, value in one.told.items() if key != "errors")
    print(f"{one.name!r}: {one.outcome} {one.kind} {told}".rstrip(), flush=True)
    for error in one.told.get("errors", ()):
        line = gettext("line %(line)d", line=error["line"]) + ": " if error.get("line") else ""
        why, mend = (said(str(error.get(name) or "")) for name in ("why", "mend"))
        print(f"  {line}{why} {mend}".rstrip(), flush=True)
