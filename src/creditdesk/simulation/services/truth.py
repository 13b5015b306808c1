"""What the books say of every payment, compared with what its payer meant."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from creditdesk.controls import services as controls
from creditdesk.simulation import queries
from creditdesk.simulation.services.life import Life

SHOWN_MAX: Final = 20


@dataclass(slots=True)
class Compared:
    """How many applications of bank lines to invoices there are, and which are not meant so."""

    applied: int = 0
    by_hand: int = 0
    false: int = 0
    false_minor: int = 0


def compare(life: Life) -> None:
    """Write down how much money was applied, and how much of it to what was not meant."""
    found, shown = Compared(), []
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for one in queries.applied(life.company.id):
        found.applied += 1
        found.by_hand += one.is_by_hand
        meant = life.meant.get(one.bank_reference)
        sums[(meant.twin if meant else "") or one.bank_reference, one.number] += one.minor
    for (reference, number), minor in sums.items():
        meant = life.meant.get(reference)
        wrong = minor - (meant.parts.get(number, 0) if meant else 0)
        if wrong > 0:
            found.false += 1
            found.false_minor += wrong
            shown.append(f"{reference} {number} {wrong}")
    controls.audit(
        life.people["system"],
        queries.COMPARED,
        {
            "applied": found.applied,
            "by_hand": found.by_hand,
            "false": found.false,
            "false_minor": found.false_minor,
            "shown": shown[:SHOWN_MAX],
        },
    )
