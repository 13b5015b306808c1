"""What the books say of every payment, compared with what its payer meant."""

from __future__ import annotations

from typing import Final

from creditdesk.controls import services as controls
from creditdesk.simulation import queries
from creditdesk.simulation.rules.truth import Intent, astray
from creditdesk.simulation.services.life import Life

SHOWN_MAX: Final = 20


def compare(life: Life) -> None:
    """Write down how much money was applied, and how much of it to what was not meant."""
    applied = queries.applied(life.company.id)
    meant = {line: Intent(one.parts, one.twin) for line, one in life.meant.items()}
    wrong = astray(applied, meant)
    controls.audit(
        life.people["system"],
        queries.COMPARED,
        {
            "applied": len(applied),
            "false": len(wrong),
            "false_minor": sum(one.minor for one in wrong),
            "shown": [
                f"{one.bank_reference} {one.number} {one.minor}" for one in wrong[:SHOWN_MAX]
            ],
        },
    )
