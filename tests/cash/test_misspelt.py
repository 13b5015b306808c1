"""Numbers with one slip: decided where the amount bears it out, left to a person where it may not.

Also: the digits by which a number may be told, as the index lays them out.
"""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash.rules import build_index, match, match_all
from creditdesk.cash.rules.index import DIGITS_MIN, LETTERS, digit_forms
from creditdesk.cash.rules.misspelt import ALIKE_MAX, is_slip
from creditdesk.kernel.references import reference_key, words
from tests.cash.test_rules import (
    ACORN,
    ACORN_IBAN,
    BIRCH,
    BIRCH_IBAN,
    CEDAR,
    PAYERS,
    RULES,
    Item,
    item,
    receipt,
)

SLIPPED = item(1, "INV-2026-01243", 21_346)
NEIGHBOUR = item(2, "INV-2026-01234", 80_055, BIRCH)
OTHER = item(3, "INV-2026-05555", 9_999, CEDAR)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("INV1243", "INV1234", True),
        ("INV1243", "INV1253", True),
        ("INV1243", "INV1243", False),
        ("INV1243", "INV1324", False),
        ("INV1243", "INV3241", False),  # the outer two changed places: they are no neighbours
        ("INV1243", "IMV1243", False),  # a letter is another series
        ("NIV1243", "INV1243", True),
        ("INV1243", "INV12433", False),
        ("", "", False),
    ],
)
def test_one_slip(one: str, other: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert is_slip(one, other) is expected
    assert is_slip(other, one) is expected


@given(st.text("0123456789", min_size=2, max_size=12), st.data())
def test_every_swap_of_neighbours_is_a_slip(number: str, data: st.DataObject) -> None:
    n = data.draw(st.integers(0, len(number) - 2))
    swapped = number[:n] + number[n + 1] + number[n] + number[n + 2 :]
    assert is_slip(number, swapped) is (number != swapped)


@pytest.mark.parametrize(
    ("text", "more", "items"),
    [
        # Another customer's invoice is named and open, but the amount is another's to the cent.
        ("Payment INV-2026-01234", {}, [SLIPPED, NEIGHBOUR]),
        ("Payment inv 2026 01234", {}, [SLIPPED, NEIGHBOUR]),
        ("Payment INV-2026-01234", {"counterparty_account": ACORN_IBAN}, [SLIPPED, NEIGHBOUR]),
        # Nothing has that number.
        ("Payment INV-2026-01234", {}, [SLIPPED, OTHER]),
        ("Payment INV202601234", {}, [SLIPPED, OTHER]),
        ("Payment INV-2026-01249", {}, [SLIPPED, OTHER]),
        ("", {"structured_references": ("INV-2026-01234",)}, [SLIPPED, NEIGHBOUR]),
        # The amount fits two of the payer's; the number tells which.
        ("INV-2026-01234", {"counterparty_account": ACORN_IBAN},
         [SLIPPED, item(4, "INV-2026-09999", 21_346)]),
    ],
)  # fmt: skip
def test_a_slip_is_applied_where_the_amount_bears_it_out(
    text: str, more: dict[str, object], items: list[Item]
) -> None:
    found = match(receipt(21_346, text, **more), build_index(items), PAYERS, RULES)
    assert found.is_certain
    assert found.customer_id == ACORN
    assert found.allocations == ((1, 21_346),)
    assert [reason.code for reason in found.reasons] == ["number_misspelt", "amount_exact"]
    assert found.reasons[0].params == {"number": "INV-2026-01243"}


def test_a_round_amount_may_be_a_part_of_the_document_named() -> None:
    items = [item(1, "INV-2026-01243", 20_000), NEIGHBOUR]
    found = match(receipt(20_000, "INV-2026-01234"), build_index(items), PAYERS, RULES)
    assert not found.is_certain
    assert found.customer_id is None
    assert found.reasons[-1].code == "another_number_fits"
    assert [proposal.allocations for proposal in found.proposals] == [
        ((2, 20_000),),
        ((1, 20_000),),
    ]
    # The payer's account says that nobody else's document can be meant.
    paid = receipt(20_000, "INV-2026-01234", counterparty_account=ACORN_IBAN)
    sure = match(paid, build_index(items), PAYERS, RULES)
    assert (sure.is_certain, sure.allocations) == (True, ((1, 20_000),))


@pytest.mark.parametrize(
    ("minor", "text", "more", "items"),
    [
        # Two are one slip away.
        (21_346, "INV-2026-01249", {}, [SLIPPED, item(4, "INV-2026-01246", 21_346, CEDAR)]),
        # The payer is known to be somebody else.
        (21_346, "INV-2026-01294", {"counterparty_account": BIRCH_IBAN}, [SLIPPED, NEIGHBOUR]),
        # Nearly that amount is another amount.
        (21_345, "INV-2026-01294", {}, [SLIPPED]),
        # Two slips are no slip.
        (21_346, "INV-2026-02134", {}, [SLIPPED]),
        # So many have that amount that it tells nothing.
        (21_346, "INV-2026-01249", {},
         [SLIPPED, *(item(10 + n, f"INV-2026-0{n}777", 21_346, CEDAR) for n in range(ALIKE_MAX))]),
    ],
)  # fmt: skip
def test_a_slip_that_nothing_bears_out_is_left(
    minor: int, text: str, more: dict[str, object], items: list[Item]
) -> None:
    found = match(receipt(minor, text, **more), build_index(items), PAYERS, RULES)
    assert not found.is_certain
    assert found.allocations == ()


def test_a_number_settled_in_the_same_batch_does_not_take_the_slip_with_it() -> None:
    index = build_index([SLIPPED, NEIGHBOUR])
    paid, slipped = (
        receipt(80_055, "INV-2026-01234", payment_id=1),
        receipt(21_346, "INV-2026-01234", payment_id=2),
    )
    findings = match_all([paid, slipped], index, PAYERS, RULES)
    assert [found.allocations for found in findings] == [((2, 80_055),), ((1, 21_346),)]


def test_a_short_payment_stays_one_where_no_slip_fits() -> None:
    found = match(receipt(21_000, "INV-2026-01243"), build_index([SLIPPED, OTHER]), PAYERS, RULES)
    assert (found.is_certain, found.allocations) == (True, ((1, 21_000),))
    assert found.reasons[-1].code == "part_paid"


def plain_digit_forms(number: str, key: str) -> set[str]:
    forms = {key.lstrip(LETTERS), *words(number)[-1:]}
    return {form.lstrip("0") for form in forms if len(form) >= DIGITS_MIN and form.isdecimal()} - {
        ""
    }


@given(st.text(string.ascii_letters + string.digits + " /-.öß№²", max_size=20))
def test_digits_of_a_number_however_it_is_written(number: str) -> None:
    key = reference_key(number)
    found = digit_forms(number, key)
    assert len(set(found)) == len(found)
    assert set(found) == plain_digit_forms(number, key)
