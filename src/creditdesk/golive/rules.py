"""What a report of going live says, and where imported dunning levels stand on the ladder. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from creditdesk.policy.rules import Step
from creditdesk.reconciliation.rules import BALANCE, BUCKETS, RECEIVABLE, UNAPPLIED, Figure

ITEMS: Final = "opening_items"
CREDITS: Final = "opening_credits"
LIMITS: Final = "opening_limits"
DISPUTES: Final = "opening_disputes"
PROMISES: Final = "opening_promises"
CONTACTS: Final = "opening_contacts"
HOLDS: Final = "opening_holds"
KINDS: Final = (ITEMS, CREDITS, LIMITS, DISPUTES, PROMISES, CONTACTS, HOLDS)
# What stops signing; everything else is said and may be signed.
ERRORS: Final = frozenset(
    {
        "nothing_loaded", "customer_unknown", "number_taken", "books_not_empty",
        "issued_after_cut_over", "dispute_without_item", "dispute_above_open",
        "promise_without_item", "promise_past",
    }
)  # fmt: skip
NAMED_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class OpenSum:
    """What stands open of a customer in a currency and bucket, or in credit (no bucket)."""

    customer_number: str
    currency: str
    bucket: str
    documents: int
    minor: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend or to know: a code, how often, and the first few it is about."""

    code: str
    count: int
    named: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether it stops signing."""
        return self.code in ERRORS


@dataclass(frozen=True, slots=True)
class CurrencyTotals:
    """What is taken over in one currency, by age at the cut-over."""

    currency: str
    documents: int
    owed_minor: int
    credits: int
    credit_minor: int
    buckets: tuple[int, ...]

    @property
    def balance_minor(self) -> int:
        """What is owed less what is in credit."""
        return self.owed_minor - self.credit_minor


@dataclass(frozen=True, slots=True)
class Check:
    """A control total of the ERP beside ours."""

    figure: str
    customer_number: str
    currency: str
    here_minor: int
    there_minor: int

    @property
    def is_equal(self) -> bool:
        """Whether both agree."""
        return self.here_minor == self.there_minor


@dataclass(frozen=True, slots=True)
class Report:
    """What a controller signs: totals, ages, control totals, findings, who loaded it."""

    cut_over_on: date
    totals: tuple[CurrencyTotals, ...]
    checks: tuple[Check, ...]
    counts: dict[str, int]
    findings: tuple[Finding, ...]
    loaders: tuple[str, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What stops signing."""
        return tuple(one for one in self.findings if one.is_error)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What whoever signs should know."""
        return tuple(one for one in self.findings if not one.is_error)

    @property
    def differing(self) -> tuple[Check, ...]:
        """The control totals that do not agree."""
        return tuple(one for one in self.checks if not one.is_equal)

    @property
    def needs_note(self) -> bool:
        """Whether signing needs a word of explanation."""
        return bool(self.differing) or not self.checks


def totals(sums: Sequence[OpenSum]) -> tuple[CurrencyTotals, ...]:
    """Return the totals of each currency; a credit has no bucket."""
    found = []
    for currency in sorted({one.currency for one in sums}):
        owed = [one for one in sums if one.currency == currency and one.bucket]
        in_credit = [one for one in sums if one.currency == currency and not one.bucket]
        found.append(
            CurrencyTotals(
                currency,
                sum(one.documents for one in owed),
                sum(one.minor for one in owed),
                sum(one.documents for one in in_credit),
                sum(one.minor for one in in_credit),
                tuple(sum(o.minor for o in owed if o.bucket == bucket) for bucket in BUCKETS),
            )
        )
    return tuple(found)


def checks(sums: Sequence[OpenSum], figures: Sequence[Figure]) -> tuple[Check, ...]:
    """Return every control total beside ours, those that differ first."""
    ours: dict[tuple[str, str, str], int] = {}
    for one in sums:
        for customer in {one.customer_number, ""}:
            sign = 1 if one.bucket else -1
            names = [
                (RECEIVABLE if one.bucket else UNAPPLIED, one.minor),
                (BALANCE, sign * one.minor),
            ]
            if one.bucket:
                names.append((f"{RECEIVABLE}:{one.bucket}", one.minor))
            for name, minor in names:
                key = (name, customer, one.currency)
                ours[key] = ours.get(key, 0) + minor
    found = [
        Check(
            figure.name, figure.customer_number, figure.currency,
            ours.get((figure.name, figure.customer_number, figure.currency), 0), figure.minor,
        )
        for figure in figures
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.is_equal, one.customer_number, one.figure)))


def step_of_level(level: int, ladder: Sequence[Step]) -> Step | None:
    """Return the step an imported dunning level stands for: the highest not above it.

    A level above the ladder is its last step; level nought, or no step, is none.
    """
    steps = sorted((step for step in ladder if step.level > 0), key=lambda step: step.level)
    if level <= 0 or not steps:
        return None
    return next((step for step in reversed(steps) if step.level <= level), steps[0])
