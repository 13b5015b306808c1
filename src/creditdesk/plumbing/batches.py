"""What makes large batches quick without making them look different."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def uncollected(service: Callable[P, R]) -> Callable[P, R]:
    """Let a service run without the collector of reference cycles.

    A batch holds a million small values, none in a cycle, and the collector would walk through all
    of them again and again: measured, half the time of matching 50,000 payments.
    """

    @functools.wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        was_on = gc.isenabled()
        gc.disable()
        try:
            return service(*args, **kwargs)
        finally:
            if was_on:
                gc.enable()

    return run
