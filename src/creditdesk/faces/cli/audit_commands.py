"""The commands about the audit trail and about what leaves: verify, publish, erase, hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from creditdesk import audit_verifier
from creditdesk.faces.cli.entering import do, end, enter

app = typer.Typer()
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]


@app.command()
def verify(
    company: Company = "",
    heads: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Published heads you kept.")
    ] = None,
    bundle: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="An exported bundle; asks no database."),
    ] = None,
) -> None:
    """Prove books and audit chain of every company; status 0 when they hold, 1 otherwise."""
    if bundle is not None:
        end(audit_verifier.main([str(bundle), *([str(heads)] if heads else [])]))
    enter()
    end(do("audit", "verify", company=company, heads=heads))


@app.command()
def seal() -> None:
    """Chain what was recorded and is settled; the scheduler does it every second."""
    enter()
    end(do("audit", "seal"))


@app.command()
def heads(
    company: Company = "",
    mail: Annotated[
        str | None, typer.Option("--mail-to", help="Mail each day's head to this address.")
    ] = None,
) -> None:
    """Publish the head of the audit chain now, to the heads file and by mail."""
    enter()
    end(do("audit", "heads", company=company, mail=mail))


@app.command("export-audit")
def export_audit(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    company: Company = "",
    house: Annotated[
        bool, typer.Option("--house", help="What belongs to no company: the journal of the door.")
    ] = False,
) -> None:
    """Write audit trail, protected tables, seals and heads as a bundle that verifies offline."""
    enter()
    end(do("audit", "export", folder=folder, company=company, house=house))


@app.command()
def erase(
    company: Company = "",
    customer: Annotated[str, typer.Option(help="Number of a customer.")] = "",
    contact: Annotated[str, typer.Option(help="E-mail address of a contact.")] = "",
    user: Annotated[str, typer.Option(help="Sign-in name of a user.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a person's data; says first what leaves and what must be kept, why and until when."""
    enter()
    end(
        do("erasing", "erase", company=company, customer=customer, contact=contact, user=user,
            yes=yes)
    )  # fmt: skip


@app.command()
def retention(
    company: Company = "",
    preview: Annotated[bool, typer.Option("--preview", help="Only say what is due.")] = False,
    run: Annotated[
        bool, typer.Option("--run", help="Erase it now; the day does so daily.")
    ] = False,
) -> None:
    """Say by which rules what is kept how long, which holds stand, and what is due to be erased."""
    enter()
    end(do("retention", "retention", company=company, run=run, preview=preview))


@app.command()
def hold(
    company: Company = "",
    customer: Annotated[str, typer.Option(help="Number of a customer.")] = "",
    contact: Annotated[str, typer.Option(help="E-mail address of a contact.")] = "",
    user: Annotated[str, typer.Option(help="Sign-in name of a user.")] = "",
    reason: Annotated[str, typer.Option(help="litigation, authority or inquiry.")] = "litigation",
    lift: Annotated[bool, typer.Option("--lift", help="End the hold.")] = False,
) -> None:
    """Let nothing of a person be erased, neither on request nor on schedule, until lifted."""
    enter()
    end(
        do("retention", "hold", company=company, customer=customer, contact=contact, user=user,
            reason=reason, lift=lift)
    )  # fmt: skip
