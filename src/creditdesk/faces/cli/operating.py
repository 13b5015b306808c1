"""The commands of whoever runs the installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter, enter_if_possible, enter_rooms_only

app = typer.Typer()


@app.command()
def worker(
    concurrency: Annotated[int, typer.Option(help="Jobs at the same time.", min=1, max=32)] = 1,
    grace: Annotated[
        int, typer.Option(help="Seconds a running job may take to end once told to stop.", min=0)
    ] = 20,
) -> None:
    """Run jobs only; as many of these as wanted, on any machine that reaches the database."""
    enter()
    end(do("running", "worker", concurrency=concurrency, grace_seconds=grace))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the dump; its manifest lies beside")],
) -> None:
    """Write a backup of this moment, with a manifest of what it must bring back."""
    enter()
    end(do("backup", "backup", file=file))


@app.command("restore-test")
def restore_test(
    file: Annotated[Path, typer.Argument(help="A dump made by creditdesk backup")],
) -> None:
    """Restore a backup beside, compare and prove it, and remove it; status 1 when it differs."""
    enter_rooms_only()
    end(do("backup", "restore_test", file=file))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A dump made by creditdesk backup")],
) -> None:
    """Bring a backup into this installation's empty database, compare and prove it."""
    enter(migrated=False)
    end(do("backup", "restore", file=file))


@app.command("backup-facts", hidden=True)
def backup_facts() -> None:
    """Print what the database holds as JSON."""
    enter(migrated=False)
    end(do("backup", "facts"))


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Look whether everything is as it should be, and say what mends what is not."""
    fault = enter_if_possible()
    end(do("doctor", "doctor", as_json=as_json, fault=fault))


@app.command()
def jobs(
    state: Annotated[
        str, typer.Option(help="waiting, running, retrying, stalled or dead only.")
    ] = "",
    retry: Annotated[int, typer.Option(help="Number of a failed job to run again.")] = 0,
    discard: Annotated[int, typer.Option(help="Number of a failed job to drop.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the jobs that are not over; retry or discard one that failed."""
    enter()
    end(do("jobs", "jobs", state=state, retry=retry, discard=discard, as_json=as_json))
