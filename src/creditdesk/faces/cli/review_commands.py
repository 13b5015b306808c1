"""The commands about reviews."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer(help="Customers to be looked at again.")
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]


class State(StrEnum):
    """How reviews stand."""

    DUE = "due"
    OPEN = "open"
    DECIDED = "decided"


@app.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    state: Annotated[State, typer.Option(help="Which ones: due, open or decided.")] = State.OPEN,
    company: Company = "",
) -> None:
    """List the reviews that are open, those due first, with what is proposed."""
    if context.invoked_subcommand is None:
        enter()
        end(do("reviews", "show", state=state.value, company=company))


@app.command("start")
def start(
    customer: Annotated[str, typer.Argument(help="Number of the customer.")],
    reason: Annotated[str, typer.Option(help="Why it is reviewed now.")],
    company: Company = "",
) -> None:
    """Review a customer before its time."""
    enter()
    end(do("reviews", "start", customer=customer, reason=reason, company=company))
