"""The facts the reconciliation announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from creditdesk.plumbing.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled(Event):
    """Our books were compared with the ERP's."""

    name: ClassVar[str] = "reconciliation.reconciled"
    reference: str
    as_of: str
    differences: int
