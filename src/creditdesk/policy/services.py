"""Writers of the policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from creditdesk.controls.commands import command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place
from creditdesk.plumbing.services import take_numbers
from creditdesk.policy import rules
from creditdesk.policy.models import ExchangeRate, Policy, ReferenceRate
from creditdesk.policy.rules import fee_law, interest


@command("policy.publish")
def publish(actor: Actor, *, given: Mapping[str, Any], valid_from: date) -> int:
    """Put a new version of the rules in force from a date; return its number."""
    [version] = take_numbers(actor.company_id, "policy", 1)
    fee_law.refuse_unlawful(rules.parse(given, version=version, valid_from=valid_from))
    if Policy.objects.filter(company_id=actor.company_id, valid_from=valid_from).exists():
        raise Conflict("policy_day_taken", f"Another version is in force from {valid_from} already")
    Policy.objects.create(
        company_id=actor.company_id, version=version, valid_from=valid_from, rules=given,
        recorded_at=actor.at, recorded_by=actor.name,
    )  # fmt: skip
    return version


@transaction.atomic
def ensure_default(actor: Actor, *, valid_from: date) -> None:
    """Give a company without rules the default ones."""
    if not Policy.objects.filter(company_id=actor.company_id).exists():
        publish(actor, given=dict(rules.DEFAULT), valid_from=valid_from)


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
