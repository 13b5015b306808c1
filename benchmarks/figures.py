"""A measured figure beside its floor, its target, and the table people read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure at one size; `ours` and `floor` in the same unit, of the same run.

    `more` holds further keys of the JSON line: counts, shares, memory, percentiles.
    """

    name: str
    n: int
    ours: float
    floor: float
    unit: str
    better: Better
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Ours divided by the floor."""
        return self.ours / self.floor

    def as_json(self) -> str:
        """Return the figure as one line."""
        return json.dumps(
            {
                "name": self.name,
                "n": self.n,
                "ours": _rounded(self.ours),
                "floor": _rounded(self.floor),
                "ratio": _rounded(self.ratio),
                "unit": self.unit,
                "better": self.better,
                **{
                    key: _rounded(value) if isinstance(value, float) else value
                    for key, value in self.more.items()
                },
            }
        )


def parsed(line: str) -> Figure:
    """Return the figure a line says."""
    told = json.loads(line)
    known = {key: told.pop(key) for key in ("name", "n", "ours", "floor", "unit", "better")}
    del told["ratio"]
    return Figure(**known, more=told)


# What each measure must reach, in words and as a test of the figure.
TARGETS: Final[Mapping[str, str]] = {
    "import": "≥ 20000 and ≥ 0.067×",
    "ageing": "≤ 3×",
    "ageing_past": "≤ 3×",
    "matching": "≥ 5000",
    "dunning": "≥ 50000",
    "order_check": "≥ 0.333×",
    "order_check_http": "≥ 500",
}


def meets(figure: Figure) -> bool:
    """Whether the figure reaches its target."""
    match figure.name:
        case "import":
            return figure.ours >= 20_000 and figure.ratio >= 1 / 15
        case "ageing" | "ageing_past":
            return figure.ratio <= 3 and (figure.n > 1_000_000 or figure.ours < 2)
        case "matching":
            more = figure.more
            return figure.ours >= 5000 and more["matched"] >= 0.98 and more["false"] < 0.001
        case "dunning":
            return figure.ours >= 50_000
        case "order_check":
            return figure.ratio >= 1 / 3
        case _:
            return figure.ours >= 500 and figure.more["p99_ms"] <= 5 * figure.more["p50_ms"]


HEADINGS = (
    "measure", "n", "ours", "floor", "unit", "ratio", "growth", "target", "", "MiB", "also",
)  # fmt: skip
GROWTH_PER_TENFOLD_MAX: Final = 11


def growth(figure: Figure, others: Sequence[Figure]) -> float | None:
    """Return how much more time the work takes than a size below it, for ten times the work.

    Of rates, the time is the number over the rate. Order checks are asked one by one: no growth.
    """
    if figure.name.startswith("order_check"):
        return None
    smaller = [one for one in others if one.name == figure.name and one.n < figure.n]
    if not smaller:
        return None
    below = max(smaller, key=lambda one: one.n)
    times = [one.ours if one.better == "lower" else one.n / one.ours for one in (below, figure)]
    return float((times[1] / times[0]) ** (1 / math.log10(figure.n / below.n)))


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table in plain text."""
    rows = [HEADINGS, *(_row(figure, growth(figure, figures)) for figure in figures)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(HEADINGS))]
    right = {1, 2, 3, 5, 6, 9}
    lines = [
        "  ".join(
            cell.rjust(width) if n in right else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "─" * max(map(len, lines)), *lines[1:]])


def _row(figure: Figure, grown: float | None) -> tuple[str, ...]:
    also = ", ".join(
        f"{key} {_shown(value)}" for key, value in figure.more.items() if key != "added_mib"
    )
    too_steep = "!" if grown is not None and grown > GROWTH_PER_TENFOLD_MAX else ""
    return (
        figure.name,
        str(figure.n),
        _shown(figure.ours),
        _shown(figure.floor),
        f"{figure.unit}, {'↑' if figure.better == 'higher' else '↓'}",
        f"{figure.ratio:.3f}×",
        "" if grown is None else f"×{grown:.1f}{too_steep}",
        TARGETS[figure.name],
        "meets" if meets(figure) else "MISSES",
        str(figure.more.get("added_mib", "")),
        also,
    )


def _shown(value: object) -> str:
    return f"{_rounded(value):g}" if isinstance(value, float) else str(value)


def _rounded(value: float) -> float:
    """Return four significant digits, and no less than whole numbers."""
    return float(round(value)) if abs(value) >= 1000 else float(f"{value:.4g}")
