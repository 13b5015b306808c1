"""The till counted: what is off is posted with a reason, approved above a bound, banked once."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pytest
from django.db import DatabaseError, connection, connections, transaction
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from creditdesk.cash import services as cash
from creditdesk.cash.models import Deposit, TillCount
from creditdesk.cash.queries import tills
from creditdesk.cash.rules import till as rules
from creditdesk.cash.services import NewReceipt, count_till
from creditdesk.controls import services as controls
from creditdesk.insight.queries import prove
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, Conflict, Invalid, NotFound, Refused
from creditdesk.plumbing import queries as files
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.cash import stage
from tests.cash.stage import Paid
from tests.controls.people import person
from tests.support.at_once import at_once, codes
from tests.support.fixtures import founded

TODAY = date(2026, 3, 16)


@pytest.mark.parametrize(
    ("minor", "earlier", "alone", "another"),
    [
        (0, [], 0, False), (0, [9_000], 0, False), (1, [], 0, True), (-1, [], 0, True),
        (1_000, [], 1_000, False), (-1_000, [], 1_000, False), (1_001, [], 1_000, True),
        (400, [-601], 1_000, True), (400, [-600], 1_000, False), (-5, [5, -990], 1_000, False),
        (-6, [5, -990], 1_000, True),
    ],
)  # fmt: skip
def test_a_second_person_is_asked_by_all_of_the_day(
    minor: int, earlier: list[int], alone: int, *, another: bool
) -> None:
    assert rules.needs_another(minor, earlier, alone) is another


@given(st.lists(st.integers(-1_000, 1_000), max_size=6), st.integers(0, 5_000))
def test_in_parts_no_more_is_booked_alone_than_the_bound(parts: list[int], alone: int) -> None:
    booked: list[int] = []
    for part in parts:
        if not rules.needs_another(part, booked, alone):
            booked.append(part)
    assert sum(abs(one) for one in booked) <= alone


@pytest.fixture
def acorn(desk: Actor) -> int:
    return stage.customer(desk, "Acorn Foods", number="C1")


def taken(actor: Actor, minor: int) -> str:
    given_ = NewReceipt(kind="cash", minor=minor, customer_number="C1", currency="EUR",
                        received_on=TODAY, on_account=True)  # fmt: skip
    return cash.receive(actor, given_).reference


def off(actor: Actor, counted: int, *, reason: str = "miscounted change") -> cash.TillResult:
    book = tills.drawer(actor.company_id, "EUR")
    return count_till(actor, "EUR", book_minor=book, counted_minor=counted, reason=reason)


def bank(actor: Actor) -> str:
    cash.open_account(actor, stage.ACCOUNT, "EUR", "Town Bank")
    return stage.ACCOUNT


def proved(actor: Actor) -> None:
    assert [str(one) for one in prove(actor.company_id)] == []


def test_what_is_missing_is_a_loss_and_goes_on_the_slip(desk: Actor, acorn: int) -> None:
    receipt = taken(desk, 70_000)
    done = off(desk, 69_200)
    assert (done.reference, done.book_minor, done.minor) == ("TC-2026-000001", 70_000, -800)
    books = stage.books(desk)
    assert (books["till_differences"], books["undeposited"]) == (800, 69_200)
    assert tills.drawer(desk.company_id, "EUR") == 69_200
    proved(desk)
    slip = cash.deposit(desk, [receipt, done.reference], account=bank(desk), brought_on=TODAY)
    assert (slip.receipts, slip.total_minor) == (1, 69_200)
    row = Deposit.objects.get(company_id=desk.company_id)
    pages = PdfReader(io.BytesIO(files.kept_file(desk.company_id, row.file_id).content)).pages
    said = pages[0].extract_text().replace("\u00a0", " ").replace("\u202f", " ")
    for expected in ("TC-2026-000001", "Missing in the till", "−8.00", "692.00"):
        assert expected in said, expected
    assert tills.drawers(desk.company_id) == []
    proved(desk)
    stage.take_in(desk, Paid(minor=69_200, text=f"DEPOSIT {slip.reference}", on=TODAY))
    assert cash.recognise_deposits(desk).credited == 1
    assert stage.books(desk).get("undeposited", 0) == 0
    proved(desk)


def test_what_is_too_much_is_kept_and_banked(desk: Actor, acorn: int) -> None:
    receipt = taken(desk, 5_000)
    done = off(desk, 5_450)
    assert stage.books(desk)["till_differences"] == -450
    slip = cash.deposit(desk, [receipt, done.reference], account=bank(desk), brought_on=TODAY)
    assert slip.total_minor == 5_450
    proved(desk)


def test_a_till_that_agrees_is_kept_as_counted_and_posts_nothing(desk: Actor, acorn: int) -> None:
    taken(desk, 5_000)
    before = stage.books(desk)
    done = off(desk, 5_000, reason="")
    assert (done.reference, done.minor) == ("TC-2026-000001", 0)
    assert stage.books(desk) == before
    [row] = tills.till_counts(desk.company_id)
    assert (row.counted_minor, row.minor, row.reason) == (5_000, 0, "")
    assert tills.undeposited_differences(desk.company_id) == []


def test_the_same_count_sent_twice_is_booked_once(desk: Actor, acorn: int) -> None:
    taken(desk, 5_000)
    count_till(desk, "EUR", book_minor=5_000, counted_minor=4_900, reason="short")
    with pytest.raises(Conflict) as refused:
        count_till(desk, "EUR", book_minor=5_000, counted_minor=4_900, reason="short")
    assert refused.value.code == "till_changed"
    assert stage.books(desk)["till_differences"] == 100
    keyed = desk.keyed("till-1")
    first = count_till(keyed, "EUR", book_minor=4_900, counted_minor=4_800, reason="short again")
    assert count_till(keyed, "EUR", book_minor=4_900, counted_minor=4_800,
                      reason="short again") == first  # fmt: skip
    assert stage.books(desk)["till_differences"] == 200


@pytest.mark.parametrize(
    ("currency", "counted", "reason", "code"),
    [
        ("EUR", -1, "x", "amount_negative"), ("EUR", 4_000, "  ", "reason_missing"),
        ("EUR", 4_000, "x" * 501, "reason_missing"), ("XX", 0, "", "currency_unknown"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_kept(
    desk: Actor, acorn: int, currency: str, counted: int, reason: str, code: str
) -> None:
    taken(desk, 5_000)
    before = stage.books(desk)
    with pytest.raises(Invalid) as refused:
        count_till(desk, currency, book_minor=5_000, counted_minor=counted, reason=reason)
    assert refused.value.code == code
    assert stage.books(desk) == before
    assert TillCount.objects.filter(company_id=desk.company_id).count() == 0


def test_more_than_policy_allows_waits_for_a_second_person(desk: Actor, acorn: int) -> None:
    cashier, manager = person(desk, "oscar", "cashier"), person(desk, "maren", "manager")
    taken(desk, 70_000)
    with pytest.raises(ApprovalNeeded) as needed:
        off(cashier, 68_999)
    assert needed.value.permission == "collections.approve_write_off"
    assert "till_differences" not in stage.books(desk)
    assert TillCount.objects.filter(company_id=desk.company_id).count() == 0
    controls.approve(manager, needed.value.reference)
    [row] = tills.till_counts(desk.company_id)
    assert (row.minor, row.recorded_by, row.approved_by) == (-1_001, "oscar", "maren")
    assert row.approval == needed.value.reference
    assert stage.books(desk)["till_differences"] == 1_001
    proved(desk)


def test_nobody_books_a_large_difference_in_small_parts(desk: Actor, acorn: int) -> None:
    cashier = person(desk, "oscar", "cashier")
    taken(desk, 70_000)
    off(cashier, 69_400)
    with pytest.raises(ApprovalNeeded):
        off(cashier, 68_999)  # 6.00 and 4.01
    off(cashier, 69_000)  # 6.00 and 4.00
    assert stage.books(desk)["till_differences"] == 1_000


def test_what_was_approved_of_another_till_is_not_booked(desk: Actor, acorn: int) -> None:
    cashier, manager = person(desk, "oscar", "cashier"), person(desk, "maren", "manager")
    taken(desk, 70_000)
    with pytest.raises(ApprovalNeeded) as needed:
        off(cashier, 60_000)
    taken(desk, 1_000)
    controls.approve(manager, needed.value.reference)
    assert TillCount.objects.filter(company_id=desk.company_id).count() == 0
    assert "till_differences" not in stage.books(desk)


def test_by_policy_no_difference_is_booked_alone(desk: Actor, acorn: int) -> None:
    strict = {**DEFAULT["counter"], "till_difference_minor": 0}
    policy.publish(desk, given={**DEFAULT, "counter": strict}, valid_from=date(2020, 1, 2))
    cashier = person(desk, "oscar", "cashier")
    taken(desk, 500)
    assert off(cashier, 500, reason="").minor == 0
    with pytest.raises(ApprovalNeeded):
        off(cashier, 499)


def test_a_voided_slip_gives_the_difference_back(desk: Actor, acorn: int) -> None:
    receipt = taken(desk, 5_000)
    done = off(desk, 4_900)
    slip = cash.deposit(desk, [receipt, done.reference], account=bank(desk), brought_on=TODAY)
    with pytest.raises(Conflict):
        cash.deposit(desk, [taken(desk, 300), done.reference], account=stage.ACCOUNT,
                     brought_on=TODAY)  # fmt: skip
    cash.void_deposit(desk, slip.reference, reason="never got there")
    assert tills.drawer(desk.company_id, "EUR") == 4_900 + 300
    proved(desk)
    again = cash.deposit(desk, [receipt, done.reference], account=stage.ACCOUNT, brought_on=TODAY)
    assert again.total_minor == 4_900


def test_a_slip_needs_money_and_its_own_currency(desk: Actor, acorn: int) -> None:
    receipt = taken(desk, 500)
    done = off(desk, 0)
    with pytest.raises(Refused) as refused:
        cash.deposit(desk, [receipt, done.reference], account=bank(desk), brought_on=TODAY)
    assert refused.value.code == "deposit_empty"
    with pytest.raises(NotFound):
        cash.deposit(desk, [done.reference], account=stage.ACCOUNT, brought_on=TODAY)
    assert Deposit.objects.filter(company_id=desk.company_id).count() == 0


def test_counted_by_many_at_once_it_is_booked_once(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = actor_of(founded().id)
    policy.ensure_default(desk, valid_from=date(2020, 1, 1))
    stage.customer(desk, "Acorn Foods", number="C1")
    taken(desk, 5_000)
    found = at_once(*[lambda: count_till(
        desk, "EUR", book_minor=5_000, counted_minor=4_900, reason="short",
    )] * 4)  # fmt: skip
    assert codes(found) == ["till_changed"] * 3
    assert stage.books(desk)["till_differences"] == 100


def test_what_was_counted_is_changed_by_nobody(desk: Actor, acorn: int) -> None:
    taken(desk, 500)
    off(desk, 400)
    for statement in ("UPDATE cash_tillcount SET minor = 0", "DELETE FROM cash_tillcount"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert TillCount.objects.get(company_id=desk.company_id).minor == -100


def test_a_count_tampered_with_is_named_by_the_proof(
    committed_db: str, actor_of: Callable[..., Actor]
) -> None:
    desk = actor_of(founded().id)
    policy.ensure_default(desk, valid_from=date(2020, 1, 1))
    stage.customer(desk, "Acorn Foods", number="C1")
    taken(desk, 5_000)
    off(desk, 4_900)
    assert prove(desk.company_id) == []
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE cash_tillcount DISABLE TRIGGER USER")
        cursor.execute("UPDATE cash_tillcount SET minor = -90, counted_minor = 4910")
        cursor.execute("ALTER TABLE cash_tillcount ENABLE TRIGGER USER")
    named = {one.code for one in prove(desk.company_id)}
    assert named == {"undeposited_control", "till_control"}
