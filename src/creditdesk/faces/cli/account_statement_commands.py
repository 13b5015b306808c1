"""The commands about statements of account."""

from __future__ import annotations

from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer(no_args_is_help=True, help="Statements of account.")
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]


@app.command("send")
def send(
    customer: Annotated[str, typer.Argument(help="Number of the customer.")],
    since: Annotated[
        str, typer.Option("--from", help="First day; left out: the month before the last day's.")
    ] = "",
    until: Annotated[str, typer.Option("--to", help="Last day; left out: today.")] = "",
    company: Company = "",
) -> None:
    """Send a customer what stood open, what moved, and what stands open."""
    enter()
    end(do("account_statements", "send", customer=customer, since=since, until=until,
           company=company))  # fmt: skip


@app.command("due")
def due(company: Company = "") -> None:
    """Send every statement whose month or quarter is over, as the day does."""
    enter()
    end(do("account_statements", "send_due", company=company))


@app.command("every")
def every(
    every: Annotated[str, typer.Argument(help="month, quarter or never.")],
    customer: Annotated[str, typer.Option(help="Only this customer; left out: all others.")] = "",
    company: Company = "",
) -> None:
    """Say how often statements leave by themselves."""
    enter()
    end(do("account_statements", "set_every", every=every, customer=customer, company=company))
