"""What can be disputed, how it can end, and when a short payment says so by itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

REASONS: Final = (
    "short_payment", "price", "quantity", "quality", "not_delivered", "not_ordered", "returned",
    "discount_taken", "already_paid", "other",
)  # fmt: skip
RESOLUTIONS: Final = ("credited", "rejected", "customer_pays", "replaced", "withdrawn", "paid")
NOTE_CHARACTERS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class NewDispute:
    """What is contested of an item; `disputed_minor` `None` means all that is open.

    `opened_on` is for disputes taken over at going live; without it the dispute begins today.
    """

    item_id: int
    reason: str
    disputed_minor: int | None = None
    note: str = ""
    opened_on: date | None = None


def speaks_for_itself(short_minor: int, total_minor: int, below_percent: Decimal) -> bool:
    """Whether a short payment is a deduction: what is missing is less than the percent given.

    Paying less than half of an invoice is a part payment; holding back a little contests it.
    """
    return short_minor > 0 and short_minor * 100 < total_minor * below_percent
