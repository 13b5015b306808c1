"""A bank file large enough for two children is taken in as any other, or leaves nothing."""

from __future__ import annotations

import pytest

from creditdesk.cash import services as cash
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid
from creditdesk.ledger.rules import BANK, UNIDENTIFIED
from creditdesk.plumbing import sql
from tests.cash import stage
from tests.cash.readers.samples import camt, camt_entry, payment

LINES = 2_500
TABLES = (
    "cash_bankaccount", "cash_statement", "cash_bankline", "cash_payment", "ledger_posting",
    "plumbing_event", "plumbing_file",
)  # fmt: skip
ONE = camt_entry(inside=payment())


def counts() -> list[int]:
    return [int(sql.scalar(f"SELECT count(*) FROM {table}")) for table in TABLES]


def large(*, closing: int = 0, last: str = ONE) -> bytes:
    """Return a file of equal lines of 100.00, but for the last."""
    text = camt(*[ONE] * (LINES - 1), last, closing=f"{50 + LINES * 100 + closing}.00")
    assert len(text) > 2**20
    return text.encode()


def test_equal_lines_of_both_halves_are_each_taken_in_once(desk: Actor) -> None:
    taken = cash.take_in(desk, filename="bank.xml", content=large())
    assert (taken.lines_total, taken.lines_new, taken.payments) == (LINES, LINES, LINES)
    assert [one.proof for one in taken.statements] == ["proved"]
    assert stage.books(desk) == {BANK: LINES * 10_000, UNIDENTIFIED: -LINES * 10_000}
    ordinals = sql.scalars("SELECT ordinal FROM cash_bankline ORDER BY id")
    assert list(ordinals) == list(range(1, LINES + 1))
    numbers = sql.scalars("SELECT line_no FROM cash_bankline ORDER BY id")
    assert list(numbers) == list(range(1, LINES + 1))
    again = cash.take_in(desk, filename="again.xml", content=large() + b"\n")
    assert (again.lines_total, again.lines_new, again.payments) == (LINES, 0, 0)
    assert stage.books(desk) == {BANK: LINES * 10_000, UNIDENTIFIED: -LINES * 10_000}
    stage.prove(desk)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (large(closing=1), "statement_unproved"),
        (large(last=ONE.replace("100.00", "1OO.OO")), "statement_amount_unreadable"),
        (large(last=ONE.replace('"EUR"', '"USD"')), "statement_currency_mixed"),
        (large()[:-200], "statement_unreadable"),
    ],
    ids=["balance", "amount", "currency", "cut off"],
)
def test_what_is_wrong_in_either_half_leaves_nothing(
    desk: Actor, content: bytes, code: str
) -> None:
    before = counts()
    with pytest.raises(Invalid) as refused:
        cash.take_in(desk, filename="bank.xml", content=content)
    assert refused.value.code == code
    assert refused.value.place.file == "bank.xml"
    assert counts() == before
