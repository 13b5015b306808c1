"""What taking in a bank file brought, as its caller is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Warned:
    """Something a person should look at; it does not keep the file out."""

    code: str
    params: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatementResult:
    """What one statement brought; `is_known`: it was taken in before."""

    account: str
    currency: str
    format: str
    statement_id: str
    to_date: date | None
    opening_minor: int | None
    closing_minor: int | None
    proof: str
    lines_total: int
    lines_new: int
    is_known: bool
    warnings: tuple[Warned, ...]


@dataclass(frozen=True, slots=True)
class TakeInResult:
    """What a file brought; lines known already add nothing."""

    file_id: int
    statements: tuple[StatementResult, ...]
    lines_total: int
    lines_new: int
    payments: int
    outgoing: int
    returned: int
