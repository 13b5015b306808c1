"""Lists of the cash desk come from the database filtered, sorted and one page at a time."""

from __future__ import annotations

from datetime import date

import pytest

from creditdesk.cash import queries
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound
from tests.faces.desk.conftest import in_force
from tests.faces.desk.work import a_debtor, a_payment

FRIDAY = date(2026, 3, 13)


@pytest.fixture
def desk(actor: Actor) -> Actor:
    return in_force(actor)


@pytest.fixture
def four(desk: Actor) -> Actor:
    """Four statements of one receipt each; the second's is settled at once."""
    a_debtor(desk, "C1", minor=50_000)
    for minor, text in ((300, "who"), (50_000, "INV-C1"), (200, "50% off"), (100, "what")):
        a_payment(desk, minor, text)
    return desk


def test_a_page_of_statements_is_sorted_with_its_counts(four: Actor) -> None:
    found = queries.statement_listing(four.company_id, sort="-received", size=3)
    assert [(row.received_minor, row.payments_waiting) for row in found.rows] == [
        (50_000, 0), (300, 1), (200, 1),
    ]  # fmt: skip
    assert (found.total, found.page) == (4, 1)
    last = queries.statement_listing(four.company_id, sort="-received", page=9, size=3)
    assert ([row.received_minor for row in last.rows], last.page) == ([100], 2)


def test_without_a_sort_the_statements_are_the_latest_first(four: Actor) -> None:
    assert list(queries.statement_listing(four.company_id).rows) == queries.statements(
        four.company_id
    )


def test_statements_are_found_by_account_and_one_by_its_id(four: Actor) -> None:
    [row, *_] = queries.statements(four.company_id)
    assert queries.statement_listing(four.company_id, text=row.account[:6]).total == 4
    assert queries.statement_listing(four.company_id, text="%").total == 0
    assert queries.statement(four.company_id, row.id) == row
    with pytest.raises(NotFound, match="no such statement"):
        queries.statement(four.company_id + 1, row.id)


def test_a_sort_that_does_not_exist_is_refused(four: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        queries.statement_listing(four.company_id, sort="id; DROP TABLE x")
    assert refused.value.code == "sort_unknown"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [300, 200, 100]),
        ("WHO", [300]),
        ("50% off", [200]),
        ("%", [200]),
        ("2.00", [200]),
        ("00", [300, 200, 100]),
        ("500.00", []),
    ],
)
def test_what_waits_is_found_by_text_and_amount(four: Actor, text: str, found: list[int]) -> None:
    listed = queries.waiting_listing(four.company_id, text=text, sort="-left")
    assert [row.unapplied_minor for row in listed.rows] == found
    assert listed.total == len(found)


def test_those_with_a_proposal_come_first(four: Actor) -> None:
    a_debtor(four, "C2", minor=80_000)
    proposed = a_payment(four, 12_345, "", name="Acorn C2")
    found = queries.waiting_listing(four.company_id)
    kinds = queries.waiting_kinds(four.company_id)
    assert found.total == sum(kinds.values()) == 4
    first = found.rows[0]
    assert (first.reference, bool(first.proposals)) == (proposed, True)
    assert kinds == {"proposed": 1, "unknown": 3}
    for kind in ("proposed", "unknown"):
        assert queries.waiting_listing(four.company_id, kind=kind).total == kinds[kind]
    assert queries.waiting_listing(four.company_id, kind="known").total == 0
