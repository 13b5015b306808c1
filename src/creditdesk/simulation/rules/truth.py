"""What the books say of every payment, held against what its payer meant. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Application:
    """So much of a bank line went to an invoice."""

    bank_reference: str
    number: str
    minor: int


@dataclass(frozen=True, slots=True)
class Intent:
    """What a bank line was meant for, by invoice; a `twin` is the line it repeats by mistake."""

    parts: Mapping[str, int]
    twin: str = ""


def astray(applied: Iterable[Application], meant: Mapping[str, Intent]) -> list[Application]:
    """Return the money that went to an invoice beyond what was meant for it, by line and invoice.

    Of two lines that pay the same, either may count as the payment: they are looked at as one.
    """
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for one in applied:
        intent = meant.get(one.bank_reference)
        line = intent.twin if intent is not None and intent.twin else one.bank_reference
        sums[line, one.number] += one.minor
    found = []
    for (line, number), minor in sums.items():
        intent = meant.get(line)
        wrong = minor - (intent.parts.get(number, 0) if intent is not None else 0)
        if wrong > 0:
            found.append(Application(line, number, wrong))
    return found
