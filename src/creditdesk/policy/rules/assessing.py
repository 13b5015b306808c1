"""The written rules of deciding applications; what a class is given stands with the limits."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentRules:
    """How applications are recommended and decided, and how long things stand open.

    A limit covers purchases for the days of the terms and `need_days` more. Without figures, up to
    `references_percent` of the highest credit a good reference gives is offered; one that was paid
    more than `reference_late_days` late is a bad one. Amounts offered are rounded down to
    `round_to_minor`.
    """

    need_days: int = 30
    references_percent: Decimal = Decimal(50)
    reference_late_days: int = 30
    round_to_minor: int = 50_000
    offer_days: int = 30
    draft_days: int = 60
    link_days: int = 45
    remind_after_days: int = 7
    reminders_max: int = 2
