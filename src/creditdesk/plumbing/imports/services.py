"""Writers of imports: a file taken in and guessed, its mapping set, its rows loaded, resumable.

This room stands below the commands, so it asks the permission itself; each batch of rows is a
command of the room it goes to, audited with the file's digest and the rows it covered.
"""

from __future__ import annotations

import csv
import io
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Final

from django.db import transaction

from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Place, Refused
from creditdesk.plumbing import showing
from creditdesk.plumbing.batches import uncollected
from creditdesk.plumbing.imports import ahead, kinds, mapping, queries, values, words
from creditdesk.plumbing.imports.kinds import Batch, Kind, Manifest, Options, RowFault
from creditdesk.plumbing.imports.parsing import Parser
from creditdesk.plumbing.imports.queries import RunRow
from creditdesk.plumbing.models import ImportMapping, ImportRun
from creditdesk.plumbing.queries import kept_file
from creditdesk.plumbing.services import keep_file, take_references
from creditdesk.plumbing.tables import Table, read_table

PERMISSION: Final = "imports.load"
CHUNK_ROWS: Final = 5000
SAMPLE_ROWS: Final = 8
COLUMNS_MAX: Final = 200

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Load:
    """A file being loaded: its rows in memory, and who reads them."""

    kind: Kind
    table: Table
    reader: ahead.Reader
    options: Options
    reference: str
    sha256: str
    chunk_rows: int


def open_run(actor: Actor, *, kind: str, filename: str, content: bytes) -> str:
    """Keep the file, guess its mapping or recall it, and return the reference of the import.

    Nothing is loaded yet. A header row that was mapped before keeps that mapping and its options.
    """
    _require(actor)
    of_kind = kinds.kind_of(kind)
    table = read_table(content, filename)
    _check_width(table, filename)
    remembered = _remembered(actor, kind, table)
    proposal = mapping.propose(
        of_kind.fields,
        table.headers,
        table.rows,
        columns=remembered[0] if remembered else None,
        options=remembered[1] if remembered else None,
    )
    report = {
        "headers": table.headers,
        "sample": table.rows[:SAMPLE_ROWS],
        "guesses": [asdict(guess) for guess in proposal.guesses],
        "is_remembered": remembered is not None,
        "date_order": asdict(proposal.date_order),
        "decimal": asdict(proposal.decimal),
    }
    with transaction.atomic():
        row = ImportRun.objects.create(
            company_id=actor.company_id,
            reference=take_references(actor, "IMP", 1)[0],
            kind=kind,
            file_id=keep_file(actor, filename, content),
            mapping=proposal.columns(),
            options=proposal.options.as_json(),
            rows_total=len(table.rows),
            report=report,
            recorded_at=actor.at,
            recorded_by=actor.name,
        )
    return row.reference


def _check_width(table: Table, filename: str) -> None:
    """Refuse a table so wide that its rejected rows could not come back with why beside them."""
    added = len(table.headers) - mapping.own_width(table.headers)
    for line, row in zip(table.lines, table.rows, strict=True):
        if len(row) - added > COLUMNS_MAX:
            raise Invalid(
                "too_many_columns",
                f"the table has more than {COLUMNS_MAX} columns",
                place=Place(file=filename, line=line),
                mend="Keep only the columns that are needed",
            )


def _require(actor: Actor) -> None:
    if not actor.may(PERMISSION):
        raise Refused("not_permitted", f"{actor.name} may not do {PERMISSION}", command=PERMISSION)


def _remembered(actor: Actor, kind: str, table: Table) -> tuple[dict[str, int], Options] | None:
    row = ImportMapping.objects.filter(
        company_id=actor.company_id, kind=kind, header_key=mapping.header_key(table.headers)
    ).first()
    if row is None:
        return None
    columns = {str(name): int(column) for name, column in row.mapping["columns"].items()}
    return columns, Options(**row.mapping["options"])


@transaction.atomic
def set_mapping(
    actor: Actor,
    reference: str,
    *,
    columns: Mapping[str, int] | None = None,
    options: Options | None = None,
) -> RunRow:
    """Set which column means what and how cells are read, and remember it for this header row.

    What is not given stays as it is. Refused once rows were loaded.
    """
    _require(actor)
    row = _locked(actor, reference)
    if row.rows_done or row.status != ImportRun.Status.WAITING:
        raise Refused("import_begun", f"Import {reference} has begun; open the file anew")
    chosen = dict(columns) if columns is not None else row.mapping
    _check_columns(kinds.kind_of(row.kind), chosen, row.report["headers"])
    _check_options(options)
    row.mapping = chosen
    if options is not None:
        row.options = options.as_json()
    row.save(update_fields=["mapping", "options"])
    ImportMapping.objects.update_or_create(
        company_id=actor.company_id,
        kind=row.kind,
        header_key=mapping.header_key(row.report["headers"]),
        defaults={
            "mapping": {"columns": row.mapping, "options": row.options},
            "recorded_at": actor.at,
            "recorded_by": actor.name,
        },
    )
    return queries.run(actor.company_id, reference)


def _check_columns(kind: Kind, columns: Mapping[str, int], headers: Sequence[str]) -> None:
    known = {spec.name for spec in kind.fields}
    for name, column in columns.items():
        if name not in known:
            raise Invalid(
                "field_unknown",
                f"There is no field {name!r} in this kind of file",
                place=Place(field=name),
                mend=f"Use {', '.join(sorted(known))}",
            )
        if not 0 <= column < len(headers):
            raise Invalid(
                "column_unknown",
                f"The file has no column {column}",
                place=Place(field=name),
                mend=f"Columns count from 0 to {len(headers) - 1}",
            )


def _check_options(options: Options | None) -> None:
    if options is None:
        return
    for name, value, allowed in (
        ("date_order", options.date_order, ("dmy", "mdy")),
        ("decimal", options.decimal, ("point", "comma")),
    ):
        if value not in allowed:
            raise Invalid(
                "option_unknown",
                f"{value!r} is no {name}",
                place=Place(field=name),
                mend=f"Use {' or '.join(allowed)}",
            )
    if options.currency and values.parse_currency(options.currency) != options.currency:
        raise Invalid(
            "currency_unknown",
            f"{options.currency!r} is no currency",
            place=Place(field="currency"),
            mend="Use its three capital letters, such as EUR",
        )


@uncollected
def load(
    actor: Actor,
    reference: str,
    *,
    chunk_rows: int = CHUNK_ROWS,
    progress: Progress | None = None,
) -> RunRow:
    """Load the rows that are good and keep the others as a file that says why; return the run.

    Each chunk commits with its mark: stopped at any instant, the same call goes on where it
    stopped, and any number of them at once load every row once. A finished import is returned
    as it is. In a preview all of it is rolled back.
    """
    _require(actor)
    if showing.shown.get() is not None:
        return check(actor, reference)
    with _prepared(actor, reference, chunk_rows) as one:
        while _load_next(actor, one):
            if progress is not None:
                found = queries.run(actor.company_id, reference)
                progress(found.rows_done, found.rows_total)
    return queries.run(actor.company_id, reference)


def check(actor: Actor, reference: str) -> RunRow:
    """Return what loading would come to, and leave nothing behind."""
    # Its chunks build on one another, so they are not rolled back one by one.
    token = showing.shown.set(None)
    try:
        with transaction.atomic():
            found = load(actor, reference)
            transaction.set_rollback(True)
    finally:
        showing.shown.reset(token)
    return replace(found, rejected_file_id=None)


@contextmanager
def _prepared(actor: Actor, reference: str, chunk_rows: int) -> Iterator[_Load]:
    run = queries.run(actor.company_id, reference)
    kind = kinds.kind_of(run.kind)
    missing = kind.missing(run.mapping)
    if missing:
        raise Refused(
            "mapping_incomplete",
            f"No column is chosen for {', '.join(missing)}",
            fields=missing,
        )
    file = kept_file(actor.company_id, run.file_id)
    table = read_table(file.content, file.name)
    options = kind.settled(actor, run.options)
    parser = Parser(kind.fields, run.mapping, run.options, len(table.headers))
    with ahead.reading(kind, table, parser, options) as reader:
        yield _Load(kind, table, reader, options, reference, file.sha256, chunk_rows)


def _locked(actor: Actor, reference: str) -> ImportRun:
    row = (
        ImportRun.objects.select_for_update()
        .filter(company_id=actor.company_id, reference=reference)
        .first()
    )
    if row is None:
        raise NotFound("import_unknown", f"There is no import {reference!r}", reference=reference)
    return row


@transaction.atomic
def _load_next(actor: Actor, one: _Load) -> bool:
    """Load the chunk at the mark and move the mark; return whether anything was left to do."""
    row = _locked(actor, one.reference)
    if row.status == ImportRun.Status.DONE:
        return False
    first = row.rows_done
    if first >= len(one.table.rows):
        _finish(actor, row, one)
        return False
    chunk = one.reader.chunk(first, one.chunk_rows)
    parsed = chunk.parsed
    batch = Batch(
        run_id=row.id,
        manifest=Manifest(one.reference, one.sha256, first, chunk.row_count),
        options=one.options,
        lines=[one.table.lines[first + position] for position in parsed.positions],
        columns=parsed.columns,
        prepared=chunk.prepared,
    )
    outcome = one.kind.load(actor.keyed(None), batch)
    faults = [
        *parsed.faults,
        *(replace(fault, position=parsed.positions[fault.position]) for fault in outcome.faults),
    ]
    row.status = ImportRun.Status.RUNNING
    row.rows_done += chunk.row_count
    row.rows_accepted += outcome.accepted
    row.rows_known += outcome.known
    row.rows_rejected += len(faults)
    _keep_faults(actor, row, faults, first)
    row.save()
    return True


def _keep_faults(actor: Actor, row: ImportRun, faults: Sequence[RowFault], first: int) -> None:
    """Keep the faults of a chunk as a file of its own, so that a run never rewrites them."""
    if not faults:
        return
    ordered = sorted(faults, key=lambda fault: fault.position)
    told = [[first + fault.position, fault.field, fault.code, fault.detail] for fault in ordered]
    name = f"{row.reference}-faults-{first}.json.z"
    content = zlib.compress(json.dumps([row.reference, told]).encode())
    counts = Counter(row.report.get("faults", {}))
    counts.update(fault.code for fault in faults)
    row.report = {
        **row.report,
        "faults": dict(counts),
        "fault_files": [*row.report.get("fault_files", []), keep_file(actor, name, content)],
    }


def _finish(actor: Actor, row: ImportRun, one: _Load) -> None:
    """Mark the run done, and keep the rejected rows as a file that can be loaded again."""
    if row.rows_rejected:
        content = _rejected_csv(one, list(_kept_faults(actor, row)))
        stem = row.file.name.rpartition(".")[0] or row.file.name
        row.rejected_file_id = keep_file(actor, f"{stem}-rejected-{row.reference}.csv", content)
    row.status = ImportRun.Status.DONE
    row.save()


def _kept_faults(actor: Actor, row: ImportRun) -> Iterator[RowFault]:
    for file_id in row.report.get("fault_files", []):
        content = kept_file(actor.company_id, file_id).content
        _, told = json.loads(zlib.decompress(content))
        for position, field, code, detail in told:
            yield RowFault(position, field, code, detail)


def _rejected_csv(one: _Load, faults: Sequence[RowFault]) -> bytes:
    """Return the rejected rows as they came, with line, field, why and mend beside them."""
    width = mapping.own_width(one.table.headers)
    columns = {spec.name: spec for spec in one.kind.fields}
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=one.table.delimiter or ",", lineterminator="\r\n")
    headers = [*one.table.headers[:width], *mapping.ADDED]
    writer.writerow([values.neutralised(cell) for cell in headers])
    for fault in faults:
        cells = one.table.rows[fault.position]
        why, mend = words.why_and_mend(one.kind, fault.code, fault.detail)
        field = fault.field if fault.field in columns else ""
        surplus = cells[len(one.table.headers) :]
        line = str(one.table.lines[fault.position])
        told = [*cells[:width], line, field, why, mend, *surplus]
        writer.writerow([values.neutralised(cell) for cell in told])
    return b"\xef\xbb\xbf" + text.getvalue().encode()
