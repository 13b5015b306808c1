"""The command about alerts."""

from __future__ import annotations

from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer()
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]


@app.command("alerts")
def alerts(
    company: Company = "",
    raise_: Annotated[
        bool, typer.Option("--raise", help="Look at every customer first, as the day does.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Those put off and closed as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the customers that want a look, the most pressing first."""
    enter()
    end(do("alerts", "show", company=company, look=raise_, every=every, as_json=as_json))
