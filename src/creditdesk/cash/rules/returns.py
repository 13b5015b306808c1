"""Which payment a return undoes: by reference, else by account and amount, never by a guess."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

REFERENCE_LENGTH_MIN: Final = 4
_NOT_REFERENCE = re.compile(r"[^0-9A-Z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedLine:
    """What the bank said when it took money back; `minor` is positive."""

    return_id: int
    minor: int
    currency: str
    returned_on: date
    references: tuple[str, ...] = ()
    account: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returnable:
    """A payment of which `left_minor` has not gone back yet; `reference` is our own.

    `cheque` is the number of the cheque it was taken by, if it was.
    """

    payment_id: int
    reference: str
    left_minor: int
    currency: str
    received_on: date
    references: tuple[str, ...] = ()
    account: str = ""
    cheque: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tied:
    """The payment a return undoes, or why none can be told, with those a person may choose from.

    `charges_minor` is what the bank added for itself.
    """

    return_id: int
    payment_id: int | None
    why: str
    charges_minor: int = 0
    candidates: tuple[int, ...] = ()


@dataclass(slots=True)
class _Left:
    """What is left of each payment while the returns of a batch are tied one after another."""

    minor: dict[int, int] = field(default_factory=dict)


def reference_key(text: str) -> str:
    """Return a reference as it is compared: capitals and digits; empty if that tells too little."""
    key = _NOT_REFERENCE.sub("", text.upper())
    return key if len(key) >= REFERENCE_LENGTH_MIN else ""


def tie(
    lines: Sequence[ReturnedLine],
    candidates: Mapping[int, Sequence[Returnable]],
    *,
    charges_max_minor: int,
) -> list[Tied]:
    """Tie each return to the payment it undoes; what two returns claim goes to the first.

    `candidates` are payments by return. A payment fits when what is left of it is the amount, or
    less by charges of the bank up to the maximum. A shared reference decides before account and
    amount do; where several payments fit equally, none is taken.
    """
    left = _Left()
    return [
        _tied(line, candidates.get(line.return_id, ()), charges_max_minor, left) for line in lines
    ]


def _tied(
    line: ReturnedLine, candidates: Sequence[Returnable], charges_max_minor: int, left: _Left
) -> Tied:
    fitting = [one for one in candidates if _fits(line, one, charges_max_minor, left)]
    by_reference = [one for one in fitting if _names(line, one)]
    by_account = [one for one in fitting if line.account and one.account == line.account]
    for found, why in ((by_reference, "by_reference"), (by_account, "by_account")):
        best = _exact(line, found, left)
        if len(best) == 1:
            payment = best[0]
            charges = line.minor - left.minor.get(payment.payment_id, payment.left_minor)
            left.minor[payment.payment_id] = 0
            return Tied(
                return_id=line.return_id, payment_id=payment.payment_id, why=why,
                charges_minor=charges,
            )  # fmt: skip
        if best:
            return _open(line, "several_payments", best)
    return _open(line, "amount_only" if fitting else "no_payment", fitting)


def _fits(line: ReturnedLine, one: Returnable, charges_max_minor: int, left: _Left) -> bool:
    minor = left.minor.get(one.payment_id, one.left_minor)
    return (
        minor > 0
        and one.currency == line.currency
        and one.received_on <= line.returned_on
        and 0 <= line.minor - minor <= charges_max_minor
    )


def _exact(line: ReturnedLine, found: Sequence[Returnable], left: _Left) -> list[Returnable]:
    """Return those of the very amount, or all where charges must be in it."""
    same = [one for one in found if left.minor.get(one.payment_id, one.left_minor) == line.minor]
    return same or list(found)


def _names(line: ReturnedLine, one: Returnable) -> bool:
    """Whether the return names the payment: a reference of its bank line, our own, its cheque."""
    said = {key for each in line.references if (key := reference_key(each))}
    of_payment = (*one.references, one.reference, one.cheque)
    known = {key for each in of_payment if (key := reference_key(each))}
    if said & known:
        return True
    cheque = reference_key(one.cheque)
    if cheque and cheque in {reference_key(word) for word in line.text.split()}:
        return True
    return reference_key(one.reference) in reference_key(line.text)


def _open(line: ReturnedLine, why: str, found: Iterable[Returnable]) -> Tied:
    latest_first = sorted(found, key=lambda one: (one.received_on, one.payment_id), reverse=True)
    return Tied(
        return_id=line.return_id, payment_id=None, why=why,
        candidates=tuple(one.payment_id for one in latest_first[:10]),
    )  # fmt: skip


def is_often(days: Iterable[date], *, count: int, within_days: int) -> bool:
    """Whether so many of the days lie within so many days of each other; a count of 0 never."""
    ordered = sorted(days)
    return count > 0 and any(
        (last - first).days <= within_days
        for first, last in zip(ordered, ordered[count - 1 :], strict=False)
    )
