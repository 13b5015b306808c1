"""Versions in force by date, rates by date, business days by country."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused
from creditdesk.plumbing import sql
from creditdesk.policy import queries, services
from creditdesk.policy.rules import DEFAULT
from tests.support.fixtures import founded

NEW_YEAR = date(2026, 1, 1)


def test_each_version_is_in_force_from_its_date(actor: Actor) -> None:
    services.ensure_default(actor, valid_from=NEW_YEAR)
    services.ensure_default(actor, valid_from=date(2026, 6, 1))
    later = {**DEFAULT, "default_terms": "net60"}
    assert services.publish(actor, given=later, valid_from=date(2026, 4, 1)) == 2
    between = {**DEFAULT, "default_terms": "net14"}
    assert services.publish(actor, given=between, valid_from=date(2026, 2, 1)) == 3
    seen = [
        queries.in_force(actor.company_id, on).version
        for on in (
            date(2025, 1, 1), NEW_YEAR, date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 31),
            date(2026, 4, 1), date(2030, 1, 1),
        )
    ]  # fmt: skip
    assert seen == [1, 1, 1, 3, 3, 2, 2]
    assert queries.version(actor.company_id, 2).default_terms == "net60"
    assert [one.version for one in queries.versions(actor.company_id)] == [1, 3, 2]


def test_a_refused_version_takes_no_number(actor: Actor) -> None:
    services.ensure_default(actor, valid_from=NEW_YEAR)
    with pytest.raises(Invalid) as refused:
        services.publish(actor, given={**DEFAULT, "colour": 1}, valid_from=date(2026, 4, 1))
    assert refused.value.code == "policy_field_unknown"
    with pytest.raises(Conflict) as twice:
        services.publish(actor, given=dict(DEFAULT), valid_from=NEW_YEAR)
    assert twice.value.code == "policy_day_taken"
    assert [one.version for one in queries.versions(actor.company_id)] == [1]


def test_only_who_may_publishes(actor: Actor, actor_of: Callable[..., Actor]) -> None:
    with pytest.raises(Refused):
        services.publish(
            actor_of(actor.company_id, role="collector"), given=dict(DEFAULT), valid_from=NEW_YEAR
        )
    with pytest.raises(NotFound) as missing:
        queries.in_force(actor.company_id, NEW_YEAR)
    assert missing.value.code == "policy_missing"


def test_each_company_has_its_own_policy(actor: Actor, actor_of: Callable[..., Actor]) -> None:
    services.ensure_default(actor, valid_from=NEW_YEAR)
    other = actor_of(founded("other").id)
    with pytest.raises(NotFound):
        queries.in_force(other.company_id, NEW_YEAR)
    assert services.publish(other, given=dict(DEFAULT), valid_from=NEW_YEAR) == 1


def test_the_latest_rate_at_or_before_the_date_counts(db: None) -> None:
    services.load_rates(
        [
            ("EUR", "USD", date(2026, 1, 2), Decimal("1.25")),
            ("EUR", "USD", date(2026, 3, 1), Decimal("1.60")),
            ("EUR", "JPY", date(2026, 1, 2), Decimal(160)),
        ],
        source="test",
    )
    assert queries.rates_into("EUR", date(2026, 1, 1)) == {"EUR": 1}
    assert queries.rates_into("EUR", date(2026, 2, 28))["USD"] == Decimal("0.8")
    assert queries.rates_into("EUR", date(2026, 3, 1))["USD"] == Decimal("0.625")
    assert queries.rates_into("USD", date(2026, 3, 1))["JPY"] == Decimal("0.01")


def test_a_rate_of_a_known_day_is_replaced_and_a_senseless_one_refused(db: None) -> None:
    day = date(2026, 1, 2)
    services.load_rates([("EUR", "USD", day, Decimal("1.25"))], source="a")
    services.load_rates([("EUR", "USD", day, Decimal(2))], source="b")
    assert queries.rates_into("USD", day)["EUR"] == Decimal(2)
    for base, rate in (("EUR", Decimal(0)), ("EUR", Decimal(-1)), ("USD", Decimal(1)),
                       ("eu", Decimal(1)), ("EUR", Decimal("NaN"))):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            services.load_rates([(base, "USD", day, rate)], source="c")
        assert refused.value.code == "rate_invalid"
    assert queries.rates_into("USD", day) == {"USD": 1, "EUR": 2}


@pytest.mark.parametrize(
    ("country", "day", "worked"),
    [
        ("DE", date(2026, 12, 25), False),
        ("DE", date(2026, 12, 24), True),
        ("US", date(2026, 7, 3), False),
        ("GB", date(2026, 4, 3), False),
        ("XX", date(2026, 12, 25), True),
        ("", date(2026, 12, 25), True),
        ("DE", date(2026, 3, 15), False),
    ],
)
def test_business_days(country: str, day: date, worked: bool) -> None:  # noqa: FBT001
    assert queries.calendar(country, day).is_business_day(day) is worked


def test_rates_loaded_together_are_kept_in_the_order_of_their_days(db: None) -> None:
    days = [date(2026, 3, 1), date(2026, 1, 2), date(2026, 2, 1)]
    services.load_rates(
        [("EUR", quote, day, Decimal(2)) for quote in ("USD", "GBP") for day in days],
        source="test",
    )
    kept = sql.scalars("SELECT valid_on FROM policy_exchangerate ORDER BY id", [])
    assert kept == sorted(days * 2)
