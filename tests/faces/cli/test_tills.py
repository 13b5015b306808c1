"""The till on the command line: listed, shown, counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime, time
from io import StringIO

import pytest

from creditdesk.cash import services as cash
from creditdesk.cash.queries import tills
from creditdesk.cash.services import NewReceipt
from creditdesk.faces.cli import counter as cli
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded, Conflict, Invalid
from creditdesk.plumbing import clock
from creditdesk.policy import services as policies
from tests.cash import stage
from tests.support.fixtures import TODAY


@pytest.fixture
def desk(actor: Actor) -> Iterator[Actor]:
    policies.ensure_default(actor, valid_from=TODAY.replace(month=1))
    stage.customer(actor, "Acorn Foods", number="C1")
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        cash.receive(actor, NewReceipt(kind="cash", minor=8_000, customer_number="C1",
                                       currency="EUR", received_on=TODAY,
                                       on_account=True))  # fmt: skip
        yield actor


def said(act: Callable[[], int]) -> str:
    with redirect_stdout(StringIO()) as told:
        assert act() == 0
    return told.getvalue()


def counted(amount: str, *, book: str = "", reason: str = "", currency: str = "") -> str:
    return said(
        lambda: cli.count_till(
            counted=amount, currency=currency, book=book, reason=reason, company=""
        )
    )


def test_listed_counted_and_shown(desk: Actor) -> None:
    assert said(lambda: cli.list_tills(company="")) == "EUR  80.00\n"
    assert counted("75", book="80.00", reason="change given twice") == (
        "TC-2026-000001 is kept: 75.00 of 80.00 EUR, off by -5.00\n"
    )
    assert said(lambda: cli.show_till(currency="eur", company="")) == (
        "by the book: 75.00 EUR\n"
        "RCP-2026-000001  2026-03-16  C1  80.00 EUR\n"
        "TC-2026-000001  2026-03-16  change given twice  -5.00 EUR\n"
    )
    assert said(lambda: cli.show_till(currency="USD", company="")) == "by the book: 0.00 USD\n"
    assert said(lambda: cli.list_counts(company="")) == (
        "TC-2026-000001  2026-03-16  80.00  75.00  -5.00 EUR  -  change given twice\n"
    )


def test_without_the_book_seen_it_is_the_one_of_now(desk: Actor) -> None:
    assert counted("80.00").endswith("off by 0.00\n")
    assert [row.minor for row in tills.till_counts(desk.company_id)] == [0]


def test_what_cannot_be_counted_posts_nothing(desk: Actor) -> None:
    before = stage.books(desk)
    for refused, code, given in (
        (Conflict, "till_changed", {"amount": "75", "book": "79", "reason": "x"}),
        (Invalid, "amount_malformed", {"amount": "many"}),
        (Invalid, "currency_unknown", {"amount": "1", "currency": "QQQ"}),
        (Invalid, "reason_missing", {"amount": "75"}),
        (ApprovalNeeded, "approval_needed", {"amount": "1", "reason": "stolen"}),
    ):
        with pytest.raises(refused) as told:
            counted(**given)
        assert told.value.code == code
    assert stage.books(desk) == before
    assert tills.till_counts(desk.company_id) == []
