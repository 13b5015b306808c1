"""Facts the cash room announces, one per batch where not one per document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from creditdesk.plumbing.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccountOpened(Event):
    """A collecting account became known, by hand or from its first statement."""

    name: ClassVar[str] = "cash.bank_account_opened"
    account_id: int
    identifier: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementsTakenIn(Event):
    """A file of statements was taken in; `lines_new` of its lines were not known before."""

    name: ClassVar[str] = "cash.statements_taken_in"
    file_id: int
    account_ids: tuple[int, ...]
    lines_total: int
    lines_new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsReceived(Event):
    """Money came in; who paid is not known yet."""

    name: ClassVar[str] = "cash.payments_received"
    payment_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayersIdentified(Event):
    """It became known, or was corrected, who paid."""

    name: ClassVar[str] = "cash.payers_identified"
    payment_ids: tuple[int, ...]
    customer_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsApplied(Event):
    """Payments settled items, in full or in part."""

    name: ClassVar[str] = "cash.payments_applied"
    payment_ids: tuple[int, ...]
    customer_ids: tuple[int, ...]
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortPaid(Event):
    """A payment named an item and left `short_minor` of it open, of `open_minor` before."""

    name: ClassVar[str] = "cash.short_paid"
    item_id: int
    payment_id: int
    customer_id: int
    short_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortfallSolved(Event):
    """Somebody dealt with what a payment left open of an item: given away, or still to be paid."""

    name: ClassVar[str] = "cash.shortfall_solved"
    item_id: int
    payment_id: int
    customer_id: int
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeductionTaken(Event):
    """What a payment left open of an item was held back for a reason; it is to be disputed.

    `is_advised`: nobody decided that, an advice says so; a dispute there is gets the reason.
    """

    name: ClassVar[str] = "cash.deduction_taken"
    item_id: int
    payment_id: int
    customer_id: int
    minor: int
    reason: str
    note: str = ""
    is_advised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsReturned(Event):
    """Money of payments went back; what they had settled is open again. One reason per return."""

    name: ClassVar[str] = "cash.payments_returned"
    return_ids: tuple[int, ...]
    payment_ids: tuple[int, ...]
    customer_ids: tuple[int, ...]
    item_ids: tuple[int, ...]
    reason_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentUndone(Event):
    """What a payment had settled is open again, and the money unapplied."""

    name: ClassVar[str] = "cash.payment_undone"
    payment_id: int
    customer_id: int
    item_ids: tuple[int, ...]
