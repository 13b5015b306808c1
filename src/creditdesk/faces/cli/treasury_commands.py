"""The commands about mandates, direct debits and refunds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

mandates = typer.Typer(no_args_is_help=True, help="Mandates for direct debits.")
debits = typer.Typer(no_args_is_help=True, help="Direct debits.")
refunds = typer.Typer(no_args_is_help=True, help="Refunds.")
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]
Mandate = Annotated[str, typer.Argument(help="Reference of the mandate, MND-2026-000001.")]
Run = Annotated[str, typer.Argument(help="Reference of the collection, DD-2026-000001.")]
File = Annotated[str, typer.Argument(help="Reference of the file, PF-2026-000001.")]
Day = Annotated[str, typer.Argument(help="The day money is collected on, 2026-03-31.")]
Scheme = Annotated[str, typer.Option(help="CORE or B2B.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="File or folder to write to.")]
Why = Annotated[str, typer.Option(help="Why; it is kept for good.")]


@mandates.command("list")
def list_mandates(company: Company = "") -> None:
    """List the mandates, those with a change that waits first."""
    enter()
    end(do("treasury", "list_mandates", company=company))


@mandates.command("add")
def add_mandate(
    customer: Annotated[str, typer.Argument(help="The customer's number.")],
    iban: Annotated[str, typer.Option(help="The account that is collected from.")],
    holder: Annotated[str, typer.Option(help="Whose account it is.")],
    signed_on: Annotated[str, typer.Option(help="The day it was signed, 2026-01-05.")],
    scheme: Scheme = "CORE",
    once: Annotated[bool, typer.Option("--once", help="For one collection only.")] = False,
    reference: Annotated[str, typer.Option(help="Its reference, where the paper has one.")] = "",
    company: Company = "",
) -> None:
    """Keep a mandate that a customer signed."""
    enter()
    end(
        do(
            "treasury", "add_mandate", customer=customer, iban=iban, holder=holder,
            signed_on=signed_on, scheme=scheme, is_once=once, reference=reference, company=company,
        )
    )  # fmt: skip


@mandates.command("revoke")
def revoke_mandate(reference: Mandate, why: Why, company: Company = "") -> None:
    """End a mandate: nothing is collected by it any more."""
    enter()
    end(do("treasury", "revoke_mandate", reference=reference, why=why, company=company))


@debits.command("list")
def list_runs(company: Company = "") -> None:
    """List the collections, the latest first."""
    enter()
    end(do("treasury", "list_runs", company=company))


@debits.command("preview")
def preview(collect_on: Day, scheme: Scheme = "CORE", company: Company = "") -> None:
    """Show what would be collected on a day; draw nothing up and tell nobody."""
    enter()
    end(
        do(
            "treasury", "collect", collect_on=collect_on, scheme=scheme, company=company,
            is_preview=True,
        )
    )  # fmt: skip


@debits.command("collect")
def collect(collect_on: Day, scheme: Scheme = "CORE", company: Company = "") -> None:
    """Draw up what is collected on a day and tell the customers; a person approves it."""
    enter()
    end(
        do(
            "treasury", "collect", collect_on=collect_on, scheme=scheme, company=company,
            is_preview=False,
        )
    )  # fmt: skip


@debits.command("file")
def debit_file(reference: Run, out: Out = Path(), company: Company = "") -> None:
    """Write the file of an approved collection for the bank; who fetched it is kept."""
    enter()
    end(do("treasury", "debit_file", reference=reference, out=out, company=company))


@debits.command("handed-over")
def handed_over(reference: Run, company: Company = "") -> None:
    """Say that the bank has the file; from now on the collection cannot be cancelled."""
    enter()
    end(do("treasury", "handed_over", reference=reference, company=company))


@refunds.command("list")
def list_refunds(company: Company = "") -> None:
    """List the refunds, those that wait for somebody first."""
    enter()
    end(do("treasury", "list_refunds", company=company))


@refunds.command("file")
def refund_file(reference: File, out: Out = Path(), company: Company = "") -> None:
    """Write a file of released refunds for the bank; who fetched it is kept."""
    enter()
    end(do("treasury", "fetch", reference=reference, out=out, company=company))
