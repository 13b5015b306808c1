"""Matching as a table of cases, and what must hold for any batch."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.cash.readers.statement import Line
from creditdesk.cash.rules import (
    Receipt,
    build_index,
    build_payers,
    match,
    match_all,
    occurrences,
)
from creditdesk.cash.rules.payers import Told, recognise
from creditdesk.cash.rules.sums import combination
from creditdesk.kernel.references import name_key, reference_key
from creditdesk.policy.rules import MatchingRules

ACORN, BIRCH, CEDAR = 1, 2, 3
ACORN_IBAN, BIRCH_IBAN = "DE02120300000000202051", "FR1420041010050500013M02606"
RULES = MatchingRules()
DAY = date(2026, 3, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    item_id: int
    invoice_id: int
    number: str
    number_key: str
    customer_id: int
    currency: str
    issued_on: date
    due_on: date
    open_minor: int


def item(
    item_id: int,
    number: str,
    minor: int,
    customer_id: int = ACORN,
    *,
    currency: str = "EUR",
    invoice_id: int = 0,
    due: int = 0,
) -> Item:
    return Item(
        item_id=item_id,
        invoice_id=invoice_id or item_id,
        number=number,
        number_key=reference_key(number),
        customer_id=customer_id,
        currency=currency,
        issued_on=date(2026, 2, 1),
        due_on=date(2026, 3, 1) + timedelta(days=due or item_id),
        open_minor=minor,
    )


ITEMS = [
    item(1, "INV-2026-00012", 10_000),
    item(2, "INV-2026-00013", 25_050),
    item(3, "INV-2026-00014", 7_777),
    item(4, "INV-2026-00015", 7_777),
    item(5, "INV-2026-00100", 50_000, BIRCH),
    item(6, "77010248", 33_300, BIRCH),
    item(7, "RG 00123456", 12_300, CEDAR),
    item(8, "INV-2026-00200", 4_000, CEDAR, invoice_id=80, due=1),
    item(9, "INV-2026-00200", 6_000, CEDAR, invoice_id=80, due=31),
    item(10, "INV-2026-00300", 9_900, CEDAR, currency="USD"),
]
PAYERS = build_payers(
    {ACORN_IBAN: {ACORN}, BIRCH_IBAN: {BIRCH}},
    {
        name_key("Acorn Foods GmbH"): {ACORN},
        name_key("Birch & Söhne KG"): {BIRCH},
        name_key("Cedar Timber Ltd"): {CEDAR},
    },
    {"KD70001": ACORN, "80002": BIRCH},
)


def receipt(minor: int, text: str = "", **more: object) -> Receipt:
    values = {"payment_id": 1, "minor": minor, "currency": "EUR", "received_on": DAY, **more}
    return Receipt(text=text, **values)  # type: ignore[arg-type]


CERTAIN = [
    ("exact", receipt(10_000, "Payment INV-2026-00012"), "document_number", {1: 10_000}),
    ("lower case", receipt(10_000, "inv 2026 00012 ok"), "document_number", {1: 10_000}),
    ("slashes", receipt(10_000, "INV/2026/00012"), "document_number", {1: 10_000}),
    ("broken up", receipt(10_000, "Rech INV-20 26-000 12 x"), "document_number", {1: 10_000}),
    ("glued to a word", receipt(10_000, "Re:INV202600012/Acorn"), "document_number", {1: 10_000}),
    ("no prefix", receipt(10_000, "rechnung 2026-00012"), "document_number", {1: 10_000}),
    ("another prefix", receipt(10_000, "RE202600012"), "document_number", {1: 10_000}),
    ("last digits", receipt(12_300, "Nr 123456"), "document_number", {7: 12_300}),
    ("leading zeros", receipt(12_300, "Nr 000000123456"), "document_number", {7: 12_300}),
    ("digits only", receipt(33_300, "77010248"), "document_number", {6: 33_300}),
    ("structured", receipt(10_000, "abc", structured_references=("INV-2026-00012",)),
     "structured_reference", {1: 10_000}),
    ("creditor reference", receipt(33_300, "", structured_references=("RF18 7701 0248",)),
     "structured_reference", {6: 33_300}),
    ("structured before text",
     receipt(10_000, "not INV-2026-00013", structured_references=("INV-2026-00012",)),
     "structured_reference", {1: 10_000}),
    ("in part", receipt(4_000, "INV-2026-00012"), "document_number", {1: 4_000}),
    ("too much", receipt(12_000, "INV-2026-00012"), "document_number", {1: 10_000}),
    ("two by sum", receipt(35_050, "INV-2026-00012 + INV-2026-00013"), "document_number",
     {1: 10_000, 2: 25_050}),
    ("one of two named", receipt(25_050, "INV-2026-00012, INV-2026-00013"), "document_number",
     {2: 25_050}),
    ("two, cents short", receipt(35_001, "INV-2026-00012 INV-2026-00013"), "document_number",
     {1: 10_000, 2: 25_001}),
    ("two, cents over", receipt(35_100, "INV-2026-00012 INV-2026-00013"), "document_number",
     {1: 10_000, 2: 25_050}),
    ("one instalment", receipt(6_000, "INV-2026-00200"), "document_number", {9: 6_000}),
    ("both instalments", receipt(10_000, "INV-2026-00200"), "document_number",
     {8: 4_000, 9: 6_000}),
    ("instalments in part", receipt(5_000, "INV-2026-00200"), "document_number",
     {8: 4_000, 9: 1_000}),
    ("digits, payer agrees", receipt(1_000, "77010248", counterparty_account=BIRCH_IBAN),
     "document_number", {6: 1_000}),
    ("account and amount", receipt(25_050, "hello", counterparty_account=ACORN_IBAN), "amount",
     {2: 25_050}),
    ("name and amount", receipt(12_300, "x", counterparty="CEDAR TIMBER LIMITED"), "amount",
     {7: 12_300}),
    ("name spelt out", receipt(50_000, "x", counterparty="Birch und Soehne"), "amount",
     {5: 50_000}),
    ("number in text", receipt(25_050, "Kd. KD-70001"), "amount", {2: 25_050}),
    ("digits of a customer, amount agrees", receipt(50_000, "80002"), "amount", {5: 50_000}),
    ("name in text", receipt(12_300, "Transfer from Cedar Timber Ltd"), "amount", {7: 12_300}),
    ("like name, amount agrees", receipt(12_300, "x", counterparty="Cedar Timbers"), "amount",
     {7: 12_300}),
    ("whole balance", receipt(50_604, "x", counterparty="Acorn Foods"), "balance",
     {1: 10_000, 2: 25_050, 3: 7_777, 4: 7_777}),
    ("the only combination", receipt(35_050, "x", counterparty_account=ACORN_IBAN),
     "combination", {1: 10_000, 2: 25_050}),
    ("assigned payer", receipt(25_050, "x", customer_id=ACORN), "amount", {2: 25_050}),
    ("chance number of another, amount decides",
     receipt(25_050, "77010248", counterparty="Acorn Foods"), "amount", {2: 25_050}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given_receipt", "method", "allocations"),
    [case[1:] for case in CERTAIN],
    ids=[case[0] for case in CERTAIN],
)
def test_certain(given_receipt: Receipt, method: str, allocations: dict[int, int]) -> None:
    found = match(given_receipt, build_index(ITEMS), PAYERS, RULES)
    assert (found.is_certain, found.method, dict(found.allocations)) == (True, method, allocations)
    owners = {each.customer_id for each in ITEMS if each.item_id in allocations}
    assert {found.customer_id} == owners


LEFT = [
    ("another's account", receipt(10_000, "INV-2026-00012", counterparty_account=BIRCH_IBAN),
     "payer_is_another", None, [{1: 10_000}]),
    ("another's name", receipt(10_000, "INV-2026-00012", counterparty="Cedar Timber Ltd"),
     "payer_is_another", None, [{1: 10_000}]),
    ("another currency", receipt(9_900, "INV-2026-00300"), "currency_differs", None, []),
    ("two customers named", receipt(60_000, "INV-2026-00012 INV-2026-00100"),
     "several_customers", None, [{1: 10_000}, {5: 50_000}]),
    ("two named, neither covered", receipt(20_000, "INV-2026-00012 INV-2026-00013"),
     "documents_not_covered", ACORN, [{1: 10_000, 2: 10_000}]),
    ("digits by chance", receipt(99, "77010248"), "number_may_be_chance", None, [{6: 99}]),
    ("two items of that amount", receipt(7_777, "x", counterparty="Acorn Foods"),
     "amount_fits_several", ACORN, [{3: 7_777}, {4: 7_777}]),
    ("two ways to add up", receipt(17_777, "x", counterparty="Acorn Foods"),
     "combinations_several", ACORN, [{1: 10_000, 3: 7_777}, {1: 10_000, 2: 7_777}]),
    ("fits nothing", receipt(12_345, "x", counterparty="Acorn Foods"), "amount_fits_nothing",
     ACORN, [{1: 10_000, 2: 2_345}]),
    ("amount alone", receipt(25_050, "hello"), "amount_alone", None, [{2: 25_050}]),
    ("like name alone", receipt(1, "x", counterparty="Cedar Timbers"), "amount_fits_nothing",
     None, [{8: 1}]),
    ("nothing", receipt(1, "hello"), "nothing_recognised", None, []),
    ("account against name",
     receipt(25_050, "x", counterparty="Birch & Söhne KG", counterparty_account=ACORN_IBAN),
     "payer_is_one_of", None, [{2: 25_050}]),
    ("empty", receipt(1), "nothing_recognised", None, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given_receipt", "code", "customer_id", "proposals"),
    [case[1:] for case in LEFT],
    ids=[case[0] for case in LEFT],
)
def test_left_to_a_person(
    given_receipt: Receipt,
    code: str,
    customer_id: int | None,
    proposals: list[dict[int, int]],
) -> None:
    found = match(given_receipt, build_index(ITEMS), PAYERS, RULES)
    assert (found.is_certain, found.allocations) == (False, ())
    assert found.reasons[-1].code == code
    assert found.customer_id == customer_id
    assert [dict(each.allocations) for each in found.proposals] == proposals


def test_what_was_recognised_is_kept_for_that_receipt_alone() -> None:
    told: Told = {}
    payers = replace(PAYERS, told=told)
    of_acorn = receipt(1, counterparty_account=ACORN_IBAN)
    named = receipt(1, "Birch & Söhne KG")  # of the same payment: only the receipt tells them apart
    for each in (of_acorn, named, named, of_acorn):
        for in_text in (False, True):
            assert recognise(each, payers, in_text=in_text) == recognise(
                each, PAYERS, in_text=in_text
            )
    nobody = replace(build_payers({}, {}, {}), told=told)
    assert recognise(of_acorn, nobody) == recognise(of_acorn, PAYERS)
    assert recognise(named, nobody) == (None, ())


def test_a_number_inside_a_longer_one_is_told_by_the_amount() -> None:
    items = [item(1, "INV-2026-1", 5_000), item(2, "INV-2026-12", 6_000, BIRCH)]
    text = "INV 2026 1 2 pieces"
    for minor, expected in ((5_000, {1: 5_000}), (6_000, {2: 6_000})):
        found = match(receipt(minor, text), build_index(items), PAYERS, RULES)
        assert dict(found.allocations) == expected
    unsure = match(receipt(1_000, text), build_index(items), PAYERS, RULES)
    assert not unsure.is_certain


def test_the_second_payment_of_a_settled_document_waits_with_its_payer() -> None:
    twice = [receipt(10_000, "INV-2026-00012", payment_id=n) for n in (1, 2)]
    first, second = match_all(twice, build_index(ITEMS), PAYERS, RULES)
    assert dict(first.allocations) == {1: 10_000}
    assert (second.is_certain, second.customer_id) == (False, ACORN)
    assert second.reasons[-1].code == "document_settled"


def test_named_documents_come_before_amounts_whatever_the_order() -> None:
    by_amount = receipt(10_000, "x", counterparty="Acorn Foods", payment_id=1)
    by_number = receipt(10_000, "INV-2026-00012", payment_id=2)
    found = {
        each.payment_id: each
        for each in match_all([by_amount, by_number], build_index(ITEMS), PAYERS, RULES)
    }
    assert dict(found[2].allocations) == {1: 10_000}
    assert not found[1].allocations


@pytest.mark.parametrize(
    ("amounts", "target", "expected"),
    [
        ([100, 250, 333], 350, (0, 1)),
        ([100, 250, 333], 683, (0, 1, 2)),
        ([1_000, 2_000, 4_000, 8_000, 16_000], 15_000, (0, 1, 2, 3)),
        ([100, 250, 333], 100, None),
        ([100, 250], 351, None),
        ([], 10, None),
    ],
)
def test_combinations(amounts: list[int], target: int, expected: tuple[int, ...] | None) -> None:
    found = combination(amounts, target, 4)
    assert (found.positions if found else None) == expected
    assert found is None or found.is_unique


def test_a_combination_that_chance_could_make_is_not_telling() -> None:
    chance = random.Random(3)
    amounts = [chance.randint(5_000, 500_000) for _ in range(40)]
    found = combination(amounts, amounts[3] + amounts[9], 4)
    assert found is not None
    assert not found.is_telling


@pytest.mark.parametrize(("count", "places", "is_telling"), [
    (15, (3, 9), True), (15, (3, 9, 11), False), (8, (1, 4, 6), True), (40, (3, 9), False),
])  # fmt: skip
def test_a_short_sum_tells_where_longer_ones_would_not(
    count: int, places: tuple[int, ...], *, is_telling: bool
) -> None:
    chance = random.Random(5)
    amounts = [chance.randint(5_000, 500_000) for _ in range(count)]
    found = combination(amounts, sum(amounts[place] for place in places), 4)
    assert found is not None
    assert (found.positions, found.is_telling) == (places, is_telling)


def test_what_is_believed_by_chance_is_one_in_a_thousand_at_most() -> None:
    chance = random.Random(11)
    believed = tries = 0
    for _ in range(300):
        amounts = [chance.randint(5_000, 500_000) for _ in range(chance.randint(4, 14))]
        for _ in range(20):
            found = combination(amounts, chance.randint(10_000, 1_000_000), 4)
            believed += found is not None and found.is_unique and found.is_telling
            tries += 1
    assert believed <= tries // 500


@given(
    st.lists(st.integers(1, 60), max_size=9),
    st.integers(1, 200),
)
def test_combinations_agree_with_trying_all(amounts: list[int], target: int) -> None:

    usable = [i for i, amount in enumerate(amounts) if amount < target]
    every = [
        chosen
        for size in (2, 3, 4)
        for chosen in combinations(usable, size)
        if sum(amounts[i] for i in chosen) == target
    ]
    found = combination(amounts, target, 4)
    if not every:
        assert found is None
    else:
        assert found is not None
        assert found.positions in every
        assert found.is_unique == (len(every) == 1)


numbers = st.integers(1, 12)
texts = st.lists(
    st.one_of(
        numbers.map(lambda n: f"inv 2026 {n:05d}"),
        numbers.map(lambda n: f"INV-2026-{n:05d}"),
        numbers.map(lambda n: f"2026{n:05d}"),
        st.sampled_from(["Acorn Foods", "KD70001", "80002", "thanks", "99", "Birch Söhne"]),
    ),
    max_size=3,
).map(" ".join)
many_items = st.lists(
    st.tuples(
        st.integers(1, 500), st.sampled_from([ACORN, BIRCH]), st.sampled_from(["EUR", "USD"])
    ),
    max_size=12,
).map(
    lambda rows: [
        item(n, f"INV-2026-{n:05d}", minor, who, currency=currency)
        for n, (minor, who, currency) in enumerate(rows, start=1)
    ]
)
many_receipts = st.lists(
    st.tuples(
        st.integers(1, 900),
        texts,
        st.sampled_from(["EUR", "USD"]),
        st.sampled_from(["", ACORN_IBAN, BIRCH_IBAN]),
        st.sampled_from(["", "Acorn Foods GmbH", "Acorn Food", "Birch & Söhne KG"]),
    ),
    max_size=10,
).map(
    lambda rows: [
        Receipt(
            payment_id=n,
            minor=minor,
            currency=currency,
            received_on=DAY + timedelta(days=n % 3),
            text=text,
            counterparty=name,
            counterparty_account=iban,
        )
        for n, (minor, text, currency, iban, name) in enumerate(rows, start=1)
    ]
)


@given(many_items, many_receipts, st.randoms(use_true_random=False))
def test_money_is_neither_made_nor_lost(
    items: list[Item], receipts: list[Receipt], chance: random.Random
) -> None:
    findings = match_all(receipts, build_index(items), PAYERS, RULES)
    of = {each.item_id: each for each in items}
    paid = {each.payment_id: each for each in receipts}
    assert sorted(each.payment_id for each in findings) == sorted(paid)
    used: Counter[int] = Counter()
    for found in findings:
        payment = paid[found.payment_id]
        assert found.is_certain == bool(found.allocations)
        for item_id, minor in found.allocations:
            assert minor > 0
            assert of[item_id].customer_id == found.customer_id
            assert of[item_id].currency == payment.currency
            used[item_id] += minor
        assert sum(minor for _, minor in found.allocations) <= payment.minor
        for proposal in found.proposals:
            assert sum(minor for _, minor in proposal.allocations) <= payment.minor
    assert all(minor <= of[item_id].open_minor for item_id, minor in used.items())
    mixed_items, mixed_receipts = items[:], receipts[:]
    chance.shuffle(mixed_items)
    chance.shuffle(mixed_receipts)
    assert match_all(mixed_receipts, build_index(mixed_items), PAYERS, RULES) == findings


LINE = Line(1, DAY, DAY, 100, "EUR", "", "", "", "", (), is_reversal=False, code="")


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(1, 3), st.sampled_from(["a", "b"])), max_size=25
    ),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=6),
    st.randoms(use_true_random=False),
)
def test_any_split_overlap_or_order_of_days_gives_the_same_lines(
    rows: list[tuple[int, int, str]], spans: list[tuple[int, int]], chance: random.Random
) -> None:
    lines = [
        replace(LINE, booked_on=DAY + timedelta(days=day), minor=minor, text=text)
        for day, minor, text in rows
    ]
    whole = {(o.fingerprint, o.ordinal) for part in occurrences([lines]) for o in part}
    assert len(whole) == len(lines)
    files = [sorted(span) for span in [*spans, (0, 2), (2, 4)]]
    chance.shuffle(files)
    known: set[tuple[str, int]] = set()
    for first, last in files:
        inside = [line for line in lines if first <= (line.booked_on - DAY).days <= last]
        chance.shuffle(inside)
        days = [[line for line in inside if (line.booked_on - DAY).days == day] for day in range(5)]
        known |= {(o.fingerprint, o.ordinal) for part in occurrences(days) for o in part}
    assert known == whole
