"""Asked of the ledger batch by batch, payments are decided as over all open items at once."""

from __future__ import annotations

import gc
import json
import random
import tracemalloc
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Final

import pytest

from benchmarks import cases, noise
from benchmarks.cases import Case, Customer, Item, Line
from creditdesk.cash import services as cash
from creditdesk.cash.rules import Finding, Receipt, build_index, build_payers, match_all, payers
from creditdesk.cash.services import matching, open_ledger, spool
from creditdesk.cash.services.writing import proposals_json
from creditdesk.customers import queries as customer_queries
from creditdesk.customers import services as customers
from creditdesk.customers.rules import NewCustomer
from creditdesk.invoices import queries as invoice_queries
from creditdesk.invoices import services as invoices
from creditdesk.invoices.rules import NewInvoice
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.references import name_key
from creditdesk.plumbing import sql
from creditdesk.policy import queries as policies
from tests.cash import stage

Said = dict[int, tuple[object, ...]]
DAY: Final = date(2026, 3, 2)


@dataclass(frozen=True, slots=True)
class _Row:
    payment_id: int
    minor: int
    currency: str
    received_on: date
    text: str
    structured_references: list[str]
    counterparty: str
    counterparty_account: str
    customer_id: int | None


@dataclass(frozen=True, slots=True)
class _Kept:
    payment_id: int
    method: str
    is_certain: bool
    customer_id: int | None
    reasons: str
    proposals: str
    allocations: str


def receipts(company_id: int) -> list[Receipt]:
    rows = sql.fetch(
        _Row,
        "SELECT p.id, p.unapplied_minor, p.currency, p.received_on, l.text,"
        " l.structured_references, l.counterparty, l.counterparty_account, p.customer_id"
        " FROM cash_payment p JOIN cash_bankline l ON l.id = p.bank_line_id"
        " WHERE p.company_id = %s AND p.unapplied_minor > 0",
        [company_id],
    )
    return [
        Receipt(**{**asdict(row), "structured_references": tuple(row.structured_references)})
        for row in rows
    ]


def over_all_at_once(actor: Actor) -> Said:
    """Return what the rules say over an index of everything that is open."""
    company_id = actor.company_id
    given = receipts(company_id)
    currencies = {one.currency for one in given}
    known = customer_queries.payer_index(company_id)
    items = invoice_queries.open_items(company_id)
    findings = match_all(
        given,
        build_index(item for item in items if item.currency in currencies),
        build_payers(known.accounts, known.names, known.numbers),
        policies.in_force(company_id, actor.today).matching,
    )
    return {found.payment_id: _told(found) for found in findings}


def _told(found: Finding) -> tuple[object, ...]:
    reasons = [reason._asdict() for reason in found.reasons]
    proposals = json.loads(proposals_json(found.proposals))
    allocations = sorted([item_id, minor] for item_id, minor in found.allocations)
    return (
        found.method, found.is_certain, found.customer_id, reasons, proposals, allocations,
    )  # fmt: skip


def as_kept(company_id: int) -> Said:
    """Return what was written down, and applied, of payments that were matched once."""
    rows = sql.fetch(
        _Kept,
        "SELECT m.payment_id, m.method, m.is_certain, p.customer_id, m.reasons::text,"
        " m.proposals::text, (SELECT coalesce(json_agg(json_build_array(a.item_id, a.minor)"
        " ORDER BY a.item_id), '[]') FROM cash_allocation a WHERE a.payment_id = p.id)::text"
        " FROM cash_match m JOIN cash_payment p ON p.id = m.payment_id"
        " WHERE m.company_id = %s",
        [company_id],
    )
    assert len({row.payment_id for row in rows}) == len(rows)
    return {
        row.payment_id: (
            row.method, row.is_certain, row.customer_id, json.loads(row.reasons),
            json.loads(row.proposals), json.loads(row.allocations),
        )
        for row in rows
    }  # fmt: skip


def load(actor: Actor, case: Case) -> dict[str, int]:
    """Open the accounts, record the items, take the lines in; return the customers by number."""
    ids = customers.create(
        actor,
        new=[
            NewCustomer(
                number=one.number, name=one.name, currency="EUR", bank_accounts=one.bank_accounts,
                aliases=one.aliases,
            )
            for one in case.customers
        ],
    )  # fmt: skip
    customer_ids = {one.number: row for one, row in zip(case.customers, ids, strict=True)}
    add(actor, case, customer_ids)
    return customer_ids


def add(actor: Actor, case: Case, customer_ids: Mapping[str, int]) -> None:
    """Record the items and take the lines in."""
    done = invoices.record(
        actor,
        [
            NewInvoice(
                customer_id=customer_ids[one.customer], number=one.number,
                issued_on=one.issued_on, due_on=one.due_on, currency=one.currency,
                net_minor=one.minor,
            )
            for one in case.items
        ],
    )  # fmt: skip
    assert not done.rejected
    cash.take_in(actor, filename="bank.xml", content=cases.as_camt(case, 0, len(case.lines)))


def crowded(seed: int) -> Case:
    """Return a case full of what is equal: amounts, endings of numbers, numbers, names."""
    chance = random.Random(seed)
    names = ["Acorn Foods GmbH", "Acorn Foods Ltd", "Birch Bakery", "Birch Bakery Bath", "Cedar"]
    people = [
        Customer(f"K{n:05d}", f"{names[n % 5]} {n // 10 or ''}".strip(), (), ()) for n in range(25)
    ]
    shapes = ("INV-2026-{:05d}", "INV/2026{:05d}", "{:08d}", "R{:05d}", "A{:03d}", "2026-07-{:06d}")
    numbers = sorted({chance.choice(shapes).format(chance.randrange(1, 60)) for _ in range(300)})
    items = [
        Item(
            number, chance.choice(people).number, DAY - timedelta(days=chance.randrange(9)),
            DAY + timedelta(days=chance.randrange(9)), chance.choice(("EUR", "EUR", "EUR", "USD")),
            chance.choice((4_900, 4_900, 4_900, 9_900, 12_345, chance.randrange(1, 99_999))),
        )
        for number in numbers
    ]  # fmt: skip
    return Case(tuple(people), tuple(items), tuple(_crowded_lines(chance, people, items)))


def _crowded_lines(
    chance: random.Random, people: Sequence[Customer], items: Sequence[Item]
) -> list[Line]:
    lines = []
    for place in range(400):
        item, payer = chance.choice(items), chance.choice(people)
        digits = "".join(sign for sign in item.number if sign.isdecimal())
        text = chance.choice(
            (
                item.number, item.number.lower().replace("-", " "), digits, digits[-5:],
                f"{item.number} {chance.choice(items).number}", "thank you", payer.name,
                digits[:-2] + digits[-1] + digits[-2], f"RE{digits[-6:]} {payer.number}",
                f"{item.number[:-1]}{chance.randrange(10)}",
            )
        )  # fmt: skip
        minor = item.minor * chance.choice((1, 1, 1, 1, 2)) // chance.choice((1, 1, 1, 2))
        lines.append(
            Line(
                kind="any", booked_on=DAY + timedelta(days=10), currency=item.currency,
                minor=minor, text=f"{text} / {place}",
                counterparty=chance.choice(("", "", payer.name, payer.name[:-1], "Acorn Food")),
            )
        )  # fmt: skip
    return lines


@pytest.mark.parametrize("batch", [61, 100_000])
def test_every_kind_of_noise_is_decided_as_over_all_open_items(
    desk: Actor, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(matching, "BATCH", batch)
    load(desk, noise.case(1_500, seed=11))
    expected = over_all_at_once(desk)
    done = cash.match(desk)
    assert (done.matched, done.overtaken) == (len(expected), 0)
    assert as_kept(desk.company_id) == expected
    stage.prove(desk)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("batch", [17, 100_000])
def test_what_is_equal_is_seen_in_the_whole_ledger(
    desk: Actor, monkeypatch: pytest.MonkeyPatch, seed: int, batch: int
) -> None:
    monkeypatch.setattr(matching, "BATCH", batch)
    monkeypatch.setattr(open_ledger, "HELD_MAX", 7)
    monkeypatch.setattr(open_ledger, "LARGE", seed % 2 * 1_000)
    load(desk, crowded(seed))
    expected = over_all_at_once(desk)
    assert len({said[0] for said in expected.values()}) >= 5
    done = cash.match(desk)
    assert (done.matched, done.overtaken) == (len(expected), 0)
    assert as_kept(desk.company_id) == expected


def peak_of_matching(actor: Actor) -> tuple[cash.MatchResult, int]:
    """Match, and return the most bytes of Python's that were held at once meanwhile.

    What is remembered for the whole process is forgotten first: how full it was by other tests
    decides whether its table grows just now.
    """
    for remembered in (payers.payer_key, payers.payer_account_key, name_key):
        remembered.cache_clear()
    gc.collect()
    tracemalloc.start()
    try:
        done = cash.match(actor)
        return done, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def paying(items: Sequence[Item]) -> tuple[Line, ...]:
    return tuple(
        Line("exact", DAY, "EUR", one.minor, f"Payment {one.number}", noise.account_of(place))
        for place, one in enumerate(items)
    )


def test_memory_is_that_of_a_batch_and_not_of_the_ledger(desk: Actor) -> None:
    made = noise.case(6_000, seed=5)
    few, more = made.items[:1_200], made.items[1_200:]
    known = load(desk, Case(made.customers, few, paying(few[:400])))
    first, of_few = peak_of_matching(desk)
    add(desk, Case((), more, paying(more[:400])), known)
    second, of_many = peak_of_matching(desk)
    assert (first.applied, second.applied, second.left) == (400, 400, 0)
    assert of_many < of_few * 1.1


def test_of_the_payments_of_a_run_little_is_kept(
    desk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "BATCH", 200)
    monkeypatch.setattr(matching, "WRITTEN", 200)
    monkeypatch.setattr(spool, "IN_MEMORY", 1)
    made = noise.case(2_000, seed=5)
    few, more = made.items[:400], made.items[400:]
    known = load(desk, Case(made.customers, few, paying(few)))
    first, of_few = peak_of_matching(desk)
    add(desk, Case((), more, paying(more)), known)
    second, of_many = peak_of_matching(desk)
    assert (first.applied, second.applied, second.left) == (400, 1_600, 0)
    # What is kept of a payment through the run, in bytes: a tenth of what it needs in its batch.
    assert (of_many - of_few) / (1_600 - 400) < 800
