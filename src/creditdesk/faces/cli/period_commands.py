"""The commands about the periods of the books."""

from __future__ import annotations

from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer(no_args_is_help=True, help="Periods of the books.")
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]


@app.command("list")
def list_(company: Company = "") -> None:
    """List the periods of the books with their status."""
    enter()
    end(do("periods", "list_all", company=company))


@app.command("close")
def close(
    until: Annotated[str, typer.Argument(help="The month, 2026-03, or its last day, 2026-03-31.")],
    company: Company = "",
    soft: Annotated[
        bool, typer.Option("--soft", help="Who holds ledger.post_closed may still post.")
    ] = False,
) -> None:
    """Close the books through a period; refused unless they prove and earlier ones are closed."""
    enter()
    end(do("periods", "close", until=until, company=company, soft=soft))


@app.command("reopen")
def reopen(
    until: Annotated[str, typer.Argument(help="The month, 2026-03, or its last day, 2026-03-31.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept for good.")],
    company: Company = "",
) -> None:
    """Open the last closed period again."""
    enter()
    end(do("periods", "reopen", until=until, company=company, reason=reason))
