"""Commands that take files in and write files: imports, bank statements, the journal."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from creditdesk.cash import services as cash
from creditdesk.customers import queries as customers
from creditdesk.faces.cli import companies, dates
from creditdesk.faces.cli.given_files import content_of
from creditdesk.faces.cli.tongue import gettext, ngettext, sentence
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.ledger import export as journal
from creditdesk.plumbing import whole_files
from creditdesk.plumbing.imports import queries as imports_read
from creditdesk.plumbing.imports import services as imports
from creditdesk.plumbing.imports.kinds import Options
from creditdesk.plumbing.imports.queries import RunRow

SOME_REJECTED = 3


def import_file(
    *,
    kind: str,
    file: Path | None,
    company: str,
    columns: Sequence[str],
    options: Sequence[str],
    create_customers: bool,
    rejected: Path | None,
) -> int:
    """Load a file; show the mapping and what became of the rows; status 3 when some came back."""
    if file is None:
        raise Invalid(
            "file_missing",
            "No file is named",
            place=Place(field="file"),
            mend="creditdesk import KIND FILE, or creditdesk import --watch FOLDER",
        )
    actor = companies.actor(companies.the_one(company))
    content = content_of(file)
    is_asked = bool(columns or options or create_customers)
    run = None if is_asked else _begun(actor, kind, content)
    if run is None:
        reference = imports.open_run(actor, kind=kind, filename=file.name, content=content)
        run = imports_read.run(actor.company_id, reference)
        run = imports.set_mapping(
            actor,
            reference,
            columns={**run.mapping, **_columns(columns, run.headers)},
            options=_options(run.options, options, create_customers=create_customers),
        )
    reference = run.reference
    _show_mapping(run)
    with Progress(
        TextColumn("· " + gettext("loading")),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
    ) as progress:
        task = progress.add_task("rows", total=run.rows_total)
        imports.load(
            actor, reference, progress=lambda done, _: progress.update(task, completed=done)
        )
    return _show_outcome(actor, reference, rejected)


def _begun(actor: Actor, kind: str, content: bytes) -> RunRow | None:
    """Return an import of the same bytes that was stopped halfway, to be gone on with."""
    run = imports_read.run_of_file(
        actor.company_id, kind=kind, sha256=hashlib.sha256(content).hexdigest()
    )
    return run if run is not None and run.status == "running" else None


def _columns(given: Sequence[str], headers: Sequence[str]) -> dict[str, int]:
    """Read `field=Heading` pairs against the file's headings."""
    chosen = {}
    for pair in given:
        field, _, heading = pair.partition("=")
        if heading not in headers:
            raise Invalid(
                "column_unknown",
                f"The file has no column {heading!r}",
                place=Place(field=field),
                mend=f"Its columns are: {', '.join(headers)}",
            )
        chosen[field] = list(headers).index(heading)
    return chosen


def _options(known: Options, given: Sequence[str], *, create_customers: bool) -> Options:
    values = {**asdict(known), "create_customers": known.create_customers or create_customers}
    for pair in given:
        name, _, value = pair.partition("=")
        if name not in values or name == "create_customers":
            raise Invalid(
                "option_unknown",
                f"There is no option {name!r}",
                place=Place(field="--option"),
                mend="Use date_order, decimal or currency",
            )
        values[name] = value
    return Options(**values)


def _show_mapping(run: RunRow) -> None:
    rows = ngettext("%(count)d row", "%(count)d rows", run.rows_total)
    print(f"{run.reference}: {run.filename}, {rows}")
    for field, column in sorted(run.mapping.items(), key=lambda pair: pair[1]):
        print(f"  {run.headers[column]:28} → {field}")


def _show_outcome(actor: Actor, reference: str, rejected: Path | None) -> int:
    run = imports_read.run(actor.company_id, reference)
    counts = {
        "accepted": run.rows_accepted, "known": run.rows_known, "rejected": run.rows_rejected,
    }  # fmt: skip
    print(
        gettext("%(accepted)d taken in, %(known)d known already, %(rejected)d rejected", **counts)
    )
    for code, count in sorted(run.faults.items()):
        print(f"  {count:8} {code}")
    if not run.rows_rejected:
        return 0
    if rejected is not None:
        content = imports_read.rejected_file(actor.company_id, reference).content
        whole_files.write_where_told(rejected, [content])
        told = gettext(
            "The rejected rows, with why and how to mend them, are in %(file)s", file=rejected
        )
        print(told)
    return SOME_REJECTED


def load_statements(*, files: Sequence[Path], company: str) -> int:
    """Take bank files in one by one, then match; status 2 when a file was refused."""
    actor = companies.actor(companies.the_one(company))
    refused = 0
    for file in files:
        try:
            content = content_of(file)
        except Invalid as error:
            refused = 2
            print(f"creditdesk: {sentence(error)} [{error.code}]", file=sys.stderr)
            continue
        try:
            taken = cash.take_in(actor, filename=file.name, content=content)
        except Invalid as error:
            refused = 2
            cash.keep_refused(
                actor, filename=file.name, content=content, why=cash.refusal_of(error)
            )
            print(f"creditdesk: {sentence(error)} [{error.code}]", file=sys.stderr)
        else:
            counts = {
                "lines": taken.lines_total, "new": taken.lines_new, "payments": taken.payments,
            }  # fmt: skip
            told = gettext("%(lines)d lines, %(new)d new, %(payments)d payments", **counts)
            print(f"{file.name}: {told}")
    matched = cash.match(actor)
    counts = {"applied": matched.applied, "left": matched.left}
    print(gettext("%(applied)d payments applied, %(left)d left for a person", **counts))
    return refused


def export(*, what: str, file: Path, company: str, as_of: str) -> int:
    """Write the journal of a company; `-` is standard output."""
    if what != "beancount":
        raise Invalid(
            "export_unknown",
            f"There is no export {what!r}",
            place=Place(field="what"),
            mend="Use: creditdesk export beancount FILE, or creditdesk export decisions FILE",
        )
    of = companies.the_one(company)
    lines = journal.beancount_lines(
        of.id,
        as_of=dates.day_of(as_of, "--as-of") if as_of else None,
        title=of.name,
        customers=customers.names(of.id),
    )
    if str(file) == "-":
        sys.stdout.writelines(f"{line}\n" for line in lines)
        return 0
    whole_files.write_where_told(file, (f"{line}\n".encode() for line in lines))
    print(gettext("The books of %(name)s are in %(file)s", name=of.name, file=file))
    return 0
