"""Commands of the audit trail: seal, verify, publish heads, write a bundle."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.db import connection

from creditdesk import audit_verifier
from creditdesk.audit_verifier import Head, Seal
from creditdesk.controls.audit import queries, verifying
from creditdesk.controls.audit import services as audit
from creditdesk.controls.audit.tables import HOUSE, sealed_tables
from creditdesk.controls.queries import CompanyRow
from creditdesk.day import publishing
from creditdesk.faces.cli import companies, side_by_side
from creditdesk.faces.cli.tongue import gettext, gettext_noop, ngettext, said
from creditdesk.insight import queries as proofs
from creditdesk.insight import replaying
from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing import roles as protection
from creditdesk.plumbing import whole_files

PATIENCE_SECONDS = 30
NAMED_MAX = 50
# What the rooms find, by its form.
FOUND = (
    gettext_noop("{1}: the trigger {2} is off"),
    gettext_noop("{1}: the application has {2}"),
    gettext_noop("{1}: expected {2}, found {3} (minor units)"),
)
ABOUT = "bundle.json"
# Stands in a bundle's folder until the bundle is finished.
BEGUN = ".begun"
READ_ME = """\
This folder holds the audit trail and every other protected table of one company, or of the house
itself (what belongs to no company: the journal of the door), as they were sealed, with the seals
themselves and the heads that were published.

    python3 audit_verifier.py .              checks everything; needs Python 3.11 and nothing else
    python3 audit_verifier.py . HEADS-FILE   and compares with heads you kept yourself

bundle.json    which company, how far it is sealed, the last head
seals.jsonl    the chain: one link a line
heads.jsonl    heads that were published
tables/        per table one row a line: its id, a tab, its canonical text

Personal values are not in here: the trail carries their salted digests.
"""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain by name: a company's, or that of the house."""

    id: int
    code: str
    name: str


HOUSE_CHAIN = Chain(HOUSE, publishing.HOUSE_CODE, gettext_noop("the house"))


def seal() -> int:
    """Seal what is settled, waiting a while for those who write."""
    done = audit.seal(patience_seconds=PATIENCE_SECONDS)
    print(ngettext("%(count)d row sealed", "%(count)d rows sealed", done.rows))
    for table in done.waiting:
        told = gettext("%(table)s is being written to; run it again", table=table)
        print(told, file=sys.stderr)
    return 1 if done.waiting else 0


def verify(*, company: str = "", heads: Path | None = None) -> int:
    """Prove protection, books, decisions and chain of each company; status 0 when they hold."""
    with connection.cursor() as cursor:
        weak = protection.weaknesses(cursor)
    for weakness in weak:
        print(gettext("protection: %(found)s", found=said(weakness)), file=sys.stderr)
    faults = len(weak)
    faults += sum(side_by_side.each(partial(_verify_company, heads), companies.named(company)))
    faults += _verify_chain(HOUSE_CHAIN, _read_heads(heads, HOUSE_CHAIN))
    return 1 if faults else 0


def _verify_company(heads: Path | None, of: CompanyRow) -> int:
    chain = Chain(of.id, of.code, of.name)
    faults = _verify_books(of) + _verify_decisions(of)
    return faults + _verify_chain(chain, _read_heads(heads, chain))


def _verify_books(of: CompanyRow) -> int:
    differences = proofs.prove(of.id)
    for difference in differences:
        print(f"{of.code}: {said(str(difference))}", file=sys.stderr)
    if not differences:
        print(gettext("%(company)s: the books hold", company=of.code))
    return len(differences)


def _verify_decisions(of: CompanyRow) -> int:
    """Decide again what was decided; say nothing where nothing was."""
    found = replaying.replayed(of.id)
    for name in found.named:
        told = gettext("%(decision)s does not replay to the same result", decision=name)
        print(f"{of.code}: {told}", file=sys.stderr)
    if found.count and not found.unlike:
        told = ngettext(
            "%(count)d decision replays to the same result",
            "%(count)d decisions replay to the same result",
            found.count,
        )
        print(f"{of.code}: {told}")
    return found.unlike


def _verify_chain(of: Chain, heads: Iterable[Head]) -> int:
    found = verifying.verify(of.id, heads=heads)
    for finding in found.findings[:NAMED_MAX]:
        print(f"{of.code}: {finding}", file=sys.stderr)
    if len(found.findings) > NAMED_MAX:
        more = len(found.findings) - NAMED_MAX
        print(f"{of.code}:", gettext("and %(count)d more", count=more), file=sys.stderr)
    for told in _about_chain(found):
        print(f"{of.code}:", told)
    return len(found.findings)


def _about_chain(found: verifying.Verification) -> Iterator[str]:
    if not found.findings:
        held = {"rows": found.rows, "seals": found.seals}
        yield gettext("the chain holds: %(rows)d rows in %(seals)d seals", **held)
    if found.erased:
        yield ngettext(
            "%(count)d personal value or row erased by rule",
            "%(count)d personal values and rows erased by rule",
            found.erased,
        )
    if found.unsealed:
        yield ngettext(
            "%(count)d row not yet sealed", "%(count)d rows not yet sealed", found.unsealed
        )


def _read_heads(path: Path | None, of: Chain) -> list[Head]:
    if path is None:
        return []
    try:
        return audit_verifier.read_heads(path, of.id)
    except (OSError, ValueError, KeyError) as error:
        raise Invalid(
            "heads_unreadable",
            f"The heads in {path.name} cannot be read",
            mend="Give a file of JSON lines as creditdesk heads writes them",
        ) from error


def heads(*, company: str, mail: str | None) -> int:
    """Publish the head of each company now; with an address, mail it there from now on."""
    for of in companies.named(company):
        if mail is not None:
            audit.set_auditor_email(of.id, mail)
        audit.seal(patience_seconds=PATIENCE_SECONDS)
        done = publishing.publish_head(companies.actor(of))
        head = done.head or gettext("nothing sealed yet")
        print(f"{of.code}: {done.sequence} {head}")
        for place in done.places:
            print(" ", gettext("published to %(place)s", place=place))
        for place in done.failed:
            told = gettext("could not be published to %(place)s", place=place)
            print(" ", told, file=sys.stderr)
    return 0


def export(*, folder: Path, company: str, house: bool = False) -> int:
    """Write the bundle of a company or of the house, with the program that verifies it."""
    of = HOUSE_CHAIN if house else _chain_of(company)
    folder.mkdir(parents=True, exist_ok=True)
    _begin(folder)
    audit.seal(patience_seconds=PATIENCE_SECONDS)
    with queries.snapshot():
        rows = _write(folder, of)
    (folder / BEGUN).unlink()
    told = {"name": gettext(of.name) if house else of.name, "folder": folder}
    print(
        ngettext(
            "%(count)d row of %(name)s is in %(folder)s; verify it with",
            "%(count)d rows of %(name)s are in %(folder)s; verify them with",
            rows,
            **told,
        )
    )
    print(f"  python3 {folder / 'audit_verifier.py'} {folder}")
    return 0


def _begin(folder: Path) -> None:
    """Mark an empty folder as begun; one that somebody was stopped in is begun anew."""
    left = [one for one in folder.iterdir() if one.name.endswith(whole_files.UNFINISHED)]
    if not (folder / BEGUN).exists() and len(left) < len(list(folder.iterdir())):
        raise Invalid("folder_not_empty", f"{folder} is not empty", mend="Name a new folder")
    for one in left:
        one.unlink()
    whole_files.write(folder / BEGUN, [b"This bundle is not finished.\n"])
    for name in (ABOUT, "tables"):
        shutil.rmtree(folder / name, ignore_errors=True)
        if (folder / name).is_file():
            (folder / name).unlink()


def _write(folder: Path, of: Chain) -> int:
    tables = [sealed.table for sealed in sealed_tables()]
    last = queries.head(of.id)
    about = {
        "format": audit_verifier.FORMAT, "company_id": of.id, "company": of.code, "name": of.name,
        "sequence": last.sequence if last else 0, "head": last.head if last else "",
        "tables": tables, "sealed_upto": {table: queries.sealed_upto(table) for table in tables},
    }  # fmt: skip
    whole_files.write(folder / "README.txt", [READ_ME.encode()])
    program = Path(audit_verifier.__file__).read_bytes()
    whole_files.write(folder / "audit_verifier.py", [program])
    _write_lines(folder / "seals.jsonl", map(_told, queries.seals(of.id)))
    published = queries.published_heads(of.id)
    _write_lines(
        folder / "heads.jsonl", (publishing.line(of.id, of.code, one) for one in published)
    )
    (folder / "tables").mkdir()
    rows = sum(
        _write_lines(
            folder / "tables" / f"{table}.jsonl",
            (f"{one.id}\t{one.text}" for one in queries.every_line(of.id, table)),
        )
        for table in tables
    )
    # Last: a folder without it is no bundle.
    whole_files.write(folder / ABOUT, [json.dumps(about, indent=1).encode() + b"\n"])
    return rows


def _chain_of(company: str) -> Chain:
    of = companies.the_one(company)
    return Chain(of.id, of.code, of.name)


def _write_lines(path: Path, lines: Iterable[str]) -> int:
    count = 0

    def counted() -> Iterator[bytes]:
        nonlocal count
        for count, line in enumerate(lines, start=1):  # noqa: B007 - what it came to
            yield f"{line}\n".encode()

    whole_files.write(path, counted())
    return count


def _told(seal: Seal) -> str:
    return json.dumps(
        {
            "company_id": seal.company_id, "sequence": seal.sequence, "table": seal.table,
            "columns": seal.columns, "after_id": seal.after_id, "upto_id": seal.upto_id,
            "rows": seal.rows, "digest": seal.digest, "marks_digest": seal.marks_digest,
            "previous": seal.previous, "sealed_at": seal.sealed_at, "head": seal.head,
            "entries": seal.entries.hex(), "marks": seal.marks.hex(),
        },
        separators=(",", ":"),
    )  # fmt: skip
