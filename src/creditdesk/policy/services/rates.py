"""Writers of exchange rates and of reference rates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import transaction

from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, Place
from creditdesk.policy import rules
from creditdesk.policy.models import ExchangeRate, ReferenceRate
from creditdesk.policy.rules import interest

SOURCE_LENGTH_MAX: Final = 300


@transaction.atomic
def load_rates(rates: Iterable[tuple[str, str, date, Decimal]], *, source: str) -> int:
    """Keep rates as (base, quote, date, rate); a known day is replaced. Return how many.

    Ids rise with the days, so that a rate of an old day with a higher id than one of a newer day
    came after it: who waits for late rates looks for those.

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
        for (base, quote, valid_on), rate in sorted(
            by_day.items(), key=lambda one: (one[0][2], one[0][:2])
        )
    ]
    ExchangeRate.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["base", "quote", "valid_on"],
        update_fields=["rate", "source"],
    )
    return len(rows)


@command("policy.set_rate")
def set_reference_rate(
    actor: Actor, code: str, valid_on: date, percent: Decimal, *, source: str
) -> None:
    """Keep the rate of a half-year as somebody read it where it is published; one kept is replaced.

    Raises Invalid: `reference_rate_invalid`, `rate_source_missing`.
    """
    said = " ".join(source.split())
    if not said or len(said) > SOURCE_LENGTH_MAX:
        raise Invalid(
            "rate_source_missing",
            "A rate needs the place where it was read",
            place=Place(field="source"),
            mend=f"Name the publication, in at most {SOURCE_LENGTH_MAX} letters.",
        )
    load_reference_rates([(code, valid_on, percent)], source=f"{said} ({actor.name})")


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
