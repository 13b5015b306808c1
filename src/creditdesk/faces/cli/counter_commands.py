"""The commands about what is taken over the counter, and its way to the bank."""

from __future__ import annotations

from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

receipt = typer.Typer(no_args_is_help=True, help="Cheques and cash taken over the counter.")
deposit = typer.Typer(no_args_is_help=True, help="Cheques and cash brought to the bank.")
till = typer.Typer(no_args_is_help=True, help="The till: what lies in it, and counting it.")
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]
Receipt = Annotated[str, typer.Argument(help="Number of the receipt, RCP-2026-000001.")]
Deposit = Annotated[str, typer.Argument(help="Number of the deposit, DEP-2026-000001.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]


@receipt.command("list")
def list_receipts(
    company: Company = "",
    state: Annotated[str, typer.Option("--state", help="Only those that stand so.")] = "",
) -> None:
    """List the receipts, the latest first, at most 500."""
    enter()
    end(do("counter", "list_receipts", state=state, company=company))


@receipt.command("cancel")
def cancel_receipt(reference: Receipt, reason: Reason, company: Company = "") -> None:
    """Cancel a receipt that was not brought to the bank."""
    enter()
    end(do("counter", "cancel_receipt", reference=reference, reason=reason, company=company))


@deposit.command("list")
def list_deposits(company: Company = "") -> None:
    """List the deposits, those the bank has not credited first."""
    enter()
    end(do("counter", "list_deposits", company=company))


@deposit.command("create")
def create_deposit(
    account: Annotated[str, typer.Argument(help="The bank account it is brought to.")],
    company: Company = "",
    currency: Annotated[str, typer.Option("--currency", help="Which currency.")] = "EUR",
) -> None:
    """Put everything that waits in a currency on one deposit."""
    enter()
    end(do("counter", "create_deposit", account=account, currency=currency, company=company))


@deposit.command("void")
def void_deposit(reference: Deposit, reason: Reason, company: Company = "") -> None:
    """Say that a deposit never got to the bank; its receipts may be deposited anew."""
    enter()
    end(do("counter", "void_deposit", reference=reference, reason=reason, company=company))


@till.command("list")
def list_tills(company: Company = "") -> None:
    """List what the book says lies in the till, by currency."""
    enter()
    end(do("counter", "list_tills", company=company))


@till.command("show")
def show_till(
    company: Company = "",
    currency: Annotated[str, typer.Option("--currency", help="Which currency.")] = "",
) -> None:
    """Show the cash and the differences that the next slip takes to the bank."""
    enter()
    end(do("counter", "show_till", currency=currency, company=company))


@till.command("counts")
def list_counts(company: Company = "") -> None:
    """List the counts of the till, the latest first, at most 500."""
    enter()
    end(do("counter", "list_counts", company=company))


@till.command("count")
def count_till(
    counted: Annotated[str, typer.Argument(help="What was counted, such as 120.50.")],
    company: Company = "",
    currency: Annotated[str, typer.Option("--currency", help="Which currency.")] = "",
    book: Annotated[
        str, typer.Option("--book", help="What you saw the book say; another by now is refused.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why it differs.")] = "",
) -> None:
    """Keep what was counted in the till, and post by how much it is off."""
    enter()
    end(do("counter", "count_till", counted=counted, currency=currency, book=book, reason=reason,
           company=company))  # fmt: skip
