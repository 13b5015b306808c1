"""The commands about statements of account, as somebody runs them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from creditdesk.faces.cli import account_statements as commands
from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing import clock
from creditdesk.statements.models import Sent
from tests.insight.books import Books
from tests.statements.conftest import with_mail

FEBRUARY = {"since": "2026-02-01", "until": "2026-02-28"}


@pytest.fixture(autouse=True)
def today(books: Books) -> Iterator[None]:
    with clock.held_at(books.actor.at):
        yield


def test_one_is_sent_by_hand(books: Books, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.send(customer="C1", company="", **FEBRUARY) == 1
    assert "left, no_address: 1" in capsys.readouterr().out
    with_mail(books, books.customers[0])
    assert commands.send(customer="C1", company="", **FEBRUARY) == 0
    assert "acme: 1 statement queued" in capsys.readouterr().out
    assert Sent.objects.get().period_key is None


def test_what_is_due_leaves_once(books: Books, capsys: pytest.CaptureFixture[str]) -> None:
    with_mail(books, books.customers[0])
    assert commands.set_every(every="month", customer="", company="acme") == 0
    assert commands.send_due(company="") == 0
    assert commands.send_due(company="") == 0
    assert "acme: 1 statement queued\n" in capsys.readouterr().out
    assert Sent.objects.get().period_key == "2026-02"


def test_a_day_that_is_none_is_refused(books: Books) -> None:
    with pytest.raises(Invalid) as refused:
        commands.send(customer="C1", since="31.2.", until="", company="")
    assert (refused.value.code, refused.value.place.field) == ("date_malformed", "from")
