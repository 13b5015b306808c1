"""Which line of the bank is a deposit we brought: by our number, else by what only it can be. Pure.

A line that is a deposit brings no new money: it moves what was taken in over the counter to the
bank. Between equals nothing is decided. Banks credit several slips in one line, too: then all that
it names must come to it, or just one choice of slips may.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Final

# One line holds so many slips at most, where it does not name them; of more that wait together
# than are looked at, too many sums could be meant.
TOGETHER_MAX: Final = 4
WAITING_MAX: Final = 12

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
    exact += _named_together(named, of_line)
    of_deposit = Counter(one.deposit_id for one, _ in exact)
    sure = [(one, line) for one, line in exact if of_deposit[one.deposit_id] == 1]
    # Of several slips in one line all are sure, or none.
    broken = {line.payment_id for one, line in exact if of_deposit[one.deposit_id] > 1}
    sure = [(one, line) for one, line in sure if line.payment_id not in broken]
    credited = {one.deposit_id: line.payment_id for one, line in sure}
    differing = tuple(
        (one.deposit_id, line.payment_id)
        for one, line in named
        if credited.get(one.deposit_id) != line.payment_id
    )
    left = [one for one in brought if one.deposit_id not in {o.deposit_id for o, _ in named}]
    silent = [line for line in lines if not of_line[line.payment_id] and is_deposit_like(line)]
    credited |= _by_amount(left, silent, search_days)
    credited |= _by_sum(
        [one for one in left if one.deposit_id not in credited],
        [line for line in silent if line.payment_id not in credited.values()],
        search_days,
    )
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


def sums(brought: Sequence[Brought]) -> set[int]:
    """Return what lines may come to that hold several of these slips without naming them."""
    return {
        _sum(chosen)
        for chosen in _together(brought)
        if len({(one.account_id, one.currency) for one in chosen}) == 1
    }


def _together(brought: Sequence[Brought]) -> Iterator[tuple[Brought, ...]]:
    """Yield every choice of several of few slips, nothing of many."""
    if len(brought) <= WAITING_MAX:
        for size in range(2, TOGETHER_MAX + 1):
            yield from combinations(brought, size)


def _named_together(
    named: Sequence[tuple[Brought, Credited]], of_line: Mapping[int, int]
) -> list[tuple[Brought, Credited]]:
    """Return the slips of lines that name several and come to their sum."""
    found = []
    for payment_id in sorted({line.payment_id for _, line in named}):
        here = [(one, line) for one, line in named if line.payment_id == payment_id]
        line = here[0][1]
        fits = all(
            (one.account_id, one.currency) == (line.account_id, line.currency) for one, _ in here
        )
        if of_line[payment_id] > 1 and fits and sum(one.minor for one, _ in here) == line.minor:
            found += here
    return found


def _by_sum(
    brought: Sequence[Brought], lines: Sequence[Credited], search_days: int
) -> dict[int, int]:
    """Pair a line with the only choice of slips that comes to it; no slip with two lines."""
    fitting = []
    for line in lines:
        here = [
            one
            for one in brought
            if (one.account_id, one.currency) == (line.account_id, line.currency)
            and one.brought_on <= line.booked_on <= one.brought_on + timedelta(days=search_days)
        ]
        # A slip of the very amount is a rival too: then it is between equals.
        ways: list[tuple[Brought, ...]] = [(one,) for one in here if one.minor == line.minor]
        ways += [chosen for chosen in _together(here) if _sum(chosen) == line.minor]
        fitting += [(chosen, line) for chosen in ways]
    of_line = Counter(line.payment_id for _, line in fitting)
    of_slip = Counter(one.deposit_id for chosen, _ in fitting for one in chosen)
    return {
        one.deposit_id: line.payment_id
        for chosen, line in fitting
        if of_line[line.payment_id] == 1 and all(of_slip[one.deposit_id] == 1 for one in chosen)
        for one in chosen
    }


def _sum(chosen: Sequence[Brought]) -> int:
    return sum(one.minor for one in chosen)
