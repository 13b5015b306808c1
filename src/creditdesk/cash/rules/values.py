# ruff: noqa: D102 - the properties of OpenItem are named as the columns they are
"""The values matching works on, and what it says of a payment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, Protocol

Method = Literal[
    "structured_reference",
    "document_number",
    "amount",
    "balance",
    "combination",
    "oldest_first",
    "amount_only",
    "payer",
    "none",
    "by_order",
    "by_hand",
    "advice",
    "learned",
]
Allocations = tuple[tuple[int, int], ...]

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})

# How the payer was recognised; the strong ones alone are enough to say whose money it is.
PAYER_STRONG: Final = frozenset({"assigned", "account", "name", "number_in_text"})


class OpenItem(Protocol):
    """What matching wants to know of an open instalment; the rows of invoices have it."""

    @property
    def item_id(self) -> int: ...

    @property
    def invoice_id(self) -> int: ...

    @property
    def number(self) -> str: ...

    @property
    def number_key(self) -> str: ...

    @property
    def customer_id(self) -> int: ...

    @property
    def currency(self) -> str: ...

    @property
    def issued_on(self) -> date: ...

    @property
    def due_on(self) -> date: ...

    @property
    def open_minor(self) -> int: ...


class Receipt(NamedTuple):
    """A payment to be matched: what of it is unapplied, and what the bank said about it.

    `customer_id` is the payer, where somebody has said so already; `paid_on` is the value date, by
    which discounts are earned.
    """

    payment_id: int
    minor: int
    currency: str
    received_on: date
    text: str = ""
    structured_references: Sequence[str] = ()
    counterparty: str = ""
    counterparty_account: str = ""
    customer_id: int | None = None
    paid_on: date | None = None


class Reason(NamedTuple):
    """Why: a code, and what is put into its sentence."""

    code: str
    params: Mapping[str, str | int] = _NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a person might accept: whose money it is and what it settles.

    `confidence_bp` is how sure that is, in basis points, where a trained model says so.
    """

    method: Method
    customer_id: int
    allocations: Allocations
    reasons: tuple[Reason, ...] = ()
    confidence_bp: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What matching says of one payment.

    Certain: the allocations are applied without a person. Otherwise there are no allocations, and
    `customer_id` is the payer if the payer at least is sure. Allocations never exceed the payment
    or what is open, and are all of one currency; of several customers only where a remittance
    advice says so, or a payer is known to pay for them all.
    """

    payment_id: int
    method: Method
    is_certain: bool
    customer_id: int | None
    allocations: Allocations
    reasons: tuple[Reason, ...]
    proposals: tuple[Proposal, ...] = ()
