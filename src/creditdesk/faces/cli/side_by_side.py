"""The same work for several companies, each in a process of its own where cores are free."""

from __future__ import annotations

import io
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from django.db import connection, connections

One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class _Told:
    result: int
    out: str
    err: str


def each(work: Callable[[One], int], of: Sequence[One]) -> Iterator[int]:
    """Yield what the work returns for each, in order; what it prints is printed in that order.

    In one process where there is one of them or one core, and inside a transaction, which no
    other process could see.
    """
    at_once = min(len(of), _cores())
    if at_once <= 1 or connection.in_atomic_block:
        yield from map(work, of)
        return
    connections.close_all()  # a connection is of one process; each opens its own
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(at_once, mp_context=fork) as pool:
        for told in pool.map(partial(_told, work), of):
            sys.stdout.write(told.out)
            sys.stderr.write(told.err)
            yield told.result


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _told(work: Callable[[One], int], one: One) -> _Told:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        result = work(one)
    return _Told(result, out.getvalue(), err.getvalue())
