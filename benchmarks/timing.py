"""Time and memory of a piece of work, and of nothing else."""

from __future__ import annotations

import gc
import re
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")
KIB_PER_MIB = 1024


@dataclass(frozen=True, slots=True)
class Timed(Generic[T]):
    """What a piece of work returned, how long it took, and the most memory this process held."""

    result: T
    seconds: float
    peak_mib: int


def timed(work: Callable[[], T]) -> Timed[T]:
    """Do the work and time it; what was left over before is collected first."""
    gc.collect()
    _forget_peak()
    begin = time.perf_counter()
    result = work()
    return Timed(result, time.perf_counter() - begin, _peak_mib())


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_mib() -> int:
    """Return the highest resident size since it was last forgotten."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) // KIB_PER_MIB


def children_peak_mib() -> int:
    """Return the highest resident size of any one child process that has ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // KIB_PER_MIB


def percentile(seconds: list[float], percent: int) -> float:
    """Return the value below which so many percent lie, in milliseconds."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000
