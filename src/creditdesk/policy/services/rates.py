"""Writers of exchange rates and of reference rates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db import transaction

from creditdesk.kernel.errors import Invalid, Place
from creditdesk.policy import rules
from creditdesk.policy.models import ExchangeRate, ReferenceRate
from creditdesk.policy.rules import interest


@transaction.atomic
def load_rates(rates: Iterable[tuple[str, str, date, Decimal]], *, source: str) -> int:
    """Keep rates as (base, quote, date, rate); a known day is replaced. Return how many.

    Raises Invalid for a rate that cannot be; then none is kept.
    """
    by_day = {(base, quote, valid_on): rate for base, quote, valid_on, rate in rates}
    for (base, quote, valid_on), rate in by_day.items():
        if not rules.is_rate(base, quote, rate):
            raise Invalid(
                "rate_invalid",
                f"{base}/{quote} {rate} on {valid_on} is no exchange rate",
                place=Place(field="rate"),
                mend="Give two different currencies and a positive rate.",
            )
    rows = [
        ExchangeRate(base=base, quote=quote, valid_on=valid_on, rate=rate, source=source)
        for (base, quote, valid_on), rate in by_day.items()
    ]
    ExchangeRate.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["base", "quote", "valid_on"],
        update_fields=["rate", "source"],
    )
    return len(rows)


@transaction.atomic
def load_reference_rates(rates: Iterable[tuple[str, date, Decimal]], *, source: str) -> int:
    """Keep reference rates as (code, first day of the half-year, percent); a known one is replaced.

    Return how many. Raises Invalid for one that cannot be; then none is kept.
    """
    by_day = {(code, valid_on): percent for code, valid_on, percent in rates}
    for (code, valid_on), percent in by_day.items():
        if not interest.is_reference_rate(code, valid_on, percent):
            raise Invalid(
                "reference_rate_invalid",
                f"{code} {percent} from {valid_on} is no reference rate of a half-year",
                place=Place(field="percent"),
                mend=f"Give {', '.join(interest.REFERENCES)}, 1 January or 1 July, and a percent.",
            )
    rows = [
        ReferenceRate(code=code, valid_on=valid_on, percent=percent, source=source)
        for (code, valid_on), percent in by_day.items()
    ]
    ReferenceRate.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["code", "valid_on"],
        update_fields=["percent", "source"],
    )
    return len(rows)
