"""The command `creditdesk`: what can be typed, and nothing else.

Each command names the function that does it; the function's module is loaded only after the
database and the rooms are ready, so that `--help` and `bank read` start neither.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from creditdesk.faces.cli import (
    account_statement_commands,
    alert_commands,
    arriving,
    audit_commands,
    card_commands,
    cash_commands,
    counter_commands,
    customer_commands,
    delivery_commands,
    interest_commands,
    limit_commands,
    operating,
    period_commands,
    policy_commands,
    rating_commands,
    recurring_commands,
    review_commands,
    tongue,
    tool,
    treasury_commands,
    user_commands,
    write_off_commands,
)
from creditdesk.faces.cli.entering import do as _do
from creditdesk.faces.cli.entering import end as _end
from creditdesk.faces.cli.entering import enter as _enter
from creditdesk.faces.cli.entering import enter_rooms_only as _enter_rooms_only
from creditdesk.faces.cli.entering import system_fault as _system_fault
from creditdesk.kernel.errors import DomainError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="A credit department in software.",
)
bank_app = typer.Typer(no_args_is_help=True, help="Bank statement files.")
app.add_typer(bank_app, name="bank")
app.add_typer(period_commands.app, name="period")
app.add_typer(arriving.app)
app.add_typer(interest_commands.app, name="interest")
app.add_typer(policy_commands.app, name="policy")
app.add_typer(customer_commands.app, name="customer")
app.add_typer(limit_commands.app, name="limit")
app.add_typer(limit_commands.exposure_app)
app.add_typer(write_off_commands.app, name="write-offs")
app.add_typer(card_commands.app, name="card")
app.add_typer(review_commands.app, name="reviews")
app.add_typer(cash_commands.app, name="cash")
app.add_typer(account_statement_commands.app, name="account-statement")
app.add_typer(delivery_commands.app, name="delivery")
app.add_typer(recurring_commands.app, name="recurring")
app.add_typer(counter_commands.receipt, name="receipt")
app.add_typer(counter_commands.deposit, name="deposit")
app.add_typer(counter_commands.till, name="till")
app.add_typer(treasury_commands.mandates, name="mandate")
app.add_typer(treasury_commands.debits, name="debit")
app.add_typer(treasury_commands.refunds, name="refund")
app.add_typer(alert_commands.app)
app.add_typer(operating.app)
app.add_typer(audit_commands.app)
app.add_typer(rating_commands.app)
app.add_typer(user_commands.app, name="user")

REFUSED = 2
Company = Annotated[str, typer.Option("--company", "-c", help="Code of the company.")]


def run() -> None:
    """Run the command line; what a person can mend ends with one clear line and status 2."""
    try:
        tool.run(app)
    except DomainError as error:
        _end_with(error)
    except BrokenPipeError:
        raise
    except OSError as fault:
        _end_with(_system_fault(fault))


def _end_with(error: DomainError) -> NoReturn:
    print(f"creditdesk: {tongue.sentence(error)} [{error.code}]", file=sys.stderr)
    sys.exit(REFUSED)


@app.command()
def init(
    company: Annotated[str, typer.Option(help="Code of a first company to found.")] = "",
    name: Annotated[str, typer.Option(help="Its name.")] = "",
    currency: Annotated[str, typer.Option(help="Its currency, ISO 4217; EUR if new.")] = "",
    country: Annotated[str, typer.Option(help="Its country, ISO 3166; DE if new.")] = "",
    timezone: Annotated[str, typer.Option(help="Its time zone; Europe/Berlin if new.")] = "",
    sender: Annotated[str, typer.Option(help="E-mail address its letters come from.")] = "",
    book: Annotated[
        str, typer.Option(help="Whose books count: own, or erp where documents come from an ERP.")
    ] = "",
) -> None:
    """Make or upgrade the database, and found or change the company if one is named.

    Of a company that is there already, only what is given changes.
    """
    _enter(migrated=False)
    _end(
        _do(
            "install", "init",
            code=company, name=name, currency=currency, country=country, timezone=timezone,
            sender=sender, book=book,
        )
    )  # fmt: skip


@app.command(hidden=True)
def migrate() -> None:
    """Bring the database's tables and rights up to date."""
    _enter(migrated=False)
    _end(_do("install", "bring_up_to_date"))


@app.command("check-migrations", hidden=True)
def check_migrations() -> None:
    """Fail when a model has no migration."""
    _enter_rooms_only()
    _end(_do("install", "check_migrations"))


@app.command("gather-messages", hidden=True)
def gather_messages(
    language: Annotated[str, typer.Argument(help="Language of the catalogues, such as de.")],
) -> None:
    """Bring the catalogues of every room up to date with the texts in the code."""
    _enter_rooms_only()
    _end(_do("messages", "gather_all", language=language))


@app.command("compile-messages", hidden=True)
def compile_messages() -> None:
    """Compile the translations; needs neither database nor rooms."""
    _end(_do("messages", "compile_all"))


@app.command()
def serve(
    web: Annotated[bool, typer.Option("--web", help="Only the web server.")] = False,
    worker: Annotated[bool, typer.Option("--worker", help="Only the job worker.")] = False,
    scheduler: Annotated[bool, typer.Option("--scheduler", help="Only the scheduler.")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    processes: Annotated[
        int, typer.Option(help="Web processes; 0: one a core, at most 4.", min=0, max=64)
    ] = 0,
) -> None:
    """Serve the desk: web, worker and scheduler together, or each alone by flag."""
    _enter()
    parts = [n for n, on in (("web", web), ("worker", worker), ("scheduler", scheduler)) if on]
    _end(_do("running", "serve", parts=parts, host=host, port=port, processes=processes))


@app.command(hidden=True)
def schedule() -> None:
    """Run the scheduler in this process."""
    _enter()
    _end(_do("running", "schedule"))


@app.command()
def stop() -> None:
    """Stop the embedded database of this installation."""
    _end(_do("stopping", "stop"))


@app.command("import")
def import_(
    kind: Annotated[str, typer.Argument(help="customers, invoices, closures, …")] = "",
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX")
    ] = None,
    *,
    company: Company = "",
    column: Annotated[
        list[str] | None, typer.Option("--map", help="field=Column heading; may be repeated.")
    ] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", help="name=value, e.g. date_order=dmy")
    ] = None,
    create_customers: Annotated[
        bool, typer.Option(help="Open unknown customers that have a name.")
    ] = False,
    rejected: Annotated[Path | None, typer.Option(help="Where to write the rejected rows.")] = None,
    watch: Annotated[
        Path | None, typer.Option(file_okay=False, help="Watch a drop folder instead.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Look at the drop folder once.")] = False,
) -> None:
    """Load a file; the mapping is guessed, shown and remembered. Or watch a drop folder."""
    _enter()
    if watch is not None:
        _end(_do("drop", "watch", folder=watch, company=company, once=once))
    _end(
        _do(
            "files", "import_file",
            kind=kind, file=file, company=company, columns=column or [], options=option or [],
            create_customers=create_customers, rejected=rejected,
        )
    )  # fmt: skip


@app.command()
def rates(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX")],
    company: Company = "",
) -> None:
    """Load exchange rates: base, quote, date, rate."""
    _enter()
    _end(
        _do(
            "files", "import_file",
            kind="exchange_rates", file=file, company=company, columns=[], options=[],
            create_customers=False, rejected=None,
        )
    )  # fmt: skip


@app.command("go-live")
def go_live(
    company: Company = "",
    cut_over: Annotated[
        str, typer.Option("--cut-over", help="Begin, with the date whose balances are taken over.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Begin going live, or show the report somebody is to sign at the desk."""
    _enter()
    _end(_do("golive", "go_live", company=company, cut_over=cut_over, as_json=as_json))


@app.command()
def reconcile(
    company: Company = "",
    as_of: Annotated[str, typer.Option("--as-of", help="The date of the ERP's files.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Compare the same files anew.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare the books with the ERP's files; status 1 when something differs."""
    _enter()
    _end(_do("golive", "reconcile", company=company, as_of=as_of, again=again, as_json=as_json))


@bank_app.command("read")
def bank_read(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A statement file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what a statement file holds, without touching the database."""
    _end(_do("statements", "read", file=file, as_json=as_json))


@bank_app.command("load")
def bank_load(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="Statement files.")
    ],
    company: Company = "",
) -> None:
    """Take bank files in, then match and apply what they brought."""
    _enter()
    _end(_do("files", "load_statements", files=files, company=company))


@app.command()
def day(
    company: Company = "",
    on: Annotated[str, typer.Option("--date", help="Move a demo clock to this date first.")] = "",
    bank: Annotated[
        list[Path] | None, typer.Option("--bank", exists=True, help="A bank file that arrived.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Work the business date: cash, promises, contact, worklists, figures, proof."""
    _enter()
    _end(_do("work", "day", company=company, on=on, bank=bank or [], as_json=as_json))


@app.command()
def simulate(
    days: Annotated[int, typer.Option(help="How many days.")] = 182,
    customers: Annotated[int, typer.Option(help="How many customers.")] = 120,
    seed: Annotated[int, typer.Option(help="The same seed makes the same world.")] = 7,
    until: Annotated[str, typer.Option(help="The last day, YYYY-MM-DD.")] = "2026-11-16",
) -> None:
    """Make a believable company by living its days through the real services."""
    _enter()
    _end(_do("work", "simulate", days=days, customers=customers, seed=seed, until=until))


@app.command()
def export(
    what: Annotated[str, typer.Argument(help="beancount or decisions")],
    file: Annotated[Path, typer.Argument(help="Where to write; - for standard output")],
    company: Company = "",
    as_of: Annotated[str, typer.Option("--as-of", help="Up to this accounting date.")] = "",
    since: Annotated[
        str, typer.Option(help="Decisions from this date on, exported before or not.")
    ] = "",
    again: Annotated[str, typer.Option(help="Repeat an export of decisions: DEC-…")] = "",
) -> None:
    """Write the books as a Beancount journal, or the decisions not exported yet as CSV."""
    _enter()
    if what == "decisions":
        _end(
            _do("golive", "export_decisions", file=file, company=company, since=since, again=again)
        )
    _end(_do("files", "export", what=what, file=file, company=company, as_of=as_of))


@app.command()
def approvals(
    company: Company = "",
    every: Annotated[bool, typer.Option("--all", help="Also those decided already.")] = False,
) -> None:
    """List the requests that wait for a second person; they are approved on the desk."""
    _enter()
    _end(_do("duties", "approvals", company=company, every=every))


@app.command()
def duties(
    company: Company = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Report who holds what, exceptions, and duties that meet; status 1 when some meet openly."""
    _enter()
    _end(_do("duties", "report", company=company, as_json=as_json))


@app.command("api-key")
def api_key(
    name: Annotated[str, typer.Argument(help="Which system will hold it.")],
    company: Company = "",
    role: Annotated[str, typer.Option(help="What it may do.")] = "system",
) -> None:
    """Make a key for another system and print it, this once."""
    _enter()
    _end(_do("install", "api_key", name=name, company=company, role=role))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    check_and_exit: Annotated[
        bool, typer.Option("--check-and-exit", help="Check every page of the menu, then stop.")
    ] = False,
) -> None:
    """Build the demo company if there is none, work its day, and serve the desk."""
    _enter(migrated=False)
    _end(_do("demo", "demo", port=port, check_and_exit=check_and_exit))


@app.command(hidden=True)
def reference(folder: Annotated[Path, typer.Argument(help="docs/reference")]) -> None:
    """Write the reference pages that come from the code."""
    _enter_rooms_only()
    _end(_do("reference", "write", folder=folder))
