"""The commands about late interest and compensation."""

from __future__ import annotations

from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer(no_args_is_help=True, help="Late interest and compensation.")
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]


@app.command("charge")
def charge(
    through: Annotated[
        str,
        typer.Option(help="The last day charged, 2026-03-31; left out: last month's end."),
    ] = "",
    company: Company = "",
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what would be charged; write nothing.")
    ] = False,
) -> None:
    """Charge late interest and compensation to all that qualify by policy."""
    enter()
    end(do("interest", "charge", through=through, company=company, is_preview=preview))


@app.command("list")
def list_(company: Company = "") -> None:
    """List what was charged, the last first."""
    enter()
    end(do("interest", "list_all", company=company))


@app.command("waive")
def waive(
    numbers: Annotated[list[int], typer.Argument(help="Numbers of charges, as the list has them.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept for good.")],
    company: Company = "",
) -> None:
    """Waive what stands of charges; where they were posted, by a posting of its own."""
    enter()
    end(do("interest", "waive", numbers=numbers, reason=reason, company=company))


@app.command("rates")
def rates(company: Company = "") -> None:
    """List the published rates of interest, and those that lack; then status 1."""
    enter()
    end(do("interest", "rates", company=company))


@app.command("rate")
def rate(
    reference: Annotated[str, typer.Argument(help="ecb_mro, boe_base, bbk_base or norges_policy.")],
    valid_on: Annotated[str, typer.Argument(help="1 January or 1 July, 2026-07-01.")],
    percent: Annotated[str, typer.Argument(help="Percent a year, without the law's margin.")],
    source: Annotated[str, typer.Option("--source", help="Where it was read; it is kept.")],
    company: Company = "",
) -> None:
    """Keep the published rate of a half-year; one known already is replaced."""
    enter()
    end(do("interest", "rate", reference=reference, valid_on=valid_on, percent=percent,
           source=source, company=company))  # fmt: skip
