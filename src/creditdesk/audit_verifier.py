"""Verify an exported audit bundle with nothing but Python: `python audit_verifier.py FOLDER`.

This file stands alone on purpose: it imports neither the product nor a database driver, so that
an auditor can read it in one sitting and run it elsewhere. The format it proves is written down
in docs/explanation/audit.md.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = "creditdesk-seal-1"
GENESIS = bytes(32)
ID_BYTES = 8
LEAF_BYTES = 32
ENTRY_BYTES = ID_BYTES + LEAF_BYTES
MARK_BYTES = 2
NULL_MARKED_AS = "\\N"
# Before the name of a column that is sealed as a salted digest: its value may leave by rule.
DIGESTED = "~"
SWAPS_LOOKED_AT_MAX = 100
NAMED_MAX = 20
FAULTY, UNREADABLE = 1, 2


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one record; `column` is empty where no single column is at fault.

    Kinds: changed, missing, inserted, swapped; of the chain itself seal_changed, seal_missing,
    tail_cut, head_differs.
    """

    kind: str
    table: str
    record: int
    column: str = ""
    seal: int = 0

    def __str__(self) -> str:
        where = f"{self.table} {self.record}" + (f", column {self.column}" if self.column else "")
        return f"{self.kind}: {where}" + (f" (seal {self.seal})" if self.seal else "")


@dataclass(frozen=True, slots=True)
class Seal:
    """One link of the chain: a digest over rows of one table, tied to the link before."""

    company_id: int
    sequence: int
    table: str
    columns: tuple[str, ...]
    after_id: int
    upto_id: int
    rows: int
    digest: str
    marks_digest: str
    previous: str
    sealed_at: str
    head: str
    entries: bytes
    marks: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """A head as it was published: which link was the last one on a date."""

    sequence: int
    head: str
    on: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it is found: its id and its canonical text, a JSON list of its columns' texts."""

    id: int
    text: str


def head_of(seal: Seal) -> str:
    """Return the head the link's own fields give."""
    fields = [
        FORMAT, str(seal.company_id), str(seal.sequence), seal.table, ",".join(seal.columns),
        str(seal.after_id), str(seal.upto_id), str(seal.rows), seal.digest, seal.marks_digest,
        seal.previous, seal.sealed_at,
    ]  # fmt: skip
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def leaf_of(text: str) -> bytes:
    """Return the digest of one row's canonical text."""
    return hashlib.sha256(text.encode()).digest()


def marks_of(values: Sequence[str | None]) -> bytes:
    """Return two bytes per column, by which a changed column is named."""
    told = (NULL_MARKED_AS if value is None else value for value in values)
    return b"".join(hashlib.sha256(value.encode()).digest()[:MARK_BYTES] for value in told)


def is_whole(seal: Seal) -> bool:
    """Whether the link agrees with itself: head, digests and number of entries."""
    return (
        head_of(seal) == seal.head
        and hashlib.sha256(seal.entries).hexdigest() == seal.digest
        and hashlib.sha256(seal.marks).hexdigest() == seal.marks_digest
        and len(seal.entries) == seal.rows * ENTRY_BYTES
    )


def chain_findings(seals: Iterable[Seal]) -> Iterator[Finding]:
    """Yield what is wrong with the links, in order: changed ones, and gaps between them."""
    expected, previous = 1, GENESIS.hex()
    for seal in seals:
        if seal.sequence != expected:
            yield Finding("seal_missing", "chain", expected)
        elif seal.previous != previous or not is_whole(seal):
            yield Finding("seal_changed", "chain", seal.sequence, seal=seal.sequence)
        expected, previous = seal.sequence + 1, seal.head


def head_findings(heads: Iterable[Head], known: Mapping[int, str]) -> Iterator[Finding]:
    """Yield each published head that the chain does not carry (any more)."""
    last = max(known, default=0)
    for head in heads:
        if head.sequence > last:
            yield Finding("tail_cut", "chain", head.sequence, seal=head.sequence)
        elif known.get(head.sequence) != head.head:
            yield Finding("head_differs", "chain", head.sequence, seal=head.sequence)


def sealed_entries(seal: Seal) -> dict[int, tuple[bytes, bytes]]:
    """Return what was sealed: row id → its leaf and the marks of its columns."""
    width = MARK_BYTES * len(seal.columns)
    found = {}
    for place in range(len(seal.entries) // ENTRY_BYTES):
        entry = seal.entries[place * ENTRY_BYTES : (place + 1) * ENTRY_BYTES]
        marks = seal.marks[place * width : (place + 1) * width]
        found[int.from_bytes(entry[:ID_BYTES], "big", signed=True)] = (entry[ID_BYTES:], marks)
    return found


def row_findings(seal: Seal, lines: Iterable[Line]) -> list[Finding]:
    """Return every row that is not as it was sealed, by id: changed, missing, inserted, swapped."""
    sealed = sealed_entries(seal)
    wrong: dict[int, Finding] = {}
    changed: dict[int, str] = {}
    seen = set()
    for line in lines:
        seen.add(line.id)
        if line.id not in sealed:
            wrong[line.id] = Finding("inserted", seal.table, line.id, "", seal.sequence)
        elif leaf_of(line.text) != sealed[line.id][0]:
            changed[line.id] = line.text
            column = _changed_column(seal, sealed[line.id][1], line.text)
            wrong[line.id] = Finding("changed", seal.table, line.id, column, seal.sequence)
    for gone in sealed.keys() - seen:
        wrong[gone] = Finding("missing", seal.table, gone, "", seal.sequence)
    for swapped in _swapped(seal, sealed, changed):
        wrong[swapped] = Finding("swapped", seal.table, swapped, "", seal.sequence)
    return [wrong[record] for record in sorted(wrong)]


def _changed_column(seal: Seal, marks: bytes, text: str) -> str:
    found = marks_of(json.loads(text))
    different = [
        name.removeprefix(DIGESTED)
        for place, name in enumerate(seal.columns)
        if found[place * MARK_BYTES : (place + 1) * MARK_BYTES]
        != marks[place * MARK_BYTES : (place + 1) * MARK_BYTES]
    ]
    return ", ".join(different)


def _swapped(
    seal: Seal, sealed: Mapping[int, tuple[bytes, bytes]], changed: Mapping[int, str]
) -> set[int]:
    """Return ids whose row is, but for its id, what another id was sealed with."""
    place, found = seal.columns.index("id"), set()
    leaves = {leaf: record for record, (leaf, _) in sealed.items()}
    looked_at = dict(list(changed.items())[:SWAPS_LOOKED_AT_MAX])
    for record, text in looked_at.items():
        values = json.loads(text)
        for other in looked_at.keys() - {record}:
            values[place] = str(other)
            as_other = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
            if leaves.get(leaf_of(as_other)) == other:
                found.add(record)
    return found


# -- the bundle ----------------------------------------------------------------------------------


def read_seals(folder: Path) -> Iterator[Seal]:
    """Yield the links of a bundle in order."""
    for record in _json_lines(folder / "seals.jsonl"):
        yield Seal(
            company_id=record["company_id"],
            sequence=record["sequence"],
            table=record["table"],
            columns=tuple(record["columns"]),
            after_id=record["after_id"],
            upto_id=record["upto_id"],
            rows=record["rows"],
            digest=record["digest"],
            marks_digest=record["marks_digest"],
            previous=record["previous"],
            sealed_at=record["sealed_at"],
            head=record["head"],
            entries=bytes.fromhex(record["entries"]),
            marks=bytes.fromhex(record["marks"]),
        )


def read_heads(path: Path, company_id: int) -> list[Head]:
    """Return the published heads of one company from a file of JSON lines."""
    return [
        Head(record["sequence"], record["head"], record.get("on", ""))
        for record in _json_lines(path)
        if record["company_id"] == company_id
    ]


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


class _Rows:
    """The rows of one table of a bundle, read once and in step with its links."""

    def __init__(self, path: Path) -> None:
        self._lines = self._read(path)
        self._next = next(self._lines, None)

    @staticmethod
    def _read(path: Path) -> Iterator[Line]:
        if not path.exists():
            return
        with path.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                record, _, text = line.rstrip("\n").partition("\t")
                yield Line(int(record), text)

    def upto(self, record: int | None) -> Iterator[Line]:
        """Yield the rows not yet read, up to an id, or to the end."""
        while self._next is not None and (record is None or self._next.id <= record):
            yield self._next
            self._next = next(self._lines, None)


def verify_bundle(folder: Path, heads: Path | None = None) -> Iterator[Finding]:
    """Yield everything wrong with a bundle; nothing if it is as it was sealed."""
    about = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    rows = {table: _Rows(folder / "tables" / f"{table}.jsonl") for table in about["tables"]}
    known: dict[int, str] = {}

    def noted() -> Iterator[Seal]:
        for seal in read_seals(folder):
            known[seal.sequence] = seal.head
            yield seal

    yield from chain_findings(noted())
    for seal in read_seals(folder):
        of_table = rows[seal.table]
        for early in list(of_table.upto(seal.after_id)):
            yield Finding("inserted", seal.table, early.id)
        yield from row_findings(seal, list(of_table.upto(seal.upto_id)))
    for table, of_table in rows.items():
        for late in of_table.upto(about["sealed_upto"].get(table, 0)):
            yield Finding("inserted", table, late.id)
    published = read_heads(folder / "heads.jsonl", about["company_id"])
    if heads is not None:
        published += read_heads(heads, about["company_id"])
    yield from head_findings([*published, Head(about["sequence"], about["head"])], known)


def main(arguments: Sequence[str]) -> int:
    """Verify the bundle named; print the findings; 0 if it holds, 1 if not, 2 if unreadable."""
    if not arguments:
        print("usage: audit_verifier.py FOLDER [HEADS-FILE]", file=sys.stderr)  # noqa: T201
        return UNREADABLE
    heads = Path(arguments[1]) if len(arguments) > 1 else None
    try:
        found = list(verify_bundle(Path(arguments[0]), heads))
        count = sum(seal.rows for seal in read_seals(Path(arguments[0])))
    except (OSError, ValueError, KeyError) as error:
        print(f"the bundle cannot be read: {error!r}", file=sys.stderr)  # noqa: T201
        return UNREADABLE
    for finding in found[:NAMED_MAX]:
        print(finding)  # noqa: T201
    if len(found) > NAMED_MAX:
        print(f"and {len(found) - NAMED_MAX} more")  # noqa: T201
    print(f"{count} rows: " + ("damaged" if found else "as they were sealed"))  # noqa: T201
    return FAULTY if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
