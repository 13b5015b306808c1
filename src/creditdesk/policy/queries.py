"""Which rules, rates and business days are in force."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache

import holidays

from creditdesk.controls import queries as controls
from creditdesk.kernel.calendars import BusinessCalendar
from creditdesk.kernel.errors import NotFound
from creditdesk.kernel.money import exponent, from_minor
from creditdesk.plumbing import sql
from creditdesk.policy import rules
from creditdesk.policy.rules import interest

HORIZON_YEARS = 2

IN_FORCE = """
    FROM policy_policy WHERE company_id = %s AND withdrawn_at IS NULL
    ORDER BY valid_from <= %s DESC, abs(valid_from - %s) LIMIT 1
"""
WHOLE = f"SELECT rules::text, version, valid_from {IN_FORCE}"
SECOND_PERSON = f"SELECT rules #>> '{{duties,second_person}}' {IN_FORCE}"


@dataclass(frozen=True, slots=True)
class _Version:
    rules: str
    version: int
    valid_from: date


# Each pair's latest rate by one probe of the index per pair, however long the history is.
LATEST_RATES = """
    WITH RECURSIVE pair AS (
        (SELECT base, quote FROM policy_exchangerate ORDER BY base, quote LIMIT 1)
        UNION ALL
        SELECT following.base, following.quote FROM pair, LATERAL (
            SELECT base, quote FROM policy_exchangerate r
            WHERE (r.base, r.quote) > (pair.base, pair.quote)
            ORDER BY r.base, r.quote LIMIT 1
        ) AS following
    )
    SELECT pair.base, pair.quote, latest.rate FROM pair, LATERAL (
        SELECT rate FROM policy_exchangerate r
        WHERE r.base = pair.base AND r.quote = pair.quote AND r.valid_on <= %s
        ORDER BY r.valid_on DESC LIMIT 1
    ) AS latest
    ORDER BY pair.base, pair.quote
"""


@dataclass(frozen=True, slots=True)
class _Rate:
    base: str
    quote: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class ReferenceRateRow:
    """A reference rate of one half-year, in percent a year."""

    code: str
    valid_on: date
    percent: Decimal
    source: str


def reference_rates() -> dict[tuple[str, date], interest.ReferenceRate]:
    """Return every known rate by code and half-year; those loaded come before those shipped."""
    loaded = sql.fetch(
        ReferenceRateRow, "SELECT code, valid_on, percent, source FROM policy_referencerate"
    )
    return {
        **interest.PUBLISHED,
        **{
            (row.code, row.valid_on): interest.ReferenceRate(row.percent, row.source)
            for row in loaded
        },
    }


def second_person(company_id: int, on: date) -> tuple[str, ...]:
    """Return the commands for which the policy in force wants a second person; none without one.

    Asked before every command of a person or a program: so not for the whole document.
    """
    named = sql.scalar(SECOND_PERSON, [company_id, on, on], planned=True)
    return tuple(json.loads(named)) if named else ()


def in_force(company_id: int, on: date) -> rules.Policy:
    """Return the version in force on a date; before the first version, the first one."""
    return _policy(sql.fetch_one(_Version, WHOLE, [company_id, on, on], planned=True))


def version_in_force(company_id: int, on: date) -> int | None:
    """Return which version a decision of a date is made by; nothing without a policy."""
    try:
        return in_force(company_id, on).version
    except NotFound:
        return None


def exposure_rules(company_id: int, on: date) -> rules.ExposureRules:
    """Return what counts against limits on a date; without a policy, the default rules."""
    try:
        return in_force(company_id, on).exposure
    except NotFound:
        return rules.ExposureRules()


def version(company_id: int, number: int) -> rules.Policy:
    """Return one version of the rules, for a decision made by it."""
    row = sql.fetch_one(
        _Version,
        "SELECT rules::text, version, valid_from FROM policy_policy"
        " WHERE company_id = %s AND version = %s",
        [company_id, number],
    )
    return _policy(row)


def versions(company_id: int) -> list[rules.Policy]:
    """Return every version that counts or will, by the date from which it does."""
    found = sql.fetch(
        _Version,
        "SELECT rules::text, version, valid_from FROM policy_policy"
        " WHERE company_id = %s AND withdrawn_at IS NULL ORDER BY valid_from",
        [company_id],
    )
    return [_policy(row) for row in found]


@lru_cache(maxsize=256)
def parsed(text: str, version: int, valid_from: date) -> rules.Policy:
    """Return stored rules as values; kept by their very text, so a kept one is never stale."""
    return rules.parse(json.loads(text), version=version, valid_from=valid_from)


def _policy(row: _Version | None) -> rules.Policy:
    if row is None:
        raise NotFound("policy_missing", "The company has no credit policy yet")
    return parsed(row.rules, row.version, row.valid_from)


def approvers_needed(
    company_id: int,
    on: date,
    subject: rules.Subject,
    amounts: Iterable[tuple[int, str]],
    user_id: int | None = None,
) -> int:
    """Return how many others must approve the highest of the amounts (minor, currency).

    `user_id` is who decides: a policy may let a role decide more or less. Without a policy the
    defaults count; an amount in a currency without a rate needs one other.
    """
    try:
        authority = in_force(company_id, on).authority
    except NotFound:
        authority = rules.Authority()
    roles: Collection[str] = ()
    if user_id is not None and authority.names_roles(subject):
        roles = controls.roles_of(user_id, company_id)
    own = controls.company(company_id).currency
    given = list(amounts)
    rates = rates_into(own, on) if any(currency != own for _, currency in given) else {}
    return max(
        (
            authority.approvers(subject, _converted(minor, currency, own, rates), roles)
            for minor, currency in given
        ),
        default=0,
    )


def _converted(minor: int, currency: str, own: str, rates: Mapping[str, Decimal]) -> int | None:
    """Return an amount in the company's minor units, rounded up; nothing without a rate."""
    if currency == own:
        return minor
    if currency not in rates:
        return None
    exact = from_minor(minor, currency) * rates[currency]
    return int(exact.scaleb(exponent(own)).to_integral_value(ROUND_CEILING))


def calendar(country: str, around: date) -> BusinessCalendar:
    """Return the business days of a country for the years around a date; unknown: weekends only."""
    return _calendar(country, around.year)


@lru_cache(maxsize=256)
def _calendar(country: str, year: int) -> BusinessCalendar:
    years = range(year - HORIZON_YEARS, year + HORIZON_YEARS + 1)
    try:
        known = holidays.country_holidays(country, years=years)
    except NotImplementedError:
        return BusinessCalendar()
    return BusinessCalendar(holidays=frozenset(known))


def rates_into(quote: str, on: date) -> dict[str, Decimal]:
    """Return what one unit of each currency is worth in `quote` on a date; itself is 1.

    The latest rate at or before the date counts. A rate kept for the pair comes first, then the
    inverse of one kept the other way, then a cross over one common currency, by its name.
    """
    kept = {(row.base, row.quote): row.rate for row in sql.fetch(_Rate, LATEST_RATES, [on])}
    return rules.crossed(kept, quote)


def is_withdrawn(company_id: int, version: int) -> bool:
    """Whether a version was taken back before its day."""
    return bool(
        sql.scalar(
            "SELECT EXISTS (SELECT FROM policy_policy WHERE company_id = %s AND version = %s"
            " AND withdrawn_at IS NOT NULL)::int",
            [company_id, version],
        )
    )
