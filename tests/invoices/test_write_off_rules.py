"""What of an invoice is written off, taken back, and which tax of it: by table and for any case."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.invoices import write_off_rules as rules
from creditdesk.invoices.write_off_rules import NewWriteOff, OpenPart, Standing
from creditdesk.policy.rules import ReliefRule

DAY = date(2026, 3, 16)
DUE = date(2025, 9, 1)


def parts(*open_minor: int) -> list[OpenPart]:
    return [OpenPart(n * 10, n, DAY, minor) for n, minor in enumerate(open_minor, start=1)]


def wanted(minor: int | None = None, instalment: int | None = None) -> NewWriteOff:
    return NewWriteOff(invoice="INV-1", instalment=instalment, minor=minor)


@pytest.mark.parametrize(
    ("minor", "instalment", "given_parts", "expected"),
    [
        (None, None, parts(500, 700), {10: 500, 20: 700}),
        (None, 2, parts(500, 700), {20: 700}),
        (800, None, parts(500, 700), {10: 100, 20: 700}),
        (700, None, parts(500, 700), {20: 700}),
        (1, None, parts(500, 700), {20: 1}),
        (1_200, None, parts(500, 700), {10: 500, 20: 700}),
        (None, None, parts(0, 700), {20: 700}),
    ],
)
def test_the_last_instalment_is_written_off_first(
    minor: int | None, instalment: int | None, given_parts: list[OpenPart], expected: dict[int, int]
) -> None:
    asked = wanted(minor, instalment)
    assert rules.why_not(asked, given_parts) == ""
    assert {s.part.item_id: s.minor for s in rules.shared(asked, given_parts)} == expected


@pytest.mark.parametrize(
    ("minor", "instalment", "given_parts", "code"),
    [
        (None, 3, parts(500, 700), "instalment_unknown"),
        (None, None, parts(0, 0), "nothing_open"),
        (None, 1, parts(0, 700), "nothing_open"),
        (0, None, parts(500), "write_off_not_positive"),
        (-1, None, parts(500), "write_off_not_positive"),
        (501, None, parts(500), "write_off_above_open"),
        (600, 1, parts(500, 700), "write_off_above_open"),
        (1_201, None, parts(500, 700), "write_off_above_open"),
    ],
)
def test_what_cannot_be_written_off(
    minor: int | None, instalment: int | None, given_parts: list[OpenPart], code: str
) -> None:
    assert rules.why_not(wanted(minor, instalment), given_parts) == code


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=6),
    st.one_of(st.none(), st.integers(-5, 10**10)),
)
def test_never_more_than_is_open_and_all_that_was_asked(
    open_minor: list[int], minor: int | None
) -> None:
    asked, known = wanted(minor), parts(*open_minor)
    if rules.why_not(asked, known):
        return
    shares = rules.shared(asked, known)
    assert sum(share.minor for share in shares) == (sum(open_minor) if minor is None else minor)
    assert all(0 < share.minor <= share.part.open_minor for share in shares)
    assert len({share.part.item_id for share in shares}) == len(shares)


def standing(
    number: int, minor: int, *, back: int = 0, relieved: int = 0, because: str = "insolvency"
) -> Standing:
    return Standing(number, number * 10, because, minor, back, relieved, DUE)


@given(
    st.lists(st.tuples(st.integers(1, 10**8), st.integers(0, 10**8)), min_size=1, max_size=5),
    st.data(),
)
def test_what_is_owed_again_never_exceeds_what_stands(
    made: list[tuple[int, int]], data: st.DataObject
) -> None:
    known = [standing(n, minor, back=min(back, minor)) for n, (minor, back) in enumerate(made, 1)]
    left = sum(one.left_minor for one in known)
    minor = data.draw(st.integers(0, left))
    backs = rules.taken_back(minor, known)
    assert sum(one.minor for one in backs) == minor
    assert all(0 < one.minor <= one.standing.left_minor for one in backs)
    with pytest.raises(ValueError, match="more is taken back"):
        rules.taken_back(left + 1, known)


def test_the_last_write_off_is_taken_back_first() -> None:
    backs = rules.taken_back(700, [standing(1, 500), standing(2, 600)])
    assert [(one.standing.id, one.minor) for one in backs] == [(2, 600), (1, 100)]


@pytest.mark.parametrize(
    ("minor", "total", "tax", "expected"),
    [
        (11_900, 11_900, 1_900, 1_900),
        (5_950, 11_900, 1_900, 950),
        (1, 11_900, 1_900, 0),
        (3, 11_900, 1_900, 0),
        (4, 11_900, 1_900, 1),  # 0.64 cents
        (25, 200, 20, 3),  # 2.5 is rounded up
        (100, 100, 0, 0),
        (100, 0, 0, 0),
    ],
)
def test_tax_within_a_part(minor: int, total: int, tax: int, expected: int) -> None:
    assert rules.tax_within(minor, total_minor=total, tax_minor=tax) == expected


HALF_A_YEAR = (ReliefRule(reason="insolvency", after_due_days=181, until_due_days=1_640),)


@pytest.mark.parametrize(
    ("on", "because", "expected"),
    [
        (DUE + timedelta(days=180), "insolvency", []),
        (DUE + timedelta(days=181), "insolvency", [1_900]),
        (DUE + timedelta(days=1_640), "insolvency", [1_900]),
        (DUE + timedelta(days=1_641), "insolvency", []),
        (DUE + timedelta(days=181), "small_balance", []),
    ],
)
def test_relief_has_its_days_and_its_reason(on: date, because: str, expected: list[int]) -> None:
    known = [standing(1, 11_900, because=because)]
    found = rules.reliefs(known, total_minor=11_900, tax_minor=1_900, rules=HALF_A_YEAR, on=on)
    assert [one.minor for one in found] == expected


def test_relief_is_booked_once_and_goes_back_with_what_is_owed_again() -> None:
    on, of = DUE + timedelta(days=200), {"total_minor": 11_900, "tax_minor": 1_900}
    done = [standing(1, 11_900, relieved=1_900)]
    assert rules.reliefs(done, **of, rules=HALF_A_YEAR, on=on) == []
    half = [standing(1, 11_900, back=5_950, relieved=1_900)]
    assert [r.minor for r in rules.reliefs(half, **of, rules=(), on=on)] == [-950]
    gone = [standing(1, 11_900, back=11_900, relieved=1_900)]
    assert [r.minor for r in rules.reliefs(gone, **of, rules=(), on=on)] == [-1_900]


@given(
    st.integers(1, 10**9),
    st.integers(0, 10**9),
    st.lists(
        st.tuples(st.integers(1, 10**8), st.integers(0, 10**8), st.booleans()),
        min_size=1,
        max_size=6,
    ),
)
def test_parts_never_hold_more_tax_than_their_invoice(
    net: int, tax: int, made: list[tuple[int, int, bool]]
) -> None:
    total, left = net + tax, net + tax
    known = []
    for number, (minor, back, is_due) in enumerate(made, 1):
        written = min(minor, left)
        if not written:
            break
        left -= written
        because = "insolvency" if is_due else "bad_debt"
        known.append(standing(number, written, back=min(back, written), because=because))
    found = rules.reliefs(
        known, total_minor=total, tax_minor=tax, rules=HALF_A_YEAR, on=DUE + timedelta(days=300)
    )
    taken = sum(one.minor for one in found)
    due = sum(one.left_minor for one in known if one.because == "insolvency")
    assert taken == rules.tax_within(due, total_minor=total, tax_minor=tax) <= tax
    assert all(0 < one.minor <= one.standing.left_minor for one in found)
    # Booked as found, nothing is found again; all taken back, all goes back.
    gave = {one.standing.id: one.minor for one in found}
    booked = [
        Standing(s.id, s.item_id, s.because, s.minor, s.back_minor, gave.get(s.id, 0), s.due_on)
        for s in known
    ]
    again = rules.reliefs(
        booked, total_minor=total, tax_minor=tax, rules=HALF_A_YEAR, on=DUE + timedelta(days=300)
    )
    assert again == []
    ended = [
        Standing(s.id, s.item_id, s.because, s.minor, s.minor, s.relieved_minor, s.due_on)
        for s in booked
    ]
    back = rules.reliefs(ended, total_minor=total, tax_minor=tax, rules=(), on=DUE)
    assert sum(one.minor for one in back) == -taken
