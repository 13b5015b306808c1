"""The commands about money that came in: another currency, credit set off, order of allocation."""

from __future__ import annotations

from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer(
    no_args_is_help=True, help="Payments: another currency, credit set off, order of allocation."
)
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]
Items = Annotated[
    list[str],
    typer.Argument(help="Invoices, INV-1 or INV-1/2 for an instalment, with =100.00 for a part."),
]
Preview = Annotated[bool, typer.Option("--preview", help="Show what it would do; write nothing.")]


@app.command("rates")
def rates(
    payment: Annotated[str, typer.Argument(help="PAY-…")],
    company: Company = "",
) -> None:
    """List the payer's open items in other currencies, and what each costs."""
    enter()
    end(do("cash", "rates", payment=payment, company=company))


@app.command("exchange")
def exchange(
    payment: Annotated[str, typer.Argument(help="PAY-…")],
    items: Items,
    company: Company = "",
    *,
    preview: Preview = False,
) -> None:
    """Apply a payment to items in another currency, at the bank's rate or the day's."""
    enter()
    end(do("cash", "exchange", payment=payment, items=items, company=company, is_preview=preview))


@app.command("set-off")
def set_off(
    credit: Annotated[str, typer.Argument(help="Number of a credit note, or PAY-…")],
    items: Items,
    company: Company = "",
    *,
    preview: Preview = False,
) -> None:
    """Set a credit note, or unapplied money, against open items of its customer."""
    enter()
    end(do("cash", "set_off", credit=credit, items=items, company=company, is_preview=preview))


@app.command("undo")
def undo(
    credit: Annotated[str, typer.Argument(help="PAY-…, or the number of a credit note.")],
    company: Company = "",
) -> None:
    """Take back what a payment settled, or what a credit note was set off against."""
    enter()
    end(do("cash", "undo", credit=credit, company=company))


@app.command("order")
def order(
    company: Company = "",
    *,
    replay: Annotated[
        bool, typer.Option("--replay", help="Pay by date what the order decided before.")
    ] = False,
    preview: Preview = False,
) -> None:
    """Show the order of allocation in force, or replay what it decided."""
    enter()
    end(do("cash", "order", company=company, is_replay=replay, is_preview=preview))
