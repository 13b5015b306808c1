"""A world lived and proved in one call: for tests, benchmarks and stress tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from creditdesk.controls import queries as controls
from creditdesk.insight import queries as proofs
from creditdesk.simulation import queries
from creditdesk.simulation.services.living import live


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a world came to: a digest of its books, and what in them does not add up.

    `falsely_applied` is per company how many applications of money there are, and how many of
    them its payers did not mean.
    """

    digest: str
    differences: tuple[str, ...]
    falsely_applied: dict[str, tuple[int, int]] = field(default_factory=dict)


def run(
    *,
    days: int,
    customers: int,
    seed: int,
    until: date,
    tell: Callable[[date], None] = lambda _: None,
    side_by_side: bool = True,
) -> Outcome:
    """Live a world in an empty installation and prove its books; the same seed, the same digest.

    See `live` for what stands afterwards.
    """
    live(
        days=days, customers=customers, seed=seed, until=until, tell=tell,
        side_by_side=side_by_side,
    )  # fmt: skip
    differences = tuple(
        f"{of.code}: {difference}"
        for of in controls.companies()
        for difference in proofs.prove(of.id)
    )
    return Outcome(queries.digest(), differences, queries.falsely_applied())
