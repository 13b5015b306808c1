"""The commands about recurring invoices."""

from __future__ import annotations

from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer(no_args_is_help=True, help="Recurring invoices.")
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]
Reference = Annotated[str, typer.Argument(help="Reference of the plan, RIN-2026-000001.")]


@app.command("list")
def list_(company: Company = "") -> None:
    """List the plans with their next days, those that stopped first."""
    enter()
    end(do("recurring", "list_all", company=company))


@app.command("run")
def run(company: Company = "") -> None:
    """Issue what is due now, as the day run does; what was missed is made up for."""
    enter()
    end(do("recurring", "run", company=company))


@app.command("pause")
def pause(reference: Reference, company: Company = "") -> None:
    """Issue nothing of a plan until it is resumed."""
    enter()
    end(do("recurring", "pause", reference=reference, company=company))


@app.command("resume")
def resume(
    reference: Reference,
    company: Company = "",
    skip_missed: Annotated[
        bool, typer.Option("--skip-missed", help="Leave out what was missed.")
    ] = False,
) -> None:
    """Go on with a paused or stopped plan."""
    enter()
    end(do("recurring", "resume", reference=reference, skip_missed=skip_missed, company=company))


@app.command("end")
def end_(reference: Reference, company: Company = "") -> None:
    """End a plan for good; what was issued stands."""
    enter()
    end(do("recurring", "finish", reference=reference, company=company))
