"""What is sealed when a refund is approved, and when bank details count as checked. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """What of a refund nobody may alter once it is approved; `source` is what is paid back."""

    reference: str
    source: str
    customer_id: int
    currency: str
    minor: int
    iban: str
    payee: str


def seal(payee: Payee) -> str:
    """Return the digest of a refund: other money, another account, another name is another one."""
    told = (
        payee.reference, payee.source, str(payee.customer_id), payee.currency,
        str(payee.minor), payee.iban, payee.payee,
    )  # fmt: skip
    return sha256("\x1f".join(told).encode()).hexdigest()


def is_account_seen(iban: str, paid_from: Collection[str]) -> bool:
    """Whether money of this payer came from the very account it is to go back to."""
    return bool(iban) and iban in {"".join(each.split()).upper() for each in paid_from}
