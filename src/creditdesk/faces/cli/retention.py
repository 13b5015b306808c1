"""Retention: what its period has ended for, the rules by which, and the holds that stop it."""

from __future__ import annotations

import sys

from creditdesk.controls.privacy import rules
from creditdesk.controls.privacy import services as privacy
from creditdesk.controls.privacy.services import ErasureReport
from creditdesk.controls.privacy.services.holds import standing
from creditdesk.controls.queries import CompanyRow
from creditdesk.faces.cli import companies, erasing
from creditdesk.faces.cli.tongue import gettext
from creditdesk.kernel.errors import Invalid


def retention(*, company: str, run: bool, preview: bool) -> int:
    """Tell each company's rules, holds and what is due; erase it when told to run."""
    if run and preview:
        raise Invalid("retention_unclear", "Either --preview or --run", mend="Leave one out")
    for of in companies.named(company):
        actor = companies.actor(of)
        told = {"company": of.code, "country": of.country, "day": actor.today.isoformat()}
        print(gettext("%(company)s (%(country)s) on %(day)s", **told))
        _tell_rules(of)
        _tell_holds(of)
        _tell(privacy.retain(actor) if run else privacy.due(actor), is_done=run)
    return 0


def _tell_rules(of: CompanyRow) -> None:
    today = companies.actor(of).today
    for record in rules.RECORDS:
        rule = rules.retention(of.country, record, today)
        first = rules.first_kept_day(rule, today).isoformat()
        told = {"record": f"{record:<9}", "years": f"{rule.years:>2}", "first": first}
        text = gettext("rule  %(record)s %(years)s years, kept from %(first)s on:", **told)
        print(f"  {text} {rule.source}")


def _tell_holds(of: CompanyRow) -> None:
    for one in standing(of.id):
        since = one.placed_at.date().isoformat()
        told = f"{one.subject_kind} {one.subject_id}: {one.reason}"
        who = {"told": told, "since": since, "name": one.placed_by}
        print(" ", gettext("hold  %(told)s, since %(since)s by %(name)s", **who))


def _tell(report: ErasureReport, *, is_done: bool) -> None:
    erased, due = gettext("erased"), gettext("due")
    word, width = erased if is_done else due, max(len(erased), len(due))
    for line in report.erased:
        print(f"  {word:{width}}{line.count:>7} {line.what.replace('_', ' ')}")
    if not report.erased:
        print(" ", gettext("nothing is due"))
    elif is_done:
        print(" ", gettext("recorded as erasure %(number)s", number=report.erasure_id))


def hold(*, company: str, customer: str, contact: str, user: str, reason: str, lift: bool) -> int:
    """Let nothing of a person be erased until the hold is lifted, or lift it."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    for kind, subject_id in erasing.subjects(of, customer, contact, user):
        if lift:
            privacy.lift(actor, kind=kind, subject_id=subject_id)
        else:
            privacy.hold(actor, kind=kind, subject_id=subject_id, reason=reason)
        held = gettext("held, %(reason)s", reason=reason)
        print(f"{kind} {subject_id}: {gettext('the hold is lifted') if lift else held}")
    if not lift:
        print(gettext("Backups are not held: keep those you need."), file=sys.stderr)
    return 0
