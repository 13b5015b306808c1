"""`python -m benchmarks.failure_card --train FILE --validation FILE [--test FILE]`.

Fits the firm-failure scorecard on the training file alone and says how well it tells, a year
ahead, the firms of the other files that fail from those that do not, beside Altman's unfitted Z.
A file has one row per firm and year (`company_id`, `fyear`, eighteen lines of the statement in any
unit, `status` 1 for a firm that failed the year after its last); a firm is scored once, from all
its years. Ends with one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from creditdesk.assessment import fitting, history
from creditdesk.assessment.rules import Card, measures, score


@dataclass(frozen=True, slots=True)
class Told:
    """How well scores tell: each nothing where a file has but one kind of firm."""

    auc: float | None
    ks: float | None
    brier: float | None
    z: float | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.failure_card", description=__doc__)
    for name in ("train", "validation", "test"):
        parser.add_argument(f"--{name}", type=Path, required=name != "test", metavar="FILE")
    asked = parser.parse_args(arguments)
    begin = time.monotonic()
    train = history.read(asked.train.read_bytes())
    card = fitting.fit(train.points, train.bad, key="failure", version=1)
    print(f"· {len(card.factors)} factors fitted on {len(train.bad)} firms"
          f" in {time.monotonic() - begin:.0f} s", file=sys.stderr)  # fmt: skip
    told = {"train": measured(card, train)}
    for name in ("validation", "test"):
        if getattr(asked, name):
            told[name] = measured(card, history.read(getattr(asked, name).read_bytes()))
    for name, one in told.items():
        print(f"{name:<11} AUC {_shown(one.auc)}   Altman Z {_shown(one.z)}   KS {_shown(one.ks)}"
              f"   Brier {_shown(one.brier)}")  # fmt: skip
    print(json.dumps(answer(told)))
    return 0


def measured(card: Card, rows: history.History) -> Told:
    """Return how well a card tells the firms of a file apart."""
    scores = [score(card, row) for row in rows.points]
    totals = [float(one.total) for one in scores]
    chances = [float(one.probability or 0) for one in scores]
    # A firm without a Z takes the middle of those who have one.
    known = sorted(z for row in rows.points if (z := row["z"]) is not None)
    middle = known[len(known) // 2] if known else 0
    zs = [float(row["z"] if row["z"] is not None else middle) for row in rows.points]
    return Told(
        measures.auc(totals, rows.bad), measures.ks(totals, rows.bad),
        measures.brier(chances, rows.bad), measures.auc(zs, rows.bad),
    )  # fmt: skip


def answer(told: dict[str, Told]) -> dict[str, float | None]:
    """Return the figures others rely on; Gini, KS and Brier are of the validation file."""
    validation = told["validation"]
    figures = {
        "auc_train": told["train"].auc,
        "auc_validation": validation.auc,
        "auc_test": told["test"].auc if "test" in told else None,
        "gini": measures.gini(validation.auc),
        "ks": validation.ks,
        "brier": validation.brier,
    }
    return {name: None if one is None else round(one, 4) for name, one in figures.items()}


def _shown(value: float | None) -> str:
    return "  –   " if value is None else f"{value:.4f}"


if __name__ == "__main__":
    sys.exit(main())
