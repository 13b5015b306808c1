"""What insurers answer for: tables, and laws that hold whatever is owed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.credit.rules import (
    Answered,
    Cover,
    Item,
    ItemCover,
    Policy,
    covered,
    within_maximum,
)

DAY = date(2026, 3, 16)
POLICY = Policy(
    id=1, insurer="Fidelity", number="P-1", currency="EUR", valid_from=date(2025, 1, 1),
    valid_to=date(2026, 12, 31), maximum_liability_minor=100_000, retention_percent=Decimal(10),
    deductible_minor=500, extension_days=60, report_days=60,
)  # fmt: skip
SECOND = Policy(
    id=2, insurer="Top-up", number="P-2", currency="USD", valid_from=date(2025, 1, 1),
    valid_to=date(2026, 12, 31), maximum_liability_minor=100_000, retention_percent=Decimal(0),
    deductible_minor=0, extension_days=60, report_days=60,
)  # fmt: skip
RATES: Mapping[str, Mapping[str, Decimal]] = {
    "EUR": {"EUR": Decimal(1), "USD": Decimal("0.8")},
    "USD": {"USD": Decimal(1), "EUR": Decimal("1.25")},
}


def item(number: int, minor: int, issued: int, due: int, currency: str = "EUR",
         reported: int | None = None) -> Item:  # fmt: skip
    """An item; days count from DAY."""
    return Item(
        id=number, number=f"INV-{number}", instalment=1, issued_on=DAY + timedelta(days=issued),
        due_on=DAY + timedelta(days=due), currency=currency, open_minor=minor,
        reported_on=None if reported is None else DAY + timedelta(days=reported),
    )  # fmt: skip


def cover(number: int, minor: int, since: int = -300, policy: int = 1, until: int | None = None,
          currency: str = "EUR") -> Cover:  # fmt: skip
    return Cover(
        id=number, policy_id=policy, kind="named", currency=currency, minor=minor,
        valid_from=DAY + timedelta(days=since),
        valid_to=None if until is None else DAY + timedelta(days=until),
    )  # fmt: skip


def told(items: list[Item], covers: list[Cover], policies: tuple[Policy, ...] = (POLICY,)) -> tuple[
    list[ItemCover], list[Answered]
]:  # fmt: skip
    return covered(
        items, covers, {one.id: one for one in policies}, on=DAY, rates_into=RATES.__getitem__
    )


@pytest.mark.parametrize(
    ("items", "covers", "expected"),
    [
        ([item(1, 1_000, -10, 20)], [], [(0, "no_cover", "")]),
        ([item(1, 1_000, -10, 20)], [cover(1, 5_000)], [(1_000, "", "")]),
        ([item(1, 1_000, -10, 20)], [cover(1, 600)], [(600, "beyond_cover", "")]),
        # The oldest take the cover first.
        ([item(2, 800, -5, 25), item(1, 1_000, -10, 20)], [cover(1, 1_200)],
         [(1_000, "", ""), (200, "beyond_cover", "")]),
        # Withdrawn from a day: what was issued before keeps its cover.
        ([item(1, 1_000, -10, 20), item(2, 800, -5, 25)], [cover(1, 5_000), cover(2, 0, -7)],
         [(1_000, "", ""), (0, "no_cover", "")]),
        ([item(1, 1_000, -10, 20)], [cover(1, 5_000, until=-11)], [(0, "no_cover", "")]),
        # Late: to be reported within 60 days of the due date, soon, now, too late, or done.
        ([item(1, 1_000, -40, -10)], [cover(1, 5_000)], [(1_000, "", "soon")]),
        ([item(1, 1_000, -90, -50)], [cover(1, 5_000)], [(1_000, "", "now")]),
        ([item(1, 1_000, -90, -60)], [cover(1, 5_000)], [(1_000, "", "now")]),
        ([item(1, 1_000, -90, -61)], [cover(1, 5_000)], [(0, "not_reported", "missed")]),
        ([item(1, 1_000, -90, -61, reported=-2)], [cover(1, 5_000)], [(1_000, "", "reported")]),
        ([item(1, 1_000, -90, -61, reported=0)], [cover(1, 5_000)],
         [(0, "not_reported", "missed")]),
        # Delivered while another item was late by more than the extension allows.
        ([item(1, 1_000, -120, -70, reported=-30), item(2, 300, -9, 20)], [cover(1, 5_000)],
         [(1_000, "", "reported"), (0, "delivered_while_overdue", "")]),
        ([item(1, 1_000, -120, -69, reported=-30), item(2, 300, -9, 20)], [cover(1, 5_000)],
         [(1_000, "", "reported"), (300, "", "")]),
        ([item(1, 1_000, -10, 20, "CHF")], [cover(1, 5_000)], [(0, "no_rate", "")]),
        ([item(1, 1_000, -10, 20, "USD")], [cover(1, 400)], [(500, "beyond_cover", "")]),
        ([item(1, 1_000, -10, 20)], [cover(1, 1_000, currency="USD")], [(800, "beyond_cover", "")]),
    ],
)  # fmt: skip
def test_what_of_items_is_covered(
    items: list[Item], covers: list[Cover], expected: list[tuple[int, str, str]]
) -> None:
    found, _ = told(items, covers)
    assert [(one.covered_minor, one.because, one.report) for one in found] == expected


def test_the_retention_is_borne_by_us_and_the_deductible_once_per_customer() -> None:
    _, [answered] = told([item(1, 1_005, -10, 20), item(2, 2_000, -9, 20)], [cover(1, 5_000)])
    assert (answered.covered_minor, answered.retention_minor, answered.deductible_minor) == (
        3_005, 301, 500,
    )  # fmt: skip
    assert answered.insured_minor == 2_204
    _, [little] = told([item(1, 400, -10, 20)], [cover(1, 5_000)])
    assert (little.deductible_minor, little.insured_minor) == (360, 0)


def test_a_second_policy_takes_what_the_first_leaves() -> None:
    [found], answered = told(
        [item(1, 1_000, -10, 20)], [cover(1, 600), cover(2, 900, policy=2, currency="USD")],
        (POLICY, SECOND),
    )  # fmt: skip
    assert (found.covered_minor, found.because, found.policy_id) == (1_000, "", 1)
    assert [(one.policy_id, one.currency, one.covered_minor) for one in answered] == [
        (1, "EUR", 600), (2, "USD", 500),
    ]  # fmt: skip


def test_nobody_answers_beyond_the_maximum_liability() -> None:
    answered = Answered(
        policy_id=1, currency="EUR", covered_minor=80_000, retention_minor=8_000, deductible_minor=0
    )
    assert within_maximum([answered], {1: POLICY}) == {1: 0}
    assert within_maximum([answered, answered], {1: POLICY}) == {1: 44_000}


@given(
    st.lists(
        st.tuples(st.integers(1, 10**8), st.integers(-200, 0), st.integers(0, 120),
                  st.sampled_from(["EUR", "USD", "CHF"]), st.none() | st.integers(-100, 0)),
        max_size=8,
    ),
    st.lists(
        st.tuples(st.integers(0, 10**8), st.integers(-250, 10), st.sampled_from([1, 2]),
                  st.sampled_from(["EUR", "USD"])),
        max_size=5,
    ),
)  # fmt: skip
def test_cover_is_never_overstated(
    drawn: list[tuple[int, int, int, str, int | None]], decided: list[tuple[int, int, int, str]]
) -> None:
    items = [
        item(n, minor, issued, issued + term, currency, reported)
        for n, (minor, issued, term, currency, reported) in enumerate(drawn)
    ]
    covers = [
        cover(n, minor, since, policy, currency=currency)
        for n, (minor, since, policy, currency) in enumerate(decided)
    ]
    found, answered = told(items, covers, (POLICY, SECOND))
    assert sorted(one.item.id for one in found) == [one.id for one in items]
    for one in found:
        assert 0 <= one.covered_minor <= one.item.open_minor
        assert (one.because == "") == (one.covered_minor == one.item.open_minor)
        assert one.report != "missed" or one.covered_minor == 0 or one.policy_id is not None
    highest = {
        policy.id: max((c.minor * RATES[policy.currency][c.currency] for c in covers
                        if c.policy_id == policy.id), default=Decimal(0))
        for policy in (POLICY, SECOND)
    }  # fmt: skip
    for each in answered:
        assert each.covered_minor <= highest[each.policy_id]
        assert 0 <= each.insured_minor <= each.covered_minor
        assert (
            each.covered_minor == each.insured_minor + each.retention_minor + each.deductible_minor
        )
