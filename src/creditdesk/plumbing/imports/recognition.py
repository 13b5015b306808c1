"""Of which kind a table is: as its headers were loaded before, else by how well it fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from creditdesk.plumbing.imports import kinds, mapping
from creditdesk.plumbing.models import ImportMapping
from creditdesk.plumbing.tables import Table

# The best kind must fit well, and clearly better than the next one.
SCORE_MIN: Final = 0.75
SCORE_LEAD: Final = 0.1


def kind_of_table(company_id: int, table: Table) -> str:
    """Return the kind of a table, or an empty text when it could be several, or none."""
    known = set(
        ImportMapping.objects.filter(
            company_id=company_id, header_key=mapping.header_key(table.headers)
        ).values_list("kind", flat=True)
    )
    if known:
        return known.pop() if len(known) == 1 else ""
    scores = sorted((_score(kind, table), kind.name) for kind in kinds.KINDS.values())[::-1]
    (best, name), (second, _) = scores[0], scores[1]
    return name if best >= SCORE_MIN and best - second >= SCORE_LEAD else ""


def _score(kind: kinds.Kind, table: Table) -> float:
    """Return the share of the columns the kind knows, by how sure; 0 when one is missing."""
    proposal = mapping.propose(kind.fields, table.headers, table.rows)
    if kind.missing(proposal.columns()):
        return 0.0
    width = mapping.own_width(table.headers)
    sure: Sequence[float] = [
        guess.confidence for guess in proposal.guesses if guess.column is not None
    ]
    return sum(sure) / max(width, 1)
