"""Errors a person can act on. Anything else that raises is a bug and crashes loudly.

DomainError
├── Refused     a rule says no
│   └── ProofNeeded  who asks must first show again who they are
├── Conflict    someone else changed the same thing first; reload and retry
├── NotFound    no such thing within the reader's company
├── ApprovalNeeded  nothing is wrong: somebody else must approve it first
└── Invalid     the input cannot be understood; names file, line, field and mend
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace


class DomainError(Exception):
    """Something a person can mend; `code` is stable and listed in the reference."""

    def __init__(self, code: str, message: str, **context: object) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.context = context

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes whole, whatever a kind asks for to be made."""
        return _raised_elsewhere, (type(self), self.args, self.__dict__)


def _raised_elsewhere(
    kind: type[DomainError], args: tuple[object, ...], told: dict[str, object]
) -> DomainError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(told)
    return error


class Refused(DomainError):
    """The request is understood but a rule forbids it."""


class ProofNeeded(Refused):
    """Nothing changed yet: who asks must first show again who they are."""

    def __init__(self, command: str) -> None:
        super().__init__(
            "proof_needed", f"Before {command} you must show again who you are", command=command
        )


class Conflict(DomainError):
    """Someone else changed the same thing first; reload and retry."""


class NotFound(DomainError):
    """There is no such thing in the company the actor works in."""


class ApprovalNeeded(DomainError):
    """Nothing changed yet: the request is kept under a reference until somebody else approves."""

    def __init__(self, reference: str, message: str, *, permission: str) -> None:
        super().__init__("approval_needed", message, reference=reference, permission=permission)
        self.reference = reference
        self.permission = permission


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an input a fault stands; lines count from 1, `None` where it has no place."""

    file: str | None = None
    line: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        parts = [self.file, f"line {self.line}" if self.line else None, self.field]
        return ", ".join(part for part in parts if part)


class Invalid(DomainError):
    """The input cannot be understood: where the fault stands, and how to mend it."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        place: Place | None = None,
        mend: str = "",
        **context: object,
    ) -> None:
        super().__init__(code, message, **context)
        self.place = place or Place()
        self.mend = mend

    def __str__(self) -> str:
        where = str(self.place)
        text = f"{where}: {self.message}" if where else self.message
        return f"{text}. {self.mend}" if self.mend else text


@contextmanager
def at_line(line: int) -> Iterator[None]:
    """Let an error say which of many it is about, counted from 1."""
    try:
        yield
    except Invalid as error:
        error.place = replace(error.place, line=line)
        raise
    except DomainError as error:
        error.context.setdefault("line", line)
        raise
