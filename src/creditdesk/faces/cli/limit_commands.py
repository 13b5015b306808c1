"""The commands about limits and exposure."""

from __future__ import annotations

from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer(no_args_is_help=True, help="Limits: what may be owed, asked for, refused.")
exposure_app = typer.Typer()
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]
Number = Annotated[str, typer.Argument(help="Number of the customer.")]


@app.command("show")
def show(number: Number, company: Company = "") -> None:
    """Print what a customer may owe today, every part explained."""
    enter()
    end(do("limits", "show", number=number, company=company))


@app.command("requests")
def requests(
    every: Annotated[bool, typer.Option("--all", help="Also those decided already.")] = False,
    company: Company = "",
) -> None:
    """List the limits that are asked for; they are granted on the desk or over the API."""
    enter()
    end(do("limits", "requests", every=every, company=company))


@app.command("ask")
def ask(
    number: Number,
    amount: Annotated[str, typer.Argument(help="How much, such as 25000.00.")],
    reason: Annotated[str, typer.Option(help="Why, in words; it is kept for good.")],
    kind: Annotated[
        str, typer.Option(help="internal, temporary, insured or guaranteed.")
    ] = "internal",
    currency: Annotated[str, typer.Option(help="Left out: the customer's own.")] = "",
    until: Annotated[str, typer.Option(help="Last day; a temporary limit needs one.")] = "",
    company: Company = "",
) -> None:
    """Ask for a limit from today on; somebody decides."""
    enter()
    end(do("limits", "ask", number=number, amount=amount, reason=reason, kind=kind,
           currency=currency, until=until, company=company))  # fmt: skip


@app.command("refuse")
def refuse(
    reference: Annotated[str, typer.Argument(help="The request, LIM-….")],
    answer: Annotated[str, typer.Option(help="Why; whoever asked reads it.")],
    company: Company = "",
) -> None:
    """Refuse a limit that is asked for."""
    enter()
    end(do("limits", "refuse", reference=reference, answer=answer, company=company))


@exposure_app.command("exposure")
def exposure(
    number: Number,
    items: Annotated[bool, typer.Option("--items", help="Every document behind it.")] = False,
    company: Company = "",
) -> None:
    """Print what a customer owes and has on order, by bucket, and which of them count."""
    enter()
    end(do("limits", "exposure", number=number, with_items=items, company=company))
