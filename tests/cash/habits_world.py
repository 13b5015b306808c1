"""Payers with habits, as the benchmark makes them from a seed."""

from __future__ import annotations

import random

from benchmarks.habits import Owed, World, by_customer

__all__ = ["Owed", "by_customer", "world"]


def world(*, seed: int, customers: int = 24) -> World:
    """Return a world of its own for a seed."""
    return World(random.Random(seed), customers)
