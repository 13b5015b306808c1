"""Erase a person's data: the plan first, then, if told so, the deed."""

from __future__ import annotations

import sys

from creditdesk.controls.privacy import queries
from creditdesk.controls.privacy import services as privacy
from creditdesk.controls.privacy.rules import Line
from creditdesk.controls.privacy.services import ErasureReport
from creditdesk.controls.queries import CompanyRow
from creditdesk.customers import queries as customers
from creditdesk.faces.cli import companies
from creditdesk.faces.cli.tongue import gettext
from creditdesk.kernel.errors import Invalid

NOT_DONE = 1


def erase(*, company: str, customer: str, contact: str, user: str, yes: bool) -> int:
    """Say what would be erased and kept; erase it when confirmed."""
    of = companies.the_one(company)
    people = subjects(of, customer, contact, user)
    actor = companies.actor(of)
    for kind, subject_id in people:
        _tell(privacy.plan(actor, kind=kind, subject_id=subject_id))
    if not yes and not _confirmed():
        print(gettext("Nothing was erased."))
        return NOT_DONE
    for kind, subject_id in people:
        done = privacy.erase(actor, kind=kind, subject_id=subject_id)
        print(gettext("Erased; recorded as erasure %(number)s.", number=done.erasure_id))
    return 0


def subjects(of: CompanyRow, customer: str, contact: str, user: str) -> list[tuple[str, int]]:
    """Return who is meant, as kind and id; Invalid unless exactly one is named."""
    given = [name for name in (customer, contact, user) if name]
    if len(given) != 1:
        raise Invalid(
            "subject_unnamed",
            "Whose data is to be erased is not clear",
            mend="Give one of --customer NUMBER, --contact E-MAIL, --user NAME",
        )
    if user:
        return [("user", queries.user_id(user))]
    if customer:
        return [("customer", customers.customer(of.id, customer).id)]
    return [("contact", one) for one in customers.contacts_reached_by(of.id, contact)]


def _tell(plan: ErasureReport) -> None:
    print(f"{plan.subject_kind} {plan.subject_id}")
    erase, keep = gettext("erase"), gettext("keep")
    width = max(len(erase), len(keep))
    for line in plan.erased:
        print(f"  {erase:{width}} {line.count:>6} {_words(line.what)}")
    for line in plan.kept:
        print(f"  {keep:{width}} {line.count:>6} {_words(line.what)}: {_why(line)}")


def _words(code: str) -> str:
    return code.replace("_", " ")


def _why(line: Line) -> str:
    on = line.until.isoformat() if line.until else ""
    until = " " + gettext("until %(day)s", day=on) if on else ""
    source = f" ({line.source})" if line.source else ""
    return f"{_words(line.reason)}{until}{source}"


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        return False
    told = gettext("Erase this for good? Type yes: ")
    return input(told).strip().casefold() in ("yes", gettext("yes"))
