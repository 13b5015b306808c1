"""What a notice says of a consumer report that was looked at, by dated rules. Pure but for words.

15 U.S.C. 1681m(a) (FCRA section 615(a)): whoever takes adverse action on the ground of a consumer
report, also one on the owner or guarantor of a business, names the agency and what may be asked
of it; since 21 July 2011 also the score that was used (section 1100F of Public Law 111-203). The
sentences are our own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from django.utils.translation import gettext

from creditdesk.kernel.errors import Conflict
from creditdesk.look import words

Duty = Literal["agency", "rights", "score"]
FACTORS_MAX: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRule:
    """What a notice must say, in which country, from and until when, and by which text."""

    duty: Duty
    country: str
    since: date
    source: str
    days: int = 0
    until: date | None = None


DUTIES: Final = (
    DutyRule(duty="agency", country="US", since=date(1997, 9, 30),
             source="15 U.S.C. 1681m(a)(3)"),
    DutyRule(duty="rights", country="US", since=date(1997, 9, 30), days=60,
             source="15 U.S.C. 1681m(a)(4), 1681j(b)"),
    DutyRule(duty="score", country="US", since=date(2011, 7, 21),
             source="15 U.S.C. 1681m(a)(2)"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerReport:
    """A report on a person that a decision looked at: whose it is, and its score if it has one."""

    agency: str
    address: str
    phone: str
    reported_on: date
    score: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    factors: tuple[str, ...] = ()


def duties(country: str, on: date) -> dict[Duty, DutyRule]:
    """Return what a notice to somebody of a country says of such a report on a day."""
    return {
        one.duty: one
        for one in DUTIES
        if one.country == country and one.since <= on and (one.until is None or on <= one.until)
    }


def told(reports: Sequence[ConsumerReport], country: str, on: date) -> Iterator[str]:
    """Yield the paragraphs about the reports; Conflict where one lacks what must be said."""
    rules = duties(country, on)
    for one in reports if "agency" in rules else ():
        if not (one.agency and one.address and one.phone):
            raise agency_incomplete(one.agency)
        yield _agency(one)
        if "rights" in rules:
            yield _rights(one, rules["rights"])
        if "score" in rules and one.score is not None:
            yield _score(one)


def _agency(one: ConsumerReport) -> str:
    return gettext(
        "Our decision rests in whole or in part on a report from %(agency)s, %(address)s,"
        " telephone %(phone)s. The agency did not make this decision and cannot tell you why it was"
        " made."
    ) % {"agency": one.agency, "address": one.address, "phone": one.phone}


def _rights(one: ConsumerReport, rule: DutyRule) -> str:
    return gettext(
        "You have a right to a free copy of your report from %(agency)s if you ask for it within"
        " %(days)d days of receiving this notice, and to dispute with the agency whatever in it is"
        " inaccurate or incomplete."
    ) % {"agency": one.agency, "days": rule.days}


def _score(one: ConsumerReport) -> str:
    said = gettext(
        "We also used your credit score from that agency: %(score)s, as of %(day)s, on a scale"
        " from %(low)s to %(high)s. It is a number that reflects what stands in your report, and"
        " may change as that does."
    ) % {
        "score": _number(one.score), "day": words.day(one.reported_on),
        "low": _number(one.low), "high": _number(one.high),
    }  # fmt: skip
    if not one.factors:
        return said
    against = gettext("What told against you most in it: %(factors)s.") % {
        "factors": "; ".join(one.factors[:FACTORS_MAX])
    }
    return f"{said} {against}"


def _number(value: Decimal | None) -> str:
    return "–" if value is None else f"{value.normalize():f}"


def agency_incomplete(agency: str) -> Conflict:
    """Return the conflict of a notice that must name an agency whose address is not known."""
    return Conflict(
        "agency_incomplete",
        f"The notice must name {agency or 'the agency'} with address and telephone,"
        " which the report lacks",
        mend="Load the report again with both, then decide.",
        agency=agency,
    )
