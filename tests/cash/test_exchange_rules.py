"""Rates of banks and of days, and what of a payment pays what of items in another currency."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from creditdesk.cash.rules.exchange import (
    Paid,
    Quote,
    Share,
    Wanted,
    is_near,
    planned,
    quotes,
    share_out,
)
from creditdesk.kernel.money import convert

DAY = Decimal("1.10")


@pytest.mark.parametrize(
    ("told", "day_rate", "expected"),
    [
        (Paid(currency="EUR", total_minor=100), None, ()),
        (Paid(currency="EUR", total_minor=100), DAY, (Quote(DAY, "policy"),)),
        (
            Paid(currency="EUR", total_minor=8_000, original_currency="USD", original_minor=10_000,
                 bank_rate=Decimal("0.81")),
            DAY,
            (Quote(Decimal("1.25"), "bank_amount"), Quote(1 / Decimal("0.81"), "bank_rate"),
             Quote(DAY, "policy")),
        ),
        (
            Paid(currency="EUR", total_minor=8_000, original_currency="USD",
                 bank_rate=Decimal("0.8")),
            None,
            (Quote(Decimal("1.25"), "bank_rate"),),
        ),
        (
            Paid(currency="EUR", total_minor=8_000, original_currency="GBP", original_minor=7_000,
                 bank_rate=Decimal("1.14")),
            DAY,
            (Quote(DAY, "policy"),),
        ),
    ],
    ids=["nothing known", "the day's", "all three", "only the bank's rate", "of a third currency"],
)  # fmt: skip
def test_the_banks_word_goes_before_the_days_rate(
    told: Paid, day_rate: Decimal | None, expected: tuple[Quote, ...]
) -> None:
    assert quotes(told, "USD", day_rate) == expected


def test_what_the_payer_instructed_settles_exactly_that() -> None:
    told = Paid(currency="EUR", total_minor=91_337, original_currency="USD", original_minor=100_000)
    [quote] = quotes(told, "USD", None)
    assert share_out(
        91_337, [40_000, 60_000], quote.rate, payment_currency="EUR", item_currency="USD"
    ) == [Share(36_535, 40_000), Share(54_802, 60_000)]


CODES = st.sampled_from(["EUR", "USD", "JPY", "KWD"])
RATES = st.decimals("0.0005", "3000", places=6)
OPENS = st.lists(st.integers(1, 10**8), min_size=1, max_size=6)


@given(st.integers(1, 10**9), OPENS, RATES, CODES, CODES)
def test_money_is_shared_out_without_making_or_losing_any(
    free: int, opens: list[int], rate: Decimal, source: str, target: str
) -> None:
    """No more than there is, no item beyond what is open, and nothing idle but for rounding."""
    assume(source != target)
    shares = share_out(free, opens, rate, payment_currency=source, item_currency=target)
    taken = sum(share.payment_minor for share in shares)
    settled = sum(share.item_minor for share in shares)
    assert len(shares) == len(opens)
    assert 0 <= taken <= free
    for share, open_minor in zip(shares, opens, strict=True):
        assert 0 <= share.item_minor <= open_minor
        assert (share.payment_minor > 0) == (share.item_minor > 0)
        if share.item_minor:
            assert is_near(
                share.payment_minor, share.item_minor, payment_currency=source,
                item_currency=target, rate=rate, tolerance_percent=Decimal(0),
            )  # fmt: skip
    assert not settled or is_near(
        taken, settled, payment_currency=source, item_currency=target, rate=rate,
        tolerance_percent=Decimal(0),
    )  # fmt: skip
    idle, unpaid = free - taken, sum(opens) - settled
    worth = convert(idle, source=source, target=target, rate=rate)
    dearest = convert(unpaid, source=target, target=source, rate=1 / rate)
    assert min(worth, dearest) <= len(opens)


@given(st.integers(1, 10**8), OPENS, RATES)
def test_more_money_never_settles_less(free: int, opens: list[int], rate: Decimal) -> None:
    less = share_out(free, opens, rate, payment_currency="EUR", item_currency="USD")
    more = share_out(2 * free, opens, rate, payment_currency="EUR", item_currency="USD")
    assert all(one.item_minor <= other.item_minor for one, other in zip(less, more, strict=True))


def test_what_is_said_goes_first_and_the_rest_follows_in_its_order() -> None:
    wanted = [
        Wanted(item_id=1, currency="USD", open_minor=10_000),
        Wanted(item_id=2, currency="USD", open_minor=10_000, item_minor=5_000),
        Wanted(item_id=3, currency="USD", open_minor=10_000, payment_minor=4_000),
        Wanted(item_id=4, currency="USD", open_minor=1_000, item_minor=900, payment_minor=850),
        Wanted(item_id=5, currency="GBP", open_minor=10_000),
    ]
    rates = {"USD": Decimal("1.25"), "GBP": Decimal("0.8")}
    assert planned(20_000, "EUR", wanted, rates) == {
        2: Share(4_000, 5_000),
        3: Share(4_000, 5_000),
        4: Share(850, 900),
        1: Share(8_000, 10_000),
        5: Share(3_150, 2_520),
    }
    assert planned(8_850, "EUR", wanted, rates).keys() == {2, 3, 4}


@pytest.mark.parametrize(
    ("payment", "item", "near"), [(1, 400, True), (2, 400, True), (3, 400, False), (1, 1000, False)]
)
def test_a_unit_of_the_coarser_currency_is_rounding(payment: int, item: int, near: bool) -> None:  # noqa: FBT001 - a table
    """A cent is 270 dong: nobody can pay half a cent."""
    assert near == is_near(
        payment, item, payment_currency="EUR", item_currency="JPY",
        rate=Decimal(27_000), tolerance_percent=Decimal(0),
    )  # fmt: skip
