"""The commands about what is taken over the counter, and its way to the bank."""

from __future__ import annotations

from typing import Annotated

import typer

from creditdesk.faces.cli.entering import do, end, enter

receipt = typer.Typer(no_args_is_help=True, help="Cheques and cash taken over the counter.")
deposit = typer.Typer(no_args_is_help=True, help="Cheques and cash brought to the bank.")
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
