"""Writers of losses: written off once approved, owed again when money comes, tax taken back."""

from creditdesk.invoices.services.losses.owed_again import (
    OwedAgain,
    recover_for_cash,
    recover_write_off,
)
from creditdesk.invoices.services.losses.relieving import Relieved, relieve_tax
from creditdesk.invoices.services.losses.writing_off import WrittenOff, write_off

__all__ = [
    "OwedAgain",
    "Relieved",
    "WrittenOff",
    "recover_for_cash",
    "recover_write_off",
    "relieve_tax",
    "write_off",
]
