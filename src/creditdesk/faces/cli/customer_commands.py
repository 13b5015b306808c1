"""The commands about accounts and their groups."""

from __future__ import annotations

from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer(no_args_is_help=True, help="Accounts: how they stand, merged, closed.")
group_app = typer.Typer(no_args_is_help=True, help="Whom customers belong to, by day.")
app.add_typer(group_app, name="group")
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]
Number = Annotated[str, typer.Argument(help="Number of the customer.")]
Reason = Annotated[str, typer.Option(help="Why, in words; it is kept for good.")]
Preview = Annotated[bool, typer.Option("--preview", help="Show what it would do; write nothing.")]


@app.command("show")
def show(number: Number, company: Company = "") -> None:
    """Print an account: state, identifiers, terms, people, block, and what keeps it open."""
    enter()
    end(do("customers", "show", number=number, company=company))


@app.command("close")
def close(number: Number, reason: Reason, company: Company = "") -> None:
    """Close an account; status 1, with what stands in the way, while anything does."""
    enter()
    end(do("customers", "close", number=number, reason=reason, company=company))


@app.command("merge")
def merge(
    number: Number,
    survivor: Annotated[str, typer.Argument(help="The account that goes on in its place.")],
    reason: Reason,
    preview: Preview = False,
    company: Company = "",
) -> None:
    """Let a duplicate become another account; what is open on it runs off where it is."""
    enter()
    end(do("customers", "merge", number=number, survivor=survivor, reason=reason,
           company=company, is_preview=preview))  # fmt: skip


@group_app.command("show")
def group_show(
    number: Number,
    on: Annotated[str, typer.Option("--date", help="On this day; left out: today.")] = "",
    company: Company = "",
) -> None:
    """Print everybody of a customer's group on a day."""
    enter()
    end(do("customers", "group", number=number, on=on, company=company))


@group_app.command("set")
def group_set(
    number: Number,
    parent: Annotated[str, typer.Argument(help="Whom it belongs to; left out: to nobody.")] = "",
    valid_from: Annotated[
        str, typer.Option("--from", help="The day it counts from; left out: today.")
    ] = "",
    company: Company = "",
) -> None:
    """Let a customer belong to another from a day on, or to nobody."""
    enter()
    end(do("customers", "belong", number=number, parent=parent, valid_from=valid_from,
           company=company))  # fmt: skip
