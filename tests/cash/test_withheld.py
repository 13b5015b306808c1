"""What advices keep back: each named way with its bounds, given only where policy lets it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash import queries
from creditdesk.cash import services as cash
from creditdesk.cash.rules.advices import AdvisedLine
from creditdesk.cash.rules.shortfall import WAYS as EVERY_WAY
from creditdesk.cash.rules.withheld import NOTE_LENGTH_MAX, REASONS, WAYS, named, withheld
from creditdesk.controls.queries import CompanyRow
from creditdesk.disputes import queries as disputes
from creditdesk.disputes import services as disputes_services
from creditdesk.disputes.rules import NOTE_CHARACTERS_MAX, NewDispute
from creditdesk.disputes.rules import REASONS as DISPUTED
from creditdesk.insight import queries as insight
from creditdesk.kernel.actor import Actor
from creditdesk.ledger.rules import BANK_FEES, DISCOUNT, TOLERANCE
from creditdesk.policy import services as policy
from tests.cash import stage
from tests.cash.test_shortfalls import IN_TIME, LATE, SHORT, publish


@pytest.mark.parametrize(
    ("text", "way", "reason"),
    [
        ("2 % Skonto", "discount", ""),
        ("cash discount taken", "discount", ""),
        ("escompte 2%", "discount", ""),
        ("Bank charges OUR", "bank_fee", ""),
        ("Bankspesen", "bank_fee", ""),
        ("frais bancaires", "bank_fee", ""),
        ("rounding", "tolerance", ""),
        ("Rundungsdifferenz", "tolerance", ""),
        ("balance to follow", "left_open", ""),
        ("2. Teilzahlung", "left_open", ""),
        ("goods damaged", "deduction", "quality"),
        ("Ware beschädigt", "deduction", "quality"),
        ("Mängelrüge", "deduction", "quality"),
        ("price difference", "deduction", "price"),
        ("Preisdifferenz", "deduction", "price"),
        ("short delivery 2 pcs", "deduction", "quantity"),
        ("Fehlmenge", "deduction", "quantity"),
        ("not delivered", "deduction", "not_delivered"),
        ("nicht geliefert", "deduction", "not_delivered"),
        ("Retoure 4711", "deduction", "returned"),
        ("less our return note", "deduction", "returned"),
        ("already paid on 3 March", "deduction", "already_paid"),
        ("nicht bestellt", "deduction", "not_ordered"),
        ("as agreed with Mr Brown", "deduction", "other"),
        ("", "deduction", ""),
        ("   ", "deduction", ""),
        ("translater", "deduction", "other"),
    ],
)  # fmt: skip
def test_what_payers_write_is_a_way_of_the_house(text: str, way: str, reason: str) -> None:
    assert named(text) == (way, reason)


@given(st.text(max_size=400))
def test_any_words_are_one_way_and_a_reason_a_dispute_can_have(text: str) -> None:
    way, reason = named(text)
    assert way in EVERY_WAY
    assert reason in {*DISPUTED, ""}
    assert not reason or way == "deduction"


def test_the_words_lead_to_ways_and_reasons_that_there_are() -> None:
    assert {way for way, _ in WAYS} | {"deduction"} == set(EVERY_WAY)
    assert {code for code, _ in REASONS} < set(DISPUTED)
    assert NOTE_LENGTH_MAX <= NOTE_CHARACTERS_MAX


@dataclass(frozen=True, slots=True)
class Owed:
    item_id: int
    open_minor: int
    number: str = "INV-1"
    number_key: str = "INV1"
    invoice_id: int = 1
    customer_id: int = 1
    currency: str = "EUR"
    issued_on: date = date(2026, 1, 1)
    due_on: date = date(2026, 2, 1)


TWO = {"INV1": [Owed(1, 100), Owed(2, 100)]}


@pytest.mark.parametrize(
    ("paid", "kept", "items"),
    [
        ({1: 90}, 10, [1]),  # the first instalment, less ten; the second is not due yet
        ({1: 100, 2: 95}, 5, [2]),
        ({1: 90}, 11, []),  # eleven do not explain ten
        ({1: 100, 2: 100}, 5, []),  # nothing stays open
        ({}, 5, []),
        ({1: 90}, 0, []),
        ({1: 90}, -10, []),
    ],
)
def test_only_what_explains_the_rest_is_kept_back(
    paid: dict[int, int], kept: int, items: list[int]
) -> None:
    line = AdvisedLine("INV-1", "INV1", sum(paid.values()), kept, "broken")
    found = withheld([line], TWO, tuple(paid.items()), {1: 100, 2: 100})
    assert [(one.item_id, one.minor, one.way, one.reason) for one in found] == [
        (item, kept, "deduction", "quality") for item in items
    ]
    twice = withheld([line, line], TWO, tuple(paid.items()), {1: 100, 2: 100})
    assert twice == ()


# -- on PostgreSQL -----------------------------------------------------------------------------


@pytest.fixture
def clerk(company: CompanyRow, actor_of: Callable[..., Actor]) -> Actor:
    actor = actor_of(company.id)
    policy.ensure_default(actor, valid_from=date(2020, 1, 1))
    publish(actor)
    return actor


def take(clerk: Actor, content: str, *, on: date = LATE, name: str = "advice.csv") -> None:
    """Take an advice in on the day of its payment."""
    then = replace(clerk, at=datetime.combine(on, time(9), tzinfo=UTC))
    cash.take_in_advice(then, filename=name, content=content.encode())


def advised(clerk: Actor, kept: int, text: str, *, on: date = LATE) -> tuple[int, int]:
    """Return item and payment: 1,190.00 with 190.00 tax, paid less what an advice keeps back."""
    acorn = stage.customer(clerk, "Acorn Foods GmbH")
    item = stage.taxed(clerk, acorn, "INV-1001", 100_000, 19_000, terms_code="skonto")
    paid = 119_000 - kept

    def euro(minor: int) -> str:
        return f"{minor // 100},{minor % 100:02d}"

    content = f"Invoice;Amount paid;Deduction;Reason\nINV-1001;{euro(paid)};{euro(kept)};{text}\n"
    take(clerk, content, on=on)
    payment = stage.paid(clerk, paid, "as advised", on=on)
    assert cash.match(clerk).applied == 1
    return item, payment


def codes(clerk: Actor, payment: int) -> list[str]:
    [row] = [one for one in queries.payments(clerk.company_id) if one.id == payment]
    return [one.code for one in row.reasons][2:]


def given_on(clerk: Actor, payment: int) -> list[tuple[str, int, int]]:
    found = queries.adjustments_of_payment(clerk.company_id, payment)
    assert all(one.is_automatic for one in found)
    return [(one.kind, one.minor, one.tax_minor) for one in found if one.undone_on is None]


# Kept back of 1,190.00, the words, the day; what is given, stays open, is disputed, and said.
CASES: list[tuple[int, str, date, list[tuple[str, int, int]], int, list[str], str]] = [
    (2_380, "2 % Skonto", IN_TIME, [("discount_earned", 2_380, 380)], 0, [], "advised_discount"),
    (2_380, "2 % Skonto", LATE, [], 2_380, ["short_payment"], "advised_waits"),
    (2_500, "Skonto", IN_TIME, [("discount_earned", 2_380, 380), ("tolerance", 120, 19)], 0, [],
     "advised_discount"),
    (223, "rounding", LATE, [("tolerance", 223, 36)], 0, [], "advised_tolerance"),
    (600, "rounding", LATE, [], 600, ["short_payment"], "advised_waits"),
    (1_250, "bank charges", LATE, [("bank_fee", 1_250, 0)], 0, [], "advised_bank_fee"),
    (1_600, "bank charges", LATE, [], 1_600, ["short_payment"], "advised_waits"),
    (9_000, "goods damaged", LATE, [], 9_000, ["quality"], "advised_deduction"),
    (2_380, "goods damaged", IN_TIME, [], 2_380, ["quality"], "advised_deduction"),
    (300, "price difference", LATE, [], 300, ["price"], "advised_deduction"),
    (9_000, "", LATE, [], 9_000, ["short_payment"], "advised_deduction"),
    (70_000, "goods damaged", LATE, [], 70_000, [], "advised_deduction"),  # above half: a part paid
    (9_000, "balance to follow", LATE, [], 9_000, [], "advised_left_open"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{one[1] or 'nothing'} {one[0]}" for one in CASES])
def test_what_an_advice_names_is_what_becomes_of_it(
    clerk: Actor, case: tuple[int, str, date, list[tuple[str, int, int]], int, list[str], str]
) -> None:
    kept, text, on, expected, left, contested, said = case
    item, payment = advised(clerk, kept, text, on=on)
    assert (given_on(clerk, payment), stage.open_minor(item)) == (expected, left)
    found = disputes.open_disputes(clerk.company_id)
    assert [(one.reason, one.disputed_minor) for one in found] == [(one, left) for one in contested]
    if contested not in ([], ["short_payment"]):
        assert found[0].note == text
    assert codes(clerk, payment) == [said]
    assert insight.prove(clerk.company_id) == []
    again = cash.match(clerk)
    assert (again.applied, given_on(clerk, payment)) == (0, expected)


@pytest.mark.parametrize(
    ("text", "kept"), [("2 % Skonto", 2_380), ("rounding", 223), ("bank charges", 1_250)]
)
def test_a_policy_that_follows_no_advice_gives_nothing(clerk: Actor, text: str, kept: int) -> None:
    publish(clerk, since=date(2020, 1, 3), short_payments={**SHORT, "follow_advices": False})
    item, payment = advised(clerk, kept, text, on=IN_TIME)
    assert (given_on(clerk, payment), stage.open_minor(item)) == ([], kept)
    assert codes(clerk, payment) == ["advised_waits"]
    assert {DISCOUNT, TOLERANCE, BANK_FEES} & stage.books(clerk).keys() == set()


def test_all_of_it_is_undone_with_the_payment(clerk: Actor) -> None:
    item, payment = advised(clerk, 2_380, "Skonto", on=IN_TIME)
    cash.undo(clerk, payment)
    assert (stage.open_minor(item), given_on(clerk, payment)) == (119_000, [])
    assert insight.prove(clerk.company_id) == []
    assert cash.match(clerk).applied == 0  # what was undone is left alone


def test_a_dispute_there_is_already_stays_as_it_is(clerk: Actor) -> None:
    acorn = stage.customer(clerk, "Acorn Foods GmbH")
    item = stage.taxed(clerk, acorn, "INV-1001", 100_000, 19_000)
    disputes_services.open(clerk, [NewDispute(item, "price", 5_000, "too dear")])
    take(clerk, "Invoice;Amount paid;Deduction;Reason\nINV-1001;1100,00;90,00;damaged\n")
    stage.paid(clerk, 110_000, "as advised", on=LATE)
    assert cash.match(clerk).applied == 1
    [one] = disputes.open_disputes(clerk.company_id)
    assert (one.reason, one.disputed_minor, one.note) == ("price", 5_000, "too dear")


def test_nothing_is_given_where_a_payer_pays_for_others(clerk: Actor) -> None:
    acorn = stage.customer(clerk, "Acorn Foods GmbH")
    birch = stage.customer(clerk, "Birch Farms GmbH")
    first = stage.taxed(clerk, acorn, "INV-1001", 100_000, 19_000)
    second = stage.taxed(clerk, birch, "INV-1002", 10_000, 1_900)
    header = "Invoice;Amount paid;Deduction;Reason\n"
    take(clerk, f"{header}INV-1001;1190,00;0,00;\nINV-1002;117,00;2,00;rounding\n")
    payment = stage.paid(clerk, 130_700, "as advised", on=LATE, name="Holding")
    assert cash.match(clerk).applied == 1
    assert (stage.open_minor(first), stage.open_minor(second)) == (0, 200)
    assert given_on(clerk, payment) == []
    assert insight.prove(clerk.company_id) == []


def test_what_nobody_named_is_given_as_matching_gives_it(clerk: Actor) -> None:
    acorn = stage.customer(clerk, "Acorn Foods GmbH")
    item = stage.taxed(clerk, acorn, "INV-1001", 100_000, 19_000, terms_code="skonto")
    take(clerk, "Invoice;Amount paid\nINV-1001;1166,20\n", on=IN_TIME)
    payment = stage.paid(clerk, 116_620, "as advised", on=IN_TIME)
    assert cash.match(clerk).applied == 1
    assert (given_on(clerk, payment), stage.open_minor(item)) == (
        [("discount_earned", 2_380, 380)], 0,
    )  # fmt: skip


def test_two_payments_towards_one_invoice_leave_the_rest_to_the_last(clerk: Actor) -> None:
    acorn = stage.customer(clerk, "Acorn Foods GmbH")
    item = stage.taxed(clerk, acorn, "INV-1001", 100_000, 19_000)
    header = "Invoice;Amount paid;Deduction;Reason\n"
    for name, row in (("a", "INV-1001;500,00;;"), ("b", "INV-1001;688,00;2,00;rounding")):
        take(clerk, f"{header}{row}\n", name=f"{name}.csv")
    first = stage.paid(clerk, 50_000, "first", on=LATE)
    second = stage.paid(clerk, 68_800, "second", on=LATE)
    assert cash.match(clerk).applied == 2
    assert stage.open_minor(item) == 0
    assert (given_on(clerk, first), given_on(clerk, second)) == ([], [("tolerance", 200, 32)])
    assert insight.prove(clerk.company_id) == []
