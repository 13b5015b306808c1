"""Whose data may leave, what must stay, for how long and by which law. Pure.

Erasure yields to legal duties and legal claims (GDPR Article 17(3)(b) and (e)): the duty is
national and dated. What is not under one of them leaves at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final, Literal

SubjectKind = Literal["customer", "contact", "user", "retention"]
KINDS: Final[tuple[SubjectKind, ...]] = ("customer", "contact", "user")
Record = Literal["vouchers", "letters", "copies", "journal", "staff"]
RECORDS: Final[tuple[Record, ...]] = ("vouchers", "letters", "copies", "journal", "staff")
ANYWHERE: Final = ""
ERASED: Final = "erased"
# Where no country's rule is known the longest of them counts.
LONGEST_YEARS: Final = 10


@dataclass(frozen=True, slots=True)
class Subject:
    """The person whose data shall leave: a customer, one of its contacts, or a user."""

    kind: SubjectKind
    id: int


@dataclass(frozen=True, slots=True)
class Line:
    """What one room erased or keeps: a code, how many, and for what is kept why and until when.

    Reasons: `law` (a retention duty), `claims` (open receivables), `accountability`.
    """

    what: str
    count: int
    kept: bool = False
    reason: str = ""
    until: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A room's answer: its lines, and which values and whose are to leave the trail too.

    `also` are subjects that leave along, `near` those under whom equal values may stand.
    """

    lines: tuple[Line, ...]
    values: frozenset[str] = frozenset()
    also: tuple[Subject, ...] = ()
    near: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many years after the end of the calendar year a kind of record is kept.

    `vouchers` are documents, payments, bank statements and what was booked from; `letters` are
    business letters and notes; `copies` are files of master data and rejected rows, under no
    duty; `journal` is that of the door; `staff` are names of people who left. No country: any.
    """

    country: str
    record: Record
    years: int
    valid_from: date
    source: str


_EVER: Final = date(1900, 1, 1)
RETENTION: Final[tuple[Retention, ...]] = (
    Retention("DE", "vouchers", 10, _EVER, "HGB § 257, AO § 147"),
    Retention("DE", "vouchers", 8, date(2025, 1, 1), "HGB § 257, AO § 147 (BEG IV)"),
    Retention("DE", "letters", 6, _EVER, "HGB § 257, AO § 147"),
    Retention("AT", "vouchers", 7, _EVER, "BAO § 132"),
    Retention("AT", "letters", 7, _EVER, "BAO § 132, UGB § 212"),
    Retention("CH", "vouchers", 10, _EVER, "OR Art. 958f"),
    Retention("CH", "letters", 10, _EVER, "OR Art. 958f"),
    Retention("FR", "vouchers", 10, _EVER, "Code de commerce L123-22"),
    Retention("FR", "letters", 5, _EVER, "Code de commerce L110-4"),
    Retention("NL", "vouchers", 7, _EVER, "AWR art. 52"),
    Retention("NL", "letters", 7, _EVER, "AWR art. 52"),
    Retention("GB", "vouchers", 6, _EVER, "VATA 1994 Sch. 11 para. 6, Companies Act 2006 s. 388"),
    Retention("GB", "letters", 6, _EVER, "Limitation Act 1980 s. 5"),
    Retention("IT", "vouchers", 10, _EVER, "Codice civile art. 2220"),
    Retention("IT", "letters", 10, _EVER, "Codice civile art. 2220"),
    Retention("ES", "vouchers", 6, _EVER, "Código de Comercio art. 30"),
    Retention("ES", "letters", 6, _EVER, "Código de Comercio art. 30"),
    Retention(ANYWHERE, "copies", 1, _EVER, "GDPR Art. 5(1)(e): no duty, one year to look back"),
    Retention(ANYWHERE, "journal", 1, _EVER, "GDPR Art. 5(1)(e), 32: one year to find a break-in"),
    Retention("DE", "staff", 3, _EVER, "BGB §§ 195, 199"),
    Retention(ANYWHERE, "staff", 3, _EVER, "GDPR Art. 17(3)(e): limitation of claims"),
)


def retention(country: str, record: Record, on: date) -> Retention:
    """Return the rule in force on a date; an unknown country gets the longest period."""
    for where in (country, ANYWHERE):
        rules = [r for r in RETENTION if (r.country, r.record) == (where, record)]
        in_force = [rule for rule in rules if rule.valid_from <= on]
        if in_force:
            break
    else:
        return Retention(country, record, LONGEST_YEARS, _EVER, "no rule on file: the longest")
    return max(in_force, key=lambda rule: rule.valid_from)


def kept_until(rule: Retention, dated: date) -> date:
    """Return the last day on which a record of that date is kept: the end of a calendar year."""
    return date(dated.year + rule.years, 12, 31)


def still_kept(dated: date, rule: Retention, today: date) -> bool:
    """Whether a record of that date is still under its duty."""
    return kept_until(rule, dated) >= today


def first_kept_moment(country: str, record: Record, today: date) -> datetime:
    """Return the first moment of that day, in UTC."""
    day = first_kept_day(retention(country, record, today), today)
    return datetime.combine(day, time(), tzinfo=UTC)


def first_kept_day(rule: Retention, today: date) -> date:
    """Return the earliest date whose records are still under their duty today."""
    return date(today.year - rule.years, 1, 1)
