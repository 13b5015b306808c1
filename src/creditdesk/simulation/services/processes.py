"""Each company lived by a process of its own: two cores, and neither waits for the other."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection

from django.db import connections

END_SECONDS = 300
BROKEN_OFF = "A company of the demo could not be lived to the end"


@dataclass(frozen=True, slots=True)
class World:
    """Which company is to be lived, by what seed, with how many customers, from when to when."""

    code: str
    seed: int
    customers: int
    first: date
    until: date


Lived = Callable[[World], Iterator[date]]


def side_by_side(worlds: Sequence[World], lived: Lived) -> Iterator[date]:
    """Live each world in a process; yield each date when it is over in all of them.

    The processes are copies of this one, so that nothing is loaded again. When one fails the
    others are ended; what it had to say went to standard error.
    """
    connections.close_all()  # a connection is of one process; each opens its own
    children = [_Child(world, lived) for world in worlds]
    try:
        for _ in range((worlds[0].until - worlds[0].first).days):
            yield max(child.next_date() for child in children)
        for child in children:
            child.end()
    finally:
        for child in children:
            child.kill()


class _Child:
    """One process, and the dates it tells of."""

    def __init__(self, world: World, lived: Lived) -> None:
        fork = multiprocessing.get_context("fork")
        self._dates, telling = fork.Pipe(duplex=False)
        self._process = fork.Process(target=_live, args=(world, lived, telling), daemon=True)
        self._process.start()
        telling.close()  # held by the child alone: when it ends, so do the dates

    def next_date(self) -> date:
        """Return the next date that is over; raise RuntimeError where the process failed."""
        try:
            day: date = self._dates.recv()
        except EOFError:
            raise RuntimeError(BROKEN_OFF) from None
        return day

    def end(self) -> None:
        """Wait for the end of the process; raise RuntimeError where it failed."""
        self._process.join(END_SECONDS)
        if self._process.exitcode != 0:
            raise RuntimeError(BROKEN_OFF)

    def kill(self) -> None:
        """End the process if it lives, and let go of it."""
        self._process.kill()
        self._process.join()
        self._dates.close()


def _live(world: World, lived: Lived, telling: Connection) -> None:
    # Thousands of short-lived rows and no cycles worth a look: collect seldom, and never what
    # was loaded before.
    gc.set_threshold(100_000, 50, 50)
    gc.freeze()
    for day in lived(world):
        telling.send(day)
