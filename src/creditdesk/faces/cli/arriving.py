"""The commands about what arrived: mail, deliveries, and closures that were a mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer()
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]


@app.command("mail-in")
def mail_in(
    files: Annotated[
        list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="Mails as files.")
    ] = None,
    *,
    company: Company = "",
) -> None:
    """Take in mails from files; without files, what is unread in the mailbox."""
    enter()
    end(do("mails", "take_in", files=files or [], company=company))


@app.command("confirm-delivery")
def confirm_delivery(
    numbers: Annotated[list[str] | None, typer.Argument(help="Documents that arrived.")] = None,
    *,
    company: Company = "",
    all_: Annotated[bool, typer.Option("--all", help="All that wait.")] = False,
    reason: Annotated[str, typer.Option(help="How it is known; kept.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what it does.")] = (
        False
    ),
) -> None:
    """Release documents taken over as not delivered; without numbers, list them."""
    enter()
    end(
        do(
            "mending", "confirm_delivery",
            numbers=numbers or [], company=company, is_all=all_, reason=reason, yes=yes,
        )
    )  # fmt: skip


@app.command("undo-closures")
def undo_closures(
    numbers: Annotated[list[str] | None, typer.Argument(help="Documents closed wrongly.")] = None,
    *,
    company: Company = "",
    import_: Annotated[str, typer.Option("--import", help="The import that closed them.")] = "",
    reason: Annotated[str, typer.Option(help="What was wrong; kept.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what it does.")] = (
        False
    ),
) -> None:
    """Take back closures imported by mistake, by new postings."""
    enter()
    end(
        do(
            "mending", "undo_closures",
            numbers=numbers or [], company=company, import_reference=import_, reason=reason,
            yes=yes,
        )
    )  # fmt: skip
