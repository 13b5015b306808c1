"""Writer of sanctions lists: each replaces the one before it of the same source."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.assessment.evidence.models import ScreeningList
from creditdesk.assessment.evidence.queries import screening
from creditdesk.assessment.evidence.rules import names
from creditdesk.assessment.evidence.rules.listings import Entry, Listing
from creditdesk.controls.commands import command, require
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.plumbing import sql
from creditdesk.plumbing.confined import run_confined
from creditdesk.plumbing.encoding import digest

READER: Final = "creditdesk.assessment.evidence.rules.listings:read"
LOCK_SPACE: Final = 1_021
SOURCE_LENGTH: Final = 40
FILENAME_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a list: its source, its entries, and those new, changed and gone."""

    source: str
    entries: int
    names: int
    added: int
    changed: int
    removed: int
    is_known: bool = False


def load_list(
    actor: Actor, *, filename: str, content: bytes, listed_on: date, source: str = ""
) -> Loaded:
    """Let a list replace the one before it of its source; the same file again changes nothing.

    Read in a process of its own. `source` names a list of no publisher known here; Invalid where
    the file cannot be read, and nothing is changed.
    """
    require(actor, "assessment.load_list")
    found: Listing = run_confined(READER, content, file=filename)
    return keep_list(
        actor,
        listing=found,
        filename=filename,
        sha256=hashlib.sha256(content).hexdigest(),
        listed_on=listed_on,
        source=source,
    )


def keep_list(
    actor: Actor, *, listing: Listing, filename: str, sha256: str, listed_on: date, source: str
) -> Loaded:
    """Let entries that were read replace those of their source."""

    @command("assessment.load_list")
    def keep(actor: Actor, *, source: str, sha256: str, listed_on: date) -> Loaded:
        return _keep(actor, listing.entries, source, filename, sha256, listed_on)

    if listed_on > actor.today:
        raise list_from_the_future()
    named = listing.publisher or source.strip().lower()[:SOURCE_LENGTH]
    if not named:
        raise list_without_source()
    return keep(actor, source=named, sha256=sha256, listed_on=listed_on)


def _keep(
    actor: Actor, entries: Sequence[Entry], source: str, filename: str, sha256: str, on: date
) -> Loaded:
    sql.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, actor.company_id])
    last = next((one for one in screening.lists(actor.company_id) if one.source == source), None)
    count = sum(len(one.names) for one in entries)
    if last is not None and last.sha256 == sha256:
        return Loaded(source, len(entries), count, 0, 0, 0, is_known=True)
    before = _digests(actor.company_id, source)
    now = {one.reference: digest(one) for one in entries}
    sql.execute(
        "DELETE FROM assessment_listedname WHERE company_id = %s AND source = %s",
        [actor.company_id, source],
    )
    _copy(actor.company_id, source, entries, now)
    ScreeningList.objects.create(
        company_id=actor.company_id, source=source, filename=filename[:FILENAME_LENGTH],
        sha256=sha256, listed_on=on, entry_count=len(entries), recorded_at=actor.at,
        recorded_by=actor.name,
    )  # fmt: skip
    changed = sum(1 for one in now if one in before and before[one] != now[one])
    return Loaded(
        source, len(entries), count, len(now.keys() - before.keys()), changed,
        len(before.keys() - now.keys()),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Entry:
    reference: str
    entry_sha256: str


def _digests(company_id: int, source: str) -> dict[str, str]:
    rows = sql.fetch(
        _Entry,
        "SELECT DISTINCT reference, entry_sha256 FROM assessment_listedname"
        " WHERE company_id = %s AND source = %s",
        [company_id, source],
    )
    return {one.reference: one.entry_sha256 for one in rows}


def _copy(company_id: int, source: str, entries: Sequence[Entry], digests: dict[str, str]) -> None:
    columns = (
        "company_id", "source", "reference", "kind", "name", "name_key", "is_alias", "programme",
        "countries", "entry_sha256",
    )  # fmt: skip
    sql.copy_rows(
        "assessment_listedname",
        columns,
        (
            (company_id, source, one.reference, one.kind, name, names.key(name), n > 0,
             one.programme, ", ".join(one.countries), digests[one.reference])
            for one in entries
            for n, name in enumerate(one.names)
        ),
    )  # fmt: skip


def list_without_source() -> Invalid:
    """Return the error of a list of no known publisher that nobody named."""
    return Invalid(
        "list_without_source",
        "The list says nothing of whose it is",
        place=Place(field="source"),
        mend="Name the list",
    )


def list_from_the_future() -> Invalid:
    """Return the error of a list dated after today."""
    return Invalid(
        "list_from_the_future",
        "The list cannot be of a day that has not come",
        place=Place(field="listed_on"),
        mend="Give the day it was published",
    )
