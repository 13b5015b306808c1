"""Facts the payments room announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from creditdesk.plumbing.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOnline(Event):
    """A customer paid through the provider; the money is applied to what was chosen."""

    name: ClassVar[str] = "payments.paid_online"
    attempt: str
    payment_id: int
    customer_id: int
    currency: str
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineFailed(Event):
    """A payment that the provider was waiting for did not come."""

    name: ClassVar[str] = "payments.online_failed"
    attempt: str
    customer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargedBack(Event):
    """A card holder's bank took a payment back; what it had settled is open again."""

    name: ClassVar[str] = "payments.charged_back"
    payment_id: int
    customer_id: int | None
    item_ids: tuple[int, ...]
    currency: str
    minor: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargebackEnded(Event):
    """The bank decided: `outcome` is "won" and the money is back, or "lost"."""

    name: ClassVar[str] = "payments.chargeback_ended"
    payment_id: int
    customer_id: int | None
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesOpened(Event):
    """Somebody asks about payments themselves."""

    name: ClassVar[str] = "payments.cases_opened"
    references: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed(Event):
    """A question about a payment has its answer."""

    name: ClassVar[str] = "payments.case_closed"
    reference: str
    ending: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutCleared(Event):
    """What the provider paid out arrived at the bank; its clearing account is lower by it.

    A negative one was taken from our bank, and is of no payment.
    """

    name: ClassVar[str] = "payments.payout_cleared"
    payout: str
    payment_id: int | None
    currency: str
    minor: int
    fee_minor: int
