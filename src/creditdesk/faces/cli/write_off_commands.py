"""The commands about write-offs."""

from __future__ import annotations

from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer(no_args_is_help=True, help="Write-offs, and what of them came in after all.")
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]
Number = Annotated[str, typer.Argument(help="Number of the invoice.")]
Reason = Annotated[str, typer.Option(help="Why, in words; it is kept for good.")]
Preview = Annotated[bool, typer.Option("--preview", help="Show what it would do; write nothing.")]


@app.command("list")
def list_(company: Company = "") -> None:
    """List what was written off, the last first."""
    enter()
    end(do("write_offs", "list_all", company=company))


@app.command("propose")
def propose(
    number: Number,
    because: Annotated[
        str,
        typer.Option(help="bad_debt, insolvency, small_balance, limitation or disputed_lost."),
    ],
    reason: Reason,
    amount: Annotated[str, typer.Option(help="A part; left out: all that is open.")] = "",
    company: Company = "",
) -> None:
    """Ask to write off what is open of an invoice; somebody approves it on the desk."""
    enter()
    end(do("write_offs", "propose", number=number, because=because, reason=reason,
           amount=amount, company=company))  # fmt: skip


@app.command("recover")
def recover(
    number: Number,
    reason: Reason,
    amount: Annotated[str, typer.Option(help="As much as came in; left out: all.")] = "",
    mistake: Annotated[
        bool, typer.Option("--mistake", help="It should not have been written off.")
    ] = False,
    company: Company = "",
) -> None:
    """Make an invoice owed again that was written off."""
    enter()
    end(do("write_offs", "recover", number=number, reason=reason, amount=amount,
           is_mistake=mistake, company=company))  # fmt: skip


@app.command("relieve")
def relieve(
    through: Annotated[
        str, typer.Option(help="The day by which the rule is met; left out: today.")
    ] = "",
    company: Company = "",
    preview: Preview = False,
) -> None:
    """Take back the tax within what was written off, where policy lets it be."""
    enter()
    end(do("write_offs", "relieve", through=through, company=company, is_preview=preview))
