"""`creditdesk jobs`: what waits, runs and failed; retry or discard what failed."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from creditdesk.controls import jobs as commands
from creditdesk.controls import queries as controls
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext, ngettext
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing.encoding import to_json
from creditdesk.plumbing.jobs import queries

SHOWN_MAX = 200


def jobs(*, state: str, retry: int, discard: int, as_json: bool) -> int:
    """Act on the job named, then list the jobs that are not over."""
    if retry:
        name = commands.retry(_actor(retry), retry)
        print(gettext("%(job)s waits to be run again", job=name))
    if discard:
        name = commands.discard(_actor(discard), discard)
        print(gettext("%(job)s is discarded", job=name))
    if retry or discard:
        return 0
    if state and state not in queries.STATES:
        known = ", ".join(queries.STATES)
        raise NotFound("job_state_unknown", f"There is no state {state!r}; there are {known}")
    page = queries.listing(None, state=state, size=SHOWN_MAX)
    if as_json:
        print(to_json([asdict(row) for row in page.rows]))
    else:
        _show(page)
    return 0


def _actor(job_id: int) -> Actor:
    found = queries.job(job_id)
    if found is None or found.company_id is None:
        raise NotFound("job_unknown", "There is no such job")
    return companies.actor(controls.company(found.company_id))


def _show(page: queries.Page) -> None:
    codes = {of.id: of.code for of in controls.companies()}
    table = Table(box=None, pad_edge=False)
    headings = (
        gettext("number"), gettext("job"), gettext("company"), gettext("state"),
        gettext("attempts"), gettext("since"), gettext("why"),
    )  # fmt: skip
    for heading in headings:
        table.add_column(heading)
    for row in page.rows:
        since = f"{row.since:%Y-%m-%d %H:%M:%S}" if row.since else ""
        table.add_row(
            str(row.id), row.name, codes.get(row.company_id or 0, ""), row.state,
            str(row.attempts), since, row.code,
        )  # fmt: skip
    if page.rows:
        Console().print(table)
    print(ngettext("%(count)d job is not over", "%(count)d jobs are not over", page.total))
