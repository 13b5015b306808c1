"""Time and memory of a piece of work, and of nothing else."""

from __future__ import annotations

import gc
import os
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
    """What a piece of work returned, how long it took, and the most memory this process held.

    `added_mib` is how much more that was than before the work began: what the work itself needs.

    `cpu_seconds` is what it kept processors busy, here, in children and in the database: on a
    machine that does other things meanwhile, it says more than the clock.
    """

    result: T
    seconds: float
    cpu_seconds: float
    peak_mib: int
    added_mib: int


def timed(work: Callable[[], T], *, backend_pid: int) -> Timed[T]:
    """Do the work and time it; what was left over before is collected first."""
    gc.collect()
    _forget_peak()
    held_before = _peak_mib()
    cpu_before = _cpu_seconds(backend_pid)
    begin = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - begin
    cpu_seconds = _cpu_seconds(backend_pid) - cpu_before
    peak_mib = _peak_mib()
    return Timed(result, seconds, cpu_seconds, peak_mib, peak_mib - held_before)


def _cpu_seconds(backend_pid: int) -> float:
    told = Path(f"/proc/{backend_pid}/stat").read_text(encoding="ascii", errors="replace")
    user, system = told.rpartition(")")[2].split()[11:13]
    backend = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return sum(os.times()[:4]) + backend


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
