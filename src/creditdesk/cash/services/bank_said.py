"""A receipt, as the rules of matching see it, of a row that tells what the bank said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from creditdesk.cash.rules import Receipt


@dataclass(frozen=True, slots=True)
class BankSaid:
    """What the bank said of a payment; `minor` is what of it may be applied."""

    payment_id: int
    minor: int
    currency: str
    received_on: date
    text: str
    structured_references: list[str]
    counterparty: str
    counterparty_account: str
    customer_id: int | None

    def receipt(self, paid_on: date | None = None) -> Receipt:
        """Return it as a receipt; with its value date, discounts of that day count."""
        return Receipt(
            payment_id=self.payment_id,
            minor=self.minor,
            currency=self.currency,
            received_on=self.received_on,
            text=self.text,
            structured_references=tuple(self.structured_references),
            counterparty=self.counterparty,
            counterparty_account=self.counterparty_account,
            customer_id=self.customer_id,
            paid_on=paid_on,
        )
