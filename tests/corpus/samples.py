"""What a sample is, and how the tests tell one from another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

READ = ""  # the reader takes the file: then every row of it is accounted for


@dataclass(frozen=True, slots=True)
class Sample:
    """A file that somebody could send, and the code each kind of door must answer it with.

    `table`, `statement` and `mail` are codes of refusal, `READ` where the file is taken, None where
    either is right. A `heavy` one is
    read once in all, not once per door.
    """

    name: str
    attacks: str
    build: Callable[[], bytes]
    table: str | None = READ
    statement: str = "statement_unreadable"
    filename: str = "given.dat"
    mail: str | None = None
    heavy: bool = False

    def __str__(self) -> str:
        return self.name
