"""The commands about the credit policy."""

from __future__ import annotations

from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer(no_args_is_help=True, help="The credit policy in words; drafts beside it.")
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]
File = Annotated[
    str, typer.Argument(help="JSON of a policy; left out: the draft changed last in the company.")
]


@app.command("show")
def show(
    version: Annotated[int, typer.Option(help="A version; left out: the one in force.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="As it was written.")] = False,
    company: Company = "",
) -> None:
    """Print the rules in force, every one as a sentence."""
    enter()
    end(do("policy", "show", version=version, as_json=as_json, company=company))


@app.command("compare")
def compare(file: File = "", company: Company = "") -> None:
    """Print in words what a draft changes against the rules in force."""
    enter()
    end(do("policy", "compare", file=file, company=company))


@app.command("readers")
def readers(
    version: Annotated[int, typer.Option(help="A version; left out: the one published last.")] = 0,
    remind: Annotated[bool, typer.Option("--remind", help="Remind whoever has not.")] = False,
    company: Company = "",
) -> None:
    """Print who was told of a version and who has read it."""
    enter()
    end(do("policy", "readers", version=version, remind=remind, company=company))


@app.command("simulate")
def simulate(
    file: File = "",
    days: Annotated[int, typer.Option(help="So many days back.", min=1, max=3650)] = 365,
    company: Company = "",
) -> None:
    """Print which orders, limits and reminders a draft would have changed; write nothing."""
    enter()
    end(do("policy", "simulate", file=file, days=days, company=company))
