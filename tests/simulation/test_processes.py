"""Companies lived in processes of their own: what they tell, and how they end."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from creditdesk.simulation.services import processes

FIRST, UNTIL = date(2026, 3, 2), date(2026, 3, 6)


def world(code: str) -> processes.World:
    return processes.World(code, seed=7, customers=2, first=FIRST, until=UNTIL)


def days(of: processes.World) -> Iterator[date]:
    for n in range((of.until - of.first).days):
        yield of.first + timedelta(days=n)


def test_a_date_is_told_once_it_is_over_in_all() -> None:
    told = list(processes.side_by_side([world("a"), world("b")], days))
    assert told == list(days(world("a")))
    assert multiprocessing.active_children() == []


def test_each_lives_in_a_process_of_its_own() -> None:
    mine = os.getpid()

    def elsewhere(of: processes.World) -> Iterator[date]:
        assert os.getpid() != mine
        return days(of)

    assert len(list(processes.side_by_side([world("a"), world("b")], elsewhere))) == 4


@pytest.mark.parametrize("after", [0, 2, 4])
def test_when_one_fails_the_others_are_ended(after: int, capfd: pytest.CaptureFixture[str]) -> None:
    def lived(of: processes.World) -> Iterator[date]:
        for n, day in enumerate(days(of)):
            if of.code == "b" and n == after:
                raise ValueError("the roof came down")
            yield day
        if of.code == "b":
            raise ValueError("the roof came down")

    told: list[date] = []
    with pytest.raises(RuntimeError, match="could not be lived to the end"):
        told.extend(processes.side_by_side([world("a"), world("b")], lived))
    assert told == list(days(world("a")))[:after]
    assert multiprocessing.active_children() == []
    assert "the roof came down" in capfd.readouterr().err


def test_who_stops_listening_ends_them() -> None:
    telling = processes.side_by_side([world("a"), world("b")], days)
    assert next(telling) == FIRST
    telling.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []
