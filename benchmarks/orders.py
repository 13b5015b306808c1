"""`python -m benchmarks.orders [SIZE]`: order checks alone, ending with one JSON object.

Its keys: `in_process_per_s`, `http_per_s`, `p50_ms` and `p99_ms` of a check over HTTP, and
`pgbench_select_per_s`, what `pgbench -S` reads on the same server with as many connections. Before
it, on standard error, a table: both figures beside the writing statements of a check through
pgbench (`floor`), and their share of it (`ratio`).
"""

from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import sys

from benchmarks import clients, figures, server
from benchmarks.__main__ import one
from creditdesk.plumbing import embedded

SIZE = 10_000
SECONDS = 4
PLAIN = "bench_select"


def main() -> int:
    """Measure and print; what is going on is told on standard error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.orders", description=__doc__)
    parser.add_argument("size", nargs="?", type=int, default=SIZE, help="invoices, e.g. 10000")
    size = parser.parse_args().size
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server goes, too
    with server.running() as environment:
        for measure in ("prepare", "importing"):
            one(measure, size, environment)
        measured = one("ordering", size, environment)
        selects = _selects()
    # Beside the statements of one check, written through pgbench: its rate and ours as a share.
    print(figures.table(measured), file=sys.stderr)
    found = {figure.name: figure for figure in measured}
    http = found["order_check_http"]
    print(
        json.dumps(
            {
                "in_process_per_s": round(found["order_check"].ours),
                "http_per_s": round(http.ours),
                "p50_ms": round(float(http.more["p50_ms"]), 2),
                "p99_ms": round(float(http.more["p99_ms"]), 2),
                "pgbench_select_per_s": round(selects),
            }
        )
    )
    return 0


def _selects() -> float:
    """Return how many rows a second pgbench reads by their key, one a statement."""
    server.clone("template1", PLAIN)
    pgbench, url = embedded.programs() / "pgbench", server.url(PLAIN)
    with server.hurried():
        subprocess.run([pgbench, "--initialize", "--quiet", url], check=True, capture_output=True)
    done = subprocess.run(
        [
            pgbench, "--select-only", "--no-vacuum", f"--client={clients.CLIENTS}", "--jobs=2",
            f"--time={SECONDS}", url,
        ],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    server.drop(PLAIN)
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found is not None, done.stdout
    return float(found[1])


if __name__ == "__main__":
    sys.exit(main())
