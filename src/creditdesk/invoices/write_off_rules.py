"""What is written off of an invoice, what may be taken back of it, and its tax. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from typing import Final

from creditdesk.policy.rules import WRITE_OFF_REASONS, ReliefRule

REASONS: Final = WRITE_OFF_REASONS
WRITE_OFF: Final = "write_off"
RECOVERY: Final = "recovery"  # money came in after all
CORRECTION: Final = "correction"  # it should not have been written off
RELIEF: Final = "relief"
RELIEF_BACK: Final = "relief_back"
BACKS: Final = (RECOVERY, CORRECTION)
HALF: Final = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWriteOff:
    """What is to be written off of an invoice: all that is open, or an instalment, or an amount."""

    invoice: str
    instalment: int | None = None
    minor: int | None = None


@dataclass(frozen=True, slots=True)
class OpenPart:
    """An instalment and what of it is open, from when on."""

    item_id: int
    instalment: int
    open_since: date
    open_minor: int


@dataclass(frozen=True, slots=True)
class Share:
    """What is written off of one instalment."""

    part: OpenPart
    minor: int


def why_not(wanted: NewWriteOff, parts: Sequence[OpenPart]) -> str:
    """Return why it cannot be written off, as a code; empty where it can."""
    chosen = _chosen(wanted, parts)
    if wanted.instalment is not None and not chosen:
        return "instalment_unknown"
    still_open = sum(part.open_minor for part in chosen)
    if not still_open:
        return "nothing_open"
    if wanted.minor is None:
        return ""
    if wanted.minor <= 0:
        return "write_off_not_positive"
    return "write_off_above_open" if wanted.minor > still_open else ""


def shared(wanted: NewWriteOff, parts: Sequence[OpenPart]) -> list[Share]:
    """Share an amount that fits out over the instalments, the last one first.

    What is due first is most likely to be paid first, so it stays open longest.
    """
    chosen = _chosen(wanted, parts)
    left = sum(part.open_minor for part in chosen) if wanted.minor is None else wanted.minor
    found = []
    for part in sorted(chosen, key=lambda one: one.instalment, reverse=True):
        minor = min(left, part.open_minor)
        if minor > 0:
            left -= minor
            found.append(Share(part, minor))
    return sorted(found, key=lambda one: one.part.instalment)


def _chosen(wanted: NewWriteOff, parts: Sequence[OpenPart]) -> list[OpenPart]:
    return [part for part in parts if wanted.instalment in (None, part.instalment)]


@dataclass(frozen=True, slots=True)
class Standing:
    """A write-off as it stands: how much was written off and taken back, and its tax relieved."""

    id: int
    item_id: int
    because: str
    minor: int
    back_minor: int
    relieved_minor: int
    due_on: date

    @property
    def left_minor(self) -> int:
        """What of it stands written off."""
        return self.minor - self.back_minor


@dataclass(frozen=True, slots=True)
class Back:
    """What of one write-off is taken back."""

    standing: Standing
    minor: int


def taken_back(minor: int, standings: Sequence[Standing]) -> list[Back]:
    """Share what is owed again out over the write-offs, the last one first."""
    left, found = minor, []
    for one in sorted(standings, key=lambda each: each.id, reverse=True):
        given = min(left, one.left_minor)
        if given > 0:
            left -= given
            found.append(Back(one, given))
    if left:
        raise ValueError("more is taken back than stands written off")
    return found


def tax_within(minor: int, *, total_minor: int, tax_minor: int) -> int:
    """Return the tax within a part of an invoice, in its own proportion, rounded once half up."""
    if total_minor <= 0:
        return 0
    return floor(Fraction(minor * tax_minor, total_minor) + HALF)


def relief_days(rule: ReliefRule, due_on: date) -> tuple[date, date | None]:
    """Return the first and the last day on which tax may be taken back for an instalment."""
    last = due_on + timedelta(days=rule.until_due_days) if rule.until_due_days else None
    return due_on + timedelta(days=rule.after_due_days), last


@dataclass(frozen=True, slots=True)
class Relief:
    """The tax of one write-off to be taken back from the tax office, or, negative, given back."""

    standing: Standing
    minor: int


def reliefs(
    standings: Sequence[Standing],
    *,
    total_minor: int,
    tax_minor: int,
    rules: Sequence[ReliefRule],
    on: date,
) -> list[Relief]:
    """Return what is to be booked now for the write-offs of one invoice, less what was.

    The parts of an invoice together never hold more tax than it. What was relieved stays so while
    it stands written off, whatever rule is in force by then; what was recovered goes back at once.
    """
    found, written, given = [], 0, 0
    for one in sorted(standings, key=lambda each: each.id):
        if one.relieved_minor or _is_due(one, rules, on):
            written += one.left_minor
            target = tax_within(written, total_minor=total_minor, tax_minor=tax_minor) - given
            given += target
            if target != one.relieved_minor:
                found.append(Relief(one, target - one.relieved_minor))
    return found


def _is_due(one: Standing, rules: Sequence[ReliefRule], on: date) -> bool:
    rule = next((rule for rule in rules if rule.reason == one.because), None)
    if rule is None or not one.left_minor:
        return False
    first, last = relief_days(rule, one.due_on)
    return first <= on and (last is None or on <= last)
