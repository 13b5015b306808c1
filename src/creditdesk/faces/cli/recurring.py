"""Commands for recurring invoices: list, run, pause, resume, end."""

from __future__ import annotations

from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext
from creditdesk.invoices.recurring import queries, services


def list_all(*, company: str) -> int:
    """Print the plans of a company with their next days, those that stopped first."""
    of = companies.the_one(company)
    for row in queries.plans(of.id):
        days = ", ".join(one.on.isoformat() for one in row.to_come())
        print(f"{row.reference}  {row.status}  {row.customer_number}  {row.title}  {days}")
        if row.stopped_why:
            print(f"  {row.stopped_code}: {row.stopped_why}")
    return 0


def run(*, company: str) -> int:
    """Issue what is due now; status 1 when a plan stopped or had to be left."""
    of = companies.the_one(company)
    done = services.run_due(companies.actor(of))
    issued = gettext("%(count)d issued", count=len(done.issued))
    print(f"{of.code}: {issued}")
    for number in done.issued:
        print(f"  {number}")
    for one in (*done.stopped, *done.left):
        verb = gettext("stopped") if one in done.stopped else gettext("left for the next run")
        print(f"  {one.reference} {verb}, {one.code}: {one.why}")
    return 1 if done.stopped or done.left else 0


def pause(*, reference: str, company: str) -> int:
    """Issue nothing of a plan until it is resumed."""
    of = companies.the_one(company)
    services.pause(companies.actor(of), reference)
    print(gettext("%(reference)s is paused", reference=reference))
    return 0


def resume(*, reference: str, skip_missed: bool, company: str) -> int:
    """Go on with a plan."""
    of = companies.the_one(company)
    services.resume(companies.actor(of), reference, skip_missed=skip_missed)
    print(gettext("%(reference)s goes on", reference=reference))
    return 0


def finish(*, reference: str, company: str) -> int:
    """End a plan for good."""
    of = companies.the_one(company)
    services.finish(companies.actor(of), reference)
    print(gettext("%(reference)s has ended", reference=reference))
    return 0
