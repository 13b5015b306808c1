"""How long terms of payment between businesses may be, by the buyer's country. Pure.

Dated rows with their texts; one without a day is a proposal that binds nobody, kept so that it is
known and off. No legal advice: whether a longer term is fair, or was expressly agreed, is for a
lawyer to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.policy.rules.interest.law import EU_STATES
from creditdesk.policy.rules.terms import Terms, due_date

YEAR_DAYS: Final = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class TermLaw:
    """At most `days` from a day on: as a `cap`, or `unless_agreed` expressly and fairly."""

    code: str
    countries: frozenset[str]
    valid_from: date | None
    days: int
    kind: Literal["cap", "unless_agreed"]
    source: str


_UNION: Final = EU_STATES | {"DE", "FR"}
LAWS: Final = (
    TermLaw(
        code="EU-3", countries=_UNION - {"FR", "ES"}, valid_from=date(2013, 3, 16), days=60,
        kind="unless_agreed", source="Directive 2011/7/EU, Art. 3 (5)",
    ),
    TermLaw(
        code="FR-1", countries=frozenset({"FR"}), valid_from=date(2009, 1, 1), days=60,
        kind="cap", source="Code de commerce, art. L441-10 I (before 2019: L441-6)",
    ),
    TermLaw(
        code="ES-1", countries=frozenset({"ES"}), valid_from=date(2013, 7, 28), days=60,
        kind="cap", source="Ley 3/2004, art. 4",
    ),
    TermLaw(
        code="UK-4", countries=frozenset({"GB"}), valid_from=date(2013, 3, 16), days=60,
        kind="unless_agreed",
        source="Late Payment of Commercial Debts (Interest) Act 1998, s. 4 (3A), (3B)",
    ),
    TermLaw(
        code="EU-6", countries=_UNION, valid_from=None, days=30, kind="cap",
        source="Proposal for a Late Payment Regulation, COM(2023) 533",
    ),
    TermLaw(
        code="UK-6", countries=frozenset({"GB"}), valid_from=None, days=60, kind="cap",
        source="Commercial Payments Bill, introduced on 19 May 2026",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LongTerm:
    """Terms that may give longer than a law of some countries wants."""

    terms: str
    days: int
    law: TermLaw


def longest_days(terms: Terms, on: date) -> int:
    """Return the most days from issue to the first or only due date, in the year from `on`.

    A schedule of instalments may be agreed (Directive 2011/7/EU, Art. 5): later parts do not count.
    """
    fixed, calendar = replace(terms, roll="none"), BusinessCalendar()
    days = (on + timedelta(days=n) for n in range(YEAR_DAYS))
    return max((due_date(fixed, day, calendar) - day).days for day in days)


def in_force(on: date) -> tuple[TermLaw, ...]:
    """Return the laws that bind on a day; proposals never do."""
    return tuple(law for law in LAWS if law.valid_from is not None and law.valid_from <= on)


def proposals(on: date) -> tuple[TermLaw, ...]:
    """Return what is proposed, or comes into force after a day."""
    return tuple(law for law in LAWS if law.valid_from is None or law.valid_from > on)


def too_long(terms: Iterable[Terms], countries: frozenset[str], on: date) -> list[LongTerm]:
    """Return the terms that may be longer than the law of one of the countries wants on a day."""
    laws = [law for law in in_force(on) if law.countries & countries]
    longest = {one.code: longest_days(one, on) for one in terms} if laws else {}
    return [
        LongTerm(code, days, law) for code, days in longest.items() for law in laws
        if days > law.days
    ]  # fmt: skip
