"""What is read about erasures: those done, and who a user is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from creditdesk.kernel.errors import NotFound
from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """An erasure that was done: whose, by which rule, when and by whom."""

    id: int
    subject_kind: str
    subject_id: int
    rule: str
    recorded_at: datetime
    recorded_by: str


def erasures(company_id: int) -> list[ErasureRow]:
    """Return the erasures of a company, latest first."""
    return sql.fetch(
        ErasureRow,
        "SELECT id, subject_kind, subject_id, rule, recorded_at, recorded_by"
        " FROM controls_erasure WHERE company_id = %s ORDER BY id DESC",
        [company_id],
    )


def user_id(username: str) -> int:
    """Return the id of a user by sign-in name; NotFound otherwise."""
    found = sql.scalar("SELECT id FROM controls_user WHERE username = %s", [username])
    if found is None:
        raise NotFound("user_unknown", f"There is no user {username!r}")
    return int(found)
