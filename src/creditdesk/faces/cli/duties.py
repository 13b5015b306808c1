"""Commands about duties and approvals: what waits for a person, and who holds what."""

from __future__ import annotations

import json
from dataclasses import asdict

from creditdesk.controls import queries as controls
from creditdesk.controls import wording
from creditdesk.controls.queries import DutyReport, RequestRow
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext, spoken


def approvals(*, company: str, every: bool) -> int:
    """Print the requests of the companies, the waiting ones first."""
    for of in companies.named(company):
        rows = controls.requests(of.id, companies.actor(of).at)
        shown = [row for row in rows if every or row.state == "waiting"]
        waiting = sum(row.state == "waiting" for row in rows)
        print(f"{of.code}:", gettext("%(count)d waiting", count=waiting))
        for row in shown:
            print(f"  {_request(row)}")
    return 0


def _request(row: RequestRow) -> str:
    counts = {"approved": len(row.approved_by), "needed": row.approvers_needed}
    approved = gettext("%(approved)d/%(needed)d approved", **counts)
    asked = gettext("by %(name)s", name=row.asked_by)
    what = ", ".join(f"{name} {value}" for name, value in row.about.items() if value is not None)
    return f"{row.reference}  {row.state}  {row.command}  {asked}  {approved}  ({what})"


def report(*, company: str, as_json: bool) -> int:
    """Print the report of each company; status 1 when duties meet without an exception."""
    found = {of.code: controls.duty_report(companies.actor(of)) for of in companies.named(company)}
    if as_json:
        print(json.dumps({code: asdict(one) for code, one in found.items()}, default=str, indent=2))
    else:
        for code, one in found.items():
            told = gettext("%(first)s to %(last)s", first=one.since, last=one.on)
            print(f"{code}: {told}")
            with spoken():
                lines = _lines(one)
            for line in lines:
                print(f"  {line}")
    return 1 if any(one.open_count for one in found.values()) else 0


def _lines(found: DutyReport) -> list[str]:
    lines = []
    for held in found.held:
        met = [f"{n} {wording.pair(n)}" for n in held.open]
        excepted = [
            gettext("%(number)d %(pair)s (excepted)", number=n, pair=wording.pair(n))
            for n in held.excepted
        ]
        told = "; ".join([*met, *excepted]) or gettext("no duties meet")
        lines.append(f"{held.username}: {', '.join(held.roles)}: {told}")
    lines += [
        gettext(
            "exception: %(username)s, pair %(pair)s, %(valid_from)s to %(valid_until)s,"
            " approved by %(approved_by)s: %(reason)s",
            **asdict(one),
        )
        for one in found.exceptions
    ]
    lines += [
        gettext(
            "exercised both: %(username)s, pair %(pair)s, %(left_count)d and"
            " %(right_count)d times, last on %(last_on)s",
            **asdict(one),
        )
        for one in found.exercised
    ]
    return lines
