"""Money in whole minor units: nothing is made or lost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.kernel import currencies, money
from creditdesk.kernel.money import EXPONENTS, Money

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("12.50", "EUR", 1250), ("-0.01", "EUR", -1), ("500", "JPY", 500), ("1.234", "KWD", 1234),
     ("1e3", "EUR", 100_000)],
)  # fmt: skip
def test_amounts(amount: str, currency: str, minor: int) -> None:
    assert money.to_minor(amount, currency) == minor
    assert money.from_minor(minor, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("12.505", "EUR"), ("0.5", "JPY"), ("abc", "EUR"), ("NaN", "EUR"), ("Infinity", "EUR"),
     ("1e30", "EUR"), ("", "EUR")],
)  # fmt: skip
def test_what_is_no_amount_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"amount|fraction|large"):
        money.to_minor(amount, currency)


@given(st.integers(-(2**62), 2**62), CURRENCIES)
def test_minor_units_come_back(minor: int, currency: str) -> None:
    assert money.to_minor(money.from_minor(minor, currency), currency) == minor


@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(any),
)
def test_parts_sum_to_the_whole(minor: int, weights: list[int]) -> None:
    parts = money.split(minor, weights)
    total = sum(weights)
    assert sum(parts) == minor
    assert all(abs(p * total - minor * w) < total for p, w in zip(parts, weights, strict=True))


@pytest.mark.parametrize("weights", [[0, 0], [-1, 2], []])
def test_weights_must_share_something_out(weights: list[int]) -> None:
    with pytest.raises(ValueError, match=r"weights|empty"):
        money.split(5, weights)


@pytest.mark.parametrize(
    ("minor", "source", "target", "rate", "expected"),
    [(1000, "EUR", "USD", "1.1", 1100), (1000, "EUR", "JPY", "160", 1600),
     (1, "JPY", "EUR", "0.00625", 1), (1000, "EUR", "KWD", "0.33", 3300)],
)  # fmt: skip
def test_conversion_rounds_once(
    minor: int, source: str, target: str, rate: str, expected: int
) -> None:
    found = money.convert(minor, source=source, target=target, rate=Decimal(rate))
    assert found == expected


def test_half_is_rounded_up() -> None:
    assert [money.multiply(n, Decimal("0.5")) for n in (1, 3, -1)] == [1, 2, -1]


def test_currencies_do_not_mix() -> None:
    assert Money.of("1.00", "EUR") + Money("EUR", 5) == Money("EUR", 105)
    with pytest.raises(ValueError, match="cannot mix"):
        Money("EUR", 1) - Money("USD", 1)


def test_every_currency_with_decimals_of_its_own_is_one_there_is() -> None:
    assert set(EXPONENTS) <= currencies.CURRENCIES
    assert {"EUR", "USD", "GBP", "CHF", "JPY", "DEM"} <= currencies.CURRENCIES
    assert not {"XXX", "XTS", "ZZZ", "eur", ""} & currencies.CURRENCIES
    assert all(
        len(code) == 3 and code.isascii() and code.isupper() for code in currencies.CURRENCIES
    )
