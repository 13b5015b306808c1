"""A child process with hard limits, for parsing what strangers send.

The parent hands a child a pickled argument and takes back a pickled answer. A file that eats
memory, loops, or kills its reader costs one child and becomes one clear error. The child has none
of the parent's environment or memory and no Django, and on Linux may open no file and no socket.

On Linux children are forked from one small process kept ready (`zygote`), a few milliseconds per
file; elsewhere, and where that process died, each is a fresh interpreter (`alone`).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

from creditdesk.plumbing.confined import alone, forking
from creditdesk.plumbing.confined.answers import GIBIBYTE, Answer, Order, unwrapped

__all__ = ["GIBIBYTE", "run_confined", "run_confined_together", "side_by_side"]

log = logging.getLogger(__name__)


def run_confined(
    function_path: str,
    payload: Any,  # noqa: ANN401 - whatever the named function takes
    *,
    memory_bytes: int = GIBIBYTE,
    cpu_seconds: int = 60,
    wall_seconds: float = 120,
    file: str | None = None,
) -> Any:  # noqa: ANN401 - whatever the named function returns
    """Return `module:function(payload)`, called in a child process of its own under hard limits.

    Payload and answer must be picklable; an answer holds plain values and classes of creditdesk.
    A DomainError raised in the child is raised here as the same type. A child that runs out of
    memory or time, or dies, is `Invalid("file_exhausts_reader")`, with the reason in its context;
    `file` only names the input in that error.
    """
    order = Order(function_path, memory_bytes, cpu_seconds, wall_seconds)
    return unwrapped(_asked(order, [payload])[0], order, file)


def run_confined_together(
    function_path: str,
    payloads: Sequence[Any],
    *,
    memory_bytes: int = GIBIBYTE,
    cpu_seconds: int = 60,
    wall_seconds: float = 120,
    file: str | None = None,
) -> list[Any]:
    """Return what `run_confined` returns of each payload, in children at work at the same time.

    The limits are those of each child. Of several errors the first payload's is raised.
    """
    order = Order(function_path, memory_bytes, cpu_seconds, wall_seconds)
    return [unwrapped(answer, order, file) for answer in _asked(order, payloads)]


def side_by_side() -> int:
    """Return how many children can run at the same time, beside nothing else; 1 if not known."""
    return len(os.sched_getaffinity(0)) if forking.AVAILABLE else 1


def _asked(order: Order, payloads: Sequence[Any]) -> list[Answer]:
    if forking.AVAILABLE:
        try:
            return forking.ask_together(order, payloads)
        except forking.ZygoteDiedError:
            # Whoever's file it was that killed it: this one is now read apart from all others.
            log.warning(
                "the process that forks readers died; %s is read alone", order.function_path
            )
    return [alone.ask(order, payload) for payload in payloads]
