from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.look import rules
from creditdesk.look.shapes import GaugePart, PageMark, PayDot

amounts = st.integers(min_value=-(10**15), max_value=10**15)


@pytest.mark.parametrize(
    ("number", "currency", "shown"),
    [
        ("1234.5", "EUR", "1\u202f234.50"),
        ("0.03125", "EUR", "0.03125"),
        ("1500.000000", "EUR", "1\u202f500.00"),
        ("1500", "JPY", "1\u202f500"),
        ("12.5", "JPY", "12.5"),
        ("-7.1", "KWD", "−7.100"),
        ("1E+3", "EUR", "1\u202f000.00"),
    ],
)
def test_a_price_keeps_what_it_has_beyond_the_currency(
    number: str, currency: str, shown: str
) -> None:
    assert rules.price(Decimal(number), currency) == shown


@pytest.mark.parametrize(
    ("minor", "currency", "shown", "plain"),
    [
        (794_000, "GBP", "7\u202f940.00", "7940.00"),
        (-41_280, "GBP", "−412.80", "-412.80"),
        (-1, "EUR", "−0.01", "-0.01"),
        (0, "EUR", "0.00", "0.00"),
        (941_520, "JPY", "941\u202f520", "941520"),
        (1_234_567, "KWD", "1\u202f234.567", "1234.567"),
        (123_456_789_01, "USD", "123\u202f456\u202f789.01", "123456789.01"),
        (12_345, "CLF", "1.2345", "1.2345"),
    ],
)
def test_an_amount_is_cut_for_reading(minor: int, currency: str, shown: str, plain: str) -> None:
    figure = rules.figure(minor, currency)

    assert str(figure) == shown
    assert figure.plain == plain


@given(amounts, st.sampled_from(["EUR", "JPY", "KWD", "CLF"]))
def test_what_is_shown_is_what_is_meant(minor: int, currency: str) -> None:
    figure = rules.figure(minor, currency)
    places = {"EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4}[currency]

    assert Decimal(figure.plain) * 10**places == minor
    assert str(figure).replace("\u202f", "").replace("−", "-") == figure.plain


@pytest.mark.parametrize(
    ("late_days", "bucket"),
    [(-3, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (4000, 4)],
)
def test_buckets_begin_the_day_after_their_edge(late_days: int, bucket: int) -> None:
    assert rules.late_bucket(late_days) == bucket


def test_shares_lie_end_to_end() -> None:
    first, none, second, credit = rules.shares([30, 0, 10, -5])

    assert (none, credit) == (None, None)
    assert first == rules.Share("0.00%", "75.00%", 75)
    assert second == rules.Share("75.00%", "25.00%", 25)


@given(st.lists(amounts, max_size=8))
def test_shares_fill_the_bar_exactly_or_not_at_all(values: list[int]) -> None:
    widths = [float(share.width[:-1]) for share in rules.shares(values) if share]

    assert len(widths) == sum(value > 0 for value in values)
    assert not widths or sum(widths) == pytest.approx(100, abs=0.05)


@given(values=st.lists(amounts, min_size=1, max_size=20), from_zero=st.booleans())
def test_an_axis_holds_every_value_in_even_steps(values: list[int], *, from_zero: bool) -> None:
    axis = rules.scale(values, from_zero=from_zero)

    assert all(-1e-9 <= axis.height(value) <= 1 + 1e-9 for value in values)
    assert not from_zero or -1e-9 <= axis.height(0) <= 1 + 1e-9
    assert 2 <= len(axis.ticks) <= 8
    assert all(b - a == pytest.approx(axis.step) for a, b in pairwise(axis.ticks))


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([742, 905, 318], [0, 250, 500, 750, 1000]),
        ([-5, 61], [-20, 0, 20, 40, 60, 80]),
        ([], [0, 0.25, 0.5, 0.75, 1]),
    ],
)
def test_an_axis_is_readable(values: list[int], ticks: list[float]) -> None:
    assert rules.scale(values).ticks == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("value", "step", "label"),
    [
        (0.5, 0.25, "0.5"),
        (750, 250, "750"),
        (2000, 1000, "2 k"),
        (0, 1000, "0"),
        (-1_500_000, 500_000, "−1\u202f500 k"),
        (3_000_000, 1_000_000, "3 M"),
    ],
)
def test_a_tick_is_short(value: float, step: float, label: str) -> None:
    assert rules.axis_number(value, step) == label


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 20_000))
def test_months_are_marked_inside_the_span_and_not_too_many(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    ticks = rules.month_ticks(first, last)

    assert len(ticks) <= rules.MONTH_TICKS_MAX + 1
    assert [tick.on for tick in ticks] == sorted({tick.on for tick in ticks})
    assert all(first <= tick.on <= last and 0 <= tick.share <= 1 for tick in ticks)


def test_the_first_and_last_day_stand_at_the_ends() -> None:
    first, last = date(2026, 1, 1), date(2026, 1, 11)

    assert rules.time_share(first, first, last) == 0
    assert rules.time_share(date(2026, 1, 6), first, last) == 0.5
    assert rules.time_share(last, first, last) == 1
    assert rules.time_share(first, first, first) == 0.5


@pytest.mark.parametrize(
    ("late_days", "is_open", "norm_high", "kind"),
    [
        (5, True, 14, "open"),
        (14, False, 14, "dot"),
        (15, False, 14, "out"),
        (1, False, None, "out"),
    ],
)
def test_a_dot_shows_open_or_beyond_the_norm(
    *, late_days: int, is_open: bool, norm_high: int | None, kind: str
) -> None:
    dot = PayDot(date(2026, 1, 1), late_days, "INV-1", is_open=is_open)

    assert rules.dot_kind(dot, norm_high) == kind


def test_a_gauge_marks_what_is_beyond_the_limit() -> None:
    parts = (GaugePart("a0", "Not due", 80), GaugePart("order", "Orders", 45))
    shape = rules.gauge(parts, limit_minor=100, insured_minor=50)

    assert shape.limit == "76.92%"  # 100 of 125 × 1.04
    assert shape.excess_width == "19.23%"  # the 25 above it
    assert (shape.insured, shape.insured_below) == ("38.46%", False)


def test_a_gauge_within_the_limit_has_no_excess() -> None:
    shape = rules.gauge((GaugePart("a0", "Not due", 80),), limit_minor=100, insured_minor=None)

    assert (shape.excess_width, shape.insured) == ("", "")


def test_nothing_used_of_no_limit_can_be_drawn() -> None:
    shape = rules.gauge((GaugePart("order", "Used", 0),), limit_minor=0, insured_minor=None)

    assert (shape.pieces, shape.limit) == ([None], "0.00%")


@pytest.mark.parametrize(
    ("mark", "first", "last", "earlier", "later"),
    [
        (PageMark(1, 25, 0), 0, 0, None, None),
        (PageMark(1, 25, 25), 1, 25, None, None),
        (PageMark(1, 25, 26), 1, 25, None, 2),
        (PageMark(2, 25, 26), 26, 26, 1, None),
    ],
)
def test_a_page_knows_its_neighbours(
    mark: PageMark, first: int, last: int, earlier: int | None, later: int | None
) -> None:
    assert (mark.first, mark.last, mark.earlier, mark.later) == (first, last, earlier, later)
