"""A receipt, as the rules of matching see it, of a row that begins with what the bank said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from creditdesk.cash.rules import Receipt

# What a statement selects first, for a payment `p` and its bank line `l`; `{paid_on}` is the value
# date, by which discounts are earned, or nothing where none are to be.
BANK_SAID: Final = """
    p.id, p.unapplied_minor - p.earmarked_minor, p.currency, p.received_on, l.text,
    l.structured_references, l.counterparty, l.counterparty_account, p.customer_id, {paid_on}
"""
PAID_ON: Final = "coalesce(l.value_on, p.received_on)"
NO_DATE: Final = "NULL::date"
WIDTH: Final = len(Receipt._fields)

_made: Final = tuple.__new__


def receipt_of(row: Sequence[Any]) -> Receipt:
    """Return the receipt at the head of a row; what is behind `WIDTH` is another's."""
    return _made(Receipt, row[:WIDTH])
