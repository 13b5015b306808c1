"""Work out from files of closed invoices how late they are paid.

`python -m benchmarks.fit_delays FOLDER` prints the tables of `simulation/rules/delays.py`. They
hold quantiles only, no row of the files.
"""

from __future__ import annotations

import csv
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median

PLACES = (
    0,
    0.02,
    0.05,
    0.1,
    0.2,
    0.3,
    0.35,
    0.4,
    0.5,
    0.6,
    0.7,
    0.8,
    0.85,
    0.9,
    0.95,
    0.98,
    0.99,
    0.995,
    1,
)
BANDS = (0.1, 0.4, 0.65, 0.8, 0.9, 0.95, 1.0)
RESIDUAL_AT = (0, 0.01, 0.03, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.97, 0.99, 1)
SHARES_AT = (0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1)


@dataclass(frozen=True, slots=True)
class Paid:
    """A closed invoice: whose, how large, how many days after its due date, whether contested."""

    customer: str
    amount: float
    delay_days: int
    is_disputed: bool


def trade(folder: Path) -> list[Paid]:
    """Return the invoices of b2b_closed_train.csv."""
    with (folder / "b2b_closed_train.csv").open(encoding="utf-8", newline="") as file:
        return [
            Paid(row["cust_number"], float(row["total_open_amount"]), int(row["days_late"]), False)
            for row in csv.DictReader(file)
        ]


def services(folder: Path) -> list[Paid]:
    """Return the invoices of ibm_train.csv; those settled early count as early."""
    with (folder / "ibm_train.csv").open(encoding="utf-8", newline="") as file:
        return [
            Paid(
                row["customerID"],
                float(row["InvoiceAmount"]),
                (_day(row["SettledDate"]) - _day(row["DueDate"])).days,
                row["Disputed"] == "Yes",
            )
            for row in csv.DictReader(file)
        ]


def _day(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y").replace(tzinfo=UTC)


def by_customer(paid: Sequence[Paid]) -> Mapping[str, list[Paid]]:
    """Return the invoices of each customer."""
    found: dict[str, list[Paid]] = defaultdict(list)
    for one in paid:
        found[one.customer].append(one)
    return found


def fit(paid: Sequence[Paid]) -> dict[str, object]:
    """Return the parameters of a population: a customer counts by its invoices."""
    customers = by_customer(paid)
    undisputed = {
        of: [one.delay_days for one in ones if not one.is_disputed]
        for of, ones in customers.items()
    }
    later = [
        mean(one.delay_days for one in ones if one.is_disputed) - mean(undisputed[of])
        for of, ones in customers.items()
        if undisputed[of] and any(one.is_disputed for one in ones)
    ]
    ranked = sorted((median(days), mean(days), of) for of, days in undisputed.items() if days)
    total = sum(len(undisputed[of]) for *_, of in ranked)
    ends, so_far = [], 0
    residuals: list[list[float]] = [[] for _ in BANDS]
    for typical, _, of in ranked:
        band = bisect_right(BANDS[:-1], (so_far + len(undisputed[of]) / 2) / total)
        residuals[band] += [day - typical for day in undisputed[of]]
        so_far += len(undisputed[of])
        ends.append(so_far / total)
    shares = sorted(mean(one.is_disputed for one in ones) for ones in customers.values())
    return {
        "typical": tuple(
            (place, ranked[min(bisect_right(ends, place), len(ranked) - 1)][0]) for place in PLACES
        ),
        "residuals": tuple(
            (upto, tuple(_quantile(sorted(found), p) for p in RESIDUAL_AT))
            for upto, found in zip(BANDS, residuals, strict=True)
        ),
        "disputed_later_days": round(mean(later), 1) if later else 0,
        "disputed_shares": tuple((p, round(_quantile(shares, p), 2)) for p in SHARES_AT),
    }


def _quantile(ordered: Sequence[float], p: float) -> float:
    return ordered[min(len(ordered) - 1, int(p * len(ordered)))]


def main() -> None:
    """Print the parameters of both files."""
    folder = Path(sys.argv[1])
    for read in (trade, services):
        print(read.__name__)
        for name, found in fit(read(folder)).items():
            print(" ", name, found)


if __name__ == "__main__":
    main()
