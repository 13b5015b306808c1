"""Figures of honest matching: every one by hand, and the payments behind it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from creditdesk.cash import queries
from creditdesk.cash import services as cash
from creditdesk.cash.rules.metrics import Counts, Metric, honest
from creditdesk.cash.services import Returned
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql
from creditdesk.policy import services as policy
from creditdesk.policy.rules import DEFAULT
from tests.cash import stage
from tests.cash.stage import PAID

IBAN = "DE89370400440532013000"


def test_figures_by_hand() -> None:
    found = honest(
        Counts(
            payments=8, straight=5, lines=12, lines_hit=9,
            applied={"document_number": 6, "amount": 2, "by_hand": 4},
            undone={"document_number": 0, "amount": 1, "by_hand": 3},
            ages=[0, 1, 2, 7, 8, 30, 31, 90],
        )
    )  # fmt: skip
    assert found.straight_through.percent == Decimal("62.5")
    assert found.line_hit.percent == Decimal(75)
    assert found.false_match == Metric("false_match", 1, 8)
    assert found.false_match.percent == Decimal("12.5")
    assert found.by_method == (
        Metric("amount", 1, 2), Metric("by_hand", 3, 4), Metric("document_number", 0, 6),
    )  # fmt: skip
    assert found.ages == (
        ("age_0_1", 2), ("age_2_3", 1), ("age_4_7", 1), ("age_8_30", 2), ("age_31", 2),
    )  # fmt: skip
    assert found.oldest_days == 90


def test_nothing_to_measure_is_no_hundred_per_cent() -> None:
    found = honest(Counts(applied={}, undone={}))
    assert found.straight_through.percent is None
    assert found.line_hit.percent is None
    assert found.false_match.percent is None
    assert (found.by_method, found.oldest_days) == ((), None)


def test_figures_follow_what_was_done(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    for n in range(4):
        stage.invoice(desk, acorn, f"INV-100{n}", 10_000 + n)
    stage.paid(desk, 10_000, "INV-1000")  # by its number: straight through
    undone = stage.paid(desk, 10_001, "INV-1001")  # by its number, and wrong
    both = stage.paid(desk, 20_005, "INV-1002 INV-1003")  # two lines, straight through
    by_hand = stage.paid(desk, 500, "some")
    waits = stage.paid(desk, 77, "nobody knows", on=PAID - timedelta(days=40))
    stage.paid(desk, 88, "long ago", on=PAID - timedelta(days=400))
    assert cash.match(desk).applied == 3
    cash.undo(desk, undone)
    item = stage.invoice(desk, acorn, "INV-1009", 500)
    cash.apply(desk, by_hand, allocations={item: 500})
    found = queries.metrics(desk.company_id, as_of=PAID + timedelta(days=1))
    assert found.straight_through == Metric("straight_through", 2, 5)
    assert found.line_hit == Metric("line_hit", 3, 6)  # two wait: a line each that was not hit
    assert found.false_match == Metric("false_match", 1, 3)
    assert found.by_method == (Metric("by_hand", 0, 1), Metric("document_number", 1, 3))
    assert dict(found.ages)["age_31"] == 2
    assert dict(found.ages)["age_0_1"] == 1
    assert found.oldest_days == 401
    assert follow(desk, "straight") == {reference(desk, both), "PAY-2026-000001"}
    assert follow(desk, "undone") == {reference(desk, undone)}
    assert follow(desk, "undone", "by_hand") == set()
    assert follow(desk, "not_straight") == {
        reference(desk, one) for one in (undone, by_hand, waits)
    }


def test_what_the_bank_took_back_was_not_matched_falsely(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods")
    stage.invoice(desk, acorn, "INV-1000", 10_000)
    payment = stage.paid(desk, 10_000, "INV-1000")
    cash.match(desk)
    cash.return_payments(desk, [Returned(payment_id=payment, on=PAID + timedelta(days=2))])
    found = queries.metrics(desk.company_id, as_of=PAID + timedelta(days=6))
    assert found.false_match == Metric("false_match", 0, 1)
    assert found.by_method == (Metric("document_number", 0, 1),)
    # It settles nothing any more, so it went straight through nowhere.
    assert found.straight_through == Metric("straight_through", 0, 1)
    assert follow(desk, "undone") == set()
    assert follow(desk, "not_straight") == {reference(desk, payment)}


def test_what_a_replay_moved_was_not_matched_falsely(desk: Actor) -> None:
    rules = {**DEFAULT, "allocation": {"automatic": True}}
    policy.publish(desk, given=rules, valid_from=desk.today)
    acorn = stage.customer(desk, "Acorn Foods", iban=IBAN)
    for n, minor in enumerate((10_000, 20_000)):
        on = date(2026, 2, 2 + 10 * n)
        stage.invoice(desk, acorn, f"A-{n}", minor, issued_on=on)
    stage.paid(desk, 10_500, "b", iban=IBAN, on=PAID)
    cash.match(desk)
    stage.paid(desk, 4_000, "a", iban=IBAN, on=PAID - timedelta(days=1))
    assert cash.match(desk).moved
    found = queries.metrics(desk.company_id, as_of=PAID)
    assert found.false_match == Metric("false_match", 0, 2)
    assert found.straight_through == Metric("straight_through", 2, 2)


def test_what_waits_has_the_lines_its_advice_names(desk: Actor) -> None:
    content = b"Invoice;Paid\nX-1;10,00\nX-2;20,00\nX-3;30,00\nTotal;60,00\n"
    advice = cash.take_in_advice(desk, filename="a.csv", content=content)
    payment = stage.paid(desk, 6_000, "as advised")
    cash.tie_advice(desk, advice.reference, payment_reference=reference(desk, payment))
    stage.paid(desk, 77, "nobody knows")
    cash.match(desk)
    found = queries.metrics(desk.company_id, as_of=PAID)
    assert found.line_hit == Metric("line_hit", 0, 4)


def test_an_application_and_its_undoing_in_one_moment_are_told_apart(desk: Actor) -> None:
    """The clock of a run stands still: allocation, return and answer may bear the same moment."""
    acorn = stage.customer(desk, "Acorn Foods", iban=IBAN)
    stage.invoice(desk, acorn, "INV-1000", 10_000)
    line = stage.Paid(minor=10_000, text="INV-1000", iban=IBAN)
    back = stage.Paid(minor=-10_000, text="RETOURE INV-1000", iban=IBAN, on=PAID)
    stage.take_in(desk, line, back)
    done = cash.match(desk)
    assert (done.applied, done.returned) == (1, 1)
    found = queries.metrics(desk.company_id, as_of=PAID)
    assert found.by_method == (Metric("document_number", 0, 1),)
    assert found.false_match == Metric("false_match", 0, 1)


def test_the_counts_are_those_of_one_payment_after_the_other(desk: Actor) -> None:
    acorn = stage.customer(desk, "Acorn Foods", iban=IBAN)
    items = [stage.invoice(desk, acorn, f"INV-200{n}", 10_000 + n) for n in range(6)]
    paid = [stage.paid(desk, 10_000 + n, f"INV-200{n}", iban=IBAN) for n in range(6)]
    stage.paid(desk, 4_711, "nobody knows")
    cash.match(desk)
    for at in (1, 2, 3):
        cash.undo(desk, paid[at])
    later = replace(desk, at=desk.at + timedelta(hours=1))
    cash.apply(later, paid[2], allocations={items[2]: 5_000, items[1]: 2_000})
    cash.apply(later, paid[3], allocations={items[3]: 10_003})
    cash.undo(replace(desk, at=desk.at + timedelta(hours=2)), paid[3])
    cash.return_payments(desk, [Returned(payment_id=paid[4], on=PAID + timedelta(days=2))])
    found = queries.metrics(desk.company_id, as_of=PAID + timedelta(days=3))
    assert found.by_method == naive_by_method(desk)
    assert {one.code for one in found.by_method} == {"by_hand", "document_number"}
    assert follow(desk, "undone") == {reference(desk, paid[n]) for n in (1, 2, 3)}
    assert follow(desk, "undone", "by_hand") == {reference(desk, paid[3])}
    assert follow(desk, "straight") == {reference(desk, paid[n]) for n in (0, 5)}


def naive_by_method(desk: Actor) -> tuple[Metric, ...]:
    """Return by method how many payments it applied, and how many of them a person undid."""
    matches = sql.fetch(
        _Matched,
        "SELECT id, payment_id, method, recorded_at, is_certain,"
        '       reasons @> \'[{"code": "undone_by_hand"}]\' FROM cash_match ORDER BY id',
    )
    allocations = sql.fetch(
        _Allocated, "SELECT payment_id, recorded_at, undone_at FROM cash_allocation"
    )
    applied: dict[str, set[int]] = defaultdict(set)
    wrong: dict[str, set[int]] = defaultdict(set)
    for one in allocations:
        mine = [m for m in matches if m.payment_id == one.payment_id]
        made = [
            m.method for m in mine
            if m.is_certain and m.method != "returned" and m.recorded_at <= one.recorded_at
            and not (m.method == "by_hand" and m.undone_by_hand)
        ]  # fmt: skip
        method = made[-1] if made else "by_hand"
        applied[method].add(one.payment_id)
        excused = [m for m in mine if m.method in ("returned", "by_order")]
        if one.undone_at and one.undone_at not in [m.recorded_at for m in excused]:
            wrong[method].add(one.payment_id)
    return tuple(Metric(one, len(wrong[one]), len(applied[one])) for one in sorted(applied))


@dataclass(frozen=True, slots=True)
class _Matched:
    id: int
    payment_id: int
    method: str
    recorded_at: datetime
    is_certain: bool
    undone_by_hand: bool


@dataclass(frozen=True, slots=True)
class _Allocated:
    payment_id: int
    recorded_at: datetime
    undone_at: datetime | None


def reference(desk: Actor, payment_id: int) -> str:
    return next(one.reference for one in queries.payments(desk.company_id) if one.id == payment_id)


def follow(desk: Actor, what: queries.Behind, method: str = "") -> set[str]:
    rows = queries.behind(desk.company_id, what, as_of=PAID + timedelta(days=1), method=method)
    return {row.reference for row in rows}
