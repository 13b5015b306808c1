"""Commands about duties and approvals: what waits for a person, and who holds what."""

from __future__ import annotations

import json
from dataclasses import asdict

from creditdesk.controls import queries as controls
from creditdesk.controls import wording
from creditdesk.controls.queries import DutyReport, RequestRow
from creditdesk.faces.cli import companies


def approvals(*, company: str, every: bool) -> int:
    """Print the requests of the companies, the waiting ones first."""
    for of in companies.named(company):
        rows = controls.requests(of.id, companies.actor(of).at)
        shown = [row for row in rows if every or row.state == "waiting"]
        print(f"{of.code}: {sum(row.state == 'waiting' for row in rows)} waiting")
        for row in shown:
            print(f"  {_request(row)}")
    return 0


def _request(row: RequestRow) -> str:
    approved = f"{len(row.approved_by)}/{row.approvers_needed} approved"
    what = ", ".join(f"{name} {value}" for name, value in row.about.items() if value is not None)
    return f"{row.reference}  {row.state}  {row.command}  by {row.asked_by}  {approved}  ({what})"


def report(*, company: str, as_json: bool) -> int:
    """Print the report of each company; status 1 when duties meet without an exception."""
    found = {of.code: controls.duty_report(companies.actor(of)) for of in companies.named(company)}
    if as_json:
        print(json.dumps({code: asdict(one) for code, one in found.items()}, default=str, indent=2))
    else:
        for code, one in found.items():
            print(f"{code}: {one.since} to {one.on}")
            for line in _lines(one):
                print(f"  {line}")
    return 1 if any(one.open_count for one in found.values()) else 0


def _lines(found: DutyReport) -> list[str]:
    lines = []
    for held in found.held:
        met = [f"{n} {wording.pair(n)}" for n in held.open]
        excepted = [f"{n} {wording.pair(n)} (excepted)" for n in held.excepted]
        told = "; ".join([*met, *excepted]) or "no duties meet"
        lines.append(f"{held.username}: {', '.join(held.roles)}: {told}")
    lines += [
        f"exception: {one.username}, pair {one.pair}, {one.valid_from} to {one.valid_until},"
        f" approved by {one.approved_by}: {one.reason}"
        for one in found.exceptions
    ]
    lines += [
        f"exercised both: {one.username}, pair {one.pair}, {one.left_count} and"
        f" {one.right_count} times, last on {one.last_on}"
        for one in found.exercised
    ]
    return lines
