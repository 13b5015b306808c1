"""Which line of the bank is a deposit we brought: by our number, else by what only it can be. Pure.

A line that is a deposit brings no new money: it moves what was taken in over the counter to the
bank. Between equals nothing is decided.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

# Stems by which banks and their customers call money paid in over a counter.
STEMS: Final = (
    "DEPOSIT", "PAYING-IN", "PAYING IN", "PAID IN", "CHEQUE", "CHECK", "SCHECK", "EINZAHL",
    "EINREICH", "BARGELD", "REMISE", "VERSEMENT", "DEPOSITO", "VERSAMENTO", "STORTING",
)  # fmt: skip
# A reference as banks print it: marks lost or others put in.
_REFERENCE = re.compile(r"([A-Z]+)-(\d{4})-(\d+)")


@dataclass(frozen=True, slots=True)
class Brought:
    """A deposit the bank has not credited yet."""

    deposit_id: int
    reference: str
    account_id: int
    currency: str
    minor: int
    brought_on: date


@dataclass(frozen=True, slots=True)
class Credited:
    """A credit of the bank whose payer nobody knows; `is_nameless`: it names no payer either."""

    payment_id: int
    account_id: int
    currency: str
    minor: int
    booked_on: date
    words: str
    is_nameless: bool = False


@dataclass(frozen=True, slots=True)
class Recognised:
    """Deposits with the credit each is, and credits that name a deposit and differ from it."""

    credited: tuple[tuple[int, int], ...] = ()
    differing: tuple[tuple[int, int], ...] = ()


def names(words: str, reference: str) -> bool:
    """Whether a line says the reference, whichever marks stand between its parts."""
    parts = _REFERENCE.fullmatch(reference)
    if parts is None:
        return False
    prefix, year, number = parts.groups()
    pattern = rf"(?<![A-Z0-9]){prefix}\W*{year}\W*{number}(?!\d)"
    return re.search(pattern, words.upper()) is not None


def is_deposit_like(line: Credited) -> bool:
    """Whether a line may be a deposit by what it does not say: no payer, and words of a counter."""
    words = line.words.upper().strip()
    return line.is_nameless and (not words or any(stem in words for stem in STEMS))


def recognise(
    brought: Sequence[Brought], lines: Sequence[Credited], *, search_days: int
) -> Recognised:
    """Return which line is which deposit; each line and each deposit at most once."""
    named = [(one, line) for line in lines for one in brought if names(line.words, one.reference)]
    of_line = Counter(line.payment_id for _, line in named)
    exact = [(o, line) for o, line in named if _is_exact(o, line) and of_line[line.payment_id] == 1]
    of_deposit = Counter(one.deposit_id for one, _ in exact)
    sure = [(one, line) for one, line in exact if of_deposit[one.deposit_id] == 1]
    credited = {one.deposit_id: line.payment_id for one, line in sure}
    differing = tuple(
        (one.deposit_id, line.payment_id)
        for one, line in named
        if credited.get(one.deposit_id) != line.payment_id
    )
    left = [one for one in brought if one.deposit_id not in {o.deposit_id for o, _ in named}]
    silent = [line for line in lines if not of_line[line.payment_id] and is_deposit_like(line)]
    credited |= _by_amount(left, silent, search_days)
    return Recognised(tuple(sorted(credited.items())), differing)


def _by_amount(
    brought: Sequence[Brought], lines: Sequence[Credited], search_days: int
) -> dict[int, int]:
    """Pair what fits one other only, on either side."""
    fitting = [
        (one, line)
        for one in brought
        for line in lines
        if _is_exact(one, line)
        and one.brought_on <= line.booked_on <= one.brought_on + timedelta(days=search_days)
    ]
    deposits = Counter(one.deposit_id for one, _ in fitting)
    credits_ = Counter(line.payment_id for _, line in fitting)
    return {
        one.deposit_id: line.payment_id
        for one, line in fitting
        if deposits[one.deposit_id] == credits_[line.payment_id] == 1
    }


def _is_exact(one: Brought, line: Credited) -> bool:
    return (one.account_id, one.currency, one.minor) == (line.account_id, line.currency, line.minor)
