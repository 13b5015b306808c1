"""What a statement of account is made of, and when it is none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditdesk.statements import rules
from creditdesk.statements.rules import DoesNotAddUp, Movement, OpenDocument, Statement

FIRST, LAST = date(2026, 2, 1), date(2026, 2, 28)


def moved(minor: int, number: str = "R-1") -> Movement:
    return Movement(on=FIRST, kind="invoice", is_reversal=False, number=number, minor=minor)


def document(minor: int) -> OpenDocument:
    return OpenDocument(
        number="R-1", instalment=1, issued_on=FIRST, due_on=LAST, late_days=0, open_minor=minor
    )


def drawn_up(
    opening: int, movements: list[Movement], late: tuple[int, ...], unapplied: int = 0
) -> Statement:
    return rules.drawn_up(
        customer_id=1, currency="EUR", first_on=FIRST, last_on=LAST, opening_minor=opening,
        movements=movements, documents=[document(sum(late))] if sum(late) else [],
        late_minor=late, unapplied_minor=unapplied,
    )  # fmt: skip


def test_each_line_carries_the_balance_after_it() -> None:
    one = drawn_up(100, [moved(50), moved(-120), moved(7)], (30, 10, 0, 0, 0), 3)
    assert [line.balance_minor for line in one.lines] == [150, 30, 37]
    assert (one.opening_minor, one.moved_minor, one.closing_minor) == (100, -63, 37)
    assert (one.overdue_minor, one.unapplied_minor, one.is_empty) == (10, 3, False)


def test_nothing_is_empty() -> None:
    assert drawn_up(0, [], (0,) * 5).is_empty
    assert not drawn_up(0, [moved(5), moved(-5)], (0,) * 5).is_empty


@given(st.integers(-(10**9), 10**9).filter(bool))
def test_what_does_not_add_up_is_no_statement(off: int) -> None:
    with pytest.raises(DoesNotAddUp):
        drawn_up(100 + off, [moved(50)], (150, 0, 0, 0, 0))


def test_documents_that_are_not_what_is_aged_are_no_statement() -> None:
    with pytest.raises(DoesNotAddUp):
        rules.drawn_up(
            customer_id=1, currency="EUR", first_on=FIRST, last_on=LAST, opening_minor=0,
            movements=[moved(50)], documents=[document(49)], late_minor=(50, 0, 0, 0, 0),
            unapplied_minor=0,
        )  # fmt: skip


@given(st.integers(-1000, 1000), st.lists(st.integers(-500, 500)))
def test_opening_and_movements_come_to_the_closing(opening: int, minors: list[int]) -> None:
    closing = opening + sum(minors)
    late = (max(closing, 0), 0, 0, 0, 0)
    one = drawn_up(opening, [moved(minor) for minor in minors], late, max(-closing, 0))
    assert one.opening_minor + sum(line.movement.minor for line in one.lines) == one.closing_minor
    assert [line.balance_minor for line in one.lines][-1:] in ([], [one.closing_minor])


@pytest.mark.parametrize(
    ("source", "account", "kind", "is_reversal"),
    [
        ("item", "revenue", "invoice", False),
        ("item", "vat_output", "invoice", False),
        ("item", "opening", "brought_forward", False),
        ("item", "interest", "interest", False),
        ("item", "compensation", "compensation", False),
        ("credit_note", "revenue", "credit", False),
        ("credit_note", "vat_output", "credit", False),
        ("credit_note", "interest", "interest", False),
        ("payer", "unidentified", "payment", False),
        ("undo_payer", "unidentified", "payment", True),
        ("payment", "bank", "payment", False),
        ("closure_paid", "erp_paid", "payment", False),
        ("closure_credited", "erp_credited", "credit", False),
        ("undo_closure_written_off", "erp_written_off", "written_off", True),
        ("adjustment", "discount_earned", "discount", False),
        ("undo_adjustment", "tolerance", "small_difference", True),
        ("adjustment", "bank_fee", "small_difference", False),
        ("return", "bank", "returned", False),
        ("payout", "payouts", "refund", False),
        ("item", "return_fees", "fee", False),
        ("move", "online", "taken_back", False),
        ("move", "undeposited", "payment", True),
        ("payment", "undeposited", "payment", False),
        ("for_other_from", "unidentified", "for_another", False),
        ("undo_for_other_to", "unidentified", "by_another", True),
        ("allocation", "fx_position", "exchange", False),
        ("anything", "an_account_of_tomorrow", "adjustment", False),
    ],
)
def test_a_movement_is_called_by_what_stands_against_it(
    source: str, account: str, kind: str, *, is_reversal: bool
) -> None:
    assert rules.kind_of(source, account) == (kind, is_reversal)


@pytest.mark.parametrize(
    ("every", "today", "key", "first_on", "last_on"),
    [
        ("month", date(2026, 3, 1), "2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("month", date(2026, 1, 31), "2025-12", date(2025, 12, 1), date(2025, 12, 31)),
        ("month", date(2028, 3, 15), "2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("quarter", date(2026, 1, 1), "2025-Q4", date(2025, 10, 1), date(2025, 12, 31)),
        ("quarter", date(2026, 3, 31), "2025-Q4", date(2025, 10, 1), date(2025, 12, 31)),
        ("quarter", date(2026, 4, 1), "2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("quarter", date(2026, 12, 31), "2026-Q3", date(2026, 7, 1), date(2026, 9, 30)),
    ],
)
def test_the_last_whole_period(
    every: str, today: date, key: str, first_on: date, last_on: date
) -> None:
    assert rules.last_period(every, today) == rules.Period(key, first_on, last_on)


def test_never_has_no_period() -> None:
    assert rules.last_period("never", date(2026, 3, 1)) is None
