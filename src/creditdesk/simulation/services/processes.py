"""Each company lived by a process of its own: two cores, and neither waits for the other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlsplit

from django.db import connection

END_SECONDS = 300


@dataclass(frozen=True, slots=True)
class World:
    """Which company is to be lived, by what seed, with how many customers, from when to when."""

    code: str
    seed: int
    customers: int
    first: date
    until: date

    def arguments(self) -> list[str]:
        """Return the world as words of a command line."""
        return [
            self.code,
            str(self.seed),
            str(self.customers),
            self.first.isoformat(),
            self.until.isoformat(),
        ]

    @classmethod
    def from_arguments(cls, words: Sequence[str]) -> World:
        """Read what `arguments` wrote."""
        code, seed, customers, first, until = words
        return cls(
            code, int(seed), int(customers), date.fromisoformat(first), date.fromisoformat(until)
        )


def side_by_side(worlds: Sequence[World]) -> Iterator[date]:
    """Live each world in a process; yield each date when it is over in all of them.

    When one fails the others are ended; what it had to say went to standard error.
    """
    children = [_start(world) for world in worlds]
    try:
        for _ in range((worlds[0].until - worlds[0].first).days):
            yield max(_next_date(child) for child in children)
        for child in children:
            if child.wait(END_SECONDS) != 0:
                raise RuntimeError("A company of the demo could not be lived to the end")
    finally:
        for child in children:
            if child.poll() is None:
                child.kill()
            child.wait()
            if child.stdout is not None:
                child.stdout.close()


def _start(world: World) -> subprocess.Popen[str]:
    environment = {**os.environ, "DATABASE_URL": _this_database()}
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
        [sys.executable, "-m", "creditdesk.simulation", *world.arguments()],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


def _this_database() -> str:
    """Return the address of the database this process works on."""
    parts = urlsplit(os.environ.get("DATABASE_URL", "postgresql://"))
    name = quote(str(connection.settings_dict["NAME"]), safe="")
    return parts._replace(path=f"/{name}").geturl()


def _next_date(child: subprocess.Popen[str]) -> date:
    line = child.stdout.readline().strip() if child.stdout is not None else ""
    if not line:
        raise RuntimeError("A company of the demo could not be lived to the end")
    return date.fromisoformat(line)
