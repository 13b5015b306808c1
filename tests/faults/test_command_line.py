"""A command that was killed halfway is gone on with by giving it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from creditdesk.faces.cli import files
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.plumbing.imports import queries
from creditdesk.plumbing.imports import services as imports
from tests.day import desk as small

ROWS = 30


class Killed(BaseException):
    """The command is gone."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    day = small.TODAY
    rows = [f"C{n % 2};CSV-{n};{day};{day};EUR;10.00" for n in range(ROWS)]
    made = tmp_path / "invoices.csv"
    head = "Customer number;Invoice number;Invoice date;Due date;Currency;Net amount"
    made.write_text("\n".join([head, *rows]))
    return made


def given(file: Path, columns: tuple[str, ...] = ()) -> int:
    return files.import_file(
        kind="invoices", file=file, company="acme", columns=columns, options=(),
        create_customers=False, rejected=None,
    )  # fmt: skip


def stopped(actor: Actor, file: Path) -> str:
    """Load a part of the file, as a command does that is killed then; return its import."""
    reference = imports.open_run(
        actor, kind="invoices", filename=file.name, content=file.read_bytes()
    )

    def die(_done: int, _total: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        imports.load(actor, reference, chunk_rows=10, progress=die)
    assert queries.run(actor.company_id, reference).rows_done == 10
    return reference


def test_an_import_that_was_stopped_is_gone_on_with(
    actor: Actor, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small.opened(actor, customer_count=2)
    reference = stopped(actor, file)
    assert given(file) == 0
    assert capsys.readouterr().out.startswith(f"{reference}: invoices.csv, {ROWS} rows")
    [run] = queries.runs(actor.company_id)
    assert (run.status, run.rows_done, run.rows_accepted, run.rows_known) == ("done", 30, 30, 0)
    assert sql.scalar("SELECT count(*) FROM invoices_invoice WHERE number LIKE 'CSV-%%'") == ROWS

    # Given once more it is an import of its own, which finds every row.
    assert given(file) == 0
    again, first = queries.runs(actor.company_id)
    assert (again.status, again.rows_accepted, again.rows_known) == ("done", 0, 30)
    assert first == run


def test_who_says_how_to_read_it_begins_anew(actor: Actor, file: Path) -> None:
    small.opened(actor, customer_count=2)
    stopped(actor, file)
    assert given(file, columns=("net=Net amount",)) == 0
    again, first = queries.runs(actor.company_id)
    assert (first.status, first.rows_done) == ("running", 10)
    assert (again.status, again.rows_accepted, again.rows_known) == ("done", 20, 10)
