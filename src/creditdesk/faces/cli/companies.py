"""Which companies a command is about, and as whom it acts."""

from __future__ import annotations

from creditdesk.controls import queries as controls
from creditdesk.controls.queries import CompanyRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound

COMMAND_LINE = "command line"


def named(code: str) -> list[CompanyRow]:
    """Return the company of that code, or every company when none is named."""
    if code:
        return [controls.company_by_code(code)]
    found = controls.companies()
    if not found:
        raise NotFound(
            "company_missing", "There is no company yet: creditdesk init --company CODE --name NAME"
        )
    return found


def the_one(code: str) -> CompanyRow:
    """Return the company named, or the only one there is."""
    found = named(code)
    if len(found) > 1:
        codes = ", ".join(row.code for row in found)
        raise NotFound("company_unnamed", f"There are several companies; add --company ({codes})")
    return found[0]


def actor(of: CompanyRow) -> Actor:
    """Return the command line as an actor in a company."""
    return controls.system_actor(of, COMMAND_LINE)
