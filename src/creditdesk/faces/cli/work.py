"""Commands that work: the day, the simulation, the proof."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path

from babel.dates import format_date
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from creditdesk.controls.queries import CompanyRow
from creditdesk.day import services as days
from creditdesk.faces.cli import audit, companies, dates
from creditdesk.faces.cli.given_files import content_of
from creditdesk.faces.cli.tongue import gettext, language, ngettext, said
from creditdesk.kernel.errors import Refused
from creditdesk.plumbing import clock
from creditdesk.plumbing.encoding import to_json
from creditdesk.simulation import services as simulation

MORNING = time(7, 30)


def day(*, company: str, on: str, bank: list[Path], as_json: bool) -> int:
    """Work the business date of each company and say what was done."""
    if on:
        _move_clock(dates.day_of(on, "--date"))
    arrivals = [days.Arrival(path.name, content_of(path)) for path in bank]
    reports = [_one(of, arrivals, quiet=as_json) for of in companies.named(company)]
    if as_json:
        print(to_json(reports))
    return 0


def _one(of: CompanyRow, arrivals: list[days.Arrival], *, quiet: bool) -> dict[str, object]:
    actor = companies.actor(of)
    if not quiet:
        # A pattern of Babel: 16 November 2026, with the day of the week before it.
        pattern = gettext("EEEE dd MMMM y")
        print(f"{of.name}, {format_date(actor.today, pattern, locale=language())}")
    report = days.run(actor, arrivals=arrivals, tell=_ignore if quiet else _tell)
    if report.missed_dates and not quiet:
        missed = len(report.missed_dates)
        print(
            " ",
            ngettext(
                "%(count)d missed date was judged first",
                "%(count)d missed dates were judged first",
                missed,
            ),
        )
    return {
        "company": of.code,
        "business_date": report.business_date,
        "missed_dates": list(report.missed_dates),
        "steps": [{"step": s.step, **s.report} for s in report.steps],
    }


def _tell(step: days.StepReport) -> None:
    told = ", ".join(
        f"{key} {_short(value)}" for key, value in step.report.items() if value is not None
    )
    if step.step == "reconcile":
        told = told or gettext("not compared: the ERP sent nothing new")
    print(f"  {step.step:20} {told}", flush=True)


def _short(value: object) -> str:
    if isinstance(value, list | dict):
        return str(len(value))
    return said(str(value))


def _ignore(_: days.StepReport) -> None:
    """Say nothing while JSON is wanted."""


def _move_clock(to: date) -> None:
    """Move the clock of a demo or a trial; a clock on machine time is never moved by hand."""
    if not clock.is_moved():
        raise Refused("clock_is_real", "The business clock shows machine time; only a demo's moves")
    clock.move(datetime.combine(to, MORNING, tzinfo=UTC))


def simulate(*, days: int, customers: int, seed: int, until: str) -> int:
    """Live the days of a demo company through the real services, then prove its books."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("· " + gettext("living the demo company's days")),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        auto_refresh=False,  # by a thread, which processes made meanwhile would lack
    ) as progress:
        task = progress.add_task("days", total=days)

        def tell(_: date) -> None:
            progress.advance(task)
            progress.refresh()

        simulation.live(
            days=days,
            customers=customers,
            seed=seed,
            until=dates.day_of(until, "--until"),
            tell=tell,
        )
    return audit.verify()
