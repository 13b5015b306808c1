"""`python -m benchmarks [SIZE …]`: every measure at each size, a table, and a JSON line each."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

from benchmarks import figures, server

MEASURES = ("importing", "ageing", "matching", "dunning", "ordering")
SIZES = (10_000, 100_000, 1_000_000)


def main() -> int:
    """Measure and print; what is going on is told on standard error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="invoices, e.g. 10000")
    parser.add_argument("--only", action="append", choices=MEASURES, help="measure only this")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server goes, too
    found: list[figures.Figure] = []
    with server.running() as environment:
        for size in asked.sizes:
            one("prepare", size, environment)
            for measure in MEASURES:
                if measure == "importing" or not asked.only or measure in asked.only:
                    found += one(measure, size, environment)
    print(figures.table(found))
    for figure in found:
        print(figure.as_json())
    return 0


def one(measure: str, size: int, environment: Mapping[str, str]) -> list[figures.Figure]:
    """Return the figures of one measure at one size, taken in a process of its own."""
    begin = time.monotonic()
    print(f"· {measure} at {size} …", end=" ", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.one", measure, str(size)],
        env=environment, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    print(f"{time.monotonic() - begin:.0f} s", file=sys.stderr)
    return [figures.parsed(line) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    sys.exit(main())
