"""Make the dump of a released version, and beside it the figures it must show for ever.

    git worktree add --detach ../release COMMIT
    python -m tests.upgrades.make_dump 0.1.0 ../release

runs the release's own code: two companies live a few weeks, their figures are written as JSON, and
the database is dumped with the packaged pg_dump.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from creditdesk.plumbing import embedded

HERE = Path(__file__).parent
DAYS, CUSTOMERS, SEED, UNTIL = "24", "7", "11", "2026-11-16"
# Run by the release; only what every release offers may stand here.
FIGURES = """
import json, os
from datetime import date
import django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditdesk.config.settings")
django.setup()
from creditdesk.controls import queries as controls
from creditdesk.insight import queries as insight
from creditdesk.ledger import queries as ledger
told = {}
for of in controls.companies():
    ages = {}
    for on in ("2026-11-16", "2026-11-06"):
        rows = insight.customer_rows(of.id, as_of=date.fromisoformat(on))
        ages[on] = sorted([r.number, r.currency, r.total_minor, r.unapplied_minor] for r in rows)
        totals = insight.totals_by_currency(of.id, as_of=date.fromisoformat(on))
        ages[on + " totals"] = sorted(
            [t.currency, list(t.late_minor), t.total_minor, t.unapplied_minor] for t in totals)
    balances = sorted([b.account, b.currency, b.minor] for b in ledger.balances(of.id))
    told[of.code] = {"ageing": ages, "balances": balances}
print(json.dumps(told, indent=1, sort_keys=True))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", help="its version, such as 0.1.0")
    parser.add_argument("tree", type=Path, help="a checkout of it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        try:
            make(given.release, given.tree.resolve(), Path(home))
        finally:
            embedded.remove(Path(home) / "postgres")


def make(release: str, tree: Path, home: Path) -> None:
    """Live, write down, dump."""
    told = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DATABASE", "CREDITDESK"))
    }
    told |= {"PYTHONPATH": str(tree / "src"), "CREDITDESK_HOME": str(home)}

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=tree, env=told, check=True, capture_output=True)
        return done.stdout.decode()

    creditdesk = (sys.executable, "-m", "creditdesk")
    run(*creditdesk, "init")
    run(
        *creditdesk, "simulate", "--days", DAYS, "--customers", CUSTOMERS, "--seed", SEED,
        "--until", UNTIL,
    )  # fmt: skip
    server = embedded.status(home / "postgres").server
    assert server is not None
    told["DATABASE_URL"] = server.url("creditdesk", embedded.APPLICATION)
    figures = json.loads(run(sys.executable, "-c", FIGURES))
    text = json.dumps(figures, indent=1, sort_keys=True)
    (HERE / f"{release}.json").write_text(f"{text}\n", encoding="utf-8")
    run(
        str(embedded.programs() / "pg_dump"), "--format=custom", "--compress=9",
        f"--file={HERE / f'{release}.dump'}", server.url("creditdesk", embedded.OWNER),
    )  # fmt: skip


if __name__ == "__main__":
    main()
