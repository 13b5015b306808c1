"""The rating of payers by hand-made figures, and what it may never do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.kernel.errors import Invalid
from creditdesk.monitoring.ratings.rules import (
    GRADES,
    Drift,
    Norm,
    Part,
    Seen,
    Unpaid,
    as_inputs,
    behaviour_of,
    counted,
    drift_of,
    from_inputs,
    grade_of,
    is_worse,
    norm_of,
    paydex_of,
    points,
    rate,
)
from creditdesk.plumbing.encoding import to_json
from creditdesk.policy.rules import DEFAULT, parse
from creditdesk.policy.rules.rating import PayerRatingRules

RULES = PayerRatingRules()
# Upflow's own example: 140 paid 7 days late and 85 paid 55 days late.
UPFLOW = (Part(minor=140, late=7, is_paid=True), Part(minor=85, late=55, is_paid=True))


def paid(minor: int, late: int) -> Part:
    return Part(minor=minor, late=late, is_paid=True)


def unpaid(minor: int, late: int) -> Part:
    return Part(minor=minor, late=late, is_paid=False)


def days(*parts: Part) -> Decimal | None:
    found = counted(behaviour_of(parts))
    return found.days if found else None


def test_the_trap_an_overdue_invoice_that_is_not_paid_counts() -> None:
    assert days(*UPFLOW) == Decimal("25.13")
    assert days(*UPFLOW, unpaid(214, 40)) == Decimal("32.38")
    assert [days(*UPFLOW, unpaid(214, late)) for late in (10, 25, 26, 60, 214)] == [
        Decimal("25.13"), Decimal("25.13"), Decimal("25.56"), Decimal("42.13"),
        Decimal("117.20"),
    ]  # fmt: skip


def test_who_pays_nothing_is_as_late_as_what_waits_longest() -> None:
    # A mean would be thinned by much that is not due, or fell due yesterday.
    assert days(unpaid(100, 90), unpaid(10_000, 1), unpaid(10_000, -20)) == Decimal(90)
    assert days(unpaid(10_000, -20)) is None
    assert days() is None


@pytest.mark.parametrize(
    ("late", "parts", "grade"),
    [
        ("0", 3, "A"), ("5", 3, "A"), ("5.01", 3, "B"), ("15", 3, "B"), ("15.01", 3, "C"),
        ("30", 3, "C"), ("30.01", 3, "D"), ("60", 3, "D"), ("60.01", 3, "E"), ("400", 9, "E"),
        ("0", 2, ""), ("30", 2, ""), ("30.01", 2, "D"), ("61", 1, "E"),
    ],
)  # fmt: skip
def test_grades_by_days(late: str, parts: int, grade: str) -> None:
    assert grade_of(Decimal(late), parts, RULES) == grade


def test_nothing_known_is_no_grade() -> None:
    assert grade_of(None, 0, RULES) == ""
    found = rate(behaviour_of([]), Norm(), RULES)
    assert (found.grade, found.paydex, found.drift, found.days) == ("", None, Drift(""), None)


@pytest.mark.parametrize(
    ("late", "value"),
    [
        (-10, 80), (0, 80), (15, 70), (22, 60), (30, 50), (60, 40), (90, 30), (120, 20),
        (177, 1), (1000, 1), (45, 45), (75, 35), (26, 55), (3, 78), (123, 19),
    ],
)  # fmt: skip
def test_points_of_the_paydex(late: int, value: int) -> None:
    assert points(late) == value


def paydex(*parts: Part) -> int | None:
    return rate(behaviour_of(parts), Norm(), replace(RULES, paydex_parts_min=1)).paydex


def test_a_paydex_weighs_by_amount() -> None:
    anticipated = Part(minor=100, late=-30, is_paid=True, is_anticipated=True)
    discounted = Part(minor=100, late=-20, is_paid=True, is_discounted=True)
    assert paydex(anticipated) == 100
    assert paydex(discounted) == 90
    assert paydex(anticipated, discounted) == 95
    assert paydex(replace(anticipated, is_discounted=True)) == 100
    assert paydex(paid(300, 0), paid(100, 30)) == 73  # 72.5, half up
    assert paydex(paid(300, 0), unpaid(100, 30), unpaid(10**9, 0)) == 73
    assert paydex(unpaid(100, 500)) == 1
    assert paydex(unpaid(100, -3)) is None


def test_too_few_experiences_give_no_paydex() -> None:
    parts = [paid(100, 0), unpaid(100, 10)]
    assert rate(behaviour_of(parts), Norm(), RULES).paydex is None
    assert rate(behaviour_of([*parts, paid(1, 0)]), Norm(), RULES).paydex == 77


_parts = st.lists(
    st.builds(
        Part,
        minor=st.integers(1, 10**7),
        late=st.integers(-60, 400),
        is_paid=st.booleans(),
    ),
    max_size=8,
)


def rank(grade: str) -> int:
    return ["", *GRADES].index(grade)


@given(_parts, st.integers(0, 7), st.integers(1, 40))
def test_as_an_unpaid_item_ages_the_rating_never_improves(
    parts: list[Part], place: int, by: int
) -> None:
    aged = [
        replace(one, late=one.late + by) if n == place and not one.is_paid else one
        for n, one in enumerate(parts)
    ]
    before, after = days(*parts), days(*aged)
    assert after is None if before is None and after is None else (after or 0) >= (before or 0)
    now, was = (rate(behaviour_of(some), Norm(), RULES).grade for some in (aged, parts))
    assert rank(now) >= rank(was) or (was == "" and now == "")


@given(_parts, st.integers(1, 10**9), st.integers(-90, 500))
def test_one_more_unpaid_item_never_improves_it(parts: list[Part], minor: int, late: int) -> None:
    before = days(*parts)
    after = days(*parts, unpaid(minor, late))
    if before is not None:
        assert after is not None
        assert after >= before
    if late <= 0:
        assert after == before


@given(_parts)
def test_who_pays_nothing_never_rates_well(parts: list[Part]) -> None:
    owed = [replace(one, is_paid=False) for one in parts]
    late = max((one.late for one in owed), default=0)
    found = rate(behaviour_of(owed), Norm(), RULES)
    assert found.days == (late if late > 0 else None)
    if late > RULES.grade_c_days:
        assert found.grade in ("D", "E")


@given(_parts)
def test_it_is_the_worst_mean_that_what_is_unpaid_makes(parts: list[Part]) -> None:
    was_paid = [one for one in parts if one.is_paid]
    owed = [one for one in parts if not one.is_paid and one.late > 0]
    chosen = chain.from_iterable(combinations(owed, n) for n in range(len(owed) + 1))
    means = [
        Fraction(sum(p.minor * max(p.late, 0) for p in some), sum(p.minor for p in some))
        for some in ([*was_paid, *more] for more in chosen)
        if some
    ]
    worst = max(means, default=None)
    found = days(*parts)
    if worst is None:
        assert found is None
    else:
        exact = Decimal(worst.numerator) / Decimal(worst.denominator)
        assert found == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


@given(_parts)
def test_sums_by_bands_make_the_paydex_that_the_parts_make(parts: list[Part]) -> None:
    judged = [one for one in parts if one.is_paid or one.late > 0]
    if not judged:
        assert paydex(*parts) is None
        return
    total = sum(one.minor for one in judged)
    exact = sum((one.minor * points(one.late) for one in judged), Fraction(0)) / total
    assert paydex(*parts) == max(1, int(exact + Fraction(1, 2)))


@given(_parts, st.lists(st.integers(-30, 200)), st.lists(st.integers(-30, 90)))
def test_what_is_kept_replays_to_the_same(
    parts: list[Part], earlier: list[int], recent: list[int]
) -> None:
    behaviour = behaviour_of(parts, disputed_minor=7)
    norm = norm_of(earlier, [Seen(60, late) for late in recent])
    kept = json.loads(to_json(as_inputs(behaviour, norm)))
    assert from_inputs(kept) == (behaviour, norm)
    assert rate(*from_inputs(kept), RULES) == rate(behaviour, norm, RULES)


def test_what_is_counted_is_named() -> None:
    behaviour = behaviour_of([*UPFLOW, unpaid(214, 40), unpaid(50, 20), unpaid(60, -5)])
    found = counted(behaviour)
    assert found is not None
    assert (found.paid_minor, found.unpaid_minor, found.unpaid_from) == (225, 214, 40)
    assert behaviour.unpaid == (Unpaid(40, 214), Unpaid(20, 50))
    assert (behaviour.overdue_minor, behaviour.not_due_minor, behaviour.parts) == (264, 60, 4)


def seen(*late: int, age: int = 60) -> list[Seen]:
    return [Seen(age, one) for one in late]


@pytest.mark.parametrize(
    ("earlier", "recent", "word", "by", "needs"),
    [
        # The spread is nought: seven days more than usual say something, six do not.
        ([10, 10, 10, 10], seen(17, 17, 17, 17), "later", "7.0", "7"),
        ([10, 10, 10, 10], seen(16, 16, 16, 16), "as_usual", "6.0", "7"),
        # One wild value of either moves no median.
        ([10, 10, 10, 10, 300], seen(10, 10, 11, 10, 200), "as_usual", "0.0", "7"),
        # Who scatters by ten days around its norm must leave that far behind.
        ([0, 10, 20, 30, 40], seen(45, 45, 45, 45), "as_usual", "25.0", "29.6"),
        ([0, 10, 20, 30, 40], seen(50, 50, 50, 50), "later", "30.0", "29.6"),
        # Paying earlier is no drift.
        ([20, 20, 20, 20], seen(0, 0, 0, 0), "as_usual", "-20.0", "7"),
        # Too few of either.
        ([10, 10, 10], seen(90, 90, 90, 90), "", None, None),
        ([10, 10, 10, 10], seen(90, 90, 90), "", None, None),
        # What fell due less long ago than the norm takes says nothing yet.
        ([30, 30, 30, 30], seen(20, 20, 20, 20, age=20), "", None, None),
        ([30, 30, 30, 30], seen(37, 37, 37, 37, age=37), "later", "7.0", "7"),
    ],
)
def test_drift(
    earlier: list[int], recent: list[Seen], word: str, by: str | None, needs: str | None
) -> None:
    found = drift_of(norm_of(earlier, recent), RULES)
    assert found.word == word
    assert found.by_days == (None if by is None else Decimal(by))
    assert found.needs_days == (None if needs is None else Decimal(needs))


@given(
    st.lists(st.integers(-30, 120), min_size=4, max_size=12),
    st.lists(st.integers(0, 120), min_size=4, max_size=12),
    st.integers(1, 60),
)
def test_later_recent_items_never_end_a_drift(
    earlier: list[int], recent: list[int], by: int
) -> None:
    def drifted(more: int) -> Drift:
        return drift_of(norm_of(earlier, [Seen(200, one + more) for one in recent]), RULES)

    if drifted(0).word == "later":
        assert drifted(by).word == "later"


@pytest.mark.parametrize(
    ("now", "before", "worse"),
    [
        (("B", ""), ("A", ""), True), (("A", ""), ("B", ""), False), (("B", ""), ("", ""), False),
        (("", ""), ("A", ""), False), (("A", "later"), ("A", "as_usual"), True),
        (("A", "later"), ("B", "later"), False), (("A", "later"), ("", ""), True),
    ],
)  # fmt: skip
def test_what_is_worse(now: tuple[str, str], before: tuple[str, str], worse: bool) -> None:  # noqa: FBT001 - a table
    assert is_worse(now, before) is worse


def test_grades_of_the_policy_must_rise() -> None:
    for given_rules, field in (
        ({"grade_b_days": 5}, "grade_b_days"),
        ({"grade_d_days": 30}, "grade_d_days"),
    ):
        with pytest.raises(Invalid) as fault:
            parse({**DEFAULT, "payer_rating": given_rules}, version=1, valid_from=date(2026, 1, 1))
        assert fault.value.code == "policy_grades_order"
        assert fault.value.place is not None
        assert fault.value.place.field == f"payer_rating.{field}"
    written = {**DEFAULT, "payer_rating": {"grade_a_days": 0, "grade_b_days": 1}}
    assert parse(written, version=1, valid_from=date(2026, 1, 1)).payer_rating == replace(
        RULES, grade_a_days=0, grade_b_days=1
    )


def test_no_paydex_of_nothing() -> None:
    assert paydex_of(anticipated=0, discounted=0, others=0, banded=(0,) * 7) is None
