"""What was acknowledged, by kind and name; and how often a request had to be repeated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# A line of a bank file: its amount in minor units and its text.
Line = tuple[int, str]


@dataclass
class Memory:
    """Only answers get in here: what was asked and never answered may have happened or not."""

    orders: dict[str, Any] = field(default_factory=dict)
    invoices: dict[str, int] = field(default_factory=dict)
    # The lines of each bank file the desk took in, and of each that was dropped for the worker.
    uploaded: dict[str, list[Line]] = field(default_factory=dict)
    dropped: dict[str, list[Line]] = field(default_factory=dict)
    issued: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)
    jobs: set[int] = field(default_factory=set)
    # Keys of forms that were answered "done", by command, and what each of them was to do.
    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Keys of forms that were answered "no": somebody else was faster.
    refused: set[str] = field(default_factory=set)
    # Keys and words of answers of the API.
    answers: dict[str, Any] = field(default_factory=dict)
    repeated: int = 0

    def keep(self, command: str, key: str, what: object) -> None:
        """Remember that a form was answered "done"."""
        self.done.setdefault(command, {})[key] = what

    def told(self) -> dict[str, int]:
        """Return how much there is of what."""
        files = [*self.uploaded.values(), *self.dropped.values()]
        return {
            "orders": len(self.orders),
            "invoices": len(self.invoices),
            "issued": len(self.issued),
            "imported": len(self.imported),
            "bank lines": sum(map(len, files)),
            "jobs": len(self.jobs),
            "promises": len(self.done.get("collections.promise", ())),
            "applied by hand": len(self.done.get("cash.apply", ())),
            "too late": len(self.refused),
            "asked again": self.repeated,
        }
