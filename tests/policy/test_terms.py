"""The terms engine: due dates, instalments that sum, discounts with their tax, written codes."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.kernel.calendars import BusinessCalendar, Roll, month_end
from creditdesk.kernel.errors import Invalid
from creditdesk.policy.rules import DEFAULT, parse
from creditdesk.policy.rules.terms import (
    Discount,
    Part,
    TaxLine,
    Terms,
    annual_cost,
    due_date,
    earned,
    expected_minor,
    instalments,
    offers,
    read_terms,
    split_discount,
    tax_from_start,
)

PLAIN = BusinessCalendar()
EASTER = BusinessCalendar(holidays=frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
D = Decimal


def terms(**changes: Any) -> Terms:
    return Terms(**{"code": "t", "net_days": 30, **changes})


def two(percent: str = "2", days: int = 10, **changes: Any) -> Terms:
    return terms(discounts=(Discount(percent=D(percent), within_days=days),), **changes)


@pytest.mark.parametrize(
    ("given_terms", "issued", "due"),
    [
        # end of which month
        (terms(net_days=0, from_month_end=True, months_later=1), "2026-01-31", "2026-02-28"),
        (terms(net_days=0, from_month_end=True, months_later=1), "2024-01-31", "2024-02-29"),
        (terms(net_days=10, from_month_end=True, months_later=2), "2026-01-05", "2026-04-10"),
        (terms(net_days=45, to_month_end=True), "2026-01-10", "2026-02-28"),
        (terms(net_days=45, from_month_end=True), "2026-01-10", "2026-03-17"),
        # day of month with cut-off
        (terms(net_days=0, day_of_month=10, cut_off_day=25), "2026-01-25", "2026-02-10"),
        (terms(net_days=0, day_of_month=10, cut_off_day=25, months_later=1), "2026-01-25",
         "2026-03-10"),
        (terms(net_days=0, day_of_month=10, cut_off_day=25, months_later=1), "2026-01-26",
         "2026-03-10"),
        (terms(net_days=0, day_of_month=31, cut_off_day=20), "2026-01-21", "2026-02-28"),
        (terms(net_days=0, day_of_month=31), "2026-04-30", "2026-04-30"),
        (terms(net_days=0, day_of_month=30), "2024-02-29", "2024-02-29"),
        (terms(net_days=0, day_of_month=29), "2026-02-28", "2026-02-28"),
        (terms(net_days=0, cut_off_day=28, from_month_end=True), "2025-12-29", "2026-01-31"),
        # leap days
        (terms(net_days=365), "2023-02-28", "2024-02-28"),
        (terms(net_days=366), "2023-02-28", "2024-02-29"),
        # rolls over Easter, and over a month's end
        (terms(net_days=0, day_of_month=3, roll="following"), "2026-04-01", "2026-04-07"),
        (terms(net_days=0, day_of_month=3, roll="preceding"), "2026-04-01", "2026-04-02"),
        (terms(net_days=0, from_month_end=True, roll="following"), "2026-05-04", "2026-06-01"),
        (terms(net_days=0, from_month_end=True, roll="modified_following"), "2026-05-04",
         "2026-05-29"),
    ],
)  # fmt: skip
def test_due_dates(given_terms: Terms, issued: str, due: str) -> None:
    found = due_date(given_terms, date.fromisoformat(issued), EASTER)
    assert found == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("given_terms", "issued", "total", "expected"),
    [
        # thirds, by each rule of where the odd cent goes
        (terms(parts=(Part(), Part(), Part())), "2026-01-01", 1000, [334, 333, 333]),
        (terms(parts=(Part(), Part(), Part()), remainder="first"), "2026-01-01", 1001,
         [335, 333, 333]),
        (terms(parts=(Part(), Part(), Part()), remainder="last"), "2026-01-01", 1001,
         [333, 333, 335]),
        (terms(instalment_percents=(33, 33, 34), remainder="last"), "2026-01-01", 101,
         [33, 33, 35]),
        # a deposit by amount, then percents of what it leaves
        (terms(parts=(Part(minor=10_000, currency="EUR", net_days=0),
                      Part(percent=D("33.3")), Part(percent=D("66.7"), months_later=1))),
         "2026-01-31", 20_000, [10_000, 3_330, 6_670]),
        (terms(parts=(Part(percent=D(30), net_days=0), Part())), "2026-01-01", 999, [300, 699]),
        # an amount above the total takes all of it and leaves the rest out
        (terms(parts=(Part(minor=10_000, currency="EUR"), Part())), "2026-01-01", 700, [700]),
    ],
)  # fmt: skip
def test_instalments_are_exact(
    given_terms: Terms, issued: str, total: int, expected: list[int]
) -> None:
    found = instalments(given_terms, date.fromisoformat(issued), total, PLAIN)
    assert [part.minor for part in found] == expected
    assert sum(expected) == total
    assert [part.number for part in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize(
    ("given_terms", "issued", "expected"),
    [
        (terms(net_days=0, instalment_percents=(50, 25, 25)), "2026-01-31",
         ["2026-01-31", "2026-02-28", "2026-03-31"]),
        (terms(net_days=0, from_month_end=True, instalment_percents=(50, 25, 25)), "2026-02-01",
         ["2026-02-28", "2026-03-31", "2026-04-30"]),
        (terms(net_days=0, day_of_month=30, instalment_percents=(50, 25, 25)), "2026-01-31",
         ["2026-02-28", "2026-03-30", "2026-04-30"]),
        # a part that was moved off a Saturday does not move those after it
        (terms(net_days=0, roll="following", instalment_percents=(50, 50)), "2026-08-01",
         ["2026-08-03", "2026-09-01"]),
        (terms(parts=(Part(net_days=60), Part(net_days=30), Part(net_days=90))), "2026-01-01",
         ["2026-01-31", "2026-03-02", "2026-04-01"]),
    ],
)  # fmt: skip
def test_each_instalment_has_its_own_date(
    given_terms: Terms, issued: str, expected: list[str]
) -> None:
    found = instalments(given_terms, date.fromisoformat(issued), 10_000, PLAIN)
    assert [part.due_on.isoformat() for part in found] == expected


ROLLS = st.sampled_from(("none", "following", "modified_following", "preceding"))
DAYS = st.dates(date(2019, 1, 1), date(2032, 12, 31))
ANY_TERMS = st.builds(
    terms,
    net_days=st.integers(0, 120),
    from_month_end=st.booleans(),
    to_month_end=st.booleans(),
    months_later=st.integers(0, 3),
    day_of_month=st.none() | st.integers(1, 31),
    cut_off_day=st.none() | st.integers(1, 31),
    roll=ROLLS,
)
PARTS = st.lists(
    st.builds(
        Part,
        minor=st.none() | st.integers(1, 5_000),
        net_days=st.none() | st.integers(0, 90),
        months_later=st.integers(0, 3),
        currency=st.just("EUR"),
    ),
    min_size=1, max_size=5,
).map(lambda parts: (*parts, Part()))  # fmt: skip


@given(ANY_TERMS, PARTS, st.integers(1, 10**9), DAYS,
       st.sampled_from(("largest", "first", "last")))  # fmt: skip
def test_instalments_sum_to_the_whole_in_the_order_of_their_dates(
    given_terms: Terms, parts: tuple[Part, ...], total: int, issued: date, remainder: Any
) -> None:
    whole = terms(roll=given_terms.roll, net_days=given_terms.net_days, parts=parts,
                  remainder=remainder)  # fmt: skip
    found = instalments(whole, issued, total, EASTER)
    assert sum(part.minor for part in found) == total
    assert all(part.minor > 0 for part in found)
    assert all(a.due_on <= b.due_on for a, b in pairwise(found))


@given(ANY_TERMS, DAYS, st.integers(0, 400))
def test_who_is_invoiced_later_never_falls_due_earlier(
    given_terms: Terms, issued: date, later: int
) -> None:
    assert due_date(given_terms, issued, EASTER) <= due_date(
        given_terms, issued + timedelta(days=later), EASTER
    )


@given(DAYS, ROLLS)
def test_a_rolled_day_is_worked_and_stays_where_it_is(day: date, roll: Roll) -> None:
    rolled = EASTER.roll(day, roll)
    assert roll == "none" or EASTER.is_business_day(rolled)
    assert EASTER.roll(rolled, roll) == rolled
    if roll == "modified_following":
        assert month_end(rolled) == month_end(day)


@given(ANY_TERMS, st.lists(st.tuples(st.integers(1, 20), st.integers(0, 90)), max_size=3), DAYS,
       ROLLS)  # fmt: skip
def test_a_discount_never_runs_past_the_due_date(
    base: Terms, steps: list[tuple[int, int]], issued: date, roll: Any
) -> None:
    given_terms = Terms(
        code="t", net_days=base.net_days, roll=base.roll, discount_roll=roll,
        discounts=tuple(Discount(percent=D(p), within_days=d) for p, d in steps),
    )  # fmt: skip
    due = due_date(given_terms, issued, EASTER)
    found = offers(given_terms, issued, [TaxLine(10_000, 1_900)], EASTER)
    assert len(found) == len(steps)
    assert all(offer.until <= due for offer in found)
    assert all(offer.pay_minor + offer.split.discount_minor == 11_900 for offer in found)


@pytest.mark.parametrize(
    ("given_terms", "lines", "discount", "taxes"),
    [
        # adjusted at payment, on the gross: 2 % of 119.00 is 2.38, of which 0.38 is tax
        (two(), [TaxLine(10_000, 1_900)], 238, (38,)),
        # two rates: the tax follows each line
        (two("3"), [TaxLine(10_000, 1_900), TaxLine(5_000, 350)], 518, (57, 11)),
        # on the net alone: the 2.00 taken holds tax as the invoice does
        (two(discount_base="without_tax"), [TaxLine(10_000, 1_900)], 200, (32,)),
        # freight earns nothing
        (two(discount_on_freight=False), [TaxLine(10_000, 1_900), TaxLine(1_000, 190, True)],
         238, (38, 0)),
        (two(), [TaxLine(10_000, 1_900), TaxLine(1_000, 190, True)], 262, (38, 4)),
        # tax on the discounted amount from the start: only net is paid less, tax stays
        (two(discount_tax="discounted_from_start"), [TaxLine(10_000, 1_862)], 200, (0,)),
        # no adjustment: all of it is the seller's
        (two(discount_tax="no_adjustment"), [TaxLine(10_000, 1_900)], 238, (0,)),
        (two(discount_tax="no_adjustment", discount_base="without_tax"),
         [TaxLine(10_000, 1_900)], 200, (0,)),
        # half a cent up, once; a line of nothing takes nothing
        (two("2.5"), [TaxLine(101, 0), TaxLine(0, 0), TaxLine(0, 119)], 6, (0, 0, 3)),
    ],
)  # fmt: skip
def test_the_tax_of_a_discount_by_mode(
    given_terms: Terms, lines: list[TaxLine], discount: int, taxes: tuple[int, ...]
) -> None:
    found = split_discount(given_terms, given_terms.discounts[0].percent, lines)
    assert (found.discount_minor, found.tax_minors) == (discount, taxes)
    assert found.revenue_minor + found.tax_minor == discount


def test_tax_on_the_discounted_amount_from_the_start() -> None:
    assert tax_from_start(10_000, D(19), D(2)) == 1_862
    assert tax_from_start(10_000, D(20), D(5)) == 1_900
    assert tax_from_start(3_333, D(20), D("2.5")) == 650  # 649.935


@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 27)), min_size=1, max_size=5),
    st.integers(1, 2_000),
)
def test_a_discount_takes_no_more_tax_than_its_share(
    lines: list[tuple[int, int]], hundredths: int
) -> None:
    given_lines = [TaxLine(net, net * rate // 100) for net, rate in lines]
    given_terms = two(str(D(hundredths) / 100))
    found = split_discount(given_terms, given_terms.discounts[0].percent, given_lines)
    assert sum(found.tax_minors) == found.tax_minor <= found.discount_minor
    for tax, line in zip(found.tax_minors, given_lines, strict=True):
        assert 0 <= tax <= line.tax_minor


STEPS = terms(
    discounts=(
        Discount(percent=D(3), within_days=10),
        Discount(percent=D(2), within_days=20),
        Discount(percent=D(1), day_of_month=31),
    )
)
ISSUED = date(2026, 2, 2)


def test_several_steps_fall_over_time() -> None:
    found = offers(STEPS, ISSUED, [TaxLine(10_000, 0)], PLAIN)
    assert [(o.until.isoformat(), o.pay_minor) for o in found] == [
        ("2026-02-12", 9_700), ("2026-02-22", 9_800), ("2026-02-28", 9_900),
    ]  # fmt: skip
    expected = [
        expected_minor(found, 10_000, on=date(2026, 2, day)) for day in (12, 13, 22, 23, 28)
    ]
    assert expected == [9_700, 9_800, 9_800, 9_900, 9_900]
    assert expected_minor(found, 10_000, on=date(2026, 3, 1)) == 10_000


def test_until_a_day_of_the_next_month() -> None:
    prox = terms(net_days=45, discounts=(Discount(percent=D(2), day_of_month=10, months_later=1),))
    assert offers(prox, ISSUED, [TaxLine(100, 0)], PLAIN)[0].until == date(2026, 3, 10)
    short = terms(net_days=5, discounts=prox.discounts)
    assert offers(short, ISSUED, [TaxLine(100, 0)], PLAIN)[0].until == date(2026, 2, 7)


def test_the_value_date_decides_however_late_it_is_processed() -> None:
    found = offers(two(), ISSUED, [TaxLine(10_000, 1_900)], PLAIN)
    in_time = earned(found, value_on=date(2026, 2, 12), paid_minor=11_662)
    assert in_time is not None
    assert (in_time.percent, in_time.split.tax_minor) == (D(2), 38)
    assert earned(found, value_on=date(2026, 2, 13), paid_minor=11_662) is None
    assert earned(found, value_on=date(2026, 2, 12), paid_minor=11_661) is None


def test_a_part_payment_ends_the_discount_unless_policy_says_otherwise() -> None:
    found = offers(two(), ISSUED, [TaxLine(10_000, 1_900)], PLAIN)
    paid = {"value_on": date(2026, 2, 12), "paid_minor": 1_662, "paid_before_minor": 10_000}
    assert earned(found, **paid) is None
    kept = earned(found, **paid, after_part_payment=True)
    assert kept is not None
    assert kept.pay_minor == 11_662


def test_a_discount_is_no_instalment() -> None:
    with_both = two(instalment_percents=(50, 50))
    parts = instalments(with_both, ISSUED, 11_900, PLAIN)
    assert [part.minor for part in parts] == [5_950, 5_950]
    (offer,) = offers(with_both, ISSUED, [TaxLine(10_000, 1_900)], PLAIN)
    assert (offer.until, offer.pay_minor) == (date(2026, 2, 12), 11_662)


def test_what_passing_a_discount_by_costs_a_year() -> None:
    cost = annual_cost(D(2), discount_days=10, net_days=30)
    assert (cost.simple_percent, cost.compound_percent) == (D("37.24"), D("44.59"))
    for percent, days in ((D(2), 30), (D(0), 10), (D(100), 10)):
        with pytest.raises(ValueError, match="a discount needs days"):
            annual_cost(percent, discount_days=days, net_days=30)


def said(found: Terms) -> dict[str, Any]:
    """Return what of the terms differs from plain net 0."""
    plain = Terms(code=found.code, net_days=0)
    return {
        name: getattr(found, name)
        for name in Terms.__dataclass_fields__
        if getattr(found, name) != getattr(plain, name)
    }


def off(*steps: tuple[str, int]) -> tuple[Discount, ...]:
    return tuple(Discount(percent=D(percent), within_days=days) for percent, days in steps)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("net 30", {"net_days": 30}),
        ("NET-30", {"net_days": 30}),
        ("n/30", {"net_days": 30}),
        ("30 Tage netto", {"net_days": 30}),
        ("30 jours net", {"net_days": 30}),
        ("zahlbar innerhalb 30 Tagen", {"net_days": 30}),
        ("Due on receipt", {}),
        ("sofort ohne Abzug", {}),
        ("comptant", {}),
        ("2/10 net 30", {"net_days": 30, "discounts": off(("2", 10))}),
        ("2/10, n/30", {"net_days": 30, "discounts": off(("2", 10))}),
        ("2% within 10 days, net 30", {"net_days": 30, "discounts": off(("2", 10))}),
        ("3/10, 2/20 net 60", {"net_days": 60, "discounts": off(("3", 10), ("2", 20))}),
        ("14 Tage 2 %, 30 netto", {"net_days": 30, "discounts": off(("2", 14))}),
        ("14 Tage 2 % Skonto, 30 Tage netto", {"net_days": 30, "discounts": off(("2", 14))}),
        ("10 Tage 2,5 %, 30 Tage netto", {"net_days": 30, "discounts": off(("2.5", 10))}),
        ("10 Tage 3%, 20 Tage 2%, 30 Tage netto",
         {"net_days": 30, "discounts": off(("3", 10), ("2", 20))}),
        ("30 EOM", {"net_days": 30, "from_month_end": True}),
        ("EOM + 30 days", {"net_days": 30, "from_month_end": True}),
        ("EOM", {"from_month_end": True}),
        ("45 jours fin de mois", {"net_days": 45, "to_month_end": True}),
        ("fin de mois 45 jours", {"net_days": 45, "from_month_end": True}),
        ("10th prox", {"net_days": 1, "from_month_end": True, "day_of_month": 10}),
        ("15. des Folgemonats", {"net_days": 1, "from_month_end": True, "day_of_month": 15}),
        ("31st of the month", {"day_of_month": 31}),
        ("30/60/90 days",
         {"net_days": 30, "parts": (Part(net_days=30), Part(net_days=60), Part(net_days=90))}),
        ("30/60 days", {"net_days": 30, "parts": (Part(net_days=30), Part(net_days=60))}),
    ],
)  # fmt: skip
def test_written_terms_become_data(text: str, expected: dict[str, Any]) -> None:
    found = read_terms(text)
    assert said(found) == expected
    assert found.code == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "terms_code_unreadable"),
        ("as agreed", "terms_code_unreadable"),
        ("net", "terms_code_unreadable"),
        ("net 999", "terms_code_unreadable"),
        ("32nd of month", "terms_code_unreadable"),
        ("0. des Monats", "terms_code_unreadable"),
        ("net 30 net 60", "terms_code_unreadable"),
        ("60/30/90 days", "terms_code_unreadable"),
        ("net 30" + " " * 80, "terms_code_unreadable"),
        ("30/60", "terms_code_ambiguous"),
        ("2/10 EOM", "terms_code_ambiguous"),
        ("2/10", "terms_net_missing"),
        ("2 % 10 Tage", "terms_net_missing"),
        ("2/40 net 30", "terms_discount_senseless"),
        ("0/10 net 30", "terms_discount_senseless"),
        ("1/10, 2/20 net 30", "terms_discount_senseless"),
    ],
)
def test_terms_that_cannot_be_read_say_why(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_terms(text)
    assert (refused.value.code, refused.value.place.field) == (code, "terms")
    assert refused.value.mend


@given(st.text(max_size=90))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        found = read_terms(text)
    except Invalid:
        return
    assert 0 <= found.net_days <= 365


def test_terms_of_a_policy_are_read_in_full() -> None:
    given_rules = copy.deepcopy(dict(DEFAULT))
    given_rules["terms"] = [
        *given_rules["terms"],
        {"code": "skonto", "net_days": 30, "roll": "following", "discount_tax": "no_adjustment",
         "discounts": [{"percent": "2.5", "within_days": 14}]},
        {"code": "deposit", "net_days": 30, "remainder": "last",
         "parts": [{"minor": 10_000, "currency": "EUR", "net_days": 0}, {"percent": "40"}, {}]},
    ]  # fmt: skip
    policy = parse(given_rules, version=1, valid_from=date(2026, 1, 1))
    assert policy.terms["skonto"].discounts == (Discount(percent=D("2.5"), within_days=14),)
    assert policy.terms["skonto"].discount_tax == "no_adjustment"
    assert [part.minor for part in instalments(policy.terms["deposit"], ISSUED, 20_001, PLAIN)] == [
        10_000, 4_000, 6_001,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"parts": {}}, "policy_field_invalid", "terms[0].parts"),
        ({"parts": [{"minor": 5, "currency": "EUR"}]}, "policy_instalments_uneven",
         "terms[0].parts"),
        ({"parts": [{"percent": "99"}]}, "policy_instalments_uneven", "terms[0].parts"),
        ({"parts": [{"percent": "100"}, {}]}, "policy_instalments_uneven", "terms[0].parts"),
        ({"parts": [{"percent": "0"}, {}]}, "policy_instalments_uneven", "terms[0].parts"),
        ({"parts": [{}], "instalment_percents": [50, 50]}, "policy_instalments_uneven",
         "terms[0].parts"),
        ({"parts": [{"minor": 5}, {}]}, "policy_instalments_uneven", "terms[0].parts[0]"),
        ({"parts": [{"percent": "101"}]}, "policy_field_invalid", "terms[0].parts[0].percent"),
        ({"parts": [{"days": 3}]}, "policy_field_unknown", "terms[0].parts[0].days"),
        ({"discounts": [{"percent": "2"}]}, "policy_discount_unclear", "terms[0].discounts[0]"),
        ({"discounts": [{"percent": "2", "within_days": 1, "day_of_month": 1}]},
         "policy_discount_unclear", "terms[0].discounts[0]"),
        ({"discounts": [{"percent": "0", "within_days": 1}]}, "policy_discount_unclear",
         "terms[0].discounts[0]"),
        ({"discount_tax": "sometimes"}, "policy_field_invalid", "terms[0].discount_tax"),
        ({"remainder": "lost"}, "policy_field_invalid", "terms[0].remainder"),
        ({"cut_off_day": 0}, "policy_field_invalid", "terms[0].cut_off_day"),
    ],
)  # fmt: skip
def test_terms_that_make_no_sense_are_refused_by_field(
    change: dict[str, Any], code: str, field: str
) -> None:
    given_rules = copy.deepcopy(dict(DEFAULT))
    given_rules["terms"][0] |= change
    with pytest.raises(Invalid) as refused:
        parse(given_rules, version=1, valid_from=date(2026, 1, 1))
    assert (refused.value.code, refused.value.place.field) == (code, field)
