"""The policy as a readable document, and two versions compared, in the reader's language."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.translation import gettext, gettext_noop

from creditdesk.policy.rules import Policy
from creditdesk.policy.wording import (
    accounts,
    cash,
    collecting,
    granting,
    ordering,
    rating,
    terms,
    watching,
)
from creditdesk.policy.wording.saying import Clause, Section, clauses

__all__ = ["Change", "Clause", "Section", "because", "compare", "document", "list_title", "title"]

because = cash.because

Kind = Literal["added", "removed", "changed"]
Saying = Callable[[Policy, str], Iterator[Clause]]

# In the order in which a credit department reads it: granting, selling, collecting, cash.
SECTIONS: Final[Mapping[str, tuple[str, Saying]]] = {
    "terms": (gettext_noop("Terms of payment"), terms.terms),
    "limits": (gettext_noop("Limits by risk class and segment"), granting.limits),
    "scorecards": (gettext_noop("Scorecards in use"), granting.scorecards),
    "reviews": (gettext_noop("Reviews"), granting.reviews),
    "payer_rating": (gettext_noop("How payers are rated"), rating.payer_rating),
    "authority": (gettext_noop("Who decides what"), granting.authority),
    "assessment": (gettext_noop("Applications for credit"), accounts.assessment),
    "evidence": (gettext_noop("Evidence and signs of fraud"), accounts.evidence),
    "accounts": (gettext_noop("Accounts"), accounts.accounts),
    "duties": (gettext_noop("Commands for two people"), accounts.duties),
    "publishing": (gettext_noop("How these rules are told"), accounts.publishing),
    "exposure": (gettext_noop("What counts against a limit"), ordering.exposure),
    "orders": (gettext_noop("Orders"), ordering.orders),
    "alerts": (gettext_noop("Watching customers"), watching.alerts),
    "ladder": (gettext_noop("Reminders, step by step"), collecting.ladder),
    "contact": (gettext_noop("Contact with customers"), collecting.contact),
    "promises": (gettext_noop("Promises"), collecting.promises),
    "interest": (gettext_noop("Late interest"), collecting.interest),
    "dunning_fees": (gettext_noop("Fees for reminders"), collecting.fees),
    "short_payments": (
        gettext_noop("Discounts and small differences"),
        cash.short_payments,
    ),
    "matching": (gettext_noop("Matching cash"), cash.matching),
    "allocation": (gettext_noop("What money pays first"), cash.allocation),
    "foreign_currency": (gettext_noop("Other currencies"), cash.foreign_currency),
    "returns": (gettext_noop("Returned payments"), cash.returns),
    "direct_debit": (gettext_noop("Direct debits"), cash.direct_debit),
    "counter": (gettext_noop("At the counter"), cash.counter),
    "write_offs": (gettext_noop("Tax of what is written off"), cash.write_offs),
}
_PLAIN: Final = frozenset({"version", "valid_from", "default_terms"})


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that differs between two versions: what it said, and what it says."""

    section: str
    title: str
    key: str
    kind: Kind
    before: str
    after: str


def title(section: str) -> str:
    """Return what a section is called; one without a name of its own by its code."""
    known = SECTIONS.get(section)
    return gettext(known[0]) if known else section.replace("_", " ").capitalize()


def list_title(name: str) -> str:
    """Return what a list of rows within a section is called."""
    return {
        "terms": gettext("Terms that may be agreed"),
        "ladder": gettext("Steps"),
        "by_class": gettext("By risk class and segment"),
        "matrix": gettext("Rows for a subject or a role, before the amounts above"),
        "exclusions": gettext("Orders of which a rule is not asked"),
        "uses": gettext("Scorecard by segment"),
        "watch": gettext("What raises an alert"),
        "fees": gettext("Fees by step"),
        "tolerances": gettext("Small differences by currency"),
        "cash_limits": gettext("Cash a day by currency"),
        "tax_relief": gettext("By reason"),
    }.get(name, name)


def document(policy: Policy, currency: str) -> tuple[Section, ...]:
    """Return every rule as a sentence, by section; amounts in the company's currency."""
    said = [
        Section(code, title(code), tuple(say(policy, currency)))
        for code, (_, say) in SECTIONS.items()
    ]
    unsaid = [
        field.name
        for field in dataclasses.fields(policy)
        if field.name not in SECTIONS and field.name not in _PLAIN
    ]
    return (
        *said,
        *(
            Section(
                name,
                title(name),
                tuple(clauses(name, getattr(policy, name), (), currency)),
            )
            for name in unsaid
        ),
    )


def compare(before: Policy, after: Policy, currency: str) -> tuple[Change, ...]:
    """Return the sentences that differ, in the order of the document."""
    old = {one.code: one for one in document(before, currency)}
    return tuple(
        change
        for section in document(after, currency)
        for change in _changes(old[section.code], section)
    )


def _changes(before: Section, after: Section) -> Iterator[Change]:
    said = {one.key: one.text for one in before.clauses}
    says = {one.key: one.text for one in after.clauses}
    for key in dict.fromkeys((*said, *says)):
        was, now = said.get(key, ""), says.get(key, "")
        if was != now:
            kind: Kind = "changed" if was and now else "added" if now else "removed"
            yield Change(after.code, after.title, key, kind, was, now)
