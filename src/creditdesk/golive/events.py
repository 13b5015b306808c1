"""The facts going live announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from creditdesk.plumbing.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class WentLive(Event):
    """Somebody signed the opening of the books."""

    name: ClassVar[str] = "golive.went_live"
    cut_over_on: str
    documents: int
    report_sha256: str
    signed_by: str
