"""`python -m benchmarks.matching`: how well statements with known noise are matched, how fast.

Prints a table of the kinds of noise and ends with one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import cases, learned_noise, noise

if TYPE_CHECKING:
    from benchmarks.measures.labelled import Judged, Score

ITEMS: Final = 20_000
SEED: Final = 7
FALSE_SHOWN_MAX: Final = 10


def main() -> int:
    """Make or read the case, measure it on a server of its own, print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=__doc__)
    parser.add_argument("--n", type=int, default=ITEMS, help="open items of a made case")
    parser.add_argument("--seed", type=int, default=SEED, help="the same seed makes the same case")
    parser.add_argument("--from-json", type=Path, help="a case written elsewhere, with labels")
    parser.add_argument("--to-json", type=Path, help="only write the made case to this file")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        return _measure(asked.measure)
    case = cases.read(asked.from_json) if asked.from_json else made(asked.n, seed=asked.seed)
    if asked.to_json:
        cases.write(case, asked.to_json)
        return 0
    return _on_a_server(case)


def made(count: int, *, seed: int) -> cases.Case:
    """Return a case with so many open invoices, every kind of noise, and payers with habits."""
    return learned_noise.with_habits(noise.case(count, seed=seed), seed=seed)


def _on_a_server(case: cases.Case) -> int:
    from benchmarks import server  # noqa: PLC0415 - making a case needs no server

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server goes, too
    with tempfile.TemporaryDirectory(prefix="creditdesk-case-") as folder:
        path = Path(folder) / "case.json"
        cases.write(case, path)
        with server.running() as environment:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.matching", "--measure", str(path)],
                env=environment, check=False,
            )  # fmt: skip
    return done.returncode


def _measure(path: Path) -> int:
    """Measure in this process, whose environment names the server."""
    import django  # noqa: PLC0415 - set up only where it is measured

    django.setup()
    from benchmarks.measures import labelled  # noqa: PLC0415 - wants Django set up

    case = cases.read(path)
    judged = labelled.judge(case, f"case_{os.getpid()}")
    print(table(judged.scores))
    for line, applied in judged.falsely[:FALSE_SHOWN_MAX]:
        print(f"false: {line.kind}: {line.text!r} {line.minor} should settle "
              f"{dict(line.settles)}, settled {dict(applied)}")  # fmt: skip
    print(json.dumps(summary(judged)))
    return 0


def summary(judged: Judged) -> dict[str, float]:
    """Return the figures the last line holds."""
    total = judged.total()
    applied = total.right + total.false
    return {
        "precision": _share(total.right, applied),
        "recall": _share(total.decided, total.decidable),
        "straight_through": _share(total.right, total.lines),
        "line_hit": _share(total.hit, total.settled),
        "false_match": _share(total.false, total.lines, nothing=0.0),
        "lines_per_s": round(judged.lines_per_s),
        "floor_ratio": _share(round(judged.lines_per_s, 4), judged.floor_per_s, places=4),
        "lines": total.lines,
        "cpu_s": round(judged.cpu_seconds, 2),
        "added_mib": judged.added_mib,
    }


def _share(part: float, whole: float, *, nothing: float = 1.0, places: int = 6) -> float:
    return round(part / whole, places) if whole else nothing


def table(scores: Mapping[str, Score]) -> str:
    """Return what became of each kind of line, in plain text."""
    head = (
        f"{'kind':<20}{'lines':>8}{'decidable':>11}{'decided':>9}{'applied right':>15}{'false':>7}"
    )
    rows = [
        f"{kind:<20}{one.lines:>8}{one.decidable:>11}{one.decided:>9}{one.right:>15}{one.false:>7}"
        for kind, one in sorted(scores.items())
    ]
    return "\n".join([head, "─" * len(head), *rows])


if __name__ == "__main__":
    sys.exit(main())
