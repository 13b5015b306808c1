"""The command about how customers pay."""

from __future__ import annotations

from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer()


@app.command("rating")
def rating(
    number: Annotated[str, typer.Argument(help="The customer's number.")],
    company: Annotated[str, typer.Option("--company", "-c", help="Code of the company.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell how a customer pays: grade, PAYDEX, drift, and what they rest on."""
    enter()
    end(do("ratings", "show", number=number, company=company, as_json=as_json))
