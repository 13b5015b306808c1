"""The short crash loop of the suite; `make crash` runs the long one."""

from __future__ import annotations

from tests.crash import rounds


def test_nothing_acknowledged_is_lost_and_nothing_is_half_done() -> None:
    told = rounds.run(
        2, seed=7, victims=("database", "all"), seconds=(0.6, 1.2), with_command_line=False
    )
    assert told["orders"] > 10
    assert told["invoices"] > 10
    assert told["asked again"] > 0
