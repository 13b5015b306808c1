"""The commands about scorecards."""

from __future__ import annotations

from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer(no_args_is_help=True, help="Scorecards.")
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]


@app.command("fit")
def fit(company: Company = "") -> None:
    """Learn a card from your own history; refused where too few of your customers failed."""
    enter()
    end(do("cards", "fit", company=company))


@app.command("show")
def show(company: Company = "") -> None:
    """List the learned cards with how they did on customers they never saw."""
    enter()
    end(do("cards", "show", company=company))


@app.command("approve")
def approve(
    card: Annotated[int, typer.Argument(help="The card's number, as `card show` lists it.")],
    valid_from: Annotated[str, typer.Option("--from", help="The day it counts from, 2026-03-31.")],
    company: Company = "",
) -> None:
    """Let a card count from a day on; refused for whoever made it."""
    enter()
    end(do("cards", "approve", card=card, valid_from=valid_from, company=company))
