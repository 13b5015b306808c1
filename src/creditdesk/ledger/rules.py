"""What may be posted. Two-account postings balance by construction. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

RECEIVABLE: Final = "receivable"  # what customers owe on items
UNAPPLIED: Final = "unapplied"  # money and credit of a known customer, not yet applied
UNIDENTIFIED: Final = "unidentified"  # money received from somebody not yet known
BANK: Final = "bank"
REVENUE: Final = "revenue"
VAT_OUTPUT: Final = "vat_output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Move `minor` of `currency` from the credit account to the debit account.

    The source (kind and row id) together with the two accounts may be posted only once.
    """

    debit: str
    credit: str
    currency: str
    minor: int
    effective_on: date
    source_kind: str
    source_id: int
    customer_id: int | None = None
    item_id: int | None = None

    def __post_init__(self) -> None:
        if self.minor <= 0:
            raise ValueError("a posting moves a positive amount; swap the accounts instead")
        if self.debit == self.credit:
            raise ValueError("a posting needs two different accounts")

    def reversed(self, *, on: date) -> Posting:
        """Return the posting that undoes this one, dated `on`; history is never edited."""
        return replace(
            self,
            debit=self.credit,
            credit=self.debit,
            effective_on=on,
            source_kind=f"undo_{self.source_kind}",
        )
