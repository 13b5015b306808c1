"""One measure at one size in a process of its own: `python -m benchmarks.one MEASURE SIZE`."""

from __future__ import annotations

import importlib
import sys

import django

from benchmarks.figures import Figure


def main() -> None:
    """Prepare a size, or measure and print each figure as a line."""
    measure, size = sys.argv[1], int(sys.argv[2])
    django.setup()
    if measure == "prepare":
        importlib.import_module("benchmarks.stage").prepare(size)
        return
    figures: list[Figure] = importlib.import_module(f"benchmarks.measures.{measure}").measure(size)
    for figure in figures:
        print(figure.as_json())


if __name__ == "__main__":
    main()
