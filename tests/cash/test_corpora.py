"""Real statement files taken in twice: the second time adds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from creditdesk.cash import services as cash
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing import sql
from tests.cash import stage
from tests.support import machine

SMALL_BYTES = 3 * 2**20
FOLDERS = ("bai2", "camt", "mt940", "ofx")


def files(folder: str) -> list[Path]:
    data = machine.shared_data()
    assert data is not None
    found = sorted(p for p in (data / "bank" / folder).rglob("*") if p.is_file())
    return [path for path in found if path.stat().st_size <= SMALL_BYTES]


@pytest.mark.needs("shared-data")
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_corpus_taken_in_twice_adds_nothing(desk: Actor, folder: str) -> None:
    taken: list[tuple[str, bytes]] = []
    for path in files(folder):
        content = path.read_bytes()
        try:
            cash.take_in(desk, filename=path.name, content=content, account="OWN")
        except Invalid:
            continue
        taken.append((path.name, content))
    assert len(taken) >= 2
    cash.match(desk)
    before = sql.scalar("SELECT count(*) FROM cash_bankline"), stage.books(desk)
    assert before[0] > 0
    for name, content in taken:
        again = cash.take_in(desk, filename=name, content=content, account="OWN")
        assert (again.lines_new, again.payments) == (0, 0)
    assert (sql.scalar("SELECT count(*) FROM cash_bankline"), stage.books(desk)) == before
    stage.prove(desk)
