"""One company of the demo lived in a process of its own; prints each date when it is over."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module


def main(words: list[str]) -> None:
    """Live the company the words name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditdesk.config.settings")
    # Thousands of short-lived rows and no cycles worth a look: collect seldom, also while loading.
    gc.set_threshold(100_000, 50, 50)
    import_module("django").setup()
    world = import_module("creditdesk.simulation.services.processes").World.from_arguments(words)
    gc.freeze()
    for day in import_module("creditdesk.simulation.services.living").lived(world):
        print(day.isoformat(), flush=True)  # noqa: T201 - read by the process that started us


if __name__ == "__main__":
    main(sys.argv[1:])
