"""Several deposit slips that the bank credits in one line: all of them or none, never a guess."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash import services as cash
from creditdesk.cash.models import Deposit, DepositCredit
from creditdesk.cash.rules.deposits import Brought, Credited, recognise
from creditdesk.controls.queries import CompanyRow
from creditdesk.kernel.actor import Actor
from tests.cash import stage
from tests.cash.conftest import with_policy
from tests.cash.stage import Paid
from tests.cash.test_receipts import bank, notes, proved

DAY = date(2026, 3, 16)


def slip(number: int, minor: int, *, on: date = DAY, account: int = 1) -> Brought:
    return Brought(number, f"DEP-2026-{number:06d}", account, "EUR", minor, on)


def line(number: int, minor: int, words: str = "CASH DEPOSIT", **more: object) -> Credited:
    given_ = {"account_id": 1, "currency": "EUR", "booked_on": DAY, "is_nameless": True, **more}
    return Credited(payment_id=number, minor=minor, words=words, **given_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("slips", "lines", "credited"),
    [
        # Two and three together, without a name.
        ([slip(1, 500), slip(2, 700)], [line(9, 1_200)], {1: 9, 2: 9}),
        ([slip(1, 500), slip(2, 700), slip(3, 11)], [line(9, 1_211)], {1: 9, 2: 9, 3: 9}),
        ([slip(1, 500), slip(2, 700), slip(3, 11)], [line(9, 1_200)], {1: 9, 2: 9}),
        # One and two lines that share none.
        ([slip(1, 500), slip(2, 700), slip(3, 11)], [line(8, 11), line(9, 1_200)],
         {1: 9, 2: 9, 3: 8}),
        # Equals: two choices, two lines, a slip of the very amount beside a sum.
        ([slip(1, 500), slip(2, 700), slip(3, 600), slip(4, 600)], [line(9, 1_200)], {}),
        ([slip(1, 500), slip(2, 700)], [line(8, 1_200), line(9, 1_200)], {}),
        ([slip(1, 500), slip(2, 700), slip(3, 1_200), slip(4, 1_200)], [line(9, 1_200)], {}),
        # Named: the names decide, and the sum must fit.
        ([slip(1, 500), slip(2, 700), slip(3, 1_200)],
         [line(9, 1_200, "DEP-2026-000001 DEP 2026 000002")], {1: 9, 2: 9}),
        ([slip(1, 500), slip(2, 700)], [line(9, 1_201, "DEP-2026-000001 DEP-2026-000002")], {}),
        ([slip(1, 500), slip(2, 700)],
         [line(8, 500, "DEP-2026-000001"), line(9, 1_200, "DEP-2026-000001 DEP-2026-000002")], {}),
        # Another account, another day, a payer, other words.
        ([slip(1, 500), slip(2, 700, account=2)], [line(9, 1_200)], {}),
        ([slip(1, 500), slip(2, 700, on=DAY + timedelta(days=1))], [line(9, 1_200)], {}),
        ([slip(1, 500), slip(2, 700)], [line(9, 1_200, booked_on=DAY + timedelta(days=15))], {}),
        ([slip(1, 500), slip(2, 700)], [line(9, 1_200, is_nameless=False)], {}),
        ([slip(1, 500), slip(2, 700)], [line(9, 1_200, "INVOICE 77")], {}),
        # Too many that wait.
        ([slip(n, 2**n) for n in range(13)], [line(99, 3)], {}),
    ],
)  # fmt: skip
def test_which_slips_a_line_is(
    slips: list[Brought], lines: list[Credited], credited: dict[int, int]
) -> None:
    assert dict(recognise(slips, lines, search_days=14).credited) == credited


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=6),
    st.lists(st.integers(1, 120), min_size=1, max_size=4),
)
def test_a_line_is_whole_slips_and_a_slip_one_line(minors: list[int], paid: list[int]) -> None:
    slips = [slip(n, minor) for n, minor in enumerate(minors)]
    lines = [line(100 + n, minor) for n, minor in enumerate(paid)]
    found = recognise(slips, lines, search_days=14).credited
    assert len({deposit for deposit, _ in found}) == len(found)
    for one in lines:
        held = [minors[deposit] for deposit, payment in found if payment == one.payment_id]
        assert not held or sum(held) == one.minor


# -- on PostgreSQL -----------------------------------------------------------------------------


@pytest.fixture
def clerk(company: CompanyRow, actor_of: Callable[..., Actor]) -> Actor:
    found = with_policy(actor_of(company.id))
    return replace(found, today=DAY, at=found.at.replace(year=2026, month=3, day=16))


def two_slips(clerk: Actor) -> None:
    stage.customer(clerk, "Acorn Foods", number="C1")
    account = bank(clerk)
    for minor in (5_000, 7_000):
        taken = cash.take_receipt(clerk, notes(minor, received_on=DAY))
        cash.deposit(clerk, [taken.reference], account=account, brought_on=DAY)


@pytest.mark.parametrize("words", ["CASH DEPOSIT", "DEP-2026-000001 DEP-2026-000002"])
def test_one_line_credits_two_deposits_and_is_taken_back_one_by_one(
    clerk: Actor, words: str
) -> None:
    two_slips(clerk)
    stage.take_in(clerk, Paid(minor=12_000, text=words, on=DAY))
    assert cash.recognise_deposits(clerk) == cash.RecognisedResult(2, 0)
    assert cash.recognise_deposits(clerk) == cash.RecognisedResult(0, 0)
    assert Deposit.objects.filter(credited_on=DAY).count() == 2
    assert sorted(DepositCredit.objects.values_list("minor", flat=True)) == [5_000, 7_000]
    assert stage.books(clerk) == {"bank": 12_000, "unapplied": -12_000}
    proved(clerk)
    cash.unsettle_deposit(clerk, "DEP-2026-000001")
    assert Deposit.objects.filter(credited_at=None).count() == 1
    books = stage.books(clerk)
    assert (books["undeposited"], books["unidentified"]) == (5_000, -5_000)
    proved(clerk)


def test_a_sum_that_two_choices_make_stays_with_a_person(clerk: Actor) -> None:
    two_slips(clerk)
    for minor in (4_000, 8_000):
        taken = cash.take_receipt(clerk, notes(minor, received_on=DAY))
        cash.deposit(clerk, [taken.reference], account=stage.ACCOUNT, brought_on=DAY)
    stage.take_in(clerk, Paid(minor=12_000, text="CASH DEPOSIT", on=DAY))
    assert cash.recognise_deposits(clerk) == cash.RecognisedResult(0, 0)
    assert not DepositCredit.objects.exists()
    assert stage.books(clerk)["undeposited"] == 24_000
    proved(clerk)
