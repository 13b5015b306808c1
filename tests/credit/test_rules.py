"""Sums across currencies, the use of a limit, and what a limit may be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.credit.rules import ExposureChange, NewLimit, Use, summed, total_in, use_of
from creditdesk.kernel.errors import Invalid

RATES = {"USD": Decimal("0.8"), "JPY": Decimal("0.00625"), "KWD": Decimal("3.0")}


@pytest.mark.parametrize(
    ("amounts", "minor", "missing"),
    [
        ([], 0, ()),
        ([("EUR", 100), ("EUR", -30)], 70, ()),
        ([("USD", 100)], 80, ()),
        ([("USD", 101)], 81, ()),
        ([("USD", 1), ("USD", 1)], 2, ()),
        ([("JPY", 160)], 100, ()),
        ([("JPY", 1)], 1, ()),
        ([("KWD", 1_000)], 300, ()),
        ([("CHF", 100), ("EUR", 5), ("AUD", 1)], 5, ("AUD", "CHF")),
        ([("CHF", 0)], 0, ()),
        ([("USD", -100)], -80, ()),
    ],
)
def test_sums_are_exact_and_rounded_up_once(
    amounts: list[tuple[str, int]], minor: int, missing: tuple[str, ...]
) -> None:
    total = total_in("EUR", amounts, RATES)
    assert (total.minor, total.without_rate) == (minor, missing)


@given(st.lists(st.tuples(st.sampled_from(["EUR", "USD", "JPY"]), st.integers(0, 10**12))))
def test_the_order_of_amounts_does_not_matter(amounts: list[tuple[str, int]]) -> None:
    assert total_in("EUR", amounts, RATES) == total_in("EUR", amounts[::-1], RATES)


@pytest.mark.parametrize(
    ("limit", "exposure", "use"),
    [
        (None, 500, Use(None, None)),
        (1_000, 0, Use(1_000, Decimal("0.0"))),
        (1_000, 333, Use(667, Decimal("33.3"))),
        (1_000, 1_500, Use(-500, Decimal("150.0"))),
        (1_000, -200, Use(1_200, Decimal("0.0"))),
        (0, 0, Use(0, Decimal(0))),
        (0, 1, Use(-1, Decimal(100))),
    ],
)
def test_use_of_a_limit(limit: int | None, exposure: int, use: Use) -> None:
    assert use_of(limit, exposure) == use


def test_changes_are_summed_per_customer_and_currency_in_lock_order() -> None:
    changes = [
        ExposureChange(customer_id=2, currency="EUR", open_minor=5),
        ExposureChange(customer_id=1, currency="USD", unapplied_minor=7),
        ExposureChange(customer_id=1, currency="EUR", open_minor=1),
        ExposureChange(customer_id=2, currency="EUR", open_minor=-5),
        ExposureChange(customer_id=1, currency="EUR", open_minor=2, unapplied_minor=1),
    ]
    assert summed(changes) == [
        ExposureChange(customer_id=1, currency="EUR", open_minor=3, unapplied_minor=1),
        ExposureChange(customer_id=1, currency="USD", unapplied_minor=7),
    ]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"minor": -1}, "limit_out_of_range", "minor"),
        ({"minor": 2**63}, "limit_out_of_range", "minor"),
        ({"currency": "eur"}, "currency_unknown", "currency"),
        ({"currency": "E1R"}, "currency_unknown", "currency"),
        ({"valid_to": date(2025, 12, 31)}, "limit_ends_before_it_begins", "valid_to"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(
    changes: dict[str, object], code: str, field: str
) -> None:
    sound = {"customer_id": 1, "minor": 1, "currency": "EUR", "valid_from": date(2026, 1, 1)}
    with pytest.raises(Invalid) as refused:
        NewLimit(**{**sound, **changes})  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.place.field) == (code, field)
