"""Whether terms asked for are better than a customer's own. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.policy.rules import Terms, instalments

# Enough that the parts of instalments show, and none is rounded to nothing.
_SAMPLE_MINOR = 1_000_000


def is_better(asked: Terms, own: Terms, *, on: date) -> bool:
    """Whether an order of that day would be paid later under `asked`, or with more discount.

    Later is the money's average day, so that halves count for what they are; more discount is a
    higher percent, or the same percent for longer.
    """
    if _day_paid(asked, on) > _day_paid(own, on):
        return True
    return _discount(asked) > _discount(own)


def _day_paid(terms: Terms, on: date) -> Decimal:
    """Return after how many days the money is due on average."""
    parts = instalments(terms, on, _SAMPLE_MINOR, BusinessCalendar())
    late = sum((part.due_on - on).days * part.minor for part in parts)
    return Decimal(late) / _SAMPLE_MINOR


def _discount(terms: Terms) -> tuple[Decimal, int]:
    """Return the highest discount and for how many days; one until a day of the month counts 31."""
    steps = [
        (one.percent, one.within_days if one.within_days is not None else 31)
        for one in terms.discounts
    ]
    return max(steps, default=(Decimal(0), 0))
