"""Late interest by law: the vectors of the field, half-years, payments over time, refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.kernel.errors import Invalid, Refused
from creditdesk.policy.rules.interest import (
    DAY_COUNTS,
    LAWS,
    PRINCIPAL_FIRST,
    PUBLISHED,
    Change,
    Claim,
    Costs,
    ReferenceRate,
    Suspension,
    allocate,
    claimed,
    half_year_of,
    half_years,
    is_reference_rate,
    law_of,
    law_of_country,
)

D = Decimal
RATES = {
    **PUBLISHED,
    ("boe_base", date(2026, 1, 1)): ReferenceRate(D(4), "test"),
    ("ecb_mro", date(2026, 7, 1)): ReferenceRate(D("2.40"), "test"),
}


def claim(code: str = "EU", **given: Any) -> Claim:
    given = {"principal_minor": 1_000_000, "currency": "EUR", **given}
    late_on = given["late_from"] if "late_from" in given else given["due_on"] + timedelta(days=1)
    return Claim(law=law_of(code, late_on), **given)


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_v1_eu_first_half_of_2026() -> None:
    found = claimed(claim(due_on=day("2026-01-31"), until=day("2026-03-17")), RATES)
    assert (found.interest_minor, found.compensation_minor) == (12_514, 4_000)
    assert [(one.days, one.percent) for one in found.segments] == [(45, D("10.15"))]


def test_v2_uk_twelve_percent() -> None:
    found = claimed(
        claim("UK", principal_minor=500_000, currency="GBP", due_on=day("2026-01-31"),
              until=day("2026-04-01")), RATES)  # fmt: skip
    assert (found.interest_minor, found.compensation_minor) == (9_863, 7_000)


@pytest.mark.parametrize(
    ("minor", "expected"),
    [(1, 4_000), (99_999, 4_000), (100_000, 7_000), (999_999, 7_000), (1_000_000, 10_000)],
)
def test_v3_uk_compensation_edges(minor: int, expected: int) -> None:
    found = claimed(
        claim("UK", principal_minor=minor, currency="GBP", due_on=day("2025-01-31"),
              until=day("2025-02-01")), RATES)  # fmt: skip
    assert found.compensation_minor == expected


V4 = {"currency": "GBP", "late_from": day("2023-06-01"), "until": day("2024-03-31")}


def test_v4_the_uk_rate_is_frozen_when_the_debt_becomes_late() -> None:
    found = claimed(claim("UK", **V4), RATES)
    assert [(one.days, one.percent) for one in found.segments] == [(304, D("11.50"))]
    assert found.interest_minor == 95_781
    stepped = replace(law_of("UK", day("2023-06-01")), fixing="stepped")
    wrong = claimed(replace(claim("UK", **V4), law=stepped), RATES)
    assert [(one.days, one.percent) for one in wrong.segments] == [
        (30, D("11.50")), (184, D("13.00")), (91 - 1, D("13.25")),
    ]  # fmt: skip
    assert wrong.interest_minor == 107_658


@pytest.mark.parametrize(
    ("due", "percent"),
    [
        ("2022-06-30", "9.25"), ("2022-12-30", "9.25"), ("2022-12-31", "11.50"),
        ("2023-06-29", "11.50"), ("2023-06-30", "13.00"), ("2023-12-30", "13.00"),
        ("2023-12-31", "13.25"), ("2024-06-29", "13.25"),
    ],
)  # fmt: skip
def test_uk_rates_as_published_by_the_day_the_debt_became_late(due: str, percent: str) -> None:
    found = claimed(
        claim("UK", currency="GBP", due_on=day(due), until=day(due) + timedelta(400)), RATES
    )
    assert [one.percent for one in found.segments] == [D(percent)]


def test_v5_a_part_payment_counts_from_its_day() -> None:
    paid = claim(due_on=day("2026-01-31"), until=day("2026-03-17"),
                 changes=(Change(day("2026-02-20"), 400_000),))  # fmt: skip
    found = claimed(paid, RATES)
    assert [(one.days, one.balance_minor) for one in found.segments] == [
        (20, 1_000_000), (25, 600_000),
    ]  # fmt: skip
    exact = Fraction(1015, 10_000) * (1_000_000 * 20 + 600_000 * 25) / 365
    assert (found.interest_exact, found.interest_minor) == (exact, 9_733)
    assert found.principal_open_minor == 600_000


def test_v6_interest_stays_owed_when_the_principal_is_paid() -> None:
    found = claimed(
        claim(due_on=day("2026-01-31"), until=day("2026-12-31"),
              changes=(Change(day("2026-03-17"), 1_000_000),)), RATES)  # fmt: skip
    assert found.interest_open_minor == found.interest_minor == 12_514
    assert (found.principal_open_minor, found.costs_open_minor) == (0, 4_000)
    assert [one.end for one in found.segments] == [day("2026-03-17")]


def test_v7_a_second_reckoning_adds_only_the_new_days() -> None:
    first = claimed(claim(due_on=day("2026-01-31"), until=day("2026-02-20")), RATES)
    again = claimed(claim(due_on=day("2026-01-31"), until=day("2026-03-17")), RATES)
    assert again.interest_minor - first.interest_minor == 12_514 - 5_562
    assert again.interest_exact - first.interest_exact == Fraction(
        1_000_000 * 25 * 1015, 10_000 * 365
    )


def test_eu_interest_steps_with_the_half_year() -> None:
    found = claimed(claim(due_on=day("2026-06-15"), until=day("2026-07-15")), RATES)
    assert [(one.start, one.end, one.days, one.percent) for one in found.segments] == [
        (day("2026-06-15"), day("2026-06-30"), 15, D("10.15")),
        (day("2026-06-30"), day("2026-07-15"), 15, D("10.40")),
    ]
    assert found.interest_minor == 8_445  # 1,000,000 × (15 × 10.15 % + 15 × 10.40 %) / 365


@pytest.mark.parametrize(
    ("code", "given", "percent"),
    [
        ("DE", {"due_on": day("2024-01-10")}, "12.62"),
        ("DE", {"due_on": day("2024-01-10"), "is_consumer": True}, "8.62"),
        ("DE", {"due_on": day("2024-07-01")}, "12.37"),
        ("FR", {"due_on": day("2024-01-10")}, "14.50"),
        ("EU", {"due_on": day("2024-01-10")}, "12.50"),
        ("UK", {"due_on": day("2024-01-10"), "currency": "GBP"}, "13.25"),
        ("GB", {"due_on": day("2024-07-10"), "currency": "GBP"}, "13.25"),
        ("US", {"due_on": day("2024-01-10"), "agreed_percent": D(18), "currency": "USD"}, "18"),
        ("CONTRACT", {"due_on": day("2024-01-10"), "agreed_percent": D("6.5")}, "6.5"),
        ("FR", {"due_on": day("2024-01-10"), "agreed_percent": D(15)}, "15"),
        ("EU", {"due_on": day("2024-01-10"), "statutory_percent": D("12.5")}, "12.5"),
    ],
)
def test_the_rate_by_law(code: str, given: dict[str, Any], percent: str) -> None:
    made = claim(code, until=given["due_on"] + timedelta(days=30), **given)
    assert [one.percent for one in claimed(made, RATES).segments] == [D(percent)]


@pytest.mark.parametrize(
    ("code", "given", "minor", "currency"),
    [
        ("DE", {}, 4_000, "EUR"),
        ("DE", {"is_consumer": True}, 0, ""),
        ("FR", {}, 4_000, "EUR"),
        ("EU", {"currency": "SEK"}, 4_000, "EUR"),
        ("EU", {"agreed_percent": D(12)}, 4_000, "EUR"),
        ("EU", {"with_compensation": False}, 0, ""),
        ("UK", {"currency": "GBP", "agreed_percent": D(12)}, 0, ""),
        ("US", {"currency": "USD", "agreed_percent": D(12)}, 0, ""),
        ("EU", {"changes": (Change(day("2025-01-31"), 1_000_000),)}, 0, ""),
        ("UK", {"currency": "GBP", "changes": (Change(day("2025-01-31"), 1),)}, 7_000, "GBP"),
        ("UK", {"currency": "GBP", "changes": (Change(day("2025-02-01"), 1),)}, 10_000, "GBP"),
    ],
)
def test_compensation_by_law(code: str, given: dict[str, Any], minor: int, currency: str) -> None:
    made = claim(code, due_on=day("2025-01-31"), until=day("2025-02-10"), **given)
    found = claimed(made, RATES)
    assert (found.compensation_minor, found.compensation_currency) == (minor, currency)


def test_paid_on_time_costs_nothing() -> None:
    on_time = Change(day("2026-01-31"), 1_000_000)
    found = claimed(
        claim(due_on=day("2026-01-31"), until=day("2026-12-31"), changes=(on_time,)), RATES
    )
    assert (found.interest_minor, found.compensation_minor, found.segments) == (0, 0, ())
    not_yet = claimed(claim(due_on=day("2026-01-31"), until=day("2026-01-31")), RATES)
    assert (not_yet.interest_minor, not_yet.compensation_minor) == (0, 0)


def test_german_law_takes_costs_then_interest_then_principal() -> None:
    made = claim("DE", due_on=day("2024-01-31"), until=day("2024-06-30"),
                 costs=(Costs(day("2024-02-10"), 2_500),),
                 changes=(Change(day("2024-03-01"), 20_000),))  # fmt: skip
    found = claimed(made, RATES)
    # 30 days at 12.62 % of 10,000.00 are 103.73; 40.00 and 25.00 of costs come before them
    assert found.principal_open_minor == 1_000_000 - (20_000 - 6_500 - 10_373)
    assert [(one.days, one.balance_minor) for one in found.segments] == [
        (10, 1_000_000), (20, 1_000_000), (121, 996_873),
    ]  # fmt: skip
    assert found.costs_open_minor == 0
    assert found.interest_open_minor == found.interest_minor - 10_373
    first = claimed(replace(made, allocation=PRINCIPAL_FIRST), RATES)
    assert (first.principal_open_minor, first.costs_open_minor) == (980_000, 6_500)


@pytest.mark.parametrize(
    ("minor", "expected"),
    [
        (30, {"costs": 30, "interest": 0, "principal": 0, "overpaid": 0}),
        (70, {"costs": 40, "interest": 30, "principal": 0, "overpaid": 0}),
        (200, {"costs": 40, "interest": 50, "principal": 100, "overpaid": 10}),
    ],
)
def test_a_payment_is_shared_out_in_order(minor: int, expected: dict[str, int]) -> None:
    owed = {"costs": 40, "interest": 50, "principal": 100}
    assert allocate(minor, owed, ("costs", "interest", "principal")) == expected


def test_a_credit_note_lowers_the_principal_alone_or_from_the_start() -> None:
    due, until, on = day("2024-01-31"), day("2024-03-31"), day("2024-03-01")
    at_its_date = claimed(
        claim("DE", due_on=due, until=until, changes=(Change(on, 400_000, "credit"),)), RATES
    )
    assert at_its_date.principal_open_minor == 600_000
    assert [one.balance_minor for one in at_its_date.segments] == [1_000_000, 600_000]
    never = claimed(
        claim("DE", due_on=due, until=until,
              changes=(Change(on, 400_000, "credit", since_due=True),)), RATES)  # fmt: skip
    assert [one.balance_minor for one in never.segments] == [600_000]


def test_a_contested_part_bears_no_interest_while_it_is_contested() -> None:
    made = claim(due_on=day("2026-01-31"), until=day("2026-03-31"),
                 suspensions=(
                     Suspension(day("2026-02-11"), day("2026-02-20"), 300_000),))  # fmt: skip
    found = claimed(made, RATES)
    assert [(one.days, one.balance_minor) for one in found.segments] == [
        (10, 1_000_000), (10, 700_000), (39, 1_000_000),
    ]  # fmt: skip
    whole = replace(made, suspensions=(Suspension(day("2026-02-11"), day("2026-02-20"), 10**9),))
    assert [one.days for one in claimed(whole, RATES).segments] == [10, 39]


@pytest.mark.parametrize(
    ("day_count", "segments"),
    [
        ("actual/365", [(90, 365)]),
        ("actual/360", [(90, 360)]),
        ("actual/actual", [(30, 365), (60, 366)]),
        ("30/360", [(90, 360)]),
    ],
)
def test_days_are_counted_as_named(day_count: Any, segments: list[tuple[int, int]]) -> None:
    made = claim("CONTRACT", due_on=day("2023-12-01"), until=day("2024-02-29"),
                 agreed_percent=D(10), day_count=day_count)  # fmt: skip
    found = claimed(made, RATES)
    expected = [(88, 360)] if day_count == "30/360" else segments
    assert [(one.days, one.year_days) for one in found.segments] == expected


@pytest.mark.parametrize("half_year", half_years(date(2023, 7, 1), date(2026, 12, 31)))
def test_the_base_rate_moves_by_as_many_points_as_the_main_refinancing_rate(
    half_year: date,
) -> None:
    """§ 247 BGB; the yardstick is the latest tender before the half-year, from 2023 on in step."""
    before = half_year_of(half_year - timedelta(days=1))
    moved = {
        code: PUBLISHED[code, half_year].percent - PUBLISHED[code, before].percent
        for code in ("bbk_base", "ecb_mro")
    }
    assert moved["bbk_base"] == moved["ecb_mro"]


@pytest.mark.parametrize(
    ("code", "half_year", "percent"),
    [
        ("ecb_mro", "2026-01-01", "2.15"), ("ecb_mro", "2026-07-01", "2.40"),
        ("boe_base", "2026-01-01", "3.75"), ("boe_base", "2026-07-01", "3.75"),
        ("bbk_base", "2026-01-01", "1.27"), ("bbk_base", "2026-07-01", "1.52"),
    ],
)  # fmt: skip
def test_the_rates_of_2026_are_those_the_banks_published(
    code: str, half_year: str, percent: str
) -> None:
    """Decided on 18 December 2025 and 11 and 18 June 2026; in the Bundesanzeiger each half-year."""
    assert PUBLISHED[code, day(half_year)].percent == D(percent)


@pytest.mark.parametrize(
    ("code", "given", "error", "detail"),
    [
        ("EU", {"due_on": day("2030-01-10")}, "reference_rate_missing", "2030-01-01"),
        ("UK", {"due_on": day("2026-12-31"), "currency": "GBP"}, "reference_rate_missing",
         "2027-01-01"),
        ("DE", {"due_on": day("2026-12-31")}, "reference_rate_missing", "2027-01-01"),
        ("US", {"due_on": day("2025-01-10")}, "agreed_rate_missing", None),
        ("EU", {"due_on": day("2025-01-10"), "is_consumer": True}, "law_not_for_consumers", None),
        ("UK", {"due_on": day("2025-01-10")}, "compensation_currency", None),
        ("US", {"due_on": day("2025-01-10"), "agreed_percent": D(25), "highest_percent": D(18)},
         "rate_above_cap", None),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused_never_guessed(
    code: str, given: dict[str, Any], error: str, detail: str | None
) -> None:
    with pytest.raises(Refused) as refused:
        claimed(claim(code, until=given["due_on"] + timedelta(days=30), **given), PUBLISHED)
    assert refused.value.code == error
    assert refused.value.context.get("valid_on") == detail


def test_a_debt_late_before_the_law_or_under_no_law_is_refused() -> None:
    assert law_of("de", day("2014-07-28")).margin_percent == 8
    assert law_of("de", day("2014-07-29")).margin_percent == 9
    with pytest.raises(Refused) as before:
        law_of("EU", day("2013-03-15"))
    assert before.value.code == "law_unknown_then"
    with pytest.raises(Invalid) as unknown:
        law_of("Atlantis", day("2024-01-01"))
    assert (unknown.value.code, unknown.value.place.field) == (
        "jurisdiction_unknown", "jurisdiction",
    )  # fmt: skip
    assert [law_of_country(one) for one in ("DE", "FR", "NL", "GB", "US", "CH", "")] == [
        "DE", "FR", "EU", "UK", "US", "", "",
    ]  # fmt: skip


def test_every_law_names_its_sources_and_every_rate_its_half_year() -> None:
    assert all(law.sources for law in LAWS)
    assert all(is_reference_rate(code, on, rate.percent) for (code, on), rate in PUBLISHED.items())
    assert half_year_of(day("2026-06-30")) == day("2026-01-01")
    assert half_year_of(day("2026-07-01")) == day("2026-07-01")
    on = day("2026-01-01")
    assert not is_reference_rate("ecb", on, D(1))
    assert not is_reference_rate("ecb_mro", day("2026-01-02"), D(1))
    assert not is_reference_rate("ecb_mro", on, D(101))
    assert not is_reference_rate("ecb_mro", on, D("NaN"))


DUES = st.dates(date(2019, 1, 1), date(2024, 6, 30))
PAYMENTS = st.lists(
    st.tuples(st.integers(1, 500), st.integers(1, 400_000)), max_size=5
)  # days after the due date, minor units


def owed(
    code: str, due: date, until: date, paid: list[tuple[int, int]], day_count: str, **more: Any
) -> Any:
    changes = tuple(Change(due + timedelta(days=n), minor) for n, minor in paid)
    made = claim(code, due_on=due, until=until, changes=changes, day_count=day_count,
                 currency="GBP" if code == "UK" else "EUR", **more)  # fmt: skip
    return claimed(made, PUBLISHED)


LAW_CODES = st.sampled_from(("EU", "DE", "FR", "UK"))
COUNTS = st.sampled_from(DAY_COUNTS)


@given(LAW_CODES, DUES, st.integers(0, 300), st.integers(0, 300), PAYMENTS, COUNTS)
def test_a_period_split_in_two_adds_up_before_rounding(
    code: str, due: date, first: int, second: int, paid: list[tuple[int, int]], day_count: str
) -> None:
    middle, end = due + timedelta(days=first), due + timedelta(days=first + second)
    whole = owed(code, due, end, paid, day_count)
    until = owed(code, due, middle, paid, day_count)
    rest = sum((one.exact for one in owed_after(whole.segments, middle, day_count)), Fraction(0))
    assert until.interest_exact + rest == whole.interest_exact


def owed_after(segments: Any, middle: date, day_count: str) -> list[Any]:
    """Return what lies after a day, cut there."""
    found = []
    for one in segments:
        if one.end <= middle:
            continue
        start = max(one.start, middle)
        whole = claimed(
            claim("CONTRACT", principal_minor=one.balance_minor, due_on=start, until=one.end,
                  agreed_percent=one.percent, day_count=day_count), PUBLISHED)  # fmt: skip
        found += whole.segments
    return found


@given(LAW_CODES, DUES, st.integers(1, 400), PAYMENTS, COUNTS)
def test_interest_never_falls_with_time_and_never_runs_ahead_of_the_debt(
    code: str, due: date, days: int, paid: list[tuple[int, int]], day_count: str
) -> None:
    now = owed(code, due, due + timedelta(days=days), paid, day_count)
    later = owed(code, due, due + timedelta(days=days + 7), paid, day_count)
    assert later.interest_exact >= now.interest_exact
    if not paid:
        assert day_count == "30/360" or later.interest_exact > now.interest_exact


@given(LAW_CODES, DUES, st.integers(30, 400), PAYMENTS, st.integers(1, 29), st.integers(1, 10**6))
def test_a_part_payment_lowers_what_is_owed(
    code: str, due: date, days: int, paid: list[tuple[int, int]], on: int, minor: int
) -> None:
    until = due + timedelta(days=days)
    without = owed(code, due, until, paid, "actual/365", allocation=PRINCIPAL_FIRST)
    more = owed(code, due, until, [*paid, (on, minor)], "actual/365", allocation=PRINCIPAL_FIRST)
    assert more.interest_exact <= without.interest_exact
    paid_in_time = sum(m for n, m in paid if n <= days)
    if paid_in_time + minor < 1_000_000:
        assert more.interest_exact < without.interest_exact


@given(LAW_CODES, DUES, st.integers(1, 500), PAYMENTS, st.booleans())
def test_nothing_paid_is_lost(
    code: str,
    due: date,
    days: int,
    paid: list[tuple[int, int]],
    costs_first: bool,  # noqa: FBT001
) -> None:
    order = ("costs", "interest", "principal") if costs_first else PRINCIPAL_FIRST
    found = owed(code, due, due + timedelta(days=days), paid, "actual/365", allocation=order)
    counted = sum(minor for n, minor in paid if n <= days)
    owed_in_all = 1_000_000 + found.interest_minor + found.costs_minor
    still = found.principal_open_minor + found.interest_open_minor + found.costs_open_minor
    assert owed_in_all - still + found.overpaid_minor == counted
