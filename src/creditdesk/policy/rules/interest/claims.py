"""What a late debt comes to: interest, compensation, costs, and what payments went to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from creditdesk.kernel.errors import Refused
from creditdesk.policy.rules.interest.accrual import Segment, exact_minor, rounded, segments_of
from creditdesk.policy.rules.interest.law import DayCount, Law
from creditdesk.policy.rules.interest.rates import JULY, ReferenceRate, half_year_of

DAY = timedelta(days=1)
Rates = Mapping[tuple[str, date], ReferenceRate]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that lowers the debt: a payment, or a credit note.

    A credit note `since_due` takes back what was never owed, so that it bore no interest.
    """

    on: date
    minor: int
    kind: Literal["payment", "credit"] = "payment"
    since_due: bool = False


@dataclass(frozen=True, slots=True)
class Suspension:
    """A contested part that bears no interest from one day up to and with another."""

    first_on: date
    last_on: date
    minor: int


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of recovery besides the fixed compensation, owed from a day on."""

    on: date
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A debt and what happened to it up to `until`.

    Interest counts the days after `due_on` up to and with `until`. With `late_from` instead, it
    counts from that day on and leaves out the day of payment, as some calculators do.
    """

    law: Law
    currency: str
    principal_minor: int
    until: date
    due_on: date | None = None
    late_from: date | None = None
    is_consumer: bool = False
    agreed_percent: Decimal | None = None
    statutory_percent: Decimal | None = None
    highest_percent: Decimal | None = None
    day_count: DayCount | None = None
    allocation: tuple[str, ...] | None = None
    changes: tuple[Change, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    costs: tuple[Costs, ...] = ()
    with_compensation: bool = True

    @property
    def start(self) -> date:
        """The day the count starts from: days after it bear interest, or it does by itself."""
        start = self.due_on or self.late_from
        if start is None:
            raise ValueError("a claim needs due_on or late_from")
        return start

    @property
    def late_on(self) -> date:
        """The first day on which the debt is late."""
        return self.start if self.due_on is None else self.start + DAY

    def edge(self, first_day: date) -> date:
        """Return the count's own mark of a first day: the day before, as days after it count."""
        return first_day if self.due_on is None else first_day - DAY


@dataclass(frozen=True, slots=True)
class Answer:
    """What is owed at the end, in whole minor units, and how it came about.

    `compensation_currency` is that of the law; it is part of the costs only in the debt's own.
    """

    interest_minor: int
    interest_exact: Fraction
    compensation_minor: int
    compensation_currency: str
    costs_minor: int
    principal_open_minor: int
    interest_open_minor: int
    costs_open_minor: int
    overpaid_minor: int
    segments: tuple[Segment, ...]


@dataclass(slots=True)
class _Debt:
    """The debt as it stands while the days pass."""

    principal: int
    costs: int = 0
    interest_paid: int = 0
    exact: Fraction = Fraction(0)
    overpaid: int = 0
    segments: list[Segment] = field(default_factory=list)


def claimed(claim: Claim, rates: Rates) -> Answer:
    """Return interest, compensation and what is open of a debt.

    Interest is simple and rounded once, half up. Raises Refused: `reference_rate_missing`,
    `agreed_rate_missing`, `law_not_for_consumers`, `rate_above_cap`.
    """
    owed_minor = claim.principal_minor - sum(
        change.minor for change in claim.changes if change.since_due
    )
    debt = _Debt(principal=max(0, owed_minor))
    debt.overpaid = max(0, -owed_minor)
    changes = sorted(
        (change for change in claim.changes if not change.since_due and change.on <= claim.until),
        key=lambda change: (change.on, change.kind),
    )
    for change in (one for one in changes if one.on <= claim.start):
        _lower(debt, change, claim)
    compensation = compensation_of(claim, debt.principal)
    costs = [(cost.on, cost.minor) for cost in claim.costs if cost.on <= claim.until]
    if compensation and claim.law.currency == claim.currency:
        costs.append((claim.start, compensation))
    at = claim.start
    later = [change for change in changes if change.on > claim.start]
    for on in sorted({*(change.on for change in later), *(on for on, _ in costs)}):
        if on > at:
            _accrue(debt, claim, rates, at, on)
            at = on
        debt.costs += sum(minor for cost_on, minor in costs if cost_on == on)
        for change in (one for one in later if one.on == on):
            _lower(debt, change, claim)
    if claim.until > at:
        _accrue(debt, claim, rates, at, claim.until)
    return _answer(claim, debt, compensation, sum(minor for _, minor in costs))


def _answer(claim: Claim, debt: _Debt, compensation: int, costs: int) -> Answer:
    interest = rounded(debt.exact)
    return Answer(
        interest_minor=interest,
        interest_exact=debt.exact,
        compensation_minor=compensation,
        compensation_currency=claim.law.currency if compensation else "",
        costs_minor=costs,
        principal_open_minor=debt.principal,
        interest_open_minor=interest - debt.interest_paid,
        costs_open_minor=debt.costs,
        overpaid_minor=debt.overpaid,
        segments=tuple(debt.segments),
    )


def compensation_of(claim: Claim, late_minor: int) -> int:
    """Return the fixed compensation for a debt still open when it became late; else nothing.

    It is owed between businesses, once per debt, by the size of the debt. Bands of another currency
    than the debt's are never guessed: Refused with `compensation_currency`.
    """
    law = claim.law
    with_agreed = claim.agreed_percent is not None and not law.compensation_beside_agreed_rate
    is_late = claim.until >= claim.late_on and late_minor > 0
    if not (law.compensation and claim.with_compensation and is_late) or with_agreed:
        return 0
    if claim.is_consumer:
        return 0
    if len(law.compensation) > 1 and claim.currency != law.currency:
        raise Refused(
            "compensation_currency",
            f"The compensation of {law.code} law goes by amounts in {law.currency},"
            f" the debt is in {claim.currency}",
            currency=claim.currency,
        )
    return max(band.minor for band in law.compensation if late_minor >= band.from_minor)


def allocate(minor: int, owed: Mapping[str, int], order: Sequence[str]) -> dict[str, int]:
    """Share a payment out in the order given; what is left over stands under `overpaid`."""
    shares = {}
    for name in order:
        shares[name] = min(minor, owed.get(name, 0))
        minor -= shares[name]
    return {**shares, "overpaid": minor}


def _lower(debt: _Debt, change: Change, claim: Claim) -> None:
    """Take a payment or credit note off the debt; credit lowers the principal alone."""
    owed = {
        "principal": debt.principal,
        "interest": rounded(debt.exact) - debt.interest_paid,
        "costs": debt.costs,
    }
    order = ("principal",) if change.kind == "credit" else claim.allocation or claim.law.allocation
    shares = allocate(change.minor, owed, order)
    debt.principal -= shares["principal"]
    debt.interest_paid += shares.get("interest", 0)
    debt.costs -= shares.get("costs", 0)
    debt.overpaid += shares["overpaid"]


def _accrue(debt: _Debt, claim: Claim, rates: Rates, start: date, end: date) -> None:
    suspended = [
        (claim.edge(one.first_on), claim.edge(one.last_on + DAY), one.minor)
        for one in claim.suspensions
    ]

    def balance_on(begin: date) -> int:
        contested = sum(minor for first, last, minor in suspended if first <= begin < last)
        return max(0, debt.principal - contested)

    def percent_on(begin: date) -> Decimal:
        return percent_of(claim, rates, begin if claim.due_on is None else begin + DAY)

    cuts = [edge for first, last, _ in suspended for edge in (first, last)]
    if claim.law.fixing == "stepped" and claim.agreed_percent is None:
        years = range(start.year, end.year + 2)
        cuts += [claim.edge(date(year, month, 1)) for year in years for month in (1, JULY)]
    found = segments_of(
        start, end, balance_on=balance_on, percent_on=percent_on, cuts=cuts,
        day_count=claim.day_count or claim.law.day_count,
        first_day=DAY if claim.due_on is not None else timedelta(0),
    )  # fmt: skip
    debt.segments += found
    debt.exact += exact_minor(found)


def percent_of(claim: Claim, rates: Rates, day: date) -> Decimal:
    """Return the rate of a day in percent a year; one agreed or stated comes before the law's."""
    stated = claim.agreed_percent if claim.agreed_percent is not None else claim.statutory_percent
    percent = _by_law(claim, rates, day) if stated is None else stated
    if claim.highest_percent is not None and percent > claim.highest_percent:
        raise Refused(
            "rate_above_cap",
            f"{percent} % is above the highest lawful rate of {claim.highest_percent} %",
            percent=str(percent),
        )
    return percent


def _by_law(claim: Claim, rates: Rates, day: date) -> Decimal:
    law = claim.law
    margin = law.consumer_margin_percent if claim.is_consumer else law.margin_percent
    if law.fixing == "agreed":
        raise Refused(
            "agreed_rate_missing", f"{law.code} law gives no rate; name the agreed one",
            jurisdiction=law.code,
        )  # fmt: skip
    if margin is None:
        raise Refused(
            "law_not_for_consumers", f"{law.code} law on late payment is not for consumers",
            jurisdiction=law.code,
        )  # fmt: skip
    half_year = half_year_of(claim.late_on if law.fixing == "frozen" else day)
    rate = rates.get((law.reference, half_year))
    if rate is None:
        raise Refused(
            "reference_rate_missing",
            f"The reference rate {law.reference} from {half_year} is not known; enter it with its"
            " source under Late interest, or by creditdesk interest rate",
            reference=law.reference,
            valid_on=half_year.isoformat(),
        )
    return rate.percent + margin
