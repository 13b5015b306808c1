"""The commands about deliveries of issued documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer(no_args_is_help=True, help="How issued documents reach their customers.")
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]
Number = Annotated[str, typer.Argument(help="Number of a document issued here.")]
Reference = Annotated[str, typer.Argument(help="Reference of a batch, such as PRT-2026-000001.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="File or folder to write to.")]


@app.command("send")
def send(
    numbers: Annotated[list[str], typer.Argument(help="Numbers of documents issued here.")],
    channel: Annotated[
        str, typer.Option(help="email or post; left out: as the customer prefers.")
    ] = "",
    form: Annotated[
        list[str] | None,
        typer.Option(help="pdf, ubl or cii, also several; left out: as the customer prefers."),
    ] = None,
    reason: Annotated[
        str, typer.Option(help="Why it is sent once more; needed where it was sent before.")
    ] = "",
    company: Company = "",
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what would happen; send nothing.")
    ] = False,
) -> None:
    """Put documents on their way; mails leave with the next sending."""
    enter()
    end(
        do(
            "delivery", "send", numbers=numbers, channel=channel, forms=form or [],
            reason=reason, company=company, is_preview=preview,
        )
    )  # fmt: skip


@app.command("show")
def show(number: Number, company: Company = "") -> None:
    """Show what is known of how a document reached its customer."""
    enter()
    end(do("delivery", "show", number=number, company=company))


@app.command("print")
def print_(
    out: Out = Path(),
    company: Company = "",
    both_sides: Annotated[
        bool,
        typer.Option("--both-sides", help="Begin each on a fresh sheet of a two-sided print."),
    ] = False,
) -> None:
    """Print everything that waits for the post as one PDF with a list in front."""
    enter()
    end(do("delivery", "print_", out=out, is_both_sides=both_sides, company=company))


@app.command("again")
def again(reference: Reference, out: Out = Path(), company: Company = "") -> None:
    """Write the PDF of a batch once more, as it was."""
    enter()
    end(do("delivery", "again", reference=reference, out=out, company=company))


@app.command("posted")
def posted(
    reference: Reference,
    on: Annotated[str, typer.Option(help="The day, 2026-03-31; left out: today.")] = "",
    company: Company = "",
) -> None:
    """Say that a batch was handed to the post: its documents are delivered."""
    enter()
    end(do("delivery", "posted", reference=reference, on=on, company=company))
