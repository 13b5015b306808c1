"""The facts the policy announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from creditdesk.plumbing.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPublished(Event):
    """A new version of the rules comes into force on a day; `terms` say something else from it."""

    name: ClassVar[str] = "policy.published"
    version: int
    valid_from: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyWithdrawn(Event):
    """A published version was taken back before its day."""

    name: ClassVar[str] = "policy.withdrawn"
    version: int
    reason: str
