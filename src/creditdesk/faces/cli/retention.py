"""Retention: what its period has ended for, the rules by which, and the holds that stop it."""

from __future__ import annotations

import sys

from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy import services as privacy
from creditdesk.controls.privacy.services import ErasureReport
from creditdesk.controls.privacy.services.holds import standing
from creditdesk.controls.queries import CompanyRow
from creditdesk.faces.cli import companies, erasing
from creditdesk.kernel.errors import Invalid


def retention(*, company: str, run: bool, preview: bool) -> int:
    """Tell each company's rules, holds and what is due; erase it when told to run."""
    if run and preview:
        raise Invalid("retention_unclear", "Either --preview or --run", mend="Leave one out")
    for of in companies.named(company):
        actor = companies.actor(of)
        print(f"{of.code} ({of.country}) on {actor.today.isoformat()}")
        _tell_rules(of)
        _tell_holds(of)
        _tell(privacy.retain(actor) if run else privacy.due(actor), is_done=run)
    return 0


def _tell_rules(of: CompanyRow) -> None:
    today = companies.actor(of).today
    for record in rules.RECORDS:
        rule = rules.retention(of.country, record, today)
        first = rules.first_kept_day(rule, today).isoformat()
        print(f"  rule  {record:<9} {rule.years:>2} years, kept from {first} on: {rule.source}")


def _tell_holds(of: CompanyRow) -> None:
    for one in standing(of.id):
        since = one.placed_at.date().isoformat()
        told = f"{one.subject_kind} {one.subject_id}: {one.reason}"
        print(f"  hold  {told}, since {since} by {one.placed_by}")


def _tell(report: ErasureReport, *, is_done: bool) -> None:
    word = "erased" if is_done else "due"
    for line in report.erased:
        print(f"  {word:<6}{line.count:>7} {line.what.replace('_', ' ')}")
    if not report.erased:
        print("  nothing is due")
    elif is_done:
        print(f"  recorded as erasure {report.erasure_id}")


def hold(*, company: str, customer: str, contact: str, user: str, reason: str, lift: bool) -> int:
    """Let nothing of a person be erased until the hold is lifted, or lift it."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    for kind, subject_id in erasing.subjects(of, customer, contact, user):
        if lift:
            privacy.lift(actor, kind=kind, subject_id=subject_id)
        else:
            privacy.hold(actor, kind=kind, subject_id=subject_id, reason=reason)
        print(f"{kind} {subject_id}: {'the hold is lifted' if lift else f'held, {reason}'}")
    if not lift:
        print("Backups are not held: keep those you need.", file=sys.stderr)
    return 0
