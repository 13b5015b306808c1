"""The short crash loop of the suite; `make crash` runs the long one."""

from __future__ import annotations

from tests.crash import rounds


def test_nothing_acknowledged_is_lost_and_nothing_is_half_done() -> None:
    told, loaded = rounds.run(
        2, seed=7, victims=("database", "all"), seconds=(0.6, 1.2), rows=60, stages=1
    )
    for what in ("orders", "invoices", "bank lines"):
        assert told[what] > 10, what
    for what in ("issued", "jobs", "promises", "applied by hand", "asked again"):
        assert told[what] > 0, what
    assert loaded.struck == ["ledger_posting (web)", "cash_payment (worker)"]
    assert (loaded.rows["items"], loaded.rows["lines"]) == (60, 60)
    assert 50 < loaded.rows["applications"] < 60
    assert loaded.rows["disputes"] > 0
