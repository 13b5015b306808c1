"""Commands for the credit policy: show, compare, simulate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from creditdesk.controls.queries import CompanyRow
from creditdesk.faces.cli import companies, tongue
from creditdesk.faces.cli.entering import system_fault
from creditdesk.faces.cli.given_files import content_of
from creditdesk.faces.cli.tongue import gettext
from creditdesk.insight.queries import simulated
from creditdesk.insight.simulation_rules import Simulation, StepSimulated
from creditdesk.kernel.errors import Invalid, NotFound, Place
from creditdesk.kernel.money import from_minor
from creditdesk.policy import publishing_queries as reads
from creditdesk.policy import queries, rules, services, telling_queries, wording


def show(*, version: int, as_json: bool, company: str) -> int:
    """Print a version of the rules, by section, or as it was written."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    found = queries.version(of.id, version) if version else queries.in_force(of.id, actor.today)
    if as_json:
        written = reads.rules_of(of.id, found.version)
        print(json.dumps(written, ensure_ascii=False, indent=2))
        return 0
    print(
        gettext(
            "version %(version)d, in force from %(day)s", version=found.version,
            day=found.valid_from,
        )
    )  # fmt: skip
    with tongue.spoken():
        for section in wording.document(found, of.currency):
            print(f"\n{section.title}")
            for one in section.clauses:
                print(f"  {one.text}")
    return 0


def readers(*, version: int, remind: bool, company: str) -> int:
    """Print who has read a version, and remind the others if that is asked for."""
    of = companies.the_one(company)
    actor = companies.actor(of)
    last = reads.publication(of.id, version) if version else reads.to_read(of.id)
    if last is None:
        raise NotFound("policy_not_published", "Nobody has published a version yet")
    if remind:
        count = services.remind(actor, last.version)
        print(gettext("reminded: %(count)d", count=count))
    print(
        gettext(
            "version %(version)d, in force from %(day)s", version=last.version,
            day=last.valid_from,
        )
    )  # fmt: skip
    said = {
        "read": gettext("read"),
        "overdue": gettext("overdue"),
        "waiting": gettext("not yet"),
        "not_told": gettext("not about their work"),
    }
    for one in telling_queries.reading(of.id, last.version):
        at = one.read_at or one.read_by or ""
        print(f"  {one.name}: {said[one.state(actor.today)]} {str(at)[:10]}".rstrip())
    return 0


def compare(*, file: str, company: str) -> int:
    """Print what a draft changes."""
    of = companies.the_one(company)
    before = queries.in_force(of.id, companies.actor(of).today)
    draft = _draft(of, file)
    with tongue.spoken():
        changes = wording.compare(before, draft, of.currency)
    print(gettext("against version %(version)d: %(count)d rules differ", version=before.version,
                  count=len(changes)))  # fmt: skip
    for one in changes:
        print(f"\n{one.title}")
        if one.before:
            print(f"  - {one.before}")
        if one.after:
            print(f"  + {one.after}")
    return 0


def simulate(*, file: str, days: int, company: str) -> int:
    """Print what a draft would have changed in so many days."""
    of = companies.the_one(company)
    found = simulated.simulate(of.id, _draft(of, file), until=companies.actor(of).today, days=days)
    print(gettext("from %(since)s to %(until)s, against version %(version)d", since=found.since,
                  until=found.until, version=found.before_version))  # fmt: skip
    for line in _lines(found):
        print(" ", line)
    return 0


def _lines(found: Simulation) -> list[str]:
    def money(minor: int) -> str:
        return f"{from_minor(minor, found.currency)} {found.currency}"

    orders, limits, reminders = found.orders, found.limits, found.reminders
    return [
        gettext("orders asked again: %(count)d", count=orders.asked),
        gettext("held instead of accepted: %(count)d, %(amount)s; past due today: %(late)s",
                count=orders.held, amount=money(orders.held_minor), late=money(orders.late_minor)),
        gettext("accepted instead of held: %(count)d, %(amount)s", count=orders.accepted,
                amount=money(orders.accepted_minor)),
        gettext("limits above their class: %(before)d now, %(after)d by the draft",
                before=limits.before, after=limits.after),
        gettext("reminders: %(before)d now, %(after)d by the draft",
                before=_count(reminders.before), after=_count(reminders.after)),
        gettext("fees for reminders: %(amount)s more", amount=money(reminders.fee_minor)),
        *(gettext("left out for want of an exchange rate: %(currency)s", currency=one)
          for one in found.without_rate),
    ]  # fmt: skip


def _count(steps: tuple[StepSimulated, ...]) -> int:
    return sum(one.count for one in steps)


def _draft(of: CompanyRow, file: str) -> rules.Policy:
    """Return the policy of a file, or the draft changed last in the company."""
    today = companies.actor(of).today
    if file:
        return rules.parse(_read(file), version=0, valid_from=today)
    found = next(iter(reads.drafts(of.id)), None)
    if found is None:
        raise NotFound("policy_draft_missing", "The company has no draft; name a file")
    return found.policy(today)


def _read(file: str) -> Mapping[str, Any]:
    try:
        found = json.loads(content_of(Path(file)))
    except OSError as error:
        raise system_fault(error) from error
    except (ValueError, RecursionError) as error:
        raise _no_policy(file) from error
    if not isinstance(found, dict):
        raise _no_policy(file)
    return found


def _no_policy(file: str) -> Invalid:
    return Invalid(
        "policy_file_unreadable", "The file is no JSON with the sections of a policy",
        place=Place(file=file), mend="Begin with what `creditdesk policy show --json` prints.",
    )  # fmt: skip
